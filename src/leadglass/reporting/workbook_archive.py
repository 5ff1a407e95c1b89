"""The parts of a workbook that are read, out of the archive it is, inflated to a bound. Never any other part."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO

from leadglass.assess.interchange import MAX_FILE
from leadglass.reporting.workbook_layout import WorkbookError
from leadglass.reporting.workbook_xml import AGAIN

MAX_ENTRIES = 500  # of the archive
MAX_UNPACKED = 33_554_432  # bytes of the parts that are read, together

BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
SHARED, STYLES, SHEETS = "xl/sharedStrings.xml", "xl/styles.xml", "xl/worksheets/"
_NEEDED = (BOOK, RELATIONS)
_FIXED = {name.lower(): name for name in (*_NEEDED, SHARED, STYLES)}

_DIRECTORY_RECORD = b"PK\x01\x02"
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # MS-CFB: an .xls, and an .xlsx with a password
_ENCRYPTED = 0x1
_CHUNK = 65_536
_NO_WORKBOOK = "a workbook of the survey is written by an export, as .xlsx"


def unpack(data: bytes) -> dict[str, bytes]:
    """The parts that are read, by name.

    Raises:
        WorkbookError: no workbook, beyond a bound, with a password or macros, damaged.
    """
    if len(data) > MAX_FILE:
        raise WorkbookError(f"larger than {MAX_FILE} bytes", "is this a workbook of the survey?")
    if data.startswith(_COMPOUND_FILE):
        raise WorkbookError("an old spreadsheet, or one with a password", "save it as .xlsx without a password")
    if data.count(_DIRECTORY_RECORD) > MAX_ENTRIES:  # the directory is read into memory whole
        raise WorkbookError(f"an archive of more than {MAX_ENTRIES} files", _NO_WORKBOOK)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _inflate(archive, _entries(archive))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, ValueError) as error:
        raise WorkbookError(f"no workbook: {error}", _NO_WORKBOOK) from None


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries that are read; names of parts differ in more than case."""
    found: dict[str, zipfile.ZipInfo] = {}
    seen = set()
    for entry in archive.infolist():
        name = entry.filename.lower()
        if name in seen:
            raise WorkbookError("two of its parts have the same name", AGAIN)
        seen.add(name)
        if name.endswith("vbaproject.bin"):
            raise WorkbookError("a workbook with macros", "save it as .xlsx, without them")
        if name in _FIXED:
            found[_FIXED[name]] = entry
        elif name.startswith(SHEETS) and name.endswith(".xml"):
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
            raise WorkbookError("it is packed in a way that no spreadsheet program uses", AGAIN)
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
