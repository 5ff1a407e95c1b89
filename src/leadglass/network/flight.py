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
        ports: source ports of those who began, where a translation changed them and they were not all; else None.
    """

    box: Box
    origin: Intervals | None = None
    tag: str = ""
    ports: Intervals | None = None

    @property
    def began(self) -> Intervals:
        """Addresses of those who began."""
        return self.box.source if self.origin is None else self.origin


Flights = tuple[Flight, ...]


def by_origin(flights: Iterable[Flight]) -> Iterator[tuple[tuple[Intervals | None, str, Intervals | None], Headers]]:
    """Headers of those that share an origin, a tag and the ports they began with."""
    groups: dict[tuple[Intervals | None, str, Intervals | None], list[Box]] = {}
    for flight in flights:
        groups.setdefault((flight.origin, flight.tag, flight.ports), []).append(flight.box)
    return ((origin, tuple(boxes)) for origin, boxes in groups.items())


def flights(boxes: Headers, origin: Intervals | None, tag: str = "", ports: Intervals | None = None) -> Flights:
    """Flights of one origin and tag, begun with the same ports."""
    return tuple(Flight(box, origin, tag, ports) for box in boxes)
