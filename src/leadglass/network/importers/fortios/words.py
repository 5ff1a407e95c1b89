"""Words of one FortiOS command: quotes, escapes. Never what they mean.

Fortinet, FortiOS CLI Reference, "Command syntax": words are apart by blanks; double or single quotes hold blanks
and line ends, a backslash takes the meaning from the next character.
"""

from __future__ import annotations

import re
from enum import StrEnum

MAX_WORDS = 20_000  # of one command: a group with more members than FortiOS allows

_PLAIN = re.compile(r"""\s*(?:(?:[^\s"'\\]++|"[^"'\\]*+")(?:\s++|$))*+""")
"""Almost every command: no escapes, no single quotes."""
_WORD = re.compile(r'"([^"]*)"|(\S+)')


class Fault(StrEnum):
    """Why a command is none."""

    OPEN = "a quotation mark is not closed"
    GLUED = "something stands directly before or after a quoted word"
    LONG = "more words than any command has"


def split(text: str) -> tuple[str, ...] | Fault:
    """The words of a command, or why it has none."""
    if '"' not in text and "'" not in text and "\\" not in text:
        words = text.split()
        return tuple(words) if len(words) <= MAX_WORDS else Fault.LONG
    if _PLAIN.fullmatch(text):
        return tuple(bare or quoted for quoted, bare in _WORD.findall(text))
    found: list[str] = []
    at, end = 0, len(text)
    while at < end:
        if text[at].isspace():
            at += 1
        elif text[at] in "\"'":
            closing, word = _quoted(text, at)
            if closing < 0:
                return Fault.OPEN
            at = closing + 1
            if at < end and not text[at].isspace():
                return Fault.GLUED
            found.append(word)
        else:
            start, parts = at, []
            while at < end and not text[at].isspace():
                if text[at] == '"' or (text[at] == "'" and at == start):
                    return Fault.GLUED
                if text[at] == "\\" and at + 1 < end:
                    at += 1
                parts.append(text[at])
                at += 1
            found.append("".join(parts))
        if len(found) > MAX_WORDS:
            return Fault.LONG
    return tuple(found)


def _quoted(text: str, at: int) -> tuple[int, str]:
    """Where the quotation that begins at ``at`` ends, -1 where it does not, and what it holds."""
    mark = text[at]
    parts: list[str] = []
    at += 1
    while True:
        closing = text.find(mark, at)
        escape = text.find("\\", at, closing if closing >= 0 else len(text))
        if closing < 0 and escape < 0:
            return -1, ""
        if escape < 0:
            parts.append(text[at:closing])
            return closing, "".join(parts)
        if escape + 1 >= len(text):
            return -1, ""
        parts += (text[at:escape], text[escape + 1])
        at = escape + 2
