"""The ways that routes give packets from piece to piece, device by device. Never what a filter says; see `walk`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import NamedTuple

from leadglass.network.device import LINK, Check, Device, Step, Translate
from leadglass.network.intervals import Intervals
from leadglass.network.matrix.pieces import Piece
from leadglass.network.topology import Port, Topology
from leadglass.network.transit import Hop, hops
from leadglass.network.walk import MAX_HOPS

MAX_WAYS = 8
"""From one device to one piece; where routes give more the first pass leaves the pair alone."""


class End(Enum):
    """What becomes of packets that every device on a way lets through."""

    ARRIVE = auto()
    UNSURE = auto()  # they may arrive; a learned route may lead them elsewhere
    GUESSED = auto()  # they may arrive, and no route says that they go this way at all
    LOST = auto()  # the last device has no route for them


class Leg(NamedTuple):
    """Through one device, by its number, in and out by these interfaces."""

    device: int
    ingress: str
    egress: str


class Way(NamedTuple):
    """One way, from the choice of the first device's way out."""

    egress: str
    onward: tuple[Leg, ...]
    end: End


class Door(NamedTuple):
    """A device as it is entered."""

    device: int
    ingress: str
    vrf: str


@dataclass(frozen=True, eq=False)
class Map:
    """What of a topology ways need, by number."""

    topology: Topology

    @cached_property
    def devices(self) -> tuple[Device, ...]:
        """All devices, each once."""
        return tuple({id(port.device): port.device for one in self.topology.segments for port in one.ports}.values())

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {id(device): number for number, device in enumerate(self.devices)}

    def door(self, port: Port) -> Door:
        """The device behind a port."""
        return Door(self._numbers[id(port.device)], port.interface.name, port.interface.vrf)

    @cached_property
    def doors(self) -> tuple[tuple[Door, ...], ...]:
        """By segment: the devices on it."""
        return tuple(tuple(map(self.door, segment.ports)) for segment in self.topology.segments)

    @cached_property
    def _beside(self) -> dict[tuple[int, str], frozenset[tuple[int, str]]]:
        places = [frozenset((door.device, door.ingress) for door in doors) for doors in self.doors]
        return {place: others for others in places for place in others}

    def beside(self, device: int, interface: str) -> frozenset[tuple[int, str]]:
        """Devices, with their interfaces, on the segment of an interface."""
        return self._beside.get((device, interface), frozenset())

    def anywhere(self, device: int) -> frozenset[tuple[int, str]]:
        """Devices, with the interfaces they are entered by, that packets could come to from a device by any guess."""
        found: set[tuple[int, str]] = set()
        todo = [device]
        while todo:
            here = todo.pop()
            ports = [place for place in self._beside if place[0] == here]
            for door in {other for place in ports for other in self._beside[place] if other[0] != here} - found:
                found.add(door)
                todo.append(door[0])
        return frozenset(found)

    @cached_property
    def following(self) -> dict[tuple[int, str], dict[int, Door]]:
        """By device and way out: who has which address there."""
        found: dict[tuple[int, str], dict[int, Door]] = {}
        via = {hop.via for table in self.tables.values() for hop, _ in table if hop.via is not None}
        for segment in self.topology.segments:
            known: dict[int, Door] = {}
            for port in segment.ports:
                for address in via:
                    if port.interface.addresses.has(address):
                        known.setdefault(address, self.door(port))
            for port in segment.ports:
                found[self._numbers[id(port.device)], port.interface.name] = known
        return found

    @cached_property
    def tables(self) -> dict[tuple[int, str], tuple[tuple[Hop, int], ...]]:
        """By device and routing instance: its hops, each with the number of its destinations among `sets`."""
        number = 2 * len(self.topology.segments)
        found = {}
        for index, device in enumerate(self.devices):
            for vrf in dict.fromkeys(interface.vrf for interface in device.interfaces):
                table = hops(device, vrf)
                found[index, vrf] = tuple((hop, number + place) for place, hop in enumerate(table))
                number += len(table)
        return found

    @cached_property
    def sets(self) -> tuple[Intervals, ...]:
        """What ways depend on: of each segment the addresses on it and those located there, then those of hops."""
        segments = [one for segment in self.topology.segments for one in (segment.connected, segment.located)]
        return (*segments, *(hop.destinations for table in self.tables.values() for hop, _ in table))

    @cached_property
    def guesses(self) -> bool:
        """Whether somebody may be behind a segment of whom no route tells."""
        return any(segment.guesses for segment in self.topology.segments)

    @cached_property
    def _alike(self) -> tuple[bool, ...]:
        """Whether a device treats all ways out alike."""
        return tuple(
            device.kind != LINK and (bool(device.doubts) or not any(map(_told_apart, device.steps)))
            for device in self.devices
        )

    def connected(self, piece: Piece) -> int | None:
        """The segment that a piece is directly on."""
        return next((one for one in range(len(self.topology.segments)) if 2 * one in piece.inside), None)

    def located(self, piece: Piece) -> list[int]:
        """Segments that its packets may begin at; none where only a guess tells."""
        return [number // 2 for number in piece.inside if number % 2 and number < 2 * len(self.topology.segments)]

    def ways(self, device: int, vrf: str, to: Piece) -> tuple[Way, ...] | None:
        """All ways that routes give from a device to a piece, whatever packets came in by; None: too many to tell."""
        found: list[Way] = []
        for way in self._ways(Door(device, "", vrf), to, frozenset()):
            if way is None or len(found) == MAX_WAYS:
                return None
            found.append(way)
        return tuple(found)

    def _ways(self, door: Door, to: Piece, crossed: frozenset[int]) -> Iterator[Way | None]:
        if door.device in crossed or len(crossed) >= MAX_HOPS:
            yield None  # which of its ports was crossed depends on where packets began
            return
        guessed = 0
        for hop, number in self.tables[door.device, door.vrf]:
            if number not in to.inside or hop.interface == door.ingress:
                continue
            guessed += hop.guessed
            # Two guesses say as much as all where ways out are treated alike: packets may have come in by one of them.
            if not hop.guessed or guessed <= 2 or not self._alike[door.device]:
                yield from self._by(door, hop, to, crossed | {door.device})

    def _by(self, door: Door, hop: Hop, to: Piece, crossed: frozenset[int]) -> Iterator[Way | None]:
        following = None
        if hop.via is not None:
            following = self.following.get((door.device, hop.interface), {}).get(hop.via)
        device = self.devices[door.device]
        sure = not device.doubts and (not device.dynamic or hop.via is None)
        if following is None and hop.guessed and device.kind == LINK:
            yield None  # beyond a link only the devices of its other zone lead on: the exact pass follows them
            return
        if hop.guessed and device.kind == LINK:
            yield from self._beyond(door, hop, to, crossed)
            return
        if following is None:
            yield Way(hop.interface, (), End.GUESSED if hop.guessed else End.ARRIVE if sure else End.UNSURE)
            return
        further = list(self._ways(following, to, crossed))
        # A device with only guesses for a packet refuses what others are sure of; one that has a route does not.
        guesses = all(way is not None and way.end is End.GUESSED for way in further)
        if not further:
            yield Way(hop.interface, (Leg(following.device, following.ingress, ""),), End.LOST)
        for way in further:
            if way is None:
                yield None
                continue
            end = way.end
            if (end is End.ARRIVE and not sure) or (end is End.GUESSED and guesses):
                end = End.UNSURE
            yield Way(hop.interface, (Leg(following.device, following.ingress, way.egress), *way.onward), end)

    def _beyond(self, door: Door, hop: Hop, to: Piece, crossed: frozenset[int]) -> Iterator[Way | None]:
        """A link leads beyond its zones only by their devices; see `walk`."""
        for device, ingress in sorted(self.beside(door.device, hop.interface)):
            if device == door.device:
                continue
            vrf = next(one.vrf for one in self.devices[device].interfaces if one.name == ingress)
            for way in self._ways(Door(device, ingress, vrf), to, crossed):
                if way is None:
                    yield None
                elif way.end is not End.LOST:
                    yield Way(hop.interface, (Leg(device, ingress, way.egress), *way.onward), End.GUESSED)


def _told_apart(step: Step) -> bool:
    """Whether a step looks at the way out."""
    if isinstance(step, Translate):
        return any(one.egress is not None for one in step.translations)
    if not isinstance(step, Check):
        return False
    chains = (step.chains.entry, *step.chains.others.values())
    return step.egress is not None or any(rule.egress is not None for chain in chains for rule in chain.rules)
