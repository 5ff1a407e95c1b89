"""One question a page, for those who are signed in. How it is asked and saved is `console.asking`."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.console.asking import Asked, Way, save, show, surveyed
from leadglass.console.page import Page, Visit


def show_question(visit: Visit) -> Response:
    """The question, with the answer of record."""
    asked = _asked(visit)
    return show(visit, asked) if asked else visit.render("not_found.html", 404)


def save_question(visit: Visit) -> Response:
    """Save or withdraw its answer."""
    asked = _asked(visit)
    return save(visit, asked) if asked else visit.render("not_found.html", 404)


def way_of(section: str) -> Way:
    """Where a section's questions lie in the console."""
    return Way(f"/assess/survey/{section}", f"/assess/survey/check?section={section}")


def _asked(visit: Visit) -> Asked | None:
    survey, bases = surveyed(visit)
    row = survey.rows.get(visit.request.path_params["question"])
    if row is None or row.section.id != visit.request.path_params["section"]:
        return None
    basis = bases.get(row.question.id, 0)
    return Asked(survey, row, way_of(row.section.id), basis, visit.name, "console")


PAGES = (
    Page(
        "/assess/survey/{section}/{question}",
        "assessment",
        get=show_question,
        post=save_question,
        post_permission="answer",
    ),
)
