"""History of the survey: who answered what when, newest first, of one question or of all. Changes nothing."""

from __future__ import annotations

import re

from starlette.responses import Response

from leadglass.assessor.knowledge import knowledge
from leadglass.console.page import Page, Visit
from leadglass.console.survey_view import answer_words
from leadglass.store.appstate.survey import Recorded, history

PAGE = 50
_ID = re.compile("[a-z0-9-]{1,40}")  # of a question of any version
_MAX_DIGITS = 18  # of a record's number


def show(visit: Visit) -> Response:
    """A page of it."""
    questions = knowledge().instrument.by_id
    name, after = visit.query("question"), visit.query("after")
    if name and not _ID.fullmatch(name):
        return visit.render("not_found.html", 404)
    before = int(after) if after.isascii() and after.isdigit() and len(after) <= _MAX_DIGITS else None
    records = history(visit.console.engine, name or None, PAGE + 1, before=before)
    question = questions.get(name)
    if name and question is None and not records:
        return visit.render("not_found.html", 404)

    def said(record: Recorded) -> str:
        if record.answer is None:
            return ""
        known = questions.get(record.question)
        return answer_words(known, record.answer.value) if known else str(record.answer.value)

    return visit.render(
        "assess_history.html",
        name=name,
        question=question,
        questions=questions,
        records=[(record, said(record)) for record in records[:PAGE]],
        following=str(records[PAGE - 1].number) if len(records) > PAGE else "",
        after=after,
    )


PAGES = (Page("/assess/survey/history", "assessment", get=show),)
