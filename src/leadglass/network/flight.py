"""Packets under way: headers as they are now, and where they began. Translation never changes the origin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from leadglass.network.headers import Box, Headers
from leadglass.network.intervals import Intervals


class Flight(NamedTuple):
    """Packets of one box.

    Attributes:
        box: headers as they are now.
        origin: addresses of those who began; None while the source address is theirs.
    """

    box: Box
    origin: Intervals | None = None

    @property
    def began(self) -> Intervals:
        """Addresses of those who began."""
        return self.box.source if self.origin is None else self.origin


Flights = tuple[Flight, ...]


def by_origin(flights: Iterable[Flight]) -> Iterator[tuple[Intervals | None, Headers]]:
    """Headers of those that share an origin."""
    groups: dict[Intervals | None, list[Box]] = {}
    for flight in flights:
        groups.setdefault(flight.origin, []).append(flight.box)
    return ((origin, tuple(boxes)) for origin, boxes in groups.items())


def flights(boxes: Headers, origin: Intervals | None) -> Flights:
    """Flights of one origin."""
    return tuple(Flight(box, origin) for box in boxes)
