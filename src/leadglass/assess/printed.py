"""A cohort as it is printed: each row of each item as it was printed last, and how many hospitals it has now.

Never a cell of a row that was not printed. Everything here but the numbers of hospitals comes from rows that were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from leadglass.assess.association import Association, Draw, associate, table
from leadglass.assess.cohort import Size
from leadglass.assess.disclosure import Edition, Limits, decide, news
from leadglass.assess.instrument import Instrument
from leadglass.assess.question import Question
from leadglass.assess.strata import TOTAL, Counts, Row, counts, tables
from leadglass.assess.tally import Tally, columns

NOT_PRINTED = "not printed yet"
HELD_BACK = "held back"
"""One word for every reason: that all hospitals of a row answer alike, or that few differ, would itself tell."""

Responses = Mapping[str, Mapping[str, str]]
"""Answer codes by question, by contribution id."""
Editions = Callable[[str], Sequence[Edition]]
"""The printings of an item by its id, oldest first."""
Drawing = Callable[[str], Draw]
"""What draws for the association of that name; the same name draws the same."""


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """One row of an item.

    Attributes:
        n: hospitals in it now.
        tally: as printed last, with its own n; None where it never was.
        at: when that was.
        held: why there is no tally; empty where there is one.
    """

    n: int
    tally: Tally | None = None
    at: datetime | None = None
    held: str = ""


@dataclass(frozen=True, slots=True)
class PrintedItem:
    """One item.

    Attributes:
        rows: the total and every band of both sizes, those without a hospital too.
        associations: by size; none where a band is hidden. They are those of the bands' last printing.
    """

    rows: Mapping[Row, PrintedRow]
    associations: Mapping[Size, Association] = field(default_factory=dict)

    @property
    def total(self) -> PrintedRow:
        """All hospitals together."""
        return self.rows[TOTAL]


@dataclass(frozen=True, slots=True)
class Past:
    """What was ever printed of one item.

    Attributes:
        rows: the last printing of each row, and when that was.
        associations: as `PrintedItem` has them.
    """

    rows: Mapping[Row, tuple[Tally, datetime | None]]
    associations: Mapping[Size, Association]


@dataclass(frozen=True, slots=True)
class PrintedCohort:
    """All items.

    Attributes:
        hospitals: contributions now.
        limits: what rows must pass.
        items: by question id, in the order of the instrument.
    """

    hospitals: int
    limits: Limits
    items: Mapping[str, PrintedItem]

    @property
    def at(self) -> datetime | None:
        """The last printing; None before the first."""
        times = [row.at for item in self.items.values() for row in item.rows.values() if row.at is not None]
        return max(times, default=None)


def printing(
    instrument: Instrument, responses: Responses, editions: Editions, limits: Limits, at: datetime
) -> Iterator[tuple[str, Edition]]:
    """Prints: for each item of which a row may be printed that says something new, its id and edition.

    Whoever takes an edition keeps it, or does not show it.

    Args:
        instrument: the present version.
        responses: of all hospitals.
        editions: every earlier printing of an item.
        limits: what rows must pass.
        at: now, aware.

    Raises:
        ValueError: more than `disclosure.MAX_EDITIONS` printings of one item.
    """
    for question, items in tables(instrument, responses):
        earlier = editions(question.id)
        decided = decide(items, column_names(question), earlier, limits)
        rows = frozenset(row for row, hidden in decided.items() if hidden is None)
        if news(items, rows, earlier):
            yield question.id, Edition(items, rows, at)


def printed(
    instrument: Instrument, responses: Responses, editions: Editions, limits: Limits, drawing: Drawing
) -> PrintedCohort:
    """The cohort as it was printed until now: `past`, with how many hospitals there are now."""
    return with_present(instrument, responses, past(instrument, editions, drawing), limits)


def past(instrument: Instrument, editions: Editions, drawing: Drawing) -> dict[str, Past]:
    """What was printed of each item."""
    return {
        question.id: _past(instrument, question, editions(question.id), drawing) for question in instrument.questions
    }


def with_present(
    instrument: Instrument, responses: Responses, before: Mapping[str, Past], limits: Limits
) -> PrintedCohort:
    """What was printed of each item, beside how many hospitals there are now."""
    items = {}
    for question, present in tables(instrument, responses):
        now, was = counts(present), before[question.id]
        rows = {row: _row(row, now, was, limits) for row in layout(instrument, question)}
        items[question.id] = PrintedItem(rows, was.associations)
    return PrintedCohort(len(responses), limits, items)


def layout(instrument: Instrument, question: Question) -> tuple[Row, ...]:
    """The rows of a question's table in order; a question of size is not set beside itself."""
    found = [TOTAL]
    for size in Size:
        if size.value != question.id:
            found += [Row(size, band) for band in (*instrument.by_id[size.value].codes, "")]
    return tuple(found)


def column_names(question: Question) -> tuple[str, ...]:
    """The columns of a question's table, in order, each once."""
    return tuple(dict.fromkeys(columns(question).values()))


def _past(instrument: Instrument, question: Question, editions: Sequence[Edition], drawing: Drawing) -> Past:
    names, places = column_names(question), layout(instrument, question)
    rows: dict[Row, tuple[Tally, datetime | None]] = {}
    tallies: list[dict[Row, Tally]] = []  # of each edition, rows that were not printed too
    for edition in editions:
        counted = counts(edition.table)
        tallies.append({row: Tally({name: cells[name] for name in names}) for row, cells in counted.items()})
        rows |= {row: (tallies[-1][row], edition.at) for row in edition.printed}
    found = {}
    for size in Size:
        bands = _bands([row for row in places if row.size is size and row.band], editions, tallies)
        association = associate(table(bands), drawing(f"{question.id}/{size}")) if bands else None
        if association is not None:
            found[size] = association
    return Past(rows, found)


def _bands(
    bands: Sequence[Row], editions: Sequence[Edition], tallies: Sequence[Mapping[Row, Tally]]
) -> dict[str, Tally] | None:
    """The bands of a size in the last printing of any of them; None where one of them was hidden then."""
    for edition, rows in zip(reversed(editions), reversed(tallies), strict=True):
        if edition.printed.isdisjoint(bands):
            continue
        filled = [row for row in bands if row in rows]
        return {row.band: rows[row] for row in filled} if edition.printed.issuperset(filled) else None
    return None


def _row(row: Row, now: Counts, was: Past, limits: Limits) -> PrintedRow:
    n = now[row].total() if row in now else 0
    if row in was.rows:
        return PrintedRow(n, *was.rows[row])
    if n < limits.hospitals:
        return PrintedRow(n, held=f"fewer than {limits.hospitals} hospitals" if n else "no hospital")
    return PrintedRow(n, held=HELD_BACK if was.rows else NOT_PRINTED)
