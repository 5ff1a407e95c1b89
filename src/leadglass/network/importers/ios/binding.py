"""Where IOS access lists and zones are bound, and the checks that follow. Never parses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from leadglass.errors import LeadglassError
from leadglass.network.address import EVERY, IPV4, IPV6
from leadglass.network.device import Check
from leadglass.network.evaluate import evaluate
from leadglass.network.headers import EVERYTHING, NOTHING, Box, Headers, headers
from leadglass.network.importers.cisco.lines import Line
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.ios.access_list import Lists
from leadglass.network.importers.ios.interfaces import Port
from leadglass.network.importers.ios.reading import Reading
from leadglass.network.importers.ios.zones import DEFAULT_ZONE, SELF, Zones
from leadglass.network.intervals import Intervals
from leadglass.network.rule import Action, Chain, Chains, Place, Rule, State

OF_VERSION = {"4": headers(source=IPV4), "6": headers(source=IPV6)}
MAX_DEPTH = 4  # of dynamic maps in crypto maps


@dataclass(frozen=True, slots=True)
class Bound:
    """Lists as rules, by IP version."""

    lists: Mapping[str, Lists]
    notes: Notes

    def rules(self, name: str, version: str, line: Line) -> tuple[Rule, ...]:
        """The rules of a list with its implicit deny; one that does not exist permits all (IOS command reference)."""
        place = self.notes.place(line)
        rules = self.lists[version].rules.get(name)
        whole = OF_VERSION[version]
        if rules is None:
            self.notes.finding(line, f"there is no access list {name}: everything passes here")
            return ()
        if not rules:
            self.notes.finding(line, f"access list {name} is empty: on most releases everything passes here")
            return (Rule(place, Action.UNKNOWN, whole, NOTHING, note="an empty list"),)
        # Only a line that was not understood speaks of more than its list's IP version.
        cut = [replace(rule, may=whole) if rule.action is Action.UNKNOWN else rule for rule in rules]
        return (*cut, Rule(place, Action.DENY, whole, whole, note="implicit"))

    def permitted(self, name: str) -> tuple[Headers, Headers]:
        """What a list of IPv4 permits, where it is no filter but a choice; a missing one may be anything."""
        rules = self.lists["4"].rules.get(name)
        whole = OF_VERSION["4"]
        if rules is None:
            return whole, NOTHING
        chain = Chain(name, rules, Action.DENY, Place(self.notes.file, 0))
        try:
            passed = evaluate(Chains(chain), whole, whole, "", "", State.NEW)
        except LeadglassError:  # too many sets: anything, and nothing for certain
            return whole, NOTHING
        return passed.may, passed.must


def lists(ports: Sequence[Port], direction: str, bound: Bound, reading: Reading) -> list[Check]:
    """The lists bound in one direction; they remember no connection."""
    found = []
    for port in ports:
        for (way, version), (name, line) in port.lists.items():
            if way != direction:
                continue
            rules = bound.rules(name, version, line)
            if direction == "in":
                rules = (*_decrypted(port, bound, reading), *rules)
            chain = Chain(f"{port.name} {direction}", rules, Action.PERMIT, bound.notes.place(line), stateful=False)
            names = frozenset({port.name})
            found.append(
                Check(Chains(chain), ingress=names) if direction == "in" else Check(Chains(chain), egress=names)
            )
    return found


def _decrypted(port: Port, bound: Bound, reading: Reading) -> list[Rule]:
    """What comes out of a tunnel does not meet the interface's list again (crypto access check, since 12.3(8)T)."""
    found = []
    for line, name in _entries(port.crypto, reading, 0):
        may = bound.permitted(name)[0] if name else EVERYTHING
        found.append(
            Rule(bound.notes.place(line), Action.PERMIT, _turned(may), NOTHING, note="may come out of a tunnel")
        )
    return found


def _entries(name: str, reading: Reading, depth: int) -> list[tuple[Line, str]]:
    found = []
    for line, match in reading.crypto.get(name, []):
        if match.startswith("dynamic ") and depth < MAX_DEPTH:
            found += _entries(match, reading, depth + 1)
        else:
            found.append((line, "" if match.startswith("dynamic ") else match))
    return found


def _turned(found: Headers) -> Headers:
    boxes: list[Box] = []
    for box in found:
        boxes += headers(box.destination, box.source, box.protocol, box.destination_port, box.source_port)
    return tuple(boxes)


def hindrances(ports: Sequence[Port], reading: Reading, routed: Mapping[str, Intervals], notes: Notes) -> list[Check]:
    """What may drop packets beside lists and zones."""
    rules = []
    for port in ports:
        ingress = frozenset({port.name})
        for line, words, strangers in port.hindrances:
            what = headers(source=EVERY.without(routed[port.name])) if strangers else EVERYTHING
            rules.append(Rule(notes.place(line), Action.DENY, what, NOTHING, ingress=ingress, note=words))
        if port.policy_routed:
            words = "where its packets go is decided by a policy"
            rules.append(Rule(notes.place(port.line), Action.DENY, must=NOTHING, ingress=ingress, note=words))
        for name, line in port.policies:
            if name in reading.dropping or name not in reading.policies:
                rules.append(Rule(notes.place(line), Action.DENY, must=NOTHING, note="a policy that may drop"))
    if not rules:
        return []
    return [Check(Chains(Chain("hindrances", tuple(rules), Action.PERMIT, rules[0].place)))]


def zones(ports: Sequence[Port], found: Zones, bound: Bound, notes: Notes) -> list[Check]:
    """The zone firewall, if any interface is in a zone."""
    members: dict[str, set[str]] = {}
    for port in ports:
        zone = port.zone or (DEFAULT_ZONE if DEFAULT_ZONE in found.names else "")
        members.setdefault(zone, set()).add(port.name)
    if not any(members.keys() - {""}):
        return []
    rules: list[Rule] = []
    for source, sources in members.items():
        for destination, destinations in members.items():
            pairs = [pair for pair in found.pairs if (pair.source, pair.destination) == (source, destination)]
            if source == destination and not pairs:
                continue
            ingress, egress = frozenset(sources), frozenset(destinations)
            for pair in pairs:
                entries = found.rules(pair, bound.permitted)
                rules += (replace(rule, ingress=ingress, egress=egress) for rule in entries)
            line = pairs[0].line if pairs else found.names.get(destination) or found.names.get(source)
            place = notes.place(line) if line is not None else Place(notes.file, 0)
            note = "what no class takes is dropped" if pairs else "no pair of zones speaks of this way"
            rules.append(Rule(place, Action.DENY, ingress=ingress, egress=egress, note=note))
    known = {*found.names, SELF, DEFAULT_ZONE}
    for pair in found.pairs:
        if not {pair.source, pair.destination} <= known:
            notes.finding(pair.line, "a pair of zones that are not there")
    return [
        Check(Chains(Chain("zones", tuple(rules), Action.PERMIT, rules[0].place if rules else Place(notes.file, 0))))
    ]
