from __future__ import annotations

import unicodedata
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadglass.console.text import duration, neutral, number, plural, size, when, wire

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@given(st.text())
def test_nothing_that_hides_or_reorders_is_left(text: str) -> None:
    assert not [c for c in neutral(text) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CT2", "CT2"),
        ("a\x00b", "a⟨U+0000⟩b"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("a\u200bb", "a⟨U+200B⟩b"),
        ("山田^太郎", "山田^太郎"),
        ("\ud800", "⟨U+D800⟩"),
    ],
)
def test_shows_what_is_there(text: str, shown: str) -> None:
    assert neutral(text) == shown


@given(st.text(max_size=200))
def test_wire_text_is_escaped_and_cut_with_the_whole_in_the_title(text: str) -> None:
    html = wire(text, 10)
    assert html.startswith("<bdi")
    assert html.count("<") == 2
    if len(neutral(text)) > 10:
        assert "title=" in html
        assert html.endswith("…</bdi>")


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_900, "99.9 kB"),
        (632_000_000, "632 MB"),
        (999_600, "1.0 MB"),
        (10**18, "1000 PB"),
    ],
)
def test_sizes_have_three_digits(count: int, shown: str) -> None:
    assert size(count).replace("\u00a0", " ") == shown


def test_counts_and_durations() -> None:
    assert number(1_234_567) == "1\u202f234\u202f567"
    assert plural(1, "echo", "echoes") == "1\u00a0echo"
    assert plural(2, "echo", "echoes") == "2\u00a0echoes"
    second = 1_000_000_000
    shown = [duration(n * second).replace("\u00a0", " ") for n in (5, 65, 3700, 90_000)]
    assert shown == ["5 s", "1 min 5 s", "1 h 1 min", "1 d 1 h"]


def test_times_are_the_hospitals_with_utc_beside() -> None:
    summer = 1_782_900_000_000_000_000  # 2026-07-01 10:00 UTC
    html = when(summer, AMSTERDAM, summer)
    assert "12:00:00" in html
    assert "2026-07-01T10:00:00Z" in html
    assert "2026-07-01" in when(summer, AMSTERDAM, summer + 86_400_000_000_000).split(">")[1]
