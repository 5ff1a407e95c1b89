"""Interfaces of an ASA: names, security levels, addresses, and what each says of its traffic. Never a rule."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.network.device import Interface
from leadglass.network.importers.cisco import literals
from leadglass.network.importers.cisco.lines import Block, Line
from leadglass.network.importers.cisco.literals import Aliases
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.intervals import EMPTY, Intervals, union

INSIDE_LEVEL = 100  # of an interface named "inside" without a level; any other has 0

IRRELEVANT = frozenset(
    [
        "authentication",
        "bfd",
        "channel-group",
        "cts",
        "ddns",
        "delay",
        "description",
        "duplex",
        "dhcp",
        "dhcprelay",
        "eigrp",
        "flowcontrol",
        "hello-interval",
        "hold-time",
        "igmp",
        "isis",
        "lacp",
        "lisp",
        "mac-address",
        "mac-heartbeat",
        "media-type",
        "member-interface",
        "mfib",
        "multicast",
        "nve",
        "ospf",
        "ospfv3",
        "pim",
        "port-channel",
        "power-supply",
        "pppoe",
        "priority-queue",
        "redundant",
        "rip",
        "segment-id",
        "speed",
        "split-horizon",
        "summary-address",
        "switchport",
        "tx-ring-limit",
        "vlan",
        "vpdn",
        "poe",
        "sfp-fec",
        "negotiate",
    ]
)
"""Commands below an interface that change neither what may pass nor where it goes."""


@dataclass(frozen=True, slots=True)
class Port:
    """A named interface with what an ASA knows of it beside its addresses.

    Attributes:
        interface: its name is the one that rules use ("nameif").
        level: security level, 0 to 100.
        own: its addresses without the standby unit's.
        line: that named it.
        management: no traffic passes through it.
        no_forward: interfaces ("Vlan2") that it must not begin traffic to.
        hardware: as the device calls it ("GigabitEthernet0/0").
        policy_routed: where its traffic goes is decided by more than the destination.
        learned: its addresses or routes come from the network, not from the text.
        tunnel: it is one end of an IPsec tunnel.
    """

    interface: Interface
    level: int
    own: Intervals
    line: Line
    hardware: str
    management: bool = False
    no_forward: frozenset[str] = frozenset()
    policy_routed: bool = False
    learned: bool = False
    tunnel: bool = False

    @property
    def name(self) -> str:
        """Its name."""
        return self.interface.name


class _Draft:
    """An interface while its lines are read."""

    def __init__(self) -> None:
        self.name = ""
        self.line: Line | None = None
        self.level: int | None = None
        self.networks: list[Intervals] = []
        self.own: list[Intervals] = []
        self.standby: list[Intervals] = []
        self.shut = self.management = self.policy_routed = self.learned = self.tunnel = self.bridged = False
        self.no_forward: set[str] = set()


def interfaces(blocks: list[Block], aliases: Aliases, notes: Notes) -> tuple[Port, ...]:
    """The named interfaces; one without a name carries nothing."""
    drafts: dict[str, _Draft] = {}
    for block in blocks:
        if len(block.head.words) != 2:
            notes.doubt(*block.lines)
            continue
        notes.understood(block.head)
        draft = drafts.setdefault(block.head.words[1], _Draft())
        for line in block.body:
            _read(draft, line, aliases, notes)
    found: dict[str, Port] = {}
    for hardware, draft in drafts.items():
        if draft.name and draft.line is not None:
            parent = drafts.get(hardware.partition(".")[0])
            port = _port(hardware, draft, draft.line, notes, shut=parent is not None and parent.shut)
            if port.name in found:
                notes.distrust(draft.line, f"two interfaces are named {port.name}")
            if draft.bridged:
                notes.distrust(draft.line, f"{port.name} is bridged: what passes between its members is not computed")
            found.setdefault(port.name, port)
    return tuple(found.values())


def _port(hardware: str, draft: _Draft, line: Line, notes: Notes, *, shut: bool) -> Port:
    level = draft.level if draft.level is not None else (INSIDE_LEVEL if draft.name == "inside" else 0)
    networks, addresses = union(draft.networks), union([*draft.own, *draft.standby])
    interface = Interface(
        draft.name, networks, addresses, draft.name, enabled=not (draft.shut or shut), place=notes.place(line)
    )
    return Port(
        interface,
        level,
        union(draft.own),
        line,
        hardware,
        draft.management,
        frozenset(draft.no_forward),
        draft.policy_routed,
        draft.learned,
        draft.tunnel,
    )


def _read(draft: _Draft, line: Line, aliases: Aliases, notes: Notes) -> None:
    words = Words(line.words)
    if words.next in IRRELEVANT:
        return
    try:
        if words.accept("no"):
            _negated(draft, words)
        else:
            _command(draft, words, line, aliases)
    except NotUnderstood:
        notes.doubt(line)
    else:
        notes.understood(line)


def _negated(draft: _Draft, words: Words) -> None:
    if words.accept("forward", "interface"):
        draft.no_forward.add(words.take().lower())
        return
    if words.accept("shutdown"):
        draft.shut = False
        return
    if words.take().lower() not in IRRELEVANT | {"nameif", "security-level", "ip", "ipv6", "management-only"}:
        raise NotUnderstood("no")


def _command(draft: _Draft, words: Words, line: Line, aliases: Aliases) -> None:
    keyword = words.take().lower()
    if keyword == "nameif":
        draft.name, draft.line = words.take(), line
        words.end()
    elif keyword == "security-level":
        level = words.take()
        if not (level.isdecimal() and level.isascii() and len(level) <= 3 and int(level) <= 100):
            raise NotUnderstood(level)
        draft.level = int(level)
        words.end()
    elif keyword == "shutdown":
        draft.shut = True
        words.end()
    elif keyword == "management-only":
        draft.management = True
        words.rest()
    elif keyword == "ip":
        words.expect("address")
        _address(draft, words, aliases)
    elif keyword == "ipv6":
        _address6(draft, words, aliases)
    elif keyword == "policy-route":
        draft.policy_routed = True
        words.rest()
    elif keyword in {"bridge-group", "vtep"}:
        draft.bridged = True
        words.rest()
    elif keyword == "tunnel":
        draft.tunnel = True
        words.rest()
    elif keyword in {"zone-member", "backup"}:
        words.rest()
    else:
        raise NotUnderstood(keyword)


def _address(draft: _Draft, words: Words, aliases: Aliases) -> None:
    if words.next in {"dhcp", "pppoe"}:
        draft.learned = True
        words.rest()
        return
    own, mask = words.take(), words.take()
    draft.networks.append(literals.masked(own, mask, aliases).must)
    draft.own.append(literals.host(own, aliases))
    if not draft.networks[-1]:
        raise NotUnderstood(mask)
    if words.accept("standby"):
        draft.standby.append(literals.host(words.take(), aliases))
    if words.accept("pppoe"):
        draft.learned = True
        words.rest()
    if words.accept("cluster-pool"):
        words.take()
    words.end()


def _address6(draft: _Draft, words: Words, aliases: Aliases) -> None:
    if words.next in {"enable", "nd", "dhcp", "ospf", "router", "rip", "policy"}:
        if words.accept("dhcp", "server"):
            pass
        elif words.next == "dhcp":
            draft.learned = True
        words.rest()
        return
    words.expect("address")
    if words.next in {"autoconfig", "dhcp"}:
        draft.learned = True
        words.rest()
        return
    written = words.take()
    if words.accept("link-local"):
        own = literals.host(written, aliases)
        if words.accept("standby"):
            draft.standby.append(literals.host(words.take(), aliases))
        draft.standby.append(own)
        words.end()
        return
    draft.networks.append(literals.prefix(written, aliases))
    own = literals.host(written.partition("/")[0], aliases) if not words.accept("eui-64") else EMPTY
    draft.own.append(own)
    if words.accept("standby"):
        draft.standby.append(literals.host(words.take(), aliases))
    words.end()
