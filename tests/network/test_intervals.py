"""Sets of integers behave as Python's own sets of the same integers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leadglass.network.intervals import EMPTY, Intervals, of, union

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6)


def members(found: Intervals) -> set[int]:
    return {number for first, last in found.spans for number in range(first, last + 1)}


def expected(spans: list[tuple[int, int]]) -> set[int]:
    return {number for first, last in spans for number in range(first, last + 1)}


@given(SPANS, SPANS)
def test_each_operation_is_that_of_sets(one: list[tuple[int, int]], two: list[tuple[int, int]]) -> None:
    a, b = of(one), of(two)
    mine, theirs = expected(one), expected(two)
    assert members(a) == mine
    assert members(a.common(b)) == mine & theirs
    assert members(a.without(b)) == mine - theirs
    assert members(a.union(b)) == mine | theirs
    assert a.meets(b) is bool(mine & theirs)
    assert a.within(b) is (mine <= theirs)
    assert a.size == len(mine)
    assert [number for number in range(-1, 62) if a.has(number)] == sorted(mine)


@given(SPANS, SPANS)
def test_one_set_has_one_form(one: list[tuple[int, int]], two: list[tuple[int, int]]) -> None:
    a, b = of(one), of(two)
    assert (a == b) is (expected(one) == expected(two))
    for found in (a, a.without(b), a.common(b), union([a, b, EMPTY])):
        assert found == of(found.spans)
        assert all(first <= last for first, last in found.spans)
