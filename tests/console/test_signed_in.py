"""Claims about who stays signed in while the application state cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from tests.postgresql import Server

from leadglass.console import signed_in
from leadglass.console.signed_in import SignedIn
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.sessions import IDLE, begin_session, end_session
from leadglass.store.appstate.users import User, create_first_user

NOW = 1_800_000_000_000_000_000


@pytest.fixture
def engine(postgresql: Server) -> Iterator[Engine]:
    opened = open_appstate(postgresql.database())
    yield opened
    opened.dispose()


@pytest.fixture
def user(engine: Engine) -> User:
    return create_first_user(engine, "anna", "$hash", "")


def test_only_who_was_signed_in_at_the_last_look_stays_so_and_not_for_long(
    engine: Engine, user: User, postgresql: Server
) -> None:
    seen, ended, never = (begin_session(engine, user.id, "", NOW) for _ in range(3))
    remembered = SignedIn()
    assert remembered.user(engine, seen, NOW, touch=True)
    assert remembered.user(engine, ended, NOW, touch=True)
    end_session(engine, ended)
    assert remembered.user(engine, ended, NOW + 1, touch=True) is None
    postgresql.stop()
    try:
        found = remembered.user(engine, seen, NOW + IDLE, touch=True)
        assert found is not None
        assert found.name == "anna"
        for token in (ended, never, "guessed"):
            with pytest.raises(SQLAlchemyError):
                remembered.user(engine, token, NOW + 2, touch=True)
        with pytest.raises(SQLAlchemyError):
            remembered.user(engine, seen, NOW + IDLE + 1, touch=True)
    finally:
        postgresql.start()


def test_what_is_remembered_is_bounded(engine: Engine, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_in, "MAX_REMEMBERED", 3)
    remembered = SignedIn()
    for _ in range(6):
        remembered.user(engine, begin_session(engine, user.id, "", NOW), NOW, touch=False)
    assert len(remembered._seen) == 3
