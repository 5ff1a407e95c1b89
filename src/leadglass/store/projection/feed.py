"""Brings a projection up to the ledger. Reads leaves, applies them in order; never writes the ledger."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from leadglass.model.event import Event, decode
from leadglass.store.leaves import LedgerReader
from leadglass.store.projection.interface import Projection

BATCH = 4_096  # leaves in one transaction


@dataclass(frozen=True, slots=True)
class Progress:
    """What one `catch_up` did.

    Attributes:
        taken: leaves taken in.
        unreadable: of these, how many a newer version wrote in a form this one cannot read; they are not shown.
        behind: leaves of the ledger that are still not in.
    """

    taken: int
    unreadable: int
    behind: int


def behind(projection: Projection, reader: LedgerReader) -> int:
    """Leaves of the ledger that are not in the projection."""
    log, following = projection.position()
    return sum(reader.size(name) - (following if name == log else 0) for name in reader.logs() if name >= log)


def catch_up(projection: Projection, reader: LedgerReader, limit: int) -> Progress:
    """Take in at most ``limit`` leaves, oldest first."""
    log, following = projection.position()
    taken = unreadable = 0
    for name in sorted(reader.logs()):
        if name < log:
            continue
        first = following if name == log else 0
        size = reader.size(name)
        while first < size and taken < limit:
            leaves: list[tuple[str, Event | None]] = []
            for leaf in reader.read(name, first, min(BATCH, size - first, limit - taken)):
                event = None if leaf.event is None else read_event(leaf.event)
                unreadable += event is None and leaf.event is not None
                leaves.append((leaf.digest, event))
            if not leaves:
                break
            projection.apply(name, first, leaves)
            first += len(leaves)
            taken += len(leaves)
        if taken >= limit:
            break
    return Progress(taken, unreadable, behind(projection, reader))


def read_event(data: bytes) -> Event | None:
    """The event in a leaf; None for one of a form this version does not know."""
    try:
        return decode(data)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return None
