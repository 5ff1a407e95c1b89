"""Zones as a partition of the whole address space: each address is in exactly one. Never what passes between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from leadglass.network.address import EVERY, network
from leadglass.network.hospital import INTERNET, UNASSOCIATED, Hospital
from leadglass.network.intervals import EMPTY, Intervals, Span, union

SPECIAL = union(
    network(one)
    for one in (
        # RFC 1918, 6598, 3927, 1122, 5771, 919; RFC 4193, 4291, 4007: what the Internet does not route to a hospital.
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
        "0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "fc00::/7", "fe80::/10", "ff00::/8", "::/127",
    )
)  # fmt: skip
"""Private and special addresses."""


@dataclass(frozen=True, slots=True)
class Part:
    """A zone's share of the address space, and what it is in the model."""

    name: str
    title: str
    roles: tuple[str, ...]
    addresses: Intervals


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two zones claim the same addresses with the same prefix: the first keeps them, and people must be told."""

    first: str
    second: str
    addresses: Intervals


@dataclass(frozen=True, slots=True)
class Partition:
    """All zones; every address is in one."""

    parts: tuple[Part, ...]
    overlaps: tuple[Overlap, ...] = ()

    def of(self, address: int) -> Part:
        """The zone of an address."""
        return next(part for part in self.parts if part.addresses.has(address))


def partition(hospital: Hospital) -> Partition:
    """Declared zones by longest prefix, `UNASSOCIATED` and `INTERNET` for the rest.

    Special addresses that nobody declared are unassociated; everything else undeclared is the Internet.
    """
    spans: list[tuple[Span, int]] = [
        (span, index)
        for index, zone in enumerate(hospital.zones)
        for written in zone.networks
        for span in network(written).spans
    ]
    spans.sort(key=lambda one: (one[0][1] - one[0][0], one[1]))
    claimed: list[list[Intervals]] = [[] for _ in hospital.zones]
    overlaps = []
    taken = EMPTY
    owners: list[tuple[Span, int]] = []
    for span, index in spans:
        mine = Intervals((span,))
        if mine.meets(taken):
            overlaps += _overlaps(hospital, span, index, owners)
            mine = mine.without(taken)
        claimed[index].append(mine)
        owners.append((span, index))
        taken = taken.union(mine)
    parts = [
        Part(zone.name, zone.title or zone.name, zone.roles, union(sets))
        for zone, sets in zip(hospital.zones, claimed, strict=True)
    ]
    parts.append(Part(UNASSOCIATED, "Private addresses that nobody declared", (UNASSOCIATED,), SPECIAL.without(taken)))
    parts.append(Part(INTERNET, "Internet", (INTERNET,), EVERY.without(SPECIAL).without(taken)))
    return Partition(tuple(parts), tuple(overlaps))


def _overlaps(hospital: Hospital, span: Span, index: int, owners: Iterable[tuple[Span, int]]) -> list[Overlap]:
    """Equal or crossing claims: a longer prefix within a shorter one is no overlap but the rule."""
    found = []
    for other, owner in owners:
        crossing = other[0] <= span[1] and span[0] <= other[1] and not (span[0] <= other[0] and other[1] <= span[1])
        if owner != index and (crossing or other == span):
            both = Intervals((other,)).common(Intervals((span,)))
            found.append(Overlap(hospital.zones[owner].name, hospital.zones[index].name, both))
    return found
