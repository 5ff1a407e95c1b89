"""Check your answers: every question of a section, or of all, with its answer or what it lacks. Saves nothing."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.assess.instrument import Section
from leadglass.console.asking import saved, surveyed
from leadglass.console.page import Page, Visit
from leadglass.console.pages.assess_question import way_of
from leadglass.console.survey_view import Row, Survey, minutes


def show(visit: Visit) -> Response:
    """The answers of ``section``, or all of them."""
    survey, _ = surveyed(visit)
    name = visit.query("section")
    section = survey.section(name)
    if name and section is None:
        return visit.render("not_found.html", 404)
    parts = (survey.part(section),) if section else survey.parts
    return visit.render(
        "assess_check.html",
        survey=survey,
        section=section,
        parts=parts,
        left=next((part.first for part in parts if part.first), None),
        following=_elsewhere(survey, section) if section else None,
        way_of=way_of,
        minutes=minutes,
        may=visit.may("answer"),
        saved=saved(visit, survey),
    )


def _elsewhere(survey: Survey, section: Section) -> Row | None:
    """The next question that waits in another section."""
    following = survey.view.next_after(section.questions[-1].id)
    row = survey.rows[following] if following else None
    return row if row and row.section is not section else None


PAGES = (Page("/assess/survey/check", "assessment", get=show),)
