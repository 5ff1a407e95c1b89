"""Zones laid over the network, and the first pass over all their pairs. Networks that are too large are left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from leadglass.network.cell import OTHER
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
from leadglass.network.matrix.sketch import ALL_MUST, CAN, NOTHING_MAY, NOTHING_MUST, Known, Sketch
from leadglass.network.matrix.ways import Map
from leadglass.network.service import Service
from leadglass.network.topology import Topology

FACTS = 20
"""Matrices of a word for every pair that are held at once."""

FLAGS = 8
"""Bytes for every pair and service that are held at once."""

MAX_BYTES = 3 << 29
"""Memory that they may take; the first pass leaves larger networks alone."""


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
        each = FACTS * 8 * cut.words + FLAGS * len(cut.services)  # bytes of one pair
        if any(each * len(one.pieces) ** 2 > MAX_BYTES for one in self.plans):
            return None
        judges = [Judge(device) for device in self.plans[0].map.devices]
        followed = [follow(one, cut, judges) for one in self.plans]
        total = self._total(followed)
        known = _known(total, cut)
        found = _sampled(known, followed)
        total = self._total(followed)  # some of what might have passed is ruled out now
        known |= _known(total, cut)
        names = {name: number for number, name in enumerate([*(service.id for service in services), OTHER])}
        silent = (known & np.uint8(NOTHING_MAY) != 0).all(axis=2).tolist()
        return Sketch(names, tuple(names), cut, total, known, found.examples, found.possible, silent)

    def _total(self, followed: Sequence[Followed]) -> Facts:
        return reduce(_both, [_by_zone(one.facts, one.plan.pieces, self.zones) for one in followed])


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


def _sampled(known: NDArray[np.uint8], followed: Sequence[Followed]) -> Found:
    """Adds to what is known what single packets show."""
    found = Found.nothing(known.shape)
    settled = (known & np.uint8(NOTHING_MAY | ALL_MUST)) != 0
    hopeless = (known & np.uint8(NOTHING_MUST)) != 0
    settled |= hopeless & ((known & np.uint8(CAN)) != 0)
    itself = np.arange(len(known))
    settled[itself, itself] = True  # nobody asks
    for one in followed:
        passes = ~(settled | found.passes | (hopeless & found.may_pass))
        sampler = Sampler(one, found)
        sampler.draw(passes, ~(settled | hopeless | found.may_stop | ((known & np.uint8(Known.ALL_MAY)) != 0)))
        sampler.join(passes)
    for flag, cells in (
        (Known.SOME_MUST, found.passes),
        (Known.SOME_MAY, found.may_pass),
        (Known.LACKS_MAY, found.may_stop),
        (Known.LACKS_MUST, found.must_stop),
    ):
        known |= np.where(cells, np.uint8(flag), np.uint8(0))
    return found
