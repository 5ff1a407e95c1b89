"""Which rows of a cohort's table may be printed without giving a hospital away. Never prints, never forgets a printing.

One item is judged at a time. Its rows are the total and one-way strata: bands of beds, bands of exams. Of a row that is
not printed only n is. A reader knows every n and every printed row, and subtracts; so rows are hidden until no cell of
a hidden row follows from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from leadglass.assess.cohort import Size
from leadglass.assess.instrument import Instrument
from leadglass.assess.question import Question
from leadglass.assess.tally import columns


class Row(NamedTuple):
    """A row of an item's table; the total has neither.

    Attributes:
        size: by what hospitals are grouped.
        band: code of the band; empty for hospitals whose size is not known.
    """

    size: Size | None = None
    band: str = ""


TOTAL = Row()

Members = Mapping[str, str]
"""The hospitals of a row: contribution id to the column their answer is counted in."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a row must pass.

    Attributes:
        hospitals: fewest in a row. cell: fewest in a cell that is not empty.
    """

    hospitals: int = 10
    cell: int = 3

    def fault(self, counts: Mapping[str, int]) -> Hidden | None:
        """Why counts do not pass; None when they do."""
        if sum(counts.values()) < self.hospitals:
            return Hidden.FEW
        found = [count for count in counts.values() if count]
        if min(found, default=self.cell) < self.cell:
            return Hidden.SMALL_CELL
        return Hidden.ONE_ANSWER if len(found) < 2 else None


class Hidden(StrEnum):
    """Why a row prints n only."""

    FEW = "few hospitals"
    SMALL_CELL = "a cell with few hospitals"
    ONE_ANSWER = "all answer the same"
    LITTLE_CHANGED = "few joined, left or changed since it was printed"
    WOULD_TELL = "a hidden row would follow from it"


@dataclass(frozen=True, slots=True)
class Edition:
    """An item's table when it was printed; kept where the responses are kept, and never shown.

    Attributes:
        table: all its rows, hidden ones too. printed: those that were printed.
    """

    table: Mapping[Row, Members]
    printed: frozenset[Row]


def rows(instrument: Instrument, question: Question, responses: Mapping[str, Mapping[str, str]]) -> dict[Row, Members]:
    """The rows of a question's table from responses by contribution id; skipped and "not applicable" are in none."""
    place = columns(question)
    found: dict[Row, dict[str, str]] = {TOTAL: {}}
    for size in Size:
        found |= {Row(size, band): {} for band in (*instrument.by_id[size.value].codes, "")}
    for name, response in responses.items():
        column = place.get(response.get(question.id, ""))
        if column is None:
            continue
        found[TOTAL][name] = column
        for size in Size:
            row = Row(size, response.get(size.value, ""))
            found[row if row in found else Row(size)][name] = column
    return dict(found)


def decide(
    table: Mapping[Row, Members], codes: Sequence[str], earlier: Sequence[Edition] = (), limits: Limits | None = None
) -> dict[Row, Hidden | None]:
    """For each row None where it may be printed, or why it may not.

    Args:
        table: the rows of one item, as `rows` gives them: every hospital of the total is in one row of each size.
        codes: the item's columns.
        earlier: every table of this item of which a row was printed.
        limits: what rows must pass.
    """
    limits = limits or Limits()
    decided = {row: _alone(row, members, earlier, limits) for row, members in table.items()}
    views = [_Reader.of(one.table, table, codes, earlier) for one in (*earlier, Edition(table, frozenset()))]
    while True:
        open_rows = {row for row, hidden in decided.items() if hidden is None}
        loss = next((found for one in views if (found := one.loss(open_rows)) is not None), None)
        if loss is None:
            return decided
        decided[loss] = Hidden.WOULD_TELL


def _alone(row: Row, members: Members, earlier: Iterable[Edition], limits: Limits) -> Hidden | None:
    """Whether a row passes by itself and against each of its earlier printings."""
    fault = limits.fault(Counter(members.values()))
    if fault is not None:
        return fault
    for edition in earlier:
        if row not in edition.printed:
            continue
        before = edition.table[row]
        joined = Counter(column for name, column in members.items() if before.get(name) != column)
        left = Counter(column for name, column in before.items() if members.get(name) != column)
        if any(moved and limits.fault(moved) for moved in (joined, left)):
            return Hidden.LITTLE_CHANGED
    return None


@dataclass(frozen=True, slots=True)
class _Reader:
    """What a reader knows of a table, earlier or now: a row that is as it was when it was printed tells of both.

    Attributes:
        counts: of the table.
        known: rows known from earlier printings. alike: rows that are the same in the table now.
        told: hidden cells that follow from ``known``; that cannot be taken back.
    """

    counts: Mapping[Row, list[int]]
    known: frozenset[Row]
    alike: frozenset[Row]
    told: frozenset[tuple[Row, int]]

    @classmethod
    def of(
        cls, table: Mapping[Row, Members], now: Mapping[Row, Members], codes: Sequence[str], earlier: Sequence[Edition]
    ) -> _Reader:
        counts = {row: _counts(members, codes) for row, members in table.items()}
        known = frozenset(
            row
            for row, members in table.items()
            if any(row in one.printed and one.table[row] == members for one in earlier)
        )
        alike = frozenset(row for row, members in table.items() if now.get(row) == members)
        return cls(counts, known, alike, frozenset(_told(counts, known)))

    def loss(self, open_rows: set[Row]) -> Row | None:
        """A row to hide, because with the open rows a hidden cell would follow; None where none would."""
        added = (open_rows & self.alike) - self.known
        found = _told(self.counts, self.known | added) - self.told if added else set()
        if not found:
            return None
        told = min(found, key=lambda cell: (_order(cell[0]), cell[1]))[0]
        candidates = [row for row in added if row.size in self._givers(told, added)] or list(added)
        # The smallest row is the least loss; the total is the greatest.
        return min(candidates, key=lambda row: (row.size is None, sum(self.counts[row]), _order(row)))

    def _givers(self, told: Row, added: frozenset[Row] | set[Row]) -> set[Size | None]:
        """Where to look first: beside a stratum and in the total; for the total, in a size of which all is known."""
        if told.size is not None:
            return {told.size, None}
        hidden = {row.size for row in self.counts if sum(self.counts[row]) and row not in self.known | added}
        return {size for size in Size if size not in hidden}


def _order(row: Row) -> tuple[str, str]:
    return row.size or "", row.band


def _counts(members: Members, codes: Sequence[str]) -> list[int]:
    counted = Counter(members.values())
    return [counted[code] for code in codes]


def _told(counts: Mapping[Row, list[int]], known: Set[Row]) -> set[tuple[Row, int]]:
    """Cells of hidden rows that follow from the known rows and every n, as row and column."""
    found = set()
    for row, cells in counts.items():
        if row in known or not sum(cells):
            continue
        for column in range(len(cells)):
            if TOTAL in known and counts[TOTAL][column] == 0:
                continue  # nobody at all gave this answer: that is printed, and no hospital's secret
            low, high = bounds(counts, row, column, known)
            if low == high:
                found.add((row, column))
    return found


def bounds(counts: Mapping[Row, list[int]], row: Row, column: int, known: Set[Row]) -> tuple[int, int]:
    """The least and the most that a hidden cell can be, given every n and the known rows; both can be.

    Each size is a table whose rows add up to the total. What is known of one size limits the total's column from below,
    and through it the other size. For given columns of the total the hidden rows of a size are a transportation
    problem, whose cells reach their bounds.
    """
    n = sum(counts[TOTAL])
    floors = [_floors(counts, size, known) for size in Size]
    least = [max(floor[index] for floor in floors) for index in range(len(counts[TOTAL]))]
    low, high = least[column], n - sum(least) + least[column]  # of the total in this column
    if TOTAL in known:
        low = high = counts[TOTAL][column]
    if row.size is None:
        return low, high
    floor = _floors(counts, row.size, known)
    of_row = sum(counts[row])
    others = n - sum(floor) - of_row  # hospitals in other hidden rows of this size
    return max(0, low - floor[column] - others), min(of_row, high - floor[column])


def _floors(counts: Mapping[Row, list[int]], size: Size, known: Set[Row]) -> list[int]:
    """What the known rows of a size add up to, by column."""
    found = [counts[row] for row in known if row.size is size]
    return [sum(row[index] for row in found) for index in range(len(counts[TOTAL]))]
