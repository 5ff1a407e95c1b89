"""The report's chapters in words: areas, contradictions, gaps, what was not seen, risks, change. Never a judgement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from leadglass.assess.control import Kind, Level
from leadglass.assess.question import Bearing
from leadglass.assess.report import Report
from leadglass.assess.report_finding import Exempted, Finding, Record, Settled
from leadglass.assess.report_parts import RiskRow
from leadglass.assess.risk import IMPACTS, LIKELIHOODS, RiskState
from leadglass.assess.truth import Verdict
from leadglass.reporting.sheet import (
    MAX_LIST,
    MAX_RECORDS,
    AreaRow,
    ChangeRow,
    Clause,
    Conflict,
    Lack,
    RiskLine,
    Seen,
    Unseen,
)
from leadglass.reporting.wording import KINDS, day, kind, many, record, verdict


def area_rows(report: Report) -> tuple[AreaRow, ...]:
    """The areas in numbers."""
    return tuple(
        AreaRow(title=area.title, counts=tuple(counted[name] for name in KINDS))
        for area in report.areas
        for counted in [Counter(kind(one) for one in report.findings if one.area == area.id)]
    )


def area_signs(report: Report) -> list[tuple[str, list[str]]]:
    """The areas with the signs of their measures, in the order of all lists."""
    order = list(KINDS)
    return [
        (area.title, sorted((kind(one) for one in report.findings if one.area == area.id), key=order.index))
        for area in report.areas
    ]


def conflict(finding: Finding, most: int = MAX_RECORDS) -> Conflict:
    """A contradiction with its evidence, at most ``most`` records for it and against it."""
    exemption = finding.exemption
    decided: tuple[Seen, ...] = ()
    if exemption is not None and exemption.in_force:
        decided = (Seen(words=f"Decided: {_decision(exemption)}", link=""),)
    return Conflict(
        control=finding.control,
        title=finding.title,
        because=finding.because,
        lines=(*decided, *_evidence(finding, most)),
        settled=tuple(_settled(one) for one in finding.settled),
    )


def _evidence(finding: Finding, most: int) -> Iterator[Seen]:
    """What speaks for a measure, for a part of it, and against it, at most ``most`` records each."""
    partly = [one for one in finding.confirming if one.bearing is Bearing.PARTLY]  # stands in both lists
    yield from _lines([one for one in finding.confirming if one.bearing is not Bearing.PARTLY], "for it", most)
    yield from _lines(partly, "for a part of it", most)
    yield from _lines([one for one in finding.refuting if one.bearing is not Bearing.PARTLY], "against it", most)


def _lines(records: list[Record], side: str, most: int) -> Iterator[Seen]:
    """Records in words; answers stand first, as what the others are held against."""
    for one in sorted(records, key=lambda one: one.kind is not Kind.SURVEY)[:most]:
        yield Seen(words=f"{record(one, side)}.", link=one.link)
    if len(records) > most:
        yield Seen(words=f"And {len(records) - most} more {side}.", link="")


def _settled(one: Settled) -> str:
    note = f": {one.note}" if one.note else ""
    return f"{one.outcome.value.capitalize()} by {one.by} on {day(one.at.date())}{note}"


def _decision(one: Exempted) -> str:
    held = "to be reviewed by" if one.in_force else "its review was due on"
    return f"{one.approver} on {day(one.decided)}, {held} {day(one.review)}: {one.reason}"


def references(report: Report) -> dict[str, Clause]:
    """Every reference of the gaps by its id, numbered in the order in which the gaps name them."""
    named = {cited.id: cited for gap in report.gaps[:MAX_LIST] for cited in report.by_control[gap.control].references}
    return {
        one.id: Clause(
            number=number,
            name=f"{one.standard} {one.clause}{_LEVEL.get(one.level, '')}",
            full=f"{one.standard}, {one.edition}, {one.clause} ({one.level.value})",
            says=one.says,
            known=one.known,
            standing=one.verified,
        )
        for number, one in enumerate(named.values(), start=1)
    }


_LEVEL = {Level.REQUIRED: " (required)", Level.ADDRESSABLE: " (addressable)", Level.PROPOSED: " (proposed, not law)"}


def lacks(report: Report) -> tuple[Lack, ...]:
    """The gaps in the order of their ranks."""
    clauses = references(report)
    return tuple(
        Lack(
            number=gap.rank,
            control=one.control,
            title=one.title,
            kind=kind(one),
            verdict=verdict(one),
            because=one.because,
            patients=one.patients,
            remedy=one.remedy,
            effort=gap.effort.value,
            effect=gap.effect.value,
            references=tuple(clauses[cited.id] for cited in one.references),
            evidence=tuple(_evidence(one, MAX_RECORDS)),
        )
        for gap in report.gaps[:MAX_LIST]
        for one in [report.by_control[gap.control]]
    )


def unseen(report: Report) -> tuple[Unseen, ...]:
    """Measures of which nothing is known now, with what would show something."""
    found = (report.by_control[name] for name in report.unseen[:MAX_LIST])
    return tuple(
        Unseen(control=one.control, title=one.title, why=one.because, show="; ".join(one.would_show)) for one in found
    )


def exempt(report: Report) -> tuple[Unseen, ...]:
    """Measures that do not apply, with the decision."""
    return tuple(
        Unseen(control=one.control, title=one.title, why=_decision(one.exemption))
        for one in report.findings
        if one.verdict is Verdict.NOT_APPLICABLE and one.exemption is not None
    )


def risk_lines(report: Report) -> tuple[RiskLine, ...]:
    """The register, in its order."""
    return tuple(_risk(row) for row in report.risks[:MAX_LIST])


def _risk(row: RiskRow) -> RiskLine:
    risk = row.risk
    clauses = f" (HIPAA {', '.join(row.addressable)}, addressable)" if row.addressable and risk.rationale else ""
    return RiskLine(
        id=risk.id,
        title=row.title or f"A measure that this version does not have: {risk.control}",
        asset=risk.asset,
        threat=risk.threat,
        vulnerability=risk.vulnerability,
        rating=f"{risk.likelihood} × {risk.impact} = {row.score}",
        level=row.level.value,
        likelihood=f"Likelihood {risk.likelihood}, {LIKELIHOODS.get(risk.likelihood, '')}: {risk.likelihood_reason}",
        impact=f"Impact {risk.impact}, {IMPACTS.get(risk.impact, '')}: {risk.impact_reason}",
        rationale=f"{risk.rationale}{clauses}",
        handling=_handling(row),
        state="; ".join((row.state.value, *row.waits)),
    )


def _handling(row: RiskRow) -> str:
    risk = row.risk
    owner = f"Owner: {risk.owner}." if risk.owner else "No owner."
    due = f" Due {day(risk.due)}." if risk.due is not None else ""
    if row.state is RiskState.ACCEPTED and risk.accepted_until is not None:
        return f"{owner}{due} Accepted by {risk.accepted_by} until {day(risk.accepted_until)}."
    return f"{owner}{due}"


def change(report: Report) -> tuple[tuple[str, ...], tuple[ChangeRow, ...]]:
    """What differs from the report before, in sentences and rows."""
    one = report.change
    if one is None:
        return ("This is the first report: there is nothing to compare it with.",), ()
    if one.at is None:
        return (one.words,), ()
    moved = f"{many(len(one.moved), 'verdict')} of {one.compared} changed since {day(one.at.date())}."
    sentences = [moved, *([f"Then: {one.before}. Now: {report.standing.words}."] if one.before else []), one.words]
    if one.appeared:
        sentences.append(f"New in this version: {'; '.join(one.appeared[:MAX_RECORDS])}.")
    if one.gone:
        sentences.append(f"No longer in this version: {'; '.join(one.gone[:MAX_RECORDS])}.")
    rows = tuple(
        ChangeRow(title=row.title, before=row.before, now=row.now, direction=row.direction.value)
        for row in one.moved[:MAX_LIST]
    )
    return tuple(sentences), rows
