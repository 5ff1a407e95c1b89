"""The last association of each caller that was served without proof of who it is. Never commits.

So that one association in the clear is found however many others came after it.
"""

from __future__ import annotations

from sqlite3 import Connection
from typing import Final

from leadglass.model.event import AssociationClosed, AssociationOpened, Event
from leadglass.store.projection.identities import Identities

_REJECTED: Final = "rejected-by-archive"  # how an association ends that no archive took
_ADD = """
    INSERT INTO unproved VALUES (?,?,?)
    ON CONFLICT (flow) DO UPDATE SET
        leaf = CASE WHEN excluded.last >= last THEN excluded.leaf ELSE leaf END,
        last = max(last, excluded.last)"""

SELECT: Final = """
    SELECT e.id, e.time, e.digest, e.event
    FROM unproved AS u JOIN flow_keys AS k ON k.id = u.flow JOIN events AS e ON e.id = u.leaf
    WHERE u.last >= ? ORDER BY k.peer = '' DESC, u.last DESC, u.flow LIMIT ?"""
"""The events, those of callers that nobody knows first, then the newest; parameters are the time and the rows."""


class Unproved:
    """Gathers such associations of a batch of leaves, and adds them to the table; `forget` after a rollback."""

    def __init__(self, connection: Connection, identities: Identities) -> None:
        self._db = connection
        self._ids = identities
        self._last: dict[int, tuple[int, int]] = {}  # by flow: time, leaf

    def forget(self) -> None:
        """Drop what was gathered."""
        self._last.clear()

    def take(self, leaf: int, event: Event) -> None:
        """Gather an association that began or ended, where its caller proved nothing."""
        body = event.body
        if not isinstance(body, AssociationOpened | AssociationClosed):
            return
        who = body.association
        if who.tls and who.certificate and who.peer:
            return
        if isinstance(body, AssociationClosed) and body.how == _REJECTED:
            return
        flow = self._ids.flow(who)
        self._last[flow] = max(self._last.get(flow, (0, 0)), (event.time, leaf))

    def write(self) -> None:
        """Add what was gathered."""
        self._db.executemany(_ADD, [(flow, *last) for flow, last in self._last.items()])
        self._last.clear()
