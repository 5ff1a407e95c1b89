"""Sets of packet headers as boxes: source, destination, protocol, ports. Exact; never says what becomes of a packet.

A box holds one IP version: source and destination are both of it. Where a protocol has no ports (ICMP), the destination
port holds type × 256 + code, and the source port means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from leadglass.errors import LeadglassError
from leadglass.network.address import EVERY, IPV4, IPV6, V6
from leadglass.network.intervals import EMPTY, Intervals, one, span

PROTOCOLS = span(0, 255)
PORTS = span(0, 65_535)
ICMP, TCP, UDP, SCTP, ICMPV6 = 1, 6, 17, 132, 58
WITH_PORTS = frozenset({TCP, UDP, SCTP, 33, 136})  # DCCP and UDP-Lite too


MAX_BOXES = 2_048  # that one set may have; past it an answer is "not covered"


class TooManyBoxesError(LeadglassError):
    """Sets overlap so much that they outgrow `MAX_BOXES`."""


class Packet(NamedTuple):
    """One header: a witness."""

    source: int
    destination: int
    protocol: int
    source_port: int
    destination_port: int


class Box(NamedTuple):
    """All headers whose every field is in its set."""

    source: Intervals
    destination: Intervals
    protocol: Intervals
    source_port: Intervals
    destination_port: Intervals

    @property
    def first(self) -> Packet:
        """Its least header."""
        return Packet._make(field.first for field in self)

    def has(self, packet: Packet) -> bool:
        """Whether it holds the header."""
        return all(field.has(number) for field, number in zip(self, packet, strict=True))

    def meets(self, other: Box) -> bool:
        """Whether both hold a header."""
        return (
            self.source.meets(other.source)
            and self.destination.meets(other.destination)
            and self.destination_port.meets(other.destination_port)
            and self.protocol.meets(other.protocol)
            and self.source_port.meets(other.source_port)
        )

    def common(self, other: Box) -> Box | None:
        """What both hold."""
        if _apart(self.destination, other.destination) or _apart(self.source, other.source):
            return None
        found = []
        for mine, theirs in zip(self, other, strict=True):
            both = mine if mine is theirs or mine == theirs else mine.common(theirs)
            if not both:
                return None
            found.append(both)
        return Box._make(found)

    def without(self, other: Box) -> Iterator[Box]:
        """What ``other`` does not hold, in at most five disjoint boxes."""
        if not self.meets(other):
            yield self
            return
        inside: list[Intervals] = list(self)
        for index, (mine, theirs) in enumerate(zip(self, other, strict=True)):
            outside = mine.without(theirs)
            if outside:
                yield Box._make((*inside[:index], outside, *self[index + 1 :]))
                inside[index] = mine.common(theirs)


def _apart(one: Intervals, other: Intervals) -> bool:
    """Whether their outer ends tell that they share nothing; most pairs are told apart by these."""
    mine, theirs = one.spans, other.spans
    return not mine or not theirs or mine[-1][1] < theirs[0][0] or theirs[-1][1] < mine[0][0]


Headers = tuple[Box, ...]
"""A set of headers: the union of its boxes, which may overlap."""

NOTHING: Headers = ()


def headers(
    source: Intervals = EVERY,
    destination: Intervals = EVERY,
    protocol: Intervals = PROTOCOLS,
    source_port: Intervals = PORTS,
    destination_port: Intervals = PORTS,
) -> Headers:
    """The headers with these fields: a box for each IP version that has any."""
    found = []
    for v6 in (False, True):
        box = Box(of_version(source, v6=v6), of_version(destination, v6=v6), protocol, source_port, destination_port)
        if all(box):
            found.append(box)
    return tuple(found)


def of_version(addresses: Intervals, *, v6: bool) -> Intervals:
    """Those of one IP version."""
    spans = addresses.spans
    if not spans or (spans[-1][1] < V6 if v6 else spans[0][0] >= V6):
        return EMPTY
    if spans[0][0] >= V6 if v6 else spans[-1][1] < V6:
        return addresses
    return addresses.common(IPV6 if v6 else IPV4)


EVERYTHING = headers()


def common(some: Headers, others: Headers) -> Headers:
    """What both hold."""
    return tuple(both for mine in some for theirs in others if (both := mine.common(theirs)) is not None)


def without(some: Iterable[Box], others: Iterable[Box]) -> Headers:
    """What ``others`` do not hold.

    Raises:
        TooManyBoxesError: it is more than `MAX_BOXES` boxes.
    """
    left = list(some)
    for other in others:
        if not left:
            break
        left = [part for box in left for part in box.without(other)]
        if len(left) > MAX_BOXES:
            raise TooManyBoxesError(
                f"the rules overlap so much that more than {MAX_BOXES} sets of packets had to be held apart",
                "what rests on them counts as not covered; fewer overlapping rules on this device would show it",
            )
    return tuple(left)


def within(some: Headers, others: Headers) -> bool:
    """Whether ``others`` hold all of it."""
    return not without(some, others)


def service(protocol: int, first: int, last: int) -> Headers:
    """Headers to these destination ports, from any address and port to any."""
    return headers(protocol=one(protocol), destination_port=span(first, last))
