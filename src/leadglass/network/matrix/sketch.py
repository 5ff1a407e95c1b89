"""What the first pass says of pairs of zones and services: an answer, or that it cannot tell. Never walks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from leadglass.network.headers import Box, headers
from leadglass.network.intervals import Intervals
from leadglass.network.matrix.atoms import WORD, Atoms
from leadglass.network.matrix.facts import Facts
from leadglass.network.matrix.sieve import Bits
from leadglass.network.permitted import Expectation, Permitted
from leadglass.network.reach import Bounds


class Known(IntFlag):
    """What is sure of a service from one zone to another; no two of a pair contradict each other."""

    NOTHING_MAY = 1
    ALL_MAY = 2
    ALL_MUST = 4
    NOTHING_MUST = 8
    SOME_MUST = 16
    LACKS_MAY = 32
    LACKS_MUST = 64
    SOME_MAY = 128


ALL_MUST = int(Known.ALL_MUST)
NOTHING_MAY = int(Known.NOTHING_MAY)
NOTHING_MUST = int(Known.NOTHING_MUST)
CAN = int(Known.ALL_MAY | Known.SOME_MAY)
_SOME_FORBIDDEN = int(Known.SOME_MUST | Known.LACKS_MUST)
_SOME_ALLOWED = int(Known.SOME_MUST | Known.LACKS_MAY)


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """The first pass over all zones.

    Attributes:
        facts: by atom, zone that begins, zone that is meant.
        known: by zone that begins, zone that is meant and service: `Known`.
        numbers: of services by their ids, and of `cell.OTHER`. names: the ids by number.
        examples: packets that certainly pass, by cell. possible: packets that can.
        silent: by zone and zone, whether nothing at all may pass.
    """

    numbers: Mapping[str, int]
    names: tuple[str, ...]
    atoms: Atoms
    facts: Facts
    known: NDArray[np.uint8]
    examples: Mapping[tuple[int, int, int], Box]
    possible: Mapping[tuple[int, int, int], Box]
    silent: Sequence[Sequence[bool]]

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
        if self.sketch.silent[self.source][self.destination]:
            return []
        return [self.sketch.names[number] for number in np.flatnonzero(known & np.uint8(NOTHING_MAY) == 0)]

    def answer(self, service: str, wanted: Expectation) -> Permitted | None:
        """How much passes of what is not required, where that is sure; see `permitted.permitted`."""
        known = int(self.sketch.known[self.source, self.destination, self.sketch.numbers[service]])
        if known & NOTHING_MAY:
            return Permitted.NONE
        if known & ALL_MUST:
            return Permitted.ALL
        if known & NOTHING_MUST and known & CAN:
            return Permitted.NOT_COVERED
        some = _SOME_FORBIDDEN if wanted is Expectation.FORBIDDEN else _SOME_ALLOWED
        return Permitted.SOME if known & some == some else None

    def example(self, service: str) -> Box:
        """Headers of the service that pass; where no packet was looked for all of one atom, in one IP version."""
        number = self.sketch.numbers[service]
        key = (self.source, self.destination, number)
        packet = self.sketch.examples.get(key) or self.sketch.possible.get(key)
        if packet is not None:
            return packet
        atom = self.sketch.atoms.members[self.sketch.atoms.services[number][0]]
        return headers(*self.ends, atom.protocol, destination_port=atom.port)[0]

    def bounds(self, services: Sequence[str]) -> Bounds | None:
        """What may and must pass of these services, where each of their atoms passes wholly or not at all."""
        known = self.sketch.known[self.source, self.destination]
        if all(int(known[self.sketch.numbers[name]]) & NOTHING_MAY for name in services):
            return (), ()
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
