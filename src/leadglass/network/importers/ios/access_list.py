"""Entries of IOS access lists as rules: standard, extended, IPv6, reflexive. Never where a list is bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from leadglass.network.address import IPV4, IPV6
from leadglass.network.headers import ICMPV6, NOTHING, PORTS, WITH_PORTS, Box, Headers, headers
from leadglass.network.importers.cisco import literals
from leadglass.network.importers.cisco import ports as port_terms
from leadglass.network.importers.cisco.bounded import (
    UNKNOWN_SERVICES,
    Addresses,
    Ports,
    Services,
    exactly,
    matched,
    services,
)
from leadglass.network.importers.cisco.lines import Line
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.importers.ios.groups import Groups
from leadglass.network.intervals import of, one
from leadglass.network.rule import Action, Place, Rule, State

PORTED = of((number, number) for number in WITH_PORTS)
REPLIES = frozenset({State.ESTABLISHED})
STEP = 10  # between numbers that a device gives to entries by itself

UNSURE_WITH_VALUE = frozenset(
    [
        "dscp",
        "precedence",
        "tos",
        "ttl",
        "option",
        "time-range",
        "flow-label",
        "dest-option-type",
        "routing-type",
        "mobility-type",
        "cos",
    ]
)
UNSURE_ALONE = frozenset(
    [
        "fragments",
        "ack",
        "fin",
        "psh",
        "rst",
        "syn",
        "urg",
        "auth",
        "dest-option",
        "hbh",
        "mobility",
        "routing",
        "undetermined-transport",
    ]
)
FLAGS = frozenset(["match-any", "match-all"])
OPTIONS = UNSURE_WITH_VALUE | UNSURE_ALONE | FLAGS | {"established", "reflect", "log", "log-input", "sequence"}


@dataclass(slots=True)
class List:
    """One list while a file is read.

    Attributes:
        kind: "standard", "extended" or "ipv6".
        line: its head.
        entries: number and line of each, in the order of the file, and whether the number is written.
        numbers: some are written.
        last: the highest.
    """

    kind: str
    line: Line
    entries: list[tuple[int, bool, Line, list[str]]] = field(default_factory=list)
    numbers: bool = False
    last: int = 0

    def add(self, line: Line, words: list[str]) -> None:
        """Take an entry, with or without its number; without it comes last."""
        if words[:1] == ["sequence"] and len(words) > 1:
            words = words[1:]
        if words[:1] and words[0].isdecimal() and len(words[0]) <= 10:
            self.numbers = True
            self.entries.append((int(words[0]), True, line, words[1:]))
        else:
            self.entries.append((self.last + STEP, False, line, words))
        self.last = max(self.last, self.entries[-1][0])

    @property
    def ordered(self) -> list[tuple[bool, Line, list[str]]]:
        """By number; those of one number as they came."""
        return [entry[1:] for entry in sorted(self.entries, key=lambda entry: entry[0])]


class Lists:
    """All lists of a file as rules.

    Args:
        lists: by name.
        groups: that entries refer to.
        notes: of the file.
        used: names that some line refers to. Of a list that nothing refers to, a line that is not understood may as
            well belong to another.
    """

    def __init__(self, lists: Mapping[str, List], groups: Groups, notes: Notes, used: set[str]) -> None:
        self._groups = groups
        self._notes = notes
        self._used = used
        self._reflected: dict[str, list[tuple[Headers, Headers]]] = {}
        drafts = {name: self._draft(name, one_) for name, one_ in lists.items()}
        self.rules: dict[str, tuple[Rule, ...]] = {
            name: tuple(rule for entry in draft for rule in self._settled(entry)) for name, draft in drafts.items()
        }
        self.kinds = {name: one_.kind for name, one_ in lists.items()}
        self.lines = {name: one_.line for name, one_ in lists.items()}

    def _draft(self, name: str, found: List) -> list[Rule | tuple[str, Place]]:
        draft: list[Rule | tuple[str, Place]] = []
        for numbered, line, words in found.ordered:
            if words[:1] == ["remark"]:
                continue
            taken = Words(words)
            try:
                entry = self._entry(taken, found.kind, line)
                taken.end()
            except NotUnderstood as why:
                (self._notes.missed if name in self._used else self._notes.doubt)(line)
                entry = Rule(self._notes.place(line), Action.UNKNOWN, must=NOTHING, note=str(why))
                if found.numbers and not numbered:  # where it stands, its number would have told
                    draft.insert(0, entry)
                    continue
            else:
                self._notes.understood(line)
            draft.append(entry)
        if found.kind == "ipv6" and draft:
            draft += self._neighbours(found.line)
        return draft

    def _neighbours(self, line: Line) -> list[Rule]:
        """The implicit permits of neighbour discovery at the end of an IPv6 list."""
        kinds = of(port_terms.icmp(kind).spans[0] for kind in (135, 136))
        found = headers(IPV6, IPV6, one(ICMPV6), destination_port=kinds)
        return [Rule(self._notes.place(line), Action.PERMIT, found, found, note="implicit")]

    def _settled(self, entry: Rule | tuple[str, Place]) -> list[Rule]:
        """An "evaluate": replies to what the list of that name reflected."""
        if isinstance(entry, Rule):
            return [entry]
        name, place = entry
        reflected = self._reflected.get(name, [])
        return [
            Rule(place, Action.PERMIT, _reversed(may), _reversed(must, exact=True), states=REPLIES)
            for may, must in reflected
        ]

    def _entry(self, words: Words, kind: str, line: Line) -> Rule | tuple[str, Place]:
        place = self._notes.place(line)
        keyword = words.expect("permit", "deny", "evaluate")
        if keyword == "evaluate" and kind != "standard":
            return words.take(), place
        action = Action(keyword) if keyword != "evaluate" else Action.UNKNOWN
        if kind == "standard":
            may, must = matched(self._standard(words), exactly(IPV4), services(Ports()))
            while words.accept("log"):
                words.rest()
            self._holes(line, may, must)
            return Rule(place, action, may, must, note="" if may == must else "a mask with holes")
        service, source, destination = self._match(words, kind)
        options = _Options(words)
        may, must = matched(source, destination, service)
        if options.reflect:
            self._reflected.setdefault(options.reflect, []).append((may, must))
        self._holes(line, may, must, source, destination)
        if action is Action.PERMIT and not options.established and _from_ports(service):
            self._notes.finding(line, "whatever comes from these source ports may begin connections to any port")
        note = options.unsure or ("" if may == must else "what a name or a mask stands for is not certain")
        return Rule(
            place,
            action,
            may,
            NOTHING if options.unsure else must,
            states=REPLIES if options.established else None,
            note=note,
        )

    def _holes(self, line: Line, may: Headers, must: Headers, *ends: Addresses) -> None:
        masks = [word for word in line.words if word.startswith("255.") and not word.endswith(".255")]
        if masks and may != must and (not ends or any(not end.exact for end in ends)):
            self._notes.finding(line, "a mask with holes: IOS takes wildcard masks here (0.0.0.255), not network masks")

    @staticmethod
    def _standard(words: Words) -> Addresses:
        if words.accept("any"):
            return exactly(IPV4)
        if words.accept("host"):
            return exactly(literals.host(words.take(), {}).common(IPV4))
        word = words.take()
        if words and words.next[:1].isdecimal():
            return literals.wildcard(word, words.take())
        return exactly(literals.host(word, {}).common(IPV4))

    def _match(self, words: Words, kind: str) -> tuple[Services, Addresses, Addresses]:
        whole = IPV6 if kind == "ipv6" else IPV4
        service = self._protocol(words, kind)
        source = self._address(words, kind)
        source_ports = port_terms.ports(words, several=True) if words.next in port_terms.OPERATORS else None
        destination = self._address(words, kind)
        within = tuple(Addresses(one_.may.common(whole), one_.must.common(whole)) for one_ in (source, destination))
        first = service.may[0].protocol if len(service.may) == 1 else None
        if first is not None and port_terms.is_icmp(first) and service.may[0].destination == PORTS:
            if source_ports is not None:
                raise NotUnderstood("ports of a protocol that has none")
            service = services(Ports(first, PORTS, port_terms.icmp_match(words, first)))
        elif source_ports is not None or words.next in port_terms.OPERATORS:
            after = port_terms.ports(words, several=True) if words.next in port_terms.OPERATORS else port_terms.ALL
            service = _with_ports(service, source_ports or port_terms.ALL, after)
        return service, within[0], within[1]

    def _protocol(self, words: Words, kind: str) -> Services:
        if words.accept("object-group"):
            name = words.take()
            if self._groups.kind(name) != "service":
                return UNKNOWN_SERVICES
            return self._groups.services(name)
        word = words.take()
        if kind == "ipv6" and word.lower() == "icmp":
            return services(Ports(one(ICMPV6)))
        return services(Ports(port_terms.protocol(word)))

    def _address(self, words: Words, kind: str) -> Addresses:
        if words.accept("any"):
            return exactly(IPV6 if kind == "ipv6" else IPV4)
        if words.accept("host"):
            return exactly(literals.host(words.take(), {}))
        if words.accept("object-group"):
            return self._groups.addresses(words.take())
        if kind == "ipv6":
            return exactly(literals.prefix(words.take(), {}))
        word = words.take()
        return exactly(literals.slashed(word)) if "/" in word else literals.wildcard(word, words.take())


class _Options:
    """What stands behind a match."""

    def __init__(self, words: Words) -> None:
        self.established = False
        self.reflect = ""
        self.unsure = ""
        while words:
            keyword = words.take().lower()
            if keyword == "established":
                self.established = True
            elif keyword == "reflect":
                self.reflect = words.take()
                if words.accept("timeout"):
                    words.take()
            elif keyword in {"log", "log-input"}:
                if words and words.next not in OPTIONS:  # a tag that is logged with it
                    words.take()
            elif keyword in UNSURE_WITH_VALUE:
                self.unsure = f"only where {keyword} is {words.take()}"
                if keyword == "option" and words.next.isdecimal():
                    words.take()
            elif keyword in UNSURE_ALONE:
                self.unsure = f"only where {keyword}"
            elif keyword in FLAGS:
                self.unsure = f"only with flags {' '.join(words.rest())}"
            elif keyword == "sequence":
                words.take()
            else:
                raise NotUnderstood(keyword)


def _with_ports(service: Services, source: port_terms.PortSet, destination: port_terms.PortSet) -> Services:
    if len(service.may) != 1 or not service.may[0].protocol.within(PORTED):
        raise NotUnderstood("ports of a protocol that has none")
    protocol = service.may[0].protocol
    sure = bool(source[1]) and bool(destination[1])
    return Services(
        (Ports(protocol, source[0], destination[0]),), (Ports(protocol, source[1], destination[1]),) if sure else ()
    )


def _from_ports(service: Services) -> bool:
    return any(port.source != PORTS and port.destination == PORTS for port in service.may)


def _reversed(found: Headers, *, exact: bool = False) -> Headers:
    """Headers of replies; with ``exact`` only where ports turn round: an ICMP type does not."""
    boxes: list[Box] = []
    for box in found:
        if not exact or box.protocol.within(PORTED):
            boxes += headers(box.destination, box.source, box.protocol, box.destination_port, box.source_port)
    return tuple(boxes)
