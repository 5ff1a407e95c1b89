"""What a cell of the survey's workbook says. Never where it stands, and never a computed value."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from leadglass.assess.plain import plain
from leadglass.assess.question import MAX_NUMBER
from leadglass.reporting.workbook_layout import choice, folded, whole_number


class _Date(Enum):
    """What a cell holds that shows a date or a time: no number, and nothing that is asked for."""

    DATE = "a date or time"


DATE: Final = _Date.DATE

Value = int | float | str | bool | _Date
"""What was typed into a cell; an empty cell is an empty text."""

_SHOWN = 60  # characters of a cell in a message


class CellFault(Exception):  # noqa: N818 (a fault of the file, gathered and told with its place)
    """A cell that cannot be taken, in words that follow its place."""


def answer_of(value: Value, answers: Mapping[str, str], *, numeric: bool) -> str | int:
    """The answer in a cell: a code, or a number.

    Args:
        value: of the cell, not empty.
        answers: the texts that may stand there, by code.
        numeric: whether a number is asked for.

    Raises:
        CellFault: it is no answer.
    """
    said: str | int | None = choice(value, answers) if isinstance(value, str) else None
    if said is None and numeric:
        said = _number(value)
    if said is None:
        expected = ", ".join((*(["a whole number"] if numeric else []), *answers.values()))
        raise CellFault(f"{_described(value)} is no answer; the answers are: {expected}")
    return said


def _number(value: Value) -> int | None:
    if isinstance(value, str):
        found = whole_number(value)
    else:
        found = value if isinstance(value, int) and not isinstance(value, bool) else None
    if found is not None and not 0 <= found <= MAX_NUMBER:
        raise CellFault(f"{plain(str(found), _SHOWN)} is not from 0 to {MAX_NUMBER:,}")
    return found


def text_of(value: Value, most: int, what: str) -> str:
    """The text in a cell; a number that was typed there is a text too.

    Args:
        value: of the cell.
        most: characters.
        what: it is, for the message.

    Raises:
        CellFault: it is longer.
    """
    if value is DATE:
        raise CellFault(f"{what} that is shown as a date; write it as text")
    text = str(value).replace("\r\n", "\n").strip()
    if "\0" in text:
        raise CellFault(f"{what} with a character that is none; type it anew instead of pasting it")
    if len(text) > most:
        raise CellFault(f"{what} of {len(text):,} characters; {most:,} are kept")
    return text


def id_of(value: Value) -> str:
    """The id in a cell: it is compared in any case, and nothing else stands for it."""
    return folded(value) if isinstance(value, str) else folded(text_of(value, 100, "an id"))


def _described(value: Value) -> str:
    if isinstance(value, bool):
        return f"the truth value {str(value).upper()}"
    return DATE.value if value is DATE else f"“{plain(str(value), _SHOWN)}”"
