"""Where each role of a model stands in the picture: always in the same place, whatever a hospital has or lacks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from leadglass.network.hospital import UNASSOCIATED
from leadglass.network.model_network import ModelNetwork, Role

ZONE, FILTER = 176, 114  # widths of a column of zones, and of one of filters alone
HIGH = 112  # of a place
ACROSS, DOWN = 70, 58  # between columns, between rows: where lines run
TOP = 66  # of the first row; title and caption stand above it

UNPLACED = Role(id="none", title="Of no role in the model", column=0, row=0)
"""What the hospital has and the model has no place for; drawn beside what nobody declared."""


@dataclass(frozen=True, slots=True)
class Place:
    """A role's place.

    Attributes:
        column, row: from 0, those that are in use counted.
        x, y, width: of its box; its height is `HIGH`.
    """

    role: Role
    column: int
    row: int
    x: int
    y: int
    width: int

    @property
    def right(self) -> int:
        """Where it ends."""
        return self.x + self.width


@dataclass(frozen=True)
class Grid:
    """All places of a model, and the lanes between them."""

    model: ModelNetwork

    @cached_property
    def _roles(self) -> tuple[Role, ...]:
        """With one for what has no place: in the row of what nobody declared, at the nearest free column."""
        roles = self.model.roles
        taken = {(role.column, role.row) for role in roles}
        beside = self.model.role(UNASSOCIATED)
        row = beside.row if beside is not None else max((role.row for role in roles), default=0) + 1
        wide = sorted({role.column for role in roles if not role.filter} or {0}, reverse=True)
        column = next((one for one in wide if (one, row) not in taken), wide[0])
        if (column, row) in taken:
            row = max(role.row for role in roles) + 1
        free = Role(id=UNPLACED.id, title=UNPLACED.title, column=column, row=row)
        return (*roles, free)

    @cached_property
    def columns(self) -> tuple[tuple[int, int], ...]:
        """Where each column in use begins and ends."""
        found, x = [], ACROSS
        for column in sorted({role.column for role in self._roles}):
            narrow = all(role.filter for role in self._roles if role.column == column)
            width = FILTER if narrow else ZONE
            found.append((x, x + width))
            x += width + ACROSS
        return tuple(found)

    @cached_property
    def rows(self) -> tuple[tuple[int, int], ...]:
        """Where each row in use begins and ends."""
        count = len({role.row for role in self._roles})
        tops = [TOP + DOWN + index * (HIGH + DOWN) for index in range(count)]
        return tuple((top, top + HIGH) for top in tops)

    @cached_property
    def places(self) -> dict[str, Place]:
        """By role id, in the model's order."""
        columns = sorted({role.column for role in self._roles})
        rows = sorted({role.row for role in self._roles})
        found = {}
        for role in self._roles:
            column, row = columns.index(role.column), rows.index(role.row)
            x, end = self.columns[column]
            found[role.id] = Place(role, column, row, x, self.rows[row][0], end - x)
        return found

    @property
    def width(self) -> int:
        """Of the whole."""
        return self.columns[-1][1] + ACROSS

    @property
    def bottom(self) -> int:
        """Where the last row's lane ends."""
        return self.rows[-1][1] + DOWN

    def across(self, index: int) -> tuple[int, int]:
        """The lane to the left of a column; after the last one, to its right."""
        begin = self.columns[index - 1][1] if index else 0
        return begin, begin + ACROSS

    def down(self, index: int) -> tuple[int, int]:
        """The lane above a row; after the last one, below it."""
        begin = self.rows[index - 1][1] if index else TOP
        return begin, begin + DOWN
