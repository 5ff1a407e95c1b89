"""Names of interfaces in a ruleset: they must all be known before a pattern can be resolved. Never what rules mean."""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.network.importers.netfilter.documents import Json
from leadglass.network.importers.nftables.matching import UNREADABLE, Table, elements
from leadglass.network.importers.nftables.ruleset import Ruleset

_KEYS = frozenset({"iifname", "oifname", "iif", "oif"})


def interface_names(ruleset: Ruleset) -> Iterator[str]:
    """As they stand in matches, sets, maps and base chains; patterns too."""
    for (family, table, _), chain in ruleset.chains.items():
        yield from devices(chain.head.get("dev")) or ()
        for rule in chain.rules:
            for statement in rule.statements:
                try:
                    yield from _of_statement(statement, Table(ruleset, family, table))
                except UNREADABLE:
                    continue


def devices(written: Json) -> list[str] | None:
    """Interfaces at whose ingress or egress a chain is; None where nothing tells."""
    if isinstance(written, str):
        return [written]
    if isinstance(written, list) and all(isinstance(one, str) for one in written):
        return written
    return None


def _of_statement(statement: Json, table: Table) -> Iterator[str]:
    ((kind, value),) = statement.items()
    if kind == "match":
        yield from _positions(value["left"], elements(value["right"], table))
    elif kind == "vmap":
        yield from _keys(value, table)
    elif kind in {"dnat", "snat"} and isinstance(value.get("addr"), dict) and "map" in value["addr"]:
        yield from _keys(value["addr"]["map"], table)


def _keys(value: Json, table: Table) -> Iterator[str]:
    named = table.set(value["data"])
    rows = named.elements if named is not None else value["data"]["set"]
    yield from _positions(value["key"], (row[0] for row in rows or ()))


def _positions(left: Json, values: Iterator[Json]) -> Iterator[str]:
    parts = left["concat"] if isinstance(left, dict) and "concat" in left else [left]
    wanted = [
        at for at, part in enumerate(parts) if isinstance(part, dict) and part.get("meta", {}).get("key") in _KEYS
    ]
    for raw in values if wanted else ():
        value = raw["elem"]["val"] if isinstance(raw, dict) and "elem" in raw else raw
        given = value["concat"] if isinstance(value, dict) and "concat" in value else [value]
        yield from (given[at] for at in wanted if at < len(given) and isinstance(given[at], str))
