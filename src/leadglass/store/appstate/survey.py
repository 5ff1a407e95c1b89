"""A hospital's answers of record, and all that came before them. One answer a question is in force; none is ever lost.

A record and its event are one transaction. Whoever saves says which record they saw: two people who answer at once
differently are told so, and neither answer replaces the other unseen.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select

from leadglass.assess.answers import Answer, AnswerSet, Kept
from leadglass.assess.instrument import Instrument
from leadglass.assess.supersede import supersede
from leadglass.errors import LeadglassError
from leadglass.model.event import AdministratorAction
from leadglass.store.appstate.engine import reading, writing
from leadglass.store.appstate.fields import nanoseconds
from leadglass.store.appstate.outbox import put
from leadglass.store.appstate.survey_import import Imported, import_answers
from leadglass.store.appstate.survey_records import (
    AnswerRefusedError,
    Recorded,
    add,
    beside,
    brought,
    groups,
    newest,
    recorded,
)
from leadglass.store.appstate.tables import survey_answers

__all__ = [
    "AnswerConflict",
    "AnswerRefusedError",
    "Imported",
    "Recorded",
    "answer_set",
    "history",
    "import_answers",
    "numbers",
    "record_answer",
]

MAX_HISTORY = 5_000  # records read at once
RECONFIRMED = timedelta(days=1)
"""The same answer again is a new record when the one in force is as old as this: an answer stays fresh only so."""


class AnswerConflict(LeadglassError):  # noqa: N818 (the name that callers were promised; it is no fault of theirs)
    """Somebody else answered differently since the page was read.

    Attributes:
        current: the record in force.
    """

    def __init__(self, current: Recorded) -> None:
        said = "withdrew the answer" if current.answer is None else f"answered {current.answer.value!r}"
        super().__init__(f"{current.by} {said} meanwhile", "look at both, and save again what is to stand")
        self.current = current


def answer_set(engine: Engine, instrument: Instrument) -> AnswerSet:
    """The answers of record, brought to this version; what it has no question for is kept beside."""
    with reading(engine) as connection:
        return _answer_set(connection, instrument)


def numbers(engine: Engine) -> dict[str, int]:
    """The number of the record in force of each question that was ever answered: what a form was filled in from."""
    with reading(engine) as connection:
        return {name: one.number for name, one in newest(connection).items()}


def record_answer(
    engine: Engine,
    instrument: Instrument,
    question: str,
    value: str | int | None,
    *,
    by: str,
    address: str,
    at: datetime,
    note: str = "",
    basis: int,
    source: str = "console",
) -> Recorded:
    """Answer a question, or withdraw its answer; returns what is in force then.

    The answer that is in force already is returned as it is, unless it is `RECONFIRMED` old.

    Args:
        engine: the application state.
        instrument: the present version.
        question: its id.
        value: a code or a number; None withdraws.
        by: who answers.
        address: where they sit.
        at: when, aware.
        note: what the answer leaves out.
        basis: the number of the record that was in force when the form was shown, 0 for none; see `numbers`.
        source: how it came.

    Raises:
        AnswerConflict: the record in force is newer than ``basis`` and says something else.
        AnswerRefusedError: no such question, or no answer to it; nothing to withdraw; too many.
        AppStateConflictError: a name, note or time that cannot be stored.
    """
    if question not in instrument.by_id:
        raise AnswerRefusedError(f"there is no question {question!r}", "the survey may be newer than this page")
    if value is not None and instrument.by_id[question].code(value) is None:
        offered = ", ".join(instrument.by_id[question].answers)
        raise AnswerRefusedError(f"{value!r:.80} is no answer to {question!r}", f"the answers are: {offered}")
    nanoseconds(at)  # refuses what cannot be compared below
    with writing(engine) as connection:
        found = groups(instrument, newest(connection).values()).get(question)
        current = brought(instrument, found[0]) if found else None
        # A record under an earlier id of the question is not in `numbers` by this one: nobody can have meant it.
        newer = found is not None and found[0].question == question and found[0].number > basis
        if current is not None and _same(current, value, note, newer):
            if newer or value is None or at - current.at < RECONFIRMED:
                return current
        elif current is not None and newer:
            raise AnswerConflict(current)
        elif value is None and current is None:
            raise AnswerRefusedError(f"{question!r} has no answer that could be withdrawn")
        done = add(connection, instrument.version, question, value, by=by, at=at, note=note, source=source)
        action = "answer-withdrawn" if value is None else "question-answered"
        before = current.answer.value if current is not None and current.answer is not None else "nothing"
        now = "nothing" if value is None else value
        put(connection, AdministratorAction(by, address, action, question, f"{before} → {now}; {source}"))
        return done


def history(
    engine: Engine, question: str | None = None, limit: int = 500, *, before: int | None = None
) -> tuple[Recorded, ...]:
    """Who answered what when, newest first.

    Args:
        engine: the application state.
        question: of this one only, by its id then.
        limit: 1 to `MAX_HISTORY`.
        before: only records of lower numbers: the next page.
    """
    query = select(survey_answers).order_by(survey_answers.c.number.desc()).limit(max(1, min(limit, MAX_HISTORY)))
    if question is not None:
        query = query.where(survey_answers.c.question == question)
    if before is not None:
        query = query.where(survey_answers.c.number < before)
    with reading(engine) as connection:
        return tuple(recorded(row) for row in connection.execute(query))


def _answer_set(connection: Connection, instrument: Instrument) -> AnswerSet:
    placed: dict[str, Answer] = {}
    older: list[Recorded] = []
    left: list[Recorded] = []
    for name, records in groups(instrument, newest(connection).values()).items():
        first, *others = records
        if name and first.answer is None:
            continue  # whoever withdraws an answer withdraws what it was brought over from
        if first.version == instrument.version and first.question == name and first.answer is not None:
            placed[name] = first.answer
        else:
            older.append(first)
        # Two questions that became one: the second stays beside. An answer of a later version replaced the others.
        left += [one for one in others if not name or one.version == first.version]
    kept = tuple(
        Kept(one.version, one.question, one.answer)
        for one in (*older, *left, *beside(connection))
        if one.answer is not None
    )
    found, _ = supersede(AnswerSet(instrument.version, placed, kept), instrument)
    order = [question.id for question in instrument.questions if question.id in found.answers]
    return replace(found, answers={name: found.answers[name] for name in order})


def _same(current: Recorded, value: str | int | None, note: str, newer: bool) -> bool:
    """Whether the record in force says what is to be saved. One without a note does not take away a note unseen."""
    if current.answer is None or value is None:
        return current.answer is None and value is None
    return current.answer.value == value and (current.answer.note == note or (newer and not note))
