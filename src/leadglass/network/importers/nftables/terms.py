"""Numbers that expressions of nft's JSON compare, and how their values are written. Never what a field is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from leadglass.network.address import network, number
from leadglass.network.importers.netfilter.chain import Hook
from leadglass.network.importers.netfilter.companions import Ports
from leadglass.network.importers.netfilter.condition import (
    ALWAYS,
    INTERFACES,
    Condition,
    depends,
)
from leadglass.network.importers.netfilter.documents import Json
from leadglass.network.intervals import Intervals, one, span


class UnreadError(ValueError):
    """A value or an expression that is not understood."""


@dataclass(frozen=True, slots=True)
class Term:
    """An expression.

    Attributes:
        universe: numbers that it can be.
        parse: the number or numbers of a value as written; raises `UnreadError`, ValueError, TypeError, KeyError.
        holds: the condition that it is one of these numbers.
        domain: the condition that it is there at all.
        bits: flags: a value in a comparison "in" or "!" is a mask.
        width: in bits, for masks.
        version: of an address.
    """

    universe: Intervals
    parse: Callable[[Json], Intervals]
    holds: Callable[[Intervals], Condition]
    domain: Condition = ALWAYS
    bits: bool = False
    width: int = 32
    version: Intervals | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Where a rule is read.

    Attributes:
        ports: the interfaces.
        hook: None where only names are looked for.
        tracked: connection tracking has seen the packet; None: not told.
    """

    ports: Ports
    hook: Hook | None = None
    tracked: bool | None = True


def when(on: str, domain: Condition = ALWAYS) -> Term:
    """Depends on what no header here holds: any value may be, none must."""
    return Term(INTERFACES, lambda _: INTERFACES, lambda _: depends(on), domain)


def numbers(raw: Json, known: Mapping[str, int], universe: Intervals) -> Intervals:
    """A number, a name, a range, flags joined with "|"."""
    if isinstance(raw, dict) and "range" in raw:
        low, high = (numbers(end, known, universe) for end in raw["range"])
        return span(low.first, high.first)
    if isinstance(raw, dict) and "|" in raw:
        raw = raw["|"]
    if isinstance(raw, list):
        bits = 0
        for each in raw:
            bits |= numbers(each, known, universe).first
        return one(bits)
    if isinstance(raw, bool):
        raise UnreadError(f"value {raw!r}")
    if isinstance(raw, int):
        return one(raw)
    if isinstance(raw, str):
        found = known.get(raw)
        return one(int(raw, 0) if found is None else found)
    raise UnreadError(f"value {str(raw)[:60]}")


def numeric(
    universe: Intervals,
    holds: Callable[[Intervals], Condition],
    known: Mapping[str, int] | None = None,
    domain: Condition = ALWAYS,
    *,
    bits: bool = False,
    width: int = 16,
) -> Term:
    """A field of numbers with their names; see `Term` for the rest."""
    return Term(universe, partial(numbers, known=known or {}, universe=universe), holds, domain, bits, width)


def address(raw: Json, version: Intervals) -> Intervals:
    """An address of one IP version, a prefix or a range of them."""
    if isinstance(raw, dict) and "prefix" in raw:
        return network(f"{raw['prefix']['addr']}/{int(raw['prefix']['len'])}")
    if isinstance(raw, dict) and "range" in raw:
        low, high = raw["range"]
        return span(number(low), number(high))
    if isinstance(raw, str):
        return one(number(raw))
    if isinstance(raw, int) and not isinstance(raw, bool):  # a mask's result may be printed as a number
        return one(raw + version.first)
    raise UnreadError(f"address {str(raw)[:60]}")
