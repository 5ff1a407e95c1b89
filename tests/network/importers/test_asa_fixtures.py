"""Whole configurations of an ASA, against verdicts from Cisco's documents and against a naive evaluator."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.network.importers.garbling import changed, commands, garbled
from tests.network.naive_asa import Packet, expectations, passes
from tests.network.verdicts import verdict

from leadglass.network.importers import asa
from leadglass.network.importers.fault import ConfigurationUnreadable

VECTORS = Path(__file__).parents[2] / "vectors" / "network" / "asa"
NAMES = sorted(path.stem for path in VECTORS.glob("*.cfg"))
CERTAIN = [name for name in NAMES if name != "uncertain"]  # of the other the naive evaluator knows nothing


def text(name: str) -> str:
    return (VECTORS / f"{name}.cfg").read_text()


def expected(name: str) -> list[tuple[str, Packet]]:
    return expectations((VECTORS / f"{name}.expected").read_text())


def ours(configuration: str, packets: list[Packet]) -> list[str]:
    """Our verdicts; of a text that is refused nothing is claimed."""
    try:
        device = asa.read(configuration, "edge.cfg", "edge")
    except ConfigurationUnreadable:
        return ["uncertain" for _ in packets]
    return [verdict(device, p.ingress, p.protocol, p.source, p.destination, p.port, p.source_port) for p in packets]


@pytest.mark.parametrize("name", NAMES)
def test_every_verdict_is_the_documents(name: str) -> None:
    wanted = expected(name)
    found = ours(text(name), [packet for _, packet in wanted])
    assert list(zip(found, (packet for _, packet in wanted), strict=True)) == wanted


@pytest.mark.parametrize("name", CERTAIN)
def test_every_certain_verdict_is_the_naive_evaluators(name: str) -> None:
    for wanted, packet in expected(name):
        assert wanted == "uncertain" or passes(text(name), packet) == (wanted == "permit"), packet


@pytest.mark.parametrize("name", NAMES)
def test_a_garbled_line_never_makes_a_claim(name: str) -> None:
    lines = text(name).split("\n")
    packets = [packet for _, packet in expected(name)]
    before = ours(text(name), packets)
    for at in commands(lines):
        spoilt = [*lines[:at], garbled(lines[at], at), *lines[at + 1 :]]
        # What stands behind a description or a logging host is no filter, whatever it is.
        assert list(changed(ours, "\n".join(spoilt), packets, before)) == [], lines[at]


@pytest.mark.parametrize("name", CERTAIN)
def test_a_deleted_line_makes_only_claims_that_the_naive_evaluator_makes_too(name: str) -> None:
    lines = text(name).split("\n")
    packets = [packet for _, packet in expected(name)]
    before = ours(text(name), packets)
    claims = 0
    for at in commands(lines):
        shorter = "\n".join([*lines[:at], *lines[at + 1 :]])
        for packet, found in changed(ours, shorter, packets, before):
            claims += 1
            assert passes(shorter, packet) == (found == "permit"), (lines[at], packet)
    assert claims  # lists are shorter then, and packets meet another line


@pytest.mark.parametrize("name", CERTAIN)
def test_every_line_that_bears_on_what_may_pass_is_understood(name: str) -> None:
    device = asa.read(text(name), "edge.cfg", "edge")
    assert device.coverage.understood == device.coverage.relevant > 10
    assert device.coverage.missed == device.doubts == ()


def test_lines_that_were_not_understood_are_named_each() -> None:
    device = asa.read(text("uncertain"), "edge.cfg", "edge")
    missed = [place.text for place in device.coverage.missed]
    assert missed == [
        "host not-an-address",
        "network-object something 10.20.0.9",
        "access-list OUTSIDE-IN extended permit udp any host 10.20.0.5 eq quotd",
    ]
    assert device.coverage.relevant - device.coverage.understood == len(missed)
    assert device.doubts == ()


def test_secrets_appear_nowhere() -> None:
    lines = [line.removeprefix(" ") for line in text("hospital").split("\n")]
    spoilt = "\n".join(f"%%% {line}" if "Canary" in line else line for line in lines)  # every line of them is kept
    for configuration in (text("hospital"), spoilt):
        assert "Canary" in configuration
        device = asa.read(configuration, "edge.cfg", "edge")
        assert "Canary" not in repr(device)
    assert any("masked" in place.text for place in device.doubts)
