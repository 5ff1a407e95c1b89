"""Lines of a Cisco configuration as blocks: a command and what is indented below it. Never what a command means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

MAX_LINE = 4_096  # characters of one command; a longer line is no command of a device
COMMENT = ("!", ":")


class Line(NamedTuple):
    """One command.

    Attributes:
        number: 1 is the first line of the file.
        text: without the white space around it.
        indent: how many characters of white space stand before it.
    """

    number: int
    text: str
    indent: int

    @property
    def words(self) -> list[str]:
        """Its words; none of a line that is too long to be a command."""
        return self.text.split() if len(self.text) <= MAX_LINE else []


@dataclass(frozen=True, slots=True)
class Block:
    """A command and the lines indented below it, with any deeper ones in order."""

    head: Line
    body: tuple[Line, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """All of them."""
        return (self.head, *self.body)


def lines(text: str) -> Iterator[Line]:
    """The commands; comments and empty lines are skipped."""
    for number, raw in enumerate(text.split("\n"), 1):
        stripped = raw.strip()
        if stripped and not stripped.startswith(COMMENT):
            yield Line(number, stripped, len(raw) - len(raw.lstrip()))


def blocks(commands: Iterator[Line]) -> Iterator[Block]:
    """Commands in blocks; an indented line with nothing above it is a block of its own."""
    head: Line | None = None
    body: list[Line] = []
    for line in commands:
        if head is not None and line.indent > head.indent:
            body.append(line)
            continue
        if head is not None:
            yield Block(head, tuple(body))
        head, body = line, []
    if head is not None:
        yield Block(head, tuple(body))


def sections(body: tuple[Line, ...]) -> Iterator[Block]:
    """The blocks within a body: each line with what is indented deeper below it."""
    return blocks(iter(body))
