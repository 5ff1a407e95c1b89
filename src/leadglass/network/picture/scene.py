"""What the picture shows: each role's place with what stands there, and gaps as lines between. Draws nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leadglass.network.compare import Comparison
from leadglass.network.gap_class import Severity
from leadglass.network.gaps import Gap
from leadglass.network.picture.places import UNPLACED, Grid, Place
from leadglass.network.picture.standing import Row, homes, standing
from leadglass.network.rules.site import Site

MAX_LINES = 22  # drawn, the worst; the table has all
UNSURE = "cannot-tell"


@dataclass(frozen=True, slots=True)
class Box:
    """A role's place.

    Attributes:
        rows: what stands there, what has the worst gaps first.
        machines: of all its zones.
        ghost: the model has it and the hospital does not.
    """

    place: Place
    rows: tuple[Row, ...]
    machines: int
    ghost: bool


@dataclass(frozen=True, slots=True)
class Line:
    """All gaps between two places, both ways.

    Attributes:
        source, destination: as the worst of them goes.
        kind, title: of the class of the worst.
        severity: of the worst.
        count: gaps. kinds: how many of each class, the most first.
        pairs: zones that they are between, in the order of the gaps.
        both: some go the other way.
    """

    source: Place
    destination: Place
    kind: str
    title: str
    severity: Severity
    count: int
    kinds: tuple[tuple[str, int], ...]
    pairs: tuple[tuple[str, str], ...]
    both: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """All of it.

    Attributes:
        name: of the hospital. model: title of the model.
        boxes: in the model's order. lines: the worst first.
        zones: how many are declared. gaps: how many are shown; ``all_gaps``: how many there are.
    """

    name: str
    model: str
    grid: Grid
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    zones: int
    machines: int
    gaps: int
    all_gaps: int

    @property
    def drawn(self) -> tuple[Line, ...]:
        """Lines that are in the picture."""
        return self.lines[:MAX_LINES]


def scene(comparison: Comparison, gaps: Sequence[Gap], shown: Sequence[Gap] | None = None) -> Scene:
    """What is to be seen of a comparison.

    Args:
        comparison: the hospital held against its model.
        gaps: all, the worst first.
        shown: those that are asked for, in the same order; None: all.
    """
    shown = gaps if shown is None else shown
    grid = Grid(comparison.model)
    at = homes(comparison)
    rows = standing(Site(comparison), at, gaps)
    boxes = tuple(_box(place, rows.get(role, ())) for role, place in grid.places.items())
    hospital = comparison.hospital
    return Scene(
        hospital.name,
        comparison.model.title,
        grid,
        boxes,
        _lines(grid, at, shown),
        len(hospital.zones),
        len(hospital.machines),
        len(shown),
        len(gaps),
    )


def _box(place: Place, rows: Sequence[Row]) -> Box:
    ordered = sorted(rows, key=lambda row: (row.also, -row.worst.rank, -row.gaps, row.title, row.name))
    nothing = not rows and place.role.id != UNPLACED.id
    return Box(place, tuple(ordered), sum(row.machines for row in rows if not row.also), nothing)


def _lines(grid: Grid, at: dict[str, str], gaps: Iterable[Gap]) -> tuple[Line, ...]:
    together: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        one, other = sorted(at.get(zone, UNPLACED.id) for zone in gap.pair)
        together.setdefault((one, other), []).append(gap)
    found = [_line(grid, at, some) for some in together.values()]
    order = list(grid.places)
    return tuple(
        sorted(
            found,
            key=lambda line: (
                -line.severity.rank,
                line.kind == UNSURE,
                -line.count,
                order.index(line.source.role.id),
                order.index(line.destination.role.id),
            ),
        )
    )


def _line(grid: Grid, at: dict[str, str], gaps: Sequence[Gap]) -> Line:
    worst = min(gaps, key=lambda gap: (-gap.severity.rank, gap.kind == UNSURE))
    source, destination = (at.get(zone, UNPLACED.id) for zone in worst.pair)
    kinds = Counter(gap.kind for gap in gaps)
    return Line(
        grid.places[source],
        grid.places[destination],
        worst.kind,
        worst.title,
        worst.severity,
        len(gaps),
        tuple(sorted(kinds.items(), key=lambda one: (-one[1], one[0]))),
        tuple(dict.fromkeys(gap.pair for gap in gaps)),
        any(at.get(gap.cell.source, UNPLACED.id) != source for gap in gaps),
    )
