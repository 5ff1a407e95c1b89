"""Which pieces a set of addresses touches at all, and which it holds whole. Never more than two searches a span."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadglass.network.intervals import Intervals, Span

Flags = NDArray[np.bool_]


class Covered(NamedTuple):
    """By piece: whether the set has an address of it, and whether all."""

    touched: Flags
    held: Flags


class Coverage:
    """Looks sets up among the spans of all pieces, and remembers each."""

    def __init__(self, pieces: Sequence[Intervals]) -> None:
        """Sorts the spans of disjoint pieces."""
        spans = sorted((span, number) for number, piece in enumerate(pieces) for span in piece.spans)
        self._first = [span[0] for span, _ in spans]
        self._last = [span[1] for span, _ in spans]
        self._owner = np.array([number for _, number in spans], np.intp)
        self._sizes = np.array([len(piece.spans) for piece in pieces], np.intp)
        self._known: dict[Intervals, Covered] = {}

    def of(self, addresses: Intervals) -> Covered:
        """What ``addresses`` cover of each piece."""
        found = self._known.get(addresses)
        if found is None:
            found = self._known[addresses] = self._look(addresses.spans)
        return found

    def _look(self, spans: tuple[Span, ...]) -> Covered:
        touched = np.zeros(len(self._sizes), np.bool_)
        whole = np.zeros(len(self._sizes), np.intp)  # spans of the piece that are held
        for first, last in spans:
            begin, end = bisect_left(self._last, first), bisect_right(self._first, last)
            touched[self._owner[begin:end]] = True
            # Only the outermost can be cut; spans of a set never touch, so that none is held by two together.
            begin += begin < end and self._first[begin] < first
            end -= begin < end and self._last[end - 1] > last
            np.add.at(whole, self._owner[begin:end], 1)
        return Covered(touched, whole == self._sizes)
