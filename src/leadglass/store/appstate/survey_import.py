"""Joins answers from a file with those of record. Never replaces one of ours that somebody did not say to replace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from leadglass.assess.answers import Answer, AnswerSet, Difference, Kept
from leadglass.assess.instrument import Instrument
from leadglass.assess.supersede import number, supersede
from leadglass.model.event import AdministratorAction
from leadglass.store.appstate.engine import reading, writing
from leadglass.store.appstate.outbox import put
from leadglass.store.appstate.survey_records import AnswerRefusedError, add, brought, groups, newest, recorded
from leadglass.store.appstate.tables import survey_answers


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        added: questions that only they answered, or of which ours was withdrawn.
        replaced: that were taken from them, or whose note ours did not have.
        same: that both answer alike.
        differing: that both answer differently, or with another note, and ours stays of record.
        kept: of theirs that no question here takes, new here.
    """

    added: int = 0
    replaced: int = 0
    same: int = 0
    differing: tuple[Difference, ...] = ()
    kept: int = 0


def import_answers(
    engine: Engine,
    instrument: Instrument,
    theirs: AnswerSet,
    *,
    by: str,
    address: str,
    at: datetime,
    take: frozenset[str] = frozenset(),
    seen: Mapping[str, int] | None = None,
    source: str = "file",
) -> Imported:
    """Join answers with those of record, all or none. The same import again changes nothing.

    Args:
        engine: the application state.
        instrument: the present version.
        theirs: to this version or an earlier; who answered and when stays as they say.
        by: who imports.
        address: where they sit.
        at: when, aware; an answer that says it was given later was given now.
        take: questions where theirs replaces ours.
        seen: `Plan.numbers` as they were shown when ``take`` was chosen: what was answered since then is not replaced.
        source: how they came.

    Raises:
        AnswerRefusedError: answers to a later version; too many.
        AppStateConflictError: a name, note or time that cannot be stored.
    """
    given = _brought_over(theirs, instrument)
    with writing(engine) as connection:
        plan = _plan(connection, instrument, given, take, seen)
        for name in (*plan.added, *plan.replaced):
            answer = given.answers[name]
            _add(connection, instrument.version, name, replace(answer, at=min(answer.at, at)), source)
        for one in plan.kept:
            _add(connection, one.version, one.question, one.answer, source, kept=True)
        done = Imported(len(plan.added), len(plan.replaced), len(plan.same), plan.differing, len(plan.kept))
        if plan.added or plan.replaced or plan.kept:
            put(connection, AdministratorAction(by, address, "answers-imported", source, _words(done)))
        return done


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do, by question.

    Attributes:
        added: ids of questions that only they answered, or of which ours was withdrawn.
        replaced: that would be taken from them, or whose note ours does not have.
        same: that both answer alike.
        differing: that both answer differently, or with another note, and ours would stay of record.
        kept: answers of theirs that no question here takes, new here.
        numbers: of the record in force of each question that both answer, by its id.
    """

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    same: tuple[str, ...]
    differing: tuple[Difference, ...]
    kept: tuple[Kept, ...]
    numbers: dict[str, int]


def plan_import(engine: Engine, instrument: Instrument, theirs: AnswerSet, take: frozenset[str] = frozenset()) -> Plan:
    """What `import_answers` would do now; nothing is done.

    Raises:
        AnswerRefusedError: answers to a later version.
    """
    given = _brought_over(theirs, instrument)
    with reading(engine) as connection:
        return _plan(connection, instrument, given, take, None)


def _brought_over(theirs: AnswerSet, instrument: Instrument) -> AnswerSet:
    if number(theirs.version) > number(instrument.version):
        raise AnswerRefusedError(
            f"answers to version {theirs.version}; the survey is {instrument.version}", "upgrade this Leadglass first"
        )
    return supersede(theirs, instrument)[0]


def _plan(
    connection: Connection,
    instrument: Instrument,
    theirs: AnswerSet,
    take: frozenset[str],
    seen: Mapping[str, int] | None,
) -> Plan:
    standing = groups(instrument, newest(connection).values())
    ours = {name: records[0] for name, records in standing.items() if name}
    added: list[str] = []
    replaced: list[str] = []
    same: list[str] = []
    differing: list[Difference] = []
    for question in instrument.questions:
        name = question.id
        their = theirs.answers.get(name)
        if their is None:
            continue
        our = brought(instrument, ours[name]).answer if name in ours else None
        unseen = seen is not None and name in ours and ours[name].number != seen.get(name)
        if our is None or question.code(our.value) is None:
            added.append(name)
        elif our.value == their.value and (our.note == their.note or not their.note):
            same.append(name)
        elif (name in take and not unseen) or (our.value == their.value and not our.note):
            replaced.append(name)
        else:
            differing.append(Difference(name, our, their))
    numbers = {name: ours[name].number for name in theirs.answers if name in ours}
    kept = tuple(_unknown(connection, theirs.kept))
    return Plan(tuple(added), tuple(replaced), tuple(same), tuple(differing), kept, numbers)


def _unknown(connection: Connection, kept: tuple[Kept, ...]) -> list[Kept]:
    """Those that never were recorded here, in force or beside."""
    names = {one.question for one in kept}
    query = select(survey_answers).where(survey_answers.c.question.in_(names)) if names else None
    records = [recorded(row) for row in connection.execute(query)] if query is not None else []
    known = {(one.version, one.question, one.answer) for one in records}
    return [one for one in dict.fromkeys(kept) if (one.version, one.question, one.answer) not in known]


def _add(
    connection: Connection, version: str, question: str, answer: Answer, source: str, *, kept: bool = False
) -> None:
    add(
        connection, version, question, answer.value,
        by=answer.by, at=answer.at, note=answer.note, source=source, kept=kept,
    )  # fmt: skip


def _words(done: Imported) -> str:
    return (
        f"{done.added} added, {done.replaced} replaced, {done.same} the same, "
        f"{len(done.differing)} differing, {done.kept} kept beside"
    )
