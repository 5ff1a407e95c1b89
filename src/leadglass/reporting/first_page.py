"""The report's first page, for a hospital's director: where it stands and what to do first. Bounded; never a judgement.

Everything on it is cut to what leaves the page one page; the chapters behind it say all.
"""

from __future__ import annotations

from collections import Counter

from leadglass.assess.control import Grade, Kind
from leadglass.assess.report import Report
from leadglass.assess.report_finding import Finding, Record
from leadglass.reporting import pictures
from leadglass.reporting.chapters import conflict
from leadglass.reporting.sheet import Conflict, Mark, Seen, Step
from leadglass.reporting.wording import KINDS, be, cut, day, kind, listed, many

STEPS = 3
CONFLICTS = 2
MAX_WORDS = 220  # characters of a sentence that holds words from outside
MAX_NAME = 60


def marks(report: Report) -> tuple[Mark, ...]:
    """The verdicts, counted, in fixed order."""
    counted = Counter(kind(one) for one in report.findings)
    return tuple(
        Mark(kind=name, label=label, count=counted[name], meaning=meaning, picture=pictures.key(name))
        for name, (label, meaning) in KINDS.items()
    )


def lead(report: Report) -> tuple[str, ...]:
    """Where the hospital stands, in sentences."""
    one = report.standing
    known = [
        f"{one.met} {be(one.met)} proven",
        f"{one.claimed} {'rests' if one.claimed == 1 else 'rest'} on somebody's word alone",
        f"{one.partly} {'holds' if one.partly == 1 else 'hold'} only in part",
        f"{one.not_met} {be(one.not_met)} missing",
    ]
    apart = f"; {one.not_applicable} {'does' if one.not_applicable == 1 else 'do'} not apply here"
    contradicted = f"for {one.contradicted} one source says yes and another says no"
    return (
        f"This report looks at {many(len(report.findings), 'measure')} that protect the network on which the "
        "hospital's X-ray, CT and other images travel, and the patients who depend on it.",
        f"{one.denominator} of them can be judged today: {', '.join(known)}, and {contradicted}. "
        f"About {one.unknowns} nothing is known{apart if one.not_applicable else ''}.",
    )


def basis(report: Report) -> tuple[str, ...]:
    """Who answered, and what stands beside the answers."""
    records = {record.id: record for finding in report.findings for record in counted(finding)}
    answers = [one for one in records.values() if one.kind is Kind.SURVEY]
    others: Counter[Kind] = Counter(one.kind for one in records.values() if one.kind is not Kind.SURVEY)
    progress = report.progress
    given = progress.asked - progress.unanswered
    by = listed(sorted({cut(one.by, MAX_NAME) for one in answers if one.by}))
    newest = max((one.seen.date() for one in answers), default=None)
    said = f"{given} of {many(progress.asked, 'question')} {be(given)} answered"
    said += f", by {by}" if by else ""
    said += f"; {progress.unknown} with “I do not know”" if progress.unknown else ""
    said += f"; the newest answer is of {day(newest)}" if newest is not None else ""
    found = [many(others[one], *words) for one, words in _RECORDS.items() if others[one]]
    beside = f"Beside the answers stand {listed(found)}." if found else "Nothing stands beside the answers yet."
    return (f"{said}.", f"{beside} What is only answered is called claimed, not proven.")


_RECORDS: dict[Kind, tuple[str, ...]] = {
    Kind.DOCUMENT: ("document",),
    Kind.CONFIGURATION: ("look at a configuration", "looks at configurations"),
    Kind.TRAFFIC: ("observation of traffic", "observations of traffic"),
    Kind.CHECK: ("test",),
}


def counted(finding: Finding) -> tuple[Record, ...]:
    """The records that count for a finding."""
    return (*finding.confirming, *finding.refuting, *finding.neutral, *finding.stale)


def conflicts(report: Report) -> tuple[tuple[Conflict, ...], str]:
    """The first contradictions, shortened, and where the others are."""
    found = [report.by_control[name] for name in report.contradictions]
    more = len(found) - CONFLICTS
    words = f"{more} more: see “Where sources differ”." if more > 0 else ""
    return tuple(_short(conflict(one, 1)) for one in found[:CONFLICTS]), words


def _short(one: Conflict) -> Conflict:
    lines = tuple(Seen(words=cut(line.words, MAX_WORDS), link=line.link) for line in one.lines)
    return Conflict(control=one.control, title=cut(one.title, MAX_WORDS), because="", lines=lines, settled=())


def steps(report: Report) -> tuple[Step, ...]:
    """What to do first."""
    found = [report.by_control[gap.control] for gap in report.gaps[:STEPS]]
    return tuple(
        Step(
            control=one.control,
            remedy=cut(one.remedy, MAX_WORDS),
            title=cut(one.title, MAX_WORDS),
            why=cut(one.patients, MAX_WORDS),
            worth=f"{_EFFORT[one.effort]}, {one.effect.value} effect.",
        )
        for one in found
    )


_EFFORT = {Grade.LOW: "Little effort", Grade.MEDIUM: "Medium effort", Grade.HIGH: "Much effort"}
