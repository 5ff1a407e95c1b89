"""Bodies beside the tree: random and event bytes of each leaf, in segments that can be pruned. Never interprets them.

``bodies/<N>`` holds leaves N × 4096 onward, each as u32 length, 16 random bytes, event bytes (the length counts both).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from leadglass.errors import IntegrityError
from leadglass.model.event import EventId
from leadglass.store.durable import fsync_directory

SEGMENT_LEAVES = 4096
SALT_BYTES = 16
MAX_BODY = 16 * 1024 * 1024  # bytes of one event, far above what a writer may append
_LENGTH = struct.Struct(">I")


class LeafRecord(msgspec.Struct, frozen=True, array_like=True):
    """What the tree holds of an event: enough to see gaps and to check a body, nothing about a patient."""

    id: EventId
    digest: bytes  # SHA-256(salt ‖ event bytes)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(LeafRecord)


def encode_record(record: LeafRecord) -> bytes:
    """The record's bytes, which the leaf hash covers."""
    return _encoder.encode(record)


def decode_record(data: bytes) -> LeafRecord:
    """The record in ``data``.

    Raises:
        msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError: not a record.
    """
    return _decoder.decode(data)


def salted_digest(salted: bytes) -> bytes:
    """SHA-256 over random bytes and event bytes."""
    return sha256(salted).digest()


class Body(NamedTuple):
    """One body as stored; ``offset`` and ``end`` are its place in the segment."""

    offset: int
    end: int
    salted: bytes

    @property
    def event(self) -> bytes:
        """The event's bytes, verbatim."""
        return self.salted[SALT_BYTES:]


def segment_path(log: Path, segment: int) -> Path:
    """File of the bodies of leaves ``segment`` × 4096 onward."""
    return log / "bodies" / f"{segment:08d}"


def parse(data: bytes, first: int, count: int, offset: int = 0) -> Iterator[Body]:
    """``count`` bodies after skipping ``first`` from ``offset`` on.

    Raises:
        IntegrityError: the segment ends before them, or a length is impossible.
    """
    total = len(data)
    for index in range(first + count):
        start = offset + 4
        if start > total:
            raise IntegrityError("a bodies segment is shorter than its leaves")
        end = start + _LENGTH.unpack_from(data, offset)[0]
        if end > total or end - start < SALT_BYTES:
            raise IntegrityError("a bodies segment has an impossible length")
        if index >= first:
            yield Body(offset, end, data[start:end])
        offset = end


class BodyWriter:
    """Appends bodies behind a committed position.

    Attributes:
        offset: bytes in the segment of the next leaf, including what is not flushed.
    """

    def __init__(self, log: Path, size: int, offset: int) -> None:
        """Truncate to ``size`` leaves, ``offset`` bytes into their last segment, as the state says.

        Raises:
            IntegrityError: fewer bytes are there.
        """
        self._log = log
        self._size = size
        self._pending: list[bytes] = []
        self._descriptor = -1
        self._unsynced_directory = False
        self.offset = offset
        (log / "bodies").mkdir(parents=True, exist_ok=True, mode=0o750)
        segment = size // SEGMENT_LEAVES
        for later in sorted((log / "bodies").iterdir()):
            if later.name > f"{segment:08d}":
                later.unlink()
        if offset or segment_path(log, segment).exists():
            self._open()
            present = os.fstat(self._descriptor).st_size
            if present < offset:
                self.close()
                raise IntegrityError(
                    f"{segment_path(log, segment)} has lost {offset - present} bytes",
                    "restore the ledger from its backup",
                )
            os.ftruncate(self._descriptor, offset)
            os.lseek(self._descriptor, offset, os.SEEK_SET)

    def _open(self) -> None:
        path = segment_path(self._log, self._size // SEGMENT_LEAVES)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._unsynced_directory = True

    def append(self, salted: bytes) -> None:
        """Add the body of the next leaf."""
        if self._descriptor < 0:
            self._open()
        self._pending.append(_LENGTH.pack(len(salted)))
        self._pending.append(salted)
        self.offset += 4 + len(salted)
        self._size += 1
        if self._size % SEGMENT_LEAVES == 0:
            self.flush()
            self.close()
            self.offset = 0

    def flush(self) -> None:
        """Make every body appended durable."""
        if self._pending:
            data = memoryview(b"".join(self._pending))
            self._pending.clear()
            while data:
                data = data[os.write(self._descriptor, data) :]
            os.fdatasync(self._descriptor)
        if self._unsynced_directory:
            fsync_directory(self._log / "bodies")
            self._unsynced_directory = False

    def close(self) -> None:
        """Close the segment; what was not flushed is dropped."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
