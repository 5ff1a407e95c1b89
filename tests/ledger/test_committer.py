from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.ledger.small_ledger import (
    CT,
    bodies_of,
    events,
    instance_begun,
    instance_outcome,
    merge,
    record,
    recorder,
    transfer,
    transfer_begun,
)

from leadglass.errors import IntegrityError
from leadglass.ledger.committer import Committer
from leadglass.ledger.verify import verify
from leadglass.model.event import (
    Alarm,
    ApplicationStarted,
    ApplicationStopped,
    Event,
    EventId,
    InstanceOutcome,
    LedgerContinued,
    RecordGap,
    TransferClosed,
    encode,
)
from leadglass.store.journal import Journal
from leadglass.store.leaves import LedgerReader
from leadglass.store.note import read_verifier

POINTS = ("bodies", "tiles", "state", "checkpoint", "superseded", "journals")


def clean(data: Path) -> None:
    verify(data / "ledger", read_verifier(data / "ledger" / "key.pub"))


def segments(data: Path) -> list[Path]:
    return list((data / "journal").rglob("*.journal"))


def test_every_event_is_one_leaf_in_the_order_of_its_writer(tmp_path: Path) -> None:
    record(tmp_path, transfer(20), "w0")
    record(tmp_path, transfer(30), "w1")
    merge(tmp_path)
    merged = events(tmp_path)
    for writer, count in (("w0", 42), ("w1", 62)):
        assert [e.id.counter for e in merged if e.id.writer == writer] == list(range(1, count + 1))
    times = [e.time for e in merged if e.id.writer != "ledger"]
    assert times == sorted(times)
    assert [type(body) for body in bodies_of(tmp_path, "ledger")] == [ApplicationStarted, ApplicationStopped]
    assert segments(tmp_path) == []
    clean(tmp_path)


def test_merges_while_the_writer_goes_on(tmp_path: Path) -> None:
    committer = Committer(tmp_path)
    with recorder(tmp_path) as out:
        for number in range(5):
            for body in transfer(10):
                out.record(body)
            committer.poll()
            committer.commit()
            assert len(segments(tmp_path)) <= 5, number
        assert len(events(tmp_path)) == 5 * 22 + 1
    committer.close()
    clean(tmp_path)


def test_a_second_start_adds_nothing_but_its_own(tmp_path: Path) -> None:
    record(tmp_path, transfer(3))
    merge(tmp_path)
    before = events(tmp_path)
    merge(tmp_path)
    assert events(tmp_path)[: len(before)] == before
    assert len(events(tmp_path)) == len(before) + 2
    clean(tmp_path)


KILLED = """
import os, signal, sys
from pathlib import Path
from leadglass.ledger.committer import Committer
data, point, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
passed = 0
def at(name):
    global passed
    passed += name == point
    if passed == times:
        os.kill(os.getpid(), signal.SIGKILL)
committer = Committer(data, at=at)
while committer.poll():
    committer.commit()
committer.commit()
"""


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_it_loses_nothing_and_says_nothing_twice(tmp_path: Path, point: str) -> None:
    record(tmp_path, transfer(300), "w0")
    record(tmp_path, [transfer_begun(), instance_begun(1)], "w1")  # and w1 died
    for times in (1, 1):
        done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), point, str(times)], timeout=60, check=False)
        assert done.returncode == -signal.SIGKILL
        record(tmp_path, transfer(5), "w0")  # another boot meanwhile
    merge(tmp_path)
    merged = events(tmp_path)
    ids = [event.id for event in merged]
    assert len(set(ids)) == len(ids)
    by_boot: dict[tuple[str, int], list[int]] = {}
    for event_id in ids:
        by_boot.setdefault((event_id.writer, event_id.boot), []).append(event_id.counter)
    assert all(counters == list(range(1, len(counters) + 1)) for counters in by_boot.values())
    assert sorted(len(c) for (writer, _), c in by_boot.items() if writer == "w0") == [12, 12, 602]
    crashes = [e.body for e in merged if isinstance(e.body, TransferClosed) and e.body.how == "crash"]
    assert [crash.outcomes for crash in crashes] == [{"unknown": 1}]
    assert not [e for e in merged if isinstance(e.body, RecordGap | Alarm)]
    assert segments(tmp_path) == []
    clean(tmp_path)


def test_a_crash_closes_what_was_open_and_guesses_nothing(tmp_path: Path) -> None:
    record(
        tmp_path,
        [
            *transfer(2),  # closed: not told again
            transfer_begun(2, 1, "P1"),
            transfer_begun(2, 2, "P1"),
            transfer_begun(2, 3, "P2"),
            instance_begun(1, 2, 1),
            instance_outcome(1, 2, 1),
            instance_begun(2, 2, 2),
            instance_begun(3, 2, 3),
            instance_outcome(3, 2, 3, "warning"),
        ],
    )
    merge(tmp_path)
    own = [event for event in events(tmp_path) if event.id.writer == "ledger"]
    worker = [event for event in events(tmp_path) if event.id.writer == "w0"]
    source = ("w0", worker[0].id.boot)
    outcomes = [event for event in own if isinstance(event.body, InstanceOutcome)]
    assert [event.body for event in outcomes] == [InstanceOutcome(2, 2, 2, -1, "unknown", 0, source)]
    assert outcomes[0].cause == worker[-3].id
    closed = [event.body for event in own if isinstance(event.body, TransferClosed)]
    assert [(c.transfers, c.patient.id, c.outcomes, c.sop_classes, c.how, c.origin, c.bytes) for c in closed] == [
        ((1, 2), "P1", {"success": 1, "unknown": 1}, {CT: 2}, "crash", source, 1000),
        ((3,), "P2", {"warning": 1}, {CT: 1}, "crash", source, 1000),
    ]
    merge(tmp_path)
    assert len([e for e in events(tmp_path) if isinstance(e.body, TransferClosed)]) == 3


def test_what_is_open_survives_a_restart_of_the_ledger_alone(tmp_path: Path) -> None:
    with recorder(tmp_path) as out:
        out.record(transfer_begun(), "PACS")
        out.record(instance_begun(1), "PACS")
        merge(tmp_path)  # the worker lives: nothing is said
        assert not [e for e in events(tmp_path) if isinstance(e.body, TransferClosed)]
    merge(tmp_path)  # now it does not
    (closed,) = [e for e in events(tmp_path) if isinstance(e.body, TransferClosed)]
    assert closed.body.outcomes == {"unknown": 1}  # type: ignore[union-attr] # filtered above
    assert closed.flow == "PACS"


def test_a_hole_in_the_counters_becomes_a_record_gap(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", "w0", segment_bytes=4096, reserve=1)
    for counter in (3, 4, 8):
        event = Event(EventId("w0", journal.boot, counter), counter, "", Alarm("warning", "x", str(counter)))
        journal.append(encode(event))
    journal.close()
    merge(tmp_path)
    gaps = [body for body in bodies_of(tmp_path, "ledger") if isinstance(body, RecordGap)]
    assert gaps == [RecordGap("w0", journal.boot, 1, 2), RecordGap("w0", journal.boot, 5, 7)]
    clean(tmp_path)


def test_entries_written_twice_after_a_failed_sync_count_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", "w0", segment_bytes=4096, reserve=1)
    for counter in (1, 2, 2, 3):
        journal.append(encode(Event(EventId("w0", journal.boot, counter), 0, "", Alarm("warning", "x", ""))))
    journal.close()
    merge(tmp_path)
    assert [e.id.counter for e in events(tmp_path) if e.id.writer == "w0"] == [1, 2, 3]
    clean(tmp_path)


def test_a_worker_cannot_speak_for_another(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", "w0", segment_bytes=4096, reserve=1)
    journal.append(encode(Event(EventId("console", 1, 1), 0, "", Alarm("warning", "x", ""))))
    journal.append(b"not an event")
    journal.close()
    merge(tmp_path)
    alarms = [body for body in bodies_of(tmp_path, "ledger") if isinstance(body, Alarm)]
    assert [alarm.code for alarm in alarms] == ["journal-foreign-event", "journal-unreadable-event"]
    assert not [event for event in events(tmp_path) if event.id.writer in {"console", "w0"}]


def test_a_new_month_begins_a_log_that_binds_the_one_before(tmp_path: Path) -> None:
    october, november = 1_793_400_000_000_000_000, 1_795_400_000_000_000_000  # 2026-10-31, 2026-11-23
    record(tmp_path, transfer(2))
    merge(tmp_path, now_ns=lambda: october)
    record(tmp_path, transfer(2))
    merge(tmp_path, now_ns=lambda: november)
    merge(tmp_path, now_ns=lambda: october)  # the clock went back: the log does not
    reader = LedgerReader(tmp_path / "ledger")
    assert reader.logs() == ["2026-10", "2026-11"]
    first = events(tmp_path)[reader.size("2026-10")]
    assert first.body == LedgerContinued("2026-10", reader.checkpoint("2026-10"))
    clean(tmp_path)


@pytest.mark.parametrize("damage", ["tile", "state", "checkpoint"])
def test_never_signs_over_a_tree_that_contradicts_the_last_checkpoint(tmp_path: Path, damage: str) -> None:
    record(tmp_path, transfer(10))
    merge(tmp_path)
    log = next((tmp_path / "ledger").glob("????-??"))
    before = (log / "checkpoint").read_text()
    if damage == "tile":
        path = next((log / "tile" / "0").glob("000.p/*"))
        path = max((log / "tile/0/000.p").iterdir(), key=lambda p: int(p.name))
        path.write_bytes(bytes(32) + path.read_bytes()[32:])
    elif damage == "state":
        (tmp_path / "ledger" / "state").unlink()
    else:
        (log / "checkpoint").write_text(before.replace("\n", "0\n", 1))
    with pytest.raises(IntegrityError):
        merge(tmp_path)
    if damage != "checkpoint":
        assert (log / "checkpoint").read_text() == before


def test_a_disk_error_in_a_commit_is_repaired_by_opening_anew(tmp_path: Path) -> None:
    record(tmp_path, transfer(50))

    def fail(name: str) -> None:
        if name == "tiles":
            raise OSError(28, os.strerror(28))

    with pytest.raises(OSError, match="No space"):
        merge(tmp_path, at=fail)
    merge(tmp_path)
    assert [e.id.counter for e in events(tmp_path) if e.id.writer == "w0"] == list(range(1, 103))
    clean(tmp_path)
