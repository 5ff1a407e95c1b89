"""What the first pass says of pairs of zones and services: an answer, or that it cannot tell. Never walks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from leadglass.network.cell import OTHER
from leadglass.network.headers import Box, headers
from leadglass.network.intervals import Intervals
from leadglass.network.matrix.atoms import WORD, Atoms, atoms
from leadglass.network.matrix.crossed import Crossed, crossed
from leadglass.network.matrix.facts import Facts
from leadglass.network.matrix.first_pass import Followed, follow
from leadglass.network.matrix.judge import Judge
from leadglass.network.matrix.pieces import MAX_PIECES, Piece, pieces
from leadglass.network.matrix.plan import Plan, plan
from leadglass.network.matrix.samples import Found, Sampler
from leadglass.network.matrix.sieve import EVERY, Bits
from leadglass.network.matrix.ways import Map
from leadglass.network.permitted import Expectation, Permitted
from leadglass.network.reach import Bounds
from leadglass.network.service import Service
from leadglass.network.topology import Topology

FACTS = 20
"""Matrices of a word for every pair that are held at once."""

MAX_BYTES = 3 << 29
"""Memory that they may take; the first pass leaves larger networks alone."""


class Known(IntFlag):
    """What is sure of a service from one zone to another; no two of a pair contradict each other."""

    NOTHING_MAY = 1
    ALL_MAY = 2
    ALL_MUST = 4
    NOTHING_MUST = 8
    SOME_MUST = 16
    LACKS_MAY = 32
    LACKS_MUST = 64


_UNTOLD = int(Known.ALL_MAY | Known.NOTHING_MUST)
_SOME_FORBIDDEN = int(Known.SOME_MUST | Known.LACKS_MUST)
_SOME_ALLOWED = int(Known.SOME_MUST | Known.LACKS_MAY)


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """The first pass over all zones.

    Attributes:
        facts: by atom, zone that begins, zone that is meant.
        known: by zone that begins, zone that is meant and service: `Known`.
        numbers: of services by their ids, and of `cell.OTHER`. names: the ids by number.
        examples: packets that certainly pass, by cell.
    """

    numbers: Mapping[str, int]
    names: tuple[str, ...]
    atoms: Atoms
    facts: Facts
    known: NDArray[np.uint8]
    examples: Mapping[tuple[int, int, int], Box]

    def outline(self, source: int, destination: int, ends: tuple[Intervals, Intervals]) -> Outline:
        """What is sure of one pair, by the numbers of its zones; ``ends``: their addresses."""
        return Outline(self, source, destination, ends)


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """One pair of zones."""

    sketch: Sketch
    source: int
    destination: int
    ends: tuple[Intervals, Intervals]

    @property
    def open(self) -> list[str]:
        """Services of which something may pass."""
        known = self.sketch.known[self.source, self.destination]
        return [self.sketch.names[number] for number in np.flatnonzero(known & Known.NOTHING_MAY == 0)]

    def answer(self, service: str, wanted: Expectation) -> Permitted | None:
        """How much passes of what is not required, where that is sure; see `permitted.permitted`."""
        known = int(self.sketch.known[self.source, self.destination, self.sketch.numbers[service]])
        if known & Known.NOTHING_MAY:
            return Permitted.NONE
        if known & Known.ALL_MUST:
            return Permitted.ALL
        if known & _UNTOLD == _UNTOLD:
            return Permitted.NOT_COVERED
        some = _SOME_FORBIDDEN if wanted is Expectation.FORBIDDEN else _SOME_ALLOWED
        return Permitted.SOME if known & some == some else None

    def example(self, service: str) -> Box:
        """Headers of the service that pass; where no packet was looked for all of one atom, in one IP version."""
        number = self.sketch.numbers[service]
        packet = self.sketch.examples.get((self.source, self.destination, number))
        if packet is not None:
            return packet
        atom = self.sketch.atoms.members[self.sketch.atoms.services[number][0]]
        return headers(*self.ends, atom.protocol, destination_port=atom.port)[0]

    def bounds(self, services: Iterable[str]) -> Bounds | None:
        """What may and must pass of these services, where each of their atoms passes wholly or not at all."""
        may: list[Box] = []
        must: list[Box] = []
        facts = self.sketch.facts
        numbers = [number for name in services for number in self.sketch.atoms.services[self.sketch.numbers[name]]]
        for number in dict.fromkeys(numbers):
            if not self._has(facts.some_may, number):
                continue
            all_must = self._has(facts.all_must, number)
            if not all_must and not (self._has(facts.all_may, number) and self._has(facts.none_must, number)):
                return None
            atom = self.sketch.atoms.members[number]
            boxes = headers(*self.ends, atom.protocol, destination_port=atom.port)
            may += boxes
            must += boxes if all_must else ()
        return tuple(may), tuple(must)

    def _has(self, bits: Bits, atom: int) -> bool:
        return bool(int(bits[atom // WORD, self.source, self.destination]) >> atom % WORD & 1)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Zones cut into pieces, and the ways between these; `None` where they are too many.

    Attributes:
        zones: how many there are.
    """

    zones: int
    plans: tuple[Plan, ...]

    def crossed(self) -> Crossed:
        """The devices between zones."""
        return crossed(self.plans, self.zones)

    def sketch(self, services: Sequence[Service]) -> Sketch | None:
        """The first pass; None where it would take too much memory.

        Args:
            services: of the model; their place is their number.
        """
        cut = atoms(services)
        if any(FACTS * 8 * cut.words * len(one.pieces) ** 2 > MAX_BYTES for one in self.plans):
            return None
        judges = [Judge(device) for device in self.plans[0].map.devices]
        followed = [follow(one, cut, judges) for one in self.plans]
        total = reduce(_both, [_by_zone(one.facts, one.plan.pieces, self.zones) for one in followed])
        known = _known(total, cut)
        examples = _sampled(known, followed)
        names = {name: number for number, name in enumerate([*(service.id for service in services), OTHER])}
        return Sketch(names, tuple(names), cut, total, known, examples)


def layout(net: Topology, zones: Sequence[Intervals]) -> Layout | None:
    """The ways between zones, by routes alone.

    Args:
        net: the network.
        zones: disjoint, none empty; their place is their number.
    """
    mapped = Map(net)
    parts = pieces(zones, mapped.sets)
    versions = [tuple(piece for piece in parts if piece.v6 is v6) for v6 in (False, True)]
    if any(len(some) > MAX_PIECES for some in versions):
        return None
    return Layout(len(zones), tuple(plan(mapped, some) for some in versions if some))


def _by_zone(facts: Facts, parts: Sequence[Piece], zones: int) -> Facts:
    """Of a zone something passes where it does of a piece; all where it does of all its pieces."""
    owners = np.array([piece.zone for piece in parts], np.intp)
    first = np.flatnonzero(np.diff(owners, prepend=-1))
    names = owners[first]

    def gathered(bits: Bits, by: np.ufunc, absent: int) -> Bits:
        found = np.full((len(bits), zones, zones), np.uint64(absent))
        for word, matrix in enumerate(bits):
            found[word][names[:, None], names] = by.reduceat(by.reduceat(matrix, first, axis=0), first, axis=1)
        return found

    every = int(EVERY)
    return Facts(
        gathered(facts.some_may, np.bitwise_or, 0),
        gathered(facts.all_may, np.bitwise_and, every),
        gathered(facts.all_must, np.bitwise_and, every),
        gathered(facts.none_must, np.bitwise_and, every),
        gathered(facts.wild, np.bitwise_or, 0),
        gathered(facts.blind, np.bitwise_or, 0),
    )


def _both(one: Facts, other: Facts) -> Facts:
    """Of IPv4 and IPv6 together."""
    return Facts(
        one.some_may | other.some_may,
        one.all_may & other.all_may,
        one.all_must & other.all_must,
        one.none_must & other.none_must,
        one.wild | other.wild,
        one.blind | other.blind,
    )


def _known(facts: Facts, cut: Atoms) -> NDArray[np.uint8]:
    shape = facts.some_may.shape[1:]
    found = np.zeros((*shape, len(cut.services)), np.uint8)
    for service, numbers in enumerate(cut.services):
        masks = [sum(1 << number % WORD for number in numbers if number // WORD == word) for word in range(cut.words)]
        words = [(word, np.uint64(mask)) for word, mask in enumerate(masks) if mask]
        for flag, bits, wanted in (
            (Known.NOTHING_MAY, facts.some_may, False),
            (Known.ALL_MAY, facts.all_may, True),
            (Known.ALL_MUST, facts.all_must, True),
            (Known.NOTHING_MUST, facts.none_must, True),
        ):
            sure = np.ones(shape, np.bool_)
            for word, mask in words:
                sure &= (bits[word] & mask) == (mask if wanted else 0)
            found[:, :, service] |= np.where(sure, np.uint8(flag), np.uint8(0))
    return found


def _sampled(known: NDArray[np.uint8], followed: Sequence[Followed]) -> dict[tuple[int, int, int], Box]:
    """Adds to what is known what single packets show."""
    shape = known.shape
    found = Found(np.zeros(shape, np.bool_), np.zeros(shape, np.bool_), np.zeros(shape, np.bool_))
    settled = (known & (Known.NOTHING_MAY | Known.ALL_MUST) != 0) | (known & _UNTOLD == _UNTOLD)
    for one in followed:
        Sampler(one, found).draw(
            ~settled & (known & Known.NOTHING_MUST == 0) & ~found.passes,
            ~settled & (known & Known.ALL_MAY == 0) & ~found.may_stop,
        )
    for flag, cells in (
        (Known.SOME_MUST, found.passes),
        (Known.LACKS_MAY, found.may_stop),
        (Known.LACKS_MUST, found.must_stop),
    ):
        known |= np.where(cells, np.uint8(flag), np.uint8(0))
    return found.examples
