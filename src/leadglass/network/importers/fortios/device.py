"""A FortiGate's VDOMs put together as devices, or as one. Order: virtual IPs, routes, policies, source translation.

Fortinet, FortiOS Administration Guide, "Parallel path processing: packet flow".
"""

from __future__ import annotations

from dataclasses import replace

from leadglass.network.device import Check, Coverage, Device, Interface, Route, Routing, Step, Translate, Translation
from leadglass.network.importers.fortios.addresses import AddressBook
from leadglass.network.importers.fortios.destination_nat import translations
from leadglass.network.importers.fortios.findings import management
from leadglass.network.importers.fortios.forward import access_lists, forward
from leadglass.network.importers.fortios.interfaces import interfaces
from leadglass.network.importers.fortios.notes import Notes
from leadglass.network.importers.fortios.policies import Policy, Shelf, policies
from leadglass.network.importers.fortios.routes import blackholes, drop, routes
from leadglass.network.importers.fortios.services import ServiceBook
from leadglass.network.importers.fortios.source_nat import Sources, by_policy, central, pools
from leadglass.network.importers.fortios.spec import loose
from leadglass.network.importers.fortios.tables import SPECS, is_idle, relevant
from leadglass.network.importers.fortios.tree import Node
from leadglass.network.importers.fortios.tunnels import tunnels
from leadglass.network.importers.fortios.vdoms import Vdom
from leadglass.network.importers.fortios.version import Version, matches_vip
from leadglass.network.importers.fortios.virtual_ips import VirtualIp, VirtualIps, virtual_ips
from leadglass.network.importers.fortios.zones import zones
from leadglass.network.intervals import union

READ_BY_THEMSELVES = frozenset({"firewall policy", "firewall policy6", "system sdwan", "system virtual-wan-link",
                                "vpn ssl settings", "vpn l2tp", "vpn pptp"})  # fmt: skip


def device(vdom: Vdom, known: Version | None, name: str, notes: Notes) -> Device:
    """One VDOM as a device."""
    tables = vdom.tables
    _doubts(tables, notes)
    for line in vdom.shared:
        notes.doubt(line)
    found = interfaces(vdom, notes)
    networks = found.networks
    books = AddressBook(tables, notes, networks), AddressBook(tables, notes, networks, six=True)
    sides = zones(tables, found, notes)
    services = ServiceBook(tables, notes)
    virtual = virtual_ips(tables, sides, books, services, notes)
    is_central = tables.table("system settings").get("central-nat") == "enable"
    shelf = Shelf(tables, sides, books, services, virtual, matches_vip(known), is_central)
    listed = policies(shelf, notes)
    through = tunnels(vdom, found, books, notes)
    found = through.interfaces
    ways = routes(tables, found, sides, books, notes)
    counting = _counting(virtual, listed, is_central=is_central)
    both_ways = [vip for vip, _ in counting if vip.both_ways]
    hosts, public = union(vip.mapped for vip in both_ways), union(vip.external for vip in both_ways)
    sources = Sources(found, pools(tables, notes), hosts, public)
    outward = central(shelf, books, sources, notes) if is_central else by_policy(listed, sources)
    holes = blackholes(ways.table)
    steps: list[Step] = [*access_lists(shelf, books, notes)]
    if counting:
        steps.append(Translate(translations(counting, notes)))
    if ways.policies is not None:
        steps.append(ways.policies)
    steps += [Routing(), *([drop(holes)] if holes else []), forward(listed, shelf, found, through.rules, notes)]
    if outward:
        steps.append(Translate(outward))
    management(tables, notes)
    notes.assume("security profiles and DoS policies let pass what a policy accepts")
    notes.assume("helpers (FTP, SIP …) open no more than belongs to a connection that a policy accepted")
    return Device(
        name,
        "fortios",
        (*found.all, *holes),
        ways.table,
        tuple(steps),
        ways.dynamic or through.learned,
        _coverage(tables, notes),
        tuple(notes.place(line) for line in sorted(notes.doubts)),
        tuple(notes.assumptions),
        tuple((notes.place(line), words) for line, words in sorted(notes.findings)),
    )


def _counting(virtual: VirtualIps, listed: tuple[Policy, ...], *, is_central: bool) -> list[tuple[VirtualIp, bool]]:
    """Virtual IPs that count, each with whether it certainly does."""
    named = {name for policy in listed for name in policy.virtual}
    found = []
    for vip in virtual.known.values():
        if is_central or vip.name in named:
            found.append((vip, True))
        elif "*" in named:
            found.append((vip, False))
    return found


def _doubts(tables: Node, notes: Notes) -> None:
    """What makes all of a VDOM uncertain: modes that are not covered, lines and tables that nobody understood."""
    for line in tables.unread:
        notes.doubt(line)
    for name, table in tables.tables.items():
        spec = SPECS.get(name)
        if spec is not None and name not in READ_BY_THEMSELVES:
            for line in loose(table, spec):
                notes.doubt(line)
        elif spec is None and not is_idle(name) and _says(table):
            notes.doubt(table.line, f"table {name!r} is not understood")
    settings = tables.table("system settings")
    for setting, value, words in (
        ("opmode", "transparent", "the VDOM is in transparent mode, which is not covered"),
        ("ngfw-mode", "policy-based", "policies by application (NGFW mode) are not covered"),
        ("consolidated-firewall-mode", "enable", "consolidated policies of FortiOS 6.2 are not covered"),
        ("asymroute", "enable", "packets outside of any connection pass (asymmetric routing)"),
        ("asymroute6", "enable", "IPv6 packets outside of any connection pass (asymmetric routing)"),
        ("vdom-type", "lan-extension", "a LAN extension VDOM is not covered"),
    ):
        if settings.get(setting) == value:
            notes.doubt(settings.at(setting), words)
    for name in ("web-proxy explicit", "ftp-proxy explicit"):
        if tables.table(name).get("status") == "enable":
            notes.doubt(tables.table(name).at("status"), "an explicit proxy is on: what it passes on is not followed")
    for node in tables.table("firewall proxy-policy").entries.values():
        if node.get("action", "deny") != "deny" and node.get("status", "enable") == "enable":
            notes.doubt(node.line, f"proxy policy {node.name}: what a proxy passes on is not followed")
    for node in tables.table("system virtual-wire-pair").entries.values():
        notes.doubt(node.line, f"virtual wire pair {node.name!r} passes frames without routing: not covered")


def _says(table: Node) -> bool:
    return bool(table.entries or table.said or table.unread or table.tables)


def _coverage(tables: Node, notes: Notes) -> Coverage:
    lines = set(tables.unread)
    understood_not = set(tables.unread) | notes.missed
    for table in tables.tables.values():
        if table.name in SPECS or is_idle(table.name) or _says(table):
            mine = set(relevant(table))
            lines |= mine
            if table.name not in SPECS:
                understood_not |= mine
    missed = sorted(lines & understood_not)
    return Coverage(len(lines), len(lines) - len(missed), tuple(notes.place(line) for line in missed))


def joined(parts: tuple[Device, ...], vdoms: tuple[Vdom, ...], name: str) -> Device:
    """The VDOMs as one device: each is a routing instance of its own, and each step speaks of its own interfaces."""
    if len(parts) == 1:
        return replace(parts[0], name=name)
    all_interfaces: list[Interface] = []
    all_routes: list[Route] = []
    before: list[Step] = []
    after: list[Step] = []
    for part, vdom in zip(parts, vdoms, strict=True):
        own = {one.name: _own(one.name, vdom.name) for one in part.interfaces}
        all_interfaces += (
            replace(one, name=own[one.name], vrf=_instance(vdom.name, one.vrf)) for one in part.interfaces
        )
        all_routes += (
            replace(one, interface=own.get(one.interface, one.interface), vrf=_instance(vdom.name, one.vrf))
            for one in part.routes
        )
        mine = frozenset(own.values())
        here = before
        for step in part.steps:
            if isinstance(step, Routing):
                here = after
            elif isinstance(step, Check):
                egress = step.egress and frozenset(own.get(one, one) for one in step.egress)
                here.append(replace(step, ingress=mine, egress=egress))
            else:
                here.append(Translate(tuple(_within(one, mine) for one in step.translations)))
    return Device(
        name,
        "fortios",
        tuple(all_interfaces),
        tuple(all_routes),
        (*before, Routing(), *after),
        any(part.dynamic for part in parts),
        Coverage(
            sum(part.coverage.relevant for part in parts),
            sum(part.coverage.understood for part in parts),
            tuple(place for part in parts for place in part.coverage.missed),
        ),
        tuple(dict.fromkeys(place for part in parts for place in part.doubts)),
        tuple(dict.fromkeys(words for part in parts for words in part.assumptions)),
        tuple(dict.fromkeys(finding for part in parts for finding in part.findings)),
    )


def _own(name: str, vdom: str) -> str:
    """Interfaces have one name on the whole box; black holes are there for each VDOM."""
    return f"{name} {vdom}" if name.startswith("(") else name


def _instance(vdom: str, vrf: str) -> str:
    return f"{vdom}:{vrf}" if vrf else vdom


def _within(one: Translation, mine: frozenset[str]) -> Translation:
    return replace(one, ingress=mine if one.ingress is None else one.ingress & mine)
