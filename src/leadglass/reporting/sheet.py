"""What a reader of the report sees, in plain words: one value for page, print and PDF. Never markup, never a decision.

The report's texts are neutral already (`assess.plain`); templates escape them where they print them. Lists are cut to
what a person reads; what is left out is counted, and stands in the JSON and CSV files of the same report.
"""

from __future__ import annotations

import msgspec

MAX_LIST = 200  # rows of any table
MAX_RECORDS = 8  # of evidence, of one measure
LEFT_OUT = "{} more are in the JSON and CSV files of this report."


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the sheet."""


class Mark(Text, frozen=True):
    """A verdict counted. ``kind``: its sign; ``label``, ``meaning``: in plain words; ``picture``: the sign as SVG."""

    kind: str
    label: str
    count: int
    meaning: str
    picture: str


class Fact(Text, frozen=True):
    """A name with what it says."""

    name: str
    value: str


class Seen(Text, frozen=True):
    """One piece of evidence in words, and the console's page that shows it; empty where there is none."""

    words: str
    link: str


class Conflict(Text, frozen=True):
    """A contradiction: what speaks for the measure, what against it, what was said of it since."""

    control: str
    title: str
    because: str
    lines: tuple[Seen, ...]
    settled: tuple[str, ...]


class Step(Text, frozen=True):
    """What to do, the measure it brings about, why, and what it is worth."""

    control: str
    remedy: str
    title: str
    why: str
    worth: str


class Clause(Text, frozen=True):
    """A reference of the list at the end.

    Attributes:
        number: in the list. name: what is cited, short; full: with its edition. says: in our words.
        known: how and when it was read. standing: "verified", "verified second-hand" or "unverified".
    """

    number: int
    name: str
    full: str
    says: str
    known: str
    standing: str


class Lack(Text, frozen=True):
    """A gap with its recommendation, references and evidence."""

    number: int
    control: str
    title: str
    kind: str
    verdict: str
    because: str
    patients: str
    remedy: str
    effort: str
    effect: str
    references: tuple[Clause, ...]
    evidence: tuple[Seen, ...]


class AreaRow(Text, frozen=True):
    """An area in numbers, in the order of the marks."""

    title: str
    counts: tuple[int, ...]


class BesideRow(Text, frozen=True):
    """This hospital's answer beside those of others, in words."""

    text: str
    ours: str
    cohort: str
    published: str


class Unseen(Text, frozen=True):
    """A measure that was not judged, why, and what would show it."""

    control: str
    title: str
    why: str
    show: str = ""


class RiskLine(Text, frozen=True):
    """An entry of the risk register, in words."""

    id: str
    title: str
    asset: str
    threat: str
    vulnerability: str
    rating: str
    level: str
    likelihood: str
    impact: str
    rationale: str
    handling: str
    state: str


class ChangeRow(Text, frozen=True):
    """A measure whose verdict is another than last time."""

    title: str
    before: str
    now: str
    direction: str


class Key(Text, frozen=True):
    """A mark of a picture with its meaning."""

    picture: str
    label: str


class Sheet(Text, frozen=True):
    """The whole report as it is read.

    Attributes:
        title, facility, day, id, made_by: running header, footer and first page.
        lead: where the hospital stands, in sentences. score: numerator, denominator and unknowns.
        basis: who answered, and what else the report rests on.
        marks: the verdicts counted, all of them, in fixed order.
        waffle, areas_picture, beside_picture: SVG; empty where there is nothing to show. Labels say what they say.
        conflicts: all contradictions; conflicts_first: those on the first page, shortened; conflicts_more: the rest.
        steps: the first page's.
        progress, method: sentences. profile: of the facility.
        omitted: what a table leaves out, by the table's name.
        change: sentences. changes: rows.
        versions: what the report was made by.
    """

    title: str
    facility: str
    day: str
    id: str
    made_by: str
    lead: tuple[str, ...]
    score: str
    basis: tuple[str, ...]
    marks: tuple[Mark, ...]
    waffle: str
    waffle_label: str
    conflicts: tuple[Conflict, ...]
    conflicts_first: tuple[Conflict, ...]
    conflicts_more: str
    steps: tuple[Step, ...]
    profile: tuple[Fact, ...]
    progress: tuple[str, ...]
    method: tuple[str, ...]
    areas: tuple[AreaRow, ...]
    areas_picture: str
    areas_label: str
    lacks: tuple[Lack, ...]
    beside: tuple[BesideRow, ...]
    beside_notes: tuple[str, ...]
    beside_picture: str
    beside_label: str
    beside_key: tuple[Key, ...]
    footnotes: tuple[str, ...]
    unseen: tuple[Unseen, ...]
    exempt: tuple[Unseen, ...]
    risks: tuple[RiskLine, ...]
    references: tuple[Clause, ...]
    change: tuple[str, ...]
    changes: tuple[ChangeRow, ...]
    omitted: dict[str, str]
    versions: tuple[Fact, ...]
