"""Static routes of IOS, with next hops resolved to interfaces. Never where a packet goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leadglass.network.device import Interface, Route
from leadglass.network.importers.cisco import literals
from leadglass.network.importers.cisco.lines import Line
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.importers.ios import commands

NULL = "null0"
MAX_DEPTH = 8  # of next hops that are themselves behind next hops


def routes(lines: Sequence[Line], interfaces: Sequence[Interface], notes: Notes) -> tuple[Route, ...]:
    """The routes of lines "ip route 10.0.0.0 255.0.0.0 10.1.1.9" and "ipv6 route ::/0 2001:db8::1"."""
    found: list[tuple[Line, Route]] = []
    names = {one.name.lower(): one.name for one in interfaces}
    for line in lines:
        words = Words(line.words)
        try:
            route = _route(words, names, line, notes)
            words.end()
        except NotUnderstood:
            notes.doubt(line)
        else:
            notes.understood(line)
            found.append((line, route))
    for _ in range(MAX_DEPTH):
        found = [(line, _resolved(route, interfaces, [other for _, other in found])) for line, route in found]
    for line, route in found:
        if not route.interface:
            notes.finding(line, "the next hop is behind no interface: the route is not in force")
    return tuple(route for _, route in found)


def _route(words: Words, names: dict[str, str], line: Line, notes: Notes) -> Route:
    sixth = words.expect("ip", "ipv6") == "ipv6"
    words.expect("route")
    vrf = words.take() if words.accept("vrf") else ""
    if sixth:
        destination = literals.prefix(words.take(), {})
    else:
        masked = literals.masked(words.take(), words.take(), {})
        if not masked.exact:
            raise NotUnderstood("a mask with holes")
        destination = masked.must
    interface, via = "", None
    word = words.take()
    if word.lower() == NULL or (word.lower() == "null" and words.accept("0")):
        interface = NULL
    elif word.lower() in names:
        interface = names[word.lower()]
        if _is_address(words.next):
            via = literals.host(words.take(), {}).first
    else:
        via = literals.host(word, {}).first
    metric = int(words.take()) if words.next.isdecimal() and len(words.next) <= 3 else 1
    while words:
        option = words.take().lower()
        if option == "global":
            raise NotUnderstood("a route between routing instances")
        if option in {"name", "tag", "track"}:
            words.take()
        elif option not in commands.ROUTE_OPTIONS:
            raise NotUnderstood(option)
    return Route(destination, interface, via, vrf, metric, notes.place(line))


def _resolved(route: Route, interfaces: Sequence[Interface], table: Sequence[Route]) -> Route:
    """A next hop on a network of ours is behind its interface; else behind that of the route to it."""
    if route.interface or route.via is None:
        return route
    for one in interfaces:
        if one.vrf == route.vrf and one.enabled and one.networks.has(route.via):
            return replace(route, interface=one.name)
    behind = [
        other
        for other in table
        if other.interface and other.vrf == route.vrf and other is not route and other.destination.has(route.via)
    ]
    if not behind:
        return route
    best = min(behind, key=lambda other: (other.destination.size, other.metric))
    return replace(route, interface=best.interface, via=best.via)


def _is_address(word: str) -> bool:
    try:
        literals.host(word, {})
    except NotUnderstood:
        return False
    return True
