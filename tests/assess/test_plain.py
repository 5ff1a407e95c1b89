"""Claims about text from outside."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assess import cases

from leadglass.assess.plain import MAX_LINE, plain


@settings(deadline=None)
@given(st.text(st.characters(codec=None)))
def test_what_is_plain_is_one_line_that_can_be_written_and_hides_nothing(text: str) -> None:
    found = plain(text)
    found.encode("utf-8")
    assert found == " ".join(found.split())
    assert not [one for one in found if unicodedata.category(one)[0] == "C"]


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "M"])))
def test_what_is_plain_already_stays(text: str) -> None:
    assert plain(text) == text


def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert plain("x" * MAX_LINE) == "x" * MAX_LINE
    assert plain("x" * (MAX_LINE + 1)).endswith("x […]")
    assert len(plain("x" * 1_000_000)) == MAX_LINE


def test_half_characters_and_overrides_are_seen() -> None:
    found = plain(cases.HOSTILE)
    assert "⟨U+D800⟩" in found
    assert "⟨U+202E⟩" in found
    assert "\x1b" not in found
