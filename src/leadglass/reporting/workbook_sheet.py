"""The cells of one sheet of a workbook: values as they were typed. Never evaluates, and never gives a computed value.

Nothing is taken for as large as the file claims: what is counted is what is there.
"""

from __future__ import annotations

import math
import re

from leadglass.reporting.workbook_cells import DATE, Value
from leadglass.reporting.workbook_layout import WorkbookError
from leadglass.reporting.workbook_xml import AGAIN

MAX_CELLS = 20_000  # of all sheets
MAX_ROWS = 5_000  # of a sheet, empty ones included
MAX_COLUMNS = 100
MAX_TEXT = 32_767  # characters of a cell, as in the spreadsheet programs
MAX_CHARACTERS = 8_000_000  # of all cells together, a shared text counted in each

_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # a character that XML cannot hold, ECMA-376 part 1, 22.9.2.19

Cell = tuple[int, int]
"""Row and column, from 0."""


class Budget:
    """What all sheets together may hold."""

    def __init__(self) -> None:
        self._cells, self._characters = MAX_CELLS, MAX_CHARACTERS

    def spend(self, characters: int) -> None:
        """Count one more cell.

        Raises:
            WorkbookError: it is too much.
        """
        self._cells -= 1
        self._characters -= characters
        if self._cells < 0:
            raise WorkbookError(f"more than {MAX_CELLS:,} cells", "delete sheets that are not the survey")
        if self._characters < 0:
            raise WorkbookError(f"more than {MAX_CHARACTERS:,} characters", "shorten what is written")


class Sheet:
    """The cells of a sheet while it is told by `workbook_xml.tell`.

    Args:
        name: as people see it.
        shared: texts that cells share. dated: whether a style shows its number as a date, by its index.
        budget: shared by all sheets.

    Attributes:
        values: by cell; empty ones are left out.
    """

    def __init__(self, name: str, shared: list[str], dated: list[bool], budget: Budget) -> None:
        self.name = name
        self.values: dict[Cell, Value] = {}
        self._shared, self._dated, self._budget = shared, dated, budget
        self._formulas: set[Cell] = set()
        self._arrays: list[tuple[Cell, Cell]] = []
        self._cell: Cell | None = None
        self._attributes: dict[str, str] = {}
        self._inside = ""
        self._phonetic = False
        self._text = ""

    def is_formula(self, cell: Cell) -> bool:
        """Whether the cell's value was computed, by its own formula or by one that fills a range."""
        row, column = cell
        return cell in self._formulas or any(
            first[0] <= row <= last[0] and first[1] <= column <= last[1] for first, last in self._arrays
        )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "c":
            self._cell, self._attributes, self._text = position(attributes.get("r", "")), attributes, ""
        elif name == "f" and self._cell is not None:
            self._formulas.add(self._cell)
            if "ref" in attributes and attributes.get("t") != "shared":
                first, _, last = attributes["ref"].partition(":")
                self._arrays.append((position(first), position(last or first)))
        self._phonetic = self._phonetic or name == "rPh"
        self._inside = name

    def end(self, name: str) -> None:
        """An element ends."""
        self._inside = ""
        if name == "rPh":
            self._phonetic = False
        if name == "c" and self._cell is not None:
            self._take(self._cell)
            self._cell = None

    def text(self, text: str) -> None:
        """What stands between: of a cell its value, of one with its own text that text."""
        if self._inside in {"v", "t"} and not self._phonetic:
            self._text = bounded(self._text + text)

    def _take(self, cell: Cell) -> None:
        value = self._value()
        self._budget.spend(len(value) if isinstance(value, str) else 0)
        if value != "":
            self.values[cell] = value

    def _value(self) -> Value:
        kind, text = self._attributes.get("t", "n"), self._text
        if kind in {"inlineStr", "str"}:
            return unescaped(text)
        if text == "" or kind == "e":
            return text
        if kind == "d":
            return DATE
        if kind == "b":
            return text == "1"
        try:
            if kind == "s":
                return self._shared[_index(text)]
            number = float(text)
        except (ValueError, IndexError):
            number = math.nan
        if kind != "n" or not math.isfinite(number):
            raise WorkbookError(f"“{self.name}” has a cell that holds nothing that can be read", AGAIN)
        if self._dated and self._is_dated():
            return DATE
        return int(number) if number.is_integer() else number

    def _is_dated(self) -> bool:
        try:
            return self._dated[_index(self._attributes.get("s", "0"))]
        except (ValueError, IndexError):
            return False


def _index(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError(text)
    return int(text)


def position(reference: str) -> Cell:
    """Row and column of "D5".

    Raises:
        WorkbookError: no reference, or beyond the bounds.
    """
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise WorkbookError("a cell does not say where it is", AGAIN)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    row = int(found[2])
    if row > MAX_ROWS or column > MAX_COLUMNS:
        hint = f"at most {MAX_ROWS:,} rows and {MAX_COLUMNS} columns are read: delete what lies beyond"
        raise WorkbookError(f"there is a cell at {reference}", hint)
    return row - 1, column - 1


def bounded(text: str) -> str:
    """A text, when it may stand in a cell.

    Raises:
        WorkbookError: more than `MAX_TEXT`.
    """
    if len(text) > MAX_TEXT:
        raise WorkbookError(f"a text of more than {MAX_TEXT:,} characters", "shorten it")
    return text


def unescaped(text: str) -> str:
    """A text with the characters that XML cannot hold; what is no character of its own stays as it stands."""

    def character(found: re.Match[str]) -> str:
        point = int(found[1], 16)
        return found[0] if 0xD800 <= point < 0xE000 else chr(point)

    return _ESCAPED.sub(character, text) if "_x" in text else text
