"""A concrete packet for a cell, and the lines that let it through or stop it. Never says whether that is right."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.network.address import network
from leadglass.network.address import text as address
from leadglass.network.cell import Cell
from leadglass.network.device import Device, Rewrite, Translate
from leadglass.network.headers import Box, Packet
from leadglass.network.hospital import Hospital
from leadglass.network.intervals import EMPTY, Intervals, union
from leadglass.network.observed import Sighting
from leadglass.network.rule import Place
from leadglass.network.topology import Topology
from leadglass.network.trace import End, Mark, Way, trace
from leadglass.network.zones import SPECIAL

CLIENT_PORT = 49_152  # RFC 6335 6: the first dynamic port
OUTSIDE = network("203.0.113.10")  # RFC 5737: an address that stands for anybody
MAX_PUBLISHED = 64  # translations that are tried to find how a packet began
_PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", 47: "GRE", 50: "ESP", 51: "AH", 58: "ICMPv6", 132: "SCTP"}


@dataclass(frozen=True, slots=True)
class Witness:
    """What can be shown to anybody who doubts a gap.

    Attributes:
        packet: as its sender sends it; None where only traffic was seen.
        marks: what each device does with it, by line.
        end: how its way ends. sure: nothing on it rests on what was not understood.
        sighting: what traffic showed.
    """

    packet: Packet | None
    marks: tuple[Mark, ...] = ()
    end: End = End.NO_WAY
    sure: bool = True
    sighting: Sighting | None = None

    @property
    def places(self) -> tuple[Place, ...]:
        """The lines."""
        return tuple(dict.fromkeys(mark.place for mark in self.marks if mark.place.file))

    @property
    def words(self) -> str:
        """In one paragraph."""
        parts = []
        if self.packet is not None:
            ways = "; ".join(map(str, self.marks))
            if not self.marks:
                ways = "no filter between them" if self.end is End.ARRIVED else "no device here leads there"
            parts.append(f"{shown(self.packet)}: {ways}.")
        if self.sighting is not None:
            parts.append(f"{self.sighting.vantage}: {shown(self.sighting.packet)}, {self.sighting.flows} flows seen.")
        return " ".join(parts)


def shown(packet: Packet) -> str:
    """A packet as people write it."""
    protocol = _PROTOCOLS.get(packet.protocol, f"protocol {packet.protocol}")
    if protocol not in {"TCP", "UDP", "SCTP"}:
        return f"{protocol} from {address(packet.source)} to {address(packet.destination)}"
    source, destination = address(packet.source), address(packet.destination)
    return f"{protocol} from {source} port {packet.source_port} to {destination} port {packet.destination_port}"


class Witnesses:
    """Of one network.

    Args:
        net: its ways.
        hospital: its machines are who a packet is from and to, where they can be.
    """

    def __init__(self, net: Topology, hospital: Hospital) -> None:
        self._net = net
        self._known = union(network(written) for machine in hospital.machines for written in machine.addresses)
        self._devices = tuple(dict.fromkeys(port.device for segment in net.segments for port in segment.ports))

    def of(self, cell: Cell, sighting: Sighting | None = None) -> Witness:
        """What shows the cell: a packet of its example followed over the network, and what was seen."""
        if cell.example is None:
            return Witness(None, sighting=sighting)
        wanted = pick(cell.example, self._known)
        sent, way = self._best(wanted)
        likelier = _likelier(wanted)
        if likelier != wanted:
            other = self._best(likelier)
            if (other[1].end, other[1].sure) == (way.end, way.sure):
                sent, way = other
        return Witness(sent, way.marks, way.end, way.sure, sighting)

    def _best(self, wanted: Packet) -> tuple[Packet, Way]:
        return min(self._ways(wanted), key=lambda pair: _order(pair[0], pair[1], wanted))

    def _ways(self, wanted: Packet) -> list[tuple[Packet, Way]]:
        """Ways of the packet, and of those that a published address turns into it."""
        found = [(wanted, way) for way in trace(self._net, wanted)]
        for sent in [one for device in self._devices for one in _published(device, wanted)][:MAX_PUBLISHED]:
            found += ((sent, way) for way in trace(self._net, sent) if _arrives(way, wanted))
        return found


def witness(net: Topology, hospital: Hospital, cell: Cell, sighting: Sighting | None = None) -> Witness:
    """What shows one cell; `Witnesses` is for many."""
    return Witnesses(net, hospital).of(cell, sighting)


def pick(box: Box, known: Intervals = EMPTY) -> Packet:
    """A header of the box that a person would believe: machines that are declared, a client's port."""
    ports = box.source_port
    source_port = CLIENT_PORT if ports.has(CLIENT_PORT) else ports.spans[-1][1]
    return Packet(
        _host(box.source, known),
        _host(box.destination, known),
        _protocol(box.protocol),
        source_port,
        box.destination_port.first,
    )


def _likelier(packet: Packet) -> Packet:
    """A packet like it that a person would believe: from a client's port, between addresses that name no network."""
    source, destination = (end if end & 0xFF else end + 1 for end in (packet.source, packet.destination))
    return packet._replace(source=source, destination=destination, source_port=CLIENT_PORT)


def _host(addresses: Intervals, known: Intervals) -> int:
    for preferred in (known, OUTSIDE):
        both = addresses.common(preferred)
        if both:
            return both.first
    first, last = addresses.spans[0]
    return first + 1 if last - first >= 3 else first  # the first of a network is its own name


def _protocol(numbers: Intervals) -> int:
    return next((number for number in (6, 17) if numbers.has(number)), numbers.first)


def _arrives(way: Way, wanted: Packet) -> bool:
    reached = (way.packet.destination, way.packet.destination_port)
    return way.end is End.ARRIVED and reached == (wanted.destination, wanted.destination_port)


def _order(sent: Packet, way: Way, wanted: Packet) -> tuple[int, bool, bool, int]:
    """Ways that arrive where the cell says come first, then such as the Internet carries, sure ones, short ones."""
    arrived = 0 if _arrives(way, wanted) else 1 if way.end is End.STOPPED else 2
    lost = SPECIAL.has(sent.destination) and not SPECIAL.has(sent.source)
    return arrived, lost, not way.sure, len(way.marks)


def _published(device: Device, wanted: Packet) -> list[Packet]:
    """Packets that a translation of destinations may turn into the one that is wanted."""
    found = []
    for step in device.steps:
        for one in step.translations if isinstance(step, Translate) else ():
            if one.rewrite is Rewrite.DESTINATION and one.address is not None and one.address.has(wanted.destination):
                for box in one.may:
                    offset = wanted.destination - one.address.first if one.keeps_offset else 0
                    port = box.destination_port.first if one.port is not None else wanted.destination_port
                    sent = wanted._replace(destination=box.destination.first + offset, destination_port=port)
                    if box.has(sent):
                        found.append(sent)
    return found
