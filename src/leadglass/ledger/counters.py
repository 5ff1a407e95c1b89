"""Counters of each (writer, boot) along the logs: nothing twice, nothing missing without a record of it. Pure."""

from __future__ import annotations

from leadglass.errors import IntegrityError
from leadglass.model.event import EventId, RecordGap


class Counters:
    """Follows the logs leaf by leaf, oldest first.

    Attributes:
        declared_gaps: in words, as the ledger recorded them.
        unproven: holes that only pruned bodies could explain, in words.
    """

    def __init__(self) -> None:
        self.declared_gaps: list[str] = []
        self.unproven: list[str] = []
        self._next: dict[tuple[str, int], int] = {}
        self._declared: dict[tuple[str, int], tuple[int, int]] = {}
        self._holes_allowed = False
        self._late_starts_allowed = False

    def allow_holes(self) -> None:
        """From here on a hole may have its explanation in a pruned body: told, not refused."""
        self._holes_allowed = True

    def allow_late_starts(self) -> None:
        """The first log here goes on from one that is not: the first counter seen of a boot need not be 1."""
        self._late_starts_allowed = True

    def declare(self, gap: RecordGap) -> None:
        """A leaf says that these are missing."""
        self._declared[gap.writer, gap.boot] = (gap.first, gap.last)
        self.declared_gaps.append(f"{gap.writer}-{gap.boot:x}: {gap.first} to {gap.last} never reached the ledger")

    def follow(self, event_id: EventId, where: str) -> None:
        """Take the next leaf's id.

        Raises:
            IntegrityError: it was there already, or some before it are missing without a word.
        """
        source = (event_id.writer, event_id.boot)
        expected = self._next.get(source, 1)
        if event_id.counter < expected:
            raise IntegrityError(f"{where}: event {event_id} stands in the ledger twice or out of order")
        if event_id.counter > expected and self._declared.pop(source, None) != (expected, event_id.counter - 1):
            hole = f"{event_id.writer}-{event_id.boot:x}: {expected} to {event_id.counter - 1}"
            if not (self._holes_allowed or (self._late_starts_allowed and source not in self._next)):
                raise IntegrityError(f"{where}: events are missing before it and no gap is on record, {hole}")
            self.unproven.append(f"{hole} are not here")
        self._next[source] = event_id.counter + 1
