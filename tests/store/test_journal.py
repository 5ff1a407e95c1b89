from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leadglass.store.journal import Journal, JournalUnavailable
from leadglass.store.journal_lock import JournalInUseError
from leadglass.store.journal_reader import JournalReader

SEGMENT = 4096
DEADLINE = 30.0  # seconds, for a loaded machine


def open_journal(directory: Path, **settings: object) -> Journal:
    return Journal(directory, "w0", **{"segment_bytes": SEGMENT, "reserve": 2, "retry": 0.02, **settings})  # type: ignore[arg-type] # keywords by name


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.002)


def append_when_possible(journal: Journal, payload: bytes) -> int:
    end = time.monotonic() + DEADLINE
    while True:
        try:
            return journal.append(payload)
        except JournalUnavailable:
            assert time.monotonic() < end
            time.sleep(0.001)


def read_all(directory: Path) -> list[bytes]:
    reader = JournalReader(directory / "w0")
    payloads: list[bytes] = []
    while got := reader.read():
        payloads += got
    reader.close()
    return payloads


def test_frames_come_back_in_order_over_segments(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    payloads = [b"%d " % i * (i % 40 + 1) for i in range(400)]
    for payload in payloads:
        append_when_possible(journal, payload)
    assert read_all(tmp_path) == payloads  # while it is written
    journal.close()
    assert read_all(tmp_path) == payloads


def test_a_ticket_is_answered_through_the_eventfd(tmp_path: Path) -> None:
    journal = open_journal(tmp_path, sync_within=3600)  # nothing but the ticket syncs
    position = journal.append(b"payload")
    assert journal.durable < position
    assert journal.ticket() == position
    assert select.select([journal.fileno], [], [], DEADLINE)[0]
    assert journal.durable == position
    journal.acknowledge()
    assert not select.select([journal.fileno], [], [], 0)[0]
    assert journal.ticket() == position  # durable already: told at once
    assert select.select([journal.fileno], [], [], 0)[0]
    journal.close()


def test_becomes_durable_without_a_ticket(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    position = journal.append(b"payload")
    until(lambda: journal.durable == position, "durable")
    journal.close()


def test_an_idle_journal_uses_no_processor(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    position = journal.append(b"payload")
    until(lambda: journal.durable == position and journal.free_bytes > 2 * SEGMENT, "settled")

    threads = [thread.native_id for thread in threading.enumerate() if thread.name.startswith("journal-")]
    assert len(threads) == 2

    def switches() -> int:
        return sum(
            int(line.split()[1])
            for thread in threads
            for line in Path(f"/proc/self/task/{thread}/status").read_text().splitlines()
            if line.startswith("voluntary_ctxt_switches")
        )

    time.sleep(0.05)
    before = switches()
    time.sleep(0.3)
    assert switches() - before <= 2
    journal.close()


def test_a_boot_is_later_than_every_boot_before(tmp_path: Path) -> None:
    first = open_journal(tmp_path, now_ms=lambda: 5_000)
    first.append(b"x")
    first.close()
    for segment in (tmp_path / "w0").glob("*.journal"):  # merged and deleted
        segment.unlink()
    second = open_journal(tmp_path, now_ms=lambda: 4_000)  # and the clock went back
    assert (first.boot, second.boot) == (5_000, 5_001)
    second.close()


def test_two_processes_never_write_one_journal(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    assert JournalReader(tmp_path / "w0").writer_alive()
    with pytest.raises(JournalInUseError):
        open_journal(tmp_path)
    journal.close()
    assert not JournalReader(tmp_path / "w0").writer_alive()


def test_an_opening_that_a_full_disk_ends_leaves_the_lock_free_for_the_next(tmp_path: Path) -> None:
    def full() -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="space"):
        open_journal(tmp_path, now_ms=full)
    assert not JournalReader(tmp_path / "w0").writer_alive()
    open_journal(tmp_path).close()


def test_an_orderly_end_leaves_no_unused_room(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    journal.append(b"x" * 100)
    journal.close()
    assert [path.stat().st_size for path in (tmp_path / "w0").glob("*.journal")] == [32 + 8 + 100]
    with pytest.raises(JournalUnavailable, match="closed"):
        journal.append(b"y")


def test_refuses_a_record_longer_than_a_segment_and_goes_on(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    with pytest.raises(JournalUnavailable, match="longer than"):
        journal.append(b"x" * SEGMENT)
    journal.append(b"y" * (SEGMENT - 40))
    assert not journal.impaired
    journal.close()


def test_the_limit_counts_what_the_ledger_has_not_merged(tmp_path: Path) -> None:
    journal = open_journal(tmp_path, limit_bytes=3 * SEGMENT + 32)

    def full() -> bool:
        try:
            journal.append(b"x" * 1000)
        except JournalUnavailable as fault:  # also for moments, while the next segment is being made
            return "limit" in fault.reason
        return False

    until(full, "the limit")
    assert journal.free_bytes == 0
    reader = JournalReader(tmp_path / "w0")
    while reader.read():
        pass
    reader.delete_before(reader.position)
    until(lambda: not journal.impaired, "room again")
    journal.append(b"y")
    journal.close()


FILL = """
import resource, sys, time
from pathlib import Path
from leadglass.store.journal import Journal, JournalUnavailable
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # EFBIG instead
directory = Path(sys.argv[1])
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
limit(2048)
journal = Journal(directory, "w0", segment_bytes=4096, reserve=1, retry=0.02)
assert journal.impaired == "file too large", journal.impaired
assert journal.free_bytes == 0
try:
    journal.append(b"x")
    raise SystemExit("appended without room")
except JournalUnavailable as fault:
    assert fault.reason == "file too large"
limit(hard)
end = time.monotonic() + 30
while journal.impaired:
    assert time.monotonic() < end
    time.sleep(0.01)
position = journal.append(b"x")
journal.ticket()
while journal.durable < position:
    assert time.monotonic() < end
    time.sleep(0.01)
# Full again in the middle: what fits is written, the rest is refused, nothing is lost.
limit(2048)
written = 1
try:
    while True:
        position = journal.append(b"%04d" % written)
        written += 1
except JournalUnavailable:
    pass
limit(hard)
while journal.impaired:
    assert time.monotonic() < end
    time.sleep(0.01)
assert journal.append(b"last") > position
journal.close()
assert journal.durable > position
print(written)
"""


def test_a_full_disk_refuses_appends_and_clears_by_itself(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path)], capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    payloads = read_all(tmp_path)
    assert payloads == [b"x", *(b"%04d" % i for i in range(1, int(done.stdout))), b"last"]


def test_a_failed_sync_is_never_called_durable(tmp_path: Path) -> None:
    failing = True
    calls: list[int] = []

    def fdatasync(descriptor: int) -> None:
        calls.append(os.fstat(descriptor).st_ino)
        if failing:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        os.fdatasync(descriptor)

    journal = open_journal(tmp_path, fdatasync=fdatasync)
    position = journal.append(b"one")
    journal.ticket()
    until(lambda: bool(journal.impaired), "impaired")
    assert journal.impaired == "input/output error"
    assert select.select([journal.fileno], [], [], DEADLINE)[0]
    with pytest.raises(JournalUnavailable):
        journal.append(b"two")
    until(lambda: len(calls) >= 3, "attempts on new segments")
    assert journal.durable < position
    failing = False
    until(lambda: not journal.impaired, "recovery")
    assert journal.durable == position  # written again, elsewhere, and synchronised there
    assert len(set(calls)) == len(calls), "no file is synchronised twice after a failure"
    after = journal.append(b"three")
    journal.ticket()
    until(lambda: journal.durable == after, "durable again")
    journal.close()
    assert read_all(tmp_path)[-2:] == [b"one", b"three"]


WRITER = """
import os, sys
from pathlib import Path
from leadglass.store.journal import Journal, JournalUnavailable
journal = Journal(Path(sys.argv[1]), "w0", segment_bytes=65536, reserve=2)
out = sys.stdout.buffer
number = 0
while True:
    try:
        journal.append(b"%d" % number + b"." * (number % 300))
    except JournalUnavailable:
        continue
    out.write(b"%d\\n" % number)
    out.flush()
    number += 1
"""


def test_kill_9_loses_no_append_that_returned(tmp_path: Path) -> None:
    for attempt in range(4):
        directory = tmp_path / str(attempt)
        with subprocess.Popen([sys.executable, "-c", WRITER, str(directory)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            told = 0
            for _ in range(1 + attempt * 531):
                told = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            for line in writer.stdout.read().split(b"\n")[:-1]:
                told = int(line)
        numbers = [int(payload.rstrip(b".")) for payload in read_all(directory)]
        # What was not durable when the reserve of segments ran out stands there twice; the ledger takes each once.
        once = list(dict.fromkeys(numbers))
        assert once == list(range(len(once)))
        assert once[-1] >= told


def test_a_torn_tail_ends_the_segment_and_no_other(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    for number in range(3):
        append_when_possible(journal, b"%d" % number * 1500)
    journal.close()
    first = min((tmp_path / "w0").glob("*.journal"))
    data = bytearray(first.read_bytes())
    data[32 + 8 + 1500 + 8] ^= 1
    first.write_bytes(data)
    assert read_all(tmp_path) == [b"0" * 1500, b"2" * 1500]


def test_every_flipped_bit_of_a_frame_is_seen(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    journal.append(b"whole")
    journal.append(b"flipped")
    journal.close()
    (path,) = (tmp_path / "w0").glob("*.journal")
    sound = path.read_bytes()
    for position in range(32 + 8 + 5, len(sound)):
        path.write_bytes(bytes([*sound[:position], sound[position] ^ 1, *sound[position + 1 :]]))
        assert read_all(tmp_path) == [b"whole"], position


def test_frames_of_another_segment_never_pass(tmp_path: Path) -> None:
    journal = open_journal(tmp_path, now_ms=lambda: 1000)
    journal.append(b"mine")
    journal.close()
    (path,) = (tmp_path / "w0").glob("*.journal")
    path.rename(path.with_name(path.name.replace("1000-", "2000-")))
    assert read_all(tmp_path) == []
