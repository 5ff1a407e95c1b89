"""The network drawn over its model, with a table that says the same; as a page, an SVG, a PNG. Decides nothing."""

from __future__ import annotations

from markupsafe import Markup
from starlette.responses import Response

from leadglass.assessor.network import Compared
from leadglass.console.network_view import PATH, TONES, choices, compared, filter_of, filtered
from leadglass.console.page import Page, Visit
from leadglass.network.picture.draw import SANS, draw, title, words
from leadglass.network.picture.scene import Scene, scene
from leadglass.reporting.network_picture import FAMILY, png

ZOOMS = {"fit": ("whole", 1.0), "1": ("100 %", 1.0), "1.5": ("150 %", 1.5), "2": ("200 %", 2.0)}
MAX_ROWS = 300  # of each table


def show(visit: Visit) -> Response:
    """The picture."""
    found = compared(visit)
    if isinstance(found, Response):
        return found
    asked = filter_of(visit)
    seen = _scene(visit, found)
    zoom = visit.query("zoom") if visit.query("zoom") in ZOOMS else "fit"
    role = visit.query("role")
    boxes = [box for box in seen.boxes if role in {"", box.place.role.id}]
    rows = [(box, row) for box in boxes for row in box.rows if not row.also]
    return visit.render(
        "network_picture.html",
        picture=Markup(draw(seen, found.classes.classes, PATH, SANS, ZOOMS[zoom][1])),  # noqa: S704 (escaped there)
        words=words(seen),
        lines=seen.lines[:MAX_ROWS],
        left=max(0, len(seen.lines) - MAX_ROWS),
        rows=rows[:MAX_ROWS],
        rows_left=max(0, len(rows) - MAX_ROWS),
        lacking=[box.place.role for box in seen.boxes if box.ghost],
        role=next((box.place.role for box in boxes), None) if role else None,
        zoom=zoom,
        zooms={name: label for name, (label, _) in ZOOMS.items()},
        asked=asked,
        choices=choices(found),
        tones=TONES,
        kinds={one.id: one.title for one in found.classes.classes},
    )


def svg(visit: Visit) -> Response:
    """The file: links lead nowhere, so that it can be passed on."""
    found = compared(visit)
    if isinstance(found, Response):
        return found
    return _file(draw(_scene(visit, found), found.classes.classes).encode(), "image/svg+xml", "svg")


def as_png(visit: Visit) -> Response:
    """The same as PNG."""
    found = compared(visit)
    if isinstance(found, Response):
        return found
    seen = _scene(visit, found)
    return _file(png(draw(seen, found.classes.classes, family=FAMILY), title(seen), 144), "image/png", "png")


def _scene(visit: Visit, found: Compared) -> Scene:
    return scene(found.comparison, found.gaps, filtered(found, filter_of(visit)))


def _file(data: bytes, kind: str, ending: str) -> Response:
    name = f'attachment; filename="network.{ending}"'
    return Response(data, headers={"content-type": kind, "content-disposition": name})


PAGES = (
    Page(f"{PATH}/picture", "assessment", get=show),
    Page(f"{PATH}/picture.svg", "assessment", get=svg),
    Page(f"{PATH}/picture.png", "assessment", get=as_png),
)
