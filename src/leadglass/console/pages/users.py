"""Users: who may sign in, and as what. Each change is an event; a made password is shown once."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.console.page import Page, Visit
from leadglass.console.passwords import invent
from leadglass.console.roles import MEANING
from leadglass.model.event import AdministratorAction
from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.users import ROLES, Role, change_user, create_user, list_users, set_password


def show(visit: Visit) -> Response:
    """Everybody, and the forms for those who may change them."""
    return _render(visit)


def change(visit: Visit) -> Response:
    """One of: create, role, disable, enable, reset."""
    console, action, name = visit.console, visit.field("action"), visit.field("name")[:64]
    try:
        match action:
            case "create":
                password = invent()
                role = _role(visit.field("role"))
                done = AdministratorAction(visit.name, visit.address, "user-created", name, role)
                create_user(console.engine, name, role, console.passwords.encode(password), done)
                return _render(visit, made=(name, password))
            case "reset":
                password = invent()
                done = AdministratorAction(visit.name, visit.address, "password-reset", name)
                encoded = console.passwords.encode(password)
                set_password(console.engine, name, encoded, done, must_change=True)
                return _render(visit, made=(name, password))
            case "role" | "disable" | "enable":
                role, disabled = _role(visit.field("role")), action == "disable"
                verb = {"role": "user-role-changed", "disable": "user-disabled", "enable": "user-enabled"}[action]
                done = AdministratorAction(visit.name, visit.address, verb, name, role)
                change_user(console.engine, name, role, disabled=disabled, action=done)
                return visit.go("/users", "good", f"{name}: {verb.removeprefix('user-').replace('-', ' ')}.")
            case _:
                raise AppStateConflictError("nothing to do", "use the buttons of the page")
    except AppStateConflictError as error:
        return _render(visit, 409, fault=f"{error.message}. {error.hint}")


def _render(visit: Visit, status: int = 200, made: tuple[str, str] | None = None, fault: str = "") -> Response:
    return visit.render(
        "users.html",
        status,
        users=list_users(visit.console.engine),
        roles=ROLES,
        meaning=MEANING,
        made=made,
        fault=fault,
    )


def _role(text: str) -> Role:
    for role in ROLES:
        if role == text:
            return role
    raise AppStateConflictError(f"not a role: {text!r}", f"roles are {', '.join(ROLES)}")


PAGES = (Page("/users", "users", get=show, post=change, post_permission="change-users"),)
