"""Paging keys: two integers of the last row, as opaque text. Never trusts what comes back from a browser."""

from __future__ import annotations

from leadglass.store.projection.interface import MAX_PAGE, PagingKeyError

_MAX_DIGITS = 20


def write(first: int, second: int) -> str:
    """The key of the rows that follow (first, second)."""
    return f"{first}.{second}"


def read(key: str) -> tuple[int, int]:
    """The two integers of ``key``.

    Raises:
        PagingKeyError: `write` did not make it.
    """
    first, dot, second = key.partition(".")
    if not (dot and all(p.isascii() and p.isdigit() and len(p) < _MAX_DIGITS for p in (first, second))):
        raise PagingKeyError("this page's key is not one of ours", "begin the list again from its first page")
    values = int(first), int(second)
    if max(values) >= 1 << 63:
        raise PagingKeyError("this page's key is not one of ours", "begin the list again from its first page")
    return values


def bounded(limit: int) -> int:
    """``limit`` held within 1 and `MAX_PAGE`."""
    return max(1, min(limit, MAX_PAGE))
