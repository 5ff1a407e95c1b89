"""Verdicts by area as stacked bars, in SVG. Pure and deterministic; every bar says in words what its pattern says.

One control is one unit of length in every row, so that rows compare.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from leadglass.assess.summary import Standing as Counts
from leadglass.console.text import neutral, plural
from leadglass.console.verdicts import BY_NAME, STANDINGS

WIDTH = 1040
_LEFT = 212  # where bars begin
_UNIT = 100.0  # the widest that one control is drawn
_ROW, _BAR, _TOP = 34, 24, 6
_LETTER = 6.2  # a character's width, taken wide
MAX_ROWS = 60

_PATTERNS = {  # name: what is drawn over its ground, on a tile of 8 by 8
    "claimed": "M-2 10L10 -2M-2 2L2 -2M6 10L10 6",
    "partly": "M4 0V8",
    "contradicted": "M0 0L8 8M8 0L0 8",
    "unknown": "M3.9 4H4.1",
    "stale": "M0 4H8",
}


def verdict_picture(areas: Sequence[tuple[str, Counts]]) -> Markup:
    """The SVG of the standings of areas, one bar each.

    Args:
        areas: title and counted verdicts, in the order of the rows; at most `MAX_ROWS` are drawn.
    """
    rows = list(areas)[:MAX_ROWS]
    totals = [sum(count for _, count in _parts(counts)) for _, counts in rows]
    unit = min(_UNIT, (WIDTH - _LEFT - 4) / max([*totals, 1]))
    height = _TOP * 2 + max(len(rows), 1) * _ROW
    drawn = [_row(title, counts, _TOP + index * _ROW, unit) for index, (title, counts) in enumerate(rows)]
    summary = escape(neutral(_summary(rows)))
    return Markup(  # noqa: S704 (every text among the parts went through escape)
        f'<svg class="picture verdicts" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="verdicts-title">'
        f'<title id="verdicts-title">{summary}</title><defs>{_defs()}</defs>{"".join(drawn)}</svg>'
    )


def _defs() -> str:
    return "".join(
        f'<pattern id="verdict-{name}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect class="ground {name}" width="8" height="8"/><path class="mark {name}" d="{path}"/></pattern>'
        for name, path in _PATTERNS.items()
    )


def _row(title: str, counts: Counts, y: int, unit: float) -> str:
    shown = neutral(title)
    middle = y + _BAR / 2 + 4
    parts = [f'<text class="name" x="{_LEFT - 12}" y="{middle:g}" text-anchor="end">{escape(shown)}</text>']
    x = float(_LEFT)
    for name, count in _parts(counts):
        width, kind = count * unit, BY_NAME[name]
        fill = f' fill="url(#verdict-{name})"' if name in _PATTERNS else ""
        parts.append(
            f'<rect class="part {name}" x="{x:g}" y="{y}" width="{width - 2:g}" height="{_BAR}" rx="3"{fill}>'
            f"<title>{escape(shown)}: {count} {kind.label}</title></rect>"
        )
        said = _fitting((f"{count} {kind.label}", f"{count} {kind.short}", str(count)), width - 10)
        if said:
            plate = len(said) * _LETTER + 8
            parts.append(
                f'<rect class="plate" x="{x + (width - 2 - plate) / 2:g}" y="{y + 4}" width="{plate:g}" '
                f'height="{_BAR - 8}" rx="3"/>'
                f'<text class="said" x="{x + (width - 2) / 2:g}" y="{middle - 0.5:g}" text-anchor="middle">'
                f"{said}</text>"
            )
        x += width
    return "".join(parts)


def _parts(counts: Counts) -> list[tuple[str, int]]:
    """What there is of each standing, in the order of the picture."""
    every = [(one.name, int(getattr(counts, one.name))) for one in STANDINGS]
    return [(name, count) for name, count in every if count]


def _fitting(texts: Sequence[str], width: float) -> str:
    """The first text that the width holds, or nothing."""
    return next((text for text in texts if len(text) * _LETTER <= width), "")


def _summary(rows: Sequence[tuple[str, Counts]]) -> str:
    sums = {one.label: sum(int(getattr(counts, one.name)) for _, counts in rows) for one in STANDINGS}
    said = ", ".join(f"{count} {label}" for label, count in sums.items() if count)
    return f"Verdicts in {plural(len(rows), 'area')}: {said or 'none'}. The table below says the same."
