"""One writer a directory: a lock that ends with its process and remembers the last boot. Never waits."""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path

from leadglass.errors import LeadglassError
from leadglass.store.durable import fsync_directory

_NAME = "lock"
_FLOCK = struct.Struct("hhqqi4x")  # struct flock, 64-bit Linux: type, whence, start, length, pid


class JournalInUseError(LeadglassError):
    """Another process writes this journal."""


class WriterLock:
    """An open-file-description lock; its file holds the last boot, so boots rise even when all segments are gone."""

    def __init__(self, directory: Path) -> None:
        """Take the lock.

        Raises:
            JournalInUseError: somebody else holds it.
            OSError: the file cannot be made.
        """
        self._descriptor = os.open(directory / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        except OSError as fault:
            os.close(self._descriptor)
            raise JournalInUseError(
                f"another process writes the journal in {directory}", "stop it, or give this process another name"
            ) from fault

    def last_boot(self) -> int:
        """Boot of the last writer, 0 when unknown."""
        text = os.pread(self._descriptor, 32, 0)
        return int(text) if text.strip().isdigit() else 0

    def remember(self, boot: int, directory: Path) -> None:
        """Write the boot down, durably.

        Raises:
            OSError: it could not be written.
        """
        os.pwrite(self._descriptor, b"%-32d" % boot, 0)
        os.fsync(self._descriptor)
        fsync_directory(directory)

    def close(self) -> None:
        """Release the lock."""
        os.close(self._descriptor)


def writer_alive(directory: Path) -> bool:
    """Whether a process holds the writer's lock. Looks without taking it, so a starting writer is never in its way."""
    try:
        descriptor = os.open(directory / _NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        answer = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    finally:
        os.close(descriptor)
    return bool(_FLOCK.unpack(answer)[0] != fcntl.F_UNLCK)
