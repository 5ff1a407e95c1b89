"""The SVG: the same scene, the same bytes; well-formed whatever names say; told by more than colour; linked."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from lxml import etree  # type: ignore[import-untyped]  # lxml has no types of its own
from tests.network.picture.seen import classes, demonstration, made

from leadglass.network.gap_class import Severity
from leadglass.network.gaps import gaps
from leadglass.network.picture.draw import draw, words
from leadglass.network.picture.ink import COLOURS, LOOKS, WIDTHS, look
from leadglass.network.picture.places import HIGH
from leadglass.network.picture.routes import MARK_HIGH, MARK_WIDE, Route, routes
from leadglass.network.picture.scene import Scene, scene

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '"><script>alert(1)</script>\u202e\x08&'


def tree(svg: str) -> etree._Element:
    return etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False, no_network=True))


def seen() -> Scene:
    return scene(*demonstration())


def test_the_same_scene_gives_the_same_bytes() -> None:
    assert draw(seen(), classes().classes, "/network") == draw(seen(), classes().classes, "/network")


def test_what_the_picture_is_and_shows_is_told_to_those_who_cannot_see_it() -> None:
    root = tree(draw(seen(), classes().classes))
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert (root.get("aria-labelledby"), root.get("aria-describedby")) == (title.get("id"), description.get("id"))
    assert description.text == words(seen())
    assert "critical" in words(seen())


def test_each_link_and_each_zone_leads_to_its_evidence() -> None:
    root = tree(draw(seen(), classes().classes, "/network"))
    links = {one.get("href"): one.get("aria-label") for one in root.iter(f"{SVG}a")}
    for line in seen().drawn:
        ends = f"{line.source.role.id}+{line.destination.role.id}"
        assert f"{line.count} gaps" in links[f"/network/gaps?between={ends}"]
        assert line.severity.value in links[f"/network/gaps?between={ends}"]
    assert {f"/network/gaps?zone={name}" for name in ("servers", "radiology", "ris", "his")} <= set(links)
    assert not list(tree(draw(seen(), classes().classes)).iter(f"{SVG}a"))


def test_classes_differ_in_sign_and_line_and_severities_in_width_not_in_colour_alone() -> None:
    kinds = [one.id for one in classes().classes if one.gap]
    assert set(kinds) == set(LOOKS)
    for one, other in combinations(kinds, 2):
        assert (look(one).outline, look(one).stroke) != (look(other).outline, look(other).stroke)
    grades = [grade for grade in Severity if grade is not Severity.NONE]
    assert len({WIDTHS[grade] for grade in grades}) == len(grades)
    assert [WIDTHS[grade] for grade in grades] == sorted(WIDTHS[grade] for grade in grades)


@pytest.mark.parametrize("colour", COLOURS.values())
def test_every_colour_can_be_read_on_white(colour: str) -> None:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5  # WCAG 1.4.3


def test_hostile_names_stay_text() -> None:
    comparison = made(3, 3, title=HOSTILE)
    root = tree(draw(scene(comparison, gaps(comparison, classes(), witnesses=False)), classes().classes, "/network"))
    assert not list(root.iter(f"{SVG}script"))
    said = "".join(root.itertext())
    assert "\u202e" not in said
    assert "alert(1)" in said


def test_no_style_and_no_script_stands_in_it_so_that_a_strict_policy_shows_it() -> None:
    root = tree(draw(seen(), classes().classes, "/network"))
    for one in root.iter():
        assert one.tag not in {f"{SVG}style", f"{SVG}script", f"{SVG}image"}
        assert not any(name == "style" or name.startswith("on") for name in one.attrib)


@pytest.mark.parametrize(("zones", "machines"), [(10, 10), (60, 500), (300, 500)])
def test_ten_and_five_hundred_machines_make_a_picture_of_one_size(zones: int, machines: int) -> None:
    comparison = made(zones, machines)
    root = tree(draw(scene(comparison, gaps(comparison, classes(), witnesses=False)), classes().classes, "/network"))
    assert (root.get("width"), root.get("height")) == (
        tree(draw(seen(), classes().classes)).get("width"),
        root.get("height"),
    )
    assert len(list(root.iter(f"{SVG}text"))) < 400
    said = "".join(root.itertext())
    assert (f"+ {zones // 3 - 2} zones" in said) == (zones > 9 + 2)


def _parts(route: Route) -> list[tuple[float, float, float, float]]:
    return [(min(x, far), max(x, far), min(y, deep), max(y, deep)) for (x, y), (far, deep) in pairwise(route.points)]


def test_lines_lie_beside_each_other_and_cross_no_box() -> None:
    shown = seen()
    ways = routes(shown.grid, [(line.source, line.destination) for line in shown.drawn])
    inner = [_parts(way)[1:-1] for way in ways]
    for one, other in combinations(inner, 2):
        for x, far, y, deep in one:
            for left, right, top, bottom in other:
                along = x == far == left == right and min(deep, bottom) - max(y, top) > 1
                level = y == deep == top == bottom and min(far, right) - max(x, left) > 1
                assert not along
                assert not level
    for parts in inner:
        for x, far, y, deep in parts:
            for place in shown.grid.places.values():
                assert far <= place.x or x >= place.right or deep <= place.y or y >= place.y + HIGH


def test_signs_do_not_hide_each_other() -> None:
    shown = seen()
    ways = routes(shown.grid, [(line.source, line.destination) for line in shown.drawn])
    hidden = [
        (one.mark, other.mark)
        for one, other in combinations(ways, 2)
        if abs(one.mark[0] - other.mark[0]) < MARK_WIDE and abs(one.mark[1] - other.mark[1]) < MARK_HIGH
    ]
    assert not hidden


def test_without_gaps_it_says_so() -> None:
    comparison, _ = demonstration()
    assert "No gap was found" in words(scene(comparison, ()))
    assert "No gap is like that" in words(scene(comparison, demonstration()[1], ()))
