"""From the journal through the real ledger into the projection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.projection.events import CT, JANE, Writer, association

from leadglass.ledger.committer import Committer
from leadglass.model.event import InstanceBegun, InstanceOutcome, TransferBegun, encode
from leadglass.store.bodies import segment_path
from leadglass.store.journal import Journal
from leadglass.store.leaves import LedgerReader
from leadglass.store.projection.feed import behind, catch_up, read_event
from leadglass.store.projection.interface import Filter, Projection
from leadglass.store.projection.sqlite import SqliteProjection
from leadglass.store.recorder import Recorder


@pytest.fixture
def projection() -> Iterator[Projection]:
    engine = SqliteProjection(":memory:")
    yield engine
    engine.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory whose ledger holds a transfer of five instances."""
    journal = Journal(tmp_path / "journal", "w0", segment_bytes=1 << 16, reserve=1)
    recorder = Recorder(journal, "w0")
    recorder.record(TransferBegun(association(), 1, JANE, "1.2.3", CT), "PACS")
    for n in range(1, 6):
        recorder.record(InstanceBegun(1, 1, n, CT, f"1.2.3.{n}"), "PACS")
        recorder.record(InstanceOutcome(1, 1, n, 0, "success", 10), "PACS")
    committer = Committer(tmp_path)
    while committer.poll():
        pass
    committer.commit()
    committer.close()
    journal.close()
    return tmp_path


def test_takes_in_the_whole_ledger_in_bounded_steps(projection: Projection, data: Path) -> None:
    reader = LedgerReader(data / "ledger")
    (log,) = reader.logs()
    whole = reader.size(log)
    assert behind(projection, reader) == whole
    step = catch_up(projection, reader, 4)
    assert (step.taken, step.unreadable, step.behind) == (4, 0, whole - 4)
    catch_up(projection, reader, 1_000)
    assert projection.position() == (log, whole)
    assert catch_up(projection, reader, 1_000).taken == 0
    (access,), _ = projection.accesses(Filter(patient="4711"))
    assert access.outcomes == {"success": 5}


def test_an_access_points_at_leaves_of_the_ledger(projection: Projection, data: Path) -> None:
    reader = LedgerReader(data / "ledger")
    catch_up(projection, reader, 1_000)
    (access,), _ = projection.accesses(Filter())
    log, position, digest = access.rows[0]
    leaf = reader.leaf(log, position)
    assert leaf.digest == digest
    assert leaf.event is not None
    begun = read_event(leaf.event)
    assert begun is not None
    assert isinstance(begun.body, TransferBegun)


def test_pruned_bodies_are_passed_over_and_counted_in(projection: Projection, data: Path) -> None:
    reader = LedgerReader(data / "ledger")
    (log,) = reader.logs()
    segment_path(data / "ledger" / log, 0).unlink()
    step = catch_up(projection, reader, 1_000)
    assert (step.taken, step.behind) == (reader.size(log), 0)
    assert projection.events(Filter()).rows == ()


def test_a_ledger_that_is_not_there_is_nothing_to_do(projection: Projection, tmp_path: Path) -> None:
    assert catch_up(projection, LedgerReader(tmp_path / "none"), 10).taken == 0


def test_an_event_of_a_form_nobody_knows_is_none() -> None:
    (_, event), *_ = Writer().says(TransferBegun(association(), 1, JANE, "1", CT)).leaves
    assert event is not None
    good = encode(event)
    assert read_event(good) == event
    assert read_event(good.replace(b"transfer-begun/1", b"transfer-begun/9")) is None
    assert read_event(b"\xc1") is None
