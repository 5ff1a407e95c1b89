"""Virtual IPs of FortiOS: which packets get another destination, and which. Never which policy lets them pass.

Fortinet, FortiOS Administration Guide, "Destination NAT": a virtual IP counts once a policy names it as destination;
with central NAT it counts by itself. What it has translated carries its name as tag, for only policies that name it,
and denying ones with ``match-vip``, match that.
"""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.network.address import IPV4, IPV6, network
from leadglass.network.headers import ICMP, ICMPV6, PORTS, PROTOCOLS, SCTP, TCP, UDP, Headers, common, headers
from leadglass.network.importers.fortios.addresses import AddressBook
from leadglass.network.importers.fortios.notes import Notes
from leadglass.network.importers.fortios.services import ServiceBook, ports
from leadglass.network.importers.fortios.spec import strange
from leadglass.network.importers.fortios.tables import SPECS
from leadglass.network.importers.fortios.tree import Node
from leadglass.network.importers.fortios.zones import Zones
from leadglass.network.intervals import EMPTY, Intervals, one, union

MAX_PORTS = 64  # of a shifted range, each followed by itself; of a longer one only the range is known
MAX_VIPS = 20_000
_PROTOCOLS = {"tcp": TCP, "udp": UDP, "sctp": SCTP}


@dataclass(frozen=True, slots=True)
class VirtualIp:
    """One.

    Attributes:
        name: also the tag of what it translates.
        may, must: headers that it can translate, and certainly does when it counts.
        external, mapped: addresses before and after.
        ports: pairs of a destination port before and after; None: the port stays.
        ingress: interfaces that it listens on; None: any.
        both_ways: what its mapped hosts begin may get the external address.
        ends: its external and mapped addresses together.
    """

    name: str
    line: int
    may: Headers
    must: Headers
    external: Intervals
    mapped: Intervals
    ports: tuple[tuple[Intervals, Intervals], ...] | None
    ingress: frozenset[str] | None
    both_ways: bool
    ends: Intervals = EMPTY

    @property
    def shifts(self) -> bool:
        """Whether each external address becomes the mapped one at the same place."""
        return self.external.size == self.mapped.size and len(self.external.spans) == len(self.mapped.spans) == 1

    def inside(self, external: Intervals) -> Intervals:
        """The mapped addresses that packets to some external ones may get."""
        mine = self.external.common(external)
        if not self.shifts:
            return self.mapped if mine else EMPTY
        shift = self.mapped.first - self.external.first
        return Intervals(tuple((first + shift, last + shift) for first, last in mine.spans))


@dataclass(frozen=True, slots=True)
class VirtualIps:
    """Those of a VDOM that can be read, by name, with what groups of them hold."""

    known: dict[str, VirtualIp]
    groups: dict[str, tuple[str, ...]]
    others: frozenset[str] = frozenset()

    def named(self, name: str) -> tuple[VirtualIp, ...] | None:
        """What a name in a policy means; None: it names no virtual IP."""
        if name in self.known:
            return (self.known[name],)
        if name in self.groups:
            return tuple(self.known[each] for each in self.groups[name] if each in self.known)
        return () if name in self.others else None


def virtual_ips(
    tables: Node, zones: Zones, books: tuple[AddressBook, AddressBook], services: ServiceBook, notes: Notes
) -> VirtualIps:
    """The virtual IPs of a VDOM; one that is not understood is a doubt."""
    known: dict[str, VirtualIp] = {}
    others = set()
    groups: dict[str, tuple[str, ...]] = {}
    for kind, book in (("firewall vip", books[0]), ("firewall vip6", books[1])):
        for name, node in list(tables.table(kind).entries.items())[:MAX_VIPS]:
            odd = [*strange(node, SPECS[kind])]
            for line in odd:
                notes.doubt(line)
            try:
                found = None if odd else _read(node, zones, book, services, notes)
            except ValueError as error:
                notes.doubt(node.line, f"virtual IP {name!r} cannot be read: {error}")
                found = None
            if found is None:
                others.add(name)
            else:
                known[name] = found
    for kind in ("firewall vipgrp", "firewall vipgrp6"):
        for name, node in tables.table(kind).entries.items():
            for line in strange(node, SPECS[kind]):
                notes.doubt(line)
            groups[name] = node.all("member")
            for member in node.all("member"):
                if member not in known and member not in others:
                    notes.doubt(node.at("member"), f"group {name!r} holds {member!r}, which is no virtual IP")
    return VirtualIps(known, groups, frozenset(others))


def _read(node: Node, zones: Zones, book: AddressBook, services: ServiceBook, notes: Notes) -> VirtualIp | None:
    kind = node.get("type", "static-nat")
    if node.get("status", "enable") != "enable" or kind == "dns-translation":
        return None
    if kind not in {"static-nat", "load-balance", "server-load-balance", "fqdn"}:
        notes.doubt(node.line, f"virtual IP {node.name!r} of type {kind!r}: what it leads to is not followed")
        return None
    if "enable" in {node.get("nat46"), node.get("nat64")} or "disable" in {node.get("nat44"), node.get("nat66")}:
        notes.doubt(node.line, f"virtual IP {node.name!r} changes the IP version: what it leads to is not followed")
        return None
    version = IPV6 if book.six else IPV4
    external = _range(node.get("extip"), version) if node.all("extip") else EMPTY
    if not external or external.has(0):
        if not node.all("extaddr"):
            raise ValueError("it has no external address")
        external = book.all_of(node.all("extaddr"), node.at("extaddr")).may
    sure = kind == "static-nat" and not node.all("extaddr")
    mapped, inner_ports = _mapped(node, kind, version)
    if sure and external.size != mapped.size:
        sure = False
    side = zones.side(node.all("srcintf-filter") or node.all("extintf") or ("any",), node.at("extintf"), notes)
    sources = union(_range(word, version) for word in node.all("src-filter")) if node.all("src-filter") else version
    found = headers(source=sources, destination=external)
    pairs: tuple[tuple[Intervals, Intervals], ...] | None = None
    if node.get("portforward") == "enable" or kind == "server-load-balance":
        pairs, protocol = _ports(node, inner_ports)
        outer = union(pair[0] for pair in pairs) if pairs is not None else PORTS
        found = headers(source=sources, destination=external, protocol=protocol, destination_port=outer)
    if node.all("service"):
        limited = services.all_of(node.all("service"), node.at("service"))
        may, must = common(found, limited.may), common(found, limited.must)
    else:
        may = must = found
    if kind != "static-nat":
        notes.find(node.line, f"virtual IP {node.name!r} spreads connections: which server gets one is not known")
    ingress = None if side.unsure else side.interfaces
    certain = sure and not side.unsure and not node.all("src-vip-filter")
    both = kind == "static-nat" and pairs is None
    return VirtualIp(
        node.name,
        node.line,
        may,
        must if certain else (),
        external,
        mapped,
        pairs,
        ingress,
        both,
        external.union(mapped),
    )


def _range(written: str, version: Intervals) -> Intervals:
    found = network(written)
    if not found.within(version):
        raise ValueError(f"{written!r} is of the other IP version")
    return found


def _mapped(node: Node, kind: str, version: Intervals) -> tuple[Intervals, Intervals]:
    """Addresses behind it, and the ports that its servers have of their own."""
    if kind == "fqdn":
        return version, EMPTY
    if kind == "server-load-balance":
        servers = node.table("realservers").entries.values()
        found = union(_range(each.get("ip"), version) for each in servers if each.all("ip"))
        if any(each.get("type", "ip") != "ip" for each in servers):
            found = version
        numbers = [int(each.get("port", "0")) for each in servers]
        return found or version, union(one(number) for number in numbers if number)
    if not node.all("mappedip"):
        raise ValueError("it has no mapped address")
    return union(_range(word, version) for word in node.all("mappedip")), EMPTY


def _ports(node: Node, inner: Intervals) -> tuple[tuple[tuple[Intervals, Intervals], ...] | None, Intervals]:
    """Pairs of ports, and the protocol; None where the port stays."""
    kind = node.get("protocol", "tcp")
    if kind == "icmp":
        return None, one(ICMP).union(one(ICMPV6))
    if kind not in _PROTOCOLS:
        return ((PORTS, PORTS),), PROTOCOLS
    if not node.all("extport") and node.get("type") != "server-load-balance":
        raise ValueError("it forwards a port and does not say which")
    outer = _of(node.get("extport"))
    after = inner or (_of(node.get("mappedport")) if node.all("mappedport") else outer)
    protocol = one(_PROTOCOLS[kind])
    if outer == after:
        return ((outer, outer),), protocol
    if outer.size == after.size and outer.size <= MAX_PORTS:
        shift = after.first - outer.first
        return tuple((one(each), one(each + shift)) for each in _few(outer)), protocol
    return ((outer, after),), protocol


def _of(written: str) -> Intervals:
    """Ports of "8080" or "8080-8090"; of "0" or nothing: any."""
    return PORTS if written in {"", "0", "0-65535"} else ports(written)


def _few(found: Intervals) -> list[int]:
    """Each of a few."""
    return [each for low, high in found.spans for each in range(low, high + 1)] if found.size <= MAX_PORTS else []
