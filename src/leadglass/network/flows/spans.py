"""When a sensor was seen to be awake: spans of time without a gap. Never what it saw."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Spans = tuple[tuple[float, float], ...]
"""(first, last) in UTC seconds, rising, more than `QUIET` apart."""

QUIET = 3_600.0
"""Seconds in which nothing at all is seen: a gap. A hospital's network is never silent for an hour."""

STEP = 600  # seconds: times are kept no finer, so that years of them take no room
EARLIEST, LATEST = 631_152_000.0, 4_102_444_800.0  # 1990 and 2100: no time of a flow is outside


def steps(times: NDArray[np.float64]) -> NDArray[np.int64]:
    """The steps of time in which something was seen, rising."""
    return np.unique((times // STEP).astype(np.int64))


def spans(seen: NDArray[np.int64]) -> Spans:
    """Spans of `steps`: each begins and ends with what was seen, to one step.

    The span is the shorter one where in doubt: from the end of its first step to the beginning of its last.
    """
    if not seen.size:
        return ()
    starts = np.flatnonzero(np.diff(seen) * STEP > QUIET) + 1
    return tuple(
        (float((part[0] + 1) * STEP), float(part[-1] * STEP)) for part in np.split(seen, starts) if part.size > 1
    )


def joined(parts: Iterable[Spans]) -> Spans:
    """Spans of several captures of one place as one."""
    found: list[tuple[float, float]] = []
    for first, last in sorted(span for one in parts for span in one):
        # Each was shortened by at most a step at both ends.
        if found and first - found[-1][1] <= QUIET:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return tuple(found)


def covers(spans_: Spans, first: float, last: float) -> bool:
    """Whether one span holds all of it."""
    return any(begin <= first and last <= end for begin, end in spans_)
