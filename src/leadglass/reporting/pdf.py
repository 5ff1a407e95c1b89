"""The report as PDF by typst, PDF/A-2u and PDF/UA-1. Never runs what it is given, never reads a file but its template.

The template is fixed; the report comes in as data. Fonts are those inside typst, so that the same report gives the same
bytes on every machine. They have Latin, Greek and Cyrillic letters and more; what they lack is printed by its number.
"""

from __future__ import annotations

import json
import threading
from functools import cache
from importlib import resources

import msgspec
import typst

from leadglass.assess.report import Report
from leadglass.errors import LeadglassError
from leadglass.model.neutral import code_point
from leadglass.reporting.reading import read

FAMILY = "Libertinus Serif"
STANDARDS: list[typst.PDFStandard] = ["a-2u", "ua-1"]
MAX_SHEET = 8_388_608  # bytes of the data that are set

EUROPEAN = 0x0500
"""First code point after Latin, Greek and Cyrillic, which the fonts have."""
_TYPOGRAPHY = range(0x2010, 0x2030)
_OTHERS = frozenset("⟨⟩×→€…“”‘’„")


_one_at_a_time = threading.Lock()
"""Setting takes memory by the page, and typst's own memory is shared: two at once gain nothing."""


class PdfError(LeadglassError):
    """A report that cannot be set."""


def pdf(report: Report) -> bytes:
    """The report as PDF; the same report gives the same bytes.

    Raises:
        PdfError: more than can be set, or a fault of this program.
    """
    sheet = msgspec.json.encode(read(report, FAMILY)).decode()
    if len(sheet) > MAX_SHEET:
        raise PdfError("the report is too large for a PDF", "its HTML, JSON and CSV forms hold all of it")
    fields = ("year", "month", "day", "hour", "minute", "second")
    day = json.dumps({name: getattr(report.at, name) for name in fields})
    # A letter without a glyph is no PDF/A: then all but European letters go by number, and at last all but ASCII.
    for text in (sheet, "".join(map(_european, sheet)), "".join(map(_ascii, sheet))):
        try:
            return _set(text, day, int(report.at.timestamp()))
        except typst.TypstError as error:
            reason = error.message
            if "could not be displayed" not in reason:
                break
    raise PdfError(f"the report cannot be set: {reason[:200]}", "take another form, and report this fault")


def _set(sheet: str, day: str, timestamp: int) -> bytes:
    with _one_at_a_time:
        try:
            return typst.compile(
                _template(),
                ignore_system_fonts=True,
                format="pdf",
                sys_inputs={"sheet": sheet, "day": day},
                pdf_standards=STANDARDS,
                timestamp=timestamp,
            )
        finally:
            for _ in range(FORGETS):
                typst.compile(b"", ignore_system_fonts=True, format="svg")


FORGETS = 12
"""typst forgets what its last ten or so documents did not use; without that, each report would leave 30 MB behind."""


@cache
def _template() -> bytes:
    return (resources.files("leadglass.reporting") / "report.typ").read_bytes()


def _european(character: str) -> str:
    number = ord(character)
    return character if number < EUROPEAN or number in _TYPOGRAPHY or character in _OTHERS else code_point(character)


def _ascii(character: str) -> str:
    return character if character.isascii() else f"[U+{ord(character):04X}]"
