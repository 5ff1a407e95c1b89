"""Which devices stand between two zones, by routes alone. Never whether they let anything through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from leadglass.network.matrix.atoms import WORD
from leadglass.network.matrix.plan import Plan
from leadglass.network.matrix.sieve import Bits


@dataclass(frozen=True, slots=True, eq=False)
class Crossed:
    """By word of devices, zone that begins, zone that is meant: a bit for each device on a way.

    Attributes:
        names: of the devices.
    """

    names: tuple[str, ...]
    bits: Bits
    _known: dict[bytes, frozenset[str]] = field(default_factory=dict)

    def between(self, source: int, destination: int) -> frozenset[str]:
        """Names of the devices on ways between two zones, by their numbers."""
        words = self.bits[:, source, destination]
        key = words.tobytes()
        if key not in self._known:
            self._known[key] = frozenset(
                name for number, name in enumerate(self.names) if int(words[number // WORD]) >> number % WORD & 1
            )
        return self._known[key]


def crossed(plans: Sequence[Plan], zones: int) -> Crossed:
    """Devices on the ways of all plans; where routes do not tell the ways, all devices."""
    names = tuple(device.name for plan in plans[:1] for device in plan.map.devices)
    words = max(1, -(-len(names) // WORD))
    total = np.zeros((words, zones, zones), np.uint64)
    for plan in plans:
        owners = np.array([piece.zone for piece in plan.pieces], np.intp)
        for bundle in plan.bundles:
            on_it = _bits(words, [bundle.entrance.device, *(number for number, _ in bundle.onward)])
            began = np.unique(owners[list(bundle.entrance.pieces)])
            meant = np.unique(owners[list(bundle.pieces)])
            total[:, began[:, None], meant] |= on_it
        every = _bits(words, range(len(names)))
        for entrance, piece in plan.open:
            total[:, np.unique(owners[list(entrance.pieces)]), owners[piece]] |= every[:, :, 0]
        total[:, np.unique(owners[list(plan.homeless)])] |= every
    return Crossed(names, total)


def _bits(words: int, numbers: Sequence[int]) -> Bits:
    found = [0] * words
    for number in numbers:
        found[number // WORD] |= 1 << number % WORD
    return np.array(found, np.uint64)[:, None, None]
