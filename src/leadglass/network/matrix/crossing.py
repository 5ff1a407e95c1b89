"""What a device makes of all packets that come through it, as facts by way in and way out. Never what comes before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadglass.network.device import Check, Rewrite, Routing, Translate, Translation
from leadglass.network.matrix.atoms import Atoms
from leadglass.network.matrix.coverage import Coverage
from leadglass.network.matrix.facts import Facts, passing
from leadglass.network.matrix.judge import Judge
from leadglass.network.matrix.lines import Bounds
from leadglass.network.matrix.sieve import EVERY, Places, Side, Sifted, numbered, sift

Pairs = NDArray[np.bool_]
"""By way in and way out."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A device with the ways in and out that are asked about.

    Attributes:
        judge: of the device.
        rows: ways in, with who began. columns: ways out, with who is meant.
    """

    judge: Judge
    atoms: Atoms
    coverage: Coverage
    rows: Side
    columns: Side

    def facts(self) -> Facts:
        """What passes it."""
        found = passing((self.atoms.words, len(self.rows.interfaces), len(self.columns.interfaces)))
        if self.judge.device.doubts:
            return found.unsure()
        unchosen = Side(("",) * len(self.columns.interfaces), self.columns.pieces)
        columns = unchosen
        for step in self.judge.device.steps:
            if isinstance(step, Routing):
                columns = self.columns
            elif isinstance(step, Translate):
                for one in step.translations:
                    self._translate(found, one, columns)
            else:
                self._check(found, step, columns)
        return found

    def _check(self, found: Facts, step: Check, columns: Side) -> None:
        down = np.flatnonzero(self.rows.on(step.ingress))
        across = np.flatnonzero(columns.on(step.egress))
        at = (slice(None), down[:, None], across)
        if not step.chains.entry.stateful and not self.judge.answers_all(step):
            # Of what must pass the replies must pass too: which of them do is for the exact engine.
            found.all_must[:, self._answers(step)] = 0
        if not len(down) or not len(across):
            return
        lists = self.judge.bounds(step)
        if lists is None:
            found.all_may[at] = 0
            found.all_must[at] = 0
            return
        upper, lower = self._sifted(lists, _some(self.rows, down), _some(columns, across))
        wild = found.wild[at]
        found.blind[at] |= wild
        found.some_may[at] &= upper.some | wild
        found.all_may[at] &= upper.all & ~wild
        found.all_must[at] &= lower.all & ~wild
        found.none_must[at] |= ~lower.some & ~wild

    def _sifted(self, lists: Bounds, rows: Side, columns: Side) -> tuple[Sifted, Sifted]:
        upper = sift(lists.may, self.atoms, self.coverage, rows, columns)
        if lists.must is lists.may:
            return upper, upper
        return upper, sift(lists.must, self.atoms, self.coverage, rows, columns)

    def _answers(self, step: Check) -> Pairs:
        """The ways whose replies meet the check."""
        back: Pairs = self.rows.on(step.egress)[:, None] & self.columns.on(step.ingress)
        return back

    def _translate(self, found: Facts, one: Translation, columns: Side) -> None:
        """What is changed is known no more; only a source that surely becomes one address stays all there."""
        hides = one.rewrite is Rewrite.SOURCE and one.address is not None and one.address.size == 1
        kept = one.may == one.must and (one.exempt or (hides and not one.keeps_offset))
        for box in one.may:
            down = np.flatnonzero(self.coverage.of(box.source).touched[self.rows.pieces] & self.rows.on(one.ingress))
            reached = self.coverage.of(box.destination).touched[columns.pieces]
            across = np.flatnonzero(reached & columns.on(one.egress))
            if not len(down) or not len(across):
                continue
            at = (slice(None), down[:, None], across)
            touched = numbered(self.atoms.masks(box.protocol, box.destination_port).touched)
            if not one.exempt:
                found.wild[at] |= touched
            if not kept:
                found.all_may[at] &= ~touched & EVERY
                found.all_must[at] &= ~touched & EVERY
                found.blind[at] |= touched


def _some(side: Side, places: Places) -> Side:
    return Side(tuple(side.interfaces[place] for place in places), side.pieces[places])
