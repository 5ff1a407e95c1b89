"""Where an ASA's access lists are bound, and the checks that follow: lists, security levels, VPN. Never parses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from leadglass.network.address import IPV4, IPV6
from leadglass.network.device import Check, Translate
from leadglass.network.flight import Flight, Flights
from leadglass.network.headers import (
    EVERYTHING,
    NOTHING,
    PORTS,
    WITH_PORTS,
    Box,
    Headers,
    common,
    headers,
    without,
)
from leadglass.network.importers.asa.interfaces import Port
from leadglass.network.importers.asa.tunnel_lines import NO_FILTER
from leadglass.network.importers.asa.tunnels import Tunnel
from leadglass.network.importers.cisco.lines import Line
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.intervals import of
from leadglass.network.rule import Action, Chain, Chains, Place, Rule
from leadglass.network.translate import translate

Lists = Mapping[str, tuple[Rule, ...]]
PORTED = of((number, number) for number in WITH_PORTS)


@dataclass(frozen=True, slots=True)
class Bound:
    """A list at an interface."""

    line: Line
    name: str


@dataclass(slots=True)
class Bindings:
    """Which list checks what.

    Attributes:
        inward, outward: by interface and IP version ("" for both).
        everywhere: global lists, by IP version.
    """

    inward: dict[tuple[str, str], Bound] = field(default_factory=dict)
    outward: dict[tuple[str, str], Bound] = field(default_factory=dict)
    everywhere: dict[str, Bound] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parts:
    """All that checks are made of.

    Attributes:
        lists: rules by name.
        per_user: interfaces whose list a user's own list may override.
        opened: rules of the "established" command.
        bypass: decrypted packets pass the interface's list by.
        untranslate: what becomes of destinations first.
        versions: "" where lists hold both IP versions, else "4" and "6".
    """

    ports: tuple[Port, ...]
    lists: Lists
    bindings: Bindings
    tunnels: tuple[Tunnel, ...]
    per_user: Mapping[str, Line]
    opened: tuple[Rule, ...]
    hindrances: tuple[Rule, ...]
    inter_interface: bool
    bypass: bool
    untranslate: Translate
    versions: tuple[str, ...]
    notes: Notes


OF_VERSION = {"": EVERYTHING, "4": headers(source=IPV4), "6": headers(source=IPV6)}


def before_routing(parts: Parts) -> list[Check]:
    """Filters of tunnels, then lists bound inwards."""
    found = []
    for port in parts.ports:
        tunnels = [tunnel for tunnel in parts.tunnels if tunnel.interface == port.name]
        found += _filters(parts, port, tunnels, outward=False)
        rules = [*_override(parts, port), *_bypass(parts, tunnels), *_of_tunnel_interface(parts, port), *parts.opened]
        default = Action.PERMIT
        for version in parts.versions:
            bound = [
                one
                for one in (parts.bindings.inward.get((port.name, version)), parts.bindings.everywhere.get(version))
                if one is not None
            ]
            if not bound:
                continue
            for one in bound:
                rules += _cut(_list(parts, one), OF_VERSION[version])
            place = parts.notes.place(bound[-1].line)
            rules.append(Rule(place, Action.DENY, OF_VERSION[version], OF_VERSION[version]))
            default = Action.DENY if version == "" else Action.PERMIT
        if any(_has_list(parts, port, version) for version in parts.versions):
            found.append(_check(f"{port.name} in", rules, default, parts.notes.place(port.line), ingress=port.name))
    return found


def after_routing(parts: Parts) -> list[Check]:
    """Interfaces and their levels, then lists bound outwards, then filters of tunnels on the way out."""
    found = [_interfaces(parts)]
    for (interface, version), bound in parts.bindings.outward.items():
        rules = list(_cut(_list(parts, bound), OF_VERSION[version]))
        place = parts.notes.place(bound.line)
        rules.append(Rule(place, Action.DENY, OF_VERSION[version], OF_VERSION[version]))
        if parts.bypass:  # whether decrypted packets meet a list on their way out too, no document says
            rules = [
                *(
                    replace(rule, action=Action.UNKNOWN, must=NOTHING)
                    for tunnel in parts.tunnels
                    for rule in _bypass(parts, [tunnel], ingress=True)
                ),
                *rules,
            ]
        found.append(_check(f"{interface} out", rules, Action.PERMIT, place, egress=interface))
    for port in parts.ports:
        tunnels = [tunnel for tunnel in parts.tunnels if tunnel.interface == port.name]
        found += _filters(parts, port, tunnels, outward=True)
    return found


def _check(
    name: str, rules: Sequence[Rule], default: Action, place: Place, *, ingress: str = "", egress: str = ""
) -> Check:
    chains = Chains(Chain(name, tuple(rules), default, place))
    return Check(chains, frozenset({ingress}) if ingress else None, frozenset({egress}) if egress else None)


def _has_list(parts: Parts, port: Port, version: str) -> bool:
    return (port.name, version) in parts.bindings.inward or version in parts.bindings.everywhere


def _list(parts: Parts, bound: Bound) -> tuple[Rule, ...]:
    rules = parts.lists.get(bound.name)
    if rules is None:
        parts.notes.finding(bound.line, f"there is no access list {bound.name}: what passes here is not known")
        return (Rule(parts.notes.place(bound.line), Action.UNKNOWN, must=NOTHING, note="the list is missing"),)
    return rules


def _cut(rules: tuple[Rule, ...], bound: Headers) -> tuple[Rule, ...]:
    if bound is EVERYTHING:
        return rules
    return tuple(replace(rule, may=common(rule.may, bound), must=common(rule.must, bound)) for rule in rules)


def _override(parts: Parts, port: Port) -> list[Rule]:
    line = parts.per_user.get(port.name)
    if line is None:
        return []
    return [Rule(parts.notes.place(line), Action.UNKNOWN, must=NOTHING, note="a user's own list may override")]


def _of_tunnel_interface(parts: Parts, port: Port) -> list[Rule]:
    if not (port.tunnel and parts.bypass):
        return []
    return [Rule(parts.notes.place(port.line), Action.UNKNOWN, must=NOTHING, note="decrypted packets may pass by")]


def _bypass(parts: Parts, tunnels: Sequence[Tunnel], *, ingress: bool = False) -> list[Rule]:
    """Decrypted packets, for which the interface's list does not count."""
    if not parts.bypass:
        return []
    found = []
    for tunnel in tunnels:
        may, must = _arrived(parts, tunnel)
        bound = frozenset({tunnel.interface}) if ingress else None
        found.append(Rule(parts.notes.place(tunnel.line), Action.PERMIT, may, must, ingress=bound, note="decrypted"))
    return found


def _arrived(parts: Parts, tunnel: Tunnel) -> tuple[Headers, Headers]:
    """A tunnel's packets once their destinations are real."""
    may: Flights = tuple(Flight(box) for box in tunnel.may)
    must: Flights = tuple(Flight(box) for box in tunnel.must)
    # What only takes a claim away (the reverse path check) changes no header: a filter's refusal stays certain.
    changing = tuple(one for one in parts.untranslate.translations if one.must or not one.exempt)
    may, must = translate(Translate(changing), may, must, tunnel.interface, "")
    return tuple(one.box for one in may), tuple(one.box for one in must)


def _filters(parts: Parts, port: Port, tunnels: Sequence[Tunnel], *, outward: bool) -> list[Check]:
    rules: list[Rule] = []
    for tunnel in tunnels:
        if tunnel.filter == NO_FILTER:
            continue
        place = parts.notes.place(tunnel.line)
        may, must = _arrived(parts, tunnel)
        if outward:
            may, must = _reversed(may), _reversed(must)
        if tunnel.filter is None:
            rules.append(Rule(place, Action.UNKNOWN, may, NOTHING, note="which filter applies is not known"))
            continue
        entries = parts.lists.get(tunnel.filter)
        if entries is None:
            parts.notes.finding(tunnel.line, f"there is no access list {tunnel.filter} to filter this tunnel")
            entries = (Rule(place, Action.UNKNOWN, must=NOTHING),)
        for entry in entries:
            sets = (entry.may, entry.must) if not outward else (_reversed(entry.may), _reversed_exactly(entry.must))
            rules.append(replace(entry, may=common(sets[0], may), must=common(sets[1], must)))
        rules.append(Rule(place, Action.DENY, may, must))
    if not rules:
        return []
    name = f"{port.name} vpn-filter {'out' if outward else 'in'}"
    bound = {"egress": port.name} if outward else {"ingress": port.name}
    return [_check(name, rules, Action.PERMIT, parts.notes.place(port.line), **bound)]


def _reversed(found: Headers) -> Headers:
    boxes: list[Box] = []
    for box in found:
        boxes += headers(box.destination, box.source, box.protocol, box.destination_port, box.source_port)
    return tuple(boxes)


def _reversed_exactly(found: Headers) -> Headers:
    """Only where ports turn round: an ICMP type does not."""
    plain = tuple(box for box in found if box.destination_port == PORTS or box.protocol.within(PORTED))
    return _reversed(plain)


def _interfaces(parts: Parts) -> Check:
    """What interfaces refuse by themselves: management, levels, whatever may drop."""
    notes = parts.notes
    rules: list[Rule] = []
    for port in parts.ports:
        if port.management:
            rules.append(Rule(notes.place(port.line), Action.DENY, ingress=frozenset({port.name})))
            rules.append(Rule(notes.place(port.line), Action.DENY, egress=frozenset({port.name})))
        refused = frozenset(other.name for other in parts.ports if other.hardware.lower() in port.no_forward)
        if refused:
            rules.append(Rule(notes.place(port.line), Action.DENY, ingress=frozenset({port.name}), egress=refused))
    rules += parts.hindrances
    if not parts.inter_interface:
        rules += _same_level(parts)
    for port in parts.ports:
        rules += _levels(parts, port)
    place = parts.ports[0].interface.place if parts.ports else Place(notes.file, 0)
    return _check("interfaces", rules, Action.PERMIT, place)


def _same_level(parts: Parts) -> list[Rule]:
    """Interfaces of one level do not speak to each other, whatever their lists say; of tunnels it is not certain."""
    found = []
    for port in parts.ports:
        same = frozenset(one.name for one in parts.ports if one.level == port.level and one.name != port.name)
        decrypted = [
            box for tunnel in parts.tunnels if tunnel.interface == port.name for box in _arrived(parts, tunnel)[0]
        ]
        must = without(EVERYTHING, decrypted) if parts.bypass else EVERYTHING
        if same:
            place = parts.notes.place(port.line)
            found.append(Rule(place, Action.DENY, EVERYTHING, must, ingress=frozenset({port.name}), egress=same))
    return found


def _levels(parts: Parts, port: Port) -> list[Rule]:
    """Without a list: only to lower levels, and to the same."""
    higher = frozenset(one.name for one in parts.ports if one.level > port.level)
    free = [version for version in parts.versions if not _has_list(parts, port, version)]
    if not free or not higher:
        return []
    place, ingress = parts.notes.place(port.line), frozenset({port.name})
    tunnels = [tunnel for tunnel in parts.tunnels if tunnel.interface == port.name]
    before = [*_override(parts, port), *_bypass(parts, tunnels), *_of_tunnel_interface(parts, port), *parts.opened]
    rules = [replace(rule, ingress=ingress, egress=higher) for rule in before]
    rules += [
        Rule(place, Action.DENY, OF_VERSION[version], OF_VERSION[version], ingress=ingress, egress=higher)
        for version in free
    ]
    return rules
