"""Whether an answer goes with the size of the hospital: Kendall's tau-b and a permutation p. Never a cause.

Randomness comes in as a function, so that a seed outside decides it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from leadglass.assess.tally import Tally

ORDER = ("no", "partly", "yes")
"""Answers in rising order; "I do not know" is left out."""

PERMUTATIONS = 999
MAX_PERMUTATIONS = 99_999

Table = Sequence[Sequence[int]]
"""Hospitals by band (rows, rising) and answer (columns, rising)."""

Numbers: TypeAlias = NDArray[np.int64]
Draw = Callable[[Numbers, Numbers, Numbers], Numbers]
"""Hypergeometric numbers: how many good ones among those drawn without replacement, given good, bad and drawn."""


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


def associate(counts: Table, draw: Draw, permutations: int = PERMUTATIONS) -> Association | None:
    """The association in a table; None where all hospitals are in one band or all answer the same.

    Args:
        counts: hospitals by band and answer.
        draw: draws numbers; seeded by the caller.
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
    observed = int(surplus(np.array([counts]))[0])
    # Permuting answers over hospitals keeps both margins: it draws a table with these margins, and tau's scale stays.
    drawn = _drawn([row for row in rows if row], [column for column in columns if column], draw, permutations)
    extreme = int(np.count_nonzero(np.abs(surplus(drawn)) >= abs(observed)))
    return Association(n, observed / scale, (extreme + 1) / (permutations + 1), permutations)


def surplus(tables: Numbers) -> Numbers:
    """Concordant less discordant pairs of hospitals, of each table: tables by bands by answers."""
    below = np.cumsum(tables, axis=1) - tables  # hospitals of lower bands, by answer
    less = np.cumsum(below, axis=2) - below
    more = below.sum(axis=2, keepdims=True) - less - below
    found: Numbers = (tables * (less - more)).sum(axis=(1, 2))
    return found


def _untied(margin: Sequence[int]) -> int:
    """Pairs of hospitals that a margin tells apart."""
    n = sum(margin)
    return (n * n - sum(one * one for one in margin)) // 2


def _drawn(rows: Sequence[int], columns: Sequence[int], draw: Draw, how_many: int) -> Numbers:
    """Tables with these margins, as shuffling answers would give them."""
    found = np.zeros((how_many, len(rows), len(columns)), np.int64)
    left = np.tile(np.array(columns, np.int64), (how_many, 1))
    for band, size in enumerate(rows[:-1]):
        wanted = np.full(how_many, size, np.int64)
        others = left.sum(axis=1)  # answers that the columns from here on have left
        for answer in range(len(columns) - 1):
            available = left[:, answer].copy()
            others -= available
            taken = draw(available, others, wanted)
            found[:, band, answer] = taken
            wanted -= taken
        found[:, band, -1] = wanted
        left -= found[:, band]
    found[:, -1] = left
    return found
