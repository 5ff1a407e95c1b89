"""A cohort's rows as its pages show them: words, counts, percentages, intervals. Pure; a hidden row has only its n."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from leadglass.assess.association import Association
from leadglass.assess.beside import Beside
from leadglass.assess.cohort import Size
from leadglass.assess.instrument import Instrument, Section
from leadglass.assess.printed import PrintedItem, PrintedRow
from leadglass.assess.question import Question
from leadglass.assess.strata import Row
from leadglass.assess.tally import Tally, headings
from leadglass.console.cohort_picture import small_bar

SIZES = {Size.BEDS: "Beds", Size.EXAMS: "Examinations a year"}
_SIZE_UNKNOWN = "Not known"


@dataclass(frozen=True, slots=True)
class Part:
    """One column of a row: its word, hospitals, whole percent, and its 95 % interval in percent."""

    column: str
    text: str
    count: int
    percent: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table.

    Attributes:
        label: whose. n: of its parts, or of a row that is not printed.
        parts: empty where it is not printed; held: why.
        date: when it was printed. now: hospitals in it now, where that is another number.
        here: this hospital is among those it speaks of.
    """

    label: str
    n: int
    parts: tuple[Part, ...] = ()
    held: str = ""
    date: str = ""
    now: int | None = None
    here: bool = False

    @property
    def by_column(self) -> dict[str, Part]:
        """Its parts; columns that were not offered are missing."""
        return {part.column: part for part in self.parts}


@dataclass(frozen=True, slots=True)
class Compared:
    """One question in the list of all.

    Attributes:
        ours: this hospital's answer in words. bar, published_bar: pictures; empty where there is nothing to draw.
        published: of 2007; None where the question was not in it. figures: of other publications, in words.
    """

    question: Question
    ours: str
    cohort: Line
    bar: Markup
    published: Line | None
    published_bar: Markup
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A section's questions."""

    section: Section
    rows: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Bands:
    """One item by one size.

    Attributes:
        lines: one a band, and those whose size is not known. association: None where none may be given.
    """

    title: str
    lines: tuple[Line, ...]
    association: Association | None


def groups(
    instrument: Instrument, rows: tuple[Beside, ...], items: Mapping[str, PrintedItem], zone: ZoneInfo
) -> list[Group]:
    """All questions by section."""
    by_question = {row.question: row for row in rows}
    return [
        Group(
            section,
            tuple(_compared(one, by_question[one.id], items[one.id].total, zone) for one in section.questions),
        )
        for section in instrument.sections
    ]


def _compared(question: Question, row: Beside, total: PrintedRow, zone: ZoneInfo) -> Compared:
    item = row.published
    return Compared(
        question=question,
        ours=ours_in_words(question, row.ours),
        cohort=line(question, "Cohort", total, zone),
        bar=small_bar(total.tally, row.ours) if total.tally else Markup(),
        published=None if item is None else published_line(question, item.tally),
        published_bar=small_bar(full(question, item.tally), row.ours) if item else Markup(),
        figures=figures(question, row),
    )


def ours_in_words(question: Question, column: str | None) -> str:
    """This hospital's answer; empty without one."""
    return headings(question)[column] if column else ""


def figures(question: Question, row: Beside) -> tuple[str, ...]:
    """Single figures of other publications, each with its n and year."""
    words = headings(question)
    return tuple(
        f"{one.year}: {one.percent} % {words[one.code]} (n {one.n})" for one in row.figures if one.code in words
    )


def line(question: Question, label: str, row: PrintedRow, zone: ZoneInfo, *, here: bool = False) -> Line:
    """A row of the cohort."""
    if row.tally is None:
        return Line(label, row.n, held=row.held, here=here)
    date = row.at.astimezone(zone).date().isoformat() if row.at else ""
    changed = row.n if row.n != row.tally.n else None
    return Line(label, row.tally.n, parts(question, row.tally), "", date, changed, here)


def published_line(question: Question, tally: Tally) -> Line:
    """The row of 2007."""
    return Line("2007", tally.n, parts(question, tally), date="2007")


def full(question: Question, tally: Tally) -> Tally:
    """A tally with every column of the question, so that each has the same colour in every bar."""
    return Tally({column: tally.counts.get(column, 0) for column in headings(question)})


def parts(question: Question, tally: Tally) -> tuple[Part, ...]:
    """The columns of a tally of at least one answer."""
    words, percentages = headings(question), tally.percentages
    found = []
    for column, count in tally.counts.items():
        interval = tally.interval(column)
        assert interval is not None  # somebody answered
        text = words.get(column, column)
        found.append(Part(column, text, count, percentages[column], 100 * interval.low, 100 * interval.high))
    return tuple(found)


def bands(
    instrument: Instrument, question: Question, item: PrintedItem, codes: Mapping[str, str], zone: ZoneInfo
) -> list[Bands]:
    """An item by each size; ``codes`` are this hospital's, so that its own band is marked."""
    found = []
    for size, title in SIZES.items():
        texts = {**instrument.by_id[size.value].codes, "": _SIZE_UNKNOWN}
        rows = [(band, item.rows.get(Row(size, band))) for band in texts]
        own = codes.get(size.value, "")
        lines = tuple(
            line(question, texts[band], row, zone, here=bool(own) and own == band)
            for band, row in rows
            if row is not None
        )
        if lines:
            found.append(Bands(title, lines, item.associations.get(size)))
    return found
