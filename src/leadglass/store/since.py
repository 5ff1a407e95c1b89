"""Events of the ledger from an instant on, in its order, across months, and the requests in them. Never judges one."""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.model.event import Event
from leadglass.policy.recorded import Asked, Memory
from leadglass.store.leaves import LedgerReader
from leadglass.store.projection.feed import read_event

_SECOND = 1_000_000_000
SLACK = 3_600 * _SECOND  # events stand in the order of their merging: within this of their own times
_STEP = 4_096  # leaves whose bodies lie in one file; a search needs no finer one
_NEWEST = 1 << 62


class Since:
    """The leaves of the ledger whose events are not older than an instant, as far as their order tells.

    Args:
        reader: of the ledger.
        since: UTC ns; some events up to `SLACK` older come too.
        limit: leaves at most, the newest.

    Attributes:
        since: as given.
        total: leaves to read.
        done: leaves read.
        pruned: of these, leaves whose bodies are gone.
        unreadable: of these, leaves written by a newer version.
        cut: older leaves of the span that were left out for ``limit``.
    """

    def __init__(self, reader: LedgerReader, since: int, limit: int = _NEWEST) -> None:
        self.done = self.pruned = self.unreadable = self.cut = 0
        self.since = since
        self._reader = reader
        self._parts: list[tuple[str, int, int]] = []  # log, first leaf, leaves; the newest first
        room = limit
        for log in reversed(reader.logs()):
            size = reader.size(log)
            first = _first(reader, log, size, since - SLACK)
            count = size - first
            taken = min(count, room)
            self.cut += count - taken
            room -= taken
            if taken:
                self._parts.append((log, size - taken, taken))
            if first:
                break
        self.total = sum(count for _, _, count in self._parts)

    def events(self) -> Iterator[Event]:
        """The events, oldest first."""
        for log, first, count in reversed(self._parts):
            for leaf in self._reader.read(log, first, count):
                self.done += 1
                event = None if leaf.event is None else read_event(leaf.event)
                if event is not None:
                    yield event
                elif leaf.event is None:
                    self.pruned += 1
                else:
                    self.unreadable += 1

    def requests(self, memory: Memory) -> Iterator[Asked]:
        """The requests of the span, as ``memory`` reads them out of its events."""
        for event in self.events():
            for asked in memory.take(event):
                if event.time >= self.since:
                    yield asked


def _first(reader: LedgerReader, log: str, size: int, since: int) -> int:
    """A leaf before which nothing of the span stands, found by halving; pruned bodies count as older."""
    low, high = 0, -(-size // _STEP)
    while low < high:
        middle = (low + high) // 2
        if _time(reader, log, middle * _STEP) < since:
            low = middle + 1
        else:
            high = middle
    return max(0, low - 1) * _STEP


def _time(reader: LedgerReader, log: str, position: int) -> int:
    body = reader.leaf(log, position).event
    if body is None:
        return 0
    event = read_event(body)
    return _NEWEST if event is None else event.time
