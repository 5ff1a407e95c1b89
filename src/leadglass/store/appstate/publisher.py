"""Moves the outbox into a journal: in order, each event exactly once, also over kill -9. Deletes only what is durable.

An event is numbered (boot of the journal, 1, 2 …) and that is committed before it is appended. After a crash, whatever
was numbered either reached the old boot's journal or did not, which `delivered` finds out; `settle` acts on it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from sqlalchemy import Engine, Row, delete, func, select, update

from leadglass.model.event import EventId, decode, encode
from leadglass.store.appstate.engine import AppStateError, reading, writing
from leadglass.store.appstate.outbox import WRITER, ours
from leadglass.store.appstate.tables import outbox
from leadglass.store.journal_format import Position
from leadglass.store.journal_reader import JournalReader

BATCH = 200  # events moved at once
DURABLE_WITHIN = 10.0  # seconds a journal may take to reach the disk
_LOOK_AGAIN = 0.005


class Journal(Protocol):
    """What is needed of `store.journal.Journal`."""

    @property
    def boot(self) -> int:
        """Of this opening."""

    @property
    def durable(self) -> int:
        """The position known to be on disk."""

    def append(self, payload: bytes, /) -> int:
        """Write ``payload``; raises when it cannot."""

    def ticket(self) -> int:
        """Ask for everything appended to be made durable; the position that `durable` will reach."""


def unsettled(engine: Engine) -> tuple[int, ...]:
    """Boots for which events were numbered that may not have reached their journal."""
    with reading(engine) as connection:
        query = select(outbox.c.boot).where(outbox.c.boot != 0, ours(engine)).distinct().order_by(outbox.c.boot)
        return tuple(connection.execute(query).scalars())


def delivered(directory: Path, boot: int, merged: int) -> int:
    """The last number of ``boot`` that the journal in ``directory`` or the ledger holds, 0 for none.

    Args:
        directory: of the console's journal.
        boot: of a journal nobody writes any more.
        merged: the last number the ledger took of it, 0 where that is not known yet. A segment is deleted only after
            its merge is committed, so whoever asks the ledger after this function, and takes the larger, misses none.
    """
    reader, last = JournalReader(directory, Position(boot)), merged
    try:
        while payloads := reader.read():
            for payload in payloads:
                found = decode(payload).id
                if found.boot == boot:
                    last = max(last, found.counter)
    finally:
        reader.close()
    return last


def settle(engine: Engine, boot: int, last: int) -> None:
    """Close an earlier boot: events numbered up to ``last`` are out, the others get new numbers."""
    with writing(engine) as connection:
        connection.execute(delete(outbox).where(outbox.c.boot == boot, outbox.c.number <= last, ours(engine)))
        connection.execute(update(outbox).where(outbox.c.boot == boot, ours(engine)).values(boot=0, number=0))


class Publisher:
    """One opening of the journal; used from one thread. Earlier boots must be settled first."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal
        self._appended = 0  # number of the last event of this boot in the journal

    def publish(self) -> int:
        """Move waiting events; returns how many, at most `BATCH`.

        Raises:
            AppStateError: the journal did not reach the disk within `DURABLE_WITHIN` seconds.
            store.journal.JournalUnavailable: the journal has no room.
        """
        rows = self._numbered()
        if not rows:
            return 0
        for row in rows:
            if row.number > self._appended:  # else an earlier try got as far as this
                event_id = EventId(WRITER, row.boot, row.number)
                self._journal.append(encode(msgspec.structs.replace(decode(row.event), id=event_id)))
                self._appended = row.number
        self._until_durable()
        with writing(self._engine) as connection:
            connection.execute(delete(outbox).where(outbox.c.counter <= rows[-1].counter, ours(connection)))
        return len(rows)

    def _numbered(self) -> Sequence[Row[Any, Any, Any, Any]]:
        """The next events, with their numbers committed."""
        columns = (outbox.c.counter, outbox.c.event, outbox.c.boot, outbox.c.number)
        query = select(*columns).where(ours(self._engine)).order_by(outbox.c.counter).limit(BATCH)
        boot = self._journal.boot
        with reading(self._engine) as connection:
            if connection.execute(select(outbox.c.counter).where(ours(connection)).limit(1)).first() is None:
                return ()
        with writing(self._engine) as connection:
            highest = select(func.max(outbox.c.number)).where(outbox.c.boot == boot, ours(connection))
            last = max(connection.execute(highest).scalar() or 0, self._appended)
            for number, row in enumerate((row for row in connection.execute(query).all() if not row.boot), last + 1):
                connection.execute(
                    update(outbox).where(outbox.c.counter == row.counter).values(boot=boot, number=number)
                )
            foreign = connection.execute(query.where(outbox.c.boot.not_in((0, boot)))).first()
            if foreign is not None:
                raise AppStateError("an earlier boot of the console is not settled", "start the console again")
            return connection.execute(query).all()

    def _until_durable(self) -> None:
        position = self._journal.ticket()
        deadline = time.monotonic() + DURABLE_WITHIN
        while self._journal.durable < position:
            if time.monotonic() > deadline:
                raise AppStateError("the console's journal does not reach the disk", "check the disk of site.data")
            time.sleep(_LOOK_AGAIN)
