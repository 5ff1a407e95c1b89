"""How hospitals answered, as stacked bars in SVG, and where this one stands. Pure; a table always says the same.

Deterministic. Columns stand in the order of the answers, and no colour says that an answer is good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from leadglass.assess.tally import Tally
from leadglass.console.text import neutral

KNOWN = ("yes", "partly", "no", "unknown", "not-applicable")
"""Columns with a class of their own; others are numbered in their order."""
MAX_BARS = 12  # of one picture
SHADES = 6  # of columns without a class of their own

_SMALL, _WIDTH = 240, 760
_LEFT, _ROW, _BAR, _TOP = 190, 46, 22, 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        label: whose answers. tally: how many gave which.
    """

    label: str
    tally: Tally


def small_bar(tally: Tally, ours: str | None) -> Markup:
    """A bar for a line of a table; its words stand beside it, so that it says nothing to a screen reader.

    Args:
        tally: of at least one answer.
        ours: the column of this hospital's answer, None without one.
    """
    parts = _segments(tally, 0, 0, _SMALL, 10) + _mark(tally, ours, 0, 10, _SMALL)
    return Markup(f'<svg class="bar" viewBox="0 0 {_SMALL} 18" aria-hidden="true">{parts}</svg>')  # noqa: S704 (numbers and classes of ours)


def bars(rows: Sequence[Bar], ours: str | None, said: str) -> Markup:
    """Bars under each other, on one scale from 0 to 100 %.

    Args:
        rows: at most `MAX_BARS` are drawn.
        ours: the column of this hospital's answer, None without one.
        said: what the picture says, in words.
    """
    drawn = []
    width = _WIDTH - _LEFT - 10
    for index, row in enumerate(rows[:MAX_BARS]):
        y = _TOP + index * _ROW
        drawn.append(
            f'<text class="name" x="0" y="{y + 15}">{escape(neutral(row.label))}</text>'
            + _segments(row.tally, _LEFT, y, width, _BAR)
            + _mark(row.tally, ours, _LEFT, y + _BAR, width)
        )
    bottom = _TOP + max(1, len(rows[:MAX_BARS])) * _ROW
    scale = "".join(
        f'<text class="address" x="{_LEFT + width * percent / 100:g}" y="{bottom + 12}" text-anchor="middle">'
        f"{percent} %</text>"
        for percent in (0, 25, 50, 75, 100)
    )
    return Markup(  # noqa: S704 (every text among the parts went through escape)
        f'<svg class="picture shares" viewBox="0 0 {_WIDTH + 16} {bottom + 20}" role="img" '
        f'aria-labelledby="shares-title"><title id="shares-title">{escape(neutral(said))}</title>'
        f"{''.join(drawn)}{scale}</svg>"
    )


def swatch(columns: Sequence[str], column: str) -> Markup:
    """A column's colour, for a legend: its word stands beside it."""
    shade = _shade(list(columns), column)
    return Markup(  # noqa: S704 (a class of ours)
        f'<svg class="swatch" viewBox="0 0 14 14" aria-hidden="true"><rect class="share {shade}" width="14" '
        'height="14"/></svg>'
    )


def _segments(tally: Tally, x: float, y: float, width: float, height: float) -> str:
    found = []
    columns = list(tally.counts)
    for column, (start, end) in _spans(tally).items():
        if end > start:
            found.append(
                f'<rect class="share {_shade(columns, column)}" x="{x + start * width:.2f}" y="{y:g}" '
                f'width="{(end - start) * width:.2f}" height="{height:g}"/>'
            )
    return "".join(found)


def _mark(tally: Tally, ours: str | None, x: float, y: float, width: float) -> str:
    """A triangle below the middle of the column of ours; where nobody gave that answer, below its place."""
    span = _spans(tally).get(ours or "")
    if span is None:
        return ""
    at = x + (span[0] + span[1]) / 2 * width
    at = min(max(at, x + 6), x + width - 6)
    return f'<path class="here" d="M{at:.2f} {y + 1:g}l6 7h-12z"/>'


def _spans(tally: Tally) -> Mapping[str, tuple[float, float]]:
    n, begun, found = max(tally.n, 1), 0, {}
    for column, count in tally.counts.items():
        found[column] = (begun / n, (begun + count) / n)
        begun += count
    return found


def _shade(columns: list[str], column: str) -> str:
    if column in KNOWN:
        return column
    return f"s{[one for one in columns if one not in KNOWN].index(column) % SHADES}"
