"""One view of the tree for each virtual domain (VDOM): its own tables with its share of the global ones. Reads no rules.

Fortinet, FortiOS Administration Guide, "Virtual Domains": a backup holds ``config global`` and, for each VDOM, ``config
vdom`` / ``edit``; without VDOMs all tables stand at the top and everything is in the VDOM "root".
"""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    name: str
    tables: Node
    links: frozenset[str] = frozenset()
    peers: frozenset[str] = frozenset()


def split(root: Node) -> tuple[Vdom, ...]:
    """The VDOMs in the order of the file; the first takes what is global and of no VDOM."""
    everywhere = root.tables.get("global")
    table = root.tables.get("vdom")
    names = list(table.entries) if table is not None else []
    if table is None or not names:
        return (Vdom("", root, _links(root)),)
    shared = everywhere if everywhere is not None else Node("global")
    interfaces = shared.table("system interface")
    links = _links(shared)
    found = []
    for number, name in enumerate(names[:MAX_VDOMS]):
        view = Node(name, [1])
        if number == 0:
            # What stands outside of any VDOM, and is no table of one, is told with the first.
            view.unread = [
                *root.unread,
                *shared.unread,
                *table.unread,
                *(line for line, _ in (*root.said, *shared.said)),
            ]
            view.tables = {one: node for one, node in root.tables.items() if one not in {"global", "vdom"}}
            view.tables |= {one: node for one, node in shared.tables.items() if one != interfaces.name}
        own = Node(interfaces.name, interfaces.lines if number == 0 else [])
        if number == 0:
            own.unread, own.said = interfaces.unread, interfaces.said
        own.entries = {
            key: entry for key, entry in interfaces.entries.items() if entry.get("vdom", ROOT) == name
        }  # fmt: skip
        view.tables[own.name] = own
        mine = table.entries[name]
        view.unread += mine.unread
        view.unread += (line for line, _ in mine.said)
        view.tables |= mine.tables
        found.append(Vdom(name, view, links, frozenset(interfaces.entries) - frozenset(own.entries)))
    return tuple(found)


def _links(node: Node) -> frozenset[str]:
    return frozenset(node.table("system vdom-link").entries)
