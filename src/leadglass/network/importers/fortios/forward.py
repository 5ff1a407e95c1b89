"""Policies of FortiOS as one chain of rules, with all that decides beside them. Never how a policy is written.

Order (Fortinet, Technical Tip "Policy matching order when the intrazone setting is used"): policies, then what a zone
allows within itself, then the implicit deny.
"""

from __future__ import annotations

from collections.abc import Iterable

from leadglass.network.address import network
from leadglass.network.device import Check
from leadglass.network.headers import EVERYTHING, NOTHING, common, headers
from leadglass.network.importers.fortios.addresses import AddressBook
from leadglass.network.importers.fortios.interfaces import Interfaces
from leadglass.network.importers.fortios.notes import Notes
from leadglass.network.importers.fortios.policies import Policy, Shelf
from leadglass.network.importers.fortios.spec import strange
from leadglass.network.importers.fortios.tables import SPECS
from leadglass.network.importers.fortios.tree import Node
from leadglass.network.importers.fortios.zones import Side
from leadglass.network.intervals import union
from leadglass.network.rule import Action, Chain, Chains, Rule

MULTICAST = union([network("224.0.0.0/4"), network("ff00::/8")])


def forward(
    policies: tuple[Policy, ...], shelf: Shelf, interfaces: Interfaces, before: tuple[Rule, ...], notes: Notes
) -> Check:
    """The chain that a packet meets once its way is known.

    Args:
        policies: in order.
        shelf: what they refer to.
        interfaces: of the VDOM.
        before: rules of tunnels that only deny, and only perhaps.
        notes: take what is noticed.
    """
    rules = [*_multicast(shelf.tables, notes), *before]
    if interfaces.captive:
        note = "people must log in at a portal first"
        rules += (
            Rule(each.place, Action.DENY, EVERYTHING, NOTHING, ingress=frozenset({each.name}), note=note)
            for each in interfaces.all
            if each.name in interfaces.captive
        )
    rules += (rule for policy in policies for rule in _rules(policy))
    rules += (
        Rule(notes.place(line), Action.PERMIT, ingress=members, egress=members) for line, members in shelf.zones.open
    )
    place = notes.place(shelf.tables.table("firewall policy").line)
    return Check(Chains(Chain("firewall policy", tuple(rules), Action.DENY, place)))


def _rules(policy: Policy) -> list[Rule]:
    found = []
    for part in policy.parts:
        for ingress, egress, sure in _sides(policy.ingress, policy.egress):
            may, must = part.matched
            if may:
                found.append(
                    Rule(
                        policy.place,
                        policy.action,
                        may,
                        must if sure else NOTHING,
                        ingress=ingress,
                        egress=egress,
                        tags=part.tags,
                        note=policy.note if sure else policy.note or "an interface that it names is not known",
                    )
                )
    return found


def _sides(ingress: Side, egress: Side) -> Iterable[tuple[frozenset[str] | None, frozenset[str] | None, bool]]:
    """Pairs of interfaces, with whether it certainly speaks of them."""
    if all(side.interfaces is None or side.interfaces for side in (ingress, egress)):
        yield ingress.interfaces, egress.interfaces, True
    if ingress.unsure or egress.unsure:
        yield None if ingress.unsure else ingress.interfaces, None if egress.unsure else egress.interfaces, False


def _multicast(tables: Node, notes: Notes) -> list[Rule]:
    """Policies do not speak of multicast: policies of its own do, and these are only noticed."""
    accepting = [
        node
        for kind in ("firewall multicast-policy", "firewall multicast-policy6")
        for node in tables.table(kind).entries.values()
        if node.get("status", "enable") == "enable" and node.get("action", "accept") != "deny"
    ]
    odd = [
        line
        for kind in ("firewall multicast-policy", "firewall multicast-policy6")
        for node in tables.table(kind).entries.values()
        for line in strange(node, SPECS[kind])
    ]
    for line in odd:
        notes.miss(line)
    skips = tables.table("system settings").get("multicast-skip-policy") == "enable"
    to = headers(destination=MULTICAST)
    if not (accepting or odd or skips):
        return [Rule(notes.place(tables.table("firewall policy").line), Action.DENY, to, to)]
    for node in accepting:
        notes.find(node.line, f"multicast policy {node.name} lets multicast pass: which, is not worked out")
    line = accepting[0].line if accepting else odd[0] if odd else tables.table("system settings").line
    return [Rule(notes.place(line), Action.UNKNOWN, to, NOTHING, note="multicast")]


def access_lists(shelf: Shelf, books: tuple[AddressBook, AddressBook], notes: Notes) -> tuple[Check, ...]:
    """``firewall acl``: packets that are dropped as they come in, before anything else."""
    rules = []
    for kind, book in (("firewall acl", books[0]), ("firewall acl6", books[1])):
        for node in shelf.tables.table(kind).entries.values():
            odd = [*strange(node, SPECS[kind])]
            for line in odd:
                notes.miss(line)
            place = notes.place(node.line)
            if odd:
                rules.append(Rule(place, Action.DENY, EVERYTHING, NOTHING, note=f"line {odd[0]} was not understood"))
            elif node.get("status", "enable") == "enable":
                side = shelf.zones.side(node.all("interface"), node.at("interface"), notes)
                source = book.all_of(node.all("srcaddr"), node.at("srcaddr"))
                target = book.all_of(node.all("dstaddr"), node.at("dstaddr"))
                service = shelf.services.all_of(node.all("service"), node.at("service"))
                whole = all(node.all(name) for name in ("srcaddr", "dstaddr", "service", "interface"))
                may = common(service.may, headers(source.may, target.may)) if whole else EVERYTHING
                must = common(service.must, headers(source.must, target.must)) if whole else NOTHING
                for ingress, _, sure in _sides(side, Side(None)):
                    rules.append(Rule(place, Action.DENY, may, must if sure else NOTHING, ingress=ingress))
    if not rules:
        return ()
    return (Check(Chains(Chain("firewall acl", tuple(rules), Action.PERMIT, rules[0].place))),)
