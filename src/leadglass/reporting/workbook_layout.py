"""What writer and reader of the survey's workbook agree on: sheets, columns, marks. Neither writes nor reads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from leadglass.assess.interchange import AnswerFileError
from leadglass.assess.question import Question


class WorkbookError(AnswerFileError):
    """A workbook that cannot be taken."""


FORMAT = "leadglass-workbook-1"
"""Stands in the first cell of the survey's sheet, with the instrument's version and the facility beside it."""

READ_ME, SURVEY, CHOICES = "Read me", "Survey", "Choices"
ID, SECTION, QUESTION, ANSWER, NOTE, BY = "Id", "Section", "Question", "Answer", "Note", "Answered by"
WHO, WHY, FIND_OUT, SKIPPED = "Who would know", "Why it is asked", "How to find out", "Not asked when"
COLUMNS = (ID, SECTION, QUESTION, ANSWER, NOTE, BY, WHO, WHY, FIND_OUT, SKIPPED)
CHOICE_COLUMNS = (ID, "Code", "Text")
HEADER_ROW = 1  # from 0; row 0 is the hidden one with the marks

_I = str.maketrans({"ı": "i", "\u0307": None})  # the dotless i, and the dot that "İ" leaves when it is folded


def folded(text: str) -> str:
    """A text as it is compared: without case, in any locale's capitals, and with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_I).split())


def choice(text: str, answers: Mapping[str, str]) -> str | None:
    """The code that a cell's text stands for; None where it is no answer.

    Args:
        text: a code or an answer's text, in any case.
        answers: texts by code.
    """
    wanted = folded(text)
    return next((code for code, shown in answers.items() if wanted in (code, folded(shown))), None)


def offered(question: Question) -> dict[str, str]:
    """The texts that may stand in a cell, by code; of a number the neutral answers alone: the number is typed."""
    return {code: text for code, text in question.answers.items() if question.code(code) is not None}


_DIGITS = re.compile(r"[0-9]{1,12}|[0-9]{1,3}(?:([ ,.'’\u00a0\u202f\u2009])[0-9]{3})(?:\1[0-9]{3}){0,3}")


def whole_number(text: str) -> int | None:
    """A whole number that was typed as text, also with its thousands set apart; None where it is none."""
    found = text.strip()
    return int(re.sub("[^0-9]", "", found)) if _DIGITS.fullmatch(found) else None
