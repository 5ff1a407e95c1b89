"""Counts what the XML parts of a workbook hold, and finds its formulas. Never a value, and nothing is expanded.

Its bounds keep the reader of cells from taking memory by what a file claims: a cell far out, one long text that many
cells share, elements without end.
"""

from __future__ import annotations

import re
from typing import Protocol
from xml.parsers import expat

from leadglass.reporting.workbook_layout import WorkbookError

MAX_ELEMENTS = 200_000  # of one part
MAX_CELLS = 20_000  # of all sheets
MAX_ROWS = 5_000  # of a sheet, empty ones included
MAX_COLUMNS = 100
MAX_TEXT = 32_767  # characters of a cell, as in the spreadsheet programs
MAX_CHARACTERS = 8_000_000  # of all cells together, a shared text counted in each

_REF = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")

Cell = tuple[int, int]
"""Row and column, from 0."""


class _Handler(Protocol):
    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


def scan(part: str, data: bytes, handler: _Handler) -> None:
    """Read a part as UTF-8 XML without a document type.

    Raises:
        WorkbookError: it is none, or has more than `MAX_ELEMENTS`.
    """
    left = MAX_ELEMENTS

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise WorkbookError(f"{part} has more than {MAX_ELEMENTS:,} elements", "is this a workbook of the survey?")
        handler.start(name.rpartition(" ")[2], attributes)

    def declared(*_: object) -> None:
        raise WorkbookError(f"{part} declares a document type", "no spreadsheet program writes that: do not trust it")

    if b"\0" in data or not _is_utf8(data):  # expat would take a byte order mark's word against ours
        raise WorkbookError(f"{part} is damaged: no XML in UTF-8", "save it again as .xlsx")
    parser = expat.ParserCreate("UTF-8", " ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: handler.end(name.rpartition(" ")[2])
    parser.CharacterDataHandler = handler.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise WorkbookError(f"{part} is damaged: {error}", "save it again as .xlsx") from None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def position(reference: str) -> Cell:
    """Row and column of "D5".

    Raises:
        WorkbookError: no reference, or beyond the bounds.
    """
    found = _REF.fullmatch(reference)
    if found is None:
        raise WorkbookError(f"{reference[:20]!r} is no cell", "save it again as .xlsx")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    row = int(found[2])
    if row > MAX_ROWS or column > MAX_COLUMNS:
        hint = f"at most {MAX_ROWS:,} rows and {MAX_COLUMNS} columns are read: delete what lies beyond"
        raise WorkbookError(f"there is a cell at {reference}", hint)
    return row - 1, column - 1


class SharedTexts:
    """Lengths of the texts that cells share."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self._in_text = False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "si":
            self.lengths.append(0)
        self._in_text = name == "t"

    def end(self, _name: str) -> None:
        """An element ends."""
        self._in_text = False

    def text(self, text: str) -> None:
        """What stands in it."""
        if self._in_text and self.lengths:
            self.lengths[-1] += len(text)
            _check_length(self.lengths[-1], "a cell")


class Sheet:
    """Bounds and formulas of one sheet.

    Args:
        name: as people see it.
        shared: lengths of the texts that cells share.
        budget: what is left of `MAX_CELLS` and `MAX_CHARACTERS`, over all sheets.
    """

    def __init__(self, name: str, shared: list[int], budget: Budget) -> None:
        self._name, self._shared, self._budget = name, shared, budget
        self._formulas: set[Cell] = set()
        self._arrays: list[tuple[Cell, Cell]] = []
        self._row = -1
        self._cell: Cell = (0, 0)
        self._is_shared = False
        self._inside = ""
        self._value = ""

    def is_formula(self, cell: Cell) -> bool:
        """Whether the cell's value was computed, by its own formula or by one that fills a range."""
        row, column = cell
        within = (first[0] <= row <= last[0] and first[1] <= column <= last[1] for first, last in self._arrays)
        return cell in self._formulas or any(within)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "row":
            self._begin_row(attributes)
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "f":
            self._formulas.add(self._cell)
            if "ref" in attributes and attributes.get("t") != "shared":
                first, _, last = attributes["ref"].partition(":")
                self._arrays.append((position(first), position(last or first)))
        self._inside = name

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "v" and self._is_shared:
            self._budget.spend(self._name, characters=self._shared_length(self._value))
        self._inside, self._value = "", ""

    def text(self, text: str) -> None:
        """What stands in it."""
        if self._inside in {"v", "t"}:
            self._value += text
            _check_length(len(self._value), f"a cell of “{self._name}”")
            self._budget.spend(self._name, characters=len(text))

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._row = position(f"A{attributes.get('r', '')}")[0]

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._cell = position(attributes.get("r", ""))
        if self._cell[0] != self._row:
            raise WorkbookError(f"“{self._name}” has cells in other rows than they say", "save it again as .xlsx")
        self._is_shared = attributes.get("t") == "s"
        self._budget.spend(self._name, cells=1)

    def _shared_length(self, index: str) -> int:
        try:
            return self._shared[int(index)]
        except (ValueError, IndexError):
            raise WorkbookError(f"“{self._name}” shares a text that is not there", "save it again as .xlsx") from None


class Budget:
    """What all sheets together may hold."""

    def __init__(self) -> None:
        self._cells, self._characters = MAX_CELLS, MAX_CHARACTERS

    def spend(self, sheet: str, *, cells: int = 0, characters: int = 0) -> None:
        """Count what a sheet holds.

        Raises:
            WorkbookError: it is too much.
        """
        self._cells -= cells
        self._characters -= characters
        if self._cells < 0:
            raise WorkbookError(
                f"more than {MAX_CELLS:,} cells, up to “{sheet}”", "delete sheets that are not the survey"
            )
        if self._characters < 0:
            raise WorkbookError(f"more than {MAX_CHARACTERS:,} characters, up to “{sheet}”", "shorten what is written")


def _check_length(length: int, where: str) -> None:
    if length > MAX_TEXT:
        raise WorkbookError(f"a text of more than {MAX_TEXT:,} characters in {where}", "shorten it")
