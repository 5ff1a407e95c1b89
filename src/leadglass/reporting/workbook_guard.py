"""Makes a workbook from outside safe to read, or refuses it. Never a value: it only counts, and finds formulas.

What is handed on is a new archive with the few parts that are needed, as they were counted here: of what came, nothing
else is ever seen by what reads the cells: no macro, no link, no second entry of the same name.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO

from leadglass.assess.interchange import MAX_FILE
from leadglass.reporting.workbook_layout import WorkbookError
from leadglass.reporting.workbook_scan import Budget, SharedTexts, Sheet, scan

MAX_ENTRIES = 500  # of the archive
MAX_UNPACKED = 33_554_432  # bytes of the parts that are read, together
MAX_SHEETS = 60

_BOOK, _RELATIONS, _SHARED = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"
_NEEDED = ("[Content_Types].xml", "_rels/.rels", _BOOK, _RELATIONS)
_FIXED = (*_NEEDED, _SHARED, "xl/styles.xml")
_SHEETS = "xl/worksheets/"
_DIRECTORY_RECORD = b"PK\x01\x02"
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # MS-CFB: an .xls, and an .xlsx with a password
_ENCRYPTED = 0x1
_CHUNK = 65_536
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships id"
_STRICT_RELATION = "http://purl.oclc.org/ooxml/officeDocument/relationships id"

_NO_WORKBOOK = "a workbook of the survey is written by an export, as .xlsx"


@dataclass(frozen=True, slots=True)
class Guarded:
    """A workbook that is safe to read.

    Attributes:
        data: a new archive of the parts that are read.
        sheets: by name, in order.
    """

    data: bytes
    sheets: dict[str, Sheet]


def guard(data: bytes) -> Guarded:
    """The workbook in ``data``, counted and reduced to what is read of it.

    Raises:
        WorkbookError: no workbook, too large in any of its measures, with a password or macros, damaged.
    """
    if len(data) > MAX_FILE:
        raise WorkbookError(f"larger than {MAX_FILE} bytes", "is this a workbook of the survey?")
    if data.startswith(_COMPOUND_FILE):
        raise WorkbookError("an old spreadsheet, or one with a password", "save it as .xlsx without a password")
    parts = _parts(data)
    shared = SharedTexts()
    if _SHARED in parts:
        scan(_SHARED, parts[_SHARED], shared)
    for name in (*_NEEDED, "xl/styles.xml"):
        if name in parts:
            scan(name, parts[name], _Ignored())
    budget = Budget()
    sheets = {}
    for title, part in _sheet_parts(parts).items():
        sheets[title] = Sheet(title, shared.lengths, budget)
        scan(part, parts[part], sheets[title])
    return Guarded(_stored(parts), sheets)


def _parts(data: bytes) -> dict[str, bytes]:
    """The parts that are read, by name, inflated to a bound."""
    if data.count(_DIRECTORY_RECORD) > MAX_ENTRIES:
        raise WorkbookError(f"an archive of more than {MAX_ENTRIES} files", _NO_WORKBOOK)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _inflate(archive, _entries(archive))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, ValueError) as error:
        raise WorkbookError(f"no workbook: {error}", _NO_WORKBOOK) from None


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries that are read; names of parts differ in more than case."""
    fixed = {name.lower(): name for name in _FIXED}
    found: dict[str, zipfile.ZipInfo] = {}
    seen = set()
    for entry in archive.infolist():
        folded = entry.filename.lower()
        if folded in seen:
            raise WorkbookError(f"two parts are called {entry.filename[:80]!r}", "save it again as .xlsx")
        seen.add(folded)
        if folded.endswith("vbaproject.bin"):
            raise WorkbookError("a workbook with macros", "save it as .xlsx, without them")
        if folded in fixed:
            found[fixed[folded]] = entry
        elif folded.startswith(_SHEETS) and folded.endswith(".xml") and "/" not in folded.removeprefix(_SHEETS):
            found[entry.filename] = entry
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise WorkbookError(f"no workbook: it has no {missing[0]}", _NO_WORKBOOK)
    return found


def _inflate(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> dict[str, bytes]:
    declared = sum(entry.file_size for entry in entries.values())
    if declared > MAX_UNPACKED:
        raise _too_large(f"{declared:,}")
    parts = {}
    left = MAX_UNPACKED
    for name, entry in entries.items():
        if entry.flag_bits & _ENCRYPTED:
            raise WorkbookError("a part of it is encrypted", "save it as .xlsx without a password")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise WorkbookError("it is packed in a way that no spreadsheet program uses", "save it again as .xlsx")
        pieces = []
        with archive.open(entry) as stream:
            while piece := stream.read(_CHUNK):  # what the directory declares is not believed: counted as it comes
                left -= len(piece)
                if left < 0:
                    raise _too_large(f"more than {MAX_UNPACKED:,}")
                pieces.append(piece)
        parts[name] = b"".join(pieces)
    return parts


def _too_large(size: str) -> WorkbookError:
    return WorkbookError(f"it unpacks to {size} bytes; {MAX_UNPACKED:,} are read", "is this a workbook of the survey?")


class _Ignored:
    """A part of which only the form is checked."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """What stands in it."""


class _Attributes(_Ignored):
    """Attributes of every element of one name."""

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self.found: list[dict[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == self._wanted:
            self.found.append(attributes)


def _sheet_parts(parts: dict[str, bytes]) -> dict[str, str]:
    """The part of each worksheet by the sheet's name, in order; sheets of other kinds are left out."""
    relations, sheets = _Attributes("Relationship"), _Attributes("sheet")
    scan(_RELATIONS, parts[_RELATIONS], relations)
    scan(_BOOK, parts[_BOOK], sheets)
    if len(sheets.found) > MAX_SHEETS:
        raise WorkbookError(f"more than {MAX_SHEETS} sheets", "delete those that are not the survey")
    ids = [one.get("Id", "") for one in relations.found]
    titles = [one.get("name", "").casefold() for one in sheets.found]
    if len(set(ids)) < len(ids) or len(set(titles)) < len(titles):
        raise WorkbookError("two of its sheets or parts have the same name", "save it again as .xlsx")
    targets = {one.get("Id", ""): posixpath.join("/xl", one.get("Target", ""))[1:] for one in relations.found}
    found: dict[str, str] = {}
    for sheet in sheets.found:
        part = targets.get(sheet.get(_RELATION, sheet.get(_STRICT_RELATION, "")), "")
        if part in parts:
            found[sheet.get("name", "")] = part
    return found


def _stored(parts: dict[str, bytes]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return target.getvalue()
