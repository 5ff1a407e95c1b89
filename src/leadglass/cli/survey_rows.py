"""Rows as CSV that no spreadsheet calculates with. Knows no table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_ACTIVE = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet evaluate a cell."""


def as_csv(header: Sequence[str], rows: Iterable[Sequence[str | int | float]]) -> str:
    """A table as in RFC 4180, without its last line end; what a spreadsheet would evaluate gets an apostrophe."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([[_inert(value) for value in row] for row in rows])
    return target.getvalue().removesuffix("\r\n")


def _inert(value: str | float) -> str | float:
    return f"'{value}" if isinstance(value, str) and value.startswith(_ACTIVE) else value
