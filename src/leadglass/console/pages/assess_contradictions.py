"""Contradictions: what was said beside what was seen, to be accepted, disputed or fixed. Never changes an answer."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from leadglass.assess.evidence import Outcome, Settlement
from leadglass.assessor.knowledge import knowledge
from leadglass.console.contradiction import OUTCOMES, Contradiction, contradictions, history
from leadglass.console.page import Page, Visit
from leadglass.console.reading import Reading
from leadglass.console.survey_form import Fault
from leadglass.console.text import plural
from leadglass.store.appstate.findings import settle

MAX_HISTORY = 100  # lines shown
MAX_NOTE = 1_000
_NOTED = (Outcome.DISPUTED, Outcome.FIXED)  # these say nothing without a note

PATH = "/assess/contradictions"


def show(visit: Visit) -> Response:
    """What is contradicted now, and what was settled."""
    return _render(visit)


def change(visit: Visit) -> Response:
    """One person's word on records of one control."""
    found = {one.judged.control.id: one for one in contradictions(visit.console.assessment(), knowledge())}
    asked = found.get(visit.field("control"))
    if asked is None:
        text = "This is not contradicted any more: somebody may have settled it meanwhile. Nothing was changed"
        return _render(visit, (Fault("history", text),), 409)
    outcome, note, faults = _read(visit, asked)
    if outcome is None or faults:
        return _render(visit, faults)
    at = datetime.fromtimestamp(visit.console.clock() / 1e9, UTC)
    chosen = [one.evidence for one in asked.contested if one.evidence.id in visit.fields("evidence")]
    for evidence in chosen:
        settle(visit.console.engine, Settlement(evidence.id, outcome, visit.name, at, note), visit.address)
    visit.console.assessing.look_again()
    return visit.go(PATH, "good", f"{plural(len(chosen), 'record')} {outcome.value}. No answer was changed.")


def _read(visit: Visit, asked: Contradiction) -> tuple[Outcome | None, str, tuple[Fault, ...]]:
    """What the form says; fields carry the control's id, as several forms stand on the page."""
    name = asked.judged.control.id
    reading = Reading({**visit.form, f"{name}-outcome": visit.form.get("outcome", ())})
    offered = {one.evidence.id for one in asked.contested}
    chosen = set(visit.fields("evidence"))
    if not chosen:
        reading.fault(f"{name}-evidence", "Choose at least one of what was seen")
    elif not chosen <= offered:
        reading.fault(f"{name}-evidence", "Part of it is not contradicted any more: look again, and choose")
    code = reading.choice(f"{name}-outcome", "What you make of it", [one.value for one in OUTCOMES])
    outcome = Outcome(code) if code else None
    note = reading.text(f"{name}-note", "The note", MAX_NOTE, needed=False)
    if outcome in _NOTED and not note:
        reading.fault(f"{name}-note", f"Write why: “{outcome}” says nothing without a note")
    return outcome, note, tuple(reading.faults)


def _render(visit: Visit, faults: tuple[Fault, ...] = (), status: int = 400) -> Response:
    assessment, control = visit.console.assessment(), visit.field("control")
    return visit.render(
        "assess_contradictions.html",
        status if faults else 200,
        found=contradictions(assessment, knowledge()),
        history=history(assessment, knowledge(), MAX_HISTORY),
        settled=len(assessment.settlements),
        outcomes=OUTCOMES,
        faults=faults,
        typed={
            "control": control,
            "evidence": visit.fields("evidence"),
            "outcome": visit.field("outcome"),
            "note": visit.field(f"{control}-note")[: 2 * MAX_NOTE],
        },
    )


PAGES = (Page(PATH, "assessment", get=show, post=change, post_permission="decide"),)
