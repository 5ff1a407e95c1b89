"""What an ASA's lines say of tunnels: crypto maps, pools, groups and their policies. Never which packets come out."""

from __future__ import annotations

from dataclasses import dataclass, field

from leadglass.network.importers.asa import commands
from leadglass.network.importers.cisco import literals
from leadglass.network.importers.cisco.lines import Block, Line, sections
from leadglass.network.importers.cisco.literals import Aliases
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.intervals import Intervals

DEFAULT_POLICY = "DfltGrpPolicy"
DEFAULT_L2L = "DefaultL2LGroup"
DEFAULT_REMOTE = ("DefaultRAGroup", "DefaultWEBVPNGroup")
NO_FILTER = ""


@dataclass(slots=True)
class Entry:
    """One numbered entry of a crypto map: what it protects, with whom."""

    line: Line
    access_list: str = ""
    peers: list[str] = field(default_factory=list)
    dynamic: str = ""
    reverse_route: bool = False


@dataclass(slots=True)
class Group:
    """A tunnel group: whom it is for, its policy and its pools."""

    kind: str = ""
    policy: str = DEFAULT_POLICY
    pools: list[str] = field(default_factory=list)
    addresses_elsewhere: bool = False
    policy_elsewhere: bool = False


class TunnelLines:
    """All that a file says of tunnels.

    Args:
        aliases: addresses by name.
        notes: of the file.

    Attributes:
        maps: entries by name of the map and number; a dynamic map's name has "dynamic " before it.
        bound: name of the map, and the line that binds it, by interface.
        groups: tunnel groups by name.
        filters: name of the list that filters, by policy or user; `NO_FILTER`: none.
        policy_pools: names of pools, by policy.
        pools: addresses by name of the pool.
        assigned: a user may be given another policy or list than the tunnel group's.
        remote_lines: lines that let remote users in, by interface.
    """

    def __init__(self, aliases: Aliases, notes: Notes) -> None:
        self.aliases = aliases
        self._notes = notes
        self.maps: dict[tuple[str, int], Entry] = {}
        self.bound: dict[str, tuple[str, Line]] = {}
        self.groups: dict[str, Group] = {}
        self.filters: dict[str, str] = {}
        self.policy_pools: dict[str, list[str]] = {}
        self.assigned = False
        self.pools: dict[str, Intervals] = {}
        self.remote_lines: dict[str, Line] = {}

    def read_crypto(self, block: Block) -> None:
        """Take a "crypto" command."""
        words = Words(block.head.words)
        words.take()
        if words.next not in {"map", "dynamic-map"}:
            self._other(words, block)
            return
        try:
            self._map(words, block.head)
            words.end()
        except NotUnderstood:
            self._notes.doubt(block.head)
        else:
            self._notes.understood(block.head)
        self._notes.doubt(*block.body)

    def _other(self, words: Words, block: Block) -> None:
        """What else "crypto" says: where keys are exchanged tells where tunnels end."""
        if words.next not in commands.CRYPTO:
            self._notes.doubt(*block.lines)
        elif words.accept(words.next, "enable"):
            self._notes.understood(block.head)
            self.remote_lines.setdefault(words.next, block.head)

    def _map(self, words: Words, line: Line) -> None:
        dynamic = words.take().lower() == "dynamic-map"
        name = words.take()
        if words.accept("interface"):
            self.bound[words.take()] = (name, line)
            return
        number = words.take()
        if not (number.isdecimal() and number.isascii() and len(number) <= 5):
            raise NotUnderstood(number)
        key = (f"dynamic {name}" if dynamic else name, int(number))
        entry = self.maps.setdefault(key, Entry(line))
        keyword = words.expect("match", "set", "ipsec-isakmp", "ipsec-manual", "annotation")
        if keyword == "match":
            words.expect("address")
            entry.access_list, entry.line = words.take(), line
        elif keyword == "ipsec-isakmp" and words.accept("dynamic"):
            entry.dynamic = words.take()
        elif keyword == "set" and words.accept("peer"):
            entry.peers += words.rest()
        elif keyword == "set" and words.accept("reverse-route"):
            entry.reverse_route = True
            words.rest()
        elif keyword in {"set", "annotation"}:
            words.rest()

    def read_pool(self, line: Line) -> None:
        """Take "ip local pool NAME 10.9.0.10-10.9.0.99 mask 255.255.255.0"."""
        words = Words(line.words)
        try:
            for word in ("ip", "local", "pool"):
                words.expect(word)
            name = words.take()
            first, dash, last = words.take().partition("-")
            self.pools[name] = literals.between(first, last if dash else first, self.aliases)
            if words.accept("mask"):
                words.take()
            words.end()
        except NotUnderstood:
            self._notes.doubt(line)
        else:
            self._notes.understood(line)

    def read_pool6(self, line: Line) -> None:
        """Take "ipv6 local pool NAME 2001:db8::/64 100"."""
        words = Words(line.words)
        try:
            for word in ("ipv6", "local", "pool"):
                words.expect(word)
            self.pools[words.take()] = literals.prefix(words.take(), self.aliases)
            words.rest()
        except NotUnderstood:
            self._notes.doubt(line)
        else:
            self._notes.understood(line)

    def read_webvpn(self, block: Block) -> None:
        """Take "webvpn" with the interfaces that it is enabled on."""
        self._notes.understood(block.head)
        for inner in sections(block.body):
            keyword, *values = inner.head.words or [""]
            if keyword == "enable" and values:
                self.remote_lines.setdefault(values[0], inner.head)
                self._notes.understood(inner.head)
            elif keyword not in commands.WEBVPN:
                self._notes.doubt(inner.head)

    def read_policy(self, block: Block) -> None:
        """Take "group-policy NAME attributes" or "username NAME attributes"."""
        words = block.head.words
        user = words[0] == "username"
        if user and words[2:] != ["attributes"]:
            return
        if len(words) < 3 or words[2] not in {"attributes", "internal", "external"}:
            self._notes.doubt(*block.lines)
            return
        self._notes.understood(block.head)
        name = words[1]
        if words[2] == "external":
            self.assigned = True
            return
        if words[2] == "internal" and "from" in words[3:-1]:
            self._policy_copy(name, words[words.index("from") + 1])
        for inner in sections(block.body):
            self._attribute(name, inner.head, user=user)

    def _policy_copy(self, name: str, other: str) -> None:
        if other in self.filters:
            self.filters[name] = self.filters[other]
        self.policy_pools[name] = list(self.policy_pools.get(other, []))

    def _attribute(self, name: str, line: Line, *, user: bool) -> None:
        keyword, *values = line.words or [""]
        if keyword in commands.POLICY_ATTRIBUTES or (keyword == "no" and values[:1] != ["vpn-filter"]):
            return
        if keyword == "vpn-filter" and values[:1] == ["value"] and len(values) == 2:
            self.filters[name] = values[1]
            self.assigned |= user
        elif keyword in {"vpn-filter", "ipv6-vpn-filter"} and values == ["none"]:
            self.filters[name] = NO_FILTER
        elif keyword in {"address-pools", "ipv6-address-pools"} and values:
            self.policy_pools.setdefault(name, []).extend(word for word in values if word not in {"value", "none"})
        elif keyword == "vpn-framed-ip-address" and user and values and is_address(values[0]):
            self.pools[f"address of {name}"] = literals.host(values[0], {})
            self.policy_pools.setdefault(name, []).append(f"address of {name}")
        elif keyword == "vpn-group-policy" and user and len(values) == 1:
            self.assigned = True
        else:
            self._notes.doubt(line)
            return
        self._notes.understood(line)

    def read_access_policy(self, block: Block) -> None:
        """Take "dynamic-access-policy-record NAME", which may give users other lists."""
        self._notes.understood(block.head)
        for inner in sections(block.body):
            keyword = (inner.head.words or [""])[0]
            if keyword == "network-acl":
                self.assigned = True
                self._notes.understood(inner.head)
            elif keyword not in commands.ACCESS_POLICY_ATTRIBUTES:
                self._notes.doubt(inner.head)

    def read_group(self, block: Block) -> None:
        """Take "tunnel-group NAME type ..." or its attributes."""
        words = block.head.words
        if len(words) < 3 or words[2] not in {"type", "general-attributes"}:
            if len(words) < 3 or not words[2].endswith("-attributes"):
                self._notes.doubt(*block.lines)
            return
        group = self.groups.setdefault(words[1], Group())
        self._notes.understood(block.head)
        if words[2] == "type":
            group.kind = words[3] if len(words) > 3 else ""
            return
        for inner in sections(block.body):
            self._general(group, inner.head)

    def _general(self, group: Group, line: Line) -> None:
        keyword, *values = line.words or [""]
        if keyword in {"address-pool", "ipv6-address-pool"} and values:
            group.pools += [value for value in values if not value.startswith("(")]
        elif keyword == "default-group-policy" and len(values) == 1:
            group.policy = values[0]
        elif keyword in {"authentication-server-group", "authorization-server-group"} and values:
            group.policy_elsewhere |= values[-1] != "LOCAL"
        elif keyword == "dhcp-server":
            group.addresses_elsewhere = True
        elif keyword in commands.GROUP_ATTRIBUTES:
            return
        else:
            self._notes.doubt(line)
            return
        self._notes.understood(line)

    @property
    def named_lists(self) -> set[str]:
        """Access lists that some tunnel or policy refers to."""
        return {entry.access_list for entry in self.maps.values()} | set(self.filters.values())


def is_address(word: str) -> bool:
    """Whether a word is an address: so are tunnel groups of sites named."""
    try:
        literals.host(word, {})
    except NotUnderstood:
        return False
    return True
