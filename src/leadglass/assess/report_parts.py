"""What a report is made of: plain values that every rendering shows and JSON holds. Never computes a verdict."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from leadglass.assess.risk import Risk, RiskLevel, RiskState
from leadglass.assess.summary import Standing

When = Annotated[datetime, msgspec.Meta(tz=True)]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a report."""


class Counts(Part, frozen=True):
    """Verdicts, counted; the score is never a number without the others.

    Attributes:
        met: by evidence other than answers; claimed: by answers alone; up to ``not_applicable`` as verdicts have them.
        numerator: proven. denominator: about which something is known now. unknowns: about which nothing is.
        words: the three as they are printed.
    """

    met: int
    claimed: int
    partly: int
    not_met: int
    contradicted: int
    unknown: int
    stale: int
    not_assessed: int
    not_applicable: int
    numerator: int
    denominator: int
    unknowns: int
    words: str


def counts(standing: Standing) -> Counts:
    """The counted verdicts as a part."""
    return Counts(
        met=standing.met,
        claimed=standing.claimed,
        partly=standing.partly,
        not_met=standing.not_met,
        contradicted=standing.contradicted,
        unknown=standing.unknown,
        stale=standing.stale,
        not_assessed=standing.not_assessed,
        not_applicable=standing.not_applicable,
        numerator=standing.numerator,
        denominator=standing.denominator,
        unknowns=standing.unknowns,
        words=standing.words,
    )


class AreaCounts(Part, frozen=True):
    """The verdicts of an area."""

    id: str
    title: str
    counts: Counts


class Answered(Part, frozen=True):
    """How far the survey is answered; questions."""

    asked: int
    answered: int
    unknown: int
    not_applicable: int
    unanswered: int


class Fact(Part, frozen=True):
    """A line of the facility's profile: the question and its answer in words."""

    question: str
    text: str
    value: str


class RiskRow(Part, frozen=True):
    """A risk of the register on the day of the report.

    Attributes:
        risk: as recorded. title: of its control.
        score: likelihood × impact, of 25. level: of it.
        state: on this day; an acceptance that ended leaves it open.
        waits: what somebody has to look at.
        addressable: clauses of law in force that ask for a rationale where they are not met.
    """

    risk: Risk
    title: str
    score: int
    level: RiskLevel
    state: RiskState
    waits: tuple[str, ...]
    addressable: tuple[str, ...]


class Share(Part, frozen=True):
    """One answer's part of a row.

    Attributes:
        count, percent: hospitals. low, high: Wilson 95 % bounds in percent; None where nothing is to be inferred.
    """

    code: str
    text: str
    count: int
    percent: int
    low: float | None = None
    high: float | None = None


class Figured(Part, frozen=True):
    """A single figure of another publication, with its n in words."""

    year: int
    text: str
    percent: int
    n: str
    source: str
    note: str


class Compared(Part, frozen=True):
    """The hospital's answer beside others'.

    Attributes:
        ours, ours_text: the column it is counted in, and its text; empty where it was not answered.
        cohort: empty where none is or where its row is hidden; then ``cohort_hidden`` says why.
        cohort_n, cohort_date: hospitals, and the day on which they were counted.
        published: the row of Table 1; n, year, number of the row, note.
    """

    question: str
    text: str
    ours: str
    ours_text: str
    cohort: tuple[Share, ...] = ()
    cohort_n: int = 0
    cohort_hidden: str = ""
    cohort_date: date | None = None
    published: tuple[Share, ...] = ()
    published_n: int = 0
    published_year: int = 0
    published_row: int = 0
    published_note: str = ""
    figures: tuple[Figured, ...] = ()


class Direction(StrEnum):
    """Which way a verdict moved. What nobody knew is no state to get better or worse from."""

    BETTER = "better"
    WORSE = "worse"
    NOW_SEEN = "now seen"
    NO_LONGER_SEEN = "no longer seen"
    OTHER = "other"


class Moved(Part, frozen=True):
    """A control whose verdict or assurance is not what it was."""

    control: str
    title: str
    before: str
    now: str
    direction: Direction


class Change(Part, frozen=True):
    """What changed since an earlier report.

    Attributes:
        report, at, instrument, truth_table: of the earlier one; empty or None where it does not say.
        words: how far the two can be compared.
        compared: controls that both have. moved: of these, those that differ.
        appeared, gone: titles or ids of controls that only this one, or only the earlier one, has.
        before: the earlier score in words.
    """

    report: str
    at: When | None
    instrument: str
    truth_table: int
    words: str
    compared: int
    moved: tuple[Moved, ...] = ()
    appeared: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    before: str = ""


class Summary(Part, frozen=True):
    """What a director reads first.

    Attributes:
        lines: sentences. first: ids of the controls to bring about first.
    """

    lines: tuple[str, ...]
    first: tuple[str, ...]
