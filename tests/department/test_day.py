"""A whole department works through Leadglass, and in the end everything is as it is without."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.department.comparison import Day, differences
from tests.department.gateway import WORKERS, leadglass
from tests.department.play import day
from tests.department.script import Script, read
from tests.gateway.running import Gateway

SERVICES = {
    "echo", "worklist", "mpps-create", "mpps-set", "store", "commit", "find", "move", "get", "cancel-find",
    "cancel-move",
}  # fmt: skip


@pytest.fixture(scope="module")
def script() -> Script:
    return read()


@pytest.fixture(scope="module")
def direct(script: Script, tmp_path_factory: pytest.TempPathFactory) -> Day:
    return day(tmp_path_factory.mktemp("direct"), script)


@dataclass(frozen=True)
class Through:
    """The day through Leadglass, which has stopped in order: its ledger is whole."""

    day: Day
    gateway: Gateway


@pytest.fixture(scope="module")
def through(script: Script, tmp_path_factory: pytest.TempPathFactory) -> Through:
    directory = tmp_path_factory.mktemp("through")
    kept: list[Gateway] = []
    played = day(directory / "day", script, leadglass(directory / "gateway", script, kept))
    return Through(played, kept[0])


def test_the_script_is_a_whole_department(script: Script) -> None:
    assert len(script.devices) == 20
    assert WORKERS == 4
    assert {step.does for step in script.steps} == SERVICES
    assert {step.peer for step in script.steps} == set(script.devices)
    levels = {(step.root, step.keys["QueryRetrieveLevel"]) for step in script.steps if step.does == "find"}
    assert levels >= {("patient", "PATIENT"), ("patient", "STUDY"), ("patient", "IMAGE")}
    assert levels >= {("study", "STUDY"), ("study", "SERIES"), ("study", "IMAGE")}
    assert any(step.to not in {"", step.peer, "NOWHERE"} for step in script.steps), "prior fetch"


def test_the_day_does_what_it_says(direct: Day) -> None:
    """A comparison of two days in which nothing worked would be worth nothing."""
    ends = Counter(outcome.statuses[-1] for outcome in direct.outcomes.values())
    assert set(ends) == {"0000", "0111", "0112", "A801", "C000", "FE00"}
    assert ends["0000"] > 130
    reports = [outcome.reports for outcome in direct.outcomes.values() if outcome.reports]
    assert {report[0] for report in reports} == {"on an association of PACS", "on the association that asked"}
    assert {report[1] for report in reports} == {"event type 1", "event type 2"}
    assert {place for place, objects in direct.places.items() if objects} >= {
        "PACS", "VNA", "RIS", "WS1", "WS2", "WS3", "WS4", "VIEW1", "VIEW2",
    }  # fmt: skip
    assert max(len(outcome.responses) for outcome in direct.outcomes.values()) == 24
    assert direct.received["WS3"]


def test_a_difference_planted_in_a_real_day_is_found(direct: Day) -> None:
    step = next(name for name, outcome in direct.outcomes.items() if outcome.responses)
    outcome = direct.outcomes[step]
    planted = replace(outcome, responses=(outcome.responses[0].replace("CT", "MR", 1) + " ", *outcome.responses[1:]))
    uid = next(iter(direct.places["WS1"]))
    places = {**direct.places, "WS1": {**direct.places["WS1"], uid: "0" * 64}}
    changed = Day({**direct.outcomes, step: planted}, places, direct.received)
    assert [line.partition(":")[0] for line in differences(direct, changed)] == [step, "WS1"]
    assert differences(direct, replace(direct)) == ()


def test_the_same_day_played_twice_ends_the_same(direct: Day, script: Script, tmp_path: Path) -> None:
    """Else a day through Leadglass could differ by chance alone."""
    assert differences(direct, day(tmp_path, script)) == ()


def test_the_day_through_leadglass_ends_as_it_does_without(direct: Day, through: Through) -> None:
    assert "\n".join(differences(direct, through.day)) == ""


def test_every_operation_of_the_day_is_on_record(through: Through, script: Script) -> None:
    """Each peer's queries, moves, gets, commitments and procedure steps, with the status that the peer was told."""
    names = {
        "worklist": "C-FIND", "find": "C-FIND", "cancel-find": "C-FIND", "move": "C-MOVE", "cancel-move": "C-MOVE",
        "get": "C-GET", "commit": "N-ACTION", "mpps-create": "N-CREATE", "mpps-set": "N-SET",
    }  # fmt: skip
    told: Counter[tuple[str, str, int]] = Counter()
    for step in script.steps:
        status = through.day.outcomes[step.name].statuses[-1]
        if step.does in names and status != "A801":  # those are refusals, below
            told[step.peer, names[step.does], int(status, 16)] += 1

    recorded = Counter(
        (event.body.association.calling, event.body.operation, event.body.status)
        for event in through.gateway.recorded("operation")
        if event.body.status >= 0 and event.body.operation != "N-EVENT-REPORT"
    )
    assert recorded == told
    said = [(event.body.cause, event.body.said) for event in through.gateway.recorded("refusal")]
    assert said == [("unknown-destination", "status A801H")] * 2
    reports = [event.body for event in through.gateway.recorded("operation", operation="N-EVENT-REPORT", status=0)]
    assert len(reports) == sum(step.does == "commit" for step in script.steps)
