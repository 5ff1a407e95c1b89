"""Callers nobody has approved or blocked, with what they tried. Bounded: the ones not seen for longest go first."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, and_, delete, func, insert, select, update

from leadglass.model.status import UnknownPeer
from leadglass.store.appstate.engine import reading, writing
from leadglass.store.appstate.tables import unknown_peers

MAX_UNKNOWN = 500
MAX_TRIED = 128  # SOP classes kept a caller
_TEXT = 64


def record_unknown(engine: Engine, seen: UnknownPeer) -> None:
    """Add a sighting: ``attempts`` and SOP classes are added to what is known of this address and title."""
    address, title = seen.address[:_TEXT], seen.title[:_TEXT]
    this = and_(unknown_peers.c.address == address, unknown_peers.c.title == title)
    with writing(engine) as connection:
        before = connection.execute(select(unknown_peers).where(this)).one_or_none()
        values = {
            "called": seen.called[:_TEXT],
            "last_seen": seen.last_seen,
            "implementation_uid": seen.implementation_uid[:_TEXT],
            "implementation_version": seen.implementation_version[:_TEXT],
        }
        if before is None:
            tried = list(dict.fromkeys(seen.sop_classes))[:MAX_TRIED]
            values |= {"first_seen": seen.first_seen, "attempts": seen.attempts, "sop_classes": tried}
            connection.execute(insert(unknown_peers).values(address=address, title=title, **values))
            _drop_oldest(connection)
        else:
            values["attempts"] = before.attempts + seen.attempts
            values["last_seen"] = max(before.last_seen, seen.last_seen)
            values["sop_classes"] = list(dict.fromkeys([*before.sop_classes, *seen.sop_classes]))[:MAX_TRIED]
            connection.execute(update(unknown_peers).where(this).values(**values))


def list_unknown(engine: Engine) -> tuple[UnknownPeer, ...]:
    """Everyone waiting for a decision, last seen first, at most `MAX_UNKNOWN`."""
    query = select(unknown_peers).order_by(unknown_peers.c.last_seen.desc(), unknown_peers.c.address)
    with reading(engine) as connection:
        return tuple(
            UnknownPeer(**{**row._mapping, "sop_classes": tuple(row.sop_classes)}) for row in connection.execute(query)
        )


def forget_callers(engine: Engine, callers: Iterable[UnknownPeer]) -> None:
    """Take callers off the list: somebody decided about them."""
    with writing(engine) as connection:
        for caller in callers:
            forget_unknown(connection, caller.address, caller.title)


def forget_unknown(connection: Connection, address: str, title: str) -> None:
    """Take a caller off the list, within the caller's transaction."""
    connection.execute(
        delete(unknown_peers).where(unknown_peers.c.address == address[:_TEXT], unknown_peers.c.title == title[:_TEXT])
    )


def _drop_oldest(connection: Connection) -> None:
    count = connection.execute(select(func.count()).select_from(unknown_peers)).scalar_one()
    for _ in range(count - MAX_UNKNOWN):
        oldest = connection.execute(
            select(unknown_peers.c.address, unknown_peers.c.title).order_by(unknown_peers.c.last_seen).limit(1)
        ).one()
        forget_unknown(connection, oldest.address, oldest.title)
