"""The report's pictures as SVG: one sign a measure, shares of hospitals on a line. Never colour alone, never a style.

They hold shapes with attributes only, so that a page with a strict policy, a file and a PDF show the same bytes. Every
picture has a table that says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

SIGN = 22  # width and height of a sign
_GAP = 4
_STEP = SIGN + _GAP
_INK, _SOFT, _RULE, _PAPER = "#16212b", "#51606e", "#c3ccd4", "#ffffff"
_GOOD, _PALE, _BAD, _MIDDLE = "#17495f", "#dbe8ee", "#8f2d14", "#b07a12"

SANS = "system-ui, sans-serif"
MAX_ROWS = 100  # of one picture
MAX_SIGNS = 200


@dataclass(frozen=True, slots=True)
class Share:
    """A share of hospitals that answer so.

    Attributes:
        percent: 0 to 100. low, high: its interval, in percent; None where none is given.
    """

    percent: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One question in the picture of hospitals.

    Attributes:
        text: the question. ours: this hospital's answer in words; yes: whether it is the answer the line counts, None
            where it is neither yes nor no.
        cohort, published: shares; None where there is none, or it may not be printed.
    """

    text: str
    ours: str
    yes: bool | None
    cohort: Share | None
    published: Share | None


def sign(kind: str, x: float, y: float) -> str:
    """The sign of a verdict ("proven", "claimed", "partly", "not_met", "contradicted", "unknown", "not_applicable")."""
    return _SIGNS[kind](x, y)


def key(kind: str) -> str:
    """One sign alone, for a legend: its word stands beside it, so that it says nothing to a screen reader."""
    return _svg(SIGN, SIGN, sign(kind, 0, 0))


def waffle(counts: Sequence[tuple[str, int]], label: str, across: int = 28) -> str:
    """One sign a measure, in the order given.

    Args:
        counts: kind of sign, and how many; together at most `MAX_SIGNS`.
        label: what the picture says, in words.
        across: signs in a row.
    """
    kinds = [kind for kind, count in counts for _ in range(count)][:MAX_SIGNS]
    rows = max(1, -(-len(kinds) // across))
    signs = [sign(kind, index % across * _STEP, index // across * _STEP) for index, kind in enumerate(kinds)]
    return _svg(across * _STEP - _GAP, rows * _STEP - _GAP, "".join(signs), label)


def areas(rows: Sequence[tuple[str, Sequence[str]]], label: str, family: str = SANS) -> str:
    """One line an area: its title, and a sign for each of its measures.

    Args:
        rows: titles, and the signs in order; at most `MAX_ROWS`.
        label: what the picture says, in words.
        family: of the letters.
    """
    left, width, high = 212, 640, 30
    parts = []
    for index, (title, kinds) in enumerate(rows[:MAX_ROWS]):
        y = index * high
        if index:
            parts.append(f'<path d="M0 {y}H{width}" stroke="{_RULE}" stroke-width="0.6"/>')
        parts.append(_text(0, y + 20, title, 14))
        parts += [sign(kind, left + place * _STEP, y + 4) for place, kind in enumerate(kinds[:16])]
    return _svg(width, max(1, len(rows[:MAX_ROWS])) * high, "".join(parts), label, family)


def beside(lines: Sequence[Line], label: str, family: str = SANS) -> str:
    """Shares of hospitals that answer yes, on a line from 0 to 100 %, with this hospital's answer beside it.

    Args:
        lines: at most `MAX_ROWS`.
        label: what the picture says, in words.
        family: of the letters.
    """
    shown = lines[:MAX_ROWS]
    width, left, right, top, high = 700, 330, 590, 34, 32
    bottom = top + len(shown) * high

    def at(percent: float) -> float:
        return left + (right - left) * max(0.0, min(100.0, percent)) / 100

    parts = [_text(0, 16, "Question", 12, _SOFT), _text(right + 22, 16, "Here", 12, _SOFT)]
    for percent in (0, 25, 50, 75, 100):
        x = at(percent)
        parts.append(f'<path d="M{x:g} {top - 8}V{bottom}" stroke="{_RULE}" stroke-width="0.8"/>')
        parts.append(_text(x, 16, f"{percent} %", 12, _SOFT, "middle"))
    for index, line in enumerate(shown):
        y = top + index * high
        middle = y + high / 2
        first, second = _two_lines(line.text, 50)
        parts.append(_text(0, middle - 2 if second else middle + 4, first, 12.5))
        if second:
            parts.append(_text(0, middle + 12, second, 12.5))
        if line.published is not None:
            parts.append(_diamond(at(line.published.percent), middle - 4))
        if line.cohort is not None:
            parts.append(_interval(line.cohort, middle + 6, at))
        weight = "700" if line.yes is not None else "400"
        parts.append(_text(right + 22, middle + 4, line.ours, 13, _INK, weight=weight))
    return _svg(width, bottom + 6, "".join(parts), label, family)


def beside_key(kind: str) -> str:
    """The mark of "published" or "cohort" alone, for a legend."""
    if kind == "published":
        return _svg(36, 16, _diamond(18, 8))
    return _svg(36, 16, _interval(Share(50, 0, 100), 8, lambda percent: 4 + percent * 0.28))


def _svg(width: float, height: float, parts: str, label: str = "", family: str = "") -> str:
    told = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    letters = f' font-family="{escape(family)}"' if family else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 {width + 2:g} {height + 2:g}" width="{width + 2:g}" '
        f'height="{height + 2:g}" {told}{letters}>{parts}</svg>'
    )


def _text(x: float, y: float, text: str, size: float, fill: str = _INK, anchor: str = "start", weight: str = "") -> str:
    heavy = f' font-weight="{weight}"' if weight else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}" text-anchor="{anchor}"{heavy}>'
        f"{escape(text)}</text>"
    )


def _two_lines(text: str, limit: int) -> tuple[str, str]:
    """A text over two lines of at most ``limit`` characters; what is left over ends in an ellipsis."""
    if len(text) <= limit:
        return text, ""
    cut = text.rfind(" ", 0, limit + 1)
    cut = cut if cut > 0 else limit
    rest = text[cut:].strip()
    return text[:cut], rest if len(rest) <= limit else rest[: limit - 1].rstrip() + "…"


def _diamond(x: float, y: float) -> str:
    return f'<path d="M{x:g} {y - 6:g}l6 6l-6 6l-6 -6z" fill="{_PAPER}" stroke="{_INK}" stroke-width="1.6"/>'


def _interval(share: Share, y: float, at: Callable[[float], float]) -> str:
    line = ""
    if share.low is not None and share.high is not None:
        low, high = at(share.low), at(share.high)
        line = f'<path d="M{low:g} {y - 4:g}v8M{low:g} {y:g}H{high:g}M{high:g} {y - 4:g}v8" stroke="{_GOOD}" fill="none" stroke-width="1.4"/>'  # noqa: E501 (one element)
    return f'{line}<circle cx="{at(share.percent):g}" cy="{y:g}" r="5" fill="{_GOOD}"/>'


def _box(x: float, y: float, fill: str, stroke: str, dashes: str = "", line: float = 1.4) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    inset, side = line / 2, SIGN - line
    return (
        f'<rect x="{x + inset:g}" y="{y + inset:g}" width="{side:g}" height="{side:g}" rx="3" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="{line:g}"{dashed}/>'
    )


def _stroke(x: float, y: float, path: str, colour: str, line: float = 2.4) -> str:
    """A path of relative moves that begins at an absolute place."""
    return (
        f'<path d="M{x:g} {y:g}{path}" fill="none" stroke="{colour}" stroke-width="{line:g}" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )


def _proven(x: float, y: float) -> str:
    return _box(x, y, _GOOD, _GOOD) + _stroke(x + 5.5, y + 11.5, "l4 4.5l7 -10", _PAPER)


def _claimed(x: float, y: float) -> str:
    """The same tick, in a speech mark's outline: said, and no more."""
    return _box(x, y, _PALE, _GOOD) + _stroke(x + 5.5, y + 11.5, "l4 4.5l7 -10", _GOOD, 1.6)


def _partly(x: float, y: float) -> str:
    half = f'<path d="M{x + 3:g} {y + SIGN - 3:g}V{y + 3:g}L{x + SIGN - 3:g} {y + SIGN - 3:g}z" fill="{_MIDDLE}"/>'
    return _box(x, y, _PAPER, _MIDDLE) + half


def _not_met(x: float, y: float) -> str:
    return _box(x, y, _PAPER, _BAD, line=2) + _stroke(x + 6.5, y + 6.5, "l9 9m0 -9l-9 9", _BAD)


def _contradicted(x: float, y: float) -> str:
    return _box(x, y, _BAD, _BAD) + _stroke(x + 5, y + 8.5, "h12m-12 5h12m-2.5 -9l-7 13", _PAPER, 2)


def _unknown(x: float, y: float) -> str:
    mark = _stroke(x + 7.6, y + 8.2, "c0 -4.6 6.8 -4.6 6.8 -0.4c0 2.6 -3.4 2.6 -3.4 5", _SOFT, 1.9)
    return _box(x, y, _PAPER, _SOFT, "2.5 2") + mark + _stroke(x + 11, y + 16.6, "v0.1", _SOFT, 2.4)


def _not_applicable(x: float, y: float) -> str:
    return _box(x, y, _PAPER, _RULE) + _stroke(x + 6.5, y + 11, "h9", _SOFT, 1.8)


_SIGNS: dict[str, Callable[[float, float], str]] = {
    "proven": _proven,
    "claimed": _claimed,
    "partly": _partly,
    "not_met": _not_met,
    "contradicted": _contradicted,
    "unknown": _unknown,
    "not_applicable": _not_applicable,
}
