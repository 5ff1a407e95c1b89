"""The network's picture as PNG: without fonts of the system, so the same bytes wherever it is drawn."""

from __future__ import annotations

import struct

import pytest
from tests.network.picture.seen import classes, demonstration

from leadglass.network.picture.draw import draw, size, words
from leadglass.network.picture.scene import scene
from leadglass.reporting import network_picture
from leadglass.reporting.network_picture import FAMILY, PngError, png


def test_the_same_picture_gives_the_same_png_of_its_size() -> None:
    seen = scene(*demonstration())
    svg = draw(seen, classes().classes, family=FAMILY)
    first = png(svg, words(seen))
    assert first == png(svg, words(seen))
    assert first[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", first[16:24]) == size(seen)


def test_text_is_drawn() -> None:
    seen = scene(*demonstration())
    svg = draw(seen, classes().classes, family=FAMILY)
    blank = "".join(
        part if index == 0 else part[part.index("</text>") :] for index, part in enumerate(svg.split("<text"))
    )
    assert len(png(svg, "x", 72)) > len(png(blank.replace("</text>", ""), "x", 72))


def test_what_is_too_large_or_no_picture_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PngError):
        png("<svg", "x")
    with pytest.raises(PngError):
        png("<svg/>", "x", 10_000)
    monkeypatch.setattr(network_picture, "MAX_SVG", 3)
    with pytest.raises(PngError, match="too large"):
        png("<svg/>", "x")
