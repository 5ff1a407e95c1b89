"""Controls: all of them by area with their verdicts, and filtered. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from leadglass.assess.control import Area
from leadglass.assessor.knowledge import knowledge
from leadglass.console.judged import Judged, judged
from leadglass.console.page import Page, Visit
from leadglass.console.verdicts import BY_NAME, STANDINGS


@dataclass(frozen=True, slots=True)
class Group:
    """The controls of an area that are shown."""

    area: Area
    rows: list[Judged]


def show(visit: Visit) -> Response:
    """All, or those of one verdict or area."""
    catalogue, assessment = knowledge().catalogue, visit.console.assessment()
    areas = {area.id: area.title for area in catalogue.areas}
    chosen, area = visit.query("verdict"), visit.query("area")
    chosen, area = chosen if chosen in BY_NAME else "", area if area in areas else ""
    rows = [
        row
        for row in judged(catalogue, assessment)
        if chosen in {"", row.standing.name} and area in {"", row.control.area}
    ]
    groups = [Group(one, [row for row in rows if row.control.area == one.id]) for one in catalogue.areas]
    return visit.render(
        "assess_controls.html",
        standing=assessment.standing,
        groups=[group for group in groups if group.rows],
        shown=len(rows),
        total=len(catalogue.controls),
        verdicts=[(one.name, one.label) for one in STANDINGS],
        chosen=chosen,
        areas=list(areas.items()),
        area=area,
        meanings=STANDINGS,
    )


PAGES = (Page("/assess/controls", "assessment", get=show),)
