"""Policies of FortiOS as what they match and do. Never what becomes of a packet: first match, implicit deny come later.

Fortinet, FortiOS Administration Guide, "Firewall policy": they count in the order of the file, not of their numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leadglass.network.headers import common, headers
from leadglass.network.importers.fortios.addresses import AddressBook
from leadglass.network.importers.fortios.bounds import UNCLEAR, Addresses, Matched, exactly, unknown
from leadglass.network.importers.fortios.notes import Notes
from leadglass.network.importers.fortios.schedules import When, when
from leadglass.network.importers.fortios.services import ServiceBook
from leadglass.network.importers.fortios.spec import loose, strange
from leadglass.network.importers.fortios.tables import NARROWING, POLICY
from leadglass.network.importers.fortios.tree import Node
from leadglass.network.importers.fortios.virtual_ips import VirtualIp, VirtualIps
from leadglass.network.importers.fortios.zones import Side, Zones
from leadglass.network.intervals import EMPTY, union
from leadglass.network.rule import Action, Place

MAX_POLICIES = 200_000
_OFF = frozenset({"", "disable", "0", "0x00", "none"})
_ACTIONS = {"accept": Action.PERMIT, "deny": Action.DENY}

PLAIN: frozenset[str] = frozenset({""})
"""The tag of packets that no virtual IP translated."""


@dataclass(frozen=True, slots=True)
class Part:
    """Packets that a policy matches: of these tags (None: any), these headers."""

    tags: frozenset[str] | None
    matched: Matched


@dataclass(frozen=True, slots=True)
class Policy:
    """One that counts, or may.

    Attributes:
        nat: source translation: "" off, "interface", "pool", "unknown".
        pools: names, of IPv4 and IPv6.
        virtual: virtual IPs that it names.
    """

    place: Place
    action: Action
    ingress: Side
    egress: Side
    parts: tuple[Part, ...]
    nat: str = ""
    pools: tuple[str, ...] = ()
    virtual: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What policies refer to.

    Attributes:
        matches_vip: whether a denying policy that does not say matches what a virtual IP translated; None: not known.
        central: virtual IPs and source translation count by themselves.
    """

    tables: Node
    zones: Zones
    books: tuple[AddressBook, AddressBook]
    services: ServiceBook
    vips: VirtualIps
    matches_vip: bool | None
    central: bool


def policies(shelf: Shelf, notes: Notes) -> tuple[Policy, ...]:
    """All that count, or may, in the order they count."""
    found: list[Policy] = []
    for kind in ("firewall policy", "firewall policy6"):
        table = shelf.tables.table(kind)
        for line in loose(table, POLICY):
            notes.doubt(line)
        for node in list(table.entries.values())[:MAX_POLICIES]:
            one = _policy(node, shelf, notes, old_six=kind.endswith("6"))
            if one is not None:
                found.append(one)
        if len(table.entries) > MAX_POLICIES:
            notes.doubt(table.line, f"more than {MAX_POLICIES} policies")
    return tuple(found)


def _policy(node: Node, shelf: Shelf, notes: Notes, *, old_six: bool) -> Policy | None:
    place = notes.place(node.line)
    odd = [*strange(node, POLICY)]
    if odd:
        for line in odd:
            notes.miss(line)
        # The odd line may say anything that the others do not: only a side that is told, and told once, is sure.
        once = len(node.lines) == 1
        ingress, egress = (
            shelf.zones.side(node.all(end), node.at(end), notes) if once and node.all(end) else Side(None)
            for end in ("srcintf", "dstintf")
        )
        note = f"line {odd[0]} was not understood"
        return Policy(place, Action.UNKNOWN, ingress, egress, (Part(None, UNCLEAR),), "unknown", (), ("*",), note)
    if node.get("status", "enable") == "disable":
        return None
    moment = when(shelf.tables, node.get("schedule"))
    if moment is When.NEVER:
        return None
    _notice(node, notes)
    action = _ACTIONS.get(node.get("action", "deny"), Action.UNKNOWN)
    note = "" if action is not Action.UNKNOWN else f"action {node.get('action')!r}"
    conditions = sorted(name for name in NARROWING if node.all(name) and not _off(node.get(name)))
    if moment is When.SOMETIMES:
        conditions.append(f"schedule {node.get('schedule')!r}")
    if conditions:
        note = f"it depends on {', '.join(conditions)}"
    ingress = shelf.zones.side(node.all("srcintf"), node.at("srcintf"), notes)
    egress = shelf.zones.side(node.all("dstintf"), node.at("dstintf"), notes)
    parts, virtual = _parts(node, shelf, action, ingress, old_six=old_six)
    if note:
        parts = [Part(part.tags, Matched(part.matched.may, ())) for part in parts]
    if node.get("action") == "ipsec":  # a tunnel carries both directions
        parts = [Part(None, UNCLEAR)]
        ingress = egress = Side(None)
    if action is Action.PERMIT and node.get("logtraffic") == "disable":
        notes.find(node.at("logtraffic"), f"policy {node.name} accepts and logs nothing")
    nat, pools = _nat(node, shelf)
    return Policy(place, action, ingress, egress, tuple(parts), nat, pools, virtual, note)


def _off(value: str) -> bool:
    return value in _OFF or value.startswith("0000")


def _notice(node: Node, notes: Notes) -> None:
    for name in ("permit-any-host", "permit-stun-host", "nat46", "nat64"):
        if node.get(name) == "enable":
            notes.doubt(node.at(name), f"policy {node.name}: {name!r} lets more pass than the policy says")


def _nat(node: Node, shelf: Shelf) -> tuple[str, tuple[str, ...]]:
    if shelf.central or node.get("nat", "disable") == "disable":
        return "", ()
    pools = (*node.all("poolname"), *node.all("poolname6"))
    if node.get("ippool") == "enable":
        return "pool", pools
    return "unknown" if pools else "interface", ()


def _parts(
    node: Node, shelf: Shelf, action: Action, ingress: Side, *, old_six: bool
) -> tuple[list[Part], tuple[str, ...]]:
    """What it matches, by tag, and the virtual IPs that it names."""
    versions = ["six"] if old_six else [one for one in ("", "6") if _speaks(node, one)]
    if not versions:
        return [Part(None, UNCLEAR)], ("*",)
    found: list[Part] = []
    names: list[str] = []
    for version in versions:
        ending, book = ("" if version == "six" else version), shelf.books[version != ""]
        source = _end(node, f"srcaddr{ending}", f"internet-service{ending}-src", book)
        words = node.all(f"dstaddr{ending}")
        virtual = [] if shelf.central else [(word, shelf.vips.named(word)) for word in words]
        named = {word: vips for word, vips in virtual if vips is not None}
        names += (vip.name for vips in named.values() for vip in vips)
        service = _service(node, ending, shelf)
        if named and node.get(f"dstaddr{ending}-negate") == "enable":
            found.append(Part(None, _within(Matched(service.may, ()), source, unknown(book.every))))
            continue
        found += (
            Part(frozenset({vip.name}), _within(service, source, exactly(vip.mapped)))
            for vips in named.values()
            for vip in vips
        )
        plain = tuple(word for word in words if word not in named)
        if plain or not named:
            target = _end(node, f"dstaddr{ending}", f"internet-service{ending}", book, plain)
            found.append(Part(None if shelf.central else PLAIN, _within(service, source, target)))
            if any(not book.knows(word) for word in plain):  # it may be a virtual IP that is not here
                names.append("*")
                found.append(Part(None, Matched(_within(service, source, unknown(book.every)).may, ())))
            vips = [] if shelf.central else _met(shelf.vips, ingress, target)
            for tags, seen in _translated(node, shelf.matches_vip, action, vips, target):
                found.append(Part(tags, _within(service, source, seen)))
    return found, tuple(names)


def _speaks(node: Node, version: str) -> bool:
    """Whether it says anything of an IP version."""
    return any(node.all(f"{end}{version}") for end in ("srcaddr", "dstaddr")) or any(
        node.get(f"internet-service{version}{side}") == "enable" for side in ("", "-src")
    )


def _end(node: Node, name: str, internet: str, book: AddressBook, words: tuple[str, ...] | None = None) -> Addresses:
    """Addresses of one end; what is not given is not known."""
    words = node.all(name) if words is None else words
    if node.get(internet) == "enable" or not words:
        return unknown(book.every)
    found = book.all_of(words, node.at(name))
    return found.negated(book.every) if node.get(f"{name}-negate") == "enable" else found


def _service(node: Node, ending: str, shelf: Shelf) -> Matched:
    if node.get(f"internet-service{ending}") == "enable":
        return UNCLEAR
    found = shelf.services.all_of(node.all("service"), node.at("service"))
    return found.negated if node.get("service-negate") == "enable" and node.all("service") else found


def _within(service: Matched, source: Addresses, target: Addresses) -> Matched:
    return Matched(
        common(service.may, headers(source.may, target.may)), common(service.must, headers(source.must, target.must))
    )


def _met(vips: VirtualIps, ingress: Side, target: Addresses) -> list[VirtualIp]:
    """Virtual IPs with an address among these, before or after, for packets that come this way."""
    names = None if ingress.unsure else ingress.interfaces
    return [
        vip
        for vip in vips.known.values()
        if (names is None or vip.ingress is None or names & vip.ingress) and target.may.meets(vip.ends)
    ]


def _translated(
    node: Node, default: bool | None, action: Action, vips: list[VirtualIp], target: Addresses
) -> Iterator[tuple[frozenset[str], Addresses]]:
    """What a policy that names no virtual IP matches of what they translated: tags, mapped addresses.

    An accepting policy is documented to match none of it; that is not relied on.
    """
    said = node.get("match-vip")
    only = node.get("match-vip-only") == "enable"
    matches = only or (default if not said else said == "enable")
    if action is Action.DENY and matches is False:
        return
    relied = action is Action.DENY and matches is True
    whole = [vip for vip in vips if vip.ends.within(target.must)]
    if whole:
        mapped = union(vip.mapped for vip in whole)
        yield frozenset(vip.name for vip in whole), Addresses(mapped, mapped if relied else EMPTY)
    for vip in vips:
        if not vip.ends.within(target.must):
            before, after = vip.inside(target.may), vip.mapped.common(target.may)
            sure = vip.inside(target.must).common(target.must) if relied and vip.shifts else EMPTY
            yield frozenset({vip.name}), Addresses(before.union(after), sure)
