"""The first pass and the exact engine, cell by cell, on random networks: the same answers, or finer ones that hold."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.network.matrix.networks import Networks, model

from leadglass.network.cell import Cell
from leadglass.network.compare import Comparison, compare
from leadglass.network.device import Device, Rewrite, Translate
from leadglass.network.headers import common
from leadglass.network.hospital import Hospital, Zone
from leadglass.network.permitted import Expectation, Permitted
from leadglass.network.trace import End, trace

Key = tuple[str, str, str, str]


def networks(seed: int) -> tuple[Comparison, Comparison, tuple[Device, ...]]:
    source = Networks(seed)
    zones = source.random.randint(3, 6)
    hospital, devices = source.hospital(zones), source.devices(zones)
    first = compare(hospital, model(), devices)
    return first, compare(hospital, model(), devices, sketched=False), devices


def by_key(found: Comparison) -> dict[Key, Cell]:
    return {(one.source, one.destination, one.service, one.through): one for one in found.cells}


def leads_elsewhere(devices: tuple[Device, ...]) -> bool:
    steps = [step for device in devices for step in device.steps if isinstance(step, Translate)]
    return any(one.rewrite is Rewrite.DESTINATION for step in steps for one in step.translations)


def arrives(found: Comparison, cell: Cell) -> bool:
    assert cell.example is not None
    ways = trace(found.net, cell.example.first)
    return any(way.end is End.ARRIVED and way.sure for way in ways)


@pytest.mark.parametrize("block", range(6))
def test_both_engines_say_the_same_of_every_cell(block: int) -> None:
    seen: Counter[str] = Counter()
    for seed in range(block * 30, block * 30 + 30):
        first, exact, devices = networks(seed)
        sketched, walked = by_key(first), by_key(exact)
        assert first.asked == exact.asked
        assert list(sketched) == list(walked), seed
        for key, cell in sketched.items():
            other = walked[key]
            seen[cell.permitted] += 1
            assert (cell.expectation, cell.flows, cell.devices) == (other.expectation, other.flows, other.devices)
            assert (cell.example is None) == (other.example is None), (seed, key)
            if cell.permitted is not other.permitted:
                # Where a way leads packets elsewhere the exact engine claims nothing of any of several; a packet can.
                assert other.permitted is Permitted.NOT_COVERED, (seed, key)
                assert cell.permitted is Permitted.SOME, (seed, key)
                assert leads_elsewhere(devices), (seed, key)
                assert arrives(first, cell), (seed, key)
    assert set(seen) == set(Permitted), "every answer is among them"


def test_an_example_is_among_what_may_pass_and_only_then() -> None:
    for seed in range(300, 330):
        first, _, _ = networks(seed)
        addresses = {part.name: part.addresses for part in first.partition.parts}
        services = {service.id: service for service in model().services}
        for cell in first.cells:
            if cell.example is None or cell.service not in services or cell.through:
                continue
            asked = services[cell.service].between(addresses[cell.source], addresses[cell.destination])
            assert common((cell.example,), asked), (seed, cell)
            if cell.expectation is not Expectation.REQUIRED:
                assert cell.permitted is not Permitted.NONE


@pytest.mark.parametrize("sketched", [True, False])
def test_zones_without_an_ip_version_in_common_pass_each_other_nothing(sketched: bool) -> None:
    zones = (
        Zone(name="devices", roles=("ct",), networks=("10.0.0.0/24",)),
        Zone(name="archive", roles=("pacs",), networks=("fd00:1::/64",)),
    )
    hospital = Hospital(format="leadglass-network-1", name="apart", zones=zones)
    found = by_key(compare(hospital, model(), Networks(1).devices(2), sketched=sketched))
    cell = found["devices", "archive", "dicom", ""]
    assert (cell.permitted, cell.example) == (Permitted.NONE, None)
