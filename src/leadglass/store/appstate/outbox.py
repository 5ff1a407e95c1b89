"""Events of people's actions, stored with the action, then moved to the journal. Never loses or doubles one."""

from __future__ import annotations

import time
from typing import Protocol

from sqlalchemy import Connection, Engine, delete, func, insert, select

from leadglass.model.event import Body, Event, EventId, encode
from leadglass.store.appstate.counters import next_number
from leadglass.store.appstate.engine import AppStateError, reading, writing
from leadglass.store.appstate.tables import outbox

WRITER = "console"
BOOT = 1  # the counter is the database's and rises over restarts, so the writer has one boot for ever
BATCH = 200  # events moved at once
DURABLE_WITHIN = 10.0  # seconds a journal may take to reach the disk
_LOOK_AGAIN = 0.005


class Journal(Protocol):
    """What `publish` needs of `store.journal.Journal`."""

    def append(self, payload: bytes, /) -> int:
        """Write ``payload``; raises when it cannot."""

    def ticket(self) -> int:
        """Ask for everything appended to be made durable; the position that `durable` will reach."""

    @property
    def durable(self) -> int:
        """The position known to be on disk."""


def put(connection: Connection, body: Body) -> EventId:
    """Add an event within the caller's writing transaction: both happen, or neither."""
    event = Event(EventId(WRITER, BOOT, next_number(connection, "outbox")), time.time_ns(), "", body)
    connection.execute(insert(outbox).values(counter=event.id.counter, event=encode(event)))
    return event.id


def record(engine: Engine, body: Body) -> EventId:
    """Add an event that no stored change goes with."""
    with writing(engine) as connection:
        return put(connection, body)


def pending(engine: Engine) -> int:
    """How many events wait for the journal."""
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(outbox)).scalar_one()


def publish(engine: Engine, journal: Journal) -> int:
    """Move waiting events to the journal in order; they leave the outbox when they are durable there.

    A crash between the two writes them again; the ledger knows their ids and takes each once.

    Returns:
        How many were moved, at most `BATCH`.

    Raises:
        AppStateError: the journal did not reach the disk within `DURABLE_WITHIN` seconds.
        store.journal.JournalUnavailable: the journal has no room.
    """
    with reading(engine) as connection:
        rows = connection.execute(
            select(outbox.c.counter, outbox.c.event).order_by(outbox.c.counter).limit(BATCH)
        ).all()
    if not rows:
        return 0
    for row in rows:
        journal.append(row.event)
    _wait(journal)
    with writing(engine) as connection:
        connection.execute(delete(outbox).where(outbox.c.counter <= rows[-1].counter))
    return len(rows)


def _wait(journal: Journal) -> None:
    position = journal.ticket()
    deadline = time.monotonic() + DURABLE_WITHIN
    while journal.durable < position:
        if time.monotonic() > deadline:
            raise AppStateError("the console's journal does not reach the disk", "check the disk of site.data")
        time.sleep(_LOOK_AGAIN)
