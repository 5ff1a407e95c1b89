"""Whether an answer goes with the size of the hospital: Kendall's tau-b and a permutation p. Never a cause.

Randomness comes in as a function, so that a seed outside decides it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma, sqrt

from leadglass.assess.tally import Tally

ORDER = ("no", "partly", "yes")
"""Answers in rising order; "I do not know" is left out."""

PERMUTATIONS = 999
MAX_PERMUTATIONS = 99_999

Table = Sequence[Sequence[int]]
"""Hospitals by band (rows, rising) and answer (columns, rising)."""


@dataclass(frozen=True, slots=True)
class Association:
    """An association of answer and size.

    Attributes:
        n: hospitals with a band and an answer other than "I do not know".
        tau: Kendall's tau-b, -1 to 1; above 0 a larger hospital says yes more often.
        p: two-sided share of permutations at least as far from 0, the observed one counted (Phipson and Smyth 2010).
        permutations: how many were drawn.
    """

    n: int
    tau: float
    p: float
    permutations: int


def table(bands: Mapping[str, Tally]) -> list[list[int]]:
    """Tallies by band, in rising order of bands, as a table of hospitals by band and answer."""
    return [[tally.counts.get(code, 0) for code in ORDER] for tally in bands.values()]


def associate(counts: Table, uniform: Callable[[], float], permutations: int = PERMUTATIONS) -> Association | None:
    """The association in a table; None where all hospitals are in one band or all answer the same.

    Args:
        counts: hospitals by band and answer.
        uniform: draws from [0, 1); seeded by the caller.
        permutations: how many to draw, 1 to `MAX_PERMUTATIONS`.

    Raises:
        ValueError: ``permutations`` is out of bounds.
    """
    if not 1 <= permutations <= MAX_PERMUTATIONS:
        raise ValueError(f"permutations: 1 to {MAX_PERMUTATIONS}")
    rows = [sum(row) for row in counts]
    columns = [sum(row[index] for row in counts) for index in range(len(counts[0]))] if counts else []
    n = sum(rows)
    scale = sqrt(_untied(rows) * _untied(columns))
    if scale == 0:
        return None
    observed = surplus(counts)
    # Permuting answers over hospitals keeps both margins: it draws a table with these margins, and tau's scale stays.
    extreme = sum(abs(surplus(_draw(rows, columns, uniform))) >= abs(observed) for _ in range(permutations))
    return Association(n, observed / scale, (extreme + 1) / (permutations + 1), permutations)


def surplus(counts: Table) -> int:
    """Concordant less discordant pairs of hospitals."""
    below = [0] * len(counts[0])  # hospitals of lower bands, by answer
    found = 0
    for row in counts:
        less, more = 0, sum(below)
        for here, under in zip(row, below, strict=True):
            more -= under
            found += here * (less - more)
            less += under
        below = [one + other for one, other in zip(below, row, strict=True)]
    return found


def _untied(margin: Sequence[int]) -> int:
    """Pairs of hospitals that a margin tells apart."""
    n = sum(margin)
    return (n * n - sum(one * one for one in margin)) // 2


def _draw(rows: Sequence[int], columns: Sequence[int], uniform: Callable[[], float]) -> list[list[int]]:
    """A table with these margins, as shuffling answers would give it."""
    left = list(columns)
    drawn: list[list[int]] = []
    for size in rows[:-1]:
        row: list[int] = []
        wanted, total = size, sum(left)
        for index, available in enumerate(left):
            taken = _hypergeometric(available, total - available, wanted, uniform)
            row.append(taken)
            total -= available
            wanted -= taken
            left[index] = available - taken
        drawn.append(row)
    return [*drawn, left]


def _hypergeometric(good: int, bad: int, wanted: int, uniform: Callable[[], float]) -> int:
    """How many of ``wanted`` drawn without replacement are good: inversion, outward from the likeliest number."""
    low, high = max(0, wanted - bad), min(wanted, good)
    if low == high:
        return low
    mode = min(high, max(low, (wanted + 1) * (good + 1) // (good + bad + 2)))
    chance = exp(_choose(good, mode) + _choose(bad, wanted - mode) - _choose(good + bad, wanted))
    rest = uniform() - chance
    up = down = mode
    over = under = chance
    while rest >= 0 and (up < high or down > low):
        if up < high:
            over *= (good - up) * (wanted - up) / ((up + 1) * (bad - wanted + up + 1))
            up += 1
            rest -= over
            if rest < 0:
                return up
        if down > low:
            under *= down * (bad - wanted + down) / ((good - down + 1) * (wanted - down + 1))
            down -= 1
            rest -= under
            if rest < 0:
                return down
    return mode  # drawn at once, or lost to rounding at the far end


def _choose(n: int, k: int) -> float:
    """The logarithm of n over k."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
