"""The sheets of a workbook from outside, by name. Never macros, links or anything that is not a cell."""

from __future__ import annotations

import posixpath

from leadglass.reporting.workbook_archive import BOOK, RELATIONS, SHARED, STYLES, unpack
from leadglass.reporting.workbook_layout import WorkbookError
from leadglass.reporting.workbook_shared import SharedTexts, Styles
from leadglass.reporting.workbook_sheet import Budget, Sheet
from leadglass.reporting.workbook_xml import AGAIN, Attributes, tell

MAX_SHEETS = 60

_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships id"
_STRICT_RELATION = "http://purl.oclc.org/ooxml/officeDocument/relationships id"


def sheets(data: bytes) -> list[Sheet]:
    """The worksheets in ``data``, in order.

    Raises:
        WorkbookError: no workbook, too large in any of its measures, with a password or macros, damaged.
    """
    parts = unpack(data)
    shared, styles, budget = SharedTexts(), Styles(), Budget()
    if SHARED in parts:
        tell(SHARED, parts[SHARED], shared)
    if STYLES in parts:
        tell(STYLES, parts[STYLES], styles)
    found = []
    for name, part in _parts_of_sheets(parts).items():
        sheet = Sheet(name, shared.texts, styles.dated, budget)
        tell(part, parts[part], sheet)
        found.append(sheet)
    return found


def _parts_of_sheets(parts: dict[str, bytes]) -> dict[str, str]:
    """The part of each worksheet by the sheet's name; sheets of other kinds are left out."""
    relations, listed = Attributes("Relationship"), Attributes("sheet")
    tell(RELATIONS, parts[RELATIONS], relations)
    tell(BOOK, parts[BOOK], listed)
    if len(listed.found) > MAX_SHEETS:
        raise WorkbookError(f"more than {MAX_SHEETS} sheets", "delete those that are not the survey")
    targets = {one.get("Id", ""): posixpath.join("/xl", one.get("Target", ""))[1:] for one in relations.found}
    names = [one.get("name", "").casefold() for one in listed.found]
    if len(targets) < len(relations.found) or len(set(names)) < len(names):
        raise WorkbookError("two of its sheets or parts have the same name", AGAIN)
    found = {}
    for one in listed.found:
        part = targets.get(one.get(_RELATION, one.get(_STRICT_RELATION, "")), "")
        if part in parts:
            found[one.get("name", "")] = part
    return found
