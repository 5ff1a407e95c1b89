"""Source translation of FortiOS: by policy, from pools, or central. Never which port a connection gets.

Fortinet, FortiOS Administration Guide, "Source NAT", "Central SNAT".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leadglass.network.address import IPV4, IPV6, network
from leadglass.network.device import Rewrite, Translation
from leadglass.network.headers import EVERYTHING, NOTHING, PORTS, Headers, common, headers
from leadglass.network.importers.fortios.addresses import AddressBook
from leadglass.network.importers.fortios.bounds import UNCLEAR, Matched
from leadglass.network.importers.fortios.interfaces import Interfaces
from leadglass.network.importers.fortios.notes import Notes
from leadglass.network.importers.fortios.policies import Policy, Shelf
from leadglass.network.importers.fortios.services import ports
from leadglass.network.importers.fortios.spec import strange
from leadglass.network.importers.fortios.tables import SPECS
from leadglass.network.importers.fortios.tree import Node
from leadglass.network.importers.fortios.zones import Side
from leadglass.network.intervals import EMPTY, Intervals, one, span, union
from leadglass.network.rule import Action, Place

Ways = tuple[frozenset[str] | None, frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where new source addresses come from.

    Attributes:
        hosts: addresses behind virtual IPs that count for both directions.
        public: what they may become.
    """

    interfaces: Interfaces
    pools: dict[str, Intervals]
    hosts: Intervals = EMPTY
    public: Intervals = EMPTY

    def outgoing(self, name: str, version: Intervals) -> Intervals:
        """The address that packets get which leave by an interface; where it is not known, any."""
        if version == IPV4 and name in self.interfaces.primary:
            return one(self.interfaces.primary[name])
        own = next((each.addresses for each in self.interfaces.all if each.name == name), EMPTY).common(version)
        return own or version


def pools(tables: Node, notes: Notes) -> dict[str, Intervals]:
    """Addresses of each pool; of one that is not understood, any."""
    found = {}
    for kind, version in (("firewall ippool", IPV4), ("firewall ippool6", IPV6)):
        for name, node in tables.table(kind).entries.items():
            try:
                given = network(f"{node.get('startip')}-{node.get('endip')}")
            except ValueError:
                given = EMPTY
            odd = [*strange(node, SPECS[kind])]
            for line in odd:
                notes.miss(line)
            if node.get("permit-any-host") == "enable":
                notes.doubt(node.at("permit-any-host"), f"pool {name!r} lets any host answer, whatever policies say")
            if not given and not odd:
                notes.miss(node.line)
            found[name] = version if odd or not given.within(version) or not given else given
    return found


def by_policy(policies: tuple[Policy, ...], sources: Sources) -> tuple[Translation, ...]:
    """What each policy makes of what it accepts, in their order."""
    accepting = [policy for policy in policies if policy.action is not Action.DENY]
    if not any(policy.nat for policy in accepting):
        return ()
    found: list[Translation] = []
    for policy in accepting:
        for part in policy.parts:
            sure = not (policy.ingress.unsure or policy.egress.unsure) and policy.nat != "unknown"
            may, must = part.matched if sure else (part.matched.may, NOTHING)
            way = _bound(policy.ingress), _bound(policy.egress)
            for version in (IPV4, IPV6):
                inside = headers(version, version)
                matched = Matched(common(may, inside), common(must, inside))
                if matched.may:
                    found += _made(policy, matched, version, way, part.tags, sources)
    return tuple(found)


def _bound(side: Side) -> frozenset[str] | None:
    return None if side.unsure else side.interfaces


def _made(
    policy: Policy, matched: Matched, version: Intervals, way: Ways, tags: frozenset[str] | None, sources: Sources
) -> Iterator[Translation]:
    """Translations of what one policy matches, of one IP version."""
    place = policy.place
    hosts, public = sources.hosts.common(version), sources.public.common(version)
    if policy.nat == "":
        yield _one(place, matched, None, way, tags)
    elif policy.nat == "unknown":
        yield _one(place, Matched(matched.may, NOTHING), version, way, tags)
    elif policy.nat == "pool":
        known = [sources.pools[name] for name in policy.pools if name in sources.pools]
        address = union(known).common(version)
        if len(known) < len(policy.pools) or not address:
            address = version
        yield _one(place, matched, address, way, tags)
    else:
        names = way[1] if way[1] is not None else sources.interfaces.names
        for name in sorted(names):
            address = sources.outgoing(name, version)
            only = (way[0], frozenset({name}))
            own = headers(source=hosts)  # a host with a public address of its own may keep that
            part = Matched(common(matched.may, own), common(matched.must, own))
            if part.may:
                yield _one(place, part, address.union(public), only, tags)
            # Whether IPv6 is translated at all is the version's choice.
            must = matched.must if version == IPV4 else NOTHING
            yield _one(place, Matched(matched.may, must), address, only, tags)


def _one(
    place: Place, matched: Matched, address: Intervals | None, way: Ways, tags: frozenset[str] | None
) -> Translation:
    return Translation(
        place,
        Rewrite.SOURCE,
        *matched,
        address=address,
        exempt=address is None,
        ingress=way[0],
        egress=way[1],
        tags=tags,
        note="" if matched.must else "whether it translates is not certain",
    )


def central(
    shelf: Shelf, books: tuple[AddressBook, AddressBook], sources: Sources, notes: Notes
) -> tuple[Translation, ...]:
    """``central-snat-map``: the first that matches is taken, whatever the policy says."""
    found: list[Translation] = []
    table = shelf.tables.table("firewall central-snat-map")
    for node in table.entries.values():
        odd = [*strange(node, SPECS[table.name])]
        for line in odd:
            notes.miss(line)
        if not odd and node.get("status", "enable") != "enable":
            continue
        six = node.get("type", "ipv4") == "ipv6"
        matched = UNCLEAR if odd else _central(node, books[six], six=six)
        sides = [shelf.zones.side(node.all(end), node.at(end), notes) for end in ("srcintf", "dstintf")]
        if odd or any(side.unsure for side in sides):
            matched = Matched(EVERYTHING if odd else matched.may, NOTHING)
        way = (None, None) if odd else (_bound(sides[0]), _bound(sides[1]))
        nat = "unknown" if odd else "" if node.get("nat", "enable") == "disable" else "interface"
        names = (*node.all("nat-ippool"), *node.all("nat-ippool6"))
        if nat and names:
            nat = "pool"
        policy = Policy(notes.place(node.line), Action.PERMIT, Side(None), Side(None), (), nat, names)
        for version in (IPV4, IPV6):
            inside = headers(version, version)
            part = Matched(common(matched.may, inside), common(matched.must, inside))
            if part.may:
                found += _made(policy, part, version, way, None, sources)
    return tuple(found)


def _central(node: Node, book: AddressBook, *, six: bool) -> Matched:
    ending = "6" if six else ""
    source = book.all_of(node.all(f"orig-addr{ending}"), node.at(f"orig-addr{ending}"))
    target = book.all_of(node.all(f"dst-addr{ending}"), node.at(f"dst-addr{ending}"))
    if not (node.all(f"orig-addr{ending}") and node.all(f"dst-addr{ending}")):
        return UNCLEAR
    try:
        number = int(node.get("protocol", "0"))
        outer, inner = _ports(node.get("orig-port")), _ports(node.get("dst-port"))
    except ValueError:
        return UNCLEAR
    protocol = one(number) if number else span(0, 255)
    return Matched(*(_headers(ends, protocol, outer, inner) for ends in zip(source, target, strict=True)))


def _headers(ends: tuple[Intervals, Intervals], protocol: Intervals, outer: Intervals, inner: Intervals) -> Headers:
    return headers(*ends, protocol, outer, inner)


def _ports(written: str) -> Intervals:
    return PORTS if written in {"", "0"} else ports(written)
