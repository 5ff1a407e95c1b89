"""Builds events for the projection's tests: a small hospital's day, said in few words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from leadglass.model.event import Association, Event, EventId
from leadglass.model.patient import Patient

SECOND = 1_000_000_000
NOON = 1_795_521_600 * SECOND  # 2026-11-24 12:00 UTC
CT = "1.2.840.10008.5.1.4.1.1.2"
LOG = "2026-11"
JANE = Patient("4711", "HOSP", "Doe^Jane", b"4711 ", b"HOSP")
JOHN = Patient("0815", "HOSP", "Müller^John", b"0815", b"HOSP")

Leaves = list[tuple[str, Event | None]]


def association(number: int = 1, **changes: Any) -> Association:
    """The CT's association with the PACS."""
    fields: dict[str, Any] = {
        "address": "10.0.0.7",
        "port": 40_001,
        "calling": "CT2",
        "called": "PACS",
        "peer": "ct-2",
        "archive": "pacs",
        "mode": "enforce",
    }
    return Association(number, **fields | changes)


@dataclass
class Writer:
    """Numbers events as a worker does and keeps them as leaves; each is a second after the one before."""

    name: str = "w0"
    boot: int = 100
    time: int = NOON
    leaves: Leaves = field(default_factory=list)

    def says(self, *bodies: Any, at: int = 0) -> Writer:
        """Append events."""
        for body in bodies:
            self.time = at or self.time + SECOND
            number = len(self.leaves) + 1
            event = Event(EventId(self.name, self.boot, number), self.time, "PACS", body)
            self.leaves.append((f"{number:064x}", event))
        return self
