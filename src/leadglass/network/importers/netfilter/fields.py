"""Conditions on single fields, as numbers in the kernel's own range. Never how a syntax writes them."""

from __future__ import annotations

from leadglass.network.address import IPV4, IPV6, V6, network
from leadglass.network.headers import ICMP, TCP, WITH_PORTS
from leadglass.network.headers import PROTOCOLS as EVERY_PROTOCOL
from leadglass.network.importers.netfilter.condition import (
    ESTABLISHED,
    INVALID,
    NEVER,
    NEW,
    RELATED,
    UNTRACKED,
    Condition,
    any_of,
    exactly,
)
from leadglass.network.importers.netfilter.names import FLAGS, STATES
from leadglass.network.intervals import Intervals, of, one, span, union

BYTE = span(0, 255)
MAX_SPANS = 4_096  # that a mask with holes may make
PORTED = of((number, number) for number in WITH_PORTS)
UNPORTED = EVERY_PROTOCOL.without(PORTED)
MULTICAST = union([network("224.0.0.0/4"), network("ff00::/8")])
TRACKED = union(one(bit) for bit in STATES.values())
_OF_STATE = {1: INVALID, 2: ESTABLISHED, 4: RELATED, 8: NEW, 64: UNTRACKED}

# The first packet of a connection carries SYN, and neither ACK nor RST nor FIN; whether PSH, URG and the bits of RFC
# 3168 are set is the sender's choice. What answers it, and all that follows, carries ACK; or RST.
_FREE = FLAGS["psh"] | FLAGS["urg"] | FLAGS["ece"] | FLAGS["cwr"]
_CHOICE = [bits for bits in range(256) if not bits & ~_FREE]
_FIRST = [FLAGS["syn"] | choice for choice in _CHOICE]
_LATER = [FLAGS["ack"] | more for more in (0, FLAGS["syn"], FLAGS["psh"], FLAGS["fin"], FLAGS["fin"] | FLAGS["psh"])]
_LATER.append(FLAGS["rst"])


def flags(values: Intervals) -> Condition:
    """TCP's flags are one of ``values``: of a packet that begins a connection, and of one that follows."""
    found = []
    for states, seen in ((NEW.union(UNTRACKED), _FIRST), (ESTABLISHED.union(RELATED), _LATER)):
        case = exactly(protocol=one(TCP), state=states)
        hits = sum(values.has(each) for each in seen)
        if hits:
            found.append(Condition(case.may, case.must if hits == len(seen) else ()))
    found.append(Condition(exactly(protocol=one(TCP), state=INVALID).may, ()))
    return any_of(found)


def state(values: Intervals, *, tracked: bool = True) -> Condition:
    """The connection's state is one of the bits; where nothing is tracked yet every packet is invalid to the kernel."""
    if not tracked:
        return exactly() if values.has(STATES["invalid"]) else NEVER
    return exactly(state=union(number for bit, number in _OF_STATE.items() if values.has(bit)))


def icmp(types: Intervals, codes: Intervals, protocol: int) -> Condition:
    """ICMP's type and code are among these."""
    spans = [(kind * 256 + low, kind * 256 + high) for a, b in types.spans for kind in range(a, b + 1)
             for low, high in codes.spans]  # fmt: skip
    version = IPV4 if protocol == ICMP else IPV6
    return exactly(protocol=one(protocol), destination_port=of(spans), source=version)


def icmp_domain(protocol: int) -> Condition:
    """Is ICMP, or ICMPv6."""
    return exactly(protocol=one(protocol), source=IPV4 if protocol == ICMP else IPV6)


def port(end: str, ports: Intervals, protocols: Intervals) -> Condition:
    """A port (``end`` is "source_port" or "destination_port") of one of these protocols.

    Of a protocol without ports the kernel compares whatever stands there: it may match.
    """
    sure = exactly(**{"protocol": protocols.common(PORTED), end: ports})
    rest = protocols.common(UNPORTED)
    return sure if not rest or not ports else Condition((*sure.may, *exactly(protocol=rest).may), sure.must)


def packet_type(values: Intervals) -> Condition:
    """How the packet came by its link: what is forwarded came to the device itself, or is multicast."""
    alone = exactly(destination=IPV4.union(IPV6).without(MULTICAST)) if values.has(0) else NEVER
    many = exactly(destination=MULTICAST)
    return any_of([alone, Condition(many.may, ()) if values.has(0) or values.has(2) else NEVER])


def masked(mask: int, values: Intervals, width: int) -> Intervals | None:
    """The numbers of ``width`` bits that are one of ``values`` under a mask; None past `MAX_SPANS`."""
    whole = (1 << width) - 1
    mask &= whole
    free = whole & ~mask
    low = (mask & -mask).bit_length() - 1 if mask else width  # bits below the mask: all their values, one span
    holes = [bit for bit in range(low, width) if free >> bit & 1]
    possible = values.common(span(0, whole))
    if 1 << len(holes) > MAX_SPANS or possible.size << len(holes) > MAX_SPANS:
        return whole_prefixes(possible, low, whole) if not holes else None
    found = []
    for first, last in possible.spans:
        for value in range(first, last + 1):
            if value & free:
                continue  # never the result of this mask
            for choice in range(1 << len(holes)):
                spread = sum(1 << bit for at, bit in enumerate(holes) if choice >> at & 1)
                found.append((value | spread, value | spread | ((1 << low) - 1)))
    return of(found)


def whole_prefixes(values: Intervals, low: int, whole: int) -> Intervals:
    """Numbers whose upper bits, the ``low`` others zero, are among ``values``."""
    step = 1 << low
    spans = (((first + step - 1) // step * step, last // step * step) for first, last in values.spans)
    return of((first, min(last + step - 1, whole)) for first, last in spans if first <= last)


def address_mask(mask: int, values: Intervals, version: Intervals) -> Intervals | None:
    """Addresses of one IP version that are one of ``values`` under a mask."""
    if version == IPV4:
        return masked(mask, values.common(IPV4), 32)
    shifted = of((first - V6, last - V6) for first, last in values.common(IPV6).spans)
    found = masked(mask, shifted, 128)
    return None if found is None else of((first + V6, last + V6) for first, last in found.spans)
