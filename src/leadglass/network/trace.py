"""Follows one packet over all its ways, line by line, and says what let it through or stopped it. Never sets.

For witnesses and explanations: it takes the places of lines from the same devices as `walk`, by other means.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from leadglass.network.address import text
from leadglass.network.decide import decide, holds
from leadglass.network.device import LINK, Check, Device, Interface, Rewrite, Routing, Translate, Translation
from leadglass.network.headers import Packet
from leadglass.network.intervals import Intervals
from leadglass.network.rule import Place
from leadglass.network.topology import Port, Segment, Topology
from leadglass.network.transit import Hop, hops, published

MAX_HOPS = 32  # devices on one way
MAX_WAYS = 64  # that are followed


class End(StrEnum):
    """How a way ends."""

    ARRIVED = "arrived"
    STOPPED = "stopped"
    NO_WAY = "no way"  # no device here leads there


@dataclass(frozen=True, slots=True)
class Mark:
    """What a device did with the packet.

    Attributes:
        what: "permits", "permits by default", "stops", "stops by default", "translates to …", "was not understood".
    """

    device: str
    place: Place
    what: str

    def __str__(self) -> str:
        return f"{self.device} {self.what} ({self.place})" if self.place.file else f"{self.device} {self.what}"


@dataclass(frozen=True, slots=True)
class Way:
    """One way.

    Attributes:
        packet: as it was last, arrived or stopped.
        marks: in order.
        sure: nothing on it rests on what was not understood.
    """

    end: End
    packet: Packet
    marks: tuple[Mark, ...] = ()
    sure: bool = True


@dataclass(frozen=True, slots=True)
class _Here:
    """A packet before a device."""

    port: Port
    packet: Packet
    marks: tuple[Mark, ...]
    sure: bool
    crossed: frozenset[Port]
    tag: str = ""


def trace(net: Topology, packet: Packet) -> tuple[Way, ...]:
    """Every way of an initiation from wherever its source may be, at most `MAX_WAYS`."""
    found: list[Way] = []
    todo: list[_Here] = []
    for segment, located in _located(net):
        if located.has(packet.source) or segment.guesses:
            if segment.connected.has(packet.destination):
                found.append(Way(End.ARRIVED, packet, sure=located.has(packet.source)))
            sure = located.has(packet.source)
            todo += (
                _Here(port, packet, (), sure, frozenset())
                for port in segment.ports
                if not segment.connected.has(packet.destination) or published(port.device).has(packet.destination)
            )
    while todo and len(found) < MAX_WAYS:
        here = todo.pop(0)
        if here.port not in here.crossed and len(here.crossed) < MAX_HOPS:
            for end in _through(net, here):
                if isinstance(end, Way):
                    found.append(end)
                else:
                    todo.append(end)
    return tuple(found) or (Way(End.NO_WAY, packet),)


@lru_cache(maxsize=4)
def _located(net: Topology) -> tuple[tuple[Segment, Intervals], ...]:
    return tuple((segment, segment.located) for segment in net.segments)


def _through(net: Topology, here: _Here) -> list[Way | _Here]:
    device, ingress = here.port.device, here.port.interface
    if device.doubts:
        marks = (*here.marks, *(Mark(device.name, place, "was not understood") for place in device.doubts[:8]))
        here = _Here(here.port, here.packet, marks, False, here.crossed)
        steps: tuple[Check | Translate, ...] = ()
        at = 0
    else:
        steps = tuple(step for step in device.steps if not isinstance(step, Routing))
        at = next(index for index, step in enumerate(device.steps) if isinstance(step, Routing))
    before = _steps(steps[:at], here, ingress, "")
    if isinstance(before, Way):
        return [before]
    ends: list[Way | _Here] = []
    for hop in hops(device, ingress.vrf):
        if hop.interface == ingress.name or not hop.destinations.has(before.packet.destination):
            continue
        after = _steps(steps[at:], before, ingress, hop.interface)
        segment = net.segment(device, hop.interface)
        if isinstance(after, Way):
            ends.append(after)
        elif segment is not None:
            sure = after.sure and not hop.guessed
            following = segment.next(hop)
            nexts = [following] if following is not None else _others(segment, device, after.packet, hop)
            ends += (_Here(port, after.packet, after.marks, sure, here.crossed | {here.port}) for port in nexts)
            if following is None and not (hop.guessed and device.kind == LINK):
                ends.append(Way(End.ARRIVED, after.packet, after.marks, sure))
    return ends


def _others(segment: Segment, before: Device, packet: Packet, hop: Hop) -> list[Port]:
    """Devices on the segment that may carry it on: any where nothing is known, else who answers for its destination."""
    return [
        port
        for port in segment.ports
        if port.device is not before and (hop.guessed or published(port.device).has(packet.destination))
    ]


def _steps(steps: tuple[Check | Translate, ...], here: _Here, ingress: Interface, egress: str) -> Way | _Here:
    packet, marks, sure, tag = here.packet, here.marks, here.sure, here.tag
    device = here.port.device
    for step in steps:
        if isinstance(step, Translate):
            one = next((one for one in step.translations if _matches(one, packet, ingress.name, egress, tag)), None)
            if one is not None and not one.exempt:
                packet = _translated(one, packet)
                end = packet.source if one.rewrite is Rewrite.SOURCE else packet.destination
                marks = (*marks, Mark(device.name, one.place, f"translates its {one.rewrite} to {text(end)}"))
                sure = sure and not one.note
                tag = one.tag or tag
        elif _speaks(step, ingress.name, egress):
            found = decide(step.chains, packet, ingress.name, egress, tag)
            what = ("permits" if found.passes else "stops") + (" by default" if found.default else "")
            marks = (*marks, Mark(device.name, found.place, what if found.sure else f"{what}, as far as understood"))
            sure = sure and found.sure
            if not found.passes:
                return Way(End.STOPPED, packet, marks, sure)
    return _Here(here.port, packet, marks, sure, here.crossed, tag)


def _speaks(step: Check, ingress: str, egress: str) -> bool:
    return (step.ingress is None or ingress in step.ingress) and (step.egress is None or egress in step.egress)


def _matches(one: Translation, packet: Packet, ingress: str, egress: str, tag: str) -> bool:
    if one.tags is not None and tag not in one.tags:
        return False
    bound = (one.ingress is None or ingress in one.ingress) and (one.egress is None or egress in one.egress)
    return bound and holds(one.may, packet)


def _translated(one: Translation, packet: Packet) -> Packet:
    """The packet with the first address and port that it can get."""
    source = one.rewrite is Rewrite.SOURCE
    address = packet.source if source else packet.destination
    if one.address is not None:
        first = min(box[0 if source else 1].first for box in one.may)
        shifted = one.address.first + address - first
        address = shifted if one.keeps_offset and one.address.has(shifted) else one.address.first
    port = packet.source_port if source else packet.destination_port
    port = port if one.port is None else one.port.first
    if source:
        return packet._replace(source=address, source_port=port)
    return packet._replace(destination=address, destination_port=port)
