"""Risks by likelihood and impact as a matrix, in SVG. Pure and deterministic; each cell says its number and level."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from leadglass.assess.risk import LEAST, MOST, level_of
from leadglass.console.text import plural

SCALE = range(LEAST, MOST + 1)
_CELL, _LEFT, _TOP = 88, 110, 10
_ROW = 52
WIDTH = _LEFT + 5 * _CELL + 10
HEIGHT = _TOP + 5 * _ROW + 46


def risk_matrix(counts: Mapping[tuple[int, int], int]) -> Markup:
    """The SVG of how many risks have each likelihood and impact.

    Args:
        counts: by (likelihood, impact), each 1 to 5; cells that are missing hold none.
    """
    total = sum(counts.values())
    summary = f"{plural(total, 'risk')} by likelihood and impact. The table below says the same."
    cells = [_cell(likelihood, impact, counts.get((likelihood, impact), 0)) for likelihood in SCALE for impact in SCALE]
    axes = [
        *(_text("level", _LEFT - 14, _row(one) + _ROW / 2 + 4, str(one), "end") for one in SCALE),
        *(_text("level", _LEFT + (one - 0.5) * _CELL, _TOP + 5 * _ROW + 16, str(one)) for one in SCALE),
        _text("axis", 8, _TOP + 14, "Likelihood ↑", "start"),
        _text("axis", _LEFT + 2.5 * _CELL, HEIGHT - 8, "Impact →"),
    ]
    return Markup(  # noqa: S704 (numbers, and words of this file)
        f'<svg class="picture matrix" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="matrix-title">'
        f'<title id="matrix-title">{summary}</title>{"".join((*cells, *axes))}</svg>'
    )


def _row(likelihood: int) -> int:
    """Where the row of a likelihood begins: the highest on top."""
    return _TOP + (5 - likelihood) * _ROW


def _cell(likelihood: int, impact: int, count: int) -> str:
    x, y, name = _LEFT + (impact - 1) * _CELL, _row(likelihood), level_of(likelihood * impact).value
    parts = [
        f'<rect class="cell {name}" x="{x}" y="{y}" width="{_CELL}" height="{_ROW}">'
        f"<title>Likelihood {likelihood}, impact {impact}: {plural(count, 'risk')}, {name}</title></rect>"
    ]
    if count:
        parts.append(_text("count", x + _CELL / 2, y + 24, str(count)))
    parts.append(_text("level", x + _CELL / 2, y + _ROW - 9, name))
    return "".join(parts)


def _text(kind: str, x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{text}</text>'
