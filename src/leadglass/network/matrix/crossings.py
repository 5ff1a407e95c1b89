"""All devices with the ways that lead through them, and what passes along a bundle of ways. Never over several ways."""

from __future__ import annotations

from leadglass.network.matrix.atoms import Atoms
from leadglass.network.matrix.coverage import Coverage
from leadglass.network.matrix.crossing import Crossing
from leadglass.network.matrix.facts import Facts, lost
from leadglass.network.matrix.plan import Bundle, Plan
from leadglass.network.matrix.sieve import Places, places, side
from leadglass.network.matrix.ways import End

Place = tuple[str, int]
"""An interface and a piece."""


class Crossings:
    """Facts of each device, for the ways that lead through it."""

    def __init__(self, planned: Plan, atoms: Atoms, coverage: Coverage) -> None:
        self._planned, self._atoms = planned, atoms
        self._rows: list[dict[Place, int]] = [{} for _ in planned.map.devices]
        self._columns: list[dict[Place, int]] = [{} for _ in planned.map.devices]
        self._blocks: dict[int, list[tuple[int, Places, Places]]] = {}
        for bundle in planned.bundles:
            self._blocks[id(bundle)] = [self._enter(bundle, leg) for leg in range(len(bundle.egress))]
        self._facts = [
            Crossing(device, atoms, coverage, side(tuple(rows)), side(tuple(columns))).facts() if rows else None
            for device, rows, columns in zip(planned.map.devices, self._rows, self._columns, strict=True)
        ]

    def _enter(self, bundle: Bundle, leg: int) -> tuple[int, Places, Places]:
        """The rows and columns of one device on the ways of a bundle."""
        entrance = bundle.entrance
        device, ingress = entrance.device, entrance.ingress
        if leg:
            device, name = bundle.onward[leg - 1]
            ingress = (name,) * len(entrance.pieces)
        rows, columns = self._rows[device], self._columns[device]
        down = [rows.setdefault(place, len(rows)) for place in zip(ingress, entrance.pieces, strict=True)]
        across = [
            columns.setdefault(place, len(columns)) for place in zip(bundle.egress[leg], bundle.pieces, strict=True)
        ]
        return device, places(down), places(across)

    def along(self, bundle: Bundle) -> Facts:
        """What passes all devices of a bundle."""
        if bundle.end is End.LOST:
            return lost((self._atoms.words, len(bundle.entrance.pieces), len(bundle.pieces)))
        found: Facts | None = None
        for device, down, across in self._blocks[id(bundle)]:
            facts = self._facts[device]
            assert facts is not None, "every device of a bundle has its rows"
            block = facts.block(down, across)
            found = block if found is None else found.then(block)
        assert found is not None, "a way has a device"
        return found.unsure() if bundle.end is End.UNSURE else found
