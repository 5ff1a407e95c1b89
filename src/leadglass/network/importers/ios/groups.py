"""Object groups of IOS, resolved to addresses and services. An unparsed one is both empty and any."""

from __future__ import annotations

from dataclasses import dataclass, field

from leadglass.network.address import EVERY, IPV6
from leadglass.network.headers import PORTS, TCP, UDP
from leadglass.network.importers.cisco import literals
from leadglass.network.importers.cisco import ports as port_terms
from leadglass.network.importers.cisco.bounded import (
    UNKNOWN_ADDRESSES,
    UNKNOWN_SERVICES,
    Addresses,
    Ports,
    Services,
    all_services,
    exactly,
    services,
    together,
)
from leadglass.network.importers.cisco.lines import Block, Line
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.intervals import Intervals, of

MAX_DEPTH = 32  # of groups in groups
KINDS = {"network": "network", "v6-network": "network", "service": "service", "v6-service": "service"}


@dataclass(slots=True)
class Group:
    """A group.

    Attributes:
        kind: "network" or "service".
        line: its head.
        inner: names of groups in it.
        unknown: an entry was not understood: it may stand for anything beside what was.
    """

    kind: str
    line: Line
    addresses: list[Addresses] = field(default_factory=list)
    services: list[Services] = field(default_factory=list)
    inner: list[str] = field(default_factory=list)
    unknown: bool = False


class Groups:
    """All object groups of a file.

    Args:
        notes: of the file.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._groups: dict[str, Group] = {}

    def read(self, block: Block) -> None:
        """Take a group."""
        words = block.head.words
        if len(words) != 3 or words[1] not in KINDS:
            self._notes.doubt(*block.lines)
            return
        self._notes.understood(block.head)
        group = self._groups.setdefault(words[2], Group(KINDS[words[1]], block.head))
        for line in block.body:
            entry = Words(line.words)
            if entry.next == "description":
                continue
            try:
                self._entry(group, entry)
                entry.end()
            except NotUnderstood:
                group.unknown = True
                self._notes.missed(line)
            else:
                self._notes.understood(line)

    @staticmethod
    def _entry(group: Group, words: Words) -> None:
        if words.next.isdecimal() and "." not in words.next and group.kind == "network":
            words.take()  # a sequence number, as IOS XE writes it
        if words.accept("group-object"):
            group.inner.append(words.take())
        elif group.kind == "network":
            group.addresses.append(_addresses(words))
        else:
            group.services.append(service(words))

    def kind(self, name: str) -> str:
        """What a group holds; empty where there is none."""
        group = self._groups.get(name)
        return group.kind if group is not None else ""

    def addresses(self, name: str) -> Addresses:
        """The addresses of a group."""
        found = self._members(name, "network")
        parts = [part for group in found for part in group.addresses]
        return together([*parts, *([UNKNOWN_ADDRESSES] if self._uncertain(found, name, "network") else [])])

    def services(self, name: str) -> Services:
        """The services of a group."""
        found = self._members(name, "service")
        parts = [part for group in found for part in group.services]
        return all_services([*parts, *([UNKNOWN_SERVICES] if self._uncertain(found, name, "service") else [])])

    def _members(self, name: str, kind: str) -> list[Group]:
        """A group with all that are in it, each once."""
        found: dict[str, Group] = {}
        open_ = [name]
        while open_:
            inner = open_.pop()
            group = self._groups.get(inner)
            if inner not in found and group is not None and group.kind == kind:
                found[inner] = group
                open_ += group.inner
        return list(found.values())

    def _uncertain(self, found: list[Group], name: str, kind: str) -> bool:
        if any(group.unknown or any(self.kind(inner) != kind for inner in group.inner) for group in found):
            return True
        return self.kind(name) != kind or self._circular(name)

    def _circular(self, name: str) -> bool:
        depth, level = 0, {name}
        while level:
            depth += 1
            level = {inner for one_ in level if one_ in self._groups for inner in self._groups[one_].inner}
            if depth > MAX_DEPTH or name in level:
                why = "contains itself" if name in level else f"is nested more than {MAX_DEPTH} deep, or in a circle"
                self._notes.finding(self._groups[name].line, f"group {name} {why}: taken for empty and for any at once")
                return True
        return False


def _addresses(words: Words) -> Addresses:
    if words.accept("any"):
        return exactly(EVERY)
    if words.accept("host"):
        return exactly(literals.host(words.take(), {}))
    if words.accept("range"):
        return exactly(literals.between(words.take(), words.take(), {}))
    word = words.take()
    if ":" in word:
        return exactly(literals.prefix(word, {}).common(IPV6))
    if "/" in word or words.next.startswith("/"):
        return exactly(literals.slashed(word if "/" in word else word + words.take()))
    return literals.masked(word, words.take(), {})


def service(words: Words) -> Services:
    """A service: protocol, then "source" and destination ports (the operator may be left out), or an ICMP type.

    Raises:
        NotUnderstood: it is none.
    """
    word = words.take().lower()
    protocol: Intervals = of([(TCP, TCP), (UDP, UDP)]) if word == "tcp-udp" else port_terms.protocol(word)
    if port_terms.is_icmp(protocol):
        return services(Ports(protocol, PORTS, port_terms.icmp_match(words, protocol)))
    if not protocol.within(of([(TCP, TCP), (UDP, UDP)])):
        return services(Ports(protocol))
    source = _ports(words) if words.accept("source") else port_terms.ALL
    destination = _ports(words) if words else port_terms.ALL
    sure = bool(source[1]) and bool(destination[1])
    return Services(
        (Ports(protocol, source[0], destination[0]),), (Ports(protocol, source[1], destination[1]),) if sure else ()
    )


def _ports(words: Words) -> port_terms.PortSet:
    return port_terms.ports(words) if words.next in port_terms.OPERATORS else port_terms.port(words.take())
