"""Specific Character Set (PS3.3 C.12.1.1.2, PS3.5 6.1): text from bytes, by tables. Never raises or drops."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

ESCAPE = b"\x1b"

Decode = Callable[[bytes], str]


def _codec(name: str) -> Decode:
    return lambda data: data.decode(name, "backslashreplace")


# JIS X 0201: katakana in A1 to DF; no Python codec has it alone.
_KATAKANA = {byte: chr(0xFF61 + byte - 0xA1) if 0xA1 <= byte <= 0xDF else f"\\x{byte:02x}" for byte in range(128, 256)}


def _katakana(data: bytes) -> str:
    return data.decode("latin-1").translate(_KATAKANA)


def _two_bytes(lead: bytes) -> Decode:
    """94×94 sets in G0, read through EUC-JP, which holds them in G1 (JIS X 0212 behind a single shift)."""

    def decode(data: bytes) -> str:
        high = bytes(byte | 0x80 for byte in data)
        if lead:
            high = b"".join(lead + high[at : at + 2] for at in range(0, len(high), 2))
        return high.decode("euc_jp", "backslashreplace")

    return decode


_ASCII = _codec("ascii")

# Terms that stand alone and cannot be extended.
_WHOLE: dict[str, Decode] = {"ISO_IR 192": _codec("utf-8"), "GB18030": _codec("gb18030"), "GBK": _codec("gbk")}

# What "ISO_IR n" and "ISO 2022 IR n" put into G1 at the start, and the escape that puts it there later.
_RIGHT: dict[str, tuple[Decode, bytes]] = {
    "100": (_codec("latin-1"), b"-A"),
    "101": (_codec("iso8859-2"), b"-B"),
    "109": (_codec("iso8859-3"), b"-C"),
    "110": (_codec("iso8859-4"), b"-D"),
    "126": (_codec("iso8859-7"), b"-F"),
    "127": (_codec("iso8859-6"), b"-G"),
    "138": (_codec("iso8859-8"), b"-H"),
    "144": (_codec("iso8859-5"), b"-L"),
    "148": (_codec("iso8859-9"), b"-M"),
    "166": (_codec("tis-620"), b"-T"),
    "203": (_codec("iso8859-15"), b"-b"),
    "13": (_katakana, b")I"),
    "149": (_codec("euc-kr"), b"$)C"),
    "58": (_codec("gb2312"), b"$)A"),
}

# Escapes into G0: ASCII, JIS X 0201 romaji (shown as ASCII), JIS X 0208, JIS X 0212.
_LEFT: dict[bytes, Decode] = {b"(B": _ASCII, b"(J": _ASCII, b"$B": _two_bytes(b""), b"$(D": _two_bytes(b"\x8f")}

_WITHOUT_RIGHT = frozenset(("6", "87", "159"))  # terms that leave G1 empty

_ESCAPES = {escape: decode for decode, escape in _RIGHT.values()}
_TERM = re.compile(r"ISO[_ -]?(?:2022[_ -])?IR[_ -]?(\d+)")
_RUNS = re.compile(rb"[\x80-\xff]+|[\x00-\x7f]+")
_SEPARATORS = re.compile(rb"[\t\n\f\r\\^=]")  # PS3.5 6.1.2.5.3: here the first set is back


class Text(NamedTuple):
    r"""A decoded value; ``whole`` is False when bytes could not be decoded and are shown as ``\xNN``."""

    text: str
    whole: bool


class CharacterSet:
    """The sets named by (0008,0005).

    Args:
        value: the element as sent, several values divided by backslashes; empty when absent.

    Attributes:
        known: False when a term is unknown or misspelt; ASCII then stands in for an unknown one.
    """

    def __init__(self, value: bytes = b"") -> None:
        first, *others = (term.strip(b"\0 ").decode("latin-1") for term in value.split(b"\\"))
        self.known = True
        self._whole = _WHOLE.get(first)
        self._right: Decode = _ASCII
        if self._whole is None and first:
            self._right = self._extension(first)
        for term in others:
            self._extension(term)

    def _extension(self, term: str) -> Decode:
        match = _TERM.fullmatch(term)
        number = match[1] if match else ""
        if number not in _RIGHT and number not in _WITHOUT_RIGHT:
            self.known = False
            return _ASCII
        if term not in (f"ISO_IR {number}", f"ISO 2022 IR {number}"):
            self.known = False
        return _RIGHT[number][0] if number in _RIGHT else _ASCII

    def decode(self, value: bytes) -> Text:
        """The text of a value without its padding."""
        if value.isascii() and ESCAPE not in value:
            return Text(value.decode("ascii"), True)
        if self._whole:
            text = self._whole(value)
        elif ESCAPE in value:
            text = self._decode_extended(value)
        else:
            text = self._decode_run(value, _ASCII, self._right)
        return Text(text, not _SHOWN.search(text))

    def _decode_extended(self, value: bytes) -> str:
        """ISO 2022 (PS3.5 6.1.2.5): each escape moves one set into the left or the right half."""
        first, *pieces = value.split(ESCAPE)
        left, right = _ASCII, self._right
        text = [self._decode_run(first, left, right)]
        for piece in pieces:
            escape = next((known for known in _BY_LENGTH if piece.startswith(known)), b"")
            if escape in _LEFT:
                left = _LEFT[escape]
            elif escape:
                right = _ESCAPES[escape]
            else:
                text.append("\\x1b")
            rest = piece[len(escape) :]
            separator = _SEPARATORS.search(rest) if left is _ASCII else None  # else they are halves of characters
            if separator:
                text.append(self._decode_run(rest[: separator.start()], left, right))
                left, right = _ASCII, self._right
                rest = rest[separator.start() :]
            text.append(self._decode_run(rest, left, right))
        return "".join(text)

    @staticmethod
    def _decode_run(data: bytes, left: Decode, right: Decode) -> str:
        return "".join(right(run) if run[0] & 0x80 else left(run) for run in _RUNS.findall(data))


_BY_LENGTH = sorted((*_LEFT, *_ESCAPES), key=len, reverse=True)
_SHOWN = re.compile(  # how a byte that could not be decoded stands in the text
    r"\\x(?:1b|[89a-f][0-9a-f])"
)
