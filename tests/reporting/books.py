"""Workbooks as people, programs and adversaries change them: parts of a written one, edited and packed again."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from xml.sax.saxutils import escape

from tests.assess.data import INSTRUMENT

from leadglass.assess.answers import Answer, AnswerSet
from leadglass.reporting import workbook
from leadglass.reporting.workbook_layout import COLUMNS, HEADER_ROW

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
SURVEY, CHOICES = "xl/worksheets/sheet2.xml", "xl/worksheets/sheet3.xml"
EMPTY = AnswerSet(INSTRUMENT.version)
QUESTIONS = [question.id for question in INSTRUMENT.questions]


def book(**answers: str | int) -> bytes:
    """A workbook of answers, by question id with ``_`` for ``-``."""
    given = {name.replace("_", "-"): Answer(value, "bob", AT) for name, value in answers.items()}
    return workbook.write(INSTRUMENT, AnswerSet(INSTRUMENT.version, given), "St. Elsewhere")


def at(question: str, column: str) -> str:
    """The cell of a question's row: "D3"."""
    return f"{'ABCDEFGHIJ'[COLUMNS.index(column)]}{QUESTIONS.index(question) + HEADER_ROW + 2}"


def parts(data: bytes) -> dict[str, bytes]:
    """The parts of a workbook."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(found: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Parts as a workbook."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return target.getvalue()


def text_cell(cell: str, text: str) -> str:
    return f'<c r="{cell}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def typed(data: bytes, cells: dict[str, str | float], part: str = SURVEY) -> bytes:
    """The workbook after somebody typed texts and numbers into cells."""
    xml = {
        cell: text_cell(cell, value) if isinstance(value, str) else f'<c r="{cell}"><v>{value}</v></c>'
        for cell, value in cells.items()
    }
    return edited(data, xml, part)


def edited(data: bytes, cells: dict[str, str], part: str = SURVEY) -> bytes:
    """The workbook with the XML of cells replaced; each of them is there before."""
    found = parts(data)
    sheet = found[part].decode()
    for cell, xml in cells.items():
        sheet, count = re.subn(rf'<c r="{cell}"(?: [^>/]*)?(?:/>|>.*?</c>)', xml.replace("\\", "\\\\"), sheet, count=1)
        assert count == 1, cell
    return packed(found | {part: sheet.encode()})


def replaced(data: bytes, part: str, before: str, after: str) -> bytes:
    """The workbook with a piece of a part replaced."""
    found = parts(data)
    assert before.encode() in found[part], before
    return packed(found | {part: found[part].replace(before.encode(), after.encode(), 1)})
