"""Services and service groups of FortiOS as headers between two bounds. Never which application speaks.

Fortinet, FortiOS CLI Reference, ``config firewall service custom`` and ``group``: a range is
destination[-last][:source[-last]], and several stand after each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from leadglass.network.address import EVERY, IPV4, IPV6, network
from leadglass.network.headers import ICMP, ICMPV6, PORTS, PROTOCOLS, SCTP, TCP, UDP, Headers, headers
from leadglass.network.importers.fortios import predefined
from leadglass.network.importers.fortios.addresses import UNSET
from leadglass.network.importers.fortios.bounds import UNCLEAR, Matched
from leadglass.network.importers.fortios.notes import Notes
from leadglass.network.importers.fortios.spec import strange
from leadglass.network.importers.fortios.tables import SPECS
from leadglass.network.importers.fortios.tree import Node
from leadglass.network.intervals import Intervals, one, span, union

MAX_DEPTH = 32  # groups within groups
UDP_LITE = 136
RANGES = {"tcp-portrange": TCP, "udp-portrange": UDP, "sctp-portrange": SCTP, "udplite-portrange": UDP_LITE}
WITH_PORTS = frozenset({"TCP/UDP/SCTP", "TCP/UDP", "TCP/UDP/UDP-Lite/SCTP"})


class Port(NamedTuple):
    """Headers of one kind: protocols, source ports, destinations, destination ports."""

    protocol: Intervals
    source_port: Intervals
    addresses: Intervals
    destination_port: Intervals


Ports = tuple[Port, ...]
UNKNOWN = None
"""A service that was not understood: both empty and any."""


def ports(written: str) -> Intervals:
    """The ports of "104" or "11112-11115".

    Raises:
        ValueError: they are none.
    """
    first, dash, last = written.partition("-")
    low, high = int(first), int(last if dash else first)
    if not 0 <= low <= high <= 65_535:
        raise ValueError(f"not a range of ports: {written!r}")
    return span(low, high)


def ranges(words: Iterable[str], protocol: int, addresses: Intervals = EVERY) -> Ports:
    """What "80 443 513:512-1023" matches; raises like `ports`."""
    found = []
    for word in words:
        destination, colon, source = word.partition(":")
        found.append(Port(one(protocol), ports(source) if colon else PORTS, addresses, ports(destination)))
    return tuple(found)


def boxes(parts: Iterable[Port]) -> Headers:
    """Headers of all, in as few boxes as those of one kind allow."""
    kinds: dict[tuple[Intervals, Intervals, Intervals], list[Intervals]] = {}
    for part in parts:
        kinds.setdefault(part[:3], []).append(part.destination_port)
    return tuple(
        box
        for (protocol, source, addresses), found in kinds.items()
        for box in headers(
            source=_version(addresses), destination=addresses, protocol=protocol, source_port=source,
            destination_port=union(found),
        )
    )  # fmt: skip


def _version(addresses: Intervals) -> Intervals:
    """Sources that can write to these at all."""
    return IPV4 if addresses.within(IPV4) else IPV6 if addresses.within(IPV6) else EVERY


class ServiceBook:
    """The services of one VDOM."""

    def __init__(self, tables: Node, notes: Notes) -> None:
        self.notes = notes
        self._custom = tables.table("firewall service custom").entries
        self._groups = tables.table("firewall service group").entries
        self._known: dict[str, Ports | None] = {}
        self._matched: dict[tuple[str, ...], Matched] = {}
        self._open: list[str] = []

    def all_of(self, names: tuple[str, ...], line: int) -> Matched:
        """What a list of names on a line matches; of none: unknown."""
        known = self._matched.get(names)
        if known is None:
            parts = [self.of(name, line) for name in names]
            sure = boxes(part for each in parts if each is not None for part in each)
            whole = UNCLEAR if None in parts or not parts else Matched(sure, sure)
            known = self._matched[names] = Matched(whole.may, sure)
        return known

    def of(self, name: str, line: int) -> Ports | None:
        """What a name on a line matches, its members included; None: not known."""
        if name in self._known:
            return self._known[name]
        if name in self._open or len(self._open) >= MAX_DEPTH:
            chain = " → ".join((*self._open[-4:], name))
            self.notes.find(line, f"service group {name!r} contains itself, or groups too deep: {chain}")
            return UNKNOWN
        self._open.append(name)
        try:
            found = self._read(name, line)
        finally:
            self._open.pop()
        self._known[name] = found
        return found

    def _read(self, name: str, line: int) -> Ports | None:
        node, group = self._custom.get(name), self._groups.get(name)
        if node is not None:
            return self._service(node)
        if group is not None:
            if [*strange(group, SPECS["firewall service group"])] or not group.all("member"):
                return UNKNOWN
            return self._members(group.all("member"), group.at("member"))
        if name in predefined.GROUPS:
            return self._members(predefined.GROUPS[name], line)
        found = _factory(name)
        if found is None:
            self.notes.find(line, f"there is no service {name!r}: it may stand for any or none")
        return found

    def _members(self, names: tuple[str, ...], line: int) -> Ports | None:
        parts = [self.of(name, line) for name in names]
        sure = [part for part in parts if part is not None]
        return tuple(port for part in sure for port in part) if len(sure) == len(parts) else UNKNOWN

    def _service(self, node: Node) -> Ports | None:
        if [*strange(node, SPECS["firewall service custom"])]:
            return UNKNOWN
        try:
            found = self._headers(node)
        except ValueError as error:
            for said, _ in node.said:
                self.notes.miss(said)
            self.notes.find(node.line, f"service {node.name!r} cannot be read: {error}")
            return UNKNOWN
        if found is None:
            self.notes.find(node.line, f"service {node.name!r} does not say what it matches: any or nothing")
        return found

    def _headers(self, node: Node) -> Ports | None:
        kind = node.get("protocol", "TCP/UDP/SCTP")
        if any(node.all(name) for name in ("fqdn", "app-category", "application")) or node.get("proxy") == "enable":
            return UNKNOWN
        if node.get("app-service-type", "disable") != "disable":
            return UNKNOWN
        restricted = node.get("iprange", UNSET)
        addresses = EVERY if restricted == UNSET else network(restricted)
        if kind in WITH_PORTS:
            found = tuple(part for name, number in RANGES.items() for part in ranges(node.all(name), number, addresses))
            return found or UNKNOWN
        if kind == "IP":
            number = int(node.get("protocol-number", "0"))
            if not 0 <= number <= 255:
                raise ValueError(f"no protocol has the number {number}")
            return _ip(number, addresses)
        if kind in {"ICMP", "ICMP6"}:
            return _icmp(kind, node.get("icmptype"), node.get("icmpcode"), addresses)
        return UNKNOWN


def _ip(number: int, addresses: Intervals = EVERY) -> Ports:
    return (Port(one(number) if number else PROTOCOLS, PORTS, addresses, PORTS),)


def _icmp(kind: str, icmp_type: str, code: str, addresses: Intervals = EVERY) -> Ports:
    number, version = (ICMP, IPV4) if kind == "ICMP" else (ICMPV6, IPV6)
    found = PORTS
    if icmp_type:
        first = int(icmp_type) * 256
        found = span(first + int(code), first + int(code)) if code else span(first, first + 255)
        if not 0 <= first <= 255 * 256 or (code and not 0 <= int(code) <= 255):
            raise ValueError("no ICMP type and code")
    return (Port(one(number), PORTS, addresses.common(version), found),)


def _factory(name: str) -> Ports | None:
    if name in predefined.TCP_UDP:
        tcp, udp = predefined.TCP_UDP[name]
        return (*ranges(tcp.split(), TCP), *ranges(udp.split(), UDP))
    if name in predefined.IP:
        return _ip(predefined.IP[name])
    for kind, known in (("ICMP", predefined.ICMP), ("ICMP6", predefined.ICMP6)):
        if name in known:
            number = known[name]
            return _icmp(kind, "" if number is None else str(number), "")
    return UNKNOWN
