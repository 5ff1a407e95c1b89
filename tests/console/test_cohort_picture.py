from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from leadglass.assess.tally import Tally
from leadglass.console.cohort_picture import Bar, bars, small_bar, swatch


def shares(svg: str) -> list[tuple[str, float, float]]:
    """Class, begin and width of each share."""
    found = re.findall(r'class="share ([a-z0-9-]+)" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', svg)
    return [(name, float(x), float(width)) for name, x, width in found]


def test_shares_are_as_wide_as_they_are_many_and_fill_the_bar() -> None:
    drawn = shares(small_bar(Tally({"yes": 6, "no": 2, "unknown": 4}), None))
    assert drawn == [("yes", 0, 120), ("no", 120, 40), ("unknown", 160, 80)]


@pytest.mark.parametrize(("ours", "at"), [("yes", 60.0), ("no", 140.0), ("unknown", 200.0)])
def test_the_mark_stands_below_the_middle_of_ours(ours: str, at: float) -> None:
    svg = small_bar(Tally({"yes": 6, "no": 2, "unknown": 4}), ours)
    assert f'class="here" d="M{at:.2f} ' in svg


@pytest.mark.parametrize(("counts", "at"), [({"yes": 0, "no": 5}, 6.0), ({"no": 5, "yes": 0}, 234.0)])
def test_an_answer_that_nobody_else_gave_is_marked_at_its_place_and_inside(counts: dict[str, int], at: float) -> None:
    assert f'd="M{at:.2f} ' in small_bar(Tally(counts), "yes")


def test_without_an_answer_there_is_no_mark() -> None:
    for ours in (None, "not-applicable"):
        assert "here" not in small_bar(Tally({"yes": 1}), ours)


def test_columns_without_a_class_of_their_own_are_numbered_and_the_legend_agrees() -> None:
    tally = Tally({"daily": 3, "weekly": 2, "monthly-or-quarterly": 1, "unknown": 1})
    assert [name for name, _, _ in shares(small_bar(tally, None))] == ["s0", "s1", "s2", "unknown"]
    assert 'class="share s1"' in swatch(list(tally.counts), "weekly")


def test_words_in_a_picture_are_text_and_a_picture_is_well_formed() -> None:
    hostile = '<script>alert(1)</script>"\u202e'
    svg = bars([Bar(hostile, Tally({"yes": 1, "no": 2}))], "yes", hostile)
    root = ET.fromstring(svg)  # of ours
    texts = [one.text or "" for one in root.iter()]
    assert sum("<script>alert(1)</script>" in one for one in texts) == 2
    assert "\u202e" not in svg
    assert "<script" not in svg
    assert svg == bars([Bar(hostile, Tally({"yes": 1, "no": 2}))], "yes", hostile)
