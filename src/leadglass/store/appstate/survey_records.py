"""The rows under the survey: each answer ever given, in order. Adds and reads; never changes one, never judges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, func, insert, select

from leadglass.assess.answers import MAX_NAME, MAX_NOTE, Answer
from leadglass.assess.instrument import Instrument
from leadglass.assess.interchange import MAX_ANSWERS
from leadglass.assess.supersede import follow, number
from leadglass.errors import LeadglassError
from leadglass.store.appstate.counters import next_number
from leadglass.store.appstate.fields import moment, nanoseconds, text
from leadglass.store.appstate.tables import survey_answers

Source = Literal["console", "link", "file", "workbook", "demo"]
SOURCES: tuple[Source, ...] = get_args(Source)

MAX_RECORDS = 100_000  # of all questions
MAX_A_QUESTION = 1_000
MAX_BY_LINK = 200  # a question: whoever holds a link cannot use up what the hospital itself needs
MAX_BESIDE = MAX_ANSWERS  # as many as an export may hold
MAX_VERSION, MAX_QUESTION, MAX_CODE = 20, 40, 32  # characters
MAX_VALUE = 2**63 - 1  # larger numbers are in no file; whether one is an answer is for the question to say

_rows = survey_answers.c


class AnswerRefusedError(LeadglassError):
    """An answer that cannot be taken."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One answer, or the withdrawal of one, as it stands in the history.

    Attributes:
        number: rises with each record of the hospital.
        version: of the instrument it was given to. question: its id there.
        answer: None where it was withdrawn.
        source: how it came here.
        by, at, note: who, when (aware) and why, of a withdrawal too.
    """

    number: int
    version: str
    question: str
    answer: Answer | None
    source: str
    by: str
    at: datetime
    note: str = ""


def newest(connection: Connection) -> dict[str, Recorded]:
    """The newest record of each question, by its id as it was then; what is kept beside is not among them."""
    last = select(func.max(_rows.number)).where(_rows.beside.is_(False)).group_by(_rows.question)
    query = select(survey_answers).where(_rows.number.in_(last)).order_by(_rows.number)
    return {row.question: recorded(row) for row in connection.execute(query)}


def beside(connection: Connection) -> list[Recorded]:
    """Imported answers that no version here has a question for."""
    query = select(survey_answers).where(_rows.beside.is_(True)).order_by(_rows.number)
    return [recorded(row) for row in connection.execute(query)]


def groups(instrument: Instrument, records: Iterable[Recorded]) -> dict[str, list[Recorded]]:
    """Records by the question of this version that they answer, newest first; under "" those that answer none."""
    found: dict[str, list[Recorded]] = {}
    for one in sorted(records, key=lambda one: -one.number):
        found.setdefault(brought(instrument, one).question, []).append(one)
    return found


def brought(instrument: Instrument, record: Recorded) -> Recorded:
    """A record as this version has it: with question and value of now, the question "" where there is none."""
    changes = sorted(instrument.changes, key=lambda change: number(change.since))
    name, value = follow(record.question, record.answer.value if record.answer else "", record.version, changes)
    if name not in instrument.by_id:
        return replace(record, question="")
    answer = record.answer and replace(record.answer, value=record.answer.value if value is None else value)
    return replace(record, question=name, answer=answer)


def add(
    connection: Connection,
    version: str,
    question: str,
    value: str | int | None,
    *,
    by: str,
    at: datetime,
    note: str,
    source: str,
    kept: bool = False,
) -> Recorded:
    """Add a record within the caller's transaction.

    Args:
        connection: of a writing transaction.
        version: of the instrument.
        question: its id there.
        value: a code or a number; None withdraws.
        by: who answered.
        at: when, aware.
        note: in their words.
        source: how it came.
        kept: beside, see `beside`.

    Raises:
        AnswerRefusedError: there are too many.
        AppStateConflictError: a name, note or time that cannot be stored.
    """
    if source not in SOURCES:
        raise ValueError(f"no source of answers: {source!r}")
    _check_room(connection, question, source, kept)
    given = next_number(connection, "survey-answers")
    row: dict[str, Any] = {
        "number": given,
        "version": text("the version", version, MAX_VERSION, least=1),
        "question": text("the question", question, MAX_QUESTION, least=1),
        "value": _value(value),
        "who": text("the name", by, MAX_NAME, least=1),
        "at": nanoseconds(at),
        "note": text("the note", note, MAX_NOTE),
        "source": source,
        "beside": kept,
    }
    connection.execute(insert(survey_answers).values(**row))
    when = moment(row["at"])
    answer = None if value is None else Answer(value, by, when, note)
    return Recorded(given, version, question, answer, source, by, when, note)


def recorded(row: Row[Any]) -> Recorded:
    """A row as a value."""
    at = moment(row.at)
    answer = None if row.value is None else Answer(row.value, row.who, at, row.note)
    return Recorded(row.number, row.version, row.question, answer, row.source, row.who, at, row.note)


def _value(value: str | int | None) -> str | int | None:
    if isinstance(value, str):
        return text("the answer", value, MAX_CODE)
    if value is not None and not 0 <= value <= MAX_VALUE:
        raise AnswerRefusedError("a number that no question asks for", "a file of answers holds whole numbers from 0")
    return value


def _check_room(connection: Connection, question: str, source: str, kept: bool) -> None:
    count = select(func.count()).select_from(survey_answers)
    if connection.execute(count).scalar_one() >= MAX_RECORDS:
        raise AnswerRefusedError(f"there are {MAX_RECORDS} answers already", "ask for help: no survey needs as many")
    if kept and connection.execute(count.where(_rows.beside.is_(True))).scalar_one() >= MAX_BESIDE:
        raise AnswerRefusedError(
            f"{MAX_BESIDE} answers to questions that are no more are kept already", "import without the kept ones"
        )
    here = count.where(_rows.question == question)
    if connection.execute(here).scalar_one() >= MAX_A_QUESTION:
        raise AnswerRefusedError(
            f"{question!r} was answered {MAX_A_QUESTION} times", "somebody, or a program, answers it over and over"
        )
    if source == "link" and connection.execute(here.where(_rows.source == "link")).scalar_one() >= MAX_BY_LINK:
        raise AnswerRefusedError(
            f"{question!r} was answered {MAX_BY_LINK} times by links", "sign in to answer it, and end the link"
        )
