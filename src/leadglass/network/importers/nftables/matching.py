"""Matches, sets and verdict maps of a rule as conditions. Never what a rule does with a packet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from leadglass.network.importers.netfilter import fields
from leadglass.network.importers.netfilter.condition import (
    ALWAYS,
    NEVER,
    Condition,
    all_of,
    any_of,
    depends,
    negated,
    unread,
)
from leadglass.network.importers.netfilter.documents import Json
from leadglass.network.importers.nftables.expressions import term
from leadglass.network.importers.nftables.ruleset import Ruleset, SetRead
from leadglass.network.importers.nftables.terms import Context, Term, UnreadError
from leadglass.network.intervals import Intervals, one, span, union

UNREADABLE = (UnreadError, ValueError, TypeError, KeyError, AttributeError, IndexError)
"""What reading a value of the wrong form raises."""


class LooseError(UnreadError):
    """A set's elements are not those that the ruleset lists."""


@dataclass(frozen=True, slots=True)
class Table:
    """Where names of sets are looked up."""

    ruleset: Ruleset
    family: str
    name: str

    def set(self, written: Json) -> SetRead | None:
        """The set of "@name"; None where it is no name, or of none."""
        if isinstance(written, str) and written.startswith("@"):
            return self.ruleset.sets.get((self.family, self.name, written[1:]))
        return None


def match(value: Json, table: Table, context: Context) -> Condition:
    """The condition of a "match"; what was not understood is one that may hold and need not."""
    try:
        return _match(value, table, context)
    except LooseError as fault:
        return depends(str(fault))
    except UNREADABLE as fault:
        return unread(f"{type(fault).__name__}: {fault}" if isinstance(fault, KeyError) else str(fault))


def _match(value: Json, table: Table, context: Context) -> Condition:
    op, left, right = value["op"], value["left"], value["right"]
    if isinstance(left, dict) and "concat" in left:
        terms = [term(part, context) for part in left["concat"]]
        domain = _domain(terms)
        found = any_of(_element(terms, each) for each in elements(right, table))
    else:
        masking = left["&"] if isinstance(left, dict) and "&" in left else None
        each = term(masking[0] if masking else left, context)
        domain = each.domain
        values = _values(each, right, table, op)
        if masking:
            values = _unmasked(each, masking[1:], values)
        found = all_of(domain, each.holds(values))
    if op in {"==", "in", "!", "<", ">", "<=", ">="}:
        return found
    if op == "!=":
        return all_of(domain, negated(found))
    raise UnreadError(f"comparison {op}")


def _domain(terms: Iterable[Term]) -> Condition:
    found = ALWAYS
    for each in terms:
        found = all_of(found, each.domain)
    return found


def _values(each: Term, right: Json, table: Table, op: str) -> Intervals:
    """The numbers for which the comparison holds; for "!=" those for which it does not."""
    if op in {"<", ">", "<=", ">="}:
        bound = each.parse(right).first
        low, high = each.universe.first, each.universe.spans[-1][1]
        ends = {"<": (low, bound - 1), "<=": (low, bound), ">": (bound + 1, high), ">=": (bound, high)}
        return span(*ends[op]).common(each.universe)
    if op in {"in", "!"} and each.bits:
        mask = each.parse(right).first
        return union(one(bits) for first, last in each.universe.spans for bits in range(first, last + 1)
                     if bool(bits & mask) is (op == "in"))  # fmt: skip
    return union(each.universe if raw == "*" else each.parse(raw) for raw in elements(right, table))


def _unmasked(each: Term, masks: Sequence[Json], values: Intervals) -> Intervals:
    if len(masks) != 1:
        raise UnreadError("more than one mask")
    mask = masks[0]
    if each.version is not None:
        bits = each.parse(mask).first - each.version.first
        found = fields.address_mask(bits, values, each.version)
    else:
        found = fields.masked(each.parse(mask).first, values, each.width)
    if found is None:
        raise UnreadError("a mask with many holes")
    return found.common(each.universe)


def elements(right: Json, table: Table) -> Iterator[Json]:
    """The values of a set, of a named one, or the one value."""
    if isinstance(right, str) and right.startswith("@"):
        named = table.set(right)
        if named is None:
            raise UnreadError(f"no set {right}")
        if named.elements is None:
            raise LooseError("a set that packets or time change")
        yield from map(_plain, named.elements)
    elif isinstance(right, dict) and "set" in right:
        rows = right["set"]
        yield from map(_plain, rows if isinstance(rows, list) else [rows])
    else:
        yield right


def _plain(element: Json) -> Json:
    """Without its comment, counter and such."""
    return element["elem"]["val"] if isinstance(element, dict) and "elem" in element else element


def _element(terms: Sequence[Term], raw: Json) -> Condition:
    """One element of a set, or key of a map."""
    if raw == "*":
        return _domain(terms)
    parts = raw["concat"] if isinstance(raw, dict) and "concat" in raw else [raw]
    if len(parts) != len(terms):
        raise UnreadError("a value of another length than its key")
    found = ALWAYS
    for each, part in zip(terms, parts, strict=True):
        values = each.parse(part).common(each.universe)
        found = all_of(found, all_of(each.domain, each.holds(values)))
    return found


def rows(value: Json, table: Table, context: Context) -> Iterator[tuple[Condition, Json]]:
    """A map, {"key": …, "data": …}: what each value is mapped to, and the condition that the key is one of its own.

    Raises:
        UnreadError: it is not understood; so do the others of `UNREADABLE`.
    """
    key, data = value["key"], value["data"]
    parts = key["concat"] if isinstance(key, dict) and "concat" in key else [key]
    terms = [term(part, context) for part in parts]
    named = table.set(data)
    if isinstance(data, str) and (named is None or named.elements is None):
        raise UnreadError(f"map {data} is not there, or changed by packets or time")
    listed = named.elements if named is not None else data["set"]
    groups: dict[str, tuple[Json, list[Condition]]] = {}
    rest: list[Json] = []
    for pair in listed or ():
        raw, to = _plain(pair[0]), _plain(pair[1])
        if raw == "*":
            rest.append(to)
            continue
        groups.setdefault(repr(to), (to, []))[1].append(_element(terms, raw))
    seen = NEVER
    for to, conditions in groups.values():
        found = any_of(conditions)
        seen = any_of([seen, found])
        yield found, to
    for to in rest:
        yield all_of(_domain(terms), negated(seen)), to
