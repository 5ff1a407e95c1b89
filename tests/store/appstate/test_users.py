from __future__ import annotations

import pytest
from sqlalchemy import Engine, select

from leadglass.model.event import AdministratorAction
from leadglass.store.appstate import sessions as stored
from leadglass.store.appstate.engine import AppStateConflictError, reading
from leadglass.store.appstate.sessions import ABSOLUTE, IDLE, begin_session, end_session, session_user, token_hash
from leadglass.store.appstate.tables import sessions
from leadglass.store.appstate.users import (
    change_user,
    create_first_user,
    create_user,
    find_user,
    has_users,
    list_users,
    set_password,
)

DONE = AdministratorAction("anna", "", "test", "x")
NOW = 1_800_000_000_000_000_000


def test_only_one_person_is_ever_the_first(engine: Engine) -> None:
    assert not has_users(engine)
    create_first_user(engine, "anna", "$hash", "")
    with pytest.raises(AppStateConflictError):
        create_first_user(engine, "mallory", "$hash", "")
    assert [(user.name, user.role) for user in list_users(engine)] == [("anna", "administrator")]


def test_an_enabled_administrator_always_remains(engine: Engine) -> None:
    create_first_user(engine, "anna", "$hash", "")
    for role, disabled in (("viewer", False), ("administrator", True)):
        with pytest.raises(AppStateConflictError):
            change_user(engine, "anna", role, disabled=disabled, action=DONE)  # type: ignore[arg-type]  # literals above
    assert list_users(engine)[0].role == "administrator"
    assert not list_users(engine)[0].disabled


@pytest.mark.parametrize("name", ["", "a b", "<b>", "é", "x" * 65])
def test_refuses_names_that_cannot_be_shown_plainly(engine: Engine, name: str) -> None:
    with pytest.raises(AppStateConflictError):
        create_user(engine, name, "viewer", "$hash", DONE)


def test_a_session_holds_until_it_is_ended(engine: Engine) -> None:
    user = create_first_user(engine, "anna", "$hash", "")
    token = begin_session(engine, user.id, "10.0.0.1", NOW)
    found = session_user(engine, token, NOW + 1)
    assert found is not None
    assert found.name == "anna"
    end_session(engine, token)
    assert session_user(engine, token, NOW + 1) is None


def test_only_the_hash_of_a_token_is_stored(engine: Engine) -> None:
    user = create_first_user(engine, "anna", "$hash", "")
    token = begin_session(engine, user.id, "", NOW)
    with reading(engine) as connection:
        assert connection.execute(select(sessions.c.token)).scalar_one() == token_hash(token) != token


def test_sessions_expire_idle_and_in_the_end(engine: Engine) -> None:
    user = create_first_user(engine, "anna", "$hash", "")
    token = begin_session(engine, user.id, "", NOW)
    assert session_user(engine, token, NOW + IDLE + 1) is None
    at = NOW
    while at < NOW + ABSOLUTE:
        assert session_user(engine, token, at) is not None
        at += IDLE // 2
    assert session_user(engine, token, NOW + ABSOLUTE + 1) is None


def test_a_page_that_refreshes_itself_keeps_no_session_alive(engine: Engine) -> None:
    user = create_first_user(engine, "anna", "$hash", "")
    token = begin_session(engine, user.id, "", NOW)
    assert session_user(engine, token, NOW + IDLE - 1, touch=False) is not None
    assert session_user(engine, token, NOW + IDLE + 1, touch=False) is None


def test_disabling_a_user_ends_the_sessions(engine: Engine) -> None:
    create_first_user(engine, "anna", "$hash", "")
    user = create_user(engine, "bob", "viewer", "$hash", DONE)
    assert user.must_change
    token = begin_session(engine, user.id, "", NOW)
    change_user(engine, "bob", "viewer", disabled=True, action=DONE)
    change_user(engine, "bob", "viewer", disabled=False, action=DONE)
    assert session_user(engine, token, NOW) is None


def test_a_new_password_ends_the_other_sessions_only(engine: Engine) -> None:
    user = create_first_user(engine, "anna", "$hash", "")
    mine, other = (begin_session(engine, user.id, "", NOW) for _ in range(2))
    set_password(engine, "anna", "$new", DONE, must_change=False, keep=token_hash(mine))
    assert session_user(engine, mine, NOW) is not None
    assert session_user(engine, other, NOW) is None
    found = find_user(engine, "anna")
    assert found is not None
    assert found[1] == "$new"


def test_a_user_has_a_bounded_number_of_sessions(engine: Engine) -> None:
    user = create_first_user(engine, "anna", "$hash", "")
    tokens = [begin_session(engine, user.id, "", NOW + number) for number in range(stored.MAX_SESSIONS_PER_USER + 3)]
    alive = [token for token in tokens if session_user(engine, token, NOW + 100)]
    assert alive == tokens[3:]
