"""What imports propose, beside what a hospital says already: new things are added, contradictions listed.

What is described is never overwritten. Whatever would change it, take addresses from it or give one address to two
machines is a conflict, which a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from leadglass.network.address import network, networks
from leadglass.network.facts import Fact, Proposed
from leadglass.network.hospital import MAX_MACHINES, MAX_ZONES, Hospital, Machine, Zone
from leadglass.network.intervals import Intervals, Span, union
from leadglass.network.rule import NOWHERE, Place

MAX_CONFLICTS = 2_000


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sources, or a source and what is described, contradict each other.

    Attributes:
        kind: "one address", "addresses differ", "subnets overlap", "role differs", "too many".
        subject: what it is about: "zone ct", "machine pacs-1".
        words: for people. place: where the newcomer stands.
    """

    kind: str
    subject: str
    words: str
    place: Place


@dataclass(frozen=True, slots=True)
class Merged:
    """The outcome.

    Attributes:
        hospital: what was described, and what is new and contradicts nothing.
        zones, machines: names of what is new.
        conflicts: what a person decides, in the order of the imports.
    """

    hospital: Hospital
    zones: tuple[str, ...]
    machines: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


def merge(base: Hospital, imports: Sequence[Proposed]) -> Merged:
    """What is described, with what imports propose; an earlier import goes before a later one."""
    zones, machines = _Zones(base.zones), _Machines(base.machines)
    conflicts: list[Conflict] = []
    for one in imports:
        places = _places(one.facts)
        for zone in one.zones:
            conflicts += zones.take(zone, places.get(f"zone {zone.name}", NOWHERE))
        for machine in one.machines:
            place = places.get(f"machine {machine.name}", NOWHERE)
            conflicts += machines.take(machine, place, named=machine.name not in one.unnamed)
    found = msgspec.structs.replace(base, zones=tuple(zones.known.values()), machines=tuple(machines.known.values()))
    return Merged(found, tuple(zones.fresh), tuple(machines.fresh), tuple(conflicts[:MAX_CONFLICTS]))


def _places(facts: Sequence[Fact]) -> dict[str, Place]:
    """Where each subject is first spoken of."""
    found: dict[str, Place] = {}
    for fact in facts:
        found.setdefault(fact.subject, fact.place)
    return found


class _Zones:
    """Zones by name, and who has which addresses."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        self.known = {zone.name: zone for zone in zones}
        self.fresh: list[str] = []
        self._owned: list[tuple[Span, str]] = [(span, zone.name) for zone in zones for span in _spans(zone)]

    def take(self, zone: Zone, place: Place) -> Iterator[Conflict]:
        """Adds it, unless something stands against that."""
        subject = f"zone {zone.name}"
        same = self.known.get(zone.name) or self._of_same_addresses(zone)
        if same is not None:
            if same.addresses != zone.addresses:
                ours, theirs = _written(same.addresses), _written(zone.addresses)
                yield Conflict("addresses differ", subject, f"described with {ours}, here {theirs}", place)
            yield from _roles_differ(subject, same.roles, zone.roles, place)
            return
        others = list(self._overlapping(zone))
        for name, both in others:
            words = f"{_written(both)} is of zone {name} already"
            yield Conflict("subnets overlap", subject, words, place)
        if others:
            return
        if len(self.known) >= MAX_ZONES:
            yield Conflict("too many", subject, f"more than {MAX_ZONES:,} zones", place)
            return
        self.known[zone.name] = zone
        self.fresh.append(zone.name)
        self._owned += ((span, zone.name) for span in _spans(zone))

    def _of_same_addresses(self, zone: Zone) -> Zone | None:
        """A zone that is this one under another name."""
        spans = set(_spans(zone))
        names = {name for span, name in self._owned if span in spans}
        return next((self.known[name] for name in names if self.known[name].addresses == zone.addresses), None)

    def _overlapping(self, zone: Zone) -> Iterator[tuple[str, Intervals]]:
        """Who has some of its addresses; of zones that are new too, one may lie within another: longest prefix wins."""
        shared: dict[str, list[Intervals]] = {}
        fresh = set(self.fresh)
        for mine in _spans(zone):
            for span, name in self._owned:
                if span[0] > mine[1] or mine[0] > span[1]:
                    continue
                nested = span != mine and (_within(mine, span) or _within(span, mine))
                if not (nested and name in fresh):
                    shared.setdefault(name, []).append(Intervals((span,)).common(Intervals((mine,))))
        return ((name, union(parts)) for name, parts in shared.items())


class _Machines:
    """Machines by name and by address."""

    def __init__(self, machines: Sequence[Machine]) -> None:
        self.known = {machine.name: machine for machine in machines}
        self.fresh: list[str] = []
        self._owner: dict[str, str] = {}
        for machine in reversed(machines):
            self._owner |= dict.fromkeys(_addresses(machine), machine.name)

    def take(self, machine: Machine, place: Place, *, named: bool) -> Iterator[Conflict]:
        """Adds it, unless something stands against that."""
        subject = f"machine {machine.name}"
        addresses = _addresses(machine)
        owners = dict.fromkeys(self._owner[one] for one in addresses if one in self._owner)
        if not named and owners:  # a scan knows it by its address alone
            return
        for name in owners:
            if name != machine.name:
                words = (
                    f"{', '.join(one for one in addresses if self._owner.get(one) == name)} is machine {name}'s already"
                )
                yield Conflict("one address", subject, words, place)
        same = self.known.get(machine.name)
        if same is not None:
            fresh = [one for one in addresses if one not in _addresses(same)]
            if fresh:
                ours = ", ".join(_addresses(same))
                yield Conflict(
                    "addresses differ", subject, f"described with {ours}, here {', '.join(fresh)} too", place
                )
            yield from _roles_differ(subject, _one(same.role), _one(machine.role), place)
            return
        if owners:
            return
        if len(self.known) >= MAX_MACHINES:
            yield Conflict("too many", subject, f"more than {MAX_MACHINES:,} machines", place)
            return
        self.known[machine.name] = machine
        self.fresh.append(machine.name)
        self._owner |= dict.fromkeys(addresses, machine.name)


def _roles_differ(subject: str, ours: tuple[str, ...], theirs: tuple[str, ...], place: Place) -> Iterator[Conflict]:
    if ours and theirs and set(ours) != set(theirs):
        words = f"described as {', '.join(ours)}, here {', '.join(theirs)}"
        yield Conflict("role differs", subject, words, place)


def _one(role: str) -> tuple[str, ...]:
    return (role,) if role else ()


def _spans(zone: Zone) -> tuple[Span, ...]:
    return zone.addresses.spans


def _within(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _addresses(machine: Machine) -> list[str]:
    """As text in one spelling."""
    return [text for one in machine.addresses for text in networks(network(one))]


def _written(addresses: Intervals) -> str:
    found = networks(addresses)
    return ", ".join(found[:3]) + (" …" if len(found) > 3 else "")
