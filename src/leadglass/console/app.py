"""The console as one ASGI application: routes, sign-in, roles. Opens nothing; `__main__` does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import resources
from pathlib import Path
from urllib.parse import parse_qs, quote

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from leadglass.console.context import Console
from leadglass.console.page import COOKIE, Page, Visit
from leadglass.console.pages import (
    account,
    associations,
    bypass,
    health,
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
from leadglass.console.security import MAX_BODY, Shield
from leadglass.errors import LeadglassError
from leadglass.store.appstate.engine import AppStateConflictError, AppStateError, reason_of

MAX_FIELDS = 1_000

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
)


def build(console: Console) -> Starlette:
    """The application. All of its pages stand in `PAGES`."""
    static = Path(str(resources.files("leadglass.console"))) / "static"
    routes: list[BaseRoute] = [Route(page.path, _endpoint(page, console), methods=_methods(page)) for page in PAGES]
    app = Starlette(
        routes=[*routes, Mount("/static", _Unchanging(directory=static))],
        middleware=[Middleware(Shield)],
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


def _endpoint(page: Page, console: Console) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        form = {}
        if request.method == "POST":
            form = await _form(request)
        return await run_in_threadpool(_answer, page, console, request, form)

    return endpoint


async def _form(request: Request) -> dict[str, list[str]]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(413)
    try:
        return parse_qs(body.decode(), keep_blank_values=True, strict_parsing=False, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise HTTPException(400) from None


def _answer(page: Page, console: Console, request: Request, form: dict[str, list[str]]) -> Response:
    user = None
    try:
        if token := request.cookies.get(COOKIE, ""):
            user = console.signed_in.user(console.engine, token, console.clock(), touch=not page.refreshes)
        return _serve(page, Visit(console, request, user, form))
    except SQLAlchemyError as error:
        reason = f": {reason_of(error)}" if user else ""  # a driver names servers
        told = AppStateError(
            f"the application state cannot be used{reason}", "What is in force goes on; try again later"
        )
        return Visit(console, request, user, {}).render("error.html", 503, error=told)


def _serve(page: Page, visit: Visit) -> Response:
    request, user = visit.request, visit.user
    handler = page.post if request.method == "POST" else page.get
    assert handler is not None  # Starlette answers 405 for the others
    needed = page.needs(request.method)
    if needed is None:
        return handler(visit)
    if user is None:
        if page.refreshes:
            return PlainTextResponse("", 401, {"HX-Refresh": "true"})
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(back)}" if request.method == "GET" else "/sign-in", 303)
    if user.must_change and needed != "account":
        return RedirectResponse("/account", 303)
    if not visit.may(needed):
        return visit.render("forbidden.html", 403, needed=needed)
    try:
        return handler(visit)
    except AppStateConflictError as error:
        return visit.render("error.html", 409, error=error)
    except LeadglassError as error:
        return visit.render("error.html", 503, error=error)


def _not_found(console: Console) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handler(request: Request, _error: Exception) -> Response:
        return await run_in_threadpool(_answer, Page("", None, get=_missing, post=_missing), console, request, {})

    return handler


def _missing(visit: Visit) -> Response:
    return visit.render("not_found.html", 404)
