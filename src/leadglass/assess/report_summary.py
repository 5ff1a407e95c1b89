"""The report on one page, for a director: what is known in sentences, and what to do first. Never a number alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from leadglass.assess.control import Level
from leadglass.assess.gaps import Gap
from leadglass.assess.report_finding import Finding
from leadglass.assess.report_parts import Answered, Change, Counts, Direction, RiskRow, Summary
from leadglass.assess.risk import RiskLevel, RiskState

FIRST = 5  # gaps named
MAX_NAMED = 3  # contradictions named; the rest are counted


def summary(
    standing: Counts,
    progress: Answered,
    findings: Mapping[str, Finding],
    ranked: Sequence[Gap],
    risks: Sequence[RiskRow],
    change: Change | None,
) -> Summary:
    """The summary of a report's parts; findings by control id, gaps in the order of their ranks."""
    return Summary(
        lines=(
            *_verdicts(standing),
            *_contradicted(findings),
            *_survey(progress),
            *_law(findings, ranked, risks),
            *_register(ranked, risks),
            *_since(change),
        ),
        first=tuple(gap.control for gap in ranked[:FIRST]),
    )


def _verdicts(standing: Counts) -> Iterator[str]:
    yield (
        f"Of {_many(standing.denominator, 'measure')} about which something is known now, {standing.numerator} "
        f"{_is(standing.numerator)} proven and {standing.claimed} {_rest(standing.claimed)} on answers alone; "
        f"{standing.partly} {_is(standing.partly)} met in part, {standing.not_met} {_is(standing.not_met)} not met, "
        f"{standing.contradicted} {_is(standing.contradicted)} contradicted."
    )
    apart = f"; {standing.not_applicable} do not apply here" if standing.not_applicable else ""
    yield (
        f"About {_many(standing.unknowns, 'further measure')} nothing is known now: {standing.unknown} unknown, "
        f"{standing.stale} seen too long ago, {standing.not_assessed} not assessed{apart}. Unknown is not No."
    )


def _contradicted(findings: Mapping[str, Finding]) -> Iterator[str]:
    found = [one.title for one in findings.values() if one.verdict == "contradicted"]
    if found:
        more = f"; and {len(found) - MAX_NAMED} more" if len(found) > MAX_NAMED else ""
        yield f"Said one way and seen another: {'; '.join(found[:MAX_NAMED])}{more}."


def _survey(progress: Answered) -> Iterator[str]:
    given = progress.asked - progress.unanswered
    yield (
        f"The survey: {given} of {_many(progress.asked, 'question')} answered, {progress.unknown} of them with "
        f"“I do not know”; {progress.unanswered} {_is(progress.unanswered)} open."
    )


def _law(findings: Mapping[str, Finding], ranked: Sequence[Gap], risks: Sequence[RiskRow]) -> Iterator[str]:
    levels = {gap.control: {one.level for one in findings[gap.control].law} for gap in ranked}
    required = sum(Level.REQUIRED in found for found in levels.values())
    addressable = [name for name, found in levels.items() if Level.ADDRESSABLE in found]
    reasoned = {row.risk.control for row in risks if row.risk.rationale}
    without = sum(name not in reasoned for name in addressable)
    if required or addressable:
        yield (
            f"Of {_many(len(ranked), 'gap')}, {required} {_bear(required)} on a required and {len(addressable)} on an "
            f"addressable specification of the HIPAA Security Rule in force; for {without} of the latter no rationale "
            "is on record."
        )


def _register(ranked: Sequence[Gap], risks: Sequence[RiskRow]) -> Iterator[str]:
    states = Counter(row.state for row in risks)
    waiting = states[RiskState.OPEN] + states[RiskState.IN_TREATMENT]
    high = sum(row.level is RiskLevel.HIGH and row.state is not RiskState.CLOSED for row in risks)
    look = sum(bool(row.waits) for row in risks)
    known = {row.risk.control for row in risks}
    missing = sum(gap.control not in known for gap in ranked)
    yield (
        f"The risk register: {waiting} open or in treatment, {states[RiskState.ACCEPTED]} accepted, "
        f"{states[RiskState.CLOSED]} closed; {high} of those not closed {_is(high)} high; {look} "
        f"{'waits' if look == 1 else 'wait'} for somebody to look. "
        f"{_many(missing, 'gap')} {'has' if missing == 1 else 'have'} no entry."
    )


def _since(change: Change | None) -> Iterator[str]:
    if change is None:
        yield "This is the first report: there is nothing to compare it with."
        return
    if change.at is None:
        yield change.words
        return
    moved = Counter(one.direction for one in change.moved)
    yield (
        f"Since {change.at.date().isoformat()}: {moved[Direction.BETTER]} better, {moved[Direction.WORSE]} worse, "
        f"{moved[Direction.NOW_SEEN]} now seen, {moved[Direction.NO_LONGER_SEEN]} no longer seen, "
        f"of {change.compared} compared."
    )


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _rest(count: int) -> str:
    return "rests" if count == 1 else "rest"


def _bear(count: int) -> str:
    return "bears" if count == 1 else "bear"
