"""Cutting a span into days, hours and minutes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leadglass.store.projection.flows import SPANS, pieces

MINUTE = 60_000_000_000


def test_a_day_is_one_piece() -> None:
    assert pieces(86_400 * 1_000_000_000, 2 * 86_400 * 1_000_000_000) == [(86_400, 1, 2)]


def test_a_part_of_a_minute_is_the_minute() -> None:
    assert pieces(MINUTE + 1, MINUTE + 2) == [(60, 1, 2)]


def test_nothing_is_no_piece() -> None:
    assert pieces(5 * MINUTE, 5 * MINUTE) == []
    assert pieces(6 * MINUTE, 5 * MINUTE) == []


@given(st.integers(0, 40_000), st.integers(1, 40_000))
def test_pieces_cover_each_minute_once_and_are_few(low: int, length: int) -> None:
    found = pieces(low * MINUTE, (low + length) * MINUTE)
    minutes = [
        minute for span, first, last in found for minute in range(first * span // SPANS[0], last * span // SPANS[0])
    ]
    assert sorted(minutes) == list(range(low, low + length))
    assert len(found) <= 2 * len(SPANS) - 1
    assert sum(last - first for span, first, last in found if span < SPANS[-1]) <= 2 * (60 + 24)
