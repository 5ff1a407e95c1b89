"""One list of lines over all ways through a device at once: what can pass of each cell, and what is sure to. No boxes.

A cell is a way in with who began, a way out with who is meant, and an atom of the services: a bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadglass.network.headers import PORTS
from leadglass.network.intervals import Intervals
from leadglass.network.matrix.atoms import Atoms
from leadglass.network.matrix.coverage import Coverage
from leadglass.network.matrix.lines import Line, Lines

Bits = NDArray[np.uint64]
"""By word of atoms, way in, way out."""

Places = NDArray[np.intp]

EVERY = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


@dataclass(frozen=True, slots=True)
class Side:
    """Ways in, or ways out, of a device.

    Attributes:
        interfaces: name of each; empty before it is chosen.
        pieces: number of the piece of each: of those who began, or of those who are meant.
    """

    interfaces: tuple[str, ...]
    pieces: Places

    def on(self, names: frozenset[str] | None) -> NDArray[np.bool_]:
        """Which are by one of these interfaces; None: any."""
        if names is None:
            return np.ones(len(self.interfaces), np.bool_)
        return np.fromiter((one in names for one in self.interfaces), np.bool_, len(self.interfaces))


@dataclass(frozen=True, slots=True)
class Sifted:
    """Per cell: whether anything of it can pass, and whether all of it is sure to."""

    some: Bits
    all: Bits


def sift(lines: Lines, atoms: Atoms, coverage: Coverage, rows: Side, columns: Side) -> Sifted:
    """What passes a list of lines, in two bounds that only coverage tells.

    ``undecided`` holds the cells of which some packet may have met no line yet. A line that touches such a cell decides
    something of it, perhaps; a line that holds the cell decides the rest.
    """
    shape = (atoms.words, len(rows.interfaces), len(columns.interfaces))
    undecided = np.full(shape, EVERY, np.uint64)
    some, refused = np.zeros(shape, np.uint64), np.zeros(shape, np.uint64)
    flat = [tuple(each[word].reshape(-1) for each in (undecided, some, refused)) for word in range(atoms.words)]
    ways = _Ways(coverage, rows, columns)
    for line in lines.lines:
        touched = ways.touched(line)
        if touched is None:
            continue
        masks = atoms.masks(line.box.protocol, line.box.destination_port)
        held: Places | None = None
        for word, mask in enumerate(masks.touched):
            if not mask:
                continue
            left, passed, stopped = flat[word]
            affected = left[touched] & np.uint64(mask)
            into = passed if line.permits else stopped
            into[touched] |= affected
            if masks.held[word] and line.box.source_port == PORTS:
                if held is None:
                    held = ways.held(line)
                left[held] &= np.uint64(~masks.held[word] & int(EVERY))
    if lines.permits:
        some |= undecided
    else:
        refused |= undecided
    return Sifted(some, ~refused)


class _Ways:
    """Rows and columns that a line speaks of, as places in a flat matrix."""

    def __init__(self, coverage: Coverage, rows: Side, columns: Side) -> None:
        self._coverage, self._width = coverage, len(columns.interfaces)
        self._sides = (rows, columns)
        self._known: dict[tuple[int, bool, Intervals, frozenset[str] | None], Places] = {}

    def touched(self, line: Line) -> Places | None:
        """Where it has a packet; None: nowhere."""
        down, across = self._along(0, line, held=False), self._along(1, line, held=False)
        return self._block(down, across) if len(down) and len(across) else None

    def held(self, line: Line) -> Places:
        """Where it has every address."""
        return self._block(self._along(0, line, held=True), self._along(1, line, held=True))

    def _block(self, down: Places, across: Places) -> Places:
        return (down[:, None] * self._width + across).reshape(-1)

    def _along(self, which: int, line: Line, *, held: bool) -> Places:
        addresses, names = ((line.box.source, line.ingress), (line.box.destination, line.egress))[which]
        key = (which, held, addresses, names)
        found = self._known.get(key)
        if found is None:
            side, covered = self._sides[which], self._coverage.of(addresses)
            of_piece = covered.held if held else covered.touched
            found = self._known[key] = np.flatnonzero(of_piece[side.pieces] & side.on(names))
        return found


def numbered(masks: Iterable[int]) -> Bits:
    """Words as a column that spreads over a matrix."""
    return np.array(tuple(masks), np.uint64)[:, None, None]


def places(numbers: Iterable[int]) -> Places:
    """Numbers as an index."""
    return np.array(tuple(numbers), np.intp)


def side(ways: Sequence[tuple[str, int]]) -> Side:
    """Interfaces with pieces."""
    return Side(tuple(name for name, _ in ways), np.array([piece for _, piece in ways], np.intp))
