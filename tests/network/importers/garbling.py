"""Texts with one line spoilt or missing, and what is claimed of them now and was not before. Knows no syntax."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.network.naive_asa import Packet

Ours = Callable[[str, list[Packet]], list[str]]


def garbled(line: str, number: int) -> str:
    """One of four ways to spoil a line, in turn: at the margin, in its place, after its first word, at its end."""
    indent = line[: len(line) - len(line.lstrip())]
    first = line.split(maxsplit=1)[0]
    return ["%%% garbled", f"{indent}%%% garbled", f"{indent}{first} %%% garbled", f"{line} %%% garbled"][number % 4]


def commands(lines: list[str]) -> Iterator[int]:
    """The lines that are no comments."""
    return (at for at, line in enumerate(lines) if line.strip() and not line.startswith(("!", ":")))


def changed(ours: Ours, configuration: str, packets: list[Packet], before: list[str]) -> Iterator[tuple[Packet, str]]:
    """Packets of which something else is claimed now than before, not only less."""
    for packet, was, found in zip(packets, before, ours(configuration, packets), strict=True):
        if found not in {was, "uncertain"}:
            yield packet, found
