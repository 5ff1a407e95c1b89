"""A network's picture as PNG, by typst without fonts of the system: the same SVG, the same bytes. Reads no file."""

from __future__ import annotations

import threading

import typst

from leadglass.errors import LeadglassError

FAMILY = "Libertinus Serif"
"""The font that is inside typst: SVG for `png` names it."""

MAX_SVG = 4 << 20  # characters
DENSITIES = (72, 96, 144, 192)
"""Dots an inch; 96 is a pixel of the SVG."""

_TEMPLATE = (
    b"#set page(width: auto, height: auto, margin: 0pt)\n"
    b'#image(bytes(sys.inputs.picture), format: "svg", alt: sys.inputs.alt)\n'
)
_one_at_a_time = threading.Lock()


class PngError(LeadglassError):
    """A picture that cannot be drawn."""


def png(svg: str, words: str, density: int = 96) -> bytes:
    """The picture as PNG.

    Args:
        svg: as `network.picture.draw` makes it, with `FAMILY`.
        words: what it shows.
        density: one of `DENSITIES`.

    Raises:
        PngError: it is too large, or a fault of this program.
    """
    if len(svg) > MAX_SVG or density not in DENSITIES:
        raise PngError("the picture is too large for a PNG", "take the SVG, or a part of it by a filter")
    with _one_at_a_time:
        try:
            return typst.compile(
                _TEMPLATE,
                ignore_system_fonts=True,
                format="png",
                ppi=float(density),
                sys_inputs={"picture": svg, "alt": words},
            )
        except typst.TypstError as error:
            raise PngError(f"the picture cannot be drawn: {error.message[:200]}", "take the SVG") from None
