"""Zones cut so finely that no route and no segment tells two addresses of one piece apart. Never looks at filters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leadglass.network.address import IPV4, IPV6, V6
from leadglass.network.intervals import Intervals, Span, of

MAX_PIECES = 4_096
"""Of one IP version; the first pass leaves finer networks alone."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Addresses of one zone and one IP version.

    Attributes:
        zone: its number.
        inside: numbers of the sets that hold all of it; every other set holds none of it.
    """

    zone: int
    addresses: Intervals
    inside: frozenset[int]

    @property
    def v6(self) -> bool:
        """Whether its addresses are IPv6."""
        return self.addresses.first >= V6


def pieces(zones: Sequence[Intervals], sets: Sequence[Intervals]) -> tuple[Piece, ...]:
    """The coarsest cut of ``zones`` in which each set of ``sets`` holds all of a piece or nothing.

    Args:
        zones: disjoint.
        sets: any; their place in this list is their number.
    """
    found: dict[tuple[int, bool, frozenset[int]], list[Span]] = {}
    for span, zone, inside in _cut(zones, sets):
        found.setdefault((zone, span[0] >= V6, inside), []).append(span)
    return tuple(
        Piece(zone, of(spans), inside) for (zone, _, inside), spans in sorted(found.items(), key=lambda one: one[0][:2])
    )


def _cut(zones: Sequence[Intervals], sets: Sequence[Intervals]) -> Iterator[tuple[Span, int, frozenset[int]]]:
    """Sweeps over the addresses, from one end of a zone or set to the next."""
    begins: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    owners: dict[int, int] = {}
    for zone, addresses in enumerate(zones):
        for version in (IPV4, IPV6):
            for first, last in addresses.common(version).spans:
                owners[first] = zone
                owners.setdefault(last + 1, -1)
    for number, addresses in enumerate(sets):
        for first, last in addresses.spans:
            begins.setdefault(first, []).append(number)
            ends.setdefault(last + 1, []).append(number)
    inside: set[int] = set()
    owner, held = -1, frozenset[int]()
    places = sorted({*begins, *ends, *owners})
    for place, following in pairwise(places):
        owner = owners.get(place, owner)
        if place in begins or place in ends:
            inside.difference_update(ends.get(place, ()))
            inside.update(begins.get(place, ()))
            held = frozenset(inside)
        if owner >= 0:
            yield (place, following - 1), owner, held
