"""Address objects and groups of FortiOS as two bounds. Never asks a name server or a map of countries.

Fortinet, FortiOS CLI Reference, ``config firewall address``, ``addrgrp``, ``address6``, ``addrgrp6``.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from leadglass.network.address import IPV4, IPV6, network
from leadglass.network.importers.fortios import predefined
from leadglass.network.importers.fortios.bounds import Addresses, exactly, together, unknown
from leadglass.network.importers.fortios.notes import Notes
from leadglass.network.importers.fortios.spec import strange
from leadglass.network.importers.fortios.tables import SPECS
from leadglass.network.importers.fortios.tree import Node
from leadglass.network.intervals import EMPTY, Intervals, of, span

MAX_DEPTH = 32  # groups within groups
UNSET = "0.0.0.0"  # noqa: S104 (FortiOS' word for "none given", and with itself as mask for any)
MAX_HOLES = 10  # bits that a wildcard leaves open above those at its end

ELSEWHERE = {
    "fqdn": "stands for what a name server answers",
    "wildcard-fqdn": "stands for what a name server answers",
    "geography": "stands for a country",
    "dynamic": "is filled by another system",
    "mac": "stands for hardware addresses",
    "route-tag": "stands for routes that carry a tag",
}


def ipv4(words: tuple[str, ...]) -> Intervals:
    """The addresses of "10.0.0.0 255.0.0.0", "10.0.0.0/8", "10.0.0.1" or "10.0.0.1-10.0.0.9".

    Raises:
        ValueError: they are none.
    """
    if not 1 <= len(words) <= 2:
        raise ValueError(f"not an address and its mask: {' '.join(words)!r}")
    found = network("/".join(words))
    if not found.within(IPV4):
        raise ValueError(f"not an IPv4 address: {' '.join(words)!r}")
    return found


def ipv6(word: str) -> Intervals:
    """The addresses of "fd00::/64", "fd00::1" or "fd00::1-fd00::9".

    Raises:
        ValueError: they are none.
    """
    if ":" not in word:
        raise ValueError(f"not an IPv6 address: {word!r}")
    return network(word).common(IPV6)


class AddressBook:
    """The objects of one VDOM for one IP version.

    Args:
        tables: of the VDOM.
        six: IPv6.
        connected: networks of interfaces, by name, for objects that follow them.
    """

    def __init__(self, tables: Node, notes: Notes, connected: dict[str, Intervals], *, six: bool = False) -> None:
        ending = "6" if six else ""
        self.every = IPV6 if six else IPV4
        self.six = six
        self.notes = notes
        self._connected = connected
        self._objects = tables.table(f"firewall address{ending}").entries
        self._groups = tables.table(f"firewall addrgrp{ending}").entries
        self._written = predefined.ADDRESSES6 if six else predefined.ADDRESSES
        self._known: dict[str, Addresses] = {}
        self._open: list[str] = []

    def knows(self, name: str) -> bool:
        """Whether there is an object or group of the name."""
        return name in self._objects or name in self._groups or name in self._written

    def all_of(self, names: tuple[str, ...], line: int) -> Addresses:
        """What a list of names on a line stands for."""
        return together(self.of(name, line) for name in names)

    def of(self, name: str, line: int) -> Addresses:
        """What a name on a line stands for."""
        known = self._known.get(name)
        if known is not None:
            return known
        if name in self._open or len(self._open) >= MAX_DEPTH:
            chain = " → ".join((*self._open[-4:], name))
            self.notes.find(line, f"address group {name!r} contains itself, or groups too deep: {chain}")
            return unknown(self.every)
        self._open.append(name)
        try:
            found = self._read(name, line)
        finally:
            self._open.pop()
        self._known[name] = found
        return found

    def _read(self, name: str, line: int) -> Addresses:
        node = self._objects.get(name)
        if node is not None:
            return self._object(node)
        group = self._groups.get(name)
        if group is not None:
            return self._group(group)
        if name in self._written:
            words = tuple(self._written[name].split())
            return exactly(ipv6(words[0]) if self.six else ipv4(words))
        self.notes.find(line, f"there is no address {name!r}: it may stand for any or none")
        return unknown(self.every)

    def _group(self, node: Node) -> Addresses:
        if [*strange(node, SPECS["firewall addrgrp"])] or not node.all("member"):
            return unknown(self.every)
        found = self.all_of(node.all("member"), node.at("member"))
        if node.get("exclude") == "enable":
            found = found.less(self.all_of(node.all("exclude-member"), node.at("exclude-member")))
        return found

    def _object(self, node: Node) -> Addresses:
        if [*strange(node, SPECS["firewall address"])]:
            return unknown(self.every)
        kind = node.get("type", "ipprefix" if self.six else "ipmask")
        try:
            found = self._six(node, kind) if self.six else self._four(node, kind)
        except ValueError as error:
            for said, _ in node.said:
                self.notes.miss(said)
            self.notes.find(node.line, f"address {node.name!r} cannot be read: {error}")
            return unknown(self.every)
        if found is None:
            why = ELSEWHERE.get(kind, f"is of type {kind!r}")
            self.notes.find(node.line, f"address {node.name!r} {why}: it may stand for any or none")
            return unknown(self.every)
        return found

    def _four(self, node: Node, kind: str) -> Addresses | None:
        if kind in {"ipmask", "subnet"}:
            return exactly(ipv4(node.all("subnet") or (UNSET, UNSET)))
        if kind == "iprange":
            return exactly(network(f"{node.get('start-ip')}-{node.get('end-ip')}").common(IPV4))
        if kind == "wildcard":
            return _wildcard(node.all("wildcard"))
        if kind == "interface-subnet":
            now = self._connected.get(node.get("interface"), EMPTY).common(IPV4)
            written = node.all("subnet")
            return exactly(now) if now and (not written or ipv4(written) == now) else None
        return None

    def _six(self, node: Node, kind: str) -> Addresses | None:
        if kind == "ipprefix":
            return exactly(ipv6(node.get("ip6", "::/0")))
        if kind == "iprange":
            return exactly(ipv6(f"{node.get('start-ip')}-{node.get('end-ip')}"))
        return None


def _wildcard(words: tuple[str, ...]) -> Addresses:
    """Addresses that agree with the first where the second has ones."""
    if len(words) != 2:
        raise ValueError("not an address and its wildcard mask")
    mask = int(IPv4Address(words[1]))
    base = int(IPv4Address(words[0])) & mask
    free = ~mask & 0xFFFFFFFF
    low = (mask & -mask).bit_length() - 1 if mask else 32
    tail = (1 << low) - 1
    holes = [bit for bit in range(low, 32) if free >> bit & 1]
    if len(holes) > MAX_HOLES:
        return Addresses(span(base, base | free), EMPTY)
    starts = [base]
    for bit in holes:
        starts += [start | 1 << bit for start in starts]
    return exactly(of((start, start | tail) for start in starts))
