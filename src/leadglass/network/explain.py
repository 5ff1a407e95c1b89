"""Why something passes, or does not: the way of one packet, line by line, with what the model says. Judges nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from leadglass.errors import LeadglassError
from leadglass.network.address import network
from leadglass.network.cell import OTHER, Cell
from leadglass.network.compare import Comparison
from leadglass.network.gaps import Gap
from leadglass.network.headers import Box, Headers, Packet
from leadglass.network.hospital import INTERNET
from leadglass.network.intervals import Intervals, union
from leadglass.network.model_network import ModelNetwork
from leadglass.network.service import PROTOCOL_NUMBERS, Service
from leadglass.network.trace import End, Way, trace
from leadglass.network.witness import OUTSIDE, pick, shown, witness

_PORTED = re.compile(r"(tcp|udp|sctp)[/ ](\d{1,5})")


class NotKnown(LeadglassError):  # noqa: N818 (said to people)
    """No such machine, zone, address or service."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Explanation:
    """What becomes of a packet.

    Attributes:
        packet: that was followed. sentence: the packet in words.
        ways: all that it can take.
        source, destination: zones of its ends.
        service: id of the model's service it is of, or `OTHER`.
        cell: what the comparison says of these; None: forbidden, closed and unseen.
        gaps: of that cell.
    """

    packet: Packet
    sentence: str
    ways: tuple[Way, ...]
    source: str
    destination: str
    service: str
    cell: Cell | None
    gaps: tuple[Gap, ...]

    @property
    def passes(self) -> bool:
        """Whether it can arrive on any way, as far as was understood."""
        return any(way.end is End.ARRIVED for way in self.ways)

    @property
    def words(self) -> str:
        """The end of it, in a sentence."""
        arrived = [way for way in self.ways if way.end is End.ARRIVED]
        if not arrived:
            stopped = any(way.end is End.STOPPED for way in self.ways)
            return "It is stopped." if stopped else "No device here leads there."
        sure = any(way.sure for way in arrived)
        every = "on every way" if len(arrived) == len(self.ways) else f"on {len(arrived)} of {len(self.ways)} ways"
        return f"It arrives {every}{'' if sure else ', as far as the lines were understood'}."


def explain(comparison: Comparison, gaps: Iterable[Gap], source: str, destination: str, service: str) -> Explanation:
    """Follow a packet.

    Args:
        comparison: the hospital held against its model.
        gaps: of it.
        source: a zone or a machine by name, or an address.
        destination: likewise.
        service: id of the model, or "tcp/104", "icmp".

    Raises:
        NotKnown: one of them is none.
    """
    begin, end = _addresses(comparison, source), _addresses(comparison, destination)
    wanted = _headers(comparison.model, service, begin, end)
    if not wanted:
        raise NotKnown(f"no packet goes from {source!r} to {destination!r}", "both ends must be of one IP version")
    packet = pick(wanted[0], _declared(comparison))
    zones = comparison.partition
    ends = zones.of(packet.source).name, zones.of(packet.destination).name
    kind = _service_of(comparison.model, packet)
    cell = next((one for one in comparison.cells if (one.source, one.destination, one.service) == (*ends, kind)), None)
    ways = trace(comparison.net, packet)
    if cell is not None and not any(way.end is End.ARRIVED for way in ways):
        asked = msgspec.structs.replace(cell, example=Box._make(Intervals(((number, number),)) for number in packet))
        found = witness(comparison.net, comparison.hospital, asked)  # by an address that is published for it
        if found.end is End.ARRIVED and found.packet is not None and found.packet.destination != packet.destination:
            packet, ways = found.packet, trace(comparison.net, found.packet)
    about = tuple(gap for gap in gaps if (*gap.pair, gap.cell.service) == (*ends, kind))
    return Explanation(packet, shown(packet), ways, *ends, kind, cell, about)


def _addresses(comparison: Comparison, said: str) -> Intervals:
    text = said.strip()
    for machine in comparison.hospital.machines:
        if machine.name == text:
            return union(map(network, machine.addresses))
    for part in comparison.partition.parts:
        if part.name == text:
            return OUTSIDE if text == INTERNET else part.addresses
    try:
        return network(text)
    except ValueError:
        hint = f"zones: {', '.join(part.name for part in comparison.partition.parts[:12])}"
        raise NotKnown(f"no zone, machine or address {text!r:.80}", hint) from None


def _headers(model: ModelNetwork, said: str, begin: Intervals, end: Intervals) -> Headers:
    text = said.strip().lower()
    service = model.service(text)
    if service is None:
        ported = _PORTED.fullmatch(text)
        if ported and int(ported[2]) <= 65_535:
            service = Service(id="asked", title=text, protocols=(ported[1],), ports=(ported[2],))
        elif text in PROTOCOL_NUMBERS:
            service = Service(id="asked", title=text, protocols=(text,))
        else:
            hint = f"one of {', '.join(one.id for one in model.services[:10])} …, or tcp/104"
            raise NotKnown(f"no service {said.strip()!r:.80}", hint)
    return service.between(begin, end)


def _declared(comparison: Comparison) -> Intervals:
    return union(network(text) for machine in comparison.hospital.machines for text in machine.addresses)


def _service_of(model: ModelNetwork, packet: Packet) -> str:
    ends = Intervals(((packet.source, packet.source),)), Intervals(((packet.destination, packet.destination),))
    for service in model.services:
        if any(box.has(packet) for box in service.between(*ends)):
            return service.id
    return OTHER


def step_words(way: Way) -> Sequence[str]:
    """A way, one device's word a line."""
    return [str(mark) for mark in way.marks] or ["no filter between them" if way.end is End.ARRIVED else "no way"]
