"""Interfaces of an IOS device: addresses, and what is bound to each. Never a rule."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from leadglass.network.address import IPV4
from leadglass.network.device import Interface
from leadglass.network.importers.cisco import literals
from leadglass.network.importers.cisco.lines import Block, Line, sections
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.importers.ios import commands
from leadglass.network.intervals import EMPTY, Intervals, union

_NAME = re.compile(r"[A-Za-z][A-Za-z-]*[0-9][0-9/.:]*")
ROLES = frozenset(["inside", "outside"])
STANDBY = frozenset(["ip", "ipv6"])


@dataclass(slots=True)
class Port:
    """An interface with what is bound to it.

    Attributes:
        name: as the device writes it, without spaces.
        line: its head.
        lists: name of the list and its line, by direction ("in", "out") and IP version ("4", "6").
        nat: "inside" or "outside"; empty where it takes no part in translation.
        zone: of the zone firewall.
        crypto: name of its crypto map.
        own: its primary IPv4 address.
        hindrances: what may drop packets that come in by it, with words; and whether only strangers' sources.
        learned: its addresses come from the network.
    """

    name: str
    line: Line
    networks: list[Intervals] = field(default_factory=list)
    addresses: list[Intervals] = field(default_factory=list)
    own: Intervals = EMPTY
    lists: dict[tuple[str, str], tuple[str, Line]] = field(default_factory=dict)
    nat: str = ""
    zone: str = ""
    vrf: str = ""
    crypto: str = ""
    shut: bool = False
    learned: bool = False
    policy_routed: bool = False
    unnumbered: str = ""
    policies: list[tuple[str, Line]] = field(default_factory=list)
    hindrances: list[tuple[Line, str, bool]] = field(default_factory=list)

    def interface(self, notes: Notes) -> Interface:
        """As the core knows it."""
        return Interface(
            self.name,
            union(self.networks),
            union(self.addresses),
            self.zone,
            self.vrf,
            not self.shut,
            notes.place(self.line),
        )


class Ports:
    """All interfaces of a file.

    Args:
        notes: of the file.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._ports: dict[str, Port] = {}

    @property
    def all(self) -> tuple[Port, ...]:
        """Those that carry IP; a sub-interface of one that is shut is shut."""
        for port in self._ports.values():
            lent = self._ports.get(port.unnumbered)
            if lent is not None:
                port.addresses += lent.addresses
                port.own = lent.own
            parent = self._ports.get(port.name.partition(".")[0])
            port.shut = port.shut or (parent is not None and parent.shut)
        return tuple(port for port in self._ports.values() if port.addresses or port.learned or port.unnumbered)

    def read(self, block: Block) -> None:
        """Take an interface; what is said again later replaces what was."""
        words = block.head.words[1:]
        if words[-1:] in (["point-to-point"], ["multipoint"], ["l2transport"]):
            words = words[:-1]
        name = "".join(words)
        if _NAME.fullmatch(name) is None:
            self._notes.doubt(*block.lines)
            return
        self._notes.understood(block.head)
        port = self._ports.setdefault(name, Port(name, block.head))
        for inner in sections(block.body):
            self._line(port, inner)

    def _line(self, port: Port, inner: Block) -> None:
        words = Words(inner.head.words)
        negated = words.accept("no")
        if words.next in commands.INTERFACE:
            return
        if words.next in {"ip", "ipv4"} and words.second in commands.INTERFACE_IP:
            return
        if words.next == "ipv6" and words.second in commands.INTERFACE_IPV6:
            return
        try:
            self._command(port, words, inner.head, negated=negated)
            words.end()
        except NotUnderstood:
            self._notes.doubt(*inner.lines)
        else:
            self._notes.understood(inner.head)
            self._notes.doubt(*inner.body)

    def _command(self, port: Port, words: Words, line: Line, *, negated: bool) -> None:
        keyword = words.take().lower()
        if negated:
            self._negated(port, keyword, words)
        elif keyword == "shutdown":
            port.shut = True
        elif keyword == "ip":
            self._ip(port, words, line)
        elif keyword == "ipv6":
            self._ipv6(port, words, line)
        elif keyword == "vrf":
            words.expect("forwarding", "member")
            port.vrf = words.take()
        elif keyword == "zone-member":
            words.expect("security")
            port.zone = words.take()
        elif keyword in {"standby", "vrrp"}:
            self._redundant(port, words)
        elif keyword == "crypto":
            words.expect("map")
            port.crypto = words.take()
            words.rest()
        elif keyword == "service-policy":
            if words.accept("type"):
                raise NotUnderstood("type")
            words.expect("input", "output")
            port.policies.append((words.take(), line))
        elif keyword == "rate-limit":
            words.rest()
            port.hindrances.append((line, "what comes too fast is dropped", False))
        else:
            raise NotUnderstood(keyword)

    @staticmethod
    def _negated(port: Port, keyword: str, words: Words) -> None:
        if keyword == "shutdown":
            port.shut = False
        elif keyword == "ip" and words.accept("address"):
            port.networks = [found for found in port.networks if not found.meets(IPV4)]
            port.addresses = [found for found in port.addresses if not found.meets(IPV4)]
            port.own = EMPTY
            words.rest()
        elif keyword == "ip" and words.accept("access-group"):
            port.lists = {key: bound for key, bound in port.lists.items() if bound[0] != words.next}
            words.rest()
        elif keyword == "ipv6" and words.next == "address":
            words.rest()
        else:
            raise NotUnderstood(f"no {keyword}")

    def _ip(self, port: Port, words: Words, line: Line) -> None:
        keyword = words.take().lower()
        if keyword == "address":
            self._address(port, words)
        elif keyword == "access-group":
            name = words.take()
            port.lists[words.expect("in", "out"), "4"] = name, line
        elif keyword == "nat":
            port.nat = words.expect(*ROLES)
        elif keyword == "vrf":
            words.expect("forwarding")
            port.vrf = words.take()
        elif keyword == "unnumbered":
            port.unnumbered = "".join(words.rest())
        elif keyword == "policy":
            words.rest()
            port.policy_routed = True
        elif keyword == "verify":
            words.rest()
            port.hindrances.append((line, "sources that are not routed here", True))
        elif keyword == "nhrp":
            words.rest()
            port.learned = True
        elif keyword == "inspect":  # what it lets pass are replies
            words.rest()
        elif keyword in commands.MAY_DROP:
            words.rest()
            port.hindrances.append((line, f"{keyword}: what another service decides is not known", False))
        else:
            raise NotUnderstood(keyword)

    @staticmethod
    def _address(port: Port, words: Words) -> None:
        if words.next in {"dhcp", "negotiated", "pool"}:
            words.rest()
            port.learned = True
            return
        own, mask = words.take(), words.take()
        network = literals.masked(own, mask, {}).must
        if not network:
            raise NotUnderstood(mask)
        secondary = words.accept("secondary")
        port.networks.append(network)
        port.addresses.append(literals.host(own, {}))
        if not secondary:
            port.own = port.addresses[-1]

    @staticmethod
    def _ipv6(port: Port, words: Words, line: Line) -> None:
        keyword = words.expect("address", "traffic-filter", "unnumbered", "policy", "verify", "inspect", "nat")
        if keyword == "traffic-filter":
            name = words.take()
            port.lists[words.expect("in", "out"), "6"] = name, line
        elif keyword == "policy":
            words.rest()
            port.policy_routed = True
        elif keyword == "verify":
            words.rest()
            port.hindrances.append((line, "sources that are not routed here", True))
        elif keyword == "inspect":
            words.rest()
        elif keyword == "unnumbered":
            port.unnumbered = "".join(words.rest())
        elif keyword == "nat":
            raise NotUnderstood(keyword)
        elif words.next in {"autoconfig", "dhcp"}:
            words.rest()
            port.learned = True
        else:
            _address6(port, words)

    @staticmethod
    def _redundant(port: Port, words: Words) -> None:
        """A virtual address that a pair shares ("standby 1 ip 10.0.0.1"); all else of it is irrelevant."""
        if words.next.isdecimal():
            words.take()
        if words.next in STANDBY:
            words.take()
            if words and words.next != "autoconfig":
                port.addresses.append(literals.host(words.next.partition("/")[0], {}))
        words.rest()


def _address6(port: Port, words: Words) -> None:
    written = words.take()
    if "/" not in written and not words.accept("link-local"):  # a general prefix: which, the network tells
        words.rest()
        port.learned = True
        return
    if "/" not in written:
        port.addresses.append(literals.host(written, {}))
        return
    port.networks.append(literals.prefix(written, {}))
    if not words.accept("eui-64"):
        port.addresses.append(literals.host(written.partition("/")[0], {}))
    words.accept("anycast")
