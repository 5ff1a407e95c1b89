"""Interfaces and routes beside a ruleset: what `ip -j address` and `ip -j route` print. Never rules.

A ruleset names interfaces and tells neither their networks nor the routes. Both come in beside it: in the same file,
one document after another, or in files of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from leadglass.network.address import EVERY, IPV4, IPV6, V6, network, number
from leadglass.network.device import Interface, Route
from leadglass.network.importers.fault import ConfigurationUnreadable
from leadglass.network.importers.netfilter.condition import INTERFACES
from leadglass.network.importers.netfilter.documents import Documents, Json
from leadglass.network.intervals import EMPTY, Intervals, of, one, union
from leadglass.network.rule import Place

MAX_INTERFACES = 4_096
_REFUSING = frozenset({"blackhole", "unreachable", "prohibit"})
_OWN = frozenset({"local", "broadcast", "anycast", "multicast", "nat", "throw"})
_LEARNED = frozenset({"bird", "zebra", "bgp", "ospf", "rip", "isis", "babel", "eigrp", "gated", "xorp", "openr"})
LINK_LOCAL = union([network("fe80::/10"), network("169.254.0.0/16")])


@dataclass(frozen=True, slots=True)
class Companions:
    """What was handed in beside the rules.

    Attributes:
        interfaces: with their networks; empty where no addresses were handed in.
        refused: destinations that routes refuse.
        addressed, routed: whether there were addresses, routes.
        tables: names of other routing tables than the main one.
        learned: routing daemons whose routes are among them.
        indices: names by the kernel's number.
        vrfs: names of interfaces that have an address and a master.
    """

    interfaces: tuple[Interface, ...] = ()
    routes: tuple[Route, ...] = ()
    refused: tuple[tuple[Intervals, Place], ...] = ()
    addressed: bool = False
    routed: bool = False
    tables: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()
    indices: tuple[tuple[int, str], ...] = ()
    vrfs: tuple[tuple[str, Place], ...] = ()


def read(text: str, file: str, known: Companions | None = None) -> Companions:
    """Companions of a text that holds nothing else.

    Raises:
        ConfigurationUnreadable: it is something else.
    """
    found = known or Companions()
    for line, document in Documents(text, file):
        found = add(found, document, Place(file, line))
    return found


def add(known: Companions, document: Json, place: Place) -> Companions:
    """With one more document, a list of addresses or of routes.

    Raises:
        ConfigurationUnreadable: it is neither.
    """
    items = document if isinstance(document, list) else None
    if items is None or not all(isinstance(item, dict) for item in items):
        raise _neither(place)
    items = [item for item in items if item]
    try:
        if any("ifname" in item for item in items):
            return _addresses(known, items, place)
        if items and not all("dst" in item for item in items):
            raise _neither(place)
        return _routes(known, items, place) if items else known
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        message = f"an address or a route that cannot be read: {fault}"
        raise ConfigurationUnreadable(message, "hand in what the command printed", place.file, place.line) from None


def _neither(place: Place) -> ConfigurationUnreadable:
    message = "neither a ruleset nor addresses nor routes"
    hint = "hand in what `nft -j list ruleset`, `ip -j address`, `ip -j route` and `ip -j -6 route` print"
    return ConfigurationUnreadable(message, hint, place.file, place.line)


def _addresses(known: Companions, items: list[Json], place: Place) -> Companions:
    if len(items) + len(known.interfaces) > MAX_INTERFACES:
        message = f"more than {MAX_INTERFACES} interfaces"
        raise ConfigurationUnreadable(message, "hand in those that carry traffic", place.file, place.line)
    found = list(known.interfaces)
    indices = dict(known.indices)
    vrfs = list(known.vrfs)
    for item in items:
        name = str(item["ifname"])
        if "ifindex" in item:
            indices[int(item["ifindex"])] = name
        flags = item.get("flags", [])
        if "LOOPBACK" in flags:
            continue
        rows = [row for row in item.get("addr_info", []) if row.get("local")]
        own = of((number(row["local"]),) * 2 for row in rows)
        behind = union(network(f"{row.get('address', row['local'])}/{row['prefixlen']}") for row in rows)
        if item.get("master") and behind.without(LINK_LOCAL):
            vrfs.append((name, place))
        found.append(Interface(name, behind.without(LINK_LOCAL), own, enabled="UP" in flags or not flags, place=place))
    return replace(known, interfaces=tuple(found), addressed=True, indices=tuple(indices.items()), vrfs=tuple(vrfs))


def _routes(known: Companions, items: list[Json], place: Place) -> Companions:
    sixth = any(":" in str(item.get(key, "")) for item in items for key in ("dst", "gateway"))
    routes, refused = list(known.routes), list(known.refused)
    tables, learned = dict.fromkeys(known.tables), dict.fromkeys(known.learned)
    for item in items:
        kind, table = str(item.get("type", "unicast")), str(item.get("table", "main"))
        if kind in _OWN or table == "local":
            continue
        if table != "main":
            tables[table] = None
            continue
        destination = (IPV6 if sixth else IPV4) if item["dst"] == "default" else network(item["dst"])
        if not destination.without(LINK_LOCAL) or destination.within(network("ff00::/8")):
            continue
        if str(item.get("protocol", "")) in _LEARNED:
            learned[str(item["protocol"])] = None
        if kind in _REFUSING:
            refused.append((destination, place))
            continue
        if item.get("protocol") == "kernel" and "gateway" not in item and "nexthops" not in item:
            continue  # directly behind the interface: its address says so
        for hop in item.get("nexthops", [item]):
            if {"dead"} & {*hop.get("flags", [])}:
                continue
            via = hop.get("gateway") or hop.get("via", {}).get("host")
            metric = int(item.get("metric", 0))
            routes.append(
                Route(destination, str(hop.get("dev", "")), number(via) if via else None, metric=metric, place=place)
            )
    return replace(
        known,
        routes=tuple(routes),
        refused=tuple(refused),
        routed=True,
        tables=tuple(tables),
        learned=tuple(learned),
    )


def refused(known: Companions) -> list[tuple[Intervals, Place]]:
    """Destinations that a refusing route takes and no longer one gives back."""
    found = []
    for destination, place in known.refused:
        longer = [one.networks for one in known.interfaces]
        longer += [one.destination for one in known.routes]
        inner = [other for other in longer if other.size < destination.size and other.within(destination)]
        found.append((destination.without(union(inner)), place))
    return found


class Ports:
    """Interfaces by number: those handed in, and those that rules name.

    Args:
        companions: what was handed in.
        named: names in rules, a trailing "*" for any ending.
    """

    def __init__(self, companions: Companions, named: Iterable[str]) -> None:
        self.companions = companions
        known = [one.name for one in companions.interfaces]
        wanted = dict.fromkeys([*known, *named])
        plain = [name for name in wanted if not name.endswith("*")]
        # A pattern that no known interface fits stands for those of its name that may come.
        lone = [name for name in wanted if name.endswith("*") and not any(fnmatchcase(one, name) for one in plain)]
        names = [name for name in (*plain, *lone) if name not in {"lo", "", "*"}]
        self.names = names[:MAX_INTERFACES]
        self.too_many = len(names) > MAX_INTERFACES
        self._numbers = {name: index for index, name in enumerate(self.names)}

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """All of them; of those only named no network is known."""
        given = {one.name: one for one in self.companions.interfaces}
        return tuple(given.get(name, Interface(name)) for name in self.names)

    @property
    def complete(self) -> bool:
        """Whether there is no other interface."""
        return self.companions.addressed

    def numbers(self, name: str) -> Intervals:
        """Of the interfaces that a name or pattern means; nothing passes by the loopback."""
        if name.endswith("*"):
            stem = name[:-1]
            found = of((at, at) for one_name, at in self._numbers.items() if one_name.startswith(stem))
            return INTERFACES if not stem else found
        at = self._numbers.get(name)
        return EMPTY if at is None else one(at)

    def index(self, number_: int) -> str | None:
        """The name of the interface with the kernel's number; None where it was not handed in."""
        return dict(self.companions.indices).get(number_)

    def chosen(self, numbers: Intervals) -> frozenset[str] | None:
        """The names; None for any interface."""
        if numbers == INTERFACES:
            return None
        return frozenset(name for name, at in self._numbers.items() if numbers.has(at))

    def own(self, name: str, version: Intervals = EVERY) -> Intervals:
        """Addresses of an interface that packets can be given: not those of the link only."""
        found = next((one.addresses for one in self.companions.interfaces if one.name == name), EMPTY)
        return found.common(version).without(LINK_LOCAL)

    @property
    def every_own(self) -> Intervals:
        """Addresses of the device itself."""
        loopback = of([(number("127.0.0.0"), number("127.255.255.255")), (V6 + 1, V6 + 1)])
        return union([loopback, *(one.addresses for one in self.companions.interfaces)])
