"""The bytes of a journal segment: header, frames, names, positions. Never opens a file.

Header, 32 bytes: magic, boot, sequence, CRC-32 of these. Then frames: u32 length, u32 CRC-32, payload (little-endian).
The CRC starts from the header's and covers length and payload, so a frame of another segment never passes. A zero
length ends it.
"""

from __future__ import annotations

import re
import struct
from binascii import crc32

import msgspec

MAGIC = b"LGJOURN1"
HEADER_BYTES = 32
FRAME_BYTES = 8
MAX_PAYLOAD = 4 * 1024 * 1024
_FIELDS = struct.Struct("<8sQQ4x")
_LENGTH = struct.Struct("<I")
FRAME = struct.Struct("<II")
_NAME = re.compile(r"(\d{14})-(\d{8})\.journal")


class Position(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A place in a writer's journal: boot, segment and offset of the next frame."""

    boot: int = 0
    sequence: int = 0
    offset: int = HEADER_BYTES


def segment_name(boot: int, sequence: int) -> str:
    """File name; names sort as their segments do."""
    return f"{boot:014d}-{sequence:08d}.journal"


def parse_name(name: str) -> tuple[int, int] | None:
    """(boot, sequence), or None for another file."""
    match = _NAME.fullmatch(name)
    return (int(match[1]), int(match[2])) if match else None


def seed(boot: int, sequence: int) -> int:
    """Where the CRC of this segment's frames starts: the CRC of its header's fields."""
    return crc32(_FIELDS.pack(MAGIC, boot, sequence))


def header(boot: int, sequence: int) -> bytes:
    """A segment's first 32 bytes."""
    return _FIELDS.pack(MAGIC, boot, sequence) + _LENGTH.pack(seed(boot, sequence))


def frame(payload: bytes, start: int) -> bytes:
    """Length, CRC and payload; ``start`` is the segment's `seed`."""
    length = len(payload)
    return FRAME.pack(length, crc32(payload, crc32(_LENGTH.pack(length), start))) + payload


def frames(data: bytes | memoryview, start: int, limit: int) -> tuple[list[bytes], int]:
    """Payloads of the whole, sound frames at the start of ``data``, at most ``limit``, and the bytes they take."""
    payloads: list[bytes] = []
    offset, total = 0, len(data)
    unpack, length_bytes = FRAME.unpack_from, FRAME_BYTES
    view = memoryview(data)
    while offset + length_bytes <= total and len(payloads) < limit:
        length, check = unpack(data, offset)
        body = offset + length_bytes
        end = body + length
        if length == 0 or end > total:
            break
        payload = bytes(view[body:end])
        if crc32(payload, crc32(view[offset : offset + 4], start)) != check:
            break
        payloads.append(payload)
        offset = end
    return payloads, offset
