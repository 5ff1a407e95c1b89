"""What is weak in a FortiOS configuration in itself: management without encryption, old SNMP. Never what may pass."""

from __future__ import annotations

from leadglass.network.importers.fortios.notes import Notes
from leadglass.network.importers.fortios.tree import Node

PLAIN = ("telnet", "http")


def management(tables: Node, notes: Notes) -> None:
    """Ways to manage the box that show passwords to the network, and SNMP that has none worth the name."""
    for name, node in tables.table("system interface").entries.items():
        six = node.table("ipv6")
        for where, setting in ((node, "allowaccess"), (six, "ip6-allowaccess")):
            weak = [one for one in PLAIN if one in where.all(setting)]
            if weak:
                notes.find(where.at(setting), f"interface {name!r} can be managed by {' and '.join(weak)}, unencrypted")
    for name, node in tables.table("system switch-interface").entries.items():
        if node.get("intra-switch-policy") == "explicit":
            notes.find(node.at("intra-switch-policy"), f"policies within switch {name!r} are not followed")
    for node in tables.table("system snmp community").entries.values():
        if node.get("status", "enable") == "enable":
            notes.find(node.line, "SNMP version 1 or 2c answers: its community name crosses the network unencrypted")
    for name, node in tables.table("system snmp user").entries.items():
        if node.get("security-level", "no-auth-no-priv") != "auth-priv":
            notes.find(node.line, f"SNMP user {name!r} is not encrypted")
