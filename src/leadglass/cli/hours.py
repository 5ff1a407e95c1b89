"""Reads working hours as people write them ("Mon-Fri 07:00-19:00"). Never judges them."""

from __future__ import annotations

import re

from leadglass.model.peer import Hours
from leadglass.policy.hours import DAY_NAMES, fault_of

_WINDOW = re.compile(r"(?:([A-Za-z,-]+)\s+)?(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\Z")


def parse_hours(text: str) -> Hours:
    """A weekly window; without days, every day.

    Raises:
        ValueError: it cannot be read, with an example.
    """
    match = _WINDOW.match(text.strip())
    if match is None:
        raise ValueError(f'not a window of hours: {text!r}; write "Mon-Fri 07:00-19:00"')
    start, end = int(match[2]) * 60 + int(match[3]), int(match[4]) * 60 + int(match[5])
    window = Hours(_days(match[1] or "Mon-Sun"), start, end)
    fault = fault_of(window)
    if int(match[3]) > 59 or int(match[5]) > 59 or fault:
        raise ValueError(f"hours {text!r}: {fault or 'minutes are 00 to 59'}")
    return window


def _days(text: str) -> tuple[int, ...]:
    names = [name.lower() for name in DAY_NAMES]
    days: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = part.partition("-")
        if first not in names or (dash and last not in names):
            raise ValueError(f"no such day: {part!r}; days are {', '.join(DAY_NAMES)}")
        begin = names.index(first)
        end = names.index(last) if dash else begin
        days.update((begin + step) % 7 + 1 for step in range((end - begin) % 7 + 1))
    return tuple(sorted(days))
