"""Events of the ledger from an instant on."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.record import DAY, HOUR, write
from tests.policy.hospital import generation

from leadglass.model.event import Event
from leadglass.policy.recorded import Memory
from leadglass.store import since as since_module
from leadglass.store.leaves import LedgerReader
from leadglass.store.since import SLACK, Since


def told(span: Since) -> list[Event]:
    """The events of the span but the ledger's own, which are of now."""
    return [event for event in span.events() if event.id.writer == "w0"]


def reader(tmp_path: Path) -> LedgerReader:
    write(tmp_path, *((age * DAY, HOUR) for age in range(20, 0, -1)))
    return LedgerReader(tmp_path / "ledger")


@pytest.mark.parametrize("days", [0, 1, 5, 19, 30])
@pytest.mark.parametrize("step", [4, 64, 4_096])
def test_every_event_of_the_span_comes_and_few_older_ones(
    tmp_path: Path, days: int, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(since_module, "_STEP", step)
    ledger = reader(tmp_path)
    everything = told(Since(ledger, 0))
    since = everything[-1].time - days * DAY
    span = Since(ledger, since)
    found = told(span)
    assert found == everything[len(everything) - len(found) :]
    assert [event for event in found if event.time >= since] == [event for event in everything if event.time >= since]
    assert len([event for event in found if event.time < since - SLACK]) <= 2 * step
    assert (span.done, span.cut) == (span.total, 0)


def test_a_limit_leaves_out_the_oldest_and_says_so(tmp_path: Path) -> None:
    ledger = reader(tmp_path)
    everything = told(Since(ledger, 0))
    span = Since(ledger, 0, 25)
    assert told(span) == everything[-25:]
    assert span.cut == sum(map(ledger.size, ledger.logs())) - 25


def test_requests_of_before_the_span_are_left_out_but_their_transfers_are_known(tmp_path: Path) -> None:
    write(tmp_path, (DAY + SLACK // 2, HOUR[:2]), (DAY, HOUR[2:4]))
    ledger = LedgerReader(tmp_path / "ledger")
    memory = Memory(generation())
    asked = list(Since(ledger, told(Since(ledger, 0))[-1].time).requests(memory))
    assert [one.request.operation for one in asked] == ["C-STORE", "C-STORE"]
    assert not memory.missing
