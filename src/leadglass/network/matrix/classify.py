"""Which line decides each of many packets: a bit for every line, by field. Exact; never a set of packets.

For each field the ends of all lines cut its numbers into classes; a class knows its lines as bits. The lines that hold
a packet are those of all its classes, and the first of them decides (Lakshman and Stiliadis, 1998).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadglass.network.intervals import Intervals
from leadglass.network.matrix.coverage import Flags
from leadglass.network.matrix.lines import Line, Lines

Indices = NDArray[np.intp]
Bits = NDArray[np.uint64]
"""By class, or by packet: a bit for every line."""

BLOCK = 2_048
"""Lines that are looked at together: their tables stay small, and all cost grows with the lines."""

CHUNK = 16_384
"""Packets that are looked at together."""

_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Packets:
    """Headers by field, each a number of `numbers`; and how they cross the device, as names.

    Attributes:
        fields: by field, for each packet its place in ``numbers`` of the field.
        numbers: by field, the numbers that occur.
        ingress, egress: for each packet its place in the names.
        names: of interfaces that packets come by, and of those they leave by.
    """

    fields: tuple[Indices, ...]
    numbers: tuple[Sequence[int], ...]
    ingress: Indices
    egress: Indices
    names: tuple[Sequence[str], Sequence[str]]

    def some(self, places: Indices) -> Packets:
        """Those at these places."""
        fields = tuple(each[places] for each in self.fields)
        return Packets(fields, self.numbers, self.ingress[places], self.egress[places], self.names)

    @property
    def replies(self) -> Packets:
        """The first answers to them, from where they left to where they came in."""
        back = (1, 0, 2, 4, 3)
        fields, numbers = tuple(self.fields[at] for at in back), tuple(self.numbers[at] for at in back)
        return Packets(fields, numbers, self.egress, self.ingress, (self.names[1], self.names[0]))


class Classifier:
    """One list of lines."""

    def __init__(self, lines: Lines) -> None:
        """Cuts every field into classes."""
        self._default = lines.permits
        self._blocks = [_Block(lines.lines[begin : begin + BLOCK]) for begin in range(0, len(lines.lines), BLOCK)]

    def permitted(self, packets: Packets) -> Flags:
        """Which packets the list lets pass."""
        found = np.full(len(packets.ingress), self._default)
        left = np.arange(len(found))
        for block in self._blocks:
            tables = block.tables(packets)
            undecided = []
            for begin in range(0, len(left), CHUNK):
                some = left[begin : begin + CHUNK]
                decided, passes = block.decide(tables, packets, some)
                found[some[decided]] = passes[decided]
                undecided.append(some[~decided])
            left = np.concatenate([left[:0], *undecided])
        return found


class _Block:
    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._words = -(-len(lines) // 64)
        self._classes = [self._cut([line.box[field] for line in lines]) for field in range(_FIELDS)]
        self._permits = self._mask(number for number, line in enumerate(lines) if line.permits)

    def tables(self, packets: Packets) -> list[Bits]:
        """By field, and by way in and out, the lines of each number that occurs."""
        found = [
            table[[bisect_right(places, number) for number in numbers]]
            for (places, table), numbers in zip(self._classes, packets.numbers, strict=True)
        ]
        return [*found, *(self._by_way(names, which) for which, names in enumerate(packets.names))]

    def decide(self, tables: list[Bits], packets: Packets, some: Indices) -> tuple[Flags, Flags]:
        """Which of some packets a line decides, and which of these it lets pass."""
        indices = [each[some] for each in (*packets.fields, packets.ingress, packets.egress)]
        bits = tables[0][indices[0]]
        for table, index in zip(tables[1:], indices[1:], strict=True):
            bits &= table[index]
        word = (bits != 0).argmax(axis=1)
        first = bits[np.arange(len(bits)), word]
        first &= ~first + np.uint64(1)  # the lowest bit alone
        return first != 0, (first & self._permits[word]) != 0

    def _cut(self, sets: Sequence[Intervals]) -> tuple[list[int], Bits]:
        """Where classes begin, and the lines of each; class 0 is before all."""
        places = sorted({end for each in sets for first, last in each.spans for end in (first, last + 1)})
        at = {place: number for number, place in enumerate(places, 1)}
        table = np.zeros((len(places) + 1, self._words), np.uint64)
        for number, each in enumerate(sets):
            bit = np.uint64(1 << number % 64)
            for first, last in each.spans:
                table[at[first] : at[last + 1], number // 64] |= bit
        return places, table

    def _by_way(self, names: Sequence[str], which: int) -> Bits:
        bound = [(line.ingress, line.egress)[which] for line in self._lines]
        free = self._mask(number for number, some in enumerate(bound) if some is None)
        tied = [(number, some) for number, some in enumerate(bound) if some is not None]
        found = [free | self._mask(number for number, some in tied if name in some) for name in names]
        return np.array(found, np.uint64).reshape(len(names), self._words)

    def _mask(self, numbers: Iterable[int]) -> Bits:
        found = np.zeros(self._words, np.uint64)
        for number in numbers:
            found[number // 64] |= np.uint64(1 << number % 64)
        return found
