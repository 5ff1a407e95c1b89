"""Reads a vector file: headers, a blank line, then bytes as hexadecimal or quoted ASCII. Never judges them."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path

_TOKEN = re.compile(r'\s*(?:"([^"]*)"|([0-9a-fA-F]{2})|(#.*))')
_REPEAT = re.compile(r"\s*(\d+) \* ")


@dataclass(frozen=True, slots=True)
class Vector:
    """A hostile or ordinary input, and what is to be made of it.

    Attributes:
        name: of the file, without its ending.
        headers: by name.
        data: the bytes.
    """

    name: str
    headers: dict[str, str]
    data: bytes


def read_vector(path: Path) -> Vector:
    """Read one file.

    Raises:
        ValueError: a line is neither header nor bytes.
    """
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    headers = {name: value.strip() for name, _, value in (line.partition(":") for line in head.splitlines())}
    data = b"".join(_line(line) for line in body.splitlines())
    if headers.get("deflate"):
        deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        data = deflater.compress(data) + deflater.flush()
    return Vector(path.stem, headers, data)


def _line(line: str) -> bytes:
    repeat = _REPEAT.match(line)
    at = repeat.end() if repeat else 0
    data = bytearray()
    while line[at:].strip():
        token = _TOKEN.match(line, at)
        if token is None:
            raise ValueError(f"neither bytes nor a comment: {line[at:]}")
        text, number, _ = token.groups()
        if text is not None:
            data += text.encode("ascii")
        elif number is not None:
            data.append(int(number, 16))
        at = token.end()
    return bytes(data) * (int(repeat[1]) if repeat else 1)
