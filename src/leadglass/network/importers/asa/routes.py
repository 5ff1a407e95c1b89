"""Static routes of an ASA. Never where a packet goes."""

from __future__ import annotations

from leadglass.network.device import Interface, Route
from leadglass.network.importers.cisco import literals
from leadglass.network.importers.cisco.lines import Line
from leadglass.network.importers.cisco.literals import Aliases
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.intervals import Intervals

TUNNELED_METRIC = 256  # of a default route that only decrypted packets take: after every other (1 to 255)
NULL = "null0"


def route(line: Line, names: dict[str, Interface], aliases: Aliases, notes: Notes) -> Route | None:
    """The route of a line "route outside 0.0.0.0 0.0.0.0 203.0.113.1 1" or "ipv6 route outside ::/0 2001:db8::1"."""
    words = Words(line.words)
    try:
        found = _route(words, names, aliases, notes, line)
        words.end()
    except NotUnderstood:
        notes.doubt(line)
        return None
    notes.understood(line)
    return found


def _route(words: Words, names: dict[str, Interface], aliases: Aliases, notes: Notes, line: Line) -> Route:
    version6 = words.accept("ipv6")
    words.expect("route")
    interface = words.take()
    if interface.lower() != NULL and interface not in names:
        raise NotUnderstood(f"no interface {interface}")
    destination = _destination(words, aliases, version6=version6)
    via = None
    if interface.lower() == NULL:
        interface = NULL
    else:
        via = literals.host(words.take(), aliases).first
    metric = 1
    if words.next.isdecimal() and len(words.next) <= 3:
        metric = int(words.take())
    if words.accept("track"):
        words.take()
    if words.accept("tunneled"):
        metric = TUNNELED_METRIC
    return Route(destination, interface, via, metric=metric, place=notes.place(line))


def _destination(words: Words, aliases: Aliases, *, version6: bool) -> Intervals:
    if version6:
        return literals.prefix(words.take(), aliases)
    found = literals.masked(words.take(), words.take(), aliases)
    if not found.exact:
        raise NotUnderstood("a mask with holes")
    return found.must
