"""Routes of FortiOS: static ones as they stand; what is learned or chosen by policy makes the ways uncertain.

Fortinet, FortiOS Administration Guide, "Routing concepts": the longest prefix wins, then the least distance, then the
least priority; policy routes come before the table.
"""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.network.address import EVERY, IPV4, IPV6, number
from leadglass.network.device import Check, Interface, Route
from leadglass.network.headers import headers
from leadglass.network.importers.fortios.addresses import UNSET, AddressBook, ipv4, ipv6
from leadglass.network.importers.fortios.interfaces import Interfaces
from leadglass.network.importers.fortios.notes import Notes
from leadglass.network.importers.fortios.spec import strange
from leadglass.network.importers.fortios.tables import SPECS
from leadglass.network.importers.fortios.tree import Node
from leadglass.network.importers.fortios.zones import Zones
from leadglass.network.intervals import Intervals
from leadglass.network.rule import NOWHERE, Action, Chain, Chains, Rule

BLACKHOLE = "(blackhole)"
"""What an interface is called behind which nothing is, which no FortiGate can: `drop` is there."""
MAX_ROUTES = 100_000
PROTOCOLS = ("bgp", "ospf", "ospf6", "rip", "ripng", "isis")
SIGNS = frozenset({"neighbor", "neighbor-group", "neighbor-range", "area", "network", "interface", "ospf-interface",
                   "ospf6-interface", "isis-interface", "isis-net", "virtual-link"})  # fmt: skip
"""Tables in a routing protocol that show that it runs; a backup lists its other parts always."""


@dataclass(frozen=True, slots=True)
class Routes:
    """Of one VDOM.

    Attributes:
        table: static routes.
        dynamic: others may be learned.
        policies: a chain that knows the packets whose way a policy route may choose; None: there is none.
    """

    table: tuple[Route, ...]
    dynamic: bool
    policies: Check | None


def routes(
    tables: Node, interfaces: Interfaces, zones: Zones, books: tuple[AddressBook, AddressBook], notes: Notes
) -> Routes:
    """The routes of a VDOM; a line of a static one that is not understood is a doubt.

    Args:
        tables: of the VDOM.
        interfaces: that routes lead to.
        zones: of SD-WAN among them.
        books: addresses of IPv4 and IPv6.
        notes: take what is not understood.
    """
    found: list[Route] = []
    dynamic = interfaces.learned
    for kind, book in (("router static", books[0]), ("router static6", books[1])):
        for node in list(tables.table(kind).entries.values())[:MAX_ROUTES]:
            strange_lines = [*strange(node, SPECS[kind])]
            for line in strange_lines:
                notes.doubt(line)
            if node.get("status", "enable") == "enable" and not strange_lines:
                found += _static(node, interfaces, zones, book, notes)
                dynamic = dynamic or node.get("dynamic-gateway") == "enable"
    for protocol in PROTOCOLS:
        node = tables.table(f"router {protocol}")
        if _runs(node):
            dynamic = True
            notes.find(node.line, f"routes are learned by {protocol.upper()}: they are not known here")
    policies = _policy_routes(tables, zones, books, notes)
    return Routes(_useful(found), dynamic or policies is not None, policies)


def _runs(node: Node) -> bool:
    inner = any(each.unread for each in node.walk())
    return inner or bool(node.entries) or any(node.tables[name].entries for name in SIGNS & set(node.tables))


def _static(node: Node, interfaces: Interfaces, zones: Zones, book: AddressBook, notes: Notes) -> list[Route]:
    if any(node.get(name, "0") != "0" for name in ("internet-service", "internet-service-custom")):
        notes.doubt(
            node.line, "a route to a service on the Internet: which addresses these are, no configuration tells"
        )
        return []
    try:
        destination = _destination(node, book, notes)
        distance, priority = int(node.get("distance", "10")), int(node.get("priority", "0"))
        ways = _ways(node, interfaces, zones, six=book.six)
    except ValueError as error:
        notes.doubt(node.line, f"route {node.name} cannot be read: {error}")
        return []
    if destination is None:
        return []
    metric, place = (distance << 32) + priority, notes.place(node.line)
    vrf = node.get("vrf", "0")
    found = []
    for name, via in ways:
        owner = next((each for each in interfaces.all if each.name == name), None)
        if name != BLACKHOLE and owner is None:
            notes.doubt(node.line, f"route {node.name} leads to {name!r}, which is no interface here")
            continue
        own = owner.vrf if owner is not None else "" if vrf == "0" else vrf
        way = name if owner is not None else f"{BLACKHOLE} {own}".strip()
        found += [Route(Intervals((part,)), way, via, own, metric, place) for part in destination.spans]
    return found


def _destination(node: Node, book: AddressBook, notes: Notes) -> Intervals | None:
    name = node.get("dstaddr")
    if name:
        known = book.of(name, node.at("dstaddr"))
        if known.may != known.must:
            notes.doubt(node.line, f"route {node.name} leads to {name!r}, whose addresses are not known")
            return None
        return known.must
    return ipv6(node.get("dst", "::/0")) if book.six else ipv4(node.all("dst") or (UNSET, UNSET))


def _ways(node: Node, interfaces: Interfaces, zones: Zones, *, six: bool) -> list[tuple[str, int | None]]:
    """Interfaces and next hops of a route."""
    if node.get("blackhole") == "enable":
        return [(BLACKHOLE, None)]
    zone = node.all("sdwan-zone")
    if zone or "enable" in {node.get("sdwan"), node.get("virtual-wan-link")}:
        members = [each for each in zones.sdwan if not zone or each.zone in zone]
        return [(each.interface, _via(each.gateway6 if six else each.gateway)) for each in members]
    via = _via(node.get("gateway", "::" if six else UNSET))
    device = node.get("device")
    if not device and via is not None:
        device = interfaces.behind(via)
    return [(device, via if via is not None else _peer(device, interfaces))]


def _via(written: str) -> int | None:
    return None if written in {UNSET, "::"} else number(written)


def _peer(device: str, interfaces: Interfaces) -> int | None:
    """The other end of a point-to-point network, which a route by device alone leads to."""
    for each in interfaces.all:
        if each.name == device and each.networks.size == 4 and len(each.networks.spans) == 1:
            first = each.networks.first
            hosts = [host for host in (first + 1, first + 2) if not each.addresses.has(host)]
            return hosts[0] if len(hosts) == 1 else None
    return None


def _useful(found: list[Route]) -> tuple[Route, ...]:
    """Without black holes that count only while a better route to the same addresses is gone: nothing passes then."""
    best: dict[tuple[str, Intervals], int] = {}
    for route in found:
        if not route.interface.startswith(BLACKHOLE):
            key = (route.vrf, route.destination)
            best[key] = min(route.metric, best.get(key, route.metric))
    return tuple(
        route
        for route in found
        if not route.interface.startswith(BLACKHOLE)
        or best.get((route.vrf, route.destination), route.metric) >= route.metric
    )


def blackholes(found: tuple[Route, ...]) -> tuple[Interface, ...]:
    """The interfaces that stand for black holes: one for each routing instance that has any."""
    behind = sorted({(each.interface, each.vrf) for each in found if each.interface.startswith(BLACKHOLE)})
    return tuple(Interface(name, vrf=vrf) for name, vrf in behind)


def drop(holes: tuple[Interface, ...]) -> Check:
    """What becomes of packets that a route leads into a black hole."""
    end = Chain("blackhole", (), Action.DENY, NOWHERE)
    return Check(Chains(end), egress=frozenset(hole.name for hole in holes))


def _policy_routes(tables: Node, zones: Zones, books: tuple[AddressBook, AddressBook], notes: Notes) -> Check | None:
    """Packets that a policy route may send elsewhere may pass, and none must."""
    rules = [
        _policy_route(node, kind, zones, book, notes)
        for kind, book in (("router policy", books[0]), ("router policy6", books[1]))
        for node in tables.table(kind).entries.values()
        if node.get("status", "enable") == "enable" or [*strange(node, SPECS[kind])]
    ]
    if not rules:
        return None
    chain = Chain("policy routes", tuple(rules), Action.PERMIT, rules[0].place)
    return Check(Chains(chain))


def _policy_route(node: Node, kind: str, zones: Zones, book: AddressBook, notes: Notes) -> Rule:
    source = destination = IPV6 if book.six else IPV4
    ingress = None
    if not [*strange(node, SPECS[kind])]:
        side = zones.side(node.all("input-device") or ("any",), node.at("input-device"), notes)
        negated = node.get("input-device-negate") == "enable" or side.unsure
        ingress = None if negated else side.interfaces
        source = _end(node, "src", book)
        destination = _end(node, "dst", book)
    else:
        source = destination = EVERY
    notes.find(node.line, f"policy route {node.name}: the way of what it matches is not certain")
    note = "a policy route may choose another way"
    return Rule(notes.place(node.line), Action.UNKNOWN, headers(source, destination), (), ingress=ingress, note=note)


def _end(node: Node, end: str, book: AddressBook) -> Intervals:
    """The addresses that a policy route may match at one end."""
    if node.get(f"{end}-negate") == "enable":
        return book.every
    names = node.all(f"{end}addr")
    try:
        written = [ipv6(word) if book.six else ipv4((word,)) for word in node.all(end)]
    except ValueError:
        return book.every
    found = book.all_of(names, node.at(f"{end}addr")).may
    for each in written:
        found = found.union(each)
    return found or book.every
