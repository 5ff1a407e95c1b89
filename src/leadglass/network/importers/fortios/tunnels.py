"""VPN of FortiOS as far as it says who is behind an interface and what a tunnel carries. Never keys or peers.

Fortinet, FortiOS CLI Reference, ``config vpn``. Only clients with a range of their own can be placed.
"""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.network.address import EVERY, IPV4, network
from leadglass.network.headers import EVERYTHING, NOTHING, Headers, headers, without
from leadglass.network.importers.fortios.addresses import UNSET, AddressBook, ipv4, ipv6
from leadglass.network.importers.fortios.bounds import Addresses, exactly, unknown
from leadglass.network.importers.fortios.interfaces import Interfaces, with_pool
from leadglass.network.importers.fortios.notes import Notes
from leadglass.network.importers.fortios.spec import loose, strange
from leadglass.network.importers.fortios.tables import SPECS
from leadglass.network.importers.fortios.tree import Node
from leadglass.network.importers.fortios.vdoms import ROOT, Vdom
from leadglass.network.rule import Action, Rule

WEAK = frozenset({"des", "3des", "md5", "null"})
WEAK_GROUPS = frozenset({"1", "2", "5"})


@dataclass(frozen=True, slots=True)
class Tunnels:
    """Of one VDOM.

    Attributes:
        interfaces: with clients behind them.
        learned: clients come from addresses that the file does not tell.
        rules: denials by selectors; each only perhaps.
    """

    interfaces: Interfaces
    learned: bool
    rules: tuple[Rule, ...]


def tunnels(vdom: Vdom, interfaces: Interfaces, books: tuple[AddressBook, AddressBook], notes: Notes) -> Tunnels:
    """The VPNs of a VDOM; a line that is not understood is a doubt, one of a selector makes what it carries unsure."""
    tables = vdom.tables
    learned = False
    table = tables.table("vpn ipsec phase1-interface")
    for name, node in table.entries.items():
        for line in strange(node, SPECS[table.name]):
            notes.doubt(line)
        if node.get("type", "static") == "dynamic":
            pool = _pool(node, notes)
            learned = learned or pool is None
            if pool is not None:
                interfaces = with_pool(interfaces, name, pool.may)
        _weak(node, notes)
    clients = _clients(tables, interfaces, vdom.name or ROOT, books, notes)
    for kind in ("vpn l2tp", "vpn pptp"):
        node = tables.table(kind)
        for line in loose(node, SPECS[kind]):
            notes.doubt(line)
        if node.get("status") == "enable":
            notes.find(
                node.line, f"{kind.partition(' ')[2].upper()} is on: a way in that current guidance no longer accepts"
            )
            learned = True
    return Tunnels(clients, learned, tuple(_selectors(tables, interfaces.names, books, notes)))


def _pool(node: Node, notes: Notes) -> Addresses | None:
    """Addresses that clients of a dial-up tunnel get; None: not told."""
    if node.get("mode-cfg") == "enable" and node.get("assign-ip-from", "range") == "range":
        try:
            return exactly(network(f"{node.get('ipv4-start-ip')}-{node.get('ipv4-end-ip')}"))
        except ValueError:
            notes.find(node.line, f"tunnel {node.name!r} does not tell which addresses its clients get")
    else:
        notes.find(node.line, f"whoever dials in by tunnel {node.name!r} brings routes that are not known here")
    return None


def _weak(node: Node, notes: Notes) -> None:
    parts = {part for word in node.all("proposal") for part in word.split("-")}
    weak = sorted(parts & WEAK) + sorted(f"group {one}" for one in set(node.all("dhgrp")) & WEAK_GROUPS)
    if weak:
        notes.find(node.at("proposal"), f"tunnel {node.name!r} accepts weak cryptography: {', '.join(weak)}")
    if node.get("mode") == "aggressive":
        notes.find(node.at("mode"), f"tunnel {node.name!r} begins in aggressive mode, which shows a hash of the key")


def _clients(
    tables: Node, interfaces: Interfaces, vdom: str, books: tuple[AddressBook, AddressBook], notes: Notes
) -> Interfaces:
    """Clients of the SSL VPN behind its interface."""
    node = tables.table("vpn ssl settings")
    for line in loose(node, SPECS["vpn ssl settings"]):
        notes.doubt(line)
    if node.get("status", "enable") != "enable" or not node.all("source-interface"):
        return interfaces
    notes.find(
        node.at("source-interface"), "the SSL VPN is on: a way in from " + ", ".join(node.all("source-interface"))
    )
    for book, setting in ((books[0], "tunnel-ip-pools"), (books[1], "tunnel-ipv6-pools")):
        pool = book.all_of(node.all(setting), node.at(setting))
        if pool.must == pool.may:
            interfaces = with_pool(interfaces, f"ssl.{vdom}", pool.must)
    return interfaces


def _selectors(tables: Node, names: frozenset[str], books: tuple[AddressBook, AddressBook], notes: Notes) -> list[Rule]:
    """What no selector of a tunnel names does not pass it; nothing is promised for what one names partly."""
    table = tables.table("vpn ipsec phase2-interface")
    carried: dict[str, list[Headers]] = {}
    first: dict[str, int] = {}
    for node in table.entries.values():
        odd = [*strange(node, SPECS[table.name])]
        for line in odd:
            notes.miss(line)
        name = node.get("phase1name")
        first.setdefault(name, node.line)
        ends = [unknown(EVERY)] * 2 if odd else [_selector(node, end, books) for end in ("src", "dst")]
        limited = any(node.get(one, "0") != "0" for one in ("protocol", "src-port", "dst-port"))
        carried.setdefault(name, []).append(NOTHING if limited else headers(ends[0].must, ends[1].must))
    rules = []
    for name, parts in carried.items():
        outward = tuple(box for part in parts for box in part)
        inward = tuple(box._replace(source=box.destination, destination=box.source) for box in outward)
        place = notes.place(first[name])
        for boxes, way in ((outward, "egress"), (inward, "ingress")):
            rest = without(EVERYTHING, boxes)
            if rest:
                side = frozenset({name}) if name in names else None
                rules.append(
                    Rule(
                        place,
                        Action.DENY,
                        rest,
                        NOTHING,
                        ingress=side if way == "ingress" else None,
                        egress=side if way == "egress" else None,
                        note="the tunnel's selectors may not carry it",
                    )
                )
    return rules


def _selector(node: Node, end: str, books: tuple[AddressBook, AddressBook]) -> Addresses:
    """Addresses of one end of a selector; without any it is all of IPv4."""
    kind = node.get(f"{end}-addr-type", "subnet")
    six = node.get(f"{end}-addr-type6", "")
    try:
        if six or node.all(f"{end}-subnet6"):
            return exactly(ipv6(node.get(f"{end}-subnet6", "::/0"))) if six in {"", "subnet"} else unknown(EVERY)
        if kind == "subnet":
            return exactly(ipv4(node.all(f"{end}-subnet") or (UNSET, UNSET)))
        if kind == "name":
            return books[0].of(node.get(f"{end}-name"), node.at(f"{end}-name"))
        if kind == "range":
            return exactly(network(f"{node.get(f'{end}-start-ip')}-{node.get(f'{end}-end-ip')}").common(IPV4))
        if kind == "ip":
            return exactly(network(node.get(f"{end}-start-ip")))
    except ValueError:
        return unknown(EVERY)
    return unknown(EVERY)
