"""What one device makes of single packets, as two bounds, many packets at once. Never of those that it translates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadglass.network.device import Check, Device, Routing, Translate
from leadglass.network.evaluate import evaluate
from leadglass.network.headers import EVERYTHING, TooManyBoxesError, within
from leadglass.network.matrix.classify import Classifier, Packets
from leadglass.network.matrix.coverage import Flags
from leadglass.network.matrix.lines import Bounds, Lines, bounds
from leadglass.network.rule import State


class Passing(NamedTuple):
    """By packet: whether it may pass and whether it must; where only boxes could tell both are said, sure and perhaps.

    Attributes:
        may, must: for sure. perhaps_may, perhaps_must: unless it is known that it does not.
    """

    may: Flags
    perhaps_may: Flags
    must: Flags
    perhaps_must: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """One device; its lists of lines are read once."""

    device: Device
    _bounds: dict[int, Bounds | None] = field(default_factory=dict)
    _backward: dict[int, Bounds | None] = field(default_factory=dict)
    _classifiers: dict[int, Classifier] = field(default_factory=dict)
    _answering: dict[int, bool] = field(default_factory=dict)

    def lists(self) -> list[Bounds]:
        """Those that can be judged by."""
        found = [self.bounds(step) for step in self.device.steps if isinstance(step, Check)]
        return [] if self.device.doubts else [one for one in found if one is not None]

    def bounds(self, step: Check) -> Bounds | None:
        """Of one check; None where lines do not hold it."""
        if id(step) not in self._bounds:
            self._bounds[id(step)] = bounds(step.chains)
        return self._bounds[id(step)]

    def passes(self, packets: Packets) -> Passing:
        """What is known of each packet."""
        count = len(packets.ingress)
        clear = not self.device.doubts
        found = Passing(*(np.full(count, fill_value=one) for one in (True, True, clear, clear)))
        if self.device.doubts:
            return found
        chosen = packets
        packets = replace(packets, egress=np.zeros_like(chosen.egress), names=(chosen.names[0], ("",)))
        for step in self.device.steps:
            if isinstance(step, Routing):
                packets = chosen
            elif isinstance(step, Check):
                if not step.chains.entry.stateful and not self.answers_all(step):
                    self._answer(step, chosen, found)
                self._check(step, packets, found)
        return found

    def answers_all(self, step: Check) -> bool:
        """Whether a check that remembers nothing lets every packet pass that belongs to a connection."""
        if id(step) not in self._answering:
            chains = (step.chains.entry, *step.chains.others.values())
            told = all(rule.ingress is None and rule.egress is None for chain in chains for rule in chain.rules)
            self._answering[id(step)] = told and _all_pass(step)
        return self._answering[id(step)]

    def _answer(self, step: Check, packets: Packets, found: Passing) -> None:
        """Of what must pass the replies must pass too; where translation changes them they are for the exact engine."""
        meets = np.flatnonzero(_by(step.egress, packets, 0) & _by(step.ingress, packets, 1))
        if id(step) not in self._backward:
            translated = any(isinstance(one, Translate) and one.translations for one in self.device.steps)
            self._backward[id(step)] = None if translated else bounds(step.chains, State.ESTABLISHED)
        lists = self._backward[id(step)]
        if lists is None:
            found.must[meets] = False
        elif len(meets):
            passes = self._classifier(lists.must).permitted(packets.some(meets).replies)
            found.must[meets] &= passes
            found.perhaps_must[meets] &= passes

    def _check(self, step: Check, packets: Packets, found: Passing) -> None:
        meets = np.flatnonzero(_by(step.ingress, packets, 0) & _by(step.egress, packets, 1))
        lists = self.bounds(step)
        if lists is None:
            found.must[meets] = found.may[meets] = False
        if lists is None or not len(meets):
            return
        met = packets.some(meets)
        upper = self._classifier(lists.may).permitted(met)
        lower = upper if lists.must is lists.may else self._classifier(lists.must).permitted(met)
        found.may[meets] &= upper
        found.perhaps_may[meets] &= upper
        found.must[meets] &= lower
        found.perhaps_must[meets] &= lower

    def _classifier(self, lines: Lines) -> Classifier:
        if id(lines) not in self._classifiers:
            self._classifiers[id(lines)] = Classifier(lines)
        return self._classifiers[id(lines)]


def _all_pass(step: Check) -> bool:
    try:
        return within(EVERYTHING, evaluate(step.chains, EVERYTHING, EVERYTHING, "", "", State.ESTABLISHED).must)
    except TooManyBoxesError:
        return False


def _by(names: frozenset[str] | None, packets: Packets, which: int) -> NDArray[np.bool_]:
    """Which packets come by (0) or leave by (1) one of these interfaces; None: any."""
    known = np.array([names is None or name in names for name in packets.names[which]], np.bool_)
    found: NDArray[np.bool_] = known[(packets.ingress, packets.egress)[which]]
    return found
