"""Callers nobody has approved or blocked, with what they tried. Bounded: the ones not seen for longest go first.

One row for each address, title and certificate: whoever approves a caller approves the certificate that was shown to
them, and no other that came from the same address meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, delete, func, insert, select, update

from leadglass.model.certificate import Certificate
from leadglass.model.status import UnknownPeer
from leadglass.store.appstate.engine import reading, writing
from leadglass.store.appstate.tables import unknown_peers

MAX_UNKNOWN = 500
MAX_TRIED = 128  # SOP classes kept a caller
_TEXT = 64
_FINGERPRINT = 71
_ERROR = 256

Caller = tuple[str, str, str]
"""What names an unknown caller: address, title, and the fingerprint of its certificate or nothing."""


def caller_of(unknown: UnknownPeer) -> Caller:
    """What names it."""
    return unknown.address, unknown.title, unknown.certificate.fingerprint if unknown.certificate else ""


def record_unknown(engine: Engine, seen: UnknownPeer) -> None:
    """Add a sighting: ``attempts`` and SOP classes are added to what is known of this caller."""
    address, title, fingerprint = _cut(caller_of(seen))
    this = _row_of((address, title, fingerprint))
    with writing(engine) as connection:
        before = connection.execute(select(unknown_peers).where(this)).one_or_none()
        values = {
            "called": seen.called[:_TEXT],
            "last_seen": seen.last_seen,
            "implementation_uid": seen.implementation_uid[:_TEXT],
            "implementation_version": seen.implementation_version[:_TEXT],
            "tls": seen.tls,
            "error": seen.error[:_ERROR],
            "certificate": msgspec.to_builtins(seen.certificate),
        }
        if before is None:
            tried = list(dict.fromkeys(seen.sop_classes))[:MAX_TRIED]
            values |= {"first_seen": seen.first_seen, "attempts": seen.attempts, "sop_classes": tried}
            row = {"address": address, "title": title, "fingerprint": fingerprint, **values}
            connection.execute(insert(unknown_peers).values(**row))
            _drop_oldest(connection)
        else:
            values["attempts"] = before.attempts + seen.attempts
            values["last_seen"] = max(before.last_seen, seen.last_seen)
            values["sop_classes"] = list(dict.fromkeys([*before.sop_classes, *seen.sop_classes]))[:MAX_TRIED]
            connection.execute(update(unknown_peers).where(this).values(**values))


def list_unknown(engine: Engine) -> tuple[UnknownPeer, ...]:
    """Everyone waiting for a decision, last seen first, at most `MAX_UNKNOWN`."""
    query = select(unknown_peers).order_by(
        unknown_peers.c.last_seen.desc(), unknown_peers.c.address, unknown_peers.c.title, unknown_peers.c.fingerprint
    )
    with reading(engine) as connection:
        return tuple(_unknown(row) for row in connection.execute(query))


def forget_callers(engine: Engine, callers: Iterable[UnknownPeer]) -> None:
    """Take callers off the list: somebody decided about them."""
    with writing(engine) as connection:
        for caller in callers:
            forget_unknown(connection, caller_of(caller))


def forget_unknown(connection: Connection, caller: Caller) -> None:
    """Take a caller off the list, within the caller's transaction."""
    connection.execute(delete(unknown_peers).where(_row_of(_cut(caller))))


def _cut(caller: Caller) -> Caller:
    address, title, fingerprint = caller
    return address[:_TEXT], title[:_TEXT], fingerprint[:_FINGERPRINT]


def _row_of(caller: Caller) -> ColumnElement[bool]:
    columns = (unknown_peers.c.address, unknown_peers.c.title, unknown_peers.c.fingerprint)
    return and_(*(column == value for column, value in zip(columns, caller, strict=True)))


def _unknown(row: Row[tuple[object, ...]]) -> UnknownPeer:
    values = dict(row._mapping)
    del values["fingerprint"]
    certificate = msgspec.convert(values["certificate"], Certificate | None)
    return UnknownPeer(**values | {"sop_classes": tuple(row.sop_classes), "certificate": certificate})


def _drop_oldest(connection: Connection) -> None:
    count = connection.execute(select(func.count()).select_from(unknown_peers)).scalar_one()
    for _ in range(count - MAX_UNKNOWN):
        oldest = connection.execute(
            select(unknown_peers.c.address, unknown_peers.c.title, unknown_peers.c.fingerprint)
            .order_by(unknown_peers.c.last_seen)
            .limit(1)
        ).one()
        forget_unknown(connection, (oldest.address, oldest.title, oldest.fingerprint))
