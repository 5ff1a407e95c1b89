"""The survey as an XLSX workbook to fill in at a meeting. Never reads one; the same answers give the same bytes.

Every text is written as a string: nothing that somebody typed becomes a formula or a link.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from leadglass.assess.answers import Answer, AnswerSet
from leadglass.assess.instrument import Instrument
from leadglass.assess.question import MAX_NUMBER, Form, Question, Who
from leadglass.reporting.workbook_layout import (
    ANSWER,
    BY,
    CHOICE_COLUMNS,
    CHOICES,
    COLUMNS,
    FORMAT,
    HEADER_ROW,
    NOTE,
    QUESTION,
    READ_ME,
    SURVEY,
    offered,
)

_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)  # of a workbook without answers
_WIDTHS = (24, 18, 48, 26, 36, 20, 24, 48, 48, 30)  # characters, by column
_ANSWER_AT = COLUMNS.index(ANSWER)
_PROMPT = 255  # characters of a cell's hint, by the format

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}

WHO_WORDS = {
    Who.PACS_ADMINISTRATOR: "PACS administrator",
    Who.IT_ADMINISTRATOR: "IT administrator",
    Who.RADIOLOGIST: "radiologist",
    Who.BIOMEDICAL_ENGINEER: "biomedical engineer",
    Who.NETWORK_DESIGNER: "network designer",
}

_INSTRUCTIONS = (
    f"Fill in the sheet “{SURVEY}”: choose an answer from the list in each row, or type a number where one is asked.",
    "“I do not know” is a good answer, and never counts as a No. Leave empty what nobody has looked at yet.",
    f"“{NOTE}” is for what the answer leaves out, up to 1,000 characters. “{BY}” may name who gave the answer.",
    "Other columns are locked, without a password: ids tie the answers to their questions.",
    "Type answers, do not compute them: a formula is not read, and the file is not taken while an answer is one.",
    "Answers that are the same as those of record change nothing. Where they differ, each is shown before it is taken.",
    "An empty answer does not withdraw one of record.",
)


def write(instrument: Instrument, answers: AnswerSet, facility: str = "") -> bytes:
    """The workbook.

    Args:
        instrument: its questions, each a row.
        answers: of record, to this version.
        facility: whose answers they are; printed.

    Raises:
        ValueError: the answers are to another version; `supersede` first.
    """
    if answers.version != instrument.version:
        raise ValueError(f"answers to version {answers.version}; the instrument is {instrument.version}")
    target = BytesIO()
    with Workbook(target, _OPTIONS) as book:
        made = max((answer.at for answer in answers.answers.values()), default=_UNDATED)
        # The format knows no time zone: it is that of the newest answer, in UTC.
        book.set_properties({"title": instrument.title, "created": made.astimezone(UTC).replace(tzinfo=None)})
        read_me, survey, choices = (book.add_worksheet(name) for name in (READ_ME, SURVEY, CHOICES))
        _write_read_me(book, read_me, instrument, facility)
        _write_survey(book, survey, instrument, answers, facility)
        _write_choices(choices, instrument)
        survey.activate()
        choices.hide()
    return target.getvalue()


def _write_read_me(book: Workbook, sheet: Worksheet, instrument: Instrument, facility: str) -> None:
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 100)
    sheet.write_string(0, 0, instrument.title, book.add_format({"bold": True, "font_size": 14}))
    sheet.write_string(1, 0, f"Instrument {instrument.version}" + (f", {facility}" if facility else ""))
    for row, text in enumerate(_INSTRUCTIONS, 3):
        sheet.write_string(row, 0, text, wrapped)
    sheet.protect()


def _write_survey(book: Workbook, sheet: Worksheet, instrument: Instrument, answers: AnswerSet, facility: str) -> None:
    for column, text in enumerate((FORMAT, instrument.version, facility)):
        sheet.write_string(0, column, text)
    sheet.set_row(0, None, None, {"hidden": True})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    for column, (name, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
        sheet.write_string(HEADER_ROW, column, name, head)
        sheet.set_column(column, column, width)
    formats = _Formats(book)
    row, first_choice = HEADER_ROW, 1
    for section in instrument.sections:
        for question in section.questions:
            row += 1
            for column, text in enumerate(_texts(section.title, question, instrument)):
                _write_text(sheet, row, column, text, formats.locked)
            _write_answer(sheet, row, question, answers.answers.get(question.id), formats)
            last = first_choice + len(offered(question)) - 1
            sheet.data_validation(row, _ANSWER_AT, row, _ANSWER_AT, _rule(question, row, first_choice, last))
            first_choice = last + 1
    sheet.freeze_panes(HEADER_ROW + 1, COLUMNS.index(QUESTION) + 1)
    sheet.autofilter(HEADER_ROW, 0, row, len(COLUMNS) - 1)
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True})
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)


class _Formats:
    """The looks of cells."""

    def __init__(self, book: Workbook) -> None:
        base = {"text_wrap": True, "valign": "top"}
        filled = {**base, "locked": False, "bg_color": "#FFF9E5", "border": 1, "border_color": "#BBBBBB"}
        self.locked: Format = book.add_format(base)
        # A note that begins with "=" stays a text when somebody edits it.
        self.text: Format = book.add_format({**filled, "num_format": "@", "quote_prefix": True})
        self.choice: Format = book.add_format({**filled, "quote_prefix": True})
        self.number: Format = book.add_format({**filled, "num_format": "#,##0", "align": "left"})


def _texts(section: str, question: Question, instrument: Instrument) -> Iterable[str]:
    """What stands in a row, in the order of `COLUMNS`; what is filled in is empty."""
    who = ", ".join(WHO_WORDS[who] for who in question.who)
    skipped = _skipped(question, instrument)
    return (question.id, section, question.text, "", "", "", who, question.why, question.find_out, skipped)


def _skipped(question: Question, instrument: Instrument) -> str:
    questions = instrument.by_id
    parts = []
    for skip in question.skip:
        decides = questions[skip.question]
        said = " or ".join(f"“{decides.answers[code]}”" for code in skip.answers)
        parts.append(f"{decides.text} {said}")
    return "; ".join(parts)


def _write_answer(sheet: Worksheet, row: int, question: Question, answer: Answer | None, formats: _Formats) -> None:
    form = formats.number if question.form is Form.NUMBER else formats.choice
    if answer is None:
        sheet.write_blank(row, _ANSWER_AT, None, form)
    elif isinstance(answer.value, int):
        sheet.write_number(row, _ANSWER_AT, answer.value, form)
    else:
        sheet.write_string(row, _ANSWER_AT, question.answers.get(answer.value, answer.value), form)
    _write_text(sheet, row, COLUMNS.index(NOTE), answer.note if answer else "", formats.text)
    _write_text(sheet, row, COLUMNS.index(BY), "", formats.text)


def _write_text(sheet: Worksheet, row: int, column: int, text: str, form: Format) -> None:
    if text:
        sheet.write_string(row, column, text, form)
    else:
        sheet.write_blank(row, column, None, form)


def _rule(question: Question, row: int, first: int, last: int) -> dict[str, object]:
    """The check that the spreadsheet program makes itself, of a cell in ``row`` (from 0).

    Args:
        question: what is answered there.
        row: of the cell.
        first: row of the first of its answers in the sheet `CHOICES`.
        last: row of the last.
    """
    texts = f"{CHOICES}!$C${first + 1}:$C${last + 1}"
    if question.form is not Form.NUMBER:
        return {"validate": "list", "source": f"={texts}", "error_message": "Choose an answer from the list."}
    cell = f"{xl_col_to_name(_ANSWER_AT)}{row + 1}"
    number = f"AND({cell}>=0,{cell}<={MAX_NUMBER},{cell}=INT({cell}))"
    told = f"A whole number ({question.unit}), or one of: {' / '.join(offered(question).values())}"[:_PROMPT]
    return {
        "validate": "custom",
        "value": f"=IF(ISNUMBER({cell}),{number},COUNTIF({texts},{cell})>0)",
        "input_message": told,
        "error_message": told,
    }


def _write_choices(sheet: Worksheet, instrument: Instrument) -> None:
    """Which text stands for which code: read back when a later version has other texts."""
    for column, name in enumerate(CHOICE_COLUMNS):
        sheet.write_string(0, column, name)
    row = 0
    for question in instrument.questions:
        for code, text in offered(question).items():
            row += 1
            for column, value in enumerate((question.id, code, text)):
                sheet.write_string(row, column, value)
