"""Entries of an ASA's extended access lists as rules. Never where a list is bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leadglass.network.address import EVERY
from leadglass.network.headers import ICMP, NOTHING, PORTS, SCTP, TCP, UDP
from leadglass.network.importers.asa.objects import Objects, both
from leadglass.network.importers.cisco import literals
from leadglass.network.importers.cisco import ports as port_terms
from leadglass.network.importers.cisco.bounded import (
    UNKNOWN_ADDRESSES,
    Addresses,
    Ports,
    Services,
    exactly,
    matched,
)
from leadglass.network.importers.cisco.lines import Line
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.intervals import Intervals, of, one, union
from leadglass.network.rule import Action, Rule

PORTED = of([(TCP, TCP), (UDP, UDP), (SCTP, SCTP)])
ACTIONS = {"permit": Action.PERMIT, "deny": Action.DENY}
LOG_LEVELS = frozenset(
    [
        "emergencies",
        "alerts",
        "critical",
        "errors",
        "warnings",
        "notifications",
        "informational",
        "debugging",
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
    ]
)
WHO = {"user", "user-group", "object-group-user", "security-group", "object-group-security"}
"""Conditions on the user or the security group: what they match is in no header."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the words of an entry can refer to.

    Attributes:
        any: what the words for any address mean.
        interfaces: own addresses of the interfaces, by their names.
    """

    objects: Objects
    any: Mapping[str, Intervals]
    interfaces: Mapping[str, Intervals]


def entries(lines: list[Line], scope: Scope, notes: Notes, *, used: bool) -> tuple[Rule, ...]:
    """The rules of one list, in order; a line that is not understood may do anything to any packet.

    Args:
        lines: of the list.
        scope: of names.
        notes: of the file.
        used: some line refers to the list. Of one that nothing refers to, a line that is not understood may as well
            belong to another.
    """
    found = []
    for line in lines:
        words = Words(line.words)
        words.take(), words.take()
        if words.next == "remark":
            continue
        try:
            rule = _entry(words, line, scope, notes)
        except NotUnderstood as why:
            (notes.missed if used else notes.doubt)(line)
            rule = Rule(notes.place(line), Action.UNKNOWN, must=NOTHING, note=str(why))
        else:
            notes.understood(line)
        if rule is not None:
            found.append(rule)
    return tuple(found)


def _entry(words: Words, line: Line, scope: Scope, notes: Notes) -> Rule | None:
    """One entry; None where it is inactive."""
    if words.accept("line"):
        words.take()
    kind = words.expect("extended", "permit", "deny", "standard")
    action = ACTIONS[words.expect(*ACTIONS) if kind in {"extended", "standard"} else kind]
    if kind == "standard":
        source, destination = Addresses(EVERY, EVERY), _address(words, scope)
        service, unsure = Services((Ports(),), (Ports(),)), ""
    else:
        service, source, destination, unsure = _match(words, scope)
    inactive = False
    while words:
        keyword = words.expect("log", "time-range", "inactive")
        if keyword == "log":
            _log(words)
        elif keyword == "time-range":
            unsure = f"in force only at the times of {words.take()}"
        else:
            inactive = True
    if inactive:
        return None
    may, must = matched(source, destination, service)
    if literals.HOLES in {source, destination}:
        notes.finding(line, "a mask with holes: an ASA takes network masks here (255.255.255.0), not wildcard masks")
    if action is Action.PERMIT and any(port.source != PORTS and port.destination == PORTS for port in service.may):
        notes.finding(line, "whatever comes from these source ports may begin connections to any port")
    note = unsure or ("" if may == must else "what a name stands for is not certain")
    return Rule(notes.place(line), action, may, NOTHING if unsure else must, note=note)


def _match(words: Words, scope: Scope) -> tuple[Services, Addresses, Addresses, str]:
    service = _protocol(words, scope)
    unsure = _who(words)
    source = _address(words, scope)
    source_ports = _ports(words, scope)
    unsure = _who(words) or unsure
    destination = _address(words, scope)
    if service is None:
        raise NotUnderstood("no protocol")
    if len(service.may) == 1 and port_terms.is_icmp(service.may[0].protocol):
        if source_ports is None:
            service = _icmp(words, scope, service)
        else:
            raise NotUnderstood("ports of a protocol that has none")
    else:
        destination_ports = _ports(words, scope)
        if source_ports is not None or destination_ports is not None:
            service = _with_ports(service, source_ports or port_terms.ALL, destination_ports or port_terms.ALL)
    return service, source, destination, unsure


def _with_ports(service: Services, source: port_terms.PortSet, destination: port_terms.PortSet) -> Services:
    if len(service.may) != 1 or not service.may[0].protocol.within(PORTED):
        raise NotUnderstood("ports of a protocol that has none")
    found = both(service.may[0].protocol, source, destination)
    return found if service.must else Services(found.may, ())


def _protocol(words: Words, scope: Scope) -> Services:
    word = words.take()
    if word.lower() in {"object", "object-group"}:
        space = "object" if word.lower() == "object" else "group"
        name = words.take()
        if scope.objects.kind(space, name) not in {"service", "protocol"}:
            raise NotUnderstood(f"no service or protocol of the name {name}")
        return scope.objects.services(space, name)
    protocol = port_terms.protocol(word)
    return Services((Ports(protocol),), (Ports(protocol),))


def _who(words: Words) -> str:
    """Conditions on who sends or receives, in words; empty where there are none."""
    found = ""
    while words.next in WHO:
        keyword = words.take().lower()
        if keyword == "security-group":
            words.expect("name", "tag")
        name = words.take()
        found = f"only for {keyword} {name}"
    return found


def _address(words: Words, scope: Scope) -> Addresses:
    keyword = words.next
    aliases = scope.objects.aliases
    if keyword in scope.any:
        words.take()
        return exactly(scope.any[keyword])
    if keyword == "host":
        words.take()
        return exactly(literals.host(words.take(), aliases))
    if keyword in {"object", "object-group"}:
        words.take()
        space, name = ("object" if keyword == "object" else "group"), words.take()
        kind = scope.objects.kind(space, name)
        if kind == "network-service":
            return UNKNOWN_ADDRESSES
        if kind != "network":
            raise NotUnderstood(f"no addresses of the name {name}")
        return scope.objects.addresses(space, name)
    if keyword == "interface":
        words.take()
        own = scope.interfaces.get(words.take())
        return exactly(own) if own else UNKNOWN_ADDRESSES
    return literals.subnet(words, aliases)


def _ports(words: Words, scope: Scope) -> port_terms.PortSet | None:
    """Ports, if they come next: an operator, or a group of ports."""
    if words.next in port_terms.OPERATORS:
        return port_terms.ports(words)
    if words.next != "object-group":
        return None
    ahead = words.second
    if scope.objects.kind("group", ahead) != "ports":
        return None
    words.take(), words.take()
    group = scope.objects.services("group", ahead)
    return (
        union(port.destination for port in group.may),
        union(port.destination for port in group.must),
    )


def _icmp(words: Words, scope: Scope, service: Services) -> Services:
    protocol = service.may[0].protocol
    if words.next == "object-group":
        words.take()
        name = words.take()
        if scope.objects.kind("group", name) != "icmp-type" or protocol != one(ICMP):
            raise NotUnderstood(f"no ICMP types of the name {name}")
        return scope.objects.services("group", name)
    kinds = port_terms.icmp_match(words, protocol)
    return Services((Ports(protocol, PORTS, kinds),), (Ports(protocol, PORTS, kinds),)) if kinds != PORTS else service


def _log(words: Words) -> None:
    if words.accept("disable") or words.accept("default"):
        return
    if words.next in LOG_LEVELS:
        words.take()
    if words.accept("interval"):
        words.take()
