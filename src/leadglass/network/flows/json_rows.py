"""Lines of JSON objects as a frame of text, by the names that are wanted. Flat objects alone; never nested ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import polars as pl

from leadglass.network.flows.delimited import LINE
from leadglass.network.flows.pieces import MAX_LINE, Piece
from leadglass.network.flows.table import Skips

_Value = str | int | float | None
Record = Any  # an instance of a Struct that is made for the names at hand


def frame(
    lines: Sequence[str], numbers: Sequence[int], wanted: Mapping[str, Sequence[str]], skips: Skips
) -> pl.DataFrame:
    """The wanted values of each object as text; null where it has none.

    Args:
        lines: an object each; empty ones and those that begin with "#" are no flows and not counted.
        numbers: of the lines.
        wanted: by column, the names that mean it; the first that an object has counts.
        skips: told what was left out.
    """
    text = "\n".join(lines)
    present = tuple(name for names in wanted.values() for name in names if f'"{name}"' in text)
    decoder = _decoder(present)
    rows: list[Record] = []
    where: list[int] = []
    for line, number in zip(lines, numbers, strict=True):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            rows.append(decoder.decode(line))
            where.append(number)
        except (msgspec.DecodeError, RecursionError):
            skips.add("no JSON object of numbers and text", number)
    columns: dict[str, Any] = {LINE: pl.Series(where, dtype=pl.UInt64)}
    for column, names in wanted.items():
        parts = [_column(rows, f"f{present.index(name)}") for name in names if name in present]
        columns[column] = (
            pl.select(pl.coalesce(parts)).to_series() if parts else pl.Series([None] * len(rows), dtype=pl.String)
        )
    return pl.DataFrame(columns)


def _column(rows: Sequence[Record], attribute: str) -> pl.Series:
    values: Iterable[_Value] = (getattr(row, attribute) for row in rows)
    return pl.Series(
        [value if value is None or type(value) is str else str(value) for value in values], dtype=pl.String
    )


@lru_cache(maxsize=64)
def _decoder(names: tuple[str, ...]) -> msgspec.json.Decoder[Record]:
    """Reads these names and passes over all others."""
    spec = [(f"f{index}", _Value, msgspec.field(name=name, default=None)) for index, name in enumerate(names)]
    return msgspec.json.Decoder(msgspec.defstruct("Row", spec, gc=False))


def objects(pieces: Iterable[Piece], skips: Skips) -> Iterator[tuple[list[str], list[int]]]:
    """Objects, one a line, with the number of the line each begins on: of JSON lines, or of one printed array.

    In an array each object begins on a line of its own and its closing brace ends one (nfdump -o json, and what
    programs print with an indent).
    """
    held: list[str] = []
    size = begun = 0
    for piece in pieces:
        found: list[str] = []
        numbers: list[int] = []
        for number, line in enumerate(piece.lines, piece.line):
            if not held and line.startswith("{") and line.endswith("}"):
                found.append(line)
                numbers.append(number)
                continue
            part = line.strip()
            if not held:
                part = part.lstrip("[,").lstrip()
                begun = number
            if not part or (not held and part in {"]", "],"}):
                continue
            held.append(part)
            size += len(part)
            ended = part.rstrip("],").rstrip()
            if ended.endswith("}") or size > MAX_LINE:
                found.append(" ".join([*held[:-1], ended]))
                numbers.append(begun)
                held, size = [], 0
        yield found, numbers
    if held:
        skips.add("an object that does not end: cut off", begun)
