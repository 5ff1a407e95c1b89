"""Sets of integers as disjoint closed intervals: addresses, ports, protocols. Never changes one in place."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import reduce
from typing import NamedTuple

Span = tuple[int, int]


class Intervals(NamedTuple):
    """A set.

    Attributes:
        spans: (first, last), rising, neither overlapping nor touching; `of` and `union` see to it.
    """

    spans: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.spans)

    @property
    def size(self) -> int:
        """How many integers."""
        return sum(last - first + 1 for first, last in self.spans)

    @property
    def first(self) -> int:
        """The least; there must be one."""
        return self.spans[0][0]

    def has(self, number: int) -> bool:
        """Whether it is in the set."""
        at = bisect_left(self.spans, (number + 1,)) - 1
        return at >= 0 and self.spans[at][1] >= number

    def meets(self, other: Intervals) -> bool:
        """Whether both have an integer in common."""
        one, two = self.spans, other.spans
        if one is two:
            return bool(one)
        i = j = 0
        while i < len(one) and j < len(two):
            if one[i][1] < two[j][0]:
                i += 1
            elif two[j][1] < one[i][0]:
                j += 1
            else:
                return True
        return False

    def within(self, other: Intervals) -> bool:
        """Whether all of it is in ``other``."""
        return not self.without(other)

    def common(self, other: Intervals) -> Intervals:
        """What both have."""
        one, two = self.spans, other.spans
        found: list[Span] = []
        i = j = 0
        while i < len(one) and j < len(two):
            first, last = max(one[i][0], two[j][0]), min(one[i][1], two[j][1])
            if first <= last:
                found.append((first, last))
            if one[i][1] < two[j][1]:
                i += 1
            else:
                j += 1
        return Intervals(tuple(found))

    def without(self, other: Intervals) -> Intervals:
        """What ``other`` does not have."""
        two = other.spans
        found: list[Span] = []
        j = 0
        for begin, last in self.spans:
            first = begin
            while j < len(two) and two[j][1] < first:
                j += 1
            k = j
            while k < len(two) and two[k][0] <= last:
                if two[k][0] > first:
                    found.append((first, two[k][0] - 1))
                first = two[k][1] + 1
                k += 1
            if first <= last:
                found.append((first, last))
        return Intervals(tuple(found))

    def union(self, other: Intervals) -> Intervals:
        """What either has."""
        return of((*self.spans, *other.spans))


EMPTY = Intervals()


def of(spans: Iterable[Span]) -> Intervals:
    """The set of all integers in ``spans``, in any order; a span whose last is before its first holds none."""
    found: list[Span] = []
    for first, last in sorted(span for span in spans if span[0] <= span[1]):
        if found and first <= found[-1][1] + 1:
            if last > found[-1][1]:
                found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return Intervals(tuple(found))


def one(number: int) -> Intervals:
    """The set of one integer."""
    return Intervals(((number, number),))


def span(first: int, last: int) -> Intervals:
    """The set from ``first`` to ``last``, both in it."""
    return of(((first, last),))


def union(sets: Iterable[Intervals]) -> Intervals:
    """What any has."""
    return of(part for each in sets for part in each.spans)


def common(sets: Iterable[Intervals], everything: Intervals) -> Intervals:
    """What all have; ``everything`` where there is none."""
    return reduce(Intervals.common, sets, everything)
