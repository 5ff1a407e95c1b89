"""How lines run between places: along the lanes between columns and rows, each beside the others. Draws nothing.

A line leaves a box at its side, goes along the lane between columns, along one between rows where it has to, and enters
the other box at its side. Lines that would lie on each other get lanes of their own, first come first served.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from leadglass.network.picture.places import HIGH, Grid, Place

EDGE = 6  # between a lane's border and its first line
MARK_WIDE, MARK_HIGH = 54, 24  # room for the mark of a line
_STEP = 26  # by which a mark moves along its line to find room

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Route:
    """One line.

    Attributes:
        points: corners, from the left end to the right.
        mark: the middle of its mark.
        turned: its first point is at the second of the two places.
    """

    points: tuple[Point, ...]
    mark: Point
    turned: bool


@dataclass(slots=True)
class _Way:
    left: Place
    right: Place
    turned: bool
    lanes: list[tuple[str, int]]  # ("V", index of the column after it) or ("H", index of the row below it)


def routes(grid: Grid, ends: Sequence[tuple[Place, Place]]) -> tuple[Route, ...]:
    """The lines between pairs of places, in the order given."""
    load: Counter[tuple[str, int]] = Counter()
    ways = [_way(one, other, load) for one, other in ends]
    pins = _pins(ways)
    at = _lanes(grid, ways, pins)
    taken: list[Point] = []
    found = []
    for index, way in enumerate(ways):
        points = _points(way, pins[index], [at[index, step] for step in range(len(way.lanes))])
        mark = _mark(points, taken)
        taken.append(mark)
        found.append(Route(points, mark, way.turned))
    return tuple(found)


def _way(one: Place, other: Place, load: Counter[tuple[str, int]]) -> _Way:
    turned = (other.column, other.row) < (one.column, one.row)
    left, right = (other, one) if turned else (one, other)
    first = ("V", left.column + 1)
    if right.column - left.column <= 1:
        lanes = [first]
    else:
        choice = [left.row + 1, right.row] if right.row > left.row else [left.row, right.row + 1]
        row = min(choice, key=lambda each: (load["H", each], choice.index(each)))
        lanes = [first, ("H", row), ("V", right.column)]
    load.update(lanes)
    return _Way(left, right, turned, lanes)


def _pins(ways: Sequence[_Way]) -> list[tuple[float, float]]:
    """Heights at which lines leave and enter: on each side spread evenly, ordered by where they go."""
    sides: dict[tuple[str, str], list[tuple[tuple[int, int], int, int]]] = {}
    for index, way in enumerate(ways):
        enters = "right" if way.left.column == way.right.column else "left"
        sides.setdefault((way.left.role.id, "right"), []).append(((way.right.row, way.right.column), index, 0))
        sides.setdefault((way.right.role.id, enters), []).append(((way.left.row, way.left.column), index, 1))
    found = [[0.0, 0.0] for _ in ways]
    for lines in sides.values():
        for order, (_, index, end) in enumerate(sorted(lines), 1):
            way = ways[index]
            place = way.right if end else way.left
            found[index][end] = round(place.y + HIGH * order / (len(lines) + 1), 1)
    return [(first, last) for first, last in found]


def _lanes(grid: Grid, ways: Sequence[_Way], pins: Sequence[tuple[float, float]]) -> dict[tuple[int, int], float]:
    """By line and step, where in its lane it runs."""
    runs: dict[tuple[str, int], list[tuple[float, float, int, int]]] = {}
    for index, way in enumerate(ways):
        for step, lane in enumerate(way.lanes):
            low, high = sorted(_reach(grid, way, pins[index], step))
            runs.setdefault(lane, []).append((low, high, index, step))
    found = {}
    for (kind, number), lines in runs.items():
        begin, end = grid.across(number) if kind == "V" else grid.down(number)
        tracks: list[float] = []
        chosen = []
        for low, high, index, step in sorted(lines):
            track = next((each for each, last in enumerate(tracks) if last + 4 < low), len(tracks))
            if track == len(tracks):
                tracks.append(high)
            else:
                tracks[track] = high
            chosen.append((index, step, track))
        room = end - begin - 2 * EDGE
        for index, step, track in chosen:
            found[index, step] = round(begin + EDGE + room * (track + 1) / (len(tracks) + 1), 1)
    return found


def _reach(grid: Grid, way: _Way, pins: tuple[float, float], step: int) -> tuple[float, float]:
    """From where to where a line runs in a lane, nearly: the middle of the lanes before and after."""
    kind, _ = way.lanes[step]
    if kind == "V":
        if len(way.lanes) == 1:
            return pins
        middle = sum(grid.down(way.lanes[1][1])) / 2
        return (pins[0], middle) if step == 0 else (middle, pins[1])
    return sum(grid.across(way.lanes[0][1])) / 2, sum(grid.across(way.lanes[2][1])) / 2


def _points(way: _Way, pins: tuple[float, float], at: Sequence[float]) -> tuple[Point, ...]:
    last = way.right.right if way.left.column == way.right.column else way.right.x
    start, end = (float(way.left.right), pins[0]), (float(last), pins[1])
    if len(at) == 1:
        return start, (at[0], pins[0]), (at[0], pins[1]), end
    return start, (at[0], pins[0]), (at[0], at[1]), (at[2], at[1]), (at[2], pins[1]), end


def _mark(points: Sequence[Point], taken: Sequence[Point]) -> Point:
    """The nearest free place to the middle of the longest part, then along the others; else that middle."""
    inner = list(pairwise(points[1:-1]))
    inner.sort(key=lambda part: -_length(part))
    for part in inner:
        for spot in _spots(part):
            if all(abs(spot[0] - x) >= MARK_WIDE or abs(spot[1] - y) >= MARK_HIGH for x, y in taken):
                return spot
    return _along(inner[0], _length(inner[0]) / 2)


def _length(part: tuple[Point, Point]) -> float:
    return abs(part[0][0] - part[1][0]) + abs(part[0][1] - part[1][1])


def _along(part: tuple[Point, Point], distance: float) -> Point:
    (x, y), (end_x, end_y) = part
    length = _length(part) or 1.0
    share = distance / length
    return round(x + (end_x - x) * share, 1), round(y + (end_y - y) * share, 1)


def _spots(part: tuple[Point, Point]) -> list[Point]:
    """Places for a mark, from the middle outwards."""
    middle = _length(part) / 2
    steps = range(int(middle // _STEP) + 1)
    return [_along(part, middle + side * step * _STEP) for step in steps for side in ((1,) if step == 0 else (1, -1))]
