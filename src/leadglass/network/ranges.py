"""Finds, among many sets of integers or boxes, those that may meet a given one. Never misses one; may name too many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from leadglass.network.headers import Box, Headers
from leadglass.network.intervals import Intervals

_FIELDS = (0, 1, 2, 4)  # of a box; source ports tell little apart


class Ranges:
    """The outer ends of boxes' fields, as numbers that NumPy compares.

    An IPv6 address is rounded to what a float holds: two that meet still do, as rounding keeps the order.
    """

    def __init__(self, sets: Sequence[Headers]) -> None:
        """Takes sets of boxes; a set is known by its place."""
        rows = [(place, box) for place, boxes in enumerate(sets) for box in boxes]
        self._place = np.array([place for place, _ in rows], np.intp)
        self._ends = [
            (
                np.array([float(box[field].spans[0][0]) for _, box in rows]),
                np.array([float(box[field].spans[-1][1]) for _, box in rows]),
            )
            for field in _FIELDS
        ]

    def meeting(self, boxes: Iterable[Box]) -> NDArray[np.intp]:
        """Places of the sets that may hold a header of one of the boxes, rising."""
        met = np.zeros(len(self._place), np.bool_)
        for box in boxes:
            near = np.ones(len(met), np.bool_)
            for field, (first, last) in zip(_FIELDS, self._ends, strict=True):
                spans = box[field].spans
                near &= first <= float(spans[-1][1])
                near &= last >= float(spans[0][0])
            met |= near
        return np.unique(self._place[met])


class Spans:
    """Sets of integers by their spans."""

    def __init__(self, sets: Sequence[Intervals]) -> None:
        """Takes sets; each is known by its place."""
        rows = [(place, span) for place, each in enumerate(sets) for span in each.spans]
        self._place = np.array([place for place, _ in rows], np.intp)
        self._first = np.array([float(span[0]) for _, span in rows])
        self._last = np.array([float(span[1]) for _, span in rows])

    def meeting(self, wanted: Iterable[Intervals]) -> list[int]:
        """Places of the sets that may share an integer with one of the wanted, which count by their ends; rising."""
        met = np.zeros(len(self._place), np.bool_)
        for one in wanted:
            met |= (self._first <= float(one.spans[-1][1])) & (self._last >= float(one.spans[0][0]))
        return [int(place) for place in np.unique(self._place[met])]
