"""One child: started, watched, started again after a growing pause. Never decides when to stop."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass

import msgspec

from leadglass.model.status import ChildStatus

FIRST_PAUSE, LONGEST_PAUSE, LONGEST_WORKER_PAUSE = 0.1, 5.0, 1.0  # seconds before a restart
STEADY = 10.0  # seconds of life after which the pause begins small again
MAX_REPORT = 65_536  # bytes of a child's report on its confinement


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What to run.

    Attributes:
        name: "w0", "ledger"; unique.
        kind: "relay", "registrar", "ledger", "console": decides the order at the end.
        command: program and arguments.
        descriptors: passed on under the same numbers.
    """

    name: str
    kind: str
    command: tuple[str, ...]
    descriptors: tuple[int, ...] = ()


class Child:
    """A running or ended child."""

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self.restarts = 0
        self.last_exit = ""
        self.confinement: tuple[str, ...] = ()
        self.restart_at = 0.0  # monotonic; when it is to be started again
        self.pidfd = -1
        self.report = -1  # read end of the pipe on which it tells its confinement; -1 once read
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0
        self._started_monotonic = 0.0
        self._pause = FIRST_PAUSE
        self._reported = b""

    @property
    def running(self) -> bool:
        """Whether it has been started and not been reaped."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """Its process id, 0 when it does not run."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it.

        Raises:
            OSError: it cannot be started.
        """
        self.report, theirs = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        os.set_blocking(theirs, True)
        environment = {key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"}
        environment |= {"LEADGLASS_SUPERVISOR": str(os.getpid()), "LEADGLASS_REPORT": str(theirs)}
        self._reported = b""
        try:
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and modules)
                self.spec.command,
                stdin=subprocess.DEVNULL,
                pass_fds=(*self.spec.descriptors, theirs),
                env=environment,
                process_group=0,  # a terminal's Ctrl-C reaches the supervisor alone, which drains
            )
            self.pidfd = os.pidfd_open(self._process.pid)
        except OSError:
            os.close(self.report)
            self.report = -1
            raise
        finally:
            os.close(theirs)
        self._started = time.time_ns()
        self._started_monotonic = time.monotonic()

    def read_report(self) -> bool:
        """Take in what it says of its confinement; True when it has said all."""
        try:
            data = os.read(self.report, MAX_REPORT)
        except BlockingIOError:
            return False
        self._reported = (self._reported + data)[:MAX_REPORT]
        if data:
            return False
        os.close(self.report)
        self.report = -1
        with contextlib.suppress(msgspec.MsgspecError):  # ended before it was confined: its exit tells
            self.confinement = msgspec.json.decode(self._reported, type=tuple[str, ...])
        return True

    def reap(self) -> bool:
        """Take in its end, if it has ended; True then, and `restart_at` says when to start it again."""
        if self._process is None or self._process.poll() is None:
            return False
        code = self._process.returncode
        self.last_exit = f"exit {code}" if code >= 0 else f"signal {-code}"
        if self.report >= 0:
            os.close(self.report)
            self.report = -1
        os.close(self.pidfd)
        self.pidfd = -1
        self._process = None
        now = time.monotonic()
        if now - self._started_monotonic >= STEADY:
            self._pause = FIRST_PAUSE
        self.restart_at = now + self._pause
        longest = LONGEST_WORKER_PAUSE if self.spec.kind == "relay" else LONGEST_PAUSE
        self._pause = min(self._pause * 2, longest)
        return True

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it runs."""
        if self.pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, number)

    def status(self) -> ChildStatus:
        """As told to the registrar."""
        return ChildStatus(
            self.spec.name, self.pid, self.running, self.restarts, self._started, self.last_exit, self.confinement
        )
