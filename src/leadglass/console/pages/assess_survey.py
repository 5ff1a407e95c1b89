"""The survey: its sections with what is left of each, and where to go on. Saves nothing."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.console.asking import surveyed
from leadglass.console.page import Page, Visit
from leadglass.console.pages.assess_question import way_of
from leadglass.console.survey_view import minutes


def show(visit: Visit) -> Response:
    """All sections."""
    survey, _ = surveyed(visit)
    following = survey.view.next_after()
    row = survey.rows[following] if following else None
    return visit.render(
        "assess_survey.html",
        survey=survey,
        progress=survey.view.progress,
        hidden=len(survey.rows) - survey.view.progress.asked,
        onward=way_of(row.section.id).to(row.question.id) if row else "",
        way_of=way_of,
        minutes=minutes,
        may=visit.may("answer"),
    )


PAGES = (Page("/assess/survey", "assessment", get=show),)
