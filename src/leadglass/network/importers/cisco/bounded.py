"""Addresses and services between two bounds: what a name may stand for, and what it certainly does. No syntax."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from leadglass.network.address import EVERY
from leadglass.network.headers import PORTS, PROTOCOLS, Box, Headers, headers
from leadglass.network.intervals import EMPTY, Intervals, union


class Addresses(NamedTuple):
    """Addresses: may ⊇ truth ⊇ must."""

    may: Intervals
    must: Intervals

    @property
    def exact(self) -> bool:
        """Whether both bounds are one."""
        return self.may == self.must


class Ports(NamedTuple):
    """Protocols with source and destination ports (ICMP: type × 256 + code as destination)."""

    protocol: Intervals = PROTOCOLS
    source: Intervals = PORTS
    destination: Intervals = PORTS


class Services(NamedTuple):
    """Services: may ⊇ truth ⊇ must."""

    may: tuple[Ports, ...]
    must: tuple[Ports, ...]


ANYWHERE = Addresses(EVERY, EVERY)
UNKNOWN_ADDRESSES = Addresses(EVERY, EMPTY)
NO_ADDRESSES = Addresses(EMPTY, EMPTY)
UNKNOWN_SERVICES = Services((Ports(),), ())
NO_SERVICES = Services((), ())


def exactly(addresses: Intervals) -> Addresses:
    """These and no others."""
    return Addresses(addresses, addresses)


def services(*ports: Ports) -> Services:
    """These and no others."""
    return Services(ports, ports)


def together(parts: Iterable[Addresses]) -> Addresses:
    """What any of the parts has."""
    found = list(parts)
    return Addresses(union(part.may for part in found), union(part.must for part in found))


def all_services(parts: Iterable[Services]) -> Services:
    """What any of the parts has, in as few entries as protocol and source port allow."""
    found = list(parts)
    return Services(
        _merged(port for part in found for port in part.may), _merged(p for part in found for p in part.must)
    )


def _merged(ports: Iterable[Ports]) -> tuple[Ports, ...]:
    by_source: dict[tuple[Intervals, Intervals], list[Intervals]] = {}
    for one in ports:
        by_source.setdefault((one.protocol, one.source), []).append(one.destination)
    by_ports: dict[tuple[Intervals, Intervals], list[Intervals]] = {}
    for (protocol, source), destinations in by_source.items():
        by_ports.setdefault((source, union(destinations)), []).append(protocol)
    return tuple(Ports(union(protocols), *both) for both, protocols in by_ports.items())


def matched(source: Addresses, destination: Addresses, service: Services) -> tuple[Headers, Headers]:
    """Headers that a match on all three can hold, and certainly holds."""
    return _headers(source.may, destination.may, service.may), _headers(source.must, destination.must, service.must)


def _headers(source: Intervals, destination: Intervals, ports: tuple[Ports, ...]) -> Headers:
    boxes: list[Box] = []
    for one in ports:
        boxes += headers(source, destination, *one)
    return tuple(boxes)
