from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.ledger.small_ledger import bodies_of, events, merge, record, recorder, transfer

from leadglass.errors import IntegrityError
from leadglass.ledger.service import serve
from leadglass.ledger.verify import verify
from leadglass.model.event import ApplicationStarted, ApplicationStopped
from leadglass.registrar.messages import Frame, Ledger
from leadglass.store.leaves import Leaf, LedgerReader
from leadglass.store.note import read_verifier

DEADLINE = 30.0


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.01)


def status(data: Path) -> dict[str, Any]:
    path = data / "ledger" / "status.json"
    return json.loads(path.read_bytes()) if path.exists() else {}


@contextmanager
def running(data: Path, **settings: Any) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=serve, args=(data,), kwargs={"stop": stop, **settings})
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(DEADLINE)
        assert not thread.is_alive()


def test_what_is_recorded_becomes_signed_while_it_runs(tmp_path: Path) -> None:
    with running(tmp_path), recorder(tmp_path, segment_bytes=65536) as out:
        for body in transfer(30):
            out.record(body, "PACS")
        until(lambda: status(tmp_path).get("size") == 63, "all leaves signed")
        until(lambda: status(tmp_path).get("lag") == 0, "no lag")
        seen = status(tmp_path)["checkpoint_time"]
        until(lambda: status(tmp_path)["checkpoint_time"] > seen, "a quiet ledger is not late")
    assert isinstance(bodies_of(tmp_path, "ledger")[0], ApplicationStarted)
    assert isinstance(events(tmp_path)[-1].body, ApplicationStopped)
    assert status(tmp_path)["error"] == ""


def test_readers_and_verification_work_beside_the_running_ledger(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    tailed: list[Leaf] = []
    reader = LedgerReader(ledger)
    with running(tmp_path, commit_seconds=0.0), recorder(tmp_path, segment_bytes=65536) as out:
        until(lambda: bool(reader.logs()), "a first checkpoint")
        (log,) = reader.logs()
        for _ in range(60):
            for body in transfer(20):
                out.record(body, "PACS")
            tailed += list(reader.read(log, len(tailed), 10_000))
            verify(ledger, read_verifier(ledger / "key.pub"))
    tailed += list(reader.read(log, len(tailed), 10_000))
    assert [leaf.position for leaf in tailed] == list(range(60 * 42 + 2))
    assert tailed == list(LedgerReader(ledger).read(log, 0, 10_000))


def test_the_registrar_hears_it_and_may_come_late(tmp_path: Path) -> None:
    path = tmp_path / "registrar.sock"
    with running(tmp_path / "data", registrar_socket=path):
        until(lambda: bool(status(tmp_path / "data")), "a first report, into the void")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(path))
            listener.listen()
            listener.settimeout(DEADLINE)
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as stream:
                for _ in range(2):
                    length = int.from_bytes(stream.read(4), "big")
                    frame = msgspec.msgpack.decode(stream.read(length), type=Frame)
                    assert isinstance(frame, Ledger)
                    assert frame.status.size == 1
                    assert len(frame.status.root) == 64


def test_a_full_disk_is_told_and_survived(tmp_path: Path) -> None:
    full = threading.Event()
    full.set()

    def at(point: str) -> None:
        if point == "tiles" and full.is_set():
            raise OSError(28, os.strerror(28))

    record(tmp_path, transfer(4))
    with running(tmp_path, at=at):
        until(lambda: status(tmp_path).get("error") == "no space left on device", "the reason")
        full.clear()
        until(lambda: status(tmp_path).get("error") == "" and status(tmp_path).get("lag") == 0, "recovery")
    assert [event.id.counter for event in events(tmp_path) if event.id.writer == "w0"] == list(range(1, 11))


def test_a_contradiction_ends_it_and_is_told(tmp_path: Path) -> None:
    record(tmp_path, transfer(1))
    merge(tmp_path)
    (tmp_path / "ledger" / "state").unlink()
    with pytest.raises(IntegrityError):
        serve(tmp_path, stop=threading.Event())
    assert "state is missing" in status(tmp_path)["error"]


CONFIGURATION = """
[site]
name = "Test"
timezone = "Europe/Amsterdam"
data = "{data}"
[[listener]]
address = "127.0.0.1"
port = 11112
[[archive]]
id = "pacs"
host = "127.0.0.1"
port = 4242
title = "ORTHANC"
[[route]]
called = "PACS"
archive = "pacs"
mode = "observe"
"""


def test_the_process_ends_in_order_at_sigterm(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (tmp_path / "leadglass.toml").write_text(CONFIGURATION.format(data=data))
    record(data, transfer(2))
    command = [sys.executable, "-m", "leadglass.ledger", "--config", str(tmp_path / "leadglass.toml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        until(lambda: status(data).get("size", 0) > 0 or process.poll() is not None, "running")
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) == 0
    assert isinstance(events(data)[-1].body, ApplicationStopped)
