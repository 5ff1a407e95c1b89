"""The member of each set that the fewest other sets single out: what stands for the set itself. Never the only one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from leadglass.network.intervals import Intervals


def quietest(wanted: Sequence[Intervals], named: Iterable[Intervals]) -> tuple[int, ...]:
    """Of each set of ``wanted``, none empty, a member that is in the fewest of ``named``."""
    steps: dict[int, int] = {}
    for each in named:
        for first, last in each.spans:
            steps[first] = steps.get(first, 0) + 1
            steps[last + 1] = steps.get(last + 1, 0) - 1
    places = sorted(steps)
    counts = [0, *accumulate(steps[place] for place in places)]  # before the first place, then from each on
    return tuple(_least(one, places, counts) for one in wanted)


def _least(one: Intervals, places: list[int], counts: list[int]) -> int:
    best, found = counts[bisect_right(places, one.first)], one.first
    for first, last in one.spans:
        begin, end = bisect_right(places, first), bisect_right(places, last)
        for at in range(begin, end + 1):
            if counts[at] < best or (at == begin and counts[at] <= best and first == one.first):
                best, found = counts[at], max(first, places[at - 1] if at else first)
                if not best:
                    return found
    return found
