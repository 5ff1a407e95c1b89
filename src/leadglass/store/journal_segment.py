"""One preallocated journal segment: made, written in place, synchronised. Never grows, never retries a failed sync."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from leadglass.store.durable import fsync_directory
from leadglass.store.journal_format import HEADER_BYTES, frame, header, seed, segment_name

_ZEROS = bytes(1024 * 1024)


class Segment:
    """A file with room for frames.

    Attributes:
        offset: where the next frame goes.
        size: bytes of the file.
    """

    __slots__ = ("_descriptor", "_seed", "offset", "path", "size")

    def __init__(self, directory: Path, boot: int, sequence: int, size: int) -> None:
        """Make it: allocated, zeroed, its header and name durable.

        Blocks are written, not only reserved: fdatasync of a frame then has no extent to convert and no file system
        journal to wait for.

        Raises:
            OSError: no room, or a failed device; nothing is left behind where that can be helped.
        """
        self.path = directory / segment_name(boot, sequence)
        self.size = size
        self.offset = HEADER_BYTES
        self._seed = seed(boot, sequence)
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        try:
            os.posix_fallocate(self._descriptor, 0, size)
            offset = 0
            while offset < size:
                offset += os.pwrite(self._descriptor, _ZEROS[: size - offset], offset)
            os.pwrite(self._descriptor, header(boot, sequence), 0)
            os.fsync(self._descriptor)
            fsync_directory(directory)
        except OSError:
            self.remove()
            raise

    def fits(self, length: int) -> bool:
        """Whether a payload of ``length`` bytes still fits."""
        return self.offset + 8 + length <= self.size

    def append(self, payload: bytes) -> int:
        """Write a frame that fits and return its bytes.

        Raises:
            OSError: it was not written whole; the segment must not be used any more.
        """
        data = frame(payload, self._seed)
        length = len(data)
        if os.pwrite(self._descriptor, data, self.offset) != length:
            raise OSError("short write")
        self.offset += length
        return length

    def sync(self, fdatasync: Callable[[int], None]) -> None:
        """Make all frames durable.

        Raises:
            OSError: some may be lost, whatever a second call would say.
        """
        fdatasync(self._descriptor)

    def trim(self) -> None:
        """Give back the room behind the last frame, at an orderly end."""
        os.ftruncate(self._descriptor, self.offset)
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file; it stays."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def remove(self) -> None:
        """Close and delete the file."""
        self.close()
        self.path.unlink(missing_ok=True)
