"""Sign-up of the first person, sign-in, sign-out. Success and failure are events; passwords are never kept."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from leadglass.console.context import Console
from leadglass.console.page import COOKIE, MAX_QUERY, Page, Visit
from leadglass.console.passwords import objection
from leadglass.model.event import UserAuthentication
from leadglass.store.appstate.outbox import record
from leadglass.store.appstate.sessions import begin_session, end_session
from leadglass.store.appstate.setup_token import matches
from leadglass.store.appstate.users import create_first_user, find_user, has_users

MAX_NAME = 64
_SIGN_UP = "(sign-up)"


def show(visit: Visit) -> Response:
    """The sign-in form, or sign-up while nobody has an account."""
    if not has_users(visit.console.engine):
        return RedirectResponse("/sign-up", 303)
    if visit.user:
        return RedirectResponse(_inside(visit.query("next")), 303)
    return visit.render("sign_in.html", fault="", name="", back=_inside(visit.query("next")))


def sign_in(visit: Visit) -> Response:
    """Check name and password, and begin a session with a fresh token."""
    console, now = visit.console, visit.console.clock()
    name, back = visit.field("name")[:MAX_NAME], _inside(visit.field("next")[:MAX_QUERY])
    wait = console.throttle.wait(visit.address, name, now)
    if wait:
        fault = f"Too many attempts. Try again in {wait} s."
        return visit.render("sign_in.html", 429, fault=fault, name=name, back=back)
    found = find_user(console.engine, name)
    usable = found is not None and not found[0].disabled
    if not console.passwords.verify(found[1] if found and usable else None, visit.secret("password")):
        console.throttle.failed(visit.address, name, now)
        reason = "unknown or disabled user" if not usable else "wrong password"
        # A name that is no user's may be a password typed into the wrong field, so it is not kept.
        shown = name if found else "(unknown)"
        record(console.engine, UserAuthentication(shown, visit.address, "login", False, reason))
        return visit.render("sign_in.html", 401, fault="Name or password is wrong.", name=name, back=back)
    assert found is not None  # verified above
    console.throttle.succeeded(visit.address, name)
    record(console.engine, UserAuthentication(name, visit.address, "login"))
    if visit.token:
        end_session(console.engine, visit.token)
    return _begin(console, found[0].id, visit.address, back)


def sign_out(visit: Visit) -> Response:
    """End the session."""
    if visit.user:
        end_session(visit.console.engine, visit.token)
        record(visit.console.engine, UserAuthentication(visit.name, visit.address, "logout"))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    return response


def show_sign_up(visit: Visit) -> Response:
    """The first person's form; needs the one-time token."""
    if has_users(visit.console.engine):
        return RedirectResponse("/sign-in", 303)
    return visit.render("sign_up.html", fault="", name="")


def sign_up(visit: Visit) -> Response:
    """Make the first administrator, once."""
    console, now = visit.console, visit.console.clock()
    name = visit.field("name")[:MAX_NAME]
    if has_users(console.engine):
        return RedirectResponse("/sign-in", 303)
    wait = console.throttle.wait(visit.address, _SIGN_UP, now)
    fault = f"Too many attempts. Try again in {wait} s." if wait else ""
    if not fault and not matches(console.setup_token, visit.field("token")):
        console.throttle.failed(visit.address, _SIGN_UP, now)
        record(console.engine, UserAuthentication(_SIGN_UP, visit.address, "login", False, "wrong set-up token"))
        fault = "The set-up token is wrong. It lies in app/setup-token of the data directory."
    fault = fault or objection(visit.secret("password"), visit.secret("again"), name)
    if fault:
        return visit.render("sign_up.html", 400, fault=fault, name=name)
    user = create_first_user(console.engine, name, console.passwords.encode(visit.secret("password")), visit.address)
    console.setup_token.unlink(missing_ok=True)
    record(console.engine, UserAuthentication(name, visit.address, "login"))
    return _begin(console, user.id, visit.address, "/")


def _begin(console: Console, user_id: int, address: str, back: str) -> Response:
    token = begin_session(console.engine, user_id, address, console.clock())
    response = RedirectResponse(back, 303)
    response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="strict")
    return response


def _inside(path: str) -> str:
    """``path`` if it is one of ours: begins with one slash and holds nothing a browser would read as a host."""
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if plain and not path.startswith("/live/") else "/"


PAGES = (
    Page("/sign-in", None, get=show, post=sign_in),
    Page("/sign-out", None, post=sign_out),
    Page("/sign-up", None, get=show_sign_up, post=sign_up),
)
