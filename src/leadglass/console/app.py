"""The console as one ASGI application: routes, sign-in, roles. Opens nothing; `__main__` does.

A page that takes files has ``uploads`` (`console/page.py` says how); their body is read only for those to whom the page
is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from leadglass.console.context import Console
from leadglass.console.form import PLACES, Form, read_form, read_uploads
from leadglass.console.page import COOKIE, Page, Visit
from leadglass.console.pages import (
    account,
    answer_link,
    assess_check,
    assess_cohort,
    assess_contradictions,
    assess_contribute,
    assess_control,
    assess_controls,
    assess_files,
    assess_history,
    assess_links,
    assess_paper,
    assess_question,
    assess_report,
    assess_risk,
    assess_risks,
    assess_start,
    assess_survey,
    associations,
    bypass,
    health,
    network_advice,
    network_controls,
    network_explain,
    network_files,
    network_gap,
    network_gaps,
    network_import,
    network_matrix,
    network_picture,
    network_start,
    overview,
    patients,
    peers,
    policy,
    policy_enforce,
    policy_replay,
    policy_unused,
    probes,
    proof,
    refusals,
    sign_in,
    users,
)
from leadglass.console.rendering import Templates
from leadglass.console.security import Shield
from leadglass.errors import LeadglassError
from leadglass.store.appstate.engine import AppStateConflictError, AppStateError, reason_of

PAGES: tuple[Page, ...] = (
    *sign_in.PAGES,
    *overview.PAGES,
    *patients.PAGES,
    *proof.PAGES,
    *associations.PAGES,
    *refusals.PAGES,
    *peers.PAGES,
    *policy.PAGES,
    *policy_replay.PAGES,
    *policy_unused.PAGES,
    *policy_enforce.PAGES,
    *bypass.PAGES,
    *health.PAGES,
    *users.PAGES,
    *account.PAGES,
    *probes.PAGES,
    *assess_start.PAGES,
    *assess_controls.PAGES,
    *assess_control.PAGES,
    *assess_contradictions.PAGES,
    *assess_risks.PAGES,
    *assess_risk.PAGES,
    *assess_survey.PAGES,
    *assess_check.PAGES,
    *assess_history.PAGES,
    *assess_files.PAGES,
    *assess_paper.PAGES,
    *assess_links.PAGES,
    *assess_question.PAGES,
    *answer_link.PAGES,
    *assess_cohort.PAGES,
    *assess_contribute.PAGES,
    *assess_report.PAGES,
    *network_start.PAGES,
    *network_picture.PAGES,
    *network_gaps.PAGES,
    *network_gap.PAGES,
    *network_matrix.PAGES,
    *network_explain.PAGES,
    *network_controls.PAGES,
    *network_advice.PAGES,
    *network_import.PAGES,
    *network_files.PAGES,
)


def build(console: Console) -> Starlette:
    """The application. All of its pages stand in `PAGES`."""
    static = Path(str(resources.files("leadglass.console"))) / "static"
    places = asyncio.Semaphore(PLACES)
    routes: list[BaseRoute] = [
        Route(page.path, _endpoint(page, console, places), methods=_methods(page)) for page in PAGES
    ]
    bounds = {page.path: page.uploads.body for page in PAGES if page.uploads}
    app = Starlette(
        routes=[*routes, Mount("/static", _Unchanging(directory=static))],
        middleware=[Middleware(Shield, bounds=bounds)],
        exception_handlers={404: _not_found(console)},
    )
    app.state.renderer = Templates()
    return app


class _Unchanging(StaticFiles):
    """Files whose names hold their version."""

    async def get_response(self, path: str, scope: object) -> Response:
        response = await super().get_response(path, scope)  # type: ignore[arg-type]  # the same
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def _methods(page: Page) -> list[str]:
    return [method for method, handler in (("GET", page.get), ("POST", page.post)) if handler]


def _endpoint(page: Page, console: Console, places: asyncio.Semaphore) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        form = Form()
        if request.method == "POST" and page.uploads:
            refused = await run_in_threadpool(_answer, page, console, request, form, _turned_away)
            if refused is not None:
                return refused
            form = await read_uploads(request, page.uploads, places)
        elif request.method == "POST":
            form = await read_form(request)
        answer = await run_in_threadpool(_answer, page, console, request, form, _serve)
        assert answer is not None
        return answer

    return endpoint


_Serve = Callable[[Page, Visit], Response | None]


def _answer(page: Page, console: Console, request: Request, form: Form, serve: _Serve) -> Response | None:
    user = None
    try:
        if token := request.cookies.get(COOKIE, ""):
            user = console.signed_in.user(console.engine, token, console.clock(), touch=not page.refreshes)
        return serve(page, Visit(console, request, user, form.fields, form.files))
    except SQLAlchemyError as error:
        reason = f": {reason_of(error)}" if user else ""  # a driver names servers
        told = AppStateError(
            f"the application state cannot be used{reason}", "What is in force goes on; try again later"
        )
        return Visit(console, request, user, {}).render("error.html", 503, error=told)


def _turned_away(page: Page, visit: Visit) -> Response | None:
    """The answer to somebody to whom the page is not open."""
    request, user = visit.request, visit.user
    needed = page.needs(request.method)
    if needed is None:
        return None
    if user is None:
        if page.refreshes:
            return PlainTextResponse("", 401, {"HX-Refresh": "true"})
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(back)}" if request.method == "GET" else "/sign-in", 303)
    if user.must_change and needed != "account":
        return RedirectResponse("/account", 303)
    return None if visit.may(needed) else visit.render("forbidden.html", 403, needed=needed)


def _serve(page: Page, visit: Visit) -> Response:
    refused = _turned_away(page, visit)
    if refused is not None:
        return refused
    handler = page.post if visit.request.method == "POST" else page.get
    assert handler is not None  # Starlette answers 405 for the others
    if page.needs(visit.request.method) is None:
        return handler(visit)
    try:
        return handler(visit)
    except AppStateConflictError as error:
        return visit.render("error.html", 409, error=error)
    except LeadglassError as error:
        return visit.render("error.html", 503, error=error)


def _not_found(console: Console) -> Callable[[Request, Exception], Awaitable[Response]]:
    page = Page("", None, get=_missing, post=_missing)

    async def handler(request: Request, _error: Exception) -> Response:
        answer = await run_in_threadpool(_answer, page, console, request, Form(), _serve)
        assert answer is not None  # `_serve` always answers
        return answer

    return handler


def _missing(visit: Visit) -> Response:
    return visit.render("not_found.html", 404)
