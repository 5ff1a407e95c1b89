"""Processes under measurement: started, counted in CPU and memory, always ended. Never left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from leadglass.errors import LeadglassError

_TICKS = os.sysconf("SC_CLK_TCK")
_STOP_SECONDS = 10.0
MAX_DOCUMENT = 1_000  # lines
Wanted = Callable[[str], bool]


class BenchError(LeadglassError):
    """A bench cannot go on."""


class Process:
    """A child in its own session; the kernel ends it when the bench dies (prctl PR_SET_PDEATHSIG)."""

    def __init__(self, name: str, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as errors:
            self.popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=os.environ | (env or {}),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self.popen.pid

    def line(self) -> Any:
        """The next line of standard output, as JSON.

        Raises:
            BenchError: the process ended instead.
        """
        assert self.popen.stdout is not None
        text = self.popen.stdout.readline()
        if not text:
            self.popen.wait(_STOP_SECONDS)
            raise BenchError(f"{self.name} ended with {self.popen.returncode}", f"see {self.log}: {self.tail()}")
        return json.loads(text)

    def tail(self) -> str:
        """The last line it said on standard error."""
        lines = self.log.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def document(self) -> Any:
        """The next JSON document of standard output, over as many lines as it has; `MAX_DOCUMENT` lines at most.

        Raises:
            BenchError: the process ended instead, or says something else.
        """
        assert self.popen.stdout is not None
        lines: list[bytes] = []
        while len(lines) < MAX_DOCUMENT:
            text = self.popen.stdout.readline()
            if not text:
                self.popen.wait(_STOP_SECONDS)
                raise BenchError(f"{self.name} ended with {self.popen.returncode}", f"see {self.log}: {self.tail()}")
            lines.append(text)
            with contextlib.suppress(ValueError):
                return json.loads(b"".join(lines))
        raise BenchError(f"{self.name} says no JSON", f"see {self.log}")

    def wait_listening(self, port: int, seconds: float = 30.0) -> None:
        """Waits until somebody listens at ``port`` on loopback.

        Raises:
            BenchError: the process ended, or time is over.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.popen.poll() is not None:
                raise BenchError(f"{self.name} ended with {self.popen.returncode}", f"see {self.log}: {self.tail()}")
            if listening(port):
                return
            time.sleep(0.02)
        raise BenchError(f"{self.name} does not listen at port {port} after {seconds:g} s", f"see {self.log}")

    def end_input(self) -> None:
        """Closes its standard input."""
        assert self.popen.stdin is not None
        self.popen.stdin.close()

    def stop(self) -> None:
        """SIGTERM, then SIGKILL to the whole session after ten seconds."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(_STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(_STOP_SECONDS)
        for stream in (self.popen.stdin, self.popen.stdout):
            if stream is not None:
                stream.close()


def listening(port: int) -> bool:
    """Whether a TCP socket listens at ``port`` (read from /proc: a connection of ours would be on record)."""
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[1].endswith(wanted):
                return True
    return False


def free_port() -> int:
    """A TCP port nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def run_json(module: str, *arguments: str, seconds: float, log: Path) -> Any:
    """Runs ``python -m module`` to its end and returns its last line as JSON.

    Raises:
        BenchError: it failed, or took longer than ``seconds``.
    """
    process = Process(module, [sys.executable, "-m", module, *arguments], log)
    try:
        out, _ = process.popen.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as late:
        raise BenchError(f"{module} {' '.join(arguments)} took longer than {seconds:g} s", f"see {log}") from late
    finally:
        process.stop()
    if process.popen.returncode:
        raise BenchError(f"{module} {' '.join(arguments)} failed", f"see {log}: {process.tail()}")
    return json.loads(out.splitlines()[-1])


def tree(root: int) -> dict[int, str]:
    """``root`` and its descendants with their command lines."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                fields = _stat(int(entry.name))
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: dict[int, str] = {}
    pending = [root]
    while pending:
        pid = pending.pop()
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        pending += parents.get(pid, [])
    return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on (the state): 1 is ppid, 11 to 14 utime, stime, cutime, cstime."""
    return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()


def cpu_seconds(root: int, wanted: Wanted = lambda _: True) -> float:
    """User and system time of ``root`` and its descendants whose command is ``wanted``, ended children included."""
    ticks = 0
    for pid, command in tree(root).items():
        if wanted(command):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                ticks += sum(map(int, _stat(pid)[11:15]))
    return ticks / _TICKS


def settled_cpu_seconds(root: int, wanted: Wanted = lambda _: True, quiet: float = 0.3, most: float = 5.0) -> float:
    """`cpu_seconds` once it grows by no more than 0.02 s in ``quiet`` seconds: work put off belongs to its cause."""
    end = time.monotonic() + most
    before = cpu_seconds(root, wanted)
    while time.monotonic() < end:
        time.sleep(quiet)
        now = cpu_seconds(root, wanted)
        if now - before <= 0.02:
            return now
        before = now
    return before


def private_bytes(root: int, wanted: Wanted = lambda _: True) -> int:
    """User-space memory that belongs to these processes alone (USS, from smaps_rollup)."""
    total = 0
    for pid, command in tree(root).items():
        if wanted(command):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
                    if line.startswith(("Private_Clean:", "Private_Dirty:")):
                        total += int(line.split()[1]) * 1024
    return total


def resident_bytes(root: int, wanted: Wanted = lambda _: True) -> int:
    """Resident memory (RSS) of these processes, shared pages counted in each."""
    total = 0
    for pid, command in tree(root).items():
        if wanted(command):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                total += int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGESIZE")
    return total


def exit_at_sigterm() -> None:
    """Makes SIGTERM end this process in order, so that its children are stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@contextlib.contextmanager
def stopped_at_exit() -> Iterator[list[Process]]:
    """A list whose processes are all stopped, last first, when the block ends in any way."""
    processes: list[Process] = []
    try:
        yield processes
    finally:
        while processes:
            processes.pop().stop()
