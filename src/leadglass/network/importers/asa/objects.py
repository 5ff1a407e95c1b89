"""Objects and object groups of an ASA, resolved to addresses and services. An unparsed one is both empty and any."""

from __future__ import annotations

from dataclasses import dataclass, field

from leadglass.network.headers import PORTS, TCP, UDP
from leadglass.network.importers.cisco import literals
from leadglass.network.importers.cisco import ports as port_terms
from leadglass.network.importers.cisco.bounded import (
    NO_ADDRESSES,
    NO_SERVICES,
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
from leadglass.network.importers.cisco.literals import Aliases
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.intervals import Intervals, of, one

MAX_DEPTH = 32  # of groups in groups
PORT_GROUPS = {"tcp": one(TCP), "udp": one(UDP), "tcp-udp": of([(TCP, TCP), (UDP, UDP)])}
DEFINITIONS = {"host", "subnet", "range", "fqdn", "service"}
MATCHED_OTHERWISE = {"user", "security", "network-service"}  # groups of what no header tells


@dataclass(frozen=True, slots=True)
class Member:
    """One entry: what it stands for itself, or the object or group it names.

    Attributes:
        name: of the object or group; empty where the entry stands for itself.
        addresses, services: what it stands for.
    """

    name: str = ""
    addresses: Addresses = NO_ADDRESSES
    services: Services = NO_SERVICES


@dataclass(slots=True)
class Named:
    """An object or a group.

    Attributes:
        kind: "network", "service", "ports" (a service group of one protocol), "protocol", "icmp-type", or another that
            matches what no header tells.
        line: its head.
        protocol: of a group of ports.
        unknown: an entry was not understood: it may stand for anything beside what was.
    """

    kind: str
    line: Line
    protocol: Intervals | None = None
    members: list[Member] = field(default_factory=list)
    unknown: bool = False


class Objects:
    """All objects and groups of a file; groups share one space of names, objects another.

    Args:
        notes: of the file.
        aliases: addresses by name.
    """

    def __init__(self, notes: Notes, aliases: Aliases) -> None:
        self.aliases = aliases
        self._notes = notes
        self._objects: dict[str, Named] = {}
        self._groups: dict[str, Named] = {}
        self._addresses: dict[str, Addresses] = {}
        self._services: dict[str, Services] = {}

    def read_object(self, block: Block) -> list[Line]:
        """Take an object; lines of its translation are given back."""
        words = block.head.words
        if len(words) != 3 or words[1] not in {"network", "service"}:
            self._notes.doubt(*block.lines)
            return []
        found = self._objects.setdefault(words[2], Named(words[1], block.head))
        self._notes.understood(block.head)
        translations = []
        for line in block.body:
            if line.words[:1] == ["nat"] and found.kind == "network":
                translations.append(line)
            elif line.words[:1] != ["description"]:
                self._entry(found, line, replaces=True)
        return translations

    def read_group(self, block: Block) -> None:
        """Take a group."""
        words = block.head.words
        if len(words) not in {3, 4} or (len(words) == 4 and (words[1] != "service" or words[3] not in PORT_GROUPS)):
            self._notes.doubt(*block.lines)
            return
        kind = "ports" if len(words) == 4 else words[1]
        if kind not in {"network", "service", "ports", "protocol", "icmp-type", *MATCHED_OTHERWISE}:
            self._notes.doubt(*block.lines)
            return
        protocol = PORT_GROUPS[words[3]] if len(words) == 4 else None
        found = self._groups.setdefault(words[2], Named(kind, block.head, protocol))
        self._notes.understood(block.head)
        for line in block.body:
            if line.words[:1] == ["description"]:
                continue
            if kind in MATCHED_OTHERWISE:
                self._notes.understood(line)
                found.unknown = True
            else:
                self._entry(found, line)

    def _entry(self, found: Named, line: Line, *, replaces: bool = False) -> None:
        try:
            words = Words(line.words)
            member = self._member(found, words)
            words.end()
        except NotUnderstood:
            found.unknown = True
            if replaces:
                found.members.clear()
            # What is no definition at all may have been a translation.
            known = line.words[:1] and line.words[0] in DEFINITIONS
            (self._notes.missed if known or not replaces else self._notes.doubt)(line)
            return
        self._notes.understood(line)
        if replaces:  # an object has one definition; what is entered later replaces it
            found.members.clear()
            found.unknown = False
        found.members.append(member)

    def _member(self, found: Named, words: Words) -> Member:
        keyword = words.take().lower()
        if keyword == "group-object":
            return Member(name=f"group {words.take()}")
        if found.kind == "network":
            return self._network(keyword, words)
        if found.kind == "ports" and keyword == "port-object":
            may, must = port_terms.ports(words)
            assert found.protocol is not None
            return Member(services=_ports(found.protocol, may, must))
        if found.kind == "protocol" and keyword == "protocol-object":
            return Member(services=services(Ports(port_terms.protocol(words.take()))))
        if found.kind == "icmp-type" and keyword == "icmp-object":
            kind = port_terms.icmp(port_terms.icmp_type(words.take(), one(1)))
            return Member(services=services(Ports(one(1), PORTS, kind)))
        if found.kind == "service" and keyword == "service-object" and words.accept("object"):
            return Member(name=f"object {words.take()}")
        if found.kind == "service" and keyword in {"service-object", "service"}:
            return Member(services=service(words))
        raise NotUnderstood(keyword)

    def _network(self, keyword: str, words: Words) -> Member:
        if keyword == "network-object" and words.accept("object"):
            return Member(name=f"object {words.take()}")
        if keyword == "host" or (keyword == "network-object" and words.accept("host")):
            return Member(addresses=exactly(literals.host(words.take(), self.aliases)))
        if keyword in {"subnet", "network-object"}:
            return Member(addresses=literals.subnet(words, self.aliases))
        if keyword == "range":
            return Member(addresses=exactly(literals.between(words.take(), words.take(), self.aliases)))
        if keyword == "fqdn":  # its addresses are in no configuration
            words.rest()
            return Member(addresses=UNKNOWN_ADDRESSES)
        raise NotUnderstood(keyword)

    def kind(self, space: str, name: str) -> str:
        """What a name of a space ("object" or "group") is; empty where there is none."""
        found = self._named(f"{space} {name}")
        return found.kind if found is not None else ""

    def addresses(self, space: str, name: str) -> Addresses:
        """The addresses that a name stands for; of one that is missing or turns in circles: empty and any."""
        return self._resolve_addresses(f"{space} {name}", ())

    def services(self, space: str, name: str) -> Services:
        """The services that a name stands for; of one that is missing or turns in circles: empty and any."""
        return self._resolve_services(f"{space} {name}", ())

    def line(self, space: str, name: str) -> Line | None:
        """The head of a name."""
        found = self._named(f"{space} {name}")
        return found.line if found is not None else None

    def _named(self, reference: str) -> Named | None:
        space, _, name = reference.partition(" ")
        return (self._objects if space == "object" else self._groups).get(name)

    def _resolve_addresses(self, reference: str, path: tuple[str, ...]) -> Addresses:
        known = self._addresses.get(reference)
        if known is not None:
            return known
        found = self._named(reference)
        if found is None or found.kind != "network" or self._circular(found, reference, path):
            return UNKNOWN_ADDRESSES
        inner = (*path, reference)
        parts = [self._resolve_addresses(one.name, inner) if one.name else one.addresses for one in found.members]
        whole = together([*parts, *([UNKNOWN_ADDRESSES] if found.unknown else [])])
        self._addresses[reference] = whole
        return whole

    def _resolve_services(self, reference: str, path: tuple[str, ...]) -> Services:
        known = self._services.get(reference)
        if known is not None:
            return known
        found = self._named(reference)
        if found is None or found.kind == "network" or self._circular(found, reference, path):
            return UNKNOWN_SERVICES
        inner = (*path, reference)
        parts = [self._resolve_services(one.name, inner) if one.name else one.services for one in found.members]
        whole = all_services([*parts, *([UNKNOWN_SERVICES] if found.unknown else [])])
        self._services[reference] = whole
        return whole

    def _circular(self, found: Named, reference: str, path: tuple[str, ...]) -> bool:
        if reference not in path and len(path) < MAX_DEPTH:
            return False
        why = "contains itself" if reference in path else f"is nested more than {MAX_DEPTH} deep"
        self._notes.finding(found.line, f"{reference} {why}: it is taken for empty and for any at once")
        return True


def service(words: Words) -> Services:
    """A service: protocol, then "source" and "destination" ports, or an ICMP type.

    Raises:
        NotUnderstood: it is none.
    """
    word = words.take()
    protocol = PORT_GROUPS["tcp-udp"] if word.lower() == "tcp-udp" else port_terms.protocol(word)
    if port_terms.is_icmp(protocol):
        return services(Ports(protocol, PORTS, port_terms.icmp_match(words, protocol)))
    source = port_terms.ports(words) if words.accept("source") else port_terms.ALL
    destination = port_terms.ALL
    if words.accept("destination") or words.next in port_terms.OPERATORS:
        destination = port_terms.ports(words)
    return both(protocol, source, destination)


def both(protocol: Intervals, source: port_terms.PortSet, destination: port_terms.PortSet) -> Services:
    """A protocol with ports that are known between two bounds."""
    sure = bool(source[1]) and bool(destination[1])
    return Services(
        (Ports(protocol, source[0], destination[0]),), (Ports(protocol, source[1], destination[1]),) if sure else ()
    )


def _ports(protocol: Intervals, may: Intervals, must: Intervals) -> Services:
    """A group of ports as services to them; `Objects.services` of it is read for its destination ports."""
    return both(protocol, port_terms.ALL, (may, must))
