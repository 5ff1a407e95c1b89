"""What was printed of the cohort, kept for good: the next printing is judged against it. Never decides what may be."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, func, insert, select

from leadglass.assess import strata
from leadglass.assess.cohort import Size
from leadglass.assess.disclosure import MAX_EDITIONS, Edition
from leadglass.assess.strata import Standing, Table
from leadglass.model.event import AdministratorAction
from leadglass.store.appstate.counters import next_number
from leadglass.store.appstate.engine import AppStateConflictError, reading, writing
from leadglass.store.appstate.fields import moment, nanoseconds
from leadglass.store.appstate.outbox import put
from leadglass.store.appstate.tables import cohort_editions, cohort_rosters, counters

MAX_HOSPITALS = 200_000  # of one table
MAX_STANDINGS = 65_535  # different ones of one table: what two bytes can name
MAX_KEPT = 128 * 1024 * 1024  # bytes of all tables and rosters, compressed
MAX_CONTENT = 64 * 1024 * 1024  # bytes of one table or roster, before compression

_STATE = "cohort-editions"  # the counter that numbers editions

_rows = cohort_editions.c


class _Content(msgspec.Struct, array_like=True):
    """A table: for each hospital of the roster two bytes, 0 where it is not in the table, else a standing from 1."""

    standings: list[Standing]
    hospitals: bytes


def editions(engine: Engine, question: str) -> tuple[Edition, ...]:
    """Every table of a question of which a row was printed, oldest first."""
    query = select(cohort_editions).where(_rows.question == question).order_by(_rows.number)
    with reading(engine) as connection:
        found = connection.execute(query).all()
        rosters = _rosters(connection, {row.roster for row in found})
    return tuple(_edition(row, rosters[row.roster]) for row in found)


def printings_state(engine: Engine) -> int:
    """A number that rises with each edition kept: what was shown or decided at one holds while it stays."""
    with reading(engine) as connection:
        return _state(connection)


def _state(connection: Connection) -> int:
    return connection.execute(select(counters.c.value).where(counters.c.name == _STATE)).scalar() or 0


def keep_editions(
    engine: Engine,
    printed: Mapping[str, Edition],
    at: datetime,
    *,
    by: str = "",
    address: str = "",
    basis: int | None = None,
) -> None:
    """Keep what is about to be printed, all or none. Print it after this returned, and not if it raised.

    Args:
        engine: the application state.
        printed: by question id; one of which no row is printed is left out, and one that was printed so just before.
        at: when, aware, where an edition does not say it itself.
        by: who prints.
        address: where they sit.
        basis: `printings_state` when the printings that these were judged against were read; None does not check it.

    Raises:
        AppStateConflictError: somebody printed since ``basis``, a question has `MAX_EDITIONS`, all take `MAX_KEPT`, or
            a table is too large.
    """
    chosen = {question: replace(one, at=one.at or at) for question, one in printed.items() if one.printed}
    names = sorted({name for one in chosen.values() for name in one.table})
    if len(names) > MAX_HOSPITALS:
        raise AppStateConflictError(f"a table holds at most {MAX_HOSPITALS} hospitals", "print a smaller cohort")
    packed = {question: _pack(one.table, names) for question, one in chosen.items()}
    with writing(engine) as connection:
        if basis is not None and _state(connection) != basis:
            raise AppStateConflictError("somebody else printed the cohort just now", "print it again")
        roster = hashlib.sha256("\n".join(names).encode()).hexdigest()
        new = [name for name in chosen if not _printed_last(connection, name, roster, packed[name], chosen[name])]
        if not new:
            return
        _keep_roster(connection, roster, names)
        for question in new:
            _keep(connection, question, roster, packed[question], chosen[question])
        _check_room(connection)
        words = f"{sum(len(chosen[name].printed) for name in new)} rows of {len(new)} questions"
        put(connection, AdministratorAction(by, address, "cohort-printed", f"{len(names)} hospitals", words))


def _pack(table: Table, names: list[str]) -> bytes:
    standings = sorted(set(table.values()))
    if len(standings) > MAX_STANDINGS:
        raise AppStateConflictError("a table has too many different answers", "this is a fault of Leadglass")
    number = {standing: index for index, standing in enumerate(standings, 1)}
    places = [number[table[name]] if name in table else 0 for name in names]
    content = msgspec.msgpack.encode(_Content(standings, struct.pack(f"<{len(places)}H", *places)))
    return zlib.compress(content)


def _printed_last(connection: Connection, question: str, roster: str, content: bytes, edition: Edition) -> bool:
    """Whether the last printing of a question was of the same table, with no fewer rows."""
    query = select(_rows.digest, _rows.printed).where(_rows.question == question)
    last = connection.execute(query.order_by(_rows.number.desc()).limit(1)).one_or_none()
    return last is not None and last.digest == _digest(roster, content) and edition.printed <= _printed(last.printed)


def _keep_roster(connection: Connection, digest: str, names: list[str]) -> None:
    known = select(cohort_rosters.c.digest).where(cohort_rosters.c.digest == digest)
    if connection.execute(known).first() is None:
        content = zlib.compress(msgspec.msgpack.encode(names))
        connection.execute(insert(cohort_rosters).values(digest=digest, names=content, size=len(content)))


def _keep(connection: Connection, question: str, roster: str, content: bytes, edition: Edition) -> None:
    count = select(func.count()).where(_rows.question == question)
    if connection.execute(count).scalar_one() >= MAX_EDITIONS:
        raise AppStateConflictError(
            f"{question!r} was printed {MAX_EDITIONS} times", "nothing is printed now; the last printing stays"
        )
    assert edition.at is not None  # the caller saw to it
    row: dict[str, Any] = {
        "number": next_number(connection, _STATE),
        "question": question,
        "digest": _digest(roster, content),
        "roster": roster,
        "content": content,
        "size": len(content),
        "printed": sorted([row.size.value if row.size else "", row.band] for row in edition.printed),
        "at": nanoseconds(edition.at),
    }
    connection.execute(insert(cohort_editions).values(**row))


def _check_room(connection: Connection) -> None:
    sizes = (select(func.sum(_rows.size)), select(func.sum(cohort_rosters.c.size)))
    if sum(connection.execute(size).scalar() or 0 for size in sizes) > MAX_KEPT:
        raise AppStateConflictError(
            "there is no room to remember another printing", "nothing is printed now; the last printing stays"
        )


def _edition(row: Row[Any], names: list[str]) -> Edition:
    content = msgspec.msgpack.decode(_inflated(row.content), type=_Content)
    places = struct.unpack(f"<{len(names)}H", content.hospitals)
    table = {name: content.standings[place - 1] for name, place in zip(names, places, strict=True) if place}
    return Edition(table, _printed(row.printed), moment(row.at))


def _rosters(connection: Connection, digests: set[str]) -> dict[str, list[str]]:
    query = select(cohort_rosters).where(cohort_rosters.c.digest.in_(digests))
    return {
        row.digest: msgspec.msgpack.decode(_inflated(row.names), type=list[str]) for row in connection.execute(query)
    }


def _digest(roster: str, content: bytes) -> str:
    return hashlib.sha256(roster.encode() + content).hexdigest()


def _inflated(stored: bytes) -> bytes:
    return zlib.decompressobj().decompress(stored, MAX_CONTENT)


def _printed(stored: Iterable[Iterable[str]]) -> frozenset[strata.Row]:
    return frozenset(strata.Row(Size(size) if size else None, band) for size, band in stored)
