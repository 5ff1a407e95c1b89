"""All gaps of the network in groups, the worst first; by class, zone, service, severity, control. And one group."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.assessor.knowledge import knowledge
from leadglass.console.network_view import PATH, TONES, choices, compared, filter_of, filtered
from leadglass.console.page import Page, Visit
from leadglass.network.bundles import bundles

PER_PAGE = 50  # groups
MAX_ONE = 400  # gaps of one group


def show(visit: Visit) -> Response:
    """The groups that are asked for."""
    found = compared(visit)
    if isinstance(found, Response):
        return found
    asked = filter_of(visit)
    gaps = filtered(found, asked)
    every = found.bundles if asked.everything else bundles(gaps, found.network.model, found.comparison.partition)
    page = visit.query("page")
    at = max(1, int(page)) if page.isascii() and page.isdecimal() and len(page) < 6 else 1
    shown = every[(at - 1) * PER_PAGE : at * PER_PAGE]
    return visit.render(
        "network_gaps.html",
        shown=shown,
        first=(at - 1) * PER_PAGE + 1,
        groups_count=len(every),
        gaps=len(gaps),
        at=at,
        more=at * PER_PAGE < len(every),
        asked=asked,
        choices=choices(found),
        tones=TONES,
        control=knowledge().catalogue.control(asked.control) if asked.control else None,
    )


def group(visit: Visit) -> Response:
    """Every gap of one pair of zones and class."""
    found = compared(visit)
    if isinstance(found, Response):
        return found
    wanted = visit.request.path_params.get("id", "")
    one = next((each for each in found.bundles if each.id == wanted), None)
    if one is None:
        return visit.render("network_gone.html", 404, what="group of gaps")
    model = found.network.model
    kind = found.classes.called(one.kind)
    return visit.render(
        "network_group.html",
        one=one,
        shown=one.gaps[:MAX_ONE],
        hidden=max(0, len(one.gaps) - MAX_ONE),
        titles={service.id: service.title for service in model.services} | {"other": "Anything else"},
        tones=TONES,
        kind=kind,
        controls=[control for name in one.controls if (control := knowledge().catalogue.control(name)) is not None],
    )


PAGES = (
    Page(f"{PATH}/gaps", "assessment", get=show),
    Page(f"{PATH}/groups/{{id}}", "assessment", get=group),
)
