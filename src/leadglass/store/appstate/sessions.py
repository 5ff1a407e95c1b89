"""Signed-in browsers, kept on the server so that they can be ended. Stores the token's hash, never the token."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import Engine, delete, insert, or_, select, update

from leadglass.store.appstate.engine import reading, writing
from leadglass.store.appstate.tables import sessions, users
from leadglass.store.appstate.users import User

_SECOND = 1_000_000_000
IDLE = 30 * 60 * _SECOND  # ns without a request
ABSOLUTE = 12 * 3600 * _SECOND  # ns since sign-in
_TOUCH = 60 * _SECOND  # last_seen is written at most this often
MAX_SESSIONS_PER_USER = 20


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin_session(engine: Engine, user_id: int, address: str, now: int) -> str:
    """A new session; returns its token, 256 random bits. Expired sessions go, and the user's oldest beyond a bound."""
    token = secrets.token_urlsafe(32)
    with writing(engine) as connection:
        connection.execute(
            delete(sessions).where(or_(sessions.c.last_seen < now - IDLE, sessions.c.created < now - ABSOLUTE))
        )
        mine = select(sessions.c.token).where(sessions.c.user_id == user_id).order_by(sessions.c.created.desc())
        for row in connection.execute(mine.offset(MAX_SESSIONS_PER_USER - 1)).all():
            connection.execute(delete(sessions).where(sessions.c.token == row.token))
        connection.execute(
            insert(sessions).values(
                token=token_hash(token), user_id=user_id, created=now, last_seen=now, address=address[:64]
            )
        )
        connection.execute(update(users).where(users.c.id == user_id).values(last_login=now))
    return token


def session_user(engine: Engine, token: str, now: int, *, touch: bool = True) -> User | None:
    """The signed-in user, or None where the session is unknown, ended or expired.

    Args:
        engine: the application state.
        token: as the browser sent it.
        now: UTC ns.
        touch: whether the request counts as use; a page that refreshes itself does not.
    """
    query = (
        select(users, sessions.c.created.label("begun"), sessions.c.last_seen)
        .join(sessions, sessions.c.user_id == users.c.id)
        .where(sessions.c.token == token_hash(token), users.c.disabled.is_(False))
    )
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    if row is None or row.last_seen < now - IDLE or row.begun < now - ABSOLUTE:
        return None
    if touch and row.last_seen < now - _TOUCH:
        with writing(engine) as connection:
            connection.execute(update(sessions).where(sessions.c.token == token_hash(token)).values(last_seen=now))
    return User(row.id, row.name, row.role, row.must_change, row.disabled, row.created, row.last_login)


def end_session(engine: Engine, token: str) -> None:
    """Sign out; nothing happens where there is no such session."""
    with writing(engine) as connection:
        connection.execute(delete(sessions).where(sessions.c.token == token_hash(token)))
