"""Flows as one table, whichever tool wrote them: who spoke to whom, when, how much, answered or not. Never zones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from leadglass.network.flows.spans import Spans

MAX_FLOWS = 10_000_000  # lines of one import: each takes some 200 bytes while it is worked on

SCHEMA = {
    "line": pl.UInt64,
    "source": pl.UInt32,
    "destination": pl.UInt32,
    "protocol": pl.UInt8,
    "source_port": pl.UInt16,
    "destination_port": pl.UInt16,
    "first": pl.Float64,
    "last": pl.Float64,
    "bytes": pl.Int64,
    "flows": pl.Int64,
    "answered": pl.Boolean,
    "sure": pl.Boolean,
}
"""Columns: the line it stands on; who began it and who was reached (indexes into `Flows.addresses`); ports as in
`headers.Box`; UTC seconds; bytes of both directions; how many flows the row stands for; whether a reply was seen;
whether the handshake shows who began it."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Lines that are no flow.

    Attributes:
        reason: in words.
        line: the first of them. lines: how many.
    """

    reason: str
    line: int
    lines: int


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """All flows of one import.

    Attributes:
        file: its name, as it was handed in. kind: of `flows.SOURCES`.
        addresses: places (`network.address`) that the table's indexes mean.
        table: by `SCHEMA`.
        read: lines that were looked at. skipped: those among them that are no flow.
        spans: when anything was seen at all.
        sampled: True where the data says that only some packets were looked at, False where it says all were or the
            tool looks at all; None where nobody knows.
        lossy: share of the flows of which the sensor says that it missed a part.
        assumptions: what was taken for granted, in words.
    """

    file: str
    kind: str
    addresses: tuple[int, ...]
    table: pl.DataFrame
    read: int
    skipped: tuple[Skipped, ...] = ()
    spans: Spans = ()
    sampled: bool | None = None
    lossy: float = 0.0
    assumptions: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What was read, as it is printed."""
        left = sum(one.lines for one in self.skipped)
        why = "; ".join(f"{one.lines:,} lines: {one.reason} (first: line {one.line})" for one in self.skipped)
        return f"{self.table.height:,} flows in {self.read:,} lines" + (f"; {left:,} skipped: {why}" if left else "")


class Skips:
    """Counts skipped lines by reason."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, int]] = {}

    def add(self, reason: str, line: int, lines: int = 1) -> None:
        """Some more."""
        first, count = self._found.get(reason, (line, 0))
        self._found[reason] = min(first, line), count + lines

    @property
    def found(self) -> tuple[Skipped, ...]:
        """All, by their first line."""
        return tuple(sorted((Skipped(why, *value) for why, value in self._found.items()), key=lambda one: one.line))


def together(tables: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """One table of several; empty where there is none."""
    return pl.concat([pl.DataFrame(schema=SCHEMA), *tables])
