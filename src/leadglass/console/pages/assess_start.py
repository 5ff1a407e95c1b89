"""The start page of the assessment: how the hospital stands, and what to do next. Changes nothing."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.assess.risk import attention, proposals
from leadglass.assessor.knowledge import knowledge
from leadglass.console.contradiction import contradictions
from leadglass.console.next_step import next_step
from leadglass.console.page import Page, Visit
from leadglass.console.pages.assess_risks import day
from leadglass.console.survey_view import Survey, minutes
from leadglass.console.verdict_picture import verdict_picture
from leadglass.console.verdicts import STANDINGS
from leadglass.store.appstate.risks import risks

MAX_CONTRADICTIONS = 10  # shown; the others are counted


def show(visit: Visit) -> Response:
    """Where the hospital stands."""
    known, assessment = knowledge(), visit.console.assessment()
    found = contradictions(assessment, known)
    register = risks(visit.console.engine)
    verdicts = {one.control: one.verdict for one in assessment.judgements}
    waiting = sum(bool(attention(risk, verdicts.get(risk.control), day(visit))) for risk in register)
    proposed = len(proposals(known.catalogue, assessment.judgements, register))
    areas = [(area, assessment.areas[area.id]) for area in known.catalogue.areas]
    progress = assessment.view.progress
    return visit.render(
        "assess_start.html",
        standing=assessment.standing,
        progress=progress,
        answered=progress.asked - progress.unanswered,
        left=minutes(progress.seconds_left),
        controls=len(assessment.judgements),
        found=found[:MAX_CONTRADICTIONS],
        hidden=max(0, len(found) - MAX_CONTRADICTIONS),
        step=next_step(assessment, Survey(known.instrument, assessment.answers), found, proposed, waiting),
        picture=verdict_picture([(area.title, counts) for area, counts in areas]),
        areas=areas,
        columns=STANDINGS,
        risks=len(register),
        proposed=proposed,
    )


PAGES = (Page("/assess", "assessment", get=show),)
