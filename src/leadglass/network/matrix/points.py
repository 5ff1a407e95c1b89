"""Single packets that stand for cells: where a line cuts a cell, one on either side. Never more of a cell than one.

A cell that coverage leaves open is cut by some line. A packet within the line's part, and one where the fewest lines
speak, most often show that something of it passes and something does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadglass.network.headers import PORTS, Box
from leadglass.network.intervals import Intervals, one
from leadglass.network.matrix.atoms import WORD, Atoms
from leadglass.network.matrix.coverage import Coverage
from leadglass.network.matrix.lines import Line
from leadglass.network.matrix.quiet import quietest
from leadglass.network.matrix.sieve import Bits

Indices = NDArray[np.intp]

_BITS = np.arange(WORD, dtype=np.uint64)


class Points(NamedTuple):
    """Packets: by piece that begins, piece that is meant and atom, their fields as numbers of a `Field`."""

    source: Indices
    destination: Indices
    atom: Indices
    fields: tuple[Indices, ...]


class Field:
    """The numbers of one field that occur: first one for each of its parts, then those within lines."""

    def __init__(self, parts: Sequence[Intervals], quiet: Sequence[int]) -> None:
        """Takes a number of each part, which stands for it."""
        self._parts = parts
        self.numbers = list(quiet)
        self._sets: list[Intervals] = []
        self._places: dict[int, int] = {}
        self._known: dict[tuple[Intervals, int], int] = {}
        self._met: dict[Intervals, Indices] = {}

    def met(self, wanted: Intervals, parts: Indices) -> Indices:
        """The same for all parts that ``wanted`` meets; worked out once."""
        if wanted not in self._met:
            self._met[wanted] = self.within(wanted, parts)
        return self._met[wanted]

    def within(self, wanted: Intervals, parts: Indices) -> Indices:
        """For each of some parts, all of which ``wanted`` meets, the place of a number in both."""
        return np.fromiter((self._place(wanted, int(part)) for part in parts), np.intp, len(parts))

    def sets(self, places: Indices) -> list[Intervals]:
        """The numbers at these places, as sets; equal ones are the same object."""
        for place in range(len(self._sets), len(self.numbers)):
            self._sets.append(one(self.numbers[place]))
        return [self._sets[place] for place in places.tolist()]

    def _place(self, wanted: Intervals, part: int) -> int:
        key = (wanted, part)
        if key not in self._known:
            if wanted.has(self.numbers[part]):
                self._known[key] = part
            else:
                number = self._parts[part].common(wanted).first
                if number not in self._places:
                    self._places[number] = len(self.numbers)
                    self.numbers.append(number)
                self._known[key] = self._places[number]
        return self._known[key]


class Drawing:
    """Draws packets for one plan."""

    def __init__(self, pieces: Sequence[Intervals], atoms: Atoms, coverage: Coverage, lines: Sequence[Line]) -> None:
        """Looks at all lines once, for what they name most rarely."""
        self._atoms, self._coverage = atoms, coverage
        named = [set(field) for field in zip(*(line.box for line in lines), strict=True)] or [set()] * len(Box._fields)
        protocols, ports = zip(*atoms.members, strict=True)
        parts = (protocols, [PORTS], ports)
        ends = quietest(pieces, named[0] | named[1])
        others = (Field(each, quietest(each, some)) for each, some in zip(parts, named[2:], strict=True))
        self.fields = (Field(pieces, ends), Field(pieces, ends), *others)

    def quiet(self, wanted: Bits) -> Points:
        """One packet for each of the wanted cells, by word, piece and piece."""
        found = [_cells(word) for word in wanted]
        source = np.concatenate([each[0] for each in found])
        destination = np.concatenate([each[1] for each in found])
        atom = np.concatenate([each[2] + number * WORD for number, each in enumerate(found)])
        return Points(source, destination, atom, (source, destination, atom, np.zeros_like(atom), atom))

    def within(self, line: Line, wanted: Bits) -> list[Points]:
        """A packet that the line holds for each of the wanted cells that it touches."""
        source, destination, protocol, source_port, port = line.box
        down = np.flatnonzero(self._coverage.of(source).touched)
        across = np.flatnonzero(self._coverage.of(destination).touched)
        found: list[Points] = []
        if not len(down) or not len(across):
            return found
        for word, mask in enumerate(self._atoms.masks(protocol, port).touched):
            block = wanted[word][down[:, None], across] & np.uint64(mask) if mask else None
            if block is None or not block.any():
                continue
            row, column, bit = _cells(block)
            atom = bit + word * WORD
            mine, place = np.unique(atom, return_inverse=True)
            fields = (
                self.fields[0].met(source, down)[row],
                self.fields[1].met(destination, across)[column],
                self.fields[2].within(protocol, mine)[place],
                np.full(len(row), self.fields[3].within(source_port, np.zeros(1, np.intp))[0]),
                self.fields[4].within(port, mine)[place],
            )
            found.append(Points(down[row], across[column], atom, fields))
        return found

    def cells(self, wanted: Bits) -> Iterator[tuple[int, int, int]]:
        """The wanted cells one by one."""
        quiet = self.quiet(wanted)
        return zip(quiet.source.tolist(), quiet.destination.tolist(), quiet.atom.tolist(), strict=True)

    def packet(self, source: int, destination: int, atom: int, box: Box) -> Points:
        """A packet of a box within one cell."""
        parts = (source, destination, atom, 0, atom)
        fields = (
            field.within(wanted, np.array([part])) for field, wanted, part in zip(self.fields, box, parts, strict=True)
        )
        return Points(np.array([source]), np.array([destination]), np.array([atom]), tuple(fields))

    def boxes(self, points: Points, some: Indices) -> Iterator[Box]:
        """Some of the packets, as headers."""
        fields = [field.sets(each[some]) for field, each in zip(self.fields, points.fields, strict=True)]
        return map(Box, *fields)


def joined(points: Sequence[Points]) -> Points:
    """All of them; at least one."""
    fields = zip(*(each.fields for each in points), strict=True)
    first = (np.concatenate([each[place] for each in points]) for place in range(3))
    source, destination, atom = first
    return Points(source, destination, atom, tuple(np.concatenate(each) for each in fields))


def _cells(block: NDArray[np.uint64]) -> tuple[Indices, Indices, Indices]:
    """Row, column and bit of each bit that is set."""
    row, column = np.nonzero(block)
    which, bit = np.nonzero((block[row, column][:, None] >> _BITS) & np.uint64(1))
    return row[which], column[which], bit
