"""A sheet of a workbook as a table with named columns. Takes no formula's value; knows no question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO

from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter.utility import xl_rowcol_to_cell

from leadglass.assess.plain import plain
from leadglass.reporting.workbook_cells import CellFault, Value, id_of
from leadglass.reporting.workbook_guard import Guarded
from leadglass.reporting.workbook_layout import WorkbookError, folded
from leadglass.reporting.workbook_scan import Sheet

_SHOWN = 80  # characters of a sheet's name in a message
_HEADER_WITHIN = 20  # rows in which the header is looked for


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a sheet.

    Attributes:
        name: of the sheet. rows: all of them, from the first row and column on. sheet: what is known of its formulas.
    """

    name: str
    rows: Sequence[Sequence[Value]]
    sheet: Sheet

    def where(self, row: int, column: int) -> str:
        """The place of a cell, for people: "Survey!D5"."""
        return f"{plain(self.name, _SHOWN)}!{xl_rowcol_to_cell(row, column)}"

    def cell(self, row: int, column: int) -> Value:
        """A cell's value; an empty text beyond the last.

        Raises:
            CellFault: it was computed.
        """
        if self.sheet.is_formula((row, column)):
            raise CellFault("a formula; type what it says")
        line = self.rows[row] if row < len(self.rows) else ()
        value = line[column] if column < len(line) else ""
        return value.strip() if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet's rows below its header.

    Attributes:
        grid: its cells. header: row of the header, from 0. columns: by name, as it is compared.
    """

    grid: Grid
    header: int
    columns: dict[str, int]

    @property
    def rows(self) -> Iterator[int]:
        """The rows below the header, from 0."""
        return iter(range(self.header + 1, len(self.grid.rows)))

    def value(self, row: int, name: str) -> Value:
        """The value in a column; an empty text where the sheet does not have it.

        Raises:
            CellFault: it was computed.
        """
        column = self.columns.get(folded(name))
        return "" if column is None else self.grid.cell(row, column)

    def where(self, row: int, name: str) -> str:
        """The place of a cell; of its row where the sheet does not have the column."""
        return self.grid.where(row, self.columns.get(folded(name), 0))


def grids(guarded: Guarded) -> Iterator[Grid]:
    """The sheets, one after the other.

    Raises:
        WorkbookError: a sheet cannot be read.
    """
    try:
        with closing(CalamineWorkbook.from_filelike(BytesIO(guarded.data))) as book:
            for name, sheet in guarded.sheets.items():
                yield Grid(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False), sheet)
    except (CalamineError, OSError, ValueError) as error:
        raise WorkbookError(f"it cannot be read: {plain(str(error), _SHOWN)}", "save it again as .xlsx") from None


def table(grid: Grid, needed: Sequence[str], first: int = 0) -> Table:
    """The table whose header holds all of ``needed``, from row ``first`` on.

    Raises:
        WorkbookError: there is no such header, or a needed column stands there twice.
    """
    wanted = {folded(name) for name in needed}
    for row in range(first, min(first + _HEADER_WITHIN, len(grid.rows))):
        found = [id_of(value) if value != "" else "" for value in grid.rows[row]]
        if wanted <= set(found):
            twice = [name for name in needed if found.count(folded(name)) > 1]
            if twice:
                raise WorkbookError(f"{grid.where(row, 0)}: two columns are called “{twice[0]}”", "delete one of them")
            return Table(grid, row, {name: column for column, name in enumerate(found) if name})
    missing = " and ".join(f"“{name}”" for name in needed)
    raise WorkbookError(f"sheet “{plain(grid.name, _SHOWN)}” has no columns {missing}", "export the workbook again")
