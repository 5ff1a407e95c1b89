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
        tag: what a translation of the device they are in left on them; none between devices.
    """

    box: Box
    origin: Intervals | None = None
    tag: str = ""

    @property
    def began(self) -> Intervals:
        """Addresses of those who began."""
        return self.box.source if self.origin is None else self.origin


Flights = tuple[Flight, ...]


def by_origin(flights: Iterable[Flight]) -> Iterator[tuple[tuple[Intervals | None, str], Headers]]:
    """Headers of those that share an origin and a tag."""
    groups: dict[tuple[Intervals | None, str], list[Box]] = {}
    for flight in flights:
        groups.setdefault((flight.origin, flight.tag), []).append(flight.box)
    return ((origin, tuple(boxes)) for origin, boxes in groups.items())


def flights(boxes: Headers, origin: Intervals | None, tag: str = "") -> Flights:
    """Flights of one origin and tag."""
    return tuple(Flight(box, origin, tag) for box in boxes)
