"""The ledger's loop: poll journals, commit, report. Never busy when nothing happens; a full disk does not end it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from leadglass.errors import IntegrityError
from leadglass.ledger.committer import Committer
from leadglass.ledger.report import Reporter
from leadglass.model.status import LedgerStatus

BUSY_SECONDS = 0.02
IDLE_SECONDS = 0.2
COMMIT_SECONDS = 1.0  # a leaf waits at most so long for its commit, whose dozen of fsyncs all leaves share
BATCH_LEAVES = 20_000
RETRY_SECONDS = 1.0
_REPORT_SECONDS = 1.0


def serve(
    data: Path,
    *,
    stop: threading.Event,
    registrar_socket: Path | None = None,
    name: str = "leadglass",
    commit_seconds: float = COMMIT_SECONDS,
    now_ns: Callable[[], int] = time.time_ns,
    at: Callable[[str], None] = lambda _: None,
) -> None:
    """Run until ``stop`` is set, then commit what the journals hold.

    Args:
        data: the data directory.
        stop: ends the loop.
        registrar_socket: ``run/registrar.sock``; None reports to the status file alone.
        name: of the signing key, if it is made now.
        commit_seconds: how long a leaf may wait for its commit.
        now_ns: UTC ns.
        at: called with the name of each commit point passed.

    Raises:
        IntegrityError: the ledger contradicts itself; nothing was signed.
    """
    (data / "ledger").mkdir(parents=True, exist_ok=True, mode=0o750)
    loop = _Loop(Reporter(data / "ledger" / "status.json", registrar_socket), now_ns, stop, commit_seconds)
    try:
        while True:
            try:
                committer = Committer(data, name=name, now_ns=now_ns, at=at)
                try:
                    loop.run(committer)
                finally:
                    committer.close()
                return
            except IntegrityError as fault:
                loop.tell(error=str(fault))
                raise
            except OSError as fault:  # a full or failing disk: the journals keep everything until it works again
                loop.tell(error=(fault.strerror or str(fault)).lower())
                if stop.wait(RETRY_SECONDS):
                    return
    finally:
        loop.reporter.close()


class _Loop:
    """What outlives one opening of the ledger: the status."""

    def __init__(
        self, reporter: Reporter, now_ns: Callable[[], int], stop: threading.Event, commit_seconds: float
    ) -> None:
        self.reporter = reporter
        self._now = now_ns
        self._stop = stop
        self._commit_seconds = commit_seconds
        self._reported = float("-inf")
        self._status = LedgerStatus(0, 0, "", 0, 0)

    def run(self, committer: Committer) -> None:
        delay = BUSY_SECONDS
        first = time.monotonic()  # when the oldest leaf not committed was appended
        while not self._stop.is_set():
            if not committer.pending:
                first = time.monotonic()
            count = committer.poll()
            if committer.pending >= BATCH_LEAVES or (
                committer.pending and time.monotonic() - first >= self._commit_seconds
            ):
                committer.commit()
            self._tell_in_time(committer)
            if count >= BATCH_LEAVES // 10:
                continue  # behind: no sleep
            delay = BUSY_SECONDS if count else min(delay * 2, IDLE_SECONDS)
            self._stop.wait(
                min(delay, self._commit_seconds - (time.monotonic() - first)) if committer.pending else delay
            )
        while committer.poll(look=True):
            if committer.pending >= BATCH_LEAVES:
                committer.commit()
        committer.stop()
        self._tell_in_time(committer, now=True)

    def _tell_in_time(self, committer: Committer, now: bool = False) -> None:
        if now or time.monotonic() - self._reported >= _REPORT_SECONDS:
            lag = committer.lag()
            # A checkpoint that covers everything is as good as new: on a quiet night nothing is late.
            covers = not committer.pending and not lag
            time_ns = self._now()
            self.tell(
                size=committer.size,
                root=committer.root.hex(),
                checkpoint_time=time_ns if covers else self._status.checkpoint_time,
                lag=lag,
                error="",
            )

    def tell(self, **changes: object) -> None:
        """Report the last status with ``changes``."""
        self._reported = time.monotonic()
        self._status = msgspec.structs.replace(self._status, time=self._now(), **changes)
        self.reporter.report(self._status)
