"""Children of the demonstration: they end with it, however it ends. Never restarts or judges one."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from leadglass.supervise.prctl import PR_SET_PDEATHSIG, prctl

END = 60.0  # seconds: the gateway drains, Orthanc writes its index


def start(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a child in a process group of its own, so that a terminal's Ctrl-C does not reach it.

    Args:
        command: program and arguments.
        log: takes what it says; begins anew.

    Raises:
        OSError: it cannot be started.
    """
    with log.open("wb") as words:
        return subprocess.Popen(  # noqa: S603 (our own commands)
            command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 (called while no other thread runs; the one way to set it)
        )


def stop(child: subprocess.Popen[bytes]) -> int:
    """Ask a child to end, wait, kill it when it does not; its exit status."""
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(signal.SIGTERM)
    try:
        return child.wait(END)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def last_words(log: Path, lines: int = 5) -> str:
    """The end of a log, in one line."""
    with contextlib.suppress(OSError):
        return " | ".join(log.read_text("utf-8", "replace").splitlines()[-lines:])
    return ""


def _end_with_parent() -> None:
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
