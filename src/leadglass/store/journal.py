"""A writer's journal: appends survive kill -9 at once, a power cut soon. Never waits for the disk in the caller.

Three threads meet here. The caller appends into the current preallocated segment (a write into the page cache). One
thread makes it durable: at once when a ticket waits, else within `sync_within`; idle, it sleeps. The other keeps the
reserve (`journal_reserve`). After a failed sync nothing the page cache says is believed: the payloads not yet durable
are still in memory, are written again into a new segment, and count as durable when that one was synchronised.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable
from pathlib import Path

from leadglass.store.journal_format import FRAME_BYTES, HEADER_BYTES, MAX_PAYLOAD, parse_name
from leadglass.store.journal_lock import WriterLock
from leadglass.store.journal_reserve import Reserve
from leadglass.store.journal_segment import Segment

SEGMENT_BYTES = 8 * 1024 * 1024
LIMIT_BYTES = 1024 * 1024 * 1024


class JournalUnavailable(Exception):  # noqa: N818 - a state to be handled by the flow's declared behaviour, not a fault
    """The record could not be written; ``reason`` says why, in words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Journal:
    """Appends payloads for one writer.

    Attributes:
        boot: UTC milliseconds of this start, above every earlier boot of the writer.
        durable: position known to be on disk.
        fileno: eventfd, readable when a ticket's position became durable or `impaired` changed.
        impaired: why nothing can be written now, in words; empty when it can.
    """

    def __init__(
        self,
        directory: Path,
        writer: str,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        reserve: int = 4,
        limit_bytes: int = LIMIT_BYTES,
        sync_within: float = 0.040,
        retry: float = 1.0,
        now_ms: Callable[[], int] = _now_ms,
        fdatasync: Callable[[int], None] = os.fdatasync,
    ) -> None:
        """Open ``directory/writer`` and start the threads; a full disk makes the journal impaired, not an error.

        Args:
            directory: ``<data>/journal``.
            writer: name of the process, "w0".
            segment_bytes: of each preallocated file.
            reserve: segments kept ready beyond the current one.
            limit_bytes: that all files of this writer may take.
            sync_within: seconds after an append at which its fdatasync begins without a ticket.
            retry: seconds between attempts while the disk fails.
            now_ms: UTC milliseconds.
            fdatasync: replaced in tests of failing disks.

        Raises:
            JournalInUseError: another process writes this journal.
            OSError: the directory cannot be made or locked.
        """
        own = directory / writer
        own.mkdir(parents=True, exist_ok=True, mode=0o750)
        self._file_lock = WriterLock(own)
        try:
            earlier = [parsed for parsed in (parse_name(path.name) for path in own.iterdir()) if parsed]
            last = max((boot for boot, _ in earlier), default=0)
            self.boot = max(now_ms(), self._file_lock.last_boot() + 1, last + 1)
            self._file_lock.remember(self.boot, own)
        except OSError:  # a full disk: the next try must find the lock free
            self._file_lock.close()
            raise
        self.durable = 0
        self.impaired = ""
        self.fileno = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.size_bytes = (reserve + 1) * segment_bytes
        self._sync_within = sync_within
        self._retry = retry
        self._fdatasync = fdatasync
        self._largest = min(MAX_PAYLOAD, segment_bytes - HEADER_BYTES - FRAME_BYTES)
        self._lock = threading.Lock()  # guards everything below; never held while the disk is waited for
        self._position = 0
        self._wanted = 0
        self._unsynced: list[bytes] = []  # payloads not yet durable, bounded by the segments there are
        self._filled: list[Segment] = []  # left behind by appends, not yet synchronised
        self._idle = False
        self._closing = False
        self._next_try = 0.0
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._reserve = Reserve(
            own, self.boot, size=segment_bytes, count=reserve, limit=limit_bytes, retry=retry, made=self._wake_up
        )
        self._segment = self._reserve.take()
        if self._segment is None:
            self.impaired = self._reserve.shortage
        self._thread = threading.Thread(target=self._run, name="journal-sync", daemon=True)
        self._thread.start()

    def append(self, payload: bytes) -> int:
        """Write ``payload`` (it survives the death of this process from now on) and return the position behind it.

        Raises:
            JournalUnavailable: it was not written.
        """
        with self._lock:
            segment = self._segment
            if segment is None:
                raise JournalUnavailable(self.impaired or "the journal is closed")
            if not segment.fits(len(payload)):
                segment = self._roll(segment, len(payload))
            try:
                self._position += segment.append(payload)
            except OSError as fault:
                self._filled.append(segment)
                self._impair((fault.strerror or str(fault)).lower())
                raise JournalUnavailable(self.impaired) from fault
            self._unsynced.append(payload)
            if self._idle:
                self._idle = False
                os.eventfd_write(self._wake, 1)
            return self._position

    def _roll(self, segment: Segment, length: int) -> Segment:
        if length > self._largest:
            raise JournalUnavailable(f"a record of {length} bytes is longer than {self._largest}")
        self._filled.append(segment)
        self._segment = fresh = self._reserve.take()
        if fresh is None:
            self._impair(self._reserve.shortage or "the reserve of journal segments is used up")
            raise JournalUnavailable(self.impaired)
        return fresh

    def _impair(self, reason: str) -> None:
        self._segment = None
        self.impaired = reason
        self._wake_up()
        os.eventfd_write(self.fileno, 1)

    def ticket(self) -> int:
        """Ask for fdatasync of everything appended so far; returns the position that `durable` must reach."""
        position = self._position
        if position > self.durable:
            self._wanted = position
            os.eventfd_write(self._wake, 1)
            if position > self.durable:
                return position
        os.eventfd_write(self.fileno, 1)
        return position

    def acknowledge(self) -> None:
        """Drain `fileno`."""
        try:
            os.eventfd_read(self.fileno)
        except BlockingIOError:
            return

    @property
    def free_bytes(self) -> int:
        """Room that needs no new disk space."""
        segment = self._segment
        return 0 if segment is None else segment.size - segment.offset + self._reserve.free_bytes

    def close(self) -> None:
        """Make everything durable, give back unused room, release the writer's lock. Appends raise afterwards."""
        if self._closing:
            return
        self._closing = True
        self._wake_up()
        self._thread.join()
        self._reserve.close()
        with self._lock:
            last, self._segment = self._segment, None
        if last is not None:
            if last.offset == HEADER_BYTES:
                last.remove()
            else:
                last.trim()
                last.close()
        self._file_lock.close()
        os.close(self._wake)
        os.close(self.fileno)

    # The thread.

    def _wake_up(self) -> None:
        os.eventfd_write(self._wake, 1)

    def _run(self) -> None:
        poller = select.poll()
        poller.register(self._wake, select.POLLIN)
        while not self._closing:
            self._idle = True  # before looking: an append after the look wakes us
            if not self._can_sync() and not self._can_recover():
                poller.poll(self._retry * 1000 if self._segment is None else None)
            self._idle = False
            self._drain()
            if self._can_sync():
                if self._wanted <= self.durable and not self._closing:
                    poller.poll(self._sync_within * 1000)
                    self._drain()
                self._sync()
            if self._can_recover():
                self._recover()
        if self._can_sync():
            self._sync()

    def _drain(self) -> None:
        try:
            os.eventfd_read(self._wake)
        except BlockingIOError:
            return

    def _can_sync(self) -> bool:
        return self._position > self.durable and bool(self._segment or self._filled)

    def _can_recover(self) -> bool:
        return self._segment is None and not self._closing and time.monotonic() >= self._next_try

    def _sync(self) -> None:
        with self._lock:
            before, target, count = self.durable, self._position, len(self._unsynced)
            filled = list(self._filled)
            segments = filled if self._segment is None else [*filled, self._segment]
        try:
            for segment in segments:
                segment.sync(self._fdatasync)
        except OSError as fault:
            with self._lock:
                broken, self._filled = self._filled, []
                if self._segment is not None:
                    broken.append(self._segment)
                self._impair((fault.strerror or str(fault)).lower())
            for segment in broken:
                segment.close()  # readers may find whole frames in it; this process believes none of them
            return
        with self._lock:
            self.durable = target
            del self._unsynced[:count]
            del self._filled[: len(filled)]
        for segment in filled:
            segment.close()
        if self._wanted > before:
            os.eventfd_write(self.fileno, 1)

    def _recover(self) -> None:
        """Write again what is not durable, into fresh segments; appends go on behind it. Nobody appends meanwhile."""
        self._next_try = time.monotonic() + self._retry
        fresh: list[Segment] = []
        try:
            for payload in [*self._unsynced, b""]:
                if not fresh or not fresh[-1].fits(len(payload)):
                    segment = self._reserve.take()
                    if segment is None:
                        raise OSError(self._reserve.shortage or self.impaired)
                    fresh.append(segment)
                if payload:
                    fresh[-1].append(payload)
            for segment in fresh:
                segment.sync(self._fdatasync)
        except OSError as fault:
            for segment in fresh:
                segment.close()
            self.impaired = (fault.strerror or str(fault)).lower()
            return
        with self._lock:
            self._unsynced.clear()
            self.durable = self._position
            self._segment = fresh.pop()
            self.impaired = ""
        for segment in fresh:
            segment.close()
        os.eventfd_write(self.fileno, 1)
