"""Interfaces of FortiOS: networks, addresses, what is learned. Never who is behind them by a route.

Fortinet, FortiOS CLI Reference, ``config system interface``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import ip_interface

from leadglass.network.address import network, number
from leadglass.network.device import Interface
from leadglass.network.importers.fortios.addresses import UNSET
from leadglass.network.importers.fortios.notes import Notes
from leadglass.network.importers.fortios.spec import strange
from leadglass.network.importers.fortios.tables import INTERFACE
from leadglass.network.importers.fortios.tree import Node
from leadglass.network.importers.fortios.vdoms import Vdom
from leadglass.network.intervals import Intervals, one, union

MAX_INTERFACES = 20_000
LEARNED = {"dhcp": "DHCP", "pppoe": "PPPoE", "pppoa": "PPPoA", "delegated": "prefix delegation"}


@dataclass(frozen=True, slots=True)
class Interfaces:
    """Those of one VDOM.

    Attributes:
        all: in the order of the file.
        learned: some get address and routes from their network.
        captive: names of those behind which people must log in first.
        primary: the first IPv4 address of each, by name, where it has one.
    """

    all: tuple[Interface, ...]
    learned: bool = False
    captive: frozenset[str] = frozenset()
    primary: dict[str, int] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """Of all."""
        return frozenset(each.name for each in self.all)

    @property
    def networks(self) -> dict[str, Intervals]:
        """What is directly behind each, by name."""
        return {each.name: each.networks for each in self.all}

    def behind(self, address: int) -> str:
        """The interface that an address is directly behind; empty: none."""
        return next((each.name for each in self.all if each.enabled and each.networks.has(address)), "")


def interfaces(vdom: Vdom, notes: Notes) -> Interfaces:
    """The interfaces of a VDOM; a line that is not understood is a doubt."""
    found: list[Interface] = []
    learned = False
    captive = set()
    primary: dict[str, int] = {}
    for name, node in list(vdom.tables.table("system interface").entries.items())[:MAX_INTERFACES]:
        for line in strange(node, INTERFACE):
            notes.doubt(line)
        each, learns = _interface(name, node, notes)
        found.append(each)
        learned = learned or (learns and each.enabled)
        own = node.get("ip")
        if each.addresses and own and own.partition("/")[0] != UNSET:
            primary[name] = number(own.partition("/")[0])
        if node.get("security-mode") == "captive-portal":
            captive.add(name)
    return Interfaces(_linked(tuple(found), vdom, notes), learned, frozenset(captive), primary)


def _interface(name: str, node: Node, notes: Notes) -> tuple[Interface, bool]:
    """One, and whether it learns its address."""
    networks: list[Intervals] = []
    addresses: list[Intervals] = []
    six = node.table("ipv6")
    written = [(node, "ip"), (node, "remote-ip"), (six, "ip6-address")]
    if node.get("secondary-IP") == "enable":
        written += ((entry, "ip") for entry in node.table("secondaryip").entries.values())
    for where, setting in written:
        words = where.all(setting)
        if words and not words[0].startswith((UNSET, "::/0")):
            try:
                both = ip_interface("/".join(words))
            except ValueError:
                notes.doubt(where.at(setting), f"interface {name!r} has an address that cannot be read")
                continue
            networks.append(network(str(both.network)))
            if setting != "remote-ip":
                addresses.append(one(number(str(both.ip))))
    for key, entry in six.table("ip6-extra-addr").entries.items():
        try:
            networks.append(network(key))
            addresses.append(one(number(key.partition("/")[0])))
        except ValueError:
            notes.doubt(entry.line, f"interface {name!r} has an address that cannot be read")
    for table, setting in ((node.table("vrrp"), "vrip"), (six.table("vrrp6"), "vrip6")):
        for entry in table.entries.values():
            try:
                addresses += [one(number(entry.get(setting)))] if entry.get("status", "enable") == "enable" else []
            except ValueError:
                notes.doubt(entry.line, f"interface {name!r} has a virtual router whose address cannot be read")
    learned = {LEARNED.get(node.get("mode", "static")), LEARNED.get(six.get("ip6-mode", "static"))} - {None}
    if six.get("autoconf") == "enable":
        learned.add("router advertisements")
    for protocol in sorted(filter(None, learned)):
        notes.find(node.line, f"interface {name!r} gets its address and routes by {protocol}: they are not known here")
    vrf = node.get("vrf", "0")
    found = Interface(
        name,
        union(networks),
        union(addresses),
        vrf="" if vrf == "0" else vrf,
        enabled=node.get("status", "up") == "up",
        place=notes.place(node.line),
    )
    return found, bool(learned)


def _linked(all_of: tuple[Interface, ...], vdom: Vdom, notes: Notes) -> tuple[Interface, ...]:
    """Each end of a link between VDOMs must have an address, or nobody can say what is behind it."""
    for each in all_of:
        stem, end = each.name[:-1], each.name[-1:]
        link = stem in vdom.links or (stem.startswith("npu") and stem.endswith("_vlink"))
        if link and end in {"0", "1"} and each.enabled and not each.networks:
            peer = stem + str(1 - int(end))
            if peer in vdom.peers or stem in vdom.links:
                notes.doubt(
                    each.place.line, f"link between VDOMs {each.name!r} has no address: what crosses it is unknown"
                )
    return all_of


def with_pool(found: Interfaces, name: str, pool: Intervals) -> Interfaces:
    """With clients of a VPN behind an interface."""
    return replace(
        found,
        all=tuple(
            replace(each, networks=each.networks.union(pool)) if each.name == name else each for each in found.all
        ),
    )
