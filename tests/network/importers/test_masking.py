"""Secrets are replaced, words stay, and every line stands where it stood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadglass.network.importers import IMPORTERS
from leadglass.network.masking import MASK, PATTERNS, mask, place
from leadglass.network.rule import MAX_TEXT

CANARY = "canary7Secret"


@pytest.mark.parametrize(
    ("syntax", "line"),
    [
        ("iptables", f'-A FORWARD -m comment --comment "proxy password: {CANARY}" -j ACCEPT'),
        ("iptables", f"-A FORWARD -m comment --comment password={CANARY} -j ACCEPT"),
        ("iptables", f"# the community is {CANARY}"),
        ("nftables", f'{{"rule": {{"comment": "psk {CANARY}", "expr": [{{"accept": null}}]}}}}'),
        ("nftables", f'{{"comment": "https://service:{CANARY}@vendor.example/"}}'),
        ("unknown", f"enable secret 5 $1$salt${CANARY}"),
        ("unknown", f"x $6$rounds=5000$salt${CANARY}/."),
        ("unknown", f"-----BEGIN RSA PRIVATE KEY-----{CANARY}-----END RSA PRIVATE KEY-----"),
    ],
)
def test_a_secret_is_replaced_and_the_line_around_it_stays(syntax: str, line: str) -> None:
    found = mask(line, syntax)
    assert CANARY not in found
    assert MASK in found
    assert found.split(MASK)[0] == line[: len(found.split(MASK)[0])]
    assert CANARY not in place("file", 1, line, syntax).text


def test_a_private_key_over_many_lines_is_replaced_line_by_line() -> None:
    text = f"before\n-----BEGIN PRIVATE KEY-----\n{CANARY}\n{CANARY}\n-----END PRIVATE KEY-----\nafter"
    lines = mask(text, "iptables").split("\n")
    assert lines == [
        "before",
        f"-----BEGIN PRIVATE KEY-----{MASK}",
        MASK,
        MASK,
        f"{MASK}-----END PRIVATE KEY-----",
        "after",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "-A password -j ACCEPT",
        "-A FORWARD -s 10.0.0.0/8 -j secret",
        ':community - [0:0]',
        '-A FORWARD -m comment --comment "modalities to the archive" -j ACCEPT',
    ],
)  # fmt: skip
def test_a_rule_without_a_secret_stays_as_it_is(line: str) -> None:
    assert mask(line, "iptables") == line


@given(st.text(max_size=400), st.sampled_from(sorted({*IMPORTERS, *PATTERNS, "unknown"})))
def test_lines_stay_where_they_are_and_what_is_masked_stays_masked(text: str, syntax: str) -> None:
    found = mask(text, syntax)
    assert found.count("\n") == text.count("\n")
    assert mask(found, syntax).count("\n") == found.count("\n")


def test_a_place_keeps_no_more_than_its_bound() -> None:
    found = place("file", 7, "x" * 10_000, "iptables")
    assert (found.file, found.line, len(found.text)) == ("file", 7, MAX_TEXT)


def test_a_long_line_is_masked_in_one_pass() -> None:
    line = '"' + "password secret psk " * 100_000 + f'password {CANARY}"'
    assert CANARY not in mask(line, "nftables")
