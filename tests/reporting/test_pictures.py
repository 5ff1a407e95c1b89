"""The pictures: readable without colour, by a screen reader, under a strict policy; and the same each time."""

from __future__ import annotations

import itertools
import re

import pytest
from lxml import etree  # type: ignore[import-untyped]  # lxml has no types of its own

from leadglass.reporting import pictures
from leadglass.reporting.pictures import Line, Share
from leadglass.reporting.wording import KINDS

SVG = "{http://www.w3.org/2000/svg}"
LINES = [
    Line("Does a firewall isolate the RIS from the rest of the imaging network?", "No", True, Share(40, 27, 55), None),
    Line("Is there remote access by dial-up?", "not answered", False, None, Share(36)),
]
ALL = {
    "waffle": pictures.waffle([("proven", 3), ("claimed", 0), ("unknown", 40)], "said"),
    "areas": pictures.areas([("Firewalls", ["proven", "not_met"]), ("VLAN", [])], "said"),
    "beside": pictures.beside(LINES, "said"),
    **{f"key {kind}": pictures.key(kind) for kind in KINDS},
    **{f"mark {kind}": pictures.beside_key(kind) for kind in ("published", "cohort")},
}


def shapes(svg: str) -> list[tuple[str, ...]]:
    """What is drawn, without any colour."""
    found = []
    for node in etree.fromstring(svg).iter():
        colourless = {name: value for name, value in node.attrib.items() if name not in {"fill", "stroke"}}
        found.append((str(node.tag), *map(str, sorted(colourless.items()))))
    return found


@pytest.mark.parametrize("svg", ALL.values(), ids=ALL.keys())
def test_a_picture_is_well_formed_and_holds_nothing_a_strict_policy_forbids(svg: str) -> None:
    tree = etree.fromstring(svg)
    for node in tree.iter():
        assert node.tag in {f"{SVG}{name}" for name in ("svg", "path", "rect", "circle", "text")}
        assert not {"style", "class", "id", "href", "onload"} & set(node.attrib)
    assert (tree.get("role") == "img" and tree.get("aria-label")) or tree.get("aria-hidden") == "true"


def test_the_signs_differ_without_colour() -> None:
    drawn = {kind: shapes(pictures.key(kind)) for kind in KINDS}
    for one, other in itertools.combinations(drawn, 2):
        # Of two signs of the same outlines one is drawn thinner: that would not be seen in print, and does not count.
        paths = [[part for part in drawn[kind] if "stroke-width" not in str(part)] for kind in (one, other)]
        if {one, other} == {"proven", "claimed"}:
            continue
        assert drawn[one] != drawn[other] or paths[0] != paths[1], (one, other)


def test_proven_and_claimed_differ_in_lightness_by_far() -> None:
    def lightness(kind: str) -> float:
        fill = re.search(r'<rect[^>]* fill="#(..)(..)(..)"', pictures.key(kind))
        assert fill is not None
        red, green, blue = (int(part, 16) / 255 for part in fill.groups())
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert lightness("claimed") - lightness("proven") > 0.5


def test_a_waffle_has_one_sign_a_measure() -> None:
    assert ALL["waffle"].count("<rect") == 43
    assert pictures.waffle([("proven", 10_000)], "said").count("<rect") == pictures.MAX_SIGNS


def test_an_area_shows_its_signs_beside_its_title() -> None:
    tree = etree.fromstring(ALL["areas"])
    assert tree.findtext(f"{SVG}text") == "Firewalls"
    assert ALL["areas"].count("<rect") == 2


def test_shares_stand_where_they_belong_and_never_beyond_the_line() -> None:
    def place(percent: float) -> float:
        line = Line("?", "No", True, Share(percent), None)
        found = etree.fromstring(pictures.beside([line], "said")).find(f"{SVG}circle")
        assert found is not None
        return float(found.get("cx", ""))

    assert place(0) < place(50) < place(100)
    assert place(50) - place(0) == place(100) - place(50)
    assert place(-5) == place(0)
    assert place(300) == place(100)


def test_words_in_a_picture_are_no_markup() -> None:
    hostile = '</text><script>alert(1)</script> & "'
    drawn = pictures.beside([Line(hostile, hostile[:10], True, Share(1), None)], hostile) + pictures.areas(
        [(hostile, ["proven"])], hostile
    )
    assert "<script" not in drawn
    assert drawn.count("</svg>") == 2


def test_a_long_question_takes_two_lines_and_no_more() -> None:
    drawn = pictures.beside([Line("a question of many words " * 20, "Yes", True, Share(1), None)], "said")
    assert len(etree.fromstring(drawn).findall(f"{SVG}text")) == 2 + 5 + 2 + 1
    assert "…" in drawn
