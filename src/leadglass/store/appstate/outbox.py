"""Events of people's actions, stored with the action itself until the journal has them. Never numbers one twice."""

from __future__ import annotations

import time

from sqlalchemy import ColumnElement, Connection, Engine, func, insert, select

from leadglass.model.event import Body, Event, EventId, encode
from leadglass.store.appstate.counters import next_number
from leadglass.store.appstate.dialects import GATEWAY
from leadglass.store.appstate.engine import reading, writing
from leadglass.store.appstate.tables import outbox

WRITER = "console"


def put(connection: Connection, body: Body) -> None:
    """Add an event within the caller's writing transaction: both happen, or neither."""
    event = Event(EventId(WRITER, 0, 0), time.time_ns(), "", body)
    counter = next_number(connection, "outbox")
    row = {"counter": counter, "event": encode(event), "boot": 0, "number": 0, "gateway": gateway_of(connection)}
    connection.execute(insert(outbox).values(**row))


def record(engine: Engine, body: Body) -> None:
    """Add an event that no stored change goes with."""
    with writing(engine) as connection:
        put(connection, body)


def pending(engine: Engine) -> int:
    """How many events wait for the journal."""
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(outbox).where(ours(engine))).scalar_one()


def gateway_of(place: Connection | Engine) -> str:
    """Which gateway speaks here, among those that share the database."""
    return str(place.get_execution_options().get(GATEWAY, ""))


def ours(place: Connection | Engine) -> ColumnElement[bool]:
    """Events that belong into this gateway's journal."""
    return outbox.c.gateway == gateway_of(place)
