"""Virtual private networks of an ASA: which packets come out of tunnels, and what filters them there. Never crypto.

Decrypted packets pass the interface's access list by ("sysopt connection permit-vpn", on unless negated); a filter of
the group policy ("vpn-filter") is the only one they meet. A filter is written as seen from the far end and checks both
directions: what it permits to a port of ours it permits from that port too.

Source: "sysopt connection", "vpn-filter", "crypto map" in the ASA command reference; VPN configuration guide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leadglass.network.address import EVERY
from leadglass.network.headers import NOTHING, Headers, headers
from leadglass.network.importers.asa.tunnel_lines import (
    DEFAULT_L2L,
    DEFAULT_POLICY,
    DEFAULT_REMOTE,
    NO_FILTER,
    Entry,
    Group,
    TunnelLines,
    is_address,
)
from leadglass.network.importers.cisco.lines import Line
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.intervals import EMPTY, Intervals, union
from leadglass.network.rule import Action, Rule


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


class Tunnels:
    """The tunnels that lines speak of.

    Args:
        lines: of the file.
        lists: rules of the access lists, by name.
        notes: of the file.
    """

    def __init__(self, lines: TunnelLines, lists: Mapping[str, tuple[Rule, ...]], notes: Notes) -> None:
        self._lines = lines
        self._lists = lists
        self._notes = notes

    @property
    def all(self) -> tuple[Tunnel, ...]:
        """Every tunnel, with the packets that can come out of it."""
        found: list[Tunnel] = []
        for interface, (name, line) in self._lines.bound.items():
            for (other, _), entry in sorted(self._lines.maps.items(), key=lambda item: item[0]):
                if other == name and entry.dynamic:
                    found += self._of_dynamic(interface, entry)
                elif other == name:
                    found.append(self._site(interface, entry))
            self._lines.remote_lines.setdefault(interface, line)
        for interface, line in self._lines.remote_lines.items():
            found += self._remote(interface, line)
        if found:
            self._notes.assume("tunnels of virtual private networks are up, and their far ends send what they may")
        return tuple(found)

    def _site(self, interface: str, entry: Entry) -> Tunnel:
        may: list[Headers] = []
        must: list[Headers] = []
        rules = self._lists.get(entry.access_list)
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

    def _of_dynamic(self, interface: str, entry: Entry) -> list[Tunnel]:
        inner = [one for (name, _), one in self._lines.maps.items() if name == f"dynamic {entry.dynamic}"]
        found = [self._site(interface, one) for one in inner if one.access_list]
        peers_unknown = any(
            group.kind in {"", "ipsec-l2l"} and name not in DEFAULT_REMOTE and not is_address(name)
            for name, group in self._lines.groups.items()
        )
        if (peers_unknown and any(not one.access_list for one in inner)) or not inner:
            found.append(Tunnel(entry.line, interface, headers(), NOTHING, None))
        else:
            self._notes.assume("behind a dynamic crypto map are only the addresses of the pools")
        return found

    def _remote(self, interface: str, line: Line) -> list[Tunnel]:
        groups = [group for group in self._lines.groups.values() if group.kind != "ipsec-l2l"]
        named = {pool for group in groups for pool in group.pools}
        named |= {pool for pools in self._lines.policy_pools.values() for pool in pools}
        found = []
        for name in sorted(named):
            addresses = self._lines.pools.get(name, EVERY)
            boxes = headers(source=addresses)
            sure = boxes if addresses != EVERY else NOTHING
            found.append(Tunnel(line, interface, boxes, sure, self._pool_filter(name, groups), addresses))
        if any(group.addresses_elsewhere for group in groups):
            found.append(Tunnel(line, interface, headers(), NOTHING, None))
        return found

    def _filter(self, policy: str) -> str:
        return self._lines.filters.get(policy, self._lines.filters.get(DEFAULT_POLICY, NO_FILTER))

    def _site_filter(self, peers: Sequence[str]) -> str | None:
        names = [peer for peer in peers if peer in self._lines.groups] or [DEFAULT_L2L]
        return _only({self._filter(self._lines.groups.get(name, Group()).policy) for name in names})

    def _pool_filter(self, pool: str, groups: list[Group]) -> str | None:
        owners = [group for group in groups if pool in group.pools]
        given = any(pool in pools for pools in self._lines.policy_pools.values())
        if self._lines.assigned or given or not owners or any(group.policy_elsewhere for group in owners):
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
