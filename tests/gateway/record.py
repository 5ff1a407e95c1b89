"""The ledger as tests ask it: everything that happened, oldest first. It waits for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from leadglass.model.event import EventId, decode, kind
from leadglass.store.leaves import LedgerReader


class Entry(NamedTuple):
    """An event of the record. ``body`` is asked for the fields that its kind has."""

    id: EventId
    time: int
    flow: str
    kind: str
    body: Any
    cause: EventId | None


class Record:
    """Reads a ledger beside its running gateway."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = LedgerReader(ledger)
        self._read: list[Entry] = []
        self._taken: dict[str, int] = {}

    def events(self) -> list[Entry]:
        """Everything, oldest first."""
        for log in self._ledger.logs():
            taken = self._taken.get(log, 0)
            for leaf in self._ledger.read(log, taken, 1_000_000):
                if leaf.event is not None:
                    event = decode(leaf.event)
                    self._read.append(
                        Entry(event.id, event.time, event.flow, kind(event.body), event.body, event.cause)
                    )
                taken = leaf.position + 1
            self._taken[log] = taken
        return self._read

    def find(self, name: str, since: int = 0, **fields: Any) -> list[Entry]:
        """Events of one kind whose body has these fields; ``calling``, ``called``, ``port`` ask the association."""

        def matches(event: Entry) -> bool:
            if event.kind != name or event.time < since:
                return False
            for field, value in fields.items():
                association = getattr(event.body, "association", None)
                holder = association if field in {"calling", "called", "port", "archive"} else event.body
                if getattr(holder, field, None) != value:
                    return False
            return True

        return [event for event in self.events() if matches(event)]

    def instance_outcomes(self, sop_instance: str) -> list[tuple[str, int]]:
        """Outcome and status of each time this instance was begun; ("open", -1) where none stands yet."""
        return self.outcomes().get(sop_instance, [])

    def outcomes(self) -> dict[str, list[tuple[str, int]]]:
        """The same of every instance, by SOP Instance UID."""
        outcomes: dict[tuple[str, int, int, int], tuple[str, int]] = {}
        begun: list[tuple[str, tuple[str, int, int, int]]] = []
        for event in self.events():
            body, source = event.body, (event.id.writer, event.id.boot)
            if event.kind == "instance-outcome":
                outcomes[*(body.origin or source), body.association, body.instance] = (body.outcome, body.status)
            elif event.kind == "instance-begun":
                begun.append((body.sop_instance, (*source, body.association, body.instance)))
        found: dict[str, list[tuple[str, int]]] = {}
        for instance, key in begun:
            found.setdefault(instance, []).append(outcomes.get(key, ("open", -1)))
        return found
