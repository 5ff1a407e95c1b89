"""A sheet of a workbook as a table with named columns. Takes no formula's value; knows no question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter.utility import xl_rowcol_to_cell

from leadglass.assess.plain import plain
from leadglass.reporting.workbook_cells import DATE, CellFault, Value
from leadglass.reporting.workbook_layout import WorkbookError, folded
from leadglass.reporting.workbook_sheet import Sheet

_SHOWN = 80  # characters of a sheet's name in a message
_HEADER_WITHIN = 20  # rows in which the header is looked for


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet's rows below its header.

    Attributes:
        sheet: its cells. header: row of the header, from 0. columns: by name, as it is compared.
    """

    sheet: Sheet
    header: int
    columns: dict[str, int]

    @property
    def rows(self) -> list[int]:
        """The rows below the header that hold something, from 0."""
        return sorted({row for row, _ in self.sheet.values if row > self.header})

    def value(self, row: int, name: str) -> Value:
        """The value in a column; an empty text where the sheet does not have it.

        Raises:
            CellFault: it was computed.
        """
        column = self.columns.get(folded(name))
        return "" if column is None else typed(self.sheet, row, column)

    def where(self, row: int, name: str) -> str:
        """The place of a cell; of its row where the sheet does not have the column."""
        return where(self.sheet, row, self.columns.get(folded(name), 0))


def where(sheet: Sheet, row: int, column: int) -> str:
    """The place of a cell, for people: "Survey!D5"."""
    return f"{plain(sheet.name, _SHOWN)}!{xl_rowcol_to_cell(row, column)}"


def typed(sheet: Sheet, row: int, column: int) -> Value:
    """What was typed into a cell, without outer spaces; an empty text where nothing was.

    Raises:
        CellFault: it was computed.
    """
    if sheet.is_formula((row, column)):
        raise CellFault("a formula; type what it says")
    value = sheet.values.get((row, column), "")
    return value.strip() if isinstance(value, str) else value


def table(sheet: Sheet, needed: Sequence[str], first: int = 0) -> Table:
    """The table whose header holds all of ``needed``, from row ``first`` on.

    Raises:
        WorkbookError: there is no such header, or a needed column stands there twice.
    """
    wanted = {folded(name) for name in needed}
    for row in range(first, first + _HEADER_WITHIN):
        found = [
            (folded(str(value)), column)
            for (line, column), value in sorted(sheet.values.items(), key=lambda one: one[0])
            if line == row and value is not DATE
        ]
        names = [name for name, _ in found]
        if wanted <= set(names):
            twice = [name for name in needed if names.count(folded(name)) > 1]
            if twice:
                raise WorkbookError(
                    f"{where(sheet, row, 0)}: two columns are called “{twice[0]}”", "delete one of them"
                )
            return Table(sheet, row, dict(found))
    missing = " and ".join(f"“{name}”" for name in needed)
    raise WorkbookError(f"sheet “{plain(sheet.name, _SHOWN)}” has no columns {missing}", "export the workbook again")
