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
    """The cohort as it was printed until now."""
    items = {}
    for question, present in tables(instrument, responses):
        places = layout(instrument, question)
        items[question.id] = _item(question, places, counts(present), editions(question.id), limits, drawing)
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


def _item(
    question: Question,
    places: Sequence[Row],
    now: Counts,
    editions: Sequence[Edition],
    limits: Limits,
    drawing: Drawing,
) -> PrintedItem:
    seen = [(edition, counts(edition.table)) for edition in editions]
    rows = {row: _row(row, column_names(question), now, seen, limits) for row in places}
    found = {}
    for size in Size:
        bands = _bands(size, question, places, seen)
        association = associate(table(bands), drawing(f"{question.id}/{size}")) if bands else None
        if association is not None:
            found[size] = association
    return PrintedItem(rows, found)


def _row(
    row: Row, names: Sequence[str], now: Counts, seen: Sequence[tuple[Edition, Counts]], limits: Limits
) -> PrintedRow:
    n = now[row].total() if row in now else 0
    for edition, counted in reversed(seen):
        if row in edition.printed:
            return PrintedRow(n, Tally({name: counted[row][name] for name in names}), edition.at)
    if n < limits.hospitals:
        return PrintedRow(n, held=f"fewer than {limits.hospitals} hospitals" if n else "no hospital")
    return PrintedRow(n, held=HELD_BACK if seen else NOT_PRINTED)


def _bands(
    size: Size, question: Question, places: Sequence[Row], seen: Sequence[tuple[Edition, Counts]]
) -> dict[str, Tally] | None:
    """The bands of a size in the last printing of any of them; None where one of them was hidden then."""
    bands = [row for row in places if row.size is size and row.band]
    for edition, counted in reversed(seen):
        if edition.printed & set(bands):
            filled = [row for row in bands if row in counted]
            if not edition.printed >= set(filled):
                return None
            return {row.band: Tally({name: counted[row][name] for name in column_names(question)}) for row in filled}
    return None
