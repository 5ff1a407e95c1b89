"""One gap: what the model says, what may pass, the packet and the lines that show it, what to do. Changes nothing."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.assessor.knowledge import knowledge
from leadglass.console.network_view import PATH, TONES, compared
from leadglass.console.page import Page, Visit
from leadglass.network.gaps import witnessed
from leadglass.network.witness import shown
from leadglass.store.appstate.risks import risks


def show(visit: Visit) -> Response:
    """All that is known of it."""
    found = compared(visit)
    if isinstance(found, Response):
        return found
    gap = found.by_id.get(visit.request.path_params.get("id", ""))
    if gap is None:
        return visit.render("network_gone.html", 404, what="gap")
    gap = gap if gap.witness is not None else witnessed(found.comparison, gap)
    parts = {part.name: part for part in found.comparison.partition.parts}
    catalogue, model = knowledge().catalogue, found.network.model
    witness = gap.witness
    service = model.service(gap.cell.service)
    return visit.render(
        "network_gap.html",
        gap=gap,
        source=parts[gap.cell.source],
        destination=parts[gap.cell.destination],
        service=service.title if service is not None else "Anything else",
        witness=witness,
        packet=shown(witness.packet) if witness is not None and witness.packet is not None else "",
        flows=gap.cell.flows,
        roles={role.id: role.title for role in model.roles},
        controls=[control for name in gap.controls if (control := catalogue.control(name)) is not None],
        group=next(one for one in found.bundles if one.kind == gap.kind and (one.source, one.destination) == gap.pair),
        risks=[risk for risk in risks(visit.console.engine) if risk.control in gap.controls],
        tones=TONES,
    )


PAGES = (Page(f"{PATH}/gaps/{{id}}", "assessment", get=show),)
