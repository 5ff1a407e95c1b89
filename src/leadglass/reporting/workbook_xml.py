"""One XML part of a workbook, told element by element to whoever listens. Expands nothing, and knows no sheet."""

from __future__ import annotations

from typing import Protocol
from xml.parsers import expat

from leadglass.reporting.workbook_layout import WorkbookError

MAX_ELEMENTS = 200_000  # of one part
AGAIN = "save it again as .xlsx"


class Listener(Protocol):
    """Whoever is told; names come without their namespace."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """What stands between; in pieces."""


def tell(part: str, data: bytes, listener: Listener) -> None:
    """Read a part as UTF-8 XML without a document type.

    Raises:
        WorkbookError: it is none, or has more than `MAX_ELEMENTS`.
    """
    if b"\0" in data or not _is_utf8(data):  # the parser would take a byte order mark's word against ours
        raise WorkbookError(f"{part} is damaged: no XML in UTF-8", AGAIN)
    left = MAX_ELEMENTS

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise WorkbookError(f"{part} has more than {MAX_ELEMENTS:,} elements", "is this a workbook of the survey?")
        listener.start(name.rpartition(" ")[2], attributes)

    def declared(*_: object) -> None:
        raise WorkbookError(f"{part} declares a document type", "no spreadsheet program writes that: do not trust it")

    parser = expat.ParserCreate("UTF-8", " ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: listener.end(name.rpartition(" ")[2])
    parser.CharacterDataHandler = listener.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise WorkbookError(f"{part} is damaged: {error}", AGAIN) from None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class Attributes:
    """Gathers the attributes of every element of one name."""

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self.found: list[dict[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == self._wanted:
            self.found.append(attributes)

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """What stands between."""
