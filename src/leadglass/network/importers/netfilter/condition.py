"""Conditions of a rule as sets over headers, interfaces and states, between two bounds. Never what a rule does.

The logic is Kleene's: a condition that is not known may hold and need not; its negation too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from leadglass.network.address import EVERY
from leadglass.network.headers import PORTS, PROTOCOLS
from leadglass.network.intervals import Intervals, one, span, union

MAX_CASES = 4_096  # of one condition; past it the condition is not known
INTERFACES = span(0, 65_535)  # numbers of interfaces; those without a name are the ones nobody named
NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED = map(one, range(5))
STATES = span(0, 4)
AS_SENT, REDIRECTED = one(0), one(1)
TAGS = span(0, 1)


class Case(NamedTuple):
    """Packets whose every field is in its set.

    Attributes:
        destination_port: also ICMP's type × 256 + code, as in `headers`.
        ingress, egress: numbers of interfaces (`companions.Ports`).
        state: what connection tracking says.
        tag: whether a translation changed the destination.
    """

    source: Intervals = EVERY
    destination: Intervals = EVERY
    protocol: Intervals = PROTOCOLS
    source_port: Intervals = PORTS
    destination_port: Intervals = PORTS
    ingress: Intervals = INTERFACES
    egress: Intervals = INTERFACES
    state: Intervals = STATES
    tag: Intervals = TAGS


FULL = Case()
Cases = tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition.

    Attributes:
        may: packets for which it can hold; must: for which it certainly does.
        note: what was not understood, in words; empty where all was.
        depends: on what no configuration tells (a rate, a mark), in words; empty where on nothing.
    """

    may: Cases = (FULL,)
    must: Cases = (FULL,)
    note: str = ""
    depends: str = ""


ALWAYS = Condition()
NEVER = Condition((), ())


def exactly(**fields: Intervals) -> Condition:
    """Holds for just the packets with these fields."""
    case = FULL._replace(**fields)
    return Condition((case,), (case,)) if all(case) else NEVER


def unread(note: str) -> Condition:
    """Was not understood."""
    return Condition((FULL,), (), note=note)


def depends(on: str) -> Condition:
    """Depends on what no configuration tells."""
    return Condition((FULL,), (), depends=on)


def all_of(some: Condition, other: Condition) -> Condition:
    """Both hold."""
    if some is ALWAYS:
        return other
    if other is ALWAYS:
        return some
    note, on = some.note or other.note, some.depends or other.depends
    if max(len(some.may) * len(other.may), len(some.must) * len(other.must)) > MAX_CASES:
        fewer = min(some.may, other.may, key=len)
        return Condition(fewer, (), note or "too many alternatives", on)
    return Condition(_common(some.may, other.may), _common(some.must, other.must), note, on)


def any_of(conditions: Iterable[Condition]) -> Condition:
    """One of them holds."""
    may: dict[Case, None] = {}
    must: dict[Case, None] = {}
    note = on = ""
    for each in conditions:
        may.update(dict.fromkeys(each.may))
        must.update(dict.fromkeys(each.must))
        note, on = note or each.note, on or each.depends
    joined = Condition(merged(may), merged(must), note, on)
    if max(len(joined.may), len(joined.must)) > MAX_CASES:
        return Condition((_hull(joined.may),), (), note or "too many alternatives", on)
    return joined


def negated(condition: Condition) -> Condition:
    """It does not hold."""
    may, must = without((FULL,), condition.must), without((FULL,), condition.may)
    if may is None or must is None:
        return Condition((FULL,), (), condition.note or "too many alternatives", condition.depends)
    return Condition(may, must, condition.note, condition.depends)


def without(some: Cases, others: Cases) -> Cases | None:
    """What ``others`` do not hold; None past `MAX_CASES`."""
    left = list(some)
    for other in others:
        left = [part for case in left for part in _outside(case, other)]
        if len(left) > MAX_CASES:
            return None
    return tuple(left)


def merged(cases: Iterable[Case]) -> Cases:
    """The same packets in fewer cases: those that differ in one field only become one."""
    found = tuple(cases)
    for at in range(len(FULL)):
        if len(found) < 2:
            break
        groups: dict[tuple[Intervals, ...], list[Intervals]] = {}
        for case in found:
            groups.setdefault((*case[:at], *case[at + 1 :]), []).append(case[at])
        if len(groups) < len(found):
            found = tuple(Case._make((*rest[:at], union(sets), *rest[at:])) for rest, sets in groups.items())
    return found


def _common(some: Cases, others: Cases) -> Cases:
    return tuple(both for mine in some for theirs in others if (both := _both(mine, theirs)) is not None)


def _both(mine: Case, theirs: Case) -> Case | None:
    found = []
    for some, other, full in zip(mine, theirs, FULL, strict=True):
        both = some if other is full else other if some is full else some.common(other)
        if not both:
            return None
        found.append(both)
    return Case._make(found)


def _outside(case: Case, other: Case) -> list[Case]:
    if any(not mine.meets(theirs) for mine, theirs in zip(case, other, strict=True)):
        return [case]
    parts = []
    inside: list[Intervals] = list(case)
    for at, (mine, theirs) in enumerate(zip(case, other, strict=True)):
        outside = mine.without(theirs)
        if outside:
            parts.append(Case._make((*inside[:at], outside, *case[at + 1 :])))
            inside[at] = mine.common(theirs)
    return parts


def _hull(cases: Cases) -> Case:
    return Case._make(union(field) for field in zip(*cases, strict=True))
