"""Ports, protocols and ICMP types as Cisco devices write them, between two bounds. Never addresses."""

from __future__ import annotations

from leadglass.network.headers import ICMP, ICMPV6, PORTS, PROTOCOLS
from leadglass.network.importers.cisco import names
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.intervals import EMPTY, Intervals, of, one, span, union

OPERATORS = frozenset({"eq", "neq", "lt", "gt", "range"})

PortSet = tuple[Intervals, Intervals]
"""(may, must)."""

ALL: PortSet = (PORTS, PORTS)


def port(word: str) -> PortSet:
    """A port by number or name.

    Raises:
        NotUnderstood: it is neither.
    """
    if word.isdecimal() and word.isascii():
        number = int(word) if len(word) <= 5 else 65_536
        if number > 65_535:
            raise NotUnderstood(f"no port: {word!r}")
        return one(number), one(number)
    values = names.PORTS.get(word.lower())
    if values is None:
        raise NotUnderstood(f"no port: {word!r}")
    return of((value, value) for value in values), one(values[0]) if len(values) == 1 else EMPTY


def ports(words: Words, *, several: bool = False) -> PortSet:
    """Ports after an operator, which comes next.

    Args:
        words: of the line.
        several: "eq" and "neq" take a list (IOS), not one.

    Raises:
        NotUnderstood: it is none.
    """
    operator = words.expect(*OPERATORS)
    if operator == "range":
        low, high = _number(words.take()), _number(words.take())
        found = span(min(low, high), max(low, high))
        return found, found
    may, must = port(words.take())
    while several and operator in {"eq", "neq"} and _is_port(words.next):
        more = port(words.take())
        may, must = may.union(more[0]), must.union(more[1])
    if operator == "eq":
        return may, must
    if operator == "neq":
        return PORTS.without(must), PORTS.without(may)
    if may != must:
        return ALL[0], EMPTY
    at = may.first
    found = span(0, at - 1) if operator == "lt" else span(at + 1, 65_535)
    return found, found


def _number(word: str) -> int:
    may, must = port(word)
    if may != must:
        raise NotUnderstood(f"a range to a port that documents give two numbers: {word!r}")
    return may.first


def _is_port(word: str) -> bool:
    return (word.isdecimal() and word.isascii()) or word in names.PORTS


def protocol(word: str) -> Intervals:
    """A protocol by number or name.

    Raises:
        NotUnderstood: it is neither.
    """
    lowered = word.lower()
    if lowered in {"ip", "ipv4", "ipv6"}:
        return PROTOCOLS
    if word.isdecimal() and word.isascii() and len(word) <= 3 and 0 < int(word) <= 255:
        return one(int(word))
    if lowered not in names.PROTOCOLS:
        raise NotUnderstood(f"no protocol: {word!r}")
    return one(names.PROTOCOLS[lowered])


def icmp_type(word: str, version: Intervals) -> int:
    """An ICMP type by number or name; ``version`` is the protocol it is of.

    Raises:
        NotUnderstood: it is neither.
    """
    if word.isdecimal() and word.isascii() and len(word) <= 3 and int(word) <= 255:
        return int(word)
    found = (names.ICMP6_TYPES if version == one(ICMPV6) else names.ICMP_TYPES).get(word.lower())
    if found is None:
        raise NotUnderstood(f"no ICMP type: {word!r}")
    return found


def icmp(kind: int, code: int | None = None) -> Intervals:
    """An ICMP type, with one code or all, as destination port."""
    return span(kind << 8, kind << 8 | 255) if code is None else one(kind << 8 | code)


def icmp_match(words: Words, version: Intervals) -> Intervals:
    """An ICMP type with an optional code, if one comes next; else all.

    Raises:
        NotUnderstood: a code out of bounds.
    """
    word = words.next
    if not word or not (
        word.isdecimal() or word in (names.ICMP6_TYPES if version == one(ICMPV6) else names.ICMP_TYPES)
    ):
        return PORTS
    kind = icmp_type(words.take(), version)
    if not (words.next.isdecimal() and words.next.isascii()):
        return icmp(kind)
    code = int(words.take()[:4])
    if code > 255:
        raise NotUnderstood("no ICMP code")
    return icmp(kind, code)


def is_icmp(protocols: Intervals) -> bool:
    """Whether a protocol is ICMP of one version."""
    return protocols in {one(ICMP), one(ICMPV6)}


def every(sets: list[PortSet]) -> PortSet:
    """What any of them has."""
    return union(found[0] for found in sets), union(found[1] for found in sets)
