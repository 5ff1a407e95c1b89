"""Windows as words and as sets of minutes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.hospital import NIGHTS, WEEKDAYS

from leadglass.model.peer import Hours
from leadglass.policy.hours import WallClock, fault_of, is_open, name_of

windows = st.builds(
    Hours, st.lists(st.integers(1, 7), min_size=1, unique=True).map(tuple), st.integers(0, 1439), st.integers(1, 1440)
).filter(lambda window: window.start != window.end)


@pytest.mark.parametrize(
    ("window", "name"),
    [
        (WEEKDAYS, "Mon-Fri 07:00-19:00"),
        (NIGHTS, "Fri-Sat 22:00-06:00"),
        (Hours((7,), 0, 1440), "Sun 00:00-24:00"),
        (Hours((6, 1, 2, 4), 61, 62), "Mon-Tue,Thu,Sat 01:01-01:02"),
    ],
)
def test_a_window_has_a_name(window: Hours, name: str) -> None:
    assert name_of(window) == name


@pytest.mark.parametrize(
    ("weekday", "minute", "inside"),
    [
        (5, 1319, False),
        (5, 1320, True),
        (6, 0, True),
        (6, 359, True),
        (6, 360, False),
        (7, 359, True),
        (1, 0, False),
        (5, 0, False),
    ],
)
def test_a_window_that_passes_midnight_ends_on_the_following_day(weekday: int, minute: int, inside: bool) -> None:
    assert is_open(NIGHTS, WallClock(20261127, weekday, minute)) is inside


@given(windows)
def test_a_window_is_open_for_exactly_its_minutes(window: Hours) -> None:
    length = (window.end - window.start) % 1440 or 1440
    expected = {((day - 1) * 1440 + window.start + offset) % 10_080 for day in window.days for offset in range(length)}
    actual = {
        (day - 1) * 1440 + minute
        for day in range(1, 8)
        for minute in range(1440)
        if is_open(window, WallClock(20260101, day, minute))
    }
    assert actual == expected


@given(windows, windows)
def test_names_are_equal_for_equal_windows_only(one: Hours, other: Hours) -> None:
    same = (set(one.days), one.start, one.end) == (set(other.days), other.start, other.end)
    assert (name_of(one) == name_of(other)) is same
    assert fault_of(one) == ""
