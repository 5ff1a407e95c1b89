from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from leadglass.console.picture import MAX_DEVICES, picture
from leadglass.store.projection.interface import Flow

SVG = "{http://www.w3.org/2000/svg}"


def flow(title: str, peer: str = "p", archive: str = "pacs", sent: int = 1000, refusals: int = 0) -> Flow:
    passed = int(sent > 0)
    return Flow(title, "10.0.0.1", peer, archive, passed, sent, passed, refusals, 1)


def parsed(flows: list[Flow], archives: tuple[str, ...] = ("pacs",)) -> ET.Element:
    return ET.fromstring(picture(flows, archives))


def lines(svg: ET.Element, kind: str) -> list[ET.Element]:
    return [path for path in svg.iter("path") if path.get("class") == kind]


def test_the_same_flows_make_the_same_picture_in_any_order() -> None:
    flows = [flow("A", sent=5), flow("B", sent=5), flow("C", sent=900), flow("A", archive="research")]
    assert picture(flows, ("pacs",)) == picture(flows[::-1], ("pacs",))


def test_more_bytes_make_a_wider_line() -> None:
    svg = parsed([flow("BIG", sent=1_000_000), flow("SMALL", sent=1000)])
    big, small = (float(line.get("stroke-width", "")) for line in lines(svg, "flow") if "C" in line.get("d", ""))
    assert big > 3 * small


def test_what_was_refused_stops_at_the_glass() -> None:
    svg = parsed([flow("X", peer="", sent=0, refusals=3)])
    pane = next(rect for rect in svg.iter("rect") if rect.get("class") == "pane")
    (line,) = lines(svg, "refused unknown")
    end = float(re.search(r"H([\d.]+)$", line.get("d", "")).group(1))  # type: ignore[union-attr]  # fails the test if absent
    assert end < float(pane.get("x", "0"))
    assert not lines(svg, "flow")
    assert not lines(svg, "flow unknown")
    assert "3\u00a0refusals" in ET.tostring(svg, encoding="unicode")


def test_unknown_callers_that_passed_are_dashed() -> None:
    assert lines(parsed([flow("X", peer="")]), "flow unknown")


def test_many_devices_become_one_line_and_nothing_is_lost() -> None:
    flows = [flow(f"D{number:02}", sent=1000) for number in range(50)]
    svg = parsed(flows)
    nodes = [rect for rect in svg.iter("rect") if rect.get("class") == "node"]
    assert len(nodes) == MAX_DEVICES + 1  # and the archive
    assert f"{50 - MAX_DEVICES + 1} more devices" in ET.tostring(svg, encoding="unicode")


def test_has_a_text_alternative() -> None:
    svg = parsed([flow("A")])
    assert svg.get("role") == "img"
    title = svg.find("title")
    assert title is not None
    assert svg.get("aria-labelledby") == title.get("id")
    assert "1\u00a0device" in (title.text or "")


@settings(max_examples=60)
@given(
    st.lists(
        st.builds(
            flow,
            st.text(max_size=20),
            st.sampled_from(["", "p"]),
            st.text(max_size=20),
            st.integers(0, 2**50),
            st.integers(0, 9),
        ),
        max_size=20,
    )
)
def test_any_text_makes_well_formed_svg_without_style_or_script(flows: list[Flow]) -> None:
    svg = parsed(flows, ("pacs", "<x>"))
    for element in svg.iter():
        assert element.tag in {"svg", "title", "text", "rect", "path"}
        assert not {name for name in element.attrib if name == "style" or name.startswith("on")}
