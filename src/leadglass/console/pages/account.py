"""One's own account: change the password. Nobody else's account is touched here."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.console.page import Page, Visit
from leadglass.console.passwords import objection
from leadglass.model.event import AdministratorAction
from leadglass.store.appstate.users import find_user, set_password


def show(visit: Visit) -> Response:
    """The form."""
    return visit.render("account.html", fault="")


def change(visit: Visit) -> Response:
    """A new password; all other sessions of the user end."""
    console, name, now = visit.console, visit.name, visit.console.clock()
    found = find_user(console.engine, name)
    wait = console.throttle.wait(visit.address, name, now)
    fault = f"Too many wrong passwords. Try again in {wait} s." if wait else ""
    if not fault and not console.passwords.verify(found[1] if found else None, visit.secret("current")):
        console.throttle.failed(visit.address, name, now)
        fault = "The current password is wrong."
    fault = fault or objection(visit.secret("password"), visit.secret("again"), name)
    if fault:
        return visit.render("account.html", 400, fault=fault)
    set_password(
        console.engine,
        name,
        console.passwords.encode(visit.secret("password")),
        AdministratorAction(name, visit.address, "password-changed", name),
        must_change=False,
        keep=visit.session,
    )
    return visit.go("/", "good", "Your password is changed; your other sessions have ended.")


PAGES = (Page("/account", "account", get=show, post=change),)
