"""The zone firewall of IOS: zones, pairs, classes, policies. Never which interface is in which zone.

Source: "Zone-Based Policy Firewall" of the security configuration guide: nothing passes between zones without a pair,
nor between a zone and an interface without one; within a zone all does; the class without a name drops. Addresses are
those inside: after translation for what comes in, before it for what goes out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from leadglass.network.headers import (
    EVERYTHING,
    ICMP,
    ICMPV6,
    NOTHING,
    TCP,
    UDP,
    Headers,
    common,
    headers,
)
from leadglass.network.importers.cisco import ports as port_terms
from leadglass.network.importers.cisco.lines import Block, Line, sections
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.intervals import Intervals, of, one
from leadglass.network.rule import Action, Rule

Permitted = Callable[[str], tuple[Headers, Headers]]
Bounds = tuple[Headers, Headers]

UNKNOWN: Bounds = (EVERYTHING, NOTHING)
SELF = "self"
DEFAULT_ZONE = "default"
MAX_DEPTH = 16  # of classes in classes
TRANSPORT = {"tcp": one(TCP), "udp": one(UDP), "icmp": of([(ICMP, ICMP), (ICMPV6, ICMPV6)])}
APPLICATIONS = {
    "http": "80", "https": "443", "ssh": "22", "telnet": "23", "smtp": "25", "pop3": "110", "imap": "143",
    "ldap": "389", "ldaps": "636", "syslog": "514", "ntp": "123", "snmp": "161", "snmptrap": "162", "tftp": "69",
    "ftp": "21",
}  # fmt: skip
"""Applications by the port that the device maps them to unless told otherwise ("ip port-map")."""
OTHER_TYPES = frozenset(["access-control", "control", "logging", "port-filter", "queue-threshold", "stack", "traffic"])
OVER_UDP = frozenset(["syslog", "ntp", "snmp", "snmptrap", "tftp"])


@dataclass(slots=True)
class _Class:
    line: Line
    any: bool
    matches: list[tuple[Line, list[str]]] = field(default_factory=list)


@dataclass(slots=True)
class _Policy:
    line: Line
    entries: list[tuple[Line, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair of zones with the name of its policy; empty without one: then nothing passes."""

    line: Line
    source: str
    destination: str
    policy: str


class Zones:
    """All that a file says of zones.

    Args:
        notes: of the file.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self.names: dict[str, Line] = {}
        self.pairs: list[Pair] = []
        self._classes: dict[str, _Class] = {}
        self._policies: dict[str, _Policy] = {}
        self._mapped: dict[str, list[tuple[Intervals, Intervals]]] = {}

    def read_zone(self, block: Block) -> None:
        """Take "zone security NAME"."""
        words = block.head.words
        if len(words) != 3 or words[1] != "security":
            self._notes.doubt(*block.lines)
            return
        self._notes.understood(block.head)
        self.names[words[2]] = block.head
        self._notes.doubt(*(line for line in block.body if line.words[:1] not in (["description"], ["protection"])))

    def read_pair(self, block: Block) -> None:
        """Take "zone-pair security NAME source ZONE destination ZONE"."""
        words = Words(block.head.words[1:])
        policy = ""
        try:
            words.expect("security")
            words.take()
            words.expect("source")
            source = words.take()
            words.expect("destination")
            destination = words.take()
            words.end()
            for line in block.body:
                inner = Words(line.words)
                if inner.accept("description"):
                    continue
                for word in ("service-policy", "type", "inspect"):
                    inner.expect(word)
                if policy:
                    raise NotUnderstood("two policies")
                policy = inner.take()
                inner.end()
        except NotUnderstood:
            self._notes.doubt(*block.lines)
            return
        self._notes.understood(*block.lines)
        self.pairs.append(Pair(block.head, source, destination, policy))

    def read_class(self, block: Block) -> None:
        """Take "class-map type inspect match-any NAME"; others match for quality of service, not for filters."""
        words = Words(block.head.words[1:])
        if not words.accept("type") or words.next in OTHER_TYPES:
            return
        if not words.accept("inspect"):
            self._notes.missed(*block.lines)  # a policy that refers to it finds no class, and claims nothing
            return
        any_ = words.accept("match-any")
        words.accept("match-all")
        if len(words) != 1:  # of one application: what it looks for is within connections
            if len(words) != 2:
                self._notes.doubt(*block.lines)
            return
        self._notes.understood(block.head)
        found = self._classes.setdefault(words.take(), _Class(block.head, any_))
        for line in block.body:
            if line.words[:1] != ["description"]:
                found.matches.append((line, line.words))

    def read_policy(self, block: Block) -> None:
        """Take "policy-map type inspect NAME"."""
        words = Words(block.head.words[1:])
        if not (words.accept("type") and words.accept("inspect")) or len(words) != 1:
            return
        self._notes.understood(block.head)
        policy = self._policies.setdefault(words.take(), _Policy(block.head))
        for entry in sections(block.body):
            words = Words(entry.head.words)
            if words.next == "description":
                continue
            try:
                words.expect("class")
                words.accept("type", "inspect")
                name = words.take()
                words.end()
                action = self._action(entry.body)
            except NotUnderstood:
                self._notes.missed(*entry.lines)
                policy.entries.append((entry.head, "", "unknown"))
            else:
                self._notes.understood(*entry.lines)
                policy.entries.append((entry.head, name, action))

    @staticmethod
    def _action(body: tuple[Line, ...]) -> str:
        actions = set()
        for line in body:
            words = Words(line.words)
            keyword = words.expect("inspect", "pass", "drop", "police", "service-policy", "urlfilter")
            if keyword in {"inspect", "pass", "drop"}:
                actions.add(keyword)
            elif keyword in {"service-policy", "urlfilter"}:
                raise NotUnderstood(keyword)
        if len(actions) > 1:
            raise NotUnderstood("two actions")
        return actions.pop() if actions else "drop"

    def read_port_map(self, line: Line) -> None:
        """Take "ip port-map user-dicom port tcp 104"; with a list it is for some hosts only."""
        words = Words(line.words[2:])
        try:
            name = words.take()
            words.expect("port")
            protocol = port_terms.protocol(words.expect("tcp", "udp"))
            ports = [port_terms.port(words.take())[0]]
            if words.accept("from"):
                raise NotUnderstood("from")
            while words.next.isdecimal():
                ports.append(port_terms.port(words.take())[0])
            if words.accept("description"):
                words.rest()
            words.end()
        except NotUnderstood:
            self._notes.doubt(line)
            return
        self._notes.understood(line)
        self._mapped.setdefault(name, []).extend((protocol, port) for port in ports)

    def rules(self, pair: Pair, permitted: Permitted) -> tuple[Rule, ...]:
        """The rules of a pair; what they leave is dropped."""
        policy = self._policies.get(pair.policy)
        place = self._notes.place(pair.line)
        if policy is None:
            if pair.policy:
                self._notes.finding(pair.line, f"there is no policy {pair.policy}")
                return (Rule(place, Action.UNKNOWN, must=NOTHING, note="the policy is missing"),)
            return ()
        found = []
        for line, name, action in policy.entries:
            place = self._notes.place(line)
            if action == "unknown":
                found.append(Rule(place, Action.UNKNOWN, must=NOTHING, note="not understood"))
                continue
            may, must = (EVERYTHING, EVERYTHING) if name == "class-default" else self._class(name, permitted, 0)
            if action == "pass":  # in this direction only: replies need a pass of their own
                found.append(Rule(place, Action.PERMIT, may, NOTHING, note="passed, without its replies"))
            else:
                permits = action == "inspect"
                found.append(Rule(place, Action.PERMIT if permits else Action.DENY, may, must))
        return tuple(found)

    def _class(self, name: str, permitted: Permitted, depth: int) -> Bounds:
        found = self._classes.get(name)
        if found is None or depth >= MAX_DEPTH or not found.matches:
            return UNKNOWN
        parts = [self._match(line, words, permitted, depth) for line, words in found.matches]
        if found.any:
            return tuple(box for may, _ in parts for box in may), tuple(box for _, must in parts for box in must)
        may, must = EVERYTHING, EVERYTHING
        for part in parts:
            may, must = common(may, part[0]), common(must, part[1])
        return may, must

    def _match(self, line: Line, found: list[str], permitted: Permitted, depth: int) -> Bounds:
        words = Words(found)
        try:
            words.expect("match")
            kind = words.expect("protocol", "access-group", "class-map")
            if kind == "access-group":
                words.accept("name")
                bounds = permitted(words.take())
            elif kind == "class-map":
                bounds = self._class(words.take(), permitted, depth + 1)
            else:
                bounds = self._protocol(words.take().lower())
                words.accept("signature")
            words.end()
        except NotUnderstood:
            self._notes.missed(line)
            return UNKNOWN
        self._notes.understood(line)
        return bounds

    def _protocol(self, name: str) -> Bounds:
        if name in TRANSPORT:
            found = headers(protocol=TRANSPORT[name])
            return found, found
        if name in APPLICATIONS or name in self._mapped:
            self._notes.assume("the zone firewall knows applications by their ports")
        if name in self._mapped:
            ports = self._mapped[name]
            boxes = tuple(box for kind, port in ports for box in headers(protocol=kind, destination_port=port))
            usual = self._usual(name)
            return (*boxes, *usual), (*boxes, *usual)
        if name == "dns":
            both = headers(protocol=of([(TCP, TCP), (UDP, UDP)]), destination_port=one(53))
            return both, both
        usual = self._usual(name)
        if not usual:
            raise NotUnderstood(name)
        return usual, usual

    @staticmethod
    def _usual(name: str) -> Headers:
        if name not in APPLICATIONS:
            return NOTHING
        kind = one(UDP) if name in OVER_UDP else one(TCP)
        return headers(protocol=kind, destination_port=port_terms.port(APPLICATIONS[name])[0])
