"""One packet's way through the network, and the lines that let it through or stop it. Changes nothing."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.console.network_view import PATH, TONES, compared
from leadglass.console.page import Page, Visit
from leadglass.console.survey_form import Fault
from leadglass.network.explain import NotKnown, explain

MAX_WAYS = 12  # shown


def show(visit: Visit) -> Response:
    """The form, and what becomes of the packet that it asks about."""
    found = compared(visit)
    if isinstance(found, Response):
        return found
    asked = {name: visit.query(name) for name in ("source", "destination", "service")}
    told, faults = None, []
    if any(asked.values()):
        missing = [name for name, value in asked.items() if not value]
        faults = [Fault(name, f"Say the {name}") for name in missing]
        if not missing:
            try:
                told = explain(found.comparison, found.gaps, *asked.values())
            except NotKnown as error:
                message, hint = error.message, error.hint
                wrong = next((name for name, value in asked.items() if repr(value)[:60] in message), "source")
                faults = [Fault(wrong, f"{message[:1].upper()}{message[1:]}. {hint}")]
    hospital, model = found.network.hospital, found.network.model
    return visit.render(
        "network_explain.html",
        400 if faults else 200,
        asked=asked,
        told=told,
        faults=faults,
        ways=told.ways[:MAX_WAYS] if told else (),
        hidden=max(0, len(told.ways) - MAX_WAYS) if told else 0,
        ends=[(part.name, part.title) for part in found.comparison.partition.parts]
        + [(one.name, one.title or one.name) for one in hospital.machines[:500]],
        services=[(one.id, one.title) for one in model.services],
        tones=TONES,
    )


PAGES = (Page(f"{PATH}/explain", "assessment", get=show),)
