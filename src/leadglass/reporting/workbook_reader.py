"""Reads the survey's workbook, of this version of the instrument or an earlier one. Never takes a computed answer.

A workbook with a fault is refused whole, and each fault is named with its sheet and cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from leadglass.assess.answers import MAX_NAME, MAX_NOTE, Answer, AnswerSet
from leadglass.assess.instrument import Instrument
from leadglass.assess.interchange import MAX_FAULTS, Received
from leadglass.assess.plain import plain
from leadglass.assess.question import Form
from leadglass.assess.supersede import number, supersede
from leadglass.reporting.workbook_cells import CellFault, Value, answer_of, id_of, text_of
from leadglass.reporting.workbook_layout import (
    ANSWER,
    BY,
    CHOICE_COLUMNS,
    CHOICES,
    FORMAT,
    ID,
    NOTE,
    WorkbookError,
    offered,
)
from leadglass.reporting.workbook_sheet import Sheet
from leadglass.reporting.workbook_sheets import sheets
from leadglass.reporting.workbook_table import Table, table, typed, where

MAX_ID = 40  # characters
MAX_CODE = 32
MAX_NAMED = 10  # questions named in one remark; the rest are counted
_MARK_WITHIN = 10  # rows in which the mark is looked for
_VERSION = re.compile(r"[0-9]{4}\.[0-9]{1,3}")
_WORD = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # an id or a code

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a file of answers held.

    Attributes:
        received: its answers, brought to the present instrument.
        remarks: what was left out of it, in words.
    """

    received: Received
    remarks: tuple[str, ...] = ()


def read(data: bytes, instrument: Instrument, *, by: str, at: datetime) -> Gathered:
    """The answers in a workbook, brought to the present instrument.

    Args:
        data: the file.
        instrument: the present version.
        by: who answered, where a row does not name somebody.
        at: when: a workbook does not say it.

    Raises:
        WorkbookError: no workbook of the survey, beyond a bound, of a later instrument, or with faults; all are named.
    """
    survey, choices = _surveyed(sheets(data))
    mark = _mark(survey)
    version, facility = _marked(survey, mark)
    if number(version) > number(instrument.version):
        hint = "upgrade this Leadglass, or export from the version it has"
        raise WorkbookError(f"answers to instrument {version}; this one is {instrument.version}", hint)
    rows = _Rows(table(survey, (ID, ANSWER), mark + 1), instrument, version, _written(choices))
    rows.read(by, at)
    if rows.faults:
        raise _refused(rows.faults)
    answers, moved = supersede(AnswerSet(version, rows.answers), instrument)
    return Gathered(Received(answers, tuple(moved), version, facility), tuple(rows.remarks()))


def _surveyed(found: Sequence[Sheet]) -> tuple[Sheet, Sheet | None]:
    """The sheet with the survey's mark, and the one with its choices."""
    marked = [sheet for sheet in found if _mark(sheet) >= 0]
    if len(marked) != 1:
        said = "two sheets are" if marked else "no sheet of it is"
        raise WorkbookError(f"{said} the survey", "a workbook of the survey is written by an export; fill in that one")
    return marked[0], next((sheet for sheet in found if sheet.name == CHOICES), None)


def _mark(sheet: Sheet) -> int:
    """The row that begins with the survey's mark; -1 without one."""
    return next((row for row in range(_MARK_WITHIN) if sheet.values.get((row, 0)) == FORMAT), -1)


def _marked(survey: Sheet, row: int) -> tuple[str, str]:
    """The instrument's version and the facility, beside the mark."""
    try:
        version = typed(survey, row, 1)
        facility = text_of(typed(survey, row, 2), MAX_NAME, "a name")
    except CellFault as fault:
        raise WorkbookError(f"{where(survey, row, 1)}: {fault}", "export the workbook again") from None
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        told = "no version of the instrument stands there"
        raise WorkbookError(f"{where(survey, row, 1)}: {told}", "export the workbook again")
    return version, facility


def _written(choices: Sheet | None) -> dict[str, dict[str, str]]:
    """What the file itself says its texts stand for: by question id and code. Rows that are none are passed over."""
    found: dict[str, dict[str, str]] = {}
    if choices is None:
        return found
    listed = table(choices, CHOICE_COLUMNS)
    for row in listed.rows:
        try:
            question, code, text = (listed.value(row, name) for name in CHOICE_COLUMNS)
        except CellFault:
            continue
        if isinstance(question, str) and isinstance(code, str) and isinstance(text, str) and _is_code(code):
            found.setdefault(question, {})[code] = text
    return found


def _is_code(text: str) -> bool:
    return len(text) <= MAX_CODE and _WORD.fullmatch(text) is not None


@dataclass
class _Rows:
    """The rows of a survey while they are read.

    Attributes:
        written: what the file says its texts stand for; only asked where the version is an earlier one.
    """

    table: Table
    instrument: Instrument
    version: str
    written: Mapping[str, Mapping[str, str]]
    answers: dict[str, Answer] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)
    _lone_notes: list[str] = field(default_factory=list)

    def read(self, by: str, at: datetime) -> None:
        """Read them all; what is wrong is in ``faults`` then."""
        for row in self.table.rows:
            self._row(row, by, at)

    def remarks(self) -> Iterator[str]:
        """What is in the file and is not taken, and what is missing from it."""
        if self._lone_notes:
            yield f"notes without an answer are not taken: {_named(self._lone_notes)}"
        missing = [name for name in self.instrument.by_id if name not in self._seen]
        if missing and self.version == self.instrument.version:
            yield f"{len(missing)} of {len(self.instrument.by_id)} questions have no row: {_named(missing)}"

    def _row(self, row: int, by: str, at: datetime) -> None:
        name = self._cell(row, ID, id_of)
        note = self._cell(row, NOTE, lambda value: text_of(value, MAX_NOTE, "a note"))
        who = self._cell(row, BY, lambda value: text_of(value, MAX_NAME, "a name"))
        value = self._cell(row, ANSWER, lambda value: value)
        if name is None or note is None or who is None or value is None:
            return
        if name and name in self._seen:
            self._fault(row, ID, f"“{plain(name, MAX_ID)}” has a row already: {self._seen[name] + 1}")
            return
        if name:
            self._seen[name] = row
        if value == "":
            if note:
                self._lone_notes.append(self.table.where(row, NOTE))
        elif not name:
            self._fault(row, ID, "an answer without the id of its question")
        else:
            said = self._answer(row, name, value)
            if said is not None:
                self.answers[name] = Answer(said, who or by, at, note)

    def _answer(self, row: int, name: str, value: Value) -> str | int | None:
        """The answer in a row; None where it is none."""
        question = self.instrument.by_id.get(name)
        earlier = self.version != self.instrument.version
        if not _WORD.fullmatch(name) or len(name) > MAX_ID or (question is None and not earlier):
            self._fault(row, ID, f"instrument {self.version} has no question “{plain(name, MAX_ID)}”")
            return None
        answers = offered(question) if question is not None else {}
        # An earlier version may have asked for a number, and had other texts: its own workbook says which.
        numeric = earlier or (question is not None and question.form is Form.NUMBER)
        texts = self.written.get(name, answers) if earlier else answers
        return self._cell(row, ANSWER, lambda cell: answer_of(cell, texts, numeric=numeric), value)

    def _cell(
        self, row: int, column: str, reading: Callable[[Value], _Read], value: Value | None = None
    ) -> _Read | None:
        """A cell as ``reading`` takes it; None where it has a fault."""
        try:
            return reading(self.table.value(row, column) if value is None else value)
        except CellFault as fault:
            self._fault(row, column, str(fault))
            return None

    def _fault(self, row: int, column: str, fault: str) -> None:
        self.faults.append(f"{self.table.where(row, column)}: {fault}")


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def _refused(faults: Sequence[str]) -> WorkbookError:
    more = f"; and {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
    return WorkbookError("; ".join(faults[:MAX_FAULTS]) + more, "nothing was taken: correct these cells, and try again")
