"""Cuts a span of time into days, hours and minutes, whose sums the projection keeps. Never reads a clock."""

from __future__ import annotations

SPANS = (60, 3_600, 86_400)  # seconds of a bucket, each a multiple of the one before
_SECOND = 1_000_000_000


def pieces(since: int, until: int) -> list[tuple[int, int, int]]:
    """(span, first bucket, bucket after the last) that together cover [since, until) in whole minutes.

    Args:
        since: UTC ns, rounded down to a minute.
        until: UTC ns, exclusive, rounded up to a minute.
    """
    found: list[tuple[int, int, int]] = []
    low, high = since // (SPANS[0] * _SECOND), -(-until // (SPANS[0] * _SECOND))
    for span, larger in zip(SPANS, (*SPANS[1:], 0), strict=True):
        if low >= high:
            break
        if not larger:
            found.append((span, low, high))
            break
        ratio = larger // span
        inner_low, inner_high = -(-low // ratio), high // ratio
        if inner_low >= inner_high:  # no whole larger bucket inside
            found.append((span, low, high))
            break
        if low < inner_low * ratio:
            found.append((span, low, inner_low * ratio))
        if inner_high * ratio < high:
            found.append((span, inner_high * ratio, high))
        low, high = inner_low, inner_high
    return found
