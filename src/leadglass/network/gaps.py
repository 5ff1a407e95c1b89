"""Gaps: cells of the comparison that are not in order, with what, why, what to do, and a witness. Never their cost.

The id of a gap is made of zone and service names alone: rules and addresses may change, the gap stays the same one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from leadglass.network.cell import OTHER, Cell
from leadglass.network.compare import Comparison
from leadglass.network.gap_class import Classes, Control, GapClass, Severity
from leadglass.network.model_network import ModelNetwork, Role
from leadglass.network.observed import Observed
from leadglass.network.permitted import Expectation, Permitted
from leadglass.network.reasons import reason
from leadglass.network.witness import Witness, Witnesses
from leadglass.network.zones import Part

MAX_WITNESSED = 2_000  # gaps that get a witness at once, the worst first; `witnessed` gives others theirs
THROUGH_GATEWAY = "through-gateway"

_NAMES = {OTHER: "Other traffic"}


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap.

    Attributes:
        id: of zone and service names.
        kind: id of its class; ``title``: of the class.
        controls: ids of those it bears on, the main one first.
        unproven: obligations that nothing shows to be met.
        what, why, do: for people.
        witness: None where nobody asked for one yet.
    """

    id: str
    kind: str
    title: str
    severity: Severity
    controls: tuple[str, ...]
    cell: Cell
    unproven: tuple[str, ...]
    what: str
    why: str
    do: str
    witness: Witness | None = None

    @property
    def control(self) -> str:
        """The main one."""
        return self.controls[0]

    @property
    def pair(self) -> tuple[str, str]:
        """From which zone to which."""
        return self.cell.source, self.cell.destination


def gap_id(cell: Cell) -> str:
    """Its id; "--" stands in no name."""
    parts = [cell.source, cell.destination, cell.service, *(["gateway"] if cell.through else [])]
    return "--".join(parts)


def classify(cell: Cell, model: ModelNetwork, classes: Classes, proven: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """The class of a cell, and its obligations that are not shown to be met.

    Args:
        cell: of the comparison.
        model: that it was compared with.
        classes: the table.
        proven: ids of controls that are met.
    """
    row = classes.table[cell.expectation, cell.permitted, cell.observed]
    owed = {
        name: model.evidencing(flow, name)
        for flow in cell.flows
        for name in flow.obligations
        # That a way leads through the gateway and no other does the comparison shows by itself.
        if name != THROUGH_GATEWAY
    }
    unproven = tuple(name for name, control in owed.items() if control not in proven)
    if unproven and row.obliged and cell.permitted is not Permitted.NONE:
        return row.obliged, unproven
    return row.kind, ()


def gaps(
    comparison: Comparison, classes: Classes, proven: frozenset[str] = frozenset(), *, witnesses: bool = True
) -> tuple[Gap, ...]:
    """All gaps, the worst first, then by id.

    Args:
        comparison: the cells.
        classes: the table that names them.
        proven: ids of controls that are met: obligations that these evidence are no gaps.
        witnesses: follow a packet for each of the first `MAX_WITNESSED`.
    """
    found = sorted(_gaps(comparison, classes, proven), key=lambda gap: (-gap.severity.rank, gap.id))
    if witnesses:
        known = Witnesses(comparison.net, comparison.hospital)
        found[:MAX_WITNESSED] = [_witnessed(comparison, gap, known) for gap in found[:MAX_WITNESSED]]
    return tuple(found)


def witnessed(comparison: Comparison, gap: Gap) -> Gap:
    """The gap with its witness."""
    return _witnessed(comparison, gap, Witnesses(comparison.net, comparison.hospital))


def _witnessed(comparison: Comparison, gap: Gap, known: Witnesses) -> Gap:
    cell = gap.cell
    sighting = comparison.observations.seen.get((cell.source, cell.destination, cell.service))
    shown = sighting if cell.observed is Observed.SEEN else None
    return replace(gap, witness=known.of(cell, shown))


def _gaps(comparison: Comparison, classes: Classes, proven: frozenset[str]) -> Iterator[Gap]:
    model = comparison.model
    parts = {part.name: part for part in comparison.partition.parts}
    for cell in comparison.cells:
        name, unproven = classify(cell, model, classes, proven)
        kind = classes.called(name)
        if not kind.gap:
            continue
        source, destination = parts[cell.source], parts[cell.destination]
        service = model.service(cell.service)
        words = {
            "service": service.title if service is not None else _NAMES[OTHER],
            "source": source.title,
            "destination": destination.title,
            "through": cell.through,
            "reason": reason(comparison, cell, unproven),
        }
        yield Gap(
            gap_id(cell),
            kind.id,
            kind.title,
            _severity(kind, classes, _roles(model, source), _roles(model, destination)),
            _controls(kind, model, cell, unproven, source, destination),
            cell,
            unproven,
            kind.what.format(**words).strip(),
            kind.why,
            kind.do,
        )


def _roles(model: ModelNetwork, part: Part) -> list[Role]:
    return [role for name in part.roles if (role := model.role(name)) is not None]


def _severity(kind: GapClass, classes: Classes, sources: list[Role], destinations: list[Role]) -> Severity:
    if not kind.weighed:
        return kind.severity
    rank = kind.severity.rank + max((classes.holds[role.holds] for role in (*sources, *destinations)), default=0)
    rank += classes.from_outside if any(role.outside for role in sources) else 0
    grades = list(Severity)
    return grades[min(max(rank, Severity.LOW.rank), Severity.CRITICAL.rank)]


def _controls(
    kind: GapClass, model: ModelNetwork, cell: Cell, unproven: tuple[str, ...], source: Part, destination: Part
) -> tuple[str, ...]:
    if kind.control is Control.OBLIGATION:
        found = [model.evidencing(flow, name) for name in unproven for flow in cell.flows if name in flow.obligations]
    elif kind.control is Control.SEPARATION:
        ends = [*_roles(model, destination), *_roles(model, source)]
        ends.sort(key=lambda role: not role.outside)  # the edge first; else the order holds
        found = [model.evidencing(flow, THROUGH_GATEWAY) for flow in cell.flows if THROUGH_GATEWAY in flow.obligations]
        found += [role.control for role in ends if role.control]
    else:
        found = [model.upkeep if kind.control is Control.UPKEEP else model.correctness]
    return tuple(dict.fromkeys(found)) or (model.separation,)


def needed_and_closed(gap: Gap) -> bool:
    """Whether closing it means to permit something, and not to forbid."""
    return gap.cell.expectation is Expectation.REQUIRED and gap.cell.permitted in {Permitted.NONE, Permitted.SOME}
