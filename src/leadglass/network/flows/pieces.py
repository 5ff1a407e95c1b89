"""A stream of bytes as pieces of whole lines, each with the number of its first line. Bounded; never knows a format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from leadglass.network.importers.fault import ConfigurationUnreadable

PIECE = 8 << 20  # bytes that are looked at together, at most one line more
MAX_LINE = 1 << 16  # bytes
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip"}
_LINE_TOO_LONG = "one flow stands on one line; is this the export?"


class Piece(NamedTuple):
    """Lines.

    Attributes:
        line: number of the first; 1 is the first of the stream.
        lines: without their ends.
        whole: the last line has an end.
    """

    line: int
    lines: list[str]
    whole: bool


def pieces(chunks: Iterable[bytes], file: str) -> Iterator[Piece]:
    """The stream in pieces; what is no UTF-8 stands as U+FFFD.

    Args:
        chunks: of any size, in order.
        file: its name, for faults.

    Raises:
        ConfigurationUnreadable: it is packed, binary, or has a line longer than `MAX_LINE`; while it is read.
    """
    line = 1
    for data in _cut(chunks, file):
        if line == 1:
            data = data.removeprefix(b"\xef\xbb\xbf")  # noqa: PLW2901 (a byte order mark is no part of it)
            _plain(data, file)
        binary = data.find(b"\0")
        if binary >= 0:
            at = line + data.count(b"\n", 0, binary)
            raise ConfigurationUnreadable("binary data, not an export in text", _AS_TEXT, file, at)
        whole = data.endswith(b"\n")
        lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
        if whole:
            lines.pop()
        for index, one in enumerate(lines if max(map(len, lines), default=0) > MAX_LINE else ()):
            if len(one) > MAX_LINE:
                raise ConfigurationUnreadable(f"a line of {len(one):,} characters", _LINE_TOO_LONG, file, line + index)
        yield Piece(line, lines, whole)
        line += len(lines)


_AS_TEXT = "export it as text: nfdump -o csv, rwcut, or the sensor's own log"


def _plain(data: bytes, file: str) -> None:
    for magic, name in _PACKED.items():
        if data.startswith(magic):
            raise ConfigurationUnreadable(f"packed with {name}", "unpack it first", file, 1)


def _cut(chunks: Iterable[bytes], file: str) -> Iterator[bytes]:
    """Bytes in parts that end with a line, but the last."""
    held = bytearray()
    for chunk in chunks:
        for start in range(0, len(chunk), PIECE):
            held += chunk[start : start + PIECE]
            if len(held) < PIECE:
                continue
            end = held.rfind(b"\n") + 1
            if not end:
                raise ConfigurationUnreadable(f"a line of more than {PIECE:,} bytes", _LINE_TOO_LONG, file)
            yield bytes(held[:end])
            del held[:end]
    if held:
        yield bytes(held)
