"""Who may sign in, and as what. Holds only argon2 encodings of passwords; users are disabled, never deleted."""

from __future__ import annotations

import re
import time
from typing import Any, Literal, get_args

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, func, insert, select, true, update

from leadglass.model.event import AdministratorAction
from leadglass.store.appstate.engine import AppStateConflictError, reading, writing
from leadglass.store.appstate.outbox import put
from leadglass.store.appstate.tables import sessions, users

Role = Literal["viewer", "analyst", "administrator", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)
MAX_USERS = 1_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


class User(msgspec.Struct, frozen=True):
    """One account. ``must_change``: somebody else made the password. Times UTC ns, 0 for never."""

    id: int
    name: str
    role: Role
    must_change: bool
    disabled: bool
    created: int
    last_login: int


def has_users(engine: Engine) -> bool:
    """Whether anybody has signed up yet."""
    with reading(engine) as connection:
        return connection.execute(select(users.c.id).limit(1)).first() is not None


def list_users(engine: Engine) -> tuple[User, ...]:
    """All users, by name."""
    with reading(engine) as connection:
        return tuple(_user(row) for row in connection.execute(select(users).order_by(users.c.name)))


def find_user(engine: Engine, name: str) -> tuple[User, str] | None:
    """The user called ``name`` and the argon2 encoding of the password."""
    with reading(engine) as connection:
        row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
        return None if row is None else (_user(row), row.password)


def create_first_user(engine: Engine, name: str, password: str, address: str) -> User:
    """The first administrator; the transaction makes sure that there is only one first.

    Raises:
        AppStateConflictError: somebody has signed up already, or the name is not valid.
    """
    with writing(engine) as connection:
        if connection.execute(select(users.c.id).limit(1)).first() is not None:
            raise AppStateConflictError("somebody has signed up already", "ask an administrator for an account")
        return _create(
            connection, name, "administrator", password, AdministratorAction(name, address, "signed-up", name)
        )


def create_user(engine: Engine, name: str, role: Role, password: str, action: AdministratorAction) -> User:
    """A user who must change the password at the first sign-in.

    Raises:
        AppStateConflictError: the name is taken or not valid, or there are `MAX_USERS`.
    """
    with writing(engine) as connection:
        if connection.execute(select(func.count()).select_from(users)).scalar_one() >= MAX_USERS:
            raise AppStateConflictError(f"there are at most {MAX_USERS} users")
        return _create(connection, name, role, password, action, must_change=True)


def change_user(engine: Engine, name: str, role: Role, *, disabled: bool, action: AdministratorAction) -> None:
    """Give a user another role, disable or enable; a disabled user's sessions end at once.

    Raises:
        AppStateConflictError: no such user, or no enabled administrator would remain.
    """
    with writing(engine) as connection:
        row = _row(connection, name)
        connection.execute(update(users).where(users.c.id == row.id).values(role=role, disabled=disabled))
        administrators = select(users.c.id).where(users.c.role == "administrator", users.c.disabled.is_(False))
        if connection.execute(administrators.limit(1)).first() is None:
            raise AppStateConflictError(
                "an enabled administrator must remain", "make somebody else administrator first"
            )
        if disabled:
            connection.execute(delete(sessions).where(sessions.c.user_id == row.id))
        put(connection, action)


def set_password(
    engine: Engine, name: str, password: str, action: AdministratorAction, *, must_change: bool, keep: str = ""
) -> None:
    """Replace a password and end the user's sessions, except the one whose token hash is ``keep``.

    Raises:
        AppStateConflictError: no such user.
    """
    with writing(engine) as connection:
        row = _row(connection, name)
        connection.execute(update(users).where(users.c.id == row.id).values(password=password, must_change=must_change))
        others: ColumnElement[bool] = sessions.c.token != keep if keep else true()
        connection.execute(delete(sessions).where(sessions.c.user_id == row.id, others))
        put(connection, action)


def _create(
    connection: Connection,
    name: str,
    role: Role,
    password: str,
    action: AdministratorAction,
    *,
    must_change: bool = False,
) -> User:
    if not _NAME.fullmatch(name):
        raise AppStateConflictError("a user name is letters, digits and . _ @ -, at most 64", "for example: a.visser")
    if role not in ROLES:
        raise AppStateConflictError(f"not a role: {role!r}", f"roles are {', '.join(ROLES)}")
    if connection.execute(select(users.c.id).where(users.c.name == name)).first() is not None:
        raise AppStateConflictError(f"the user {name!r} exists already", "choose another name")
    connection.execute(
        insert(users).values(
            name=name,
            role=role,
            password=password,
            must_change=must_change,
            disabled=False,
            created=time.time_ns(),
            last_login=0,
        )
    )
    put(connection, action)
    return _user(_row(connection, name))


def _row(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
    if row is None:
        raise AppStateConflictError(f"there is no user {name!r}")
    return row


def _user(row: Row[Any]) -> User:
    return User(row.id, row.name, row.role, row.must_change, row.disabled, row.created, row.last_login)
