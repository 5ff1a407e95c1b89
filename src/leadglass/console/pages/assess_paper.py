"""The survey on paper: all questions with boxes to tick, and in words when one may be left out. Holds no answer."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.assess.answers import AnswerSet
from leadglass.assess.question import NEUTRAL_ANSWERS, Form
from leadglass.assessor.knowledge import knowledge
from leadglass.console.page import Page, Visit
from leadglass.console.survey_view import WHO, Survey, branch_words, minutes


def show(visit: Visit) -> Response:
    """The whole survey, or ``section`` alone."""
    instrument = knowledge().instrument
    survey = Survey(instrument, AnswerSet(instrument.version))
    name = visit.query("section")
    section = survey.section(name)
    if name and section is None:
        return visit.render("not_found.html", 404)
    return visit.render(
        "assess_paper.html",
        survey=survey,
        only=section,
        sections=[section] if section else instrument.sections,
        leave_out={name: branch_words(row.question, survey.rows) for name, row in survey.rows.items()},
        number_form=Form.NUMBER,
        neutral=NEUTRAL_ANSWERS,
        who=WHO,
        minutes=minutes,
    )


PAGES = (Page("/assess/survey/paper", "assessment", get=show),)
