"""The first pass: what is sure of every pair of pieces and every atom, by coverage alone. The rest is left open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadglass.network.matrix.atoms import Atoms
from leadglass.network.matrix.coverage import Coverage
from leadglass.network.matrix.crossings import Crossings
from leadglass.network.matrix.facts import Facts, Pairs, Ways
from leadglass.network.matrix.judge import Judge
from leadglass.network.matrix.plan import Plan
from leadglass.network.matrix.published import destination_translations, forget_published
from leadglass.network.matrix.sieve import EVERY, places
from leadglass.network.matrix.ways import End


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """The ways of a plan, followed.

    Attributes:
        lane: for each pair the number of a bundle that it has a way of; -1: it has none that leads there.
        selected: that way is the only one that routes select. alone: it is the only one.
        certain: it is one that routes select.
    """

    plan: Plan
    atoms: Atoms
    coverage: Coverage
    crossings: Crossings
    facts: Facts
    lane: NDArray[np.int32]
    selected: Pairs
    alone: Pairs
    certain: Pairs


def follow(planned: Plan, atoms: Atoms, judges: Sequence[Judge]) -> Followed:
    """What is sure of packets from every piece to every piece, by atom.

    Args:
        planned: the ways.
        atoms: of the services.
        judges: of the devices, by number.
    """
    count = len(planned.pieces)
    coverage = Coverage([piece.addresses for piece in planned.pieces])
    crossings = Crossings(planned, atoms, coverage, judges)
    ways = Ways(atoms.words, count)
    near = _near(planned)
    lane = np.full((count, count), -1, np.int32)
    for number, bundle in enumerate(planned.bundles):
        down, across = places(bundle.entrance.pieces), places(bundle.pieces)
        there = np.array(bundle.entrance.ingress)[:, None] != np.array(bundle.egress[0])
        there &= ~near[down[:, None], across]
        ways.add(down, across, there, crossings.along(bundle), guessed=bundle.end is End.GUESSED)
        if bundle.end is not End.LOST:
            known = lane[down[:, None], across]
            lane[down[:, None], across] = np.where(there & ((known < 0) | (bundle.end is End.ARRIVE)), number, known)
    found = ways.closed()
    for full in (found.some_may, found.all_may, found.all_must):
        full[:, near] = EVERY
    found.none_must[:, near] = 0
    for pairs in _untold(planned, ways):
        found.forget(pairs)
    forget_published(found, planned, near, atoms, coverage)
    ends = np.array([bundle.end.value for bundle in planned.bundles] or [0])[lane]
    selected = (ends == End.ARRIVE.value) & (ways.sure == 1)
    certain = ends != End.GUESSED.value
    return Followed(planned, atoms, coverage, crossings, found, lane, selected, ways.ways == 1, certain)


def _untold(planned: Plan, ways: Ways) -> Iterator[Pairs]:
    """Pairs of which routes do not tell the ways, or more ways than one where packets are led elsewhere."""
    none = np.zeros(ways.ways.shape, np.bool_)
    if any(map(destination_translations, planned.map.devices)):
        yield ways.sure > 1
    for entrance, piece in planned.open:
        pairs = none.copy()
        pairs[list(entrance.pieces), piece] = True
        yield pairs
    pairs = none.copy()
    pairs[list(planned.homeless)] = True
    yield pairs


def _near(planned: Plan) -> Pairs:
    """Pairs whose packets need no device: they begin at the segment that the other is directly on."""
    homes = np.array([(planned.map.located(piece) or [-1])[0] for piece in planned.pieces], np.intp)
    there = np.array(
        [-2 if (one := planned.map.connected(piece)) is None else one for piece in planned.pieces], np.intp
    )
    near: Pairs = homes[:, None] == there
    return near
