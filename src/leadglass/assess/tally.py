"""Counts of answers, their percentages by largest remainder, and Wilson intervals. Never who answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from leadglass.assess.question import NOT_APPLICABLE, UNKNOWN, Form, Question

Z_95 = 1.959963984540054
"""The standard normal's 97.5 % point: two-sided 95 %."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a share, 0 to 1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers to one item.

    Attributes:
        counts: by answer code, in the order of the table's columns; codes that nobody chose stand there with 0.
    """

    counts: Mapping[str, int]

    @property
    def n(self) -> int:
        """Answers; "I do not know" is one, "not applicable" and a skipped question are none."""
        return sum(self.counts.values())

    @property
    def percentages(self) -> dict[str, int]:
        """Whole percentages that add up to 100; empty where nobody answered.

        By largest remainder: shares are cut to whole percentages, and what is missing to 100 goes to the largest
        remainders; among equal ones to the earlier column.
        """
        n = self.n
        if n == 0:
            return {}
        cut = {code: 100 * count // n for code, count in self.counts.items()}
        remainder = {code: 100 * count % n for code, count in self.counts.items()}
        missing = 100 - sum(cut.values())
        for code in sorted(remainder, key=lambda code: -remainder[code])[:missing]:  # stable: ties by column
            cut[code] += 1
        return cut

    def interval(self, code: str, z: float = Z_95) -> Interval | None:
        """The Wilson score interval of a code's share; None where nobody answered."""
        return wilson(self.counts[code], self.n, z)


def wilson(count: int, n: int, z: float = Z_95) -> Interval | None:
    """The Wilson score interval for ``count`` of ``n`` (Wilson 1927); None for no answers.

    Args:
        count: 0 to ``n``.
        n: answers.
        z: the standard normal's point for the confidence asked for.
    """
    if n == 0:
        return None
    share, square = count / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    # At the ends the interval reaches the end; rounding may not carry it past.
    return Interval(0.0 if count == 0 else max(0.0, middle - half), 1.0 if count == n else min(1.0, middle + half))


def columns(question: Question) -> dict[str, str]:
    """The columns of a question's table: answer code to the column it is counted in; "not applicable" has none."""
    if question.form is Form.CHOICE:
        return {**{option.code: option.fold or option.code for option in question.options}, UNKNOWN: UNKNOWN}
    return {code: code for code in question.answers if code != NOT_APPLICABLE}


def headings(question: Question) -> dict[str, str]:
    """The columns of a question's table with their words, in order; answers that share one are named together."""
    found: dict[str, list[str]] = {}
    for code, column in columns(question).items():
        found.setdefault(column, []).append(question.answers.get(code) or question.codes[code])
    return {column: " or ".join([words[0], *(word.lower() for word in words[1:])]) for column, words in found.items()}


def folded(question: Question, counts: Mapping[str, int]) -> Tally:
    """Counts by answer code as the columns of the question's table; codes that are missing count as 0."""
    place = columns(question)
    found = dict.fromkeys(place.values(), 0)
    for code, column in place.items():
        found[column] += counts.get(code, 0)
    return Tally(found)
