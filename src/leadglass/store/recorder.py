"""Makes events of bodies and appends them to a journal. Never numbers an event that was not written."""

from __future__ import annotations

import time
from collections.abc import Callable

from leadglass.model.event import Body, Event, EventId, encode
from leadglass.store.journal import Journal


class Recorder:
    """Records for one writer; used from one thread."""

    def __init__(self, journal: Journal, writer: str, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self.journal = journal
        self._writer = writer
        self._boot = journal.boot
        self._clock = clock_ns
        self._next = 1

    def record(self, body: Body, flow: str = "", cause: EventId | None = None) -> EventId:
        """Append an event; it survives the death of this process when this returns.

        Args:
            body: what happened.
            flow: called title of the route, if one applies.
            cause: the event that led to it.

        Raises:
            JournalUnavailable: it was not written; its number goes to the next one.
        """
        event_id = EventId(self._writer, self._boot, self._next)
        self.journal.append(encode(Event(event_id, self._clock(), flow, body, cause)))
        self._next += 1
        return event_id

    def ticket(self) -> int:
        """Ask for everything recorded so far to be made durable; see `Journal.ticket`."""
        return self.journal.ticket()
