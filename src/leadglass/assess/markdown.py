"""Text as Markdown (CommonMark with GitHub's tables) in which it is only text. Never lets text mark anything up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_MARKS = re.compile(r"([\\`*_\[\]|~$@^])")
_START = re.compile(r"^([#+\-=>:])")
_END = re.compile(r"( |^)(#+)$")  # would close a heading
_NUMBER = re.compile(r"^(\d+)([.)])")
_LINKS = re.compile(r"(?i)(www)(\.)|(mailto|xmpp)(:)|(:)(//)")


def text(plain: str) -> str:
    """One line of ``plain`` text, so written that a reader sees it as it is: no markup, no HTML, no link to a page.

    GitHub makes a link of a mail address even when it is escaped; nothing in Markdown keeps it from that.
    """
    inert = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    inert = _MARKS.sub(r"\\\1", " ".join(inert.split()))
    inert = _END.sub(r"\1\\\2", _LINKS.sub(_apart, inert))
    return _NUMBER.sub(r"\1\\\2", _START.sub(r"\\\1", inert))


def _apart(found: re.Match[str]) -> str:
    """What GitHub makes a link to a page of by itself, with an escape in it."""
    first, second = (part for part in found.groups() if part is not None)
    return f"{first}\\{second}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table of plain text, and the blank line after it; nothing where there is no row."""
    lines = [_row(row) for row in rows]
    return [_row(head), f"|{'---|' * len(head)}", *lines, ""] if lines else []


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(text(cell) or ' ' for cell in cells)} |"


def items(lines: Iterable[str]) -> list[str]:
    """A list of plain text, and the blank line after it; nothing where there is none."""
    found = [f"- {text(line)}" for line in lines]
    return [*found, ""] if found else []
