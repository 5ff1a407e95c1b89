"""Shapes of the picture as SVG text: attributes alone, no style, so that a strict page and a file show the same bytes.

A class of gaps is told by its sign and by how its line is broken, a severity by the line's width and by a word; colour
repeats what these say.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from leadglass.model.neutral import neutral
from leadglass.network.gap_class import Severity

INK, SOFT, RULE, PAPER, PALE = "#16212b", "#51606e", "#c3ccd4", "#ffffff", "#eef3f6"
GHOST = "#8d99a4"

COLOURS = {
    Severity.NONE: SOFT,
    Severity.LOW: "#51606e",
    Severity.MEDIUM: "#8a5a00",
    Severity.HIGH: "#b3361b",
    Severity.CRITICAL: "#7d0f2b",
}
WIDTHS = {Severity.NONE: 1.2, Severity.LOW: 1.4, Severity.MEDIUM: 2.4, Severity.HIGH: 3.8, Severity.CRITICAL: 5.6}


@dataclass(frozen=True, slots=True)
class Look:
    """How gaps of a class look.

    Attributes:
        dashes: of the line; empty: whole.
        outline: of the sign, around its middle. stroke: what is drawn in it.
        filled: the outline is filled with the line's colour, and what is in it white.
    """

    dashes: str
    outline: str
    stroke: str
    filled: bool = False


_CIRCLE = "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0 -16 0z"
LOOKS: dict[str, Look] = {
    "violation-in-use": Look("", "M-4 -9h8l5 5v8l-5 5h-8l-5 -5v-8z", "M0 -5v6M0 4.4v.2", filled=True),
    "needless-opening": Look("", "M0 -9l9 16h-18z", "M0 -3v5M0 4.6v.2"),
    "contradiction": Look("14 4 3 4", "M0 -10l10 10l-10 10l-10 -10z", "M-4 -2h8M-4 2h8M3 -5l-6 10", filled=True),
    "blocked": Look("4 4", "M-8 -8h16v16h-16z", "M-4 -4l8 8M4 -4l-8 8"),
    "unused": Look("1.5 5", _CIRCLE, "M-4 0h8"),
    "unproven": Look("10 5", _CIRCLE, "M-4 2.5c2 -6 3 -6 4 -2.5c1 3.5 2 3.5 4 -2.5"),
    "cannot-tell": Look("2 3", "M-8 -8h16v16h-16z", "M-2.8 -2.6c0 -4 5.6 -4 5.6 -.4c0 2.2 -2.8 2 -2.8 4.2M0 4.8v.2"),
}
"""By id of the class."""

OTHER_LOOK = Look("6 3 1 3", _CIRCLE, "M0 -4v8M-4 0h8")
"""Of a class that a later table has."""


def look(kind: str) -> Look:
    """How a class looks."""
    return LOOKS.get(kind, OTHER_LOOK)


def sign(kind: str, x: float, y: float, colour: str) -> str:
    """A class's sign around a point."""
    one = look(kind)
    ground, line = (colour, PAPER) if one.filled else (PAPER, colour)
    return (
        f'<g transform="translate({x:g} {y:g})" stroke-linejoin="round" stroke-linecap="round">'
        f'<path d="{one.outline}" fill="{ground}" stroke="{colour}" stroke-width="1.8"/>'
        f'<path d="{one.stroke}" fill="none" stroke="{line}" stroke-width="1.8"/></g>'
    )


def text(x: float, y: float, words: str, size: float, fill: str = INK, anchor: str = "", weight: str = "") -> str:
    """A line of text."""
    where = f' text-anchor="{anchor}"' if anchor else ""
    heavy = f' font-weight="{weight}"' if weight else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}"{where}{heavy}>{escape(neutral(words))}</text>'


def told(words: str) -> str:
    """What is said when somebody rests on a shape."""
    return f"<title>{escape(neutral(words))}</title>"


def anchor(base: str, path: str, label: str, inner: str) -> str:
    """A link around shapes, with what it is called; the shapes alone where the picture leads nowhere."""
    if not base:
        return f"<g>{told(label)}{inner}</g>"
    return f'<a href="{escape(base + path)}" aria-label="{escape(neutral(label))}">{told(label)}{inner}</a>'


def cut(words: str, limit: int) -> str:
    """At most so many characters."""
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"


def two_lines(words: str, limit: int) -> tuple[str, str]:
    """Over two lines of at most so many characters; what is left over ends in an ellipsis."""
    if len(words) <= limit:
        return words, ""
    at = words.rfind(" ", 0, limit + 1)
    at = at if at > 0 else limit
    return words[:at], cut(words[at:].strip(), limit)
