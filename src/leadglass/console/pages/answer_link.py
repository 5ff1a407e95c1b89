"""One section answered by somebody with a link, without an account. Shows nothing of any other section or page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from starlette.responses import RedirectResponse, Response

from leadglass.assess.instrument import Section
from leadglass.console.asking import Asked, Way, known, save, saved, show, surveyed
from leadglass.console.page import Page, Visit
from leadglass.console.survey_form import MAX_PERSON, Fault, person
from leadglass.console.survey_view import Survey, minutes
from leadglass.store.appstate.sections import Share, shared_section

COOKIE = "__Secure-leadglass-person"  # the name somebody gave; it proves nothing, and is sent to this link alone
MAX_AGE = 90 * 86_400  # seconds: as long as the longest link
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")
_THROTTLED = "(answer link)"
_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Held:
    """A link that is in force, with what it opens."""

    token: str
    share: Share
    survey: Survey
    bases: dict[str, int]
    section: Section
    person: str

    @property
    def way(self) -> Way:
        address = f"/answer/{self.token}"
        return Way(address, address, share=True, person=self.person)


def show_section(visit: Visit) -> Response:
    """The section's questions; before, who one is."""
    held = _held(visit)
    return _section(visit, held) if isinstance(held, _Held) else held


def name_oneself(visit: Visit) -> Response:
    """Keep the name that was given, and begin."""
    held = _held(visit)
    if not isinstance(held, _Held):
        return held
    typed = visit.field("person")
    name = person(typed)
    if not name:
        fault = Fault("person", f"Write your name, with at most {MAX_PERSON} characters")
        return _section(visit, held, (fault,), typed[: 2 * MAX_PERSON])
    first = held.survey.part(held.section).first
    answer = RedirectResponse(held.way.to(first.question.id) if first else held.way.check, 303)
    _keep(answer, held.way, name)
    return answer


def show_question(visit: Visit) -> Response:
    """One question of the section."""
    asked = _asked(visit)
    return show(visit, asked) if isinstance(asked, Asked) else asked


def save_question(visit: Visit) -> Response:
    """Save or withdraw its answer."""
    asked = _asked(visit)
    if not isinstance(asked, Asked):
        return asked
    answer = save(visit, asked)
    if not asked.way.person and answer.status_code == 303:
        _keep(answer, asked.way, person(visit.field("person")))
    return answer


def _asked(visit: Visit) -> Asked | Response:
    held = _held(visit)
    if not isinstance(held, _Held):
        return held
    row = held.survey.rows.get(visit.request.path_params["question"])
    if row is None or row.section is not held.section:
        return _none(visit)
    name = held.person or person(visit.field("person"))
    by = f"{name} (by link {held.share.label})" if name else ""
    return Asked(held.survey, row, held.way, held.bases.get(row.question.id, 0), by, "link")


def _held(visit: Visit) -> _Held | Response:
    """What the link opens; else the one page that all other links lead to."""
    console, now = visit.console, visit.console.clock()
    if console.throttle.wait(visit.address, _THROTTLED, now):
        return _none(visit, 429)
    token = visit.request.path_params["token"]
    at = datetime.fromtimestamp(now / _SECOND, UTC)
    share = shared_section(console.engine, token, at) if _TOKEN.fullmatch(token) else None
    survey, bases = surveyed(visit)
    section = survey.section(share.section) if share else None
    if share is None or section is None:
        console.throttle.failed(visit.address, _THROTTLED, now)
        return _none(visit)
    name = person(unquote(visit.request.cookies.get(COOKIE, "")))
    return _Held(token, share, survey, bases, section, name)


def _section(visit: Visit, held: _Held, faults: tuple[Fault, ...] = (), typed: str = "") -> Response:
    return visit.render(
        "answer_section.html",
        400 if faults else 200,
        share=held.share,
        part=held.survey.part(held.section),
        rows=held.survey.of(held.section),
        way=held.way,
        faults=faults,
        typed=typed,
        renamed=bool(visit.query("rename")),
        saved=saved(visit, held.survey, held.section),
        secluded=known(held.survey, held.section),
        minutes=minutes,
        max_person=MAX_PERSON,
    )


def _none(visit: Visit, status: int = 404) -> Response:
    return visit.render("answer_none.html", status)


def _keep(answer: Response, way: Way, name: str) -> None:
    answer.set_cookie(COOKIE, quote(name), MAX_AGE, path=way.base, secure=True, httponly=True, samesite="lax")


PAGES = (
    Page("/answer/{token}", None, get=show_section, post=name_oneself),
    Page("/answer/{token}/{question}", None, get=show_question, post=save_question),
)
