"""Frames on a byte stream: a 4-byte big-endian length, then that many bytes. Never looks inside a frame."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_LENGTH = struct.Struct(">I")


class FrameError(Exception):
    """The other side announced a frame that is too long, or ended inside one."""


def pack_frame(payload: bytes, limit: int) -> bytes:
    """``payload`` with its length before it.

    Raises:
        FrameError: longer than ``limit``.
    """
    if len(payload) > limit:
        raise FrameError(f"a frame of {len(payload)} bytes is longer than {limit}")
    return _LENGTH.pack(len(payload)) + payload


class FrameBuffer:
    """Gathers received bytes and gives whole frames.

    Holds at most one unfinished frame, of at most ``limit`` bytes, and what was fed beyond it.

    Args:
        limit: longest payload taken, in bytes; checked as soon as the length is known.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._data = bytearray()

    def feed(self, data: bytes | memoryview) -> None:
        """Take in bytes as received."""
        self._data += data

    def frames(self) -> Iterator[bytes]:
        """The payloads that are whole, in order.

        Raises:
            FrameError: a frame longer than the limit is announced.
        """
        start = 0
        try:
            while len(self._data) - start >= _LENGTH.size:
                (length,) = _LENGTH.unpack_from(self._data, start)
                if length > self._limit:
                    raise FrameError(f"a frame of {length} bytes is announced, at most {self._limit} are taken")
                end = start + _LENGTH.size + length
                if len(self._data) < end:
                    return
                payload = bytes(memoryview(self._data)[start + _LENGTH.size : end])
                start = end
                yield payload
        finally:
            del self._data[:start]

    @property
    def pending(self) -> int:
        """Bytes of a frame that is not whole yet."""
        return len(self._data)
