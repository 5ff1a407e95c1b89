"""Whether lines of all filters on a way agree on a packet: what none of them holds in common passes nowhere.

Each filter alone may let something of a cell pass, and no packet pass them all. Only what may pass is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from leadglass.network.device import Check, Routing
from leadglass.network.headers import PORTS, Box
from leadglass.network.matrix.atoms import WORD
from leadglass.network.matrix.coverage import Flags
from leadglass.network.matrix.first_pass import Followed
from leadglass.network.matrix.lines import Lines

MAX_JOINT = 64
"""Combinations of lines that are tried for one cell."""


class Joint:
    """The lines of one plan, by the pieces and atoms that they touch."""

    def __init__(self, followed: Followed) -> None:
        """Looks at no line yet."""
        self._followed = followed
        self._touched: dict[int, tuple[Flags, Flags, Flags]] = {}
        self._lists: dict[tuple[int, str, str], list[Lines] | None] = {}

    def common(self, source: int, destination: int, atom: int) -> list[Box] | None:
        """What of a cell the lines that permit hold in common, perhaps more than passes; None: too much to tell.

        Args:
            source: number of the piece that begins.
            destination: number of the piece that is meant; there is one way between them.
            atom: number of the atom.
        """
        pieces = self._followed.plan.pieces
        protocol, port = self._followed.atoms.members[atom]
        cell = Box(pieces[source].addresses, pieces[destination].addresses, protocol, PORTS, port)
        choices: list[list[Box]] = []
        number = 1
        for lists in self._ways(source, destination):
            if lists is None:
                continue
            for one in lists:
                boxes = [cell] if one.permits else []
                boxes += (
                    both for box in self._permitting(one, source, destination, atom) if (both := box.common(cell))
                )
                number *= len(boxes)
                if number > MAX_JOINT:
                    return None
                choices.append(boxes)
        found = []
        for some in product(*choices):
            shared: Box | None = cell
            for box in some:
                shared = shared.common(box) if shared is not None else None
            if shared is not None:
                found.append(shared)
        return found

    def _ways(self, source: int, destination: int) -> Iterator[list[Lines] | None]:
        """By device, the lists that packets meet."""
        bundle = self._followed.plan.bundles[int(self._followed.lane[source, destination])]
        row = bundle.entrance.pieces.index(source)
        column = bundle.pieces.index(destination)
        for device, rows, columns in self._followed.crossings.passages(bundle):
            down, across = self._followed.crossings.sides[device]
            key = (device, down.interfaces[rows[row]], across.interfaces[columns[column]])
            if key not in self._lists:
                self._lists[key] = self._met(*key)
            yield self._lists[key]

    def _met(self, device: int, ingress: str, egress: str) -> list[Lines] | None:
        judge = self._followed.crossings.judges[device]
        if judge.device.doubts:
            return None
        found = []
        out = ""
        for step in judge.device.steps:
            if isinstance(step, Routing):
                out = egress
            elif isinstance(step, Check):
                met = (step.ingress is None or ingress in step.ingress) and (step.egress is None or out in step.egress)
                lists = judge.bounds(step) if met else None
                if lists is not None:
                    found.append(lists.may)
        return found

    def _permitting(self, lines: Lines, source: int, destination: int, atom: int) -> Iterator[Box]:
        if id(lines) not in self._touched:
            self._touched[id(lines)] = self._look(lines)
        by_source, by_destination, by_atom = self._touched[id(lines)]
        for number in np.flatnonzero(by_source[source] & by_destination[destination] & by_atom[atom]):
            yield lines.lines[number].box

    def _look(self, lines: Lines) -> tuple[Flags, Flags, Flags]:
        """By source piece, destination piece and atom, the permitting lines that touch it."""
        coverage, atoms = self._followed.coverage, self._followed.atoms
        count, members = len(self._followed.plan.pieces), len(atoms.members)
        shape = (len(lines.lines), count)
        ends = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
        services = np.zeros((len(lines.lines), members), np.bool_)
        for number, line in enumerate(lines.lines):
            if line.permits:
                ends[0][number] = coverage.of(line.box.source).touched
                ends[1][number] = coverage.of(line.box.destination).touched
                masks = atoms.masks(line.box.protocol, line.box.destination_port).touched
                services[number] = [masks[atom // WORD] >> atom % WORD & 1 for atom in range(members)]
        sources, destinations, served = (np.ascontiguousarray(each.T) for each in (*ends, services))
        return sources, destinations, served
