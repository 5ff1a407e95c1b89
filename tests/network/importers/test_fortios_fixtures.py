"""Whole FortiOS configurations, against verdicts from Fortinet's documents and against a naive evaluator."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.network.importers.fortios_verdict import verdict
from tests.network.naive_fortios import Packet, decided, expectations

from leadglass.network.importers import fortios
from leadglass.network.importers.fault import ConfigurationUnreadable

VECTORS = Path(__file__).parents[2] / "vectors" / "network" / "fortios"
NAMES = sorted(path.stem for path in VECTORS.glob("*.conf"))
GARBLED = "@@ %% \x7f ?? @@"


def text(name: str) -> str:
    return (VECTORS / f"{name}.conf").read_text()


def expected(name: str) -> list[tuple[str, Packet]]:
    return expectations((VECTORS / f"{name}.expected").read_text())


def ours(configuration: str, packets: list[Packet]) -> list[str]:
    """Our verdicts; a text that is refused is claimed nothing about."""
    try:
        device = fortios.read(configuration, "edge.conf", "edge")
    except ConfigurationUnreadable:
        return ["uncertain"] * len(packets)
    return [verdict(device, packet) for packet in packets]


def without(lines: list[str], at: int, instead: list[str]) -> str:
    return "\n".join([*lines[:at], *instead, *lines[at + 1 :]])


@pytest.mark.parametrize("name", NAMES)
def test_every_verdict_is_the_documents(name: str) -> None:
    wanted = expected(name)
    found = ours(text(name), [packet for _, packet in wanted])
    assert list(zip(found, (packet for _, packet in wanted), strict=True)) == wanted


@pytest.mark.parametrize("name", NAMES)
def test_every_verdict_is_the_naive_evaluators(name: str) -> None:
    for wanted, packet in expected(name):
        assert decided(text(name), packet) == wanted, packet


@pytest.mark.parametrize("name", NAMES)
def test_every_line_that_bears_on_what_may_pass_is_understood(name: str) -> None:
    device = fortios.read(text(name), name, "edge")
    assert device.coverage.relevant > 30
    assert (device.coverage.understood, device.coverage.missed, device.doubts) == (device.coverage.relevant, (), ())


@pytest.mark.parametrize("name", NAMES)
def test_no_garbled_line_makes_any_verdict_certain_that_was_another(name: str) -> None:
    """A verdict is met where it is certain and what was asked for: garbling may only take certainty away."""
    lines, packets = text(name).split("\n"), [packet for _, packet in expected(name)]
    before = ours(text(name), packets)
    for at, line in enumerate(lines):
        if line.strip() and not line.startswith("#config-version"):
            after = ours(without(lines, at, [GARBLED]), packets)
            for was, now, packet in zip(before, after, packets, strict=True):
                assert now in {was, "uncertain"}, (at + 1, line, packet)


@pytest.mark.parametrize("name", NAMES)
def test_a_deleted_line_changes_a_verdict_only_as_the_naive_evaluator_does(name: str) -> None:
    lines, packets = text(name).split("\n"), [packet for _, packet in expected(name)]
    before = ours(text(name), packets)
    for at, line in enumerate(lines):
        shorter = without(lines, at, [])
        for was, now, packet in zip(before, ours(shorter, packets), packets, strict=True):
            if now not in {was, "uncertain"}:
                assert now == decided(shorter, packet), (at + 1, line, packet)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_off_anywhere_is_refused_or_says_less(name: str) -> None:
    lines, packets = text(name).split("\n"), [packet for _, packet in expected(name)]
    for at in range(0, len(lines), 7):
        shorter = "\n".join(lines[:at])
        for now, packet in zip(ours(shorter, packets), packets, strict=True):
            assert now == "uncertain" or now == decided(shorter, packet), (at, packet)


def _garbled_words(line: str) -> list[str]:
    """The line with a word in it that no FortiOS knows, with a quotation mark less, with words too many."""
    words = line.split()
    found = [line.replace(words[0], "x" + words[0], 1), f'{line} and "more words"']
    if words[0] == "set":
        found += [line.replace(words[1], words[1][:-1] + "qq", 1), line.replace(words[-1], '"zz zz"', 1)]
    if '"' in line:
        found += [line.replace('"', "", 1), line[::-1].replace('"', "", 1)[::-1]]
    return found


@pytest.mark.parametrize("name", [name for name in NAMES if name != "hospital"])
def test_no_garbled_word_makes_any_verdict_certain_that_was_another(name: str) -> None:
    lines, packets = text(name).split("\n"), [packet for _, packet in expected(name)]
    before = ours(text(name), packets)
    for at, line in enumerate(lines):
        if line.strip() and not line.startswith("#"):
            for garbled in _garbled_words(line):
                after = ours(without(lines, at, [garbled]), packets)
                for was, now, packet in zip(before, after, packets, strict=True):
                    assert now in {was, "uncertain"}, (at + 1, garbled, packet)
