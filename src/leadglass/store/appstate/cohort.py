"""The cohort's responses, one a hospital, without its name: the newest replaces the older. Prints nothing."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import Connection, Engine, bindparam, func, insert, select, update

from leadglass.assess.contribution import FORMAT, Contribution, read
from leadglass.assess.instrument import Instrument
from leadglass.model.event import AdministratorAction
from leadglass.store.appstate.cohort_editions import editions, keep_editions, printings_state
from leadglass.store.appstate.cohort_words import load_words, pack, unpack
from leadglass.store.appstate.counters import next_number
from leadglass.store.appstate.engine import AppStateConflictError, reading, writing
from leadglass.store.appstate.fields import nanoseconds
from leadglass.store.appstate.outbox import put
from leadglass.store.appstate.tables import contribution_identity, contributions, counters

__all__ = [
    "Received",
    "cohort_size",
    "cohort_state",
    "contribution_id",
    "each_response",
    "editions",
    "keep_editions",
    "printings_state",
    "receive",
    "receive_many",
    "responses",
]

MAX_CONTRIBUTIONS = 200_000
MAX_BATCH = 10_000  # contributions received in one transaction
_IN_STATEMENT = 500
_STATE = "cohort"  # the counter that rises with each change

_rows = contributions.c

Outcome = Literal["new", "same", "replaced"]


@dataclass(frozen=True, slots=True)
class Received:
    """How many contributions were new, the same as before, or replaced an older one of the same hospital."""

    new: int = 0
    same: int = 0
    replaced: int = 0


def contribution_id(engine: Engine) -> str:
    """This hospital's contribution id: 128 random bits, made once and kept."""
    query = select(contribution_identity.c.id)
    with reading(engine) as connection:
        found = connection.execute(query).scalar()
    if found is not None:
        return str(found)
    with writing(engine) as connection:
        found = connection.execute(query).scalar()
        if found is None:
            found = secrets.token_hex(16)
            connection.execute(insert(contribution_identity).values(id=found))
        return str(found)


def receive(engine: Engine, contribution: Contribution, *, by: str, address: str, at: datetime) -> Outcome:
    """Take a hospital's response into the cohort; says whether it is new, the same as before, or replaced an older.

    Args:
        engine: the application state.
        contribution: as `contribution.read` gives it.
        by: who takes it.
        address: where they sit.
        at: when, aware.

    Raises:
        AppStateConflictError: it is none, or the cohort is full.
    """
    with writing(engine) as connection:
        (outcome,) = _receive(connection, [contribution], at)
        if outcome != "same":
            put(connection, AdministratorAction(by, address, "contribution-received", contribution.id, outcome))
        return outcome


def receive_many(engine: Engine, received: Sequence[Contribution], *, by: str, address: str, at: datetime) -> Received:
    """Take many responses, `MAX_BATCH` a transaction, with one event each; arguments and errors as for `receive`."""
    counts = {"new": 0, "same": 0, "replaced": 0}
    for start in range(0, len(received), MAX_BATCH):
        some = received[start : start + MAX_BATCH]
        with writing(engine) as connection:
            outcomes = _receive(connection, some, at)
            here: dict[str, int] = {name: outcomes.count(name) for name in counts}  # type: ignore[arg-type]  # its keys
            if here["new"] or here["replaced"]:
                words = f"{here['new']} new, {here['replaced']} replaced, {here['same']} the same"
                put(connection, AdministratorAction(by, address, "contributions-received", f"{len(some)}", words))
        counts = {name: count + here[name] for name, count in counts.items()}
    return Received(**counts)


def responses(
    engine: Engine, instrument: Instrument | None = None, questions: frozenset[str] | None = None
) -> dict[str, dict[str, str]]:
    """All responses by contribution id: answer codes by question id; see `each_response`."""
    return dict(each_response(engine, instrument, questions))


def each_response(
    engine: Engine, instrument: Instrument | None = None, questions: frozenset[str] | None = None
) -> Generator[tuple[str, dict[str, str]]]:
    """Responses one after the other, by contribution id: for cohorts that need not be in memory as a whole.

    Args:
        engine: the application state; a reading transaction stays open until all are taken.
        instrument: brings those that were received under an earlier version to this one.
        questions: of these alone.
    """
    query = select(_rows.id, _rows.version, _rows.codes).order_by(_rows.id)
    with reading(engine) as connection:
        words = load_words(connection)
        for name, version, packed in connection.execute(query.execution_options(yield_per=2_000)):
            codes = unpack(words, packed)
            if instrument is not None and version != instrument.version:
                codes = _brought(instrument, name, version, codes)
            if questions is not None:
                codes = {question: codes[question] for question in questions & codes.keys()}
            yield name, codes


def cohort_size(engine: Engine) -> int:
    """How many hospitals there are."""
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(contributions)).scalar_one()


def cohort_state(engine: Engine) -> int:
    """A number that rises with each change of the responses: what was computed at one holds while it stays."""
    with reading(engine) as connection:
        return connection.execute(select(counters.c.value).where(counters.c.name == _STATE)).scalar() or 0


def _receive(connection: Connection, received: Sequence[Contribution], at: datetime) -> list[Outcome]:
    """What became of each; of several with one id the last stands."""
    for one in received:
        _check(one)
    when = nanoseconds(at)
    before = _known(connection, [one.id for one in received])
    known = set(before)
    outcomes: list[Outcome] = []
    for one, packed in zip(received, pack(connection, [one.codes for one in received]), strict=True):
        now = (one.instrument, packed)
        outcomes.append("new" if one.id not in before else "same" if before[one.id] == now else "replaced")
        before[one.id] = now
    changed = dict.fromkeys(one.id for one, outcome in zip(received, outcomes, strict=True) if outcome != "same")
    rows = [{"id": name, "version": before[name][0], "codes": before[name][1], "at": when} for name in changed]
    new = [row for row in rows if row["id"] not in known]
    if new:
        count = connection.execute(select(func.count()).select_from(contributions)).scalar_one()
        if count + len(new) > MAX_CONTRIBUTIONS:
            raise AppStateConflictError(f"a cohort holds at most {MAX_CONTRIBUTIONS} hospitals", "begin another")
        connection.execute(insert(contributions), new)
    old = [{**row, "name": row.pop("id")} for row in rows if row["id"] in known]
    if old:
        connection.execute(update(contributions).where(_rows.id == bindparam("name")), old)
    if rows:
        next_number(connection, _STATE)
    return outcomes


def _check(one: Contribution) -> None:
    """A struct that was not decoded was not checked either; free text must not get into a cohort."""
    try:
        msgspec.convert(msgspec.to_builtins(one), Contribution)
    except msgspec.ValidationError as error:
        raise AppStateConflictError(f"no contribution: {error}", "let the hospital export it again") from None


def _known(connection: Connection, names: Sequence[str]) -> dict[str, tuple[str, bytes]]:
    found: dict[str, tuple[str, bytes]] = {}
    for start in range(0, len(names), _IN_STATEMENT):
        query = select(_rows.id, _rows.version, _rows.codes).where(_rows.id.in_(names[start : start + _IN_STATEMENT]))
        found |= {name: (version, bytes(codes)) for name, version, codes in connection.execute(query)}
    return found


def _brought(instrument: Instrument, name: str, version: str, codes: dict[str, str]) -> dict[str, str]:
    """A response of an earlier version, by the way that its file would take."""
    old = Contribution(format=FORMAT, id=name, instrument=version, codes=codes)
    return dict(read(msgspec.json.encode(old), instrument).codes)
