"""Lines of fields between separators, as a frame of text. A line of another number of fields is left out, not bent."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

import polars as pl

from leadglass.network.flows.table import Skips

MAX_COLUMNS = 512
LINE = "line"


def frame(
    lines: Sequence[str], first: int, width: int, wanted: Mapping[str, int], separator: str, skips: Skips
) -> pl.DataFrame:
    """The wanted fields of each line, with its number.

    Args:
        lines: of text; empty ones and those that begin with "#" are no flows and not counted.
        first: number of the first.
        width: how many fields a line has.
        wanted: names, and at which field from 0.
        separator: one character.
        skips: told what was left out.
    """
    numbers = pl.int_range(first, first + len(lines), eager=True, dtype=pl.UInt64)
    data = pl.DataFrame({LINE: numbers, "text": pl.Series(lines, dtype=pl.String)})
    data = data.filter(~(pl.col("text").str.starts_with("#") | (pl.col("text") == "")))
    if separator != "\t":
        data = _unquoted(data, width, separator, skips)
        separator = "\t"
    parts = pl.col("text").str.splitn(separator, width + 1)
    data = data.with_columns(parts.alias("parts"))
    field = pl.col("parts").struct.field
    # The last field of all must be there, and none after it.
    right = field(f"field_{width - 1}").is_not_null() & field(f"field_{width}").is_null()
    wrong = data.filter(~right)
    if wrong.height:
        skips.add(f"not {width} fields", wrong[LINE][0], wrong.height)
        data = data.filter(right)
    return data.select(LINE, *(field(f"field_{index}").alias(name) for name, index in wanted.items()))


def _unquoted(data: pl.DataFrame, width: int, separator: str, skips: Skips) -> pl.DataFrame:
    """Fields between tabs, which none of them holds."""
    tabs = data.filter(pl.col("text").str.contains("\t", literal=True))
    if tabs.height:
        skips.add("a tab among other separators", tabs[LINE][0], tabs.height)
        data = data.filter(~pl.col("text").str.contains("\t", literal=True))
    quoted = pl.col("text").str.contains('"', literal=True)
    some = data.filter(quoted)
    data = data.with_columns(pl.col("text").str.replace_all(separator, "\t", literal=True))
    if not some.height:
        return data
    texts = [_fields(text, width, separator) for text in some["text"].to_list()]
    read = pl.DataFrame({LINE: some[LINE], "text": pl.Series(texts, dtype=pl.String)})
    wrong = read.filter(pl.col("text").is_null())
    if wrong.height:
        skips.add("quotes that do not close", wrong[LINE][0], wrong.height)
    return pl.concat([data.filter(~quoted), read.drop_nulls()]).sort(LINE)


def _fields(text: str, width: int, separator: str) -> str | None:
    try:
        found = next(csv.reader([text], delimiter=separator, strict=True))
    except (csv.Error, StopIteration):
        return None
    return "\t".join(found) if len(found) <= width + 1 else "\t" * width + "\t"
