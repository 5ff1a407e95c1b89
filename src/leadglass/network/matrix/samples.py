"""Finds packets that certainly pass, and packets that certainly do not, for cells that coverage leaves open.

Never for cells that several ways lead to, or that translation changes before their last filter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from leadglass.network.headers import PORTS, Box
from leadglass.network.matrix.atoms import WORD
from leadglass.network.matrix.classify import Packets
from leadglass.network.matrix.first_pass import Followed
from leadglass.network.matrix.joint import Joint
from leadglass.network.matrix.judge import Passing
from leadglass.network.matrix.points import Drawing, Indices, Points, joined
from leadglass.network.matrix.sieve import EVERY, Bits

MAX_POINTS = 1 << 18
"""Packets that are drawn before they are judged."""

Cells = NDArray[np.bool_]
"""By zone that begins, zone that is meant and service."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What packets showed, by zone that begins, zone that is meant and service.

    Attributes:
        passes: one certainly does. may_pass: one can. may_stop: one certainly cannot. must_stop: one is not sure to.
        examples: by cell, a packet that passes. possible: by cell, one that can.
    """

    passes: Cells
    may_pass: Cells
    may_stop: Cells
    must_stop: Cells
    examples: dict[tuple[int, int, int], Box] = field(default_factory=dict)
    possible: dict[tuple[int, int, int], Box] = field(default_factory=dict)

    @classmethod
    def nothing(cls, shape: tuple[int, ...]) -> Found:
        """Nothing yet."""
        return cls(*(np.zeros((4, *shape), np.bool_)))


class Sampler:
    """Packets for one plan."""

    def __init__(self, followed: Followed, found: Found) -> None:
        """Gathers the lines of all devices."""
        self._followed, self._found = followed, found
        self._atoms = followed.atoms
        self._owner = np.array([piece.zone for piece in followed.plan.pieces], np.intp)
        lists = [one for judge in followed.crossings.judges for one in judge.lists()]
        self._lines = [
            (line, which)
            for one in lists
            for which, bound in ((True, one.must), (False, one.may))
            for line in bound.lines
            if line.permits is which
        ]
        pieces = [piece.addresses for piece in followed.plan.pieces]
        self._drawing = Drawing(pieces, self._atoms, followed.coverage, [line for line, _ in self._lines])
        self._told = self._sampled()

    def _sampled(self) -> Bits:
        """Cells whose packets meet lines as they begin."""
        facts = self._followed.facts
        told: Bits = np.where(self._followed.lane >= 0, ~facts.blind, np.uint64(0))
        if any(line.box.source_port != PORTS for line, _ in self._lines):
            told &= ~facts.wild  # whoever looks at what was translated sees any source port
        return told

    def draw(self, passes: Cells, stops: Cells) -> None:
        """Looks for packets that pass, and that do not, where these are wanted."""
        self._judge(self._drawing.quiet(self._wanted(passes | stops)))
        wanted = self._still(passes, stops)
        waiting: list[Points] = []
        count = 0
        for line, permits in self._lines:
            drawn = self._drawing.within(line, wanted[permits])
            waiting += drawn
            count += sum(len(one.source) for one in drawn)
            if count > MAX_POINTS:
                self._judge(joined(waiting))
                waiting, count = [], 0
                wanted = self._still(passes, stops)
        if waiting:
            self._judge(joined(waiting))

    def join(self, passes: Cells) -> None:
        """Of cells that nothing was seen to pass, rules out those that no packet can; draws one more for the others."""
        joint = Joint(self._followed)
        wanted = self._open(passes, self._found.passes | self._found.may_pass) & self._followed.facts.some_may
        wanted &= np.where(self._followed.alone, EVERY, np.uint64(0))
        drawn: list[Points] = []
        for source, destination, atom in self._drawing.cells(wanted):
            boxes = joint.common(source, destination, atom)
            if boxes:
                drawn += (self._drawing.packet(source, destination, atom, box) for box in boxes)
            elif boxes is not None:
                self._followed.facts.some_may[atom // WORD, source, destination] &= ~np.uint64(1 << atom % WORD)
        if drawn:
            self._judge(joined(drawn))

    def _still(self, passes: Cells, stops: Cells) -> dict[bool, Bits]:
        """By what a line does, the cells that a packet of it is wanted for."""
        return {True: self._open(passes, self._found.passes), False: self._open(stops, self._found.may_stop)}

    def _open(self, wanted: Cells, found: Cells) -> Bits:
        return self._wanted(wanted & ~found)

    def _wanted(self, cells: Cells) -> Bits:
        """Cells of zones and services as cells of pieces and atoms, those that can be told."""
        found = np.zeros((self._atoms.words, *cells.shape[:2]), np.uint64)
        for service, numbers in enumerate(self._atoms.services):
            pairs = cells[:, :, service]
            if pairs.any():
                for word in {number // WORD for number in numbers}:
                    bits = sum(1 << number % WORD for number in numbers if number // WORD == word)
                    found[word] |= np.where(pairs, np.uint64(bits), np.uint64(0))
        spread: Bits = found[:, self._owner[:, None], self._owner]
        spread &= self._told
        return spread

    def _judge(self, points: Points) -> None:
        passing = Passing(*(np.ones(len(points.source), np.bool_) for _ in Passing._fields))
        for device, index, packets in self._packets(points):
            for total, one in zip(passing, self._followed.crossings.judges[device].passes(packets), strict=True):
                total[index] &= one
        begin, end = self._owner[points.source], self._owner[points.destination]
        pair = points.source, points.destination
        must = passing.must & self._followed.selected[pair]
        for service, index in self._by_service(points.atom):
            at = (begin[index], end[index], service)
            for kept, flags in (
                (self._found.passes, must),
                (self._found.may_pass, passing.may),
                (self._found.may_stop, ~passing.perhaps_may & self._followed.alone[pair]),
                (self._found.must_stop, ~passing.perhaps_must & self._followed.certain[pair]),
            ):
                kept[at[0][flags[index]], at[1][flags[index]], service] = True
            for kept_boxes, flags in ((self._found.examples, must), (self._found.possible, passing.may & ~must)):
                shown = index[flags[index]]
                boxes = self._drawing.boxes(points, shown)
                for source, destination, box in zip(begin[shown].tolist(), end[shown].tolist(), boxes, strict=True):
                    kept_boxes.setdefault((source, destination, service), box)

    def _by_service(self, atom: Indices) -> Iterator[tuple[int, Indices]]:
        """The places of each service's packets; an atom may be of several."""
        order = np.argsort(atom, kind="stable")
        ordered = atom[order]
        for service, numbers in enumerate(self._atoms.services):
            begins, ends = (np.searchsorted(ordered, numbers, side) for side in ("left", "right"))
            places = [order[begin:end] for begin, end in zip(begins, ends, strict=True) if begin < end]
            if places:
                yield service, np.concatenate(places)

    def _packets(self, points: Points) -> Iterator[tuple[int, Indices, Packets]]:
        """The packets that come to each device."""
        numbers = tuple(one.numbers for one in self._drawing.fields)
        coming: dict[int, list[tuple[Indices, Indices, Indices]]] = {}
        bundles = self._followed.lane[points.source, points.destination]
        order = np.argsort(bundles, kind="stable")
        cuts = np.flatnonzero(np.diff(bundles[order])) + 1
        for index in np.split(order, cuts) if len(order) else ():
            bundle = self._followed.plan.bundles[int(bundles[index[0]])]
            down = _inverse(bundle.entrance.pieces, len(self._owner))[points.source[index]]
            across = _inverse(bundle.pieces, len(self._owner))[points.destination[index]]
            for device, rows, columns in self._followed.crossings.passages(bundle):
                coming.setdefault(device, []).append((index, rows[down], columns[across]))
        for device, parts in coming.items():
            index, rows, columns = (np.concatenate(each) for each in zip(*parts, strict=True))
            names, places = zip(
                *(_named(side.interfaces) for side in self._followed.crossings.sides[device]), strict=True
            )
            fields = tuple(one[index] for one in points.fields)
            yield device, index, Packets(fields, numbers, places[0][rows], places[1][columns], names)


def _inverse(members: Sequence[int], count: int) -> Indices:
    found = np.zeros(count, np.intp)
    found[list(members)] = np.arange(len(members))
    return found


def _named(names: Sequence[str]) -> tuple[tuple[str, ...], Indices]:
    """Each name once, and where each stands there."""
    known: dict[str, int] = {}
    places = np.array([known.setdefault(name, len(known)) for name in names], np.intp)
    return tuple(known), places
