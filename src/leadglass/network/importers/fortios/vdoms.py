"""A view of the tree for each virtual domain (VDOM): its own tables, its share of the global ones. Reads no rules.

Fortinet, FortiOS Administration Guide, "Virtual Domains": a backup holds ``config global`` and, for each VDOM, ``config
vdom`` / ``edit``; without VDOMs all tables stand at the top and everything is in the VDOM "root".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leadglass.network.importers.fortios.spec import strange
from leadglass.network.importers.fortios.tables import INTERFACE
from leadglass.network.importers.fortios.tree import Node

ROOT = "root"
MAX_VDOMS = 500  # FortiOS' own limit on its largest boxes


@dataclass(frozen=True, slots=True)
class Vdom:
    """One.

    Attributes:
        name: empty where the box has no VDOMs.
        tables: what is configured for it, its interfaces among it.
        links: names of links between VDOMs, of the whole box.
        peers: interfaces of other VDOMs, by name.
        shared: lines of the whole box that nobody understood, or interfaces of no VDOM: they may be anybody's.
    """

    name: str
    tables: Node
    links: frozenset[str] = frozenset()
    peers: frozenset[str] = frozenset()
    shared: frozenset[int] = frozenset()


def split(root: Node) -> tuple[Vdom, ...]:
    """The VDOMs in the order of the file; the first takes what is global and of no VDOM."""
    table = root.tables.get("vdom")
    if table is None or not table.entries:
        return (Vdom("", root, _links(root)),)
    names = list(table.entries)[:MAX_VDOMS]
    everywhere = root.table("global")
    interfaces = everywhere.table("system interface")
    links, shared = _links(everywhere), frozenset(_shared(root, names))
    found = []
    for number, name in enumerate(names):
        mine = table.entries[name]
        view = Node(name, [1], unread=[*mine.unread, *(line for line, _ in mine.said)], tables=dict(mine.tables))
        if number == 0:
            view.unread += [*root.unread, *everywhere.unread, *table.unread]
            view.unread += (line for node in (root, everywhere, table) for line, _ in node.said)
            for place in (root, everywhere):
                for one, node in place.tables.items():
                    if one in view.tables:
                        view.unread += node.lines  # it stands inside of the VDOM and outside
                    elif one not in {"global", "vdom", interfaces.name}:
                        view.tables[one] = node
        owned = {key: entry for key, entry in interfaces.entries.items() if _owner(entry, names) == name}
        first = interfaces if number == 0 else Node(interfaces.name)
        own = Node(interfaces.name, list(first.lines), said=first.said, unread=first.unread, entries=owned)
        inside = view.tables.get(own.name)
        if inside is not None:  # FortiOS writes it with what is global; a person may not
            own.lines += inside.lines
            own.entries |= inside.entries
        view.tables[own.name] = own
        found.append(Vdom(name, view, links, frozenset(interfaces.entries) - frozenset(own.entries), shared))
    return tuple(found)


def _owner(interface: Node, names: list[str]) -> str:
    """The VDOM of an interface; the first where it names none that there is."""
    named = interface.get("vdom", ROOT)
    return named if named in names else names[0]


def _shared(root: Node, names: list[str]) -> Iterator[int]:
    everywhere, table = root.table("global"), root.table("vdom")
    interfaces = everywhere.table("system interface")
    for node in (root, everywhere, table, interfaces):
        yield from node.unread
        yield from (line for line, _ in node.said)
    yield from everywhere.table("system vdom-link").unread
    for entry in interfaces.entries.values():
        yield from strange(entry, INTERFACE)
        if entry.get("vdom", ROOT) not in names:
            yield entry.at("vdom")
    yield from (node.line for node in list(table.entries.values())[MAX_VDOMS:])


def _links(node: Node) -> frozenset[str]:
    return frozenset(node.table("system vdom-link").entries)
