"""Processes are ended whatever happens, and counted with their children."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from bench.machine import directory, file_system
from bench.processes import BenchError, Process, cpu_seconds, private_bytes, run_json, stopped_at_exit, tree

BURN = "import time\nend=time.process_time()+0.3\nwhile time.process_time()<end: pass\n"
PARENT = (
    f"import subprocess,sys\nc=subprocess.Popen([sys.executable,'-c',{(BURN + 'print(1,flush=True);input()')!r}],"
    "stdout=subprocess.PIPE,stdin=subprocess.PIPE)\nc.stdout.readline()\nprint(c.pid,flush=True)\ninput()\n"
)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_failing_block_leaves_neither_the_child_nor_its_own_child(tmp_path: Path) -> None:
    pids: list[int] = []

    def fail() -> None:
        with stopped_at_exit() as running:
            running.append(Process("parent", [sys.executable, "-c", PARENT], tmp_path / "log"))
            pids.extend((running[0].pid, running[0].line()))
            assert all(map(alive, pids))
            raise BenchError("something went wrong")

    with pytest.raises(BenchError, match="went wrong"):
        fail()
    end = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.01)
    assert not any(map(alive, pids))


def test_cpu_and_memory_are_those_of_the_whole_tree_or_of_the_wanted_part(tmp_path: Path) -> None:
    with stopped_at_exit() as running:
        parent = Process("parent", [sys.executable, "-c", PARENT], tmp_path / "log")
        running.append(parent)
        child = parent.line()
        assert set(tree(parent.pid)) == {parent.pid, child}
        assert cpu_seconds(parent.pid) >= 0.29
        assert cpu_seconds(parent.pid, lambda command: "subprocess" in command) < 0.29
        assert private_bytes(parent.pid) > private_bytes(child) > 0


def test_a_load_that_fails_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(BenchError) as fault:
        run_json("bench.peers.generator", "echo", "--port", "1", "--count", "1", seconds=30, log=tmp_path / "log")
    assert "Error" in fault.value.hint


def test_refuses_a_directory_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Path("/dev/shm")  # Debian mounts a tmpfs there
    assert file_system(memory) == "tmpfs"
    place = memory / f"leadglass-bench-{os.getpid()}"
    monkeypatch.setenv("BENCH_DIR", str(place))
    try:
        with pytest.raises(BenchError, match="in memory"):
            directory()
    finally:
        place.rmdir()
