"""Which rows of a cohort's table may be printed without giving a hospital away. Never prints, never forgets a printing.

One item is judged at a time. Its rows are the total and one-way strata: bands of beds, bands of exams. Of a row that is
not printed only n is. A reader knows every n and every printed row, and subtracts; so rows are hidden until no cell of
a hidden row follows from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from leadglass.assess.cohort import Size
from leadglass.assess.strata import TOTAL, Counts, Row, Table, counts, members, moved

MAX_EDITIONS = 1_000  # of one item that are taken into account


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
        table: all of it, hidden rows too. printed: the rows that were printed.
        at: when, aware.
    """

    table: Table
    printed: frozenset[Row]
    at: datetime | None = None


def decide(
    table: Table, columns: Sequence[str], earlier: Sequence[Edition] = (), limits: Limits | None = None
) -> dict[Row, Hidden | None]:
    """For each row with a hospital, and the total, None where it may be printed, or why it may not.

    Args:
        table: of one item.
        columns: the item's.
        earlier: every table of this item of which a row was printed.
        limits: what rows must pass.

    Raises:
        ValueError: more than `MAX_EDITIONS` earlier tables.
    """
    if len(earlier) > MAX_EDITIONS:
        raise ValueError(f"more than {MAX_EDITIONS} printings of one item")
    limits = limits or Limits()
    now = counts(table)
    decided = {row: limits.fault(counted) for row, counted in now.items()}
    for edition in earlier:
        for row in _little_changed(edition, table, limits):
            decided[row] = decided.get(row) or Hidden.LITTLE_CHANGED
    views = _readers(table, now, columns, earlier)
    while True:
        open_rows = {row for row, hidden in decided.items() if hidden is None}
        loss = next((found for one in views if (found := one.loss(open_rows)) is not None), None)
        if loss is None:
            return {row: decided[row] for row in now}
        decided[loss] = Hidden.WOULD_TELL


def _little_changed(edition: Edition, table: Table, limits: Limits) -> set[Row]:
    """Rows of an earlier printing that so few joined or left since that the difference would tell of them."""
    joined, left = moved(edition.table, table)
    return {row for one in (joined, left) for row in edition.printed & one.keys() if limits.fault(one[row])}


def news(table: Table, printed: Set[Row], earlier: Sequence[Edition]) -> bool:
    """Whether printing these rows says anything that no earlier printing said."""
    if not printed or not earlier:
        return bool(printed)
    here = members(table)
    known: set[tuple[Row, int]] = set()
    for edition in earlier:
        numbers = members(edition.table)
        known |= {(row, numbers[row]) for row in edition.printed}
    return any((row, here[row]) not in known for row in printed)


def _readers(table: Table, now: Counts, columns: Sequence[str], earlier: Sequence[Edition]) -> list[_Reader]:
    """What a reader knows of each earlier table and, last, of the present one."""
    numbers = [members(edition.table) for edition in earlier]
    known = {(row, one[row]) for edition, one in zip(earlier, numbers, strict=True) for row in edition.printed}
    here = members(table) if earlier else dict.fromkeys(now, 0)
    seen = [(counts(edition.table), one) for edition, one in zip(earlier, numbers, strict=True)]
    return [_Reader.of(counted, one, columns, known, here) for counted, one in (*seen, (now, here))]


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
        cls,
        counted: Counts,
        numbers: Mapping[Row, int],
        columns: Sequence[str],
        known: Set[tuple[Row, int]],
        now: Mapping[Row, int],
    ) -> _Reader:
        cells = {row: [one[column] for column in columns] for row, one in counted.items()}
        of_before = frozenset(row for row in cells if (row, numbers[row]) in known)
        alike = frozenset(row for row in cells if now.get(row) == numbers[row])
        return cls(cells, of_before, alike, frozenset(_told(cells, of_before)))

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
