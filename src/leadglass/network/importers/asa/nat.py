"""Translation rules of an ASA since 8.3: twice NAT and object NAT in the order of their sections. Never their effect.

Source: "Network Address Translation" of the ASA firewall configuration guide (NAT rule order, twice NAT, object NAT).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from leadglass.network.address import EVERY, IPV4
from leadglass.network.importers.asa.objects import Objects
from leadglass.network.importers.cisco import literals
from leadglass.network.importers.cisco import ports as port_terms
from leadglass.network.importers.cisco.bounded import Ports
from leadglass.network.importers.cisco.lines import Line
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.intervals import Intervals, union

INTERFACE6 = frozenset({"ipv6"})
POOL_OPTIONS = frozenset({"round-robin", "extended", "flat", "include-reserve", "block-allocation"})


@dataclass(frozen=True, slots=True)
class Nat:
    """One rule.

    Attributes:
        line: where it stands.
        real_interface, mapped_interface: names; None: any.
        real, mapped: addresses of the source as it is, and as the mapped side sees it.
        static: mapped hosts can be reached from the mapped side.
        pool: mapped hosts can be reached while they are mapped (dynamic without ports).
        far_mapped, far_real: addresses of the destination as the real side sees it, and as it is; None: any, unchanged.
        real_ports, mapped_ports: source ports and destination ports before and after; None: unchanged.
        one_way: only what begins on the real side.
    """

    line: Line
    real_interface: str | None
    mapped_interface: str | None
    real: Intervals
    mapped: Intervals
    static: bool
    pool: bool = False
    far_mapped: Intervals | None = None
    far_real: Intervals | None = None
    real_ports: Ports | None = None
    mapped_ports: Ports | None = None
    one_way: bool = False

    @property
    def identity(self) -> bool:
        """Whether the source stays as it is."""
        return self.real == self.mapped and self.real_ports == self.mapped_ports


class Rules:
    """All translation rules of a file, in the order an ASA tries them.

    Args:
        objects: that rules refer to.
        interfaces: own active addresses of the interfaces, by their names.
        notes: of the file.
    """

    def __init__(self, objects: Objects, interfaces: dict[str, Intervals], notes: Notes) -> None:
        self._objects = objects
        self._interfaces = interfaces
        self._notes = notes
        self._before: list[Nat] = []
        self._auto: list[tuple[str, Nat]] = []
        self._after: list[Nat] = []

    @property
    def ordered(self) -> tuple[Nat, ...]:
        """Section 1 in order, section 2 static before dynamic and small before large, section 3 in order."""
        auto = sorted(
            self._auto, key=lambda found: (not found[1].static, found[1].real.size, found[1].real.first, found[0])
        )
        return (*self._before, *(nat for _, nat in auto), *self._after)

    def read_twice(self, line: Line) -> None:
        """Take a rule of section 1 or 3; one that is not understood may change any packet."""
        words = Words(line.words)
        try:
            section, at, found = self._twice(words, line)
            words.end()
        except NotUnderstood:
            self._notes.doubt(line)
            return
        self._notes.understood(line)
        if found is not None:
            section.insert(len(section) if at is None else at, found)

    def read_object(self, name: str, line: Line) -> None:
        """Take the rule of an object: section 2."""
        words = Words(line.words)
        try:
            found = self._object(name, words, line)
            words.end()
        except NotUnderstood:
            self._notes.doubt(line)
            return
        self._notes.understood(line)
        self._auto.append((name, found))

    def _twice(self, words: Words, line: Line) -> tuple[list[Nat], int | None, Nat | None]:
        words.expect("nat")
        real_interface, mapped_interface = self._pair(words)
        section = self._after if words.accept("after-auto") else self._before
        at = int(words.take()) - 1 if words.next.isdecimal() and len(words.next) <= 5 else None
        words.expect("source")
        static = words.expect("static", "dynamic") == "static"
        real = self._named(words)
        found = Nat(line, real_interface, mapped_interface, real, real, static)
        found = self._mapped(found, words)
        if words.accept("destination"):
            words.expect("static")
            far_mapped = self._interface(real_interface, words) if words.next == "interface" else self._named(words)
            found = replace(found, far_mapped=far_mapped, far_real=self._named(words))
        if words.accept("service"):
            found = replace(found, real_ports=self._service(words), mapped_ports=self._service(words))
        active = True
        while words:
            option = words.take().lower()
            if option == "unidirectional":
                found = replace(found, one_way=True)
            elif option == "inactive":
                active = False
            elif option == "description":
                words.rest()
            elif option not in {"net-to-net", "dns", "no-proxy-arp", "route-lookup"}:
                raise NotUnderstood(option)
        return section, at, found if active else None

    def _object(self, name: str, words: Words, line: Line) -> Nat:
        words.expect("nat")
        real_interface, mapped_interface = self._pair(words)
        static = words.expect("static", "dynamic") == "static"
        real = self._exact("object", name)
        found = self._mapped(Nat(line, real_interface, mapped_interface, real, real, static), words)
        while words:
            option = words.take().lower()
            if option == "service":
                protocol = port_terms.protocol(words.expect("tcp", "udp", "sctp"))
                before, after = (_one_port(words.take()) for _ in range(2))
                found = replace(found, real_ports=Ports(protocol, before), mapped_ports=Ports(protocol, after))
            elif option not in {"net-to-net", "dns", "no-proxy-arp", "route-lookup"}:
                raise NotUnderstood(option)
        return found

    def _pair(self, words: Words) -> tuple[str | None, str | None]:
        if not words.next.startswith("("):
            return None, None
        written = words.take()
        if not written.endswith(")"):
            written += words.take()
        real, comma, mapped = written.strip("()").partition(",")
        for name in (real, mapped):
            if not comma or (name != "any" and name not in self._interfaces):
                raise NotUnderstood(f"no interface {name}")
        return (None if real == "any" else real), (None if mapped == "any" else mapped)

    def _mapped(self, nat: Nat, words: Words) -> Nat:
        """What the source becomes: an address, a name, a pool, the interface's own address, or several of these."""
        parts: list[Intervals] = []
        pool = False
        if not nat.static and words.accept("pat-pool"):
            parts.append(self._named(words, inline=True))
            while words.next in POOL_OPTIONS:
                words.take()
        elif words.next != "interface":
            parts.append(self._named(words, inline=True))
            pool = not nat.static and parts[0].size > 1
            if not nat.static and words.accept("pat-pool"):
                parts.append(self._named(words, inline=True))
                while words.next in POOL_OPTIONS:
                    words.take()
        if words.next == "interface":
            parts.append(self._interface(nat.mapped_interface, words))
        mapped = union(parts)
        version = IPV4 if mapped.within(IPV4) else EVERY.without(IPV4) if not mapped.meets(IPV4) else EVERY
        real = nat.real if nat.real == mapped else nat.real.common(version)
        if not real or not mapped:
            raise NotUnderstood("translation between IP versions, or of nothing")
        return replace(nat, real=real, mapped=mapped, pool=pool)

    def _interface(self, name: str | None, words: Words) -> Intervals:
        words.expect("interface")
        wanted = EVERY.without(IPV4) if words.next in INTERFACE6 and words.take() else IPV4
        found = self._interfaces.get(name or "")
        found = found.common(wanted) if found is not None else None
        if not found:
            raise NotUnderstood("the address of the interface is in no line")
        return found

    def _named(self, words: Words, *, inline: bool = False) -> Intervals:
        """The addresses of an object, a group or "any"; with ``inline`` of an address too."""
        name = words.take()
        if name.lower() in literals.ANY:
            return literals.ANY[name.lower()]
        for space in ("object", "group"):
            if self._objects.kind(space, name) == "network":
                return self._exact(space, name)
        if inline:
            return literals.host(name, self._objects.aliases)
        raise NotUnderstood(f"no addresses of the name {name}")

    def _exact(self, space: str, name: str) -> Intervals:
        found = self._objects.addresses(space, name)
        if not found.exact or not found.may:
            raise NotUnderstood(f"the addresses of {name} are not certain")
        return found.may

    def _service(self, words: Words) -> Ports:
        found = self._objects.services("object", words.take())
        if len(found.may) != 1 or found.may != found.must:
            raise NotUnderstood("a service that is not certain")
        return found.may[0]


def _one_port(word: str) -> Intervals:
    may, must = port_terms.port(word)
    if may != must:
        raise NotUnderstood(f"a port that documents give two numbers: {word!r}")
    return may
