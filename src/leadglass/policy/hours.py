"""Weekly windows and the hospital's wall clock. Never reads a clock: the time comes in.

Cedar has no quantifier over a list of intervals, so the arithmetic is done here and its result handed to Cedar as the
names of the windows that are open; which window concerns whom, and what follows from it, stays with the policies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from leadglass.model.peer import Hours

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class WallClock:
    """A time as the hospital's clocks show it.

    Attributes:
        date: year, month and day as one number, 20261124.
        weekday: 1 Monday to 7 Sunday.
        minute: of the day, 0 to 1439.
    """

    date: int
    weekday: int
    minute: int

    def __str__(self) -> str:
        return f"{DAY_NAMES[self.weekday - 1]} {clock(self.minute)}"


def wall_clock(at: datetime, zone: ZoneInfo) -> WallClock:
    """The hospital's time at an aware datetime.

    Raises:
        ValueError: ``at`` has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a request's time must have a time zone")
    local = at.astimezone(zone)
    return WallClock(
        local.year * 10_000 + local.month * 100 + local.day, local.isoweekday(), local.hour * 60 + local.minute
    )


def is_open(window: Hours, now: WallClock) -> bool:
    """Whether a window holds a minute: ``start`` is inside, ``end`` is not."""
    today = now.weekday in window.days
    if window.start < window.end:
        return today and window.start <= now.minute < window.end
    yesterday = (now.weekday - 2) % 7 + 1 in window.days
    return (today and now.minute >= window.start) or (yesterday and now.minute < window.end)


def open_windows(hours: Sequence[Hours], now: WallClock) -> list[str]:
    """The names of those windows that are open."""
    return [name_of(window) for window in hours if is_open(window, now)]


def name_of(window: Hours) -> str:
    """A window in words: "Mon-Fri 07:00-19:00". Equal windows, equal names; unequal ones, unequal names."""
    return f"{_days(window.days)} {clock(window.start)}-{clock(window.end)}"


def clock(minute: int) -> str:
    """Minutes of a day as "07:00"; 1440 is "24:00"."""
    return f"{minute // 60:02}:{minute % 60:02}"


def fault_of(window: Hours) -> str:
    """What is wrong with a window, in words; empty when nothing is."""
    if not window.days or any(day not in range(1, 8) for day in window.days):
        return "a window needs days, 1 Monday to 7 Sunday"
    if not (0 <= window.start < MINUTES_A_DAY and 1 <= window.end <= MINUTES_A_DAY):
        return "a window starts at minute 0 to 1439 and ends at minute 1 to 1440 of the day"
    if window.start == window.end:
        return f"a window from {clock(window.start)} to {clock(window.end)} is empty"
    return ""


def _days(days: tuple[int, ...]) -> str:
    """Runs of days: (1, 2, 3, 6) is "Mon-Wed,Sat"."""
    runs: list[list[int]] = []
    for day in sorted(set(days)):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(
        DAY_NAMES[run[0] - 1] if len(run) == 1 else f"{DAY_NAMES[run[0] - 1]}-{DAY_NAMES[run[-1] - 1]}" for run in runs
    )
