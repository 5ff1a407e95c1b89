"""Keeps preallocated journal segments ahead of the writer, in a thread of its own. Never touches one that was taken."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from leadglass.store.journal_segment import Segment


class Reserve:
    """Segments ready to be written, made one after the other.

    Attributes:
        shortage: why the last attempt to make one failed; empty after a success.
    """

    def __init__(
        self, directory: Path, boot: int, *, size: int, count: int, limit: int, retry: float, made: Callable[[], None]
    ) -> None:
        """Make the first segment at once if there is room, the others in the thread.

        Args:
            directory: of the writer.
            boot: of the writer.
            size: bytes of a segment.
            count: segments to keep ready.
            limit: bytes that all files of the directory may take.
            retry: seconds between attempts after a failure.
            made: called from the thread after each new segment.
        """
        self._directory = directory
        self._boot = boot
        self._size = size
        self._count = count
        self._limit = limit
        self._retry = retry
        self._made = made
        self._sequence = 0
        self._ready: deque[Segment] = deque()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self.shortage = ""
        self._make()
        self._thread = threading.Thread(target=self._run, name="journal-reserve", daemon=True)
        self._thread.start()

    @property
    def free_bytes(self) -> int:
        """Room in the segments that are ready."""
        return len(self._ready) * self._size

    def take(self) -> Segment | None:
        """The next segment, None when none is ready. Never waits."""
        try:
            return self._ready.popleft()
        except IndexError:
            return None
        finally:
            self._wake.set()

    def _make(self) -> bool:
        try:
            if self._taken() + self._size > self._limit:
                self.shortage = f"the journal has its limit of {self._limit} bytes; the ledger does not merge it"
                return False
            self._sequence += 1  # also after a failure: a name that might be half on disk is not used twice
            self._ready.append(Segment(self._directory, self._boot, self._sequence, self._size))
        except OSError as fault:
            self.shortage = (fault.strerror or str(fault)).lower()
            return False
        self.shortage = ""
        return True

    def _taken(self) -> int:
        total = 0
        for entry in os.scandir(self._directory):
            with suppress(FileNotFoundError):  # the ledger has just deleted it
                total += entry.stat().st_size
        return total

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            if len(self._ready) >= self._count:
                self._wake.wait()
            elif self._make():
                self._made()
            else:
                self._stop.wait(self._retry)  # the whole time: take() must not turn a full disk into a busy loop

    def close(self) -> None:
        """Stop, and delete what was not used."""
        self._stop.set()
        self._wake.set()
        self._thread.join()
        while self._ready:
            self._ready.popleft().remove()
