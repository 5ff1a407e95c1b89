"""Where packets from a set of addresses arrive, over all devices, as two bounds. Never what a zone is or should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from leadglass.network.device import LINK, Device
from leadglass.network.flight import Flight, Flights
from leadglass.network.headers import Headers, common, headers, without
from leadglass.network.intervals import EMPTY, Intervals, union
from leadglass.network.rule import Rule
from leadglass.network.topology import Port, Segment, Topology
from leadglass.network.transit import Left, cut, published, through

MAX_HOPS = 32  # devices on one way


@dataclass(frozen=True, slots=True)
class Arrived:
    """Packets at their real destination.

    Attributes:
        may, must: those that can arrive, and those that certainly do; headers as they arrive, origins as they began.
        by: rules that let them pass, in the order of the way.
        devices: names of the devices crossed, on any way.
        routed: destinations that this way carries, as they are where it begins.
        rewritten: a device on it can change destinations.
    """

    may: Flights = ()
    must: Flights = ()
    by: tuple[Rule, ...] = ()
    devices: frozenset[str] = frozenset()
    routed: Intervals = EMPTY
    rewritten: bool = False


def walk(topology: Topology, origin: Intervals, bound: Headers) -> Arrived:
    """Where initiations from ``origin`` arrive.

    Args:
        topology: the network.
        origin: real addresses of those who begin.
        bound: headers that are asked about, as they begin.

    Raises:
        TooManyBoxesError: the sets outgrow what one evaluation may hold.
    """
    ways = []
    for segment in topology.near(origin):
        here = origin.common(segment.located)
        if here:
            boxes = common(headers(source=here), bound)
            ways.append(_from_segment(topology, segment, boxes, boxes))
    nobody = origin.without(topology.located)
    if nobody:
        boxes = common(headers(source=nobody), bound)
        ways += (_from_segment(topology, segment, boxes, ()) for segment in topology.guessing)
    return _together(ways)


def _from_segment(topology: Topology, segment: Segment, may: Headers, must: Headers) -> Arrived:
    """From hosts of a segment: to each other directly, to others by any of its devices; all of them for ``must``."""
    here = headers(destination=segment.connected)
    taken = headers(destination=union(published(port.device) for port in segment.ports).common(segment.connected))
    near_may, near_must = common(may, here), without(common(must, here), taken)
    far_may, far_must = (tuple(Flight(box) for box in _far(boxes, here, taken)) for boxes in (may, must))
    both = _agreed([_forward(topology, port, far_may, far_must, frozenset()) for port in segment.ports])
    return replace(
        both,
        may=(*(Flight(box) for box in near_may), *both.may),
        must=(*(Flight(box) for box in near_must), *both.must),
    )


def _far(boxes: Headers, here: Headers, taken: Headers) -> Headers:
    """What a device has to carry: all that is not on the segment, and what a device answers for that is."""
    return (*without(boxes, here), *common(boxes, taken))


def _forward(topology: Topology, port: Port, may: Flights, must: Flights, crossed: frozenset[Port]) -> Arrived:
    """Through a device that packets come to by ``port``, and on to where they arrive."""
    if port in crossed or len(crossed) >= MAX_HOPS or not may:
        return Arrived()
    crossed |= {port}
    ways: list[Arrived] = []
    for left in through(port.device, port.interface, may, must):
        segment = topology.segment(port.device, left.hop.interface)
        if segment is None:
            continue
        following = segment.next(left.hop)
        if following is not None:
            way = _forward(topology, following, left.may, left.must, crossed)
        elif left.hop.guessed:
            way = _guessed(topology, segment, left.may, crossed, port.device)
        else:
            way = _together([Arrived(left.may, left.must), *_taken_over(topology, segment, left, crossed, port.device)])
        ways.append(
            replace(
                way,
                by=(*left.by, *way.by),
                devices=way.devices | {port.device.name},
                routed=EMPTY if left.hop.guessed else left.hop.destinations,
                rewritten=way.rewritten or _rewrites(port.device),
            )
        )
    return _agreed(ways)


def _taken_over(
    topology: Topology, segment: Segment, left: Left, crossed: frozenset[Port], before: Device
) -> Iterator[Arrived]:
    """Packets to an address on the segment that another device there answers for and translates."""
    for other in segment.ports:
        taken = published(other.device).common(segment.connected)
        if other.device is not before and taken:
            bound = headers(destination=taken)
            yield _forward(topology, other, cut(left.may, bound), cut(left.must, bound), crossed)


def _rewrites(device: Device) -> bool:
    return bool(published(device))


def _guessed(topology: Topology, segment: Segment, may: Flights, crossed: frozenset[Port], before: Device) -> Arrived:
    """Out by an interface for which no route speaks: to anybody behind it, and to every other device there.

    A link leads to its zones, and beyond them only by their devices.
    """
    ways = [] if before.kind == LINK else [Arrived(may)]
    ways += [_forward(topology, port, may, (), crossed) for port in segment.ports if port.device is not before]
    return _together(ways)


def _together(ways: Sequence[Arrived]) -> Arrived:
    """Ways of different packets, or ways of which none is sure."""
    return Arrived(
        tuple(flight for way in ways for flight in way.may),
        tuple(flight for way in ways for flight in way.must),
        tuple({id(rule): rule for way in ways for rule in way.by}.values()),
        frozenset().union(*(way.devices for way in ways)),
        union(way.routed for way in ways),
        any(way.rewritten for way in ways),
    )


def _agreed(ways: Sequence[Arrived]) -> Arrived:
    """Ways that one packet could take: what any lets through may arrive, what all that carry it let through must."""
    sure = []
    for way in ways:
        must = way.must
        for other in ways:
            if other is not way and must:
                must = _unless_refused(way, must, other)
        sure.append(replace(way, must=must))
    return _together(sure)


def _unless_refused(way: Arrived, must: Flights, other: Arrived) -> Flights:
    """Of ``must`` what another way does not carry, or lets through too; nothing where translation hides which."""
    if not way.routed.meets(other.routed):
        return must
    if way.rewritten or other.rewritten:
        return ()
    kept: list[Flight] = []
    for flight in must:
        kept += (flight._replace(box=box) for box in without((flight.box,), headers(destination=other.routed)))
        for theirs in other.must:
            if (theirs.origin, theirs.ports) == (flight.origin, flight.ports):
                kept += (flight._replace(box=box) for box in common((flight.box,), (theirs.box,)))
    return tuple(kept)
