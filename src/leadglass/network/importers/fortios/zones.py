"""Names by which policies of FortiOS call interfaces: the interface itself, a zone, an SD-WAN zone, "any"."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.network.importers.fortios.addresses import UNSET
from leadglass.network.importers.fortios.interfaces import Interfaces
from leadglass.network.importers.fortios.notes import Notes
from leadglass.network.importers.fortios.spec import loose, strange
from leadglass.network.importers.fortios.tables import SPECS
from leadglass.network.importers.fortios.tree import Node

DEFAULT_ZONE = "virtual-wan-link"


@dataclass(frozen=True, slots=True)
class Member:
    """An interface of SD-WAN with the next hops it has; empty: whoever is behind it."""

    interface: str
    zone: str
    gateway: str
    gateway6: str
    line: int


@dataclass(frozen=True, slots=True)
class Side:
    """What ``srcintf`` or ``dstintf`` names.

    Attributes:
        interfaces: that are known; None: any.
        unsure: a name is not known: it may be any interface, too.
    """

    interfaces: frozenset[str] | None
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Zones:
    """Of one VDOM.

    Attributes:
        members: interfaces by zone.
        open: zones within which packets pass where no policy decides, with the line that says so.
        sdwan: members of SD-WAN.
    """

    names: frozenset[str]
    members: dict[str, frozenset[str]]
    open: tuple[tuple[int, frozenset[str]], ...] = ()
    sdwan: tuple[Member, ...] = ()

    def side(self, words: tuple[str, ...], line: int, notes: Notes) -> Side:
        """What the words on a line name; nothing named: not known."""
        if "any" in words:
            return Side(None)
        found: set[str] = set()
        unsure = not words
        for word in words:
            if word in self.members:
                found |= self.members[word]
            elif word in self.names:
                found.add(word)
            else:
                unsure = True
                notes.find(line, f"there is no interface or zone {word!r}: it may be any")
        return Side(frozenset(found), unsure)


def zones(tables: Node, interfaces: Interfaces, notes: Notes) -> Zones:
    """The zones of a VDOM; a line in one that is not understood is a doubt."""
    members: dict[str, frozenset[str]] = {}
    opened = []
    table = tables.table("system zone")
    for name, node in table.entries.items():
        for line in strange(node, SPECS[table.name]):
            notes.doubt(line)
        members[name] = frozenset(node.all("interface"))
        for word in sorted(members[name] - interfaces.names):
            notes.doubt(node.at("interface"), f"zone {name!r} holds {word!r}, which is no interface here")
        if node.get("intrazone", "deny") == "allow":
            opened.append((node.at("intrazone"), members[name]))
    sdwan = _sdwan(tables, notes)
    names: set[str] = {each.zone for each in sdwan}
    for kind in ("system sdwan", "system virtual-wan-link"):
        names |= set(tables.table(kind).table("zone").entries)
    for zone in names:
        members[zone] = frozenset(each.interface for each in sdwan if each.zone == zone)
    return Zones(interfaces.names, members, tuple(opened), sdwan)


def _sdwan(tables: Node, notes: Notes) -> tuple[Member, ...]:
    found = []
    for kind in ("system sdwan", "system virtual-wan-link"):
        node = tables.table(kind)
        for line in loose(node, SPECS[kind]):
            notes.doubt(line)
        if node.get("status", "disable") != "enable":
            continue
        for entry in node.table("members").entries.values():
            if entry.get("status", "enable") == "enable":
                zone = entry.get("zone", DEFAULT_ZONE)
                gateways = entry.get("gateway", UNSET), entry.get("gateway6", "::")
                found.append(Member(entry.get("interface"), zone, *gateways, entry.line))
        if node.table("service").entries:
            notes.assume("an SD-WAN rule chooses among the members that the routing table leads to")
    return tuple(found)
