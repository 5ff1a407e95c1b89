"""What of a FortiOS table is read, what is idle, and which of its lines are neither. Never which tables there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from leadglass.network.importers.fortios.tree import Node


def names(*texts: str) -> frozenset[str]:
    """The words of all texts."""
    return frozenset(name for text in texts for name in text.split())


@dataclass(frozen=True, slots=True)
class Spec:
    """One table.

    Attributes:
        read: settings that are read. idle: settings, and tables within, without effect.
        prefixes: of the names of further settings without effect.
        tables: within an entry (or within the table itself, where it has no entries) that are read.
        keyed: it has entries; a setting outside of one is a fault.
        free: whatever it says, the device is known to be that kind of uncertain: nothing in it is a fault.
    """

    read: frozenset[str] = frozenset()
    idle: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    tables: dict[str, Spec] = field(default_factory=dict)
    keyed: bool = True
    free: bool = False

    def knows(self, name: str) -> bool:
        """Whether a setting is understood, or idle."""
        return self.free or name in self.read or self.is_idle(name)

    def is_idle(self, name: str) -> bool:
        """Whether a setting or inner table is without effect."""
        return name in self.idle or name.startswith(self.prefixes)


SWITCHES = names(
    "status nat ippool fixedport match-vip match-vip-only portforward exclude secondary-IP blackhole sdwan",
    "dynamic-gateway virtual-wan-link central-nat asymroute asymroute6 multicast-forward multicast-skip-policy",
    "nat46 nat64 mode-cfg consolidated-firewall-mode srcaddr-negate dstaddr-negate srcaddr6-negate",
    "dstaddr6-negate service-negate src-negate dst-negate input-device-negate internet-service6",
    "internet-service6-src permit-any-host permit-stun-host autoconf nat-source-vip add-route proxy",
    "internet-service-src",
)
"""Settings that are on or off, wherever they stand."""
_ON_OFF = frozenset({"enable", "disable", "up", "down"})
_VALUES = {
    **dict.fromkeys(SWITCHES, _ON_OFF),
    "intrazone": frozenset({"allow", "deny"}),
    "opmode": frozenset({"nat", "transparent"}),
    "ngfw-mode": frozenset({"profile-based", "policy-based"}),
}


def strange(node: Node, spec: Spec) -> Iterator[int]:
    """Lines of an entry that are not understood, those of the tables within it too."""
    if spec.free:
        return
    yield from node.unread
    yield from (line for line, name in node.said if not spec.knows(name))
    for name in sorted(_VALUES.keys() & node.settings.keys() & spec.read):
        setting = node.settings[name]
        if len(setting.values) != 1 or setting.values[0] not in _VALUES[name]:
            yield setting.line
    for name, table in node.tables.items():
        inner = spec.tables.get(name)
        if inner is not None:
            yield from loose(table, inner)
            for entry in table.entries.values() if inner.keyed else ():
                yield from strange(entry, inner)
        elif not spec.is_idle(name):
            yield from every(table)


def loose(table: Node, spec: Spec) -> Iterator[int]:
    """Lines of a table that are not understood and stand in no entry of it."""
    if spec.free:
        return
    if not spec.keyed:
        yield from strange(table, spec)
        for entry in table.entries.values():
            yield from every(entry)
        return
    yield from table.unread
    yield from (line for line, _ in table.said)
    for inner in table.tables.values():
        yield from every(inner)


def every(node: Node) -> Iterator[int]:
    """All lines of a node and of what is within it."""
    for one in node.walk():
        yield from one.lines
        yield from one.unread
        yield from (line for line, _ in one.said)
