"""Generator and answerer with nothing between them: what was sent was kept, what was told was answered."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from bench.accounting import Recorded, account, read_lines
from bench.processes import Process, run_json, stopped_at_exit
from bench.sides import answerer

SECONDS = 60.0


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    with stopped_at_exit() as running:
        yield running


def generate(tmp_path: Path, load: str, port: int, *arguments: str) -> Any:
    said = [load, "--port", str(port), *arguments]
    return run_json("bench.peers.generator", *said, seconds=SECONDS, log=tmp_path / "generator.log")


def test_every_instance_arrives_unchanged_over_several_associations(tmp_path: Path, processes: list[Process]) -> None:
    process, port = answerer(tmp_path, "a", "--archive", str(tmp_path / "kept"))
    processes.append(process)
    seen = generate(tmp_path, "store", port, "--count", "40", "--associations", "4", "--size", "70000", "--study", "5")
    kept = read_lines([tmp_path / "kept"])
    assert seen["statuses"] == {"0000H": 40}
    assert seen["latency_us"]["samples"] == 32
    assert seen["first_of_study_us"]["samples"] == 8
    assert len(kept) == 40


def test_what_a_mixed_load_was_told_agrees_with_what_the_archive_kept(tmp_path: Path, processes: list[Process]) -> None:
    rules = ["--archive", str(tmp_path / "kept"), "--warn", "5", "--fail", "7", "--mute", "31"]
    process, port = answerer(tmp_path, "a", *rules)
    processes.append(process)
    told_path = tmp_path / "told"
    seen = generate(tmp_path, "mixed", port, "--count", "32", "--concurrent", "32", "--told", str(told_path))
    told, kept = read_lines([told_path]), read_lines([tmp_path / "kept"])
    found = account(told, kept, Recorded())
    assert found.lost == ()
    assert found.changed == ()
    assert {uid for uid, said in told.items() if said.fate == "untold"} == set(found.unexplained)
    assert seen["fates"]["untold"] > 0
    assert seen["fates"]["cut"] == 4
    assert seen["fates"][str(0xB000)] > 0
    assert seen["fates"][str(0xA700)] > 0
    assert not any(said.fate == "cut" for uid, said in told.items() if uid in kept)


def test_a_side_that_resets_during_the_association_is_told_and_ends_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        threading.Thread(target=_reset_all, args=(listener,), daemon=True).start()
        port = str(listener.getsockname()[1])
        seen = generate(
            tmp_path, "mixed", int(port), "--count", "16", "--concurrent", "8", "--told", str(tmp_path / "told")
        )
    assert seen["fates"] == {"association lost": 16}


def _reset_all(listener: socket.socket) -> None:
    """Takes a request and resets the connection."""
    with suppress(OSError):
        while True:
            sock, _ = listener.accept()
            sock.recv(1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()


def test_echoes_are_all_answered_and_idle_associations_are_released(tmp_path: Path, processes: list[Process]) -> None:
    process, port = answerer(tmp_path, "a")
    processes.append(process)
    assert generate(tmp_path, "echo", port, "--count", "50")["association_us"]["samples"] == 50
    assert generate(tmp_path, "ping", port, "--count", "50")["echo_us"]["samples"] == 50
    assert generate(tmp_path, "idle", port, "--count", "10")["associations"] == 10
