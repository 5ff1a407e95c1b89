"""The picture as SVG: wires of the model, places, lines of gaps with their signs, a legend. The same scene, same bytes.

Links lead to ``base`` + "/gaps?…"; without a base it is a picture alone. The letters' font is named by the caller, so
that a renderer without system fonts draws it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from leadglass.model.neutral import neutral
from leadglass.network.gap_class import GapClass, Severity
from leadglass.network.picture.boxes import box
from leadglass.network.picture.ink import (
    COLOURS,
    GHOST,
    INK,
    PALE,
    PAPER,
    RULE,
    SOFT,
    WIDTHS,
    anchor,
    cut,
    look,
    sign,
    text,
)
from leadglass.network.picture.routes import MARK_HIGH, MARK_WIDE, Route, routes
from leadglass.network.picture.scene import Line, Scene
from leadglass.network.picture.standing import CORE

SANS = "system-ui, sans-serif"
LEGEND = 132  # height
_STEP = 290  # between columns of the legend
_LINES = "A line is all gaps between two places: sign and dashes: the worst class; width: its severity; how many"


def draw(scene: Scene, classes: Sequence[GapClass], base: str = "", family: str = SANS, scale: float = 1) -> str:
    """The SVG.

    Args:
        scene: what is to be seen.
        classes: of gaps, for the legend.
        base: path that links begin with; empty: no links.
        family: of the letters.
        scale: of the size it asks for.
    """
    width, height = scene.grid.width, scene.grid.bottom + LEGEND
    drawn = scene.drawn
    ways = routes(scene.grid, [(line.source, line.destination) for line in drawn])
    pairs = list(zip(drawn, ways, strict=True))[::-1]  # the worst on top
    parts = [
        f'<title id="network-title">{escape(neutral(title(scene)))}</title>',
        f'<desc id="network-words">{escape(neutral(words(scene)))}</desc>',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        text(20, 30, cut(f"{scene.name}: network over the model “{scene.model}”", 110), 19, INK, weight="700"),
        text(20, 54, cut(words(scene), 240), 13, SOFT),
        _wires(scene),
        *(_line(line, way) for line, way in pairs),
        *(box(one, base) for one in scene.boxes),
        *(_mark(line, way, base) for line, way in pairs),
        _legend(scene, classes),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width * scale:g}" height="{height * scale:g}" '
        f'role="group" aria-labelledby="network-title" aria-describedby="network-words" '
        f'font-family="{escape(family)}">{"".join(parts)}</svg>'
    )


def title(scene: Scene) -> str:
    """What the picture is."""
    return f"Network of {scene.name} over the model {scene.model}"


def words(scene: Scene) -> str:
    """What it shows, in a sentence or two."""
    there = sum(not one.ghost for one in scene.boxes)
    lacking = sum(one.ghost and not one.place.role.outside for one in scene.boxes)
    counted = f"{scene.zones} zones with {scene.machines} machines at {there} places; {lacking} roles are not here. "
    if not scene.lines:
        return counted + ("No gap is like that." if scene.all_gaps else "No gap was found.")
    worst = scene.lines[0]
    shown = f"{scene.gaps} gaps" if scene.gaps == scene.all_gaps else f"{scene.gaps} of {scene.all_gaps} gaps"
    rest = len(scene.lines) - len(scene.drawn)
    more = f" {rest} milder lines are in the table alone." if rest else ""
    return (
        f"{counted}{shown}; the worst: {worst.title.lower()} ({worst.severity.value}), from {worst.source.role.title} "
        f"to {worst.destination.role.title}.{more}"
    )


def _wires(scene: Scene) -> str:
    """The model's own wiring: each row's places, joined at the core."""
    core = scene.grid.places.get(CORE)
    if core is None:
        return ""
    x = core.x + core.width // 2
    paths = []
    heights = []
    for index, (top, bottom) in enumerate(scene.grid.rows):
        y = (top + bottom) // 2
        there = [
            place
            for place in scene.grid.places.values()
            if place.row == index and place.role.id not in {"unassociated", "none"}
        ]
        if there:
            first, last = min(place.x for place in there), max(place.right for place in there)
            paths.append(f"M{min(first + 20, x)} {y}H{max(last - 20, x)}")
            heights.append(y)
    paths.append(f"M{x} {min(heights)}V{max(heights)}")
    return f'<path d="{"".join(paths)}" fill="none" stroke="{RULE}" stroke-width="7" stroke-opacity="0.45"/>'


def _line(line: Line, way: Route) -> str:
    (x, y), *others = way.points
    path = f"M{x:g} {y:g}" + "".join(f"L{right:g} {down:g}" for right, down in others)
    dashes = look(line.kind).dashes
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<path d="{path}" fill="none" stroke="{PAPER}" stroke-width="{WIDTHS[line.severity] + 3:g}"/>'
        f'<path d="{path}" fill="none" stroke="{COLOURS[line.severity]}" stroke-width="{WIDTHS[line.severity]:g}" '
        f'stroke-linejoin="round"{dashed}/>' + _heads(line, way)
    )


def _heads(line: Line, way: Route) -> str:
    """Where it leads to: an arrow at one end, or at both."""
    ends = [way.points[-1] if not way.turned else way.points[0]]
    if line.both:
        ends = [way.points[0], way.points[-1]]
    found = []
    for x, y in ends:
        before = way.points[1] if (x, y) == way.points[0] else way.points[-2]
        side = -1 if before[0] < x else 1
        found.append(f"M{x:g} {y:g}l{side * 9} -5v10z")
    return f'<path d="{"".join(found)}" fill="{COLOURS[line.severity]}"/>'


def _mark(line: Line, way: Route, base: str) -> str:
    x, y = way.mark
    colour = COLOURS[line.severity]
    count = str(line.count) if line.count < 1_000 else f"{line.count // 1_000}k+"  # the label has all of it
    inner = (
        f'<rect x="{x - MARK_WIDE / 2 + 1:g}" y="{y - MARK_HIGH / 2 + 1:g}" width="{MARK_WIDE - 2}" '
        f'height="{MARK_HIGH - 2}" rx="11" fill="{PAPER}" stroke="{colour}" stroke-width="1.4"/>'
        + sign(line.kind, x - 13, y, colour)
        + text(x + 10, y + 4.5, count, 12.5, colour, "middle", "700")
    )
    both = " and back" if line.both else ""
    label = (
        f"From {line.source.role.title} to {line.destination.role.title}{both}: {line.count} gaps, "
        f"the worst {line.title.lower()}, {line.severity.value}"
    )
    ends = urlencode({"between": f"{line.source.role.id} {line.destination.role.id}"})
    return anchor(base, f"/gaps?{ends}", label, inner)


def _legend(scene: Scene, classes: Sequence[GapClass]) -> str:
    top = scene.grid.bottom + 22
    parts = [
        f'<path d="M20 {top - 18}H{scene.grid.width - 20}" stroke="{RULE}"/>',
        text(20, top, _LINES, 12.5, SOFT),
    ]
    gaps = [one for one in classes if one.gap]
    for index, one in enumerate(gaps):
        x, y = 20 + (index % 4) * _STEP, top + 24 + (index // 4) * 28
        dashes = look(one.id).dashes
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        parts.append(f'<path d="M{x} {y}h54" stroke="{INK}" stroke-width="2.4"{dashed}/>')
        parts.append(sign(one.id, x + 27, y, INK))
        parts.append(text(x + 62, y + 4, one.title, 12))
    x = 20 + 4 * _STEP + 10
    grades = [Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL]
    for index, grade in enumerate(grades):
        y = top + 20 + index * 18
        parts.append(f'<path d="M{x} {y}h40" stroke="{COLOURS[grade]}" stroke-width="{WIDTHS[grade]:g}"/>')
        parts.append(text(x + 48, y + 4, grade.value, 12))
    x += 150
    keys = [
        (f'<rect x="{x}" y="{top + 12}" width="22" height="14" rx="3" fill="{PAPER}" stroke="{INK}"/>',
         "a role of the model, with the zones that have it; the number: machines"),
        (f'<rect x="{x}" y="{top + 34}" width="22" height="14" rx="3" fill="{PALE}" stroke="{INK}"/>'
         f'<path d="M{x + 3} {top + 36}v10M{x + 19} {top + 36}v10" stroke="{INK}" stroke-width="2.5"/>',
         "a firewall, gateway or sensor of the model, with the hospital's own"),
        (f'<rect x="{x}" y="{top + 56}" width="22" height="14" rx="3" fill="{PAPER}" stroke="{GHOST}" '
         'stroke-dasharray="3 4"/>', "the model has it, the hospital does not"),
        (f'<circle cx="{x + 11}" cy="{top + 85}" r="8" fill="{PAPER}" stroke="{INK}" stroke-dasharray="2.5 2"/>',
         "letter of the article of 2007; dashed: its role is our reading"),
    ]  # fmt: skip
    for index, (drawing, meaning) in enumerate(keys):
        parts += [drawing, text(x + 32, top + 23 + index * 22, meaning, 12)]
    return f"<g>{''.join(parts)}</g>"


def size(scene: Scene) -> tuple[int, int]:
    """Width and height of the SVG."""
    return scene.grid.width, scene.grid.bottom + LEGEND
