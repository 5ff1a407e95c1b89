"""The bench of the network in its smoke run, and what its inventions are. Asserts what was counted, never how fast."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench.measures import one_comparison
from bench.rows import NETWORK

from bench import network, networks
from leadglass.network.address import IPV4
from leadglass.network.compare import compare
from leadglass.network.device import Check
from leadglass.network.headers import EVERYTHING, PROTOCOLS, within
from leadglass.network.intervals import Intervals
from leadglass.network.reach import Bounds, Reach
from leadglass.network.rule import Rule


def rules(invented: networks.Invented) -> list[Rule]:
    checks = [step for device in invented.devices for step in device.steps if isinstance(step, Check)]
    return [rule for check in checks for rule in check.chains.entry.rules]


def test_a_smoke_run_yields_every_row_and_judges_none(tmp_path: Path) -> None:
    result = tmp_path / "network.json"
    assert network.main(["--quick", "--result", str(result)]) == 0
    said = json.loads(result.read_text())
    rows = {row["what"]: row for row in said["rows"]}
    assert list(rows) == list(NETWORK)
    assert said["comparable"] is False
    assert all(row["met"] is None for row in rows.values())
    assert rows["cells of that said to pass"]["value"] == 0


def test_the_goals_are_those_of_the_issue() -> None:
    goals = {name: str(goal) for name, goal in NETWORK.items() if goal}
    assert goals["compare 10,000 rules, 500 zones, 8 firewalls"] == "value < 10"
    assert goals["memory of that, peak"] == "value < 2048"
    assert goals["a million flows of Zeek, 500 zones"] == "value < 10"
    assert goals["cells of that said to pass"] == "value ≤ 0"


def test_the_typical_network_is_what_the_bench_says() -> None:
    invented = networks.typical(4_000, 50, 8)
    found = [rule for rule in rules(invented) if rule.states is None]
    assert invented.rules == len(found) == 4_000
    assert len(invented.model.services) == networks.SERVICES
    some = [rule for rule in found if any(IPV4 in box[:2] or box.protocol == PROTOCOLS for box in rule.may)]
    assert 0.08 < len(some) / len(found) < 0.12
    assert networks.typical(400, 20, 2).devices[0].steps == networks.typical(400, 20, 2).devices[0].steps
    assert networks.typical(400, 20, 2, seed=2).devices[0].steps != networks.typical(400, 20, 2).devices[0].steps


def test_few_pairs_of_a_typical_network_are_left_to_the_exact_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[Intervals] = []
    towards = Reach._towards

    def counting(self: Reach, destination: Intervals) -> Bounds:
        walked.append(destination)
        return towards(self, destination)

    monkeypatch.setattr(Reach, "_towards", counting)
    invented = networks.typical(1_000, 60, 4)
    compare(invented.hospital, invented.model, invented.devices)
    assert 0 < len(walked) < 0.05 * 60 * 60


def test_the_adversarial_rules_deny_everything_between_two_zones_and_no_rule_all_of_it() -> None:
    invented = networks.shadowed(60)
    *denied, last = [rule for rule in rules(invented) if rule.states is None]
    found = compare(invented.hospital, invented.model, invented.devices)
    between = [cell for cell in found.cells if (cell.source, cell.destination) == one_comparison.HIDDEN]
    assert {cell.permitted.value for cell in between} <= {"none", "not covered"}
    assert last.may == EVERYTHING
    parts = {part.name: part.addresses for part in found.partition.parts}
    whole = last.may[0]._replace(source=parts[one_comparison.HIDDEN[0]], destination=parts[one_comparison.HIDDEN[1]])
    boxes = tuple(box for rule in denied for box in rule.may)
    assert within((whole,), boxes)
    assert not any(within((whole,), (box,)) for box in boxes)
