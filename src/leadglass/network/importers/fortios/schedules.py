"""Whether a schedule of FortiOS is always, never, or sometimes on. Never what time it is."""

from __future__ import annotations

from enum import Enum

from leadglass.network.importers.fortios import predefined
from leadglass.network.importers.fortios.spec import strange
from leadglass.network.importers.fortios.tables import SPECS
from leadglass.network.importers.fortios.tree import Node

DAYS = frozenset({"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"})


class When(Enum):
    """When policies of a schedule count."""

    ALWAYS = "always"
    NEVER = "never"
    SOMETIMES = "sometimes"


def when(tables: Node, name: str) -> When:
    """When a schedule is on; one that is not known, or ends, is on sometimes."""
    node = tables.table("firewall schedule recurring").entries.get(name)
    if node is None:
        known = predefined.SCHEDULES.get(name)
        elsewhere = any(name in tables.table(f"firewall schedule {kind}").entries for kind in ("onetime", "group"))
        return When.SOMETIMES if known is None or elsewhere else When.ALWAYS if known else When.NEVER
    if [*strange(node, SPECS["firewall schedule recurring"])]:
        return When.SOMETIMES
    days = frozenset(node.all("day"))
    if days == {"none"}:
        return When.NEVER
    return When.ALWAYS if days >= DAYS and _whole(node) else When.SOMETIMES


def _whole(node: Node) -> bool:
    """From midnight to midnight."""
    return node.get("start", "00:00") == node.get("end", "00:00")
