"""Virtual private networks of an ASA: which packets come out of tunnels, and what filters them there. Never crypto.

Decrypted packets pass the interface's access list by ("sysopt connection permit-vpn", on unless negated); a filter of
the group policy ("vpn-filter") is the only one they meet. A filter is written as seen from the far end and checks both
directions: what it permits to a port of ours it permits from that port too.

Source: "sysopt connection", "vpn-filter", "crypto map" in the ASA command reference; VPN configuration guide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from leadglass.network.address import EVERY
from leadglass.network.headers import NOTHING, Headers, headers
from leadglass.network.importers.asa import commands
from leadglass.network.importers.cisco import literals
from leadglass.network.importers.cisco.lines import Block, Line, sections
from leadglass.network.importers.cisco.literals import Aliases
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.intervals import EMPTY, Intervals, union
from leadglass.network.rule import Action, Rule

DEFAULT_POLICY = "DfltGrpPolicy"
DEFAULT_L2L = "DefaultL2LGroup"
DEFAULT_REMOTE = ("DefaultRAGroup", "DefaultWEBVPNGroup")
NO_FILTER = ""


@dataclass(frozen=True, slots=True)
class Tunnel:
    """Packets that come out of a tunnel by an interface.

    Attributes:
        line: that speaks of it.
        interface: that the tunnel ends at.
        may, must: headers as they come in, before any translation; must where the far end's addresses are given.
        filter: name of the access list that checks them; `NO_FILTER`: none; None: not known which.
        reverse_route: far addresses that a route is made for.
    """

    line: Line
    interface: str
    may: Headers
    must: Headers
    filter: str | None
    reverse_route: Intervals = EMPTY


@dataclass(slots=True)
class _Entry:
    """One numbered entry of a crypto map."""

    line: Line
    access_list: str = ""
    peers: list[str] = field(default_factory=list)
    dynamic: str = ""
    reverse_route: bool = False


@dataclass(slots=True)
class _Group:
    """A tunnel group."""

    kind: str = ""
    policy: str = DEFAULT_POLICY
    pools: list[str] = field(default_factory=list)
    addresses_elsewhere: bool = False
    policy_elsewhere: bool = False


class Tunnels:
    """All that a file says of tunnels.

    Args:
        aliases: addresses by name.
        notes: of the file.
    """

    def __init__(self, aliases: Aliases, notes: Notes) -> None:
        self.aliases = aliases
        self._notes = notes
        self._maps: dict[tuple[str, int], _Entry] = {}
        self._dynamic: dict[str, _Entry] = {}
        self._bound: dict[str, tuple[str, Line]] = {}
        self._groups: dict[str, _Group] = {}
        self._filters: dict[str, str] = {}
        self._policy_pools: dict[str, list[str]] = {}
        self._assigned = False  # a user may be given another policy or list than the tunnel group's
        self._pools: dict[str, Intervals] = {}
        self._remote_lines: dict[str, Line] = {}

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
            self._remote_lines.setdefault(words.next, block.head)

    def _map(self, words: Words, line: Line) -> None:
        dynamic = words.take().lower() == "dynamic-map"
        name = words.take()
        if words.accept("interface"):
            self._bound[words.take()] = (name, line)
            return
        number = words.take()
        if not (number.isdecimal() and number.isascii() and len(number) <= 5):
            raise NotUnderstood(number)
        key = (f"dynamic {name}" if dynamic else name, int(number))
        entry = self._maps.setdefault(key, _Entry(line))
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
            self._pools[name] = literals.between(first, last if dash else first, self.aliases)
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
            self._pools[words.take()] = literals.prefix(words.take(), self.aliases)
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
                self._remote_lines.setdefault(values[0], inner.head)
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
            self._assigned = True
            return
        if words[2] == "internal" and "from" in words[3:-1]:
            self._policy_copy(name, words[words.index("from") + 1])
        for inner in sections(block.body):
            self._attribute(name, inner.head, user=user)

    def _policy_copy(self, name: str, other: str) -> None:
        if other in self._filters:
            self._filters[name] = self._filters[other]
        self._policy_pools[name] = list(self._policy_pools.get(other, []))

    def _attribute(self, name: str, line: Line, *, user: bool) -> None:
        keyword, *values = line.words or [""]
        if keyword in commands.POLICY_ATTRIBUTES or (keyword == "no" and values[:1] != ["vpn-filter"]):
            return
        if keyword == "vpn-filter" and values[:1] == ["value"] and len(values) == 2:
            self._filters[name] = values[1]
            self._assigned |= user
        elif keyword in {"vpn-filter", "ipv6-vpn-filter"} and values == ["none"]:
            self._filters[name] = NO_FILTER
        elif keyword in {"address-pools", "ipv6-address-pools"} and values:
            self._policy_pools.setdefault(name, []).extend(word for word in values if word not in {"value", "none"})
        elif keyword == "vpn-framed-ip-address" and user and values and _is_address(values[0]):
            self._pools[f"address of {name}"] = literals.host(values[0], {})
            self._policy_pools.setdefault(name, []).append(f"address of {name}")
        elif keyword == "vpn-group-policy" and user and len(values) == 1:
            self._assigned = True
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
                self._assigned = True
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
        group = self._groups.setdefault(words[1], _Group())
        self._notes.understood(block.head)
        if words[2] == "type":
            group.kind = words[3] if len(words) > 3 else ""
            return
        for inner in sections(block.body):
            self._general(group, inner.head)

    def _general(self, group: _Group, line: Line) -> None:
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
        return {entry.access_list for entry in self._maps.values()} | set(self._filters.values())

    def all(self, lists: dict[str, tuple[Rule, ...]]) -> tuple[Tunnel, ...]:
        """Every tunnel, with the packets that can come out of it.

        Args:
            lists: rules of the access lists, by name.
        """
        found: list[Tunnel] = []
        for interface, (name, line) in self._bound.items():
            for (other, _), entry in sorted(self._maps.items(), key=lambda item: item[0]):
                if other == name and entry.dynamic:
                    found += self._of_dynamic(interface, entry, lists)
                elif other == name:
                    found.append(self._site(interface, entry, lists))
            self._remote_lines.setdefault(interface, line)
        for interface, line in self._remote_lines.items():
            found += self._remote(interface, line)
        if found:
            self._notes.assume("tunnels of virtual private networks are up, and their far ends send what they may")
        return tuple(found)

    def _site(self, interface: str, entry: _Entry, lists: dict[str, tuple[Rule, ...]]) -> Tunnel:
        may: list[Headers] = []
        must: list[Headers] = []
        rules = lists.get(entry.access_list)
        for rule in rules if rules is not None else (Rule(self._notes.place(entry.line), Action.UNKNOWN, must=()),):
            if rule.action is not Action.DENY:
                may.append(_far_to_near(rule.may))
                must.append(_far_to_near(rule.must) if rule.action is Action.PERMIT else NOTHING)
        denied = any(rule.action is not Action.PERMIT for rule in rules or ())
        sure = bool(entry.peers) and not denied and all(_given(box) for headers_ in must for box in headers_)
        far = union(box.source for headers_ in may for box in headers_)
        return Tunnel(
            entry.line,
            interface,
            tuple(box for headers_ in may for box in headers_),
            tuple(box for headers_ in must for box in headers_) if sure else NOTHING,
            self._site_filter(entry.peers),
            far if entry.reverse_route and far != EVERY else EMPTY,
        )

    def _of_dynamic(self, interface: str, entry: _Entry, lists: dict[str, tuple[Rule, ...]]) -> list[Tunnel]:
        inner = [one for (name, _), one in self._maps.items() if name == f"dynamic {entry.dynamic}"]
        found = [self._site(interface, one, lists) for one in inner if one.access_list]
        peers_unknown = any(
            group.kind in {"", "ipsec-l2l"} and name not in DEFAULT_REMOTE and not _is_address(name)
            for name, group in self._groups.items()
        )
        if (peers_unknown and any(not one.access_list for one in inner)) or not inner:
            found.append(Tunnel(entry.line, interface, headers(), NOTHING, None))
        else:
            self._notes.assume("behind a dynamic crypto map are only the addresses of the pools")
        return found

    def _remote(self, interface: str, line: Line) -> list[Tunnel]:
        groups = [group for group in self._groups.values() if group.kind != "ipsec-l2l"]
        named = {pool for group in groups for pool in group.pools}
        named |= {pool for pools in self._policy_pools.values() for pool in pools}
        found = []
        for name in sorted(named):
            addresses = self._pools.get(name, EVERY)
            boxes = headers(source=addresses)
            sure = boxes if addresses != EVERY else NOTHING
            found.append(Tunnel(line, interface, boxes, sure, self._pool_filter(name, groups), addresses))
        if any(group.addresses_elsewhere for group in groups):
            found.append(Tunnel(line, interface, headers(), NOTHING, None))
        return found

    def _filter(self, policy: str) -> str:
        return self._filters.get(policy, self._filters.get(DEFAULT_POLICY, NO_FILTER))

    def _site_filter(self, peers: Sequence[str]) -> str | None:
        names = [peer for peer in peers if peer in self._groups] or [DEFAULT_L2L]
        return _only({self._filter(self._groups.get(name, _Group()).policy) for name in names})

    def _pool_filter(self, pool: str, groups: list[_Group]) -> str | None:
        owners = [group for group in groups if pool in group.pools]
        given = any(pool in pools for pools in self._policy_pools.values())
        if self._assigned or given or not owners or any(group.policy_elsewhere for group in owners):
            return None
        return _only({self._filter(group.policy) for group in owners})


def _only(filters: set[str]) -> str | None:
    return filters.pop() if len(filters) == 1 else None


def _far_to_near(found: Headers) -> Headers:
    """Our side's match turned round, all ports of it: a tunnel's selectors speak of both directions."""
    boxes: list[Headers] = [
        headers(box.destination, box.source, box.protocol, box.destination_port, box.source_port) for box in found
    ]
    return tuple(box for part in boxes for box in part)


def _given(box: tuple[Intervals, ...]) -> bool:
    """Whether the far end's addresses are given, not all there are."""
    return box[0].size < 1 << 31


def _is_address(word: str) -> bool:
    try:
        literals.host(word, {})
    except NotUnderstood:
        return False
    return True
