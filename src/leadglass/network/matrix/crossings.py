"""All devices with the ways that lead through them, and what passes along a bundle of ways. Never over several ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from leadglass.network.matrix.atoms import Atoms
from leadglass.network.matrix.coverage import Coverage
from leadglass.network.matrix.crossing import Crossing
from leadglass.network.matrix.facts import Facts, lost
from leadglass.network.matrix.judge import Judge
from leadglass.network.matrix.plan import Bundle, Plan
from leadglass.network.matrix.sieve import Places, Side, places, side
from leadglass.network.matrix.ways import End

Place = tuple[str, int]
"""An interface and a piece."""


class Passage(NamedTuple):
    """Through one device on a bundle: its rows, as the entrance's pieces, and its columns, as the bundle's."""

    device: int
    rows: Places
    columns: Places


class Crossings:
    """Facts of each device, for the ways that lead through it.

    Attributes:
        judges: of the devices, by number.
        sides: by device, its rows and its columns.
    """

    def __init__(self, planned: Plan, atoms: Atoms, coverage: Coverage, judges: Sequence[Judge]) -> None:
        """Gathers the ways, then sifts each device's lines once."""
        self.judges = judges
        self._words = atoms.words
        rows: list[dict[Place, int]] = [{} for _ in judges]
        columns: list[dict[Place, int]] = [{} for _ in judges]
        self._passages = {
            id(bundle): [_entered(bundle, leg, rows, columns) for leg in range(len(bundle.egress))]
            for bundle in planned.bundles
        }
        self.sides: list[tuple[Side, Side]] = [
            (side(tuple(down)), side(tuple(across))) for down, across in zip(rows, columns, strict=True)
        ]
        self._facts = [
            Crossing(judge, atoms, coverage, down, across).facts() if len(down.pieces) else None
            for judge, (down, across) in zip(judges, self.sides, strict=True)
        ]

    def passages(self, bundle: Bundle) -> list[Passage]:
        """A bundle's ways through its devices, in order."""
        return self._passages[id(bundle)]

    def along(self, bundle: Bundle) -> Facts:
        """What passes all devices of a bundle."""
        if bundle.end is End.LOST:
            return lost((self._words, len(bundle.entrance.pieces), len(bundle.pieces)))
        found: Facts | None = None
        for device, down, across in self.passages(bundle):
            facts = self._facts[device]
            assert facts is not None, "every device of a bundle has its rows"
            block = facts.block(down, across)
            found = block if found is None else found.then(block)
        assert found is not None, "a way has a device"
        return found.unsure() if bundle.end is End.UNSURE else found


def _entered(bundle: Bundle, leg: int, rows: list[dict[Place, int]], columns: list[dict[Place, int]]) -> Passage:
    """Adds what rows and columns a bundle needs of a device."""
    entrance = bundle.entrance
    device, ingress = entrance.device, entrance.ingress
    if leg:
        device, name = bundle.onward[leg - 1]
        ingress = (name,) * len(entrance.pieces)
    known, meant = rows[device], columns[device]
    down = [known.setdefault(place, len(known)) for place in zip(ingress, entrance.pieces, strict=True)]
    across = [meant.setdefault(place, len(meant)) for place in zip(bundle.egress[leg], bundle.pieces, strict=True)]
    return Passage(device, places(down), places(across))
