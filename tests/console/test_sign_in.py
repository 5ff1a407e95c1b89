from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from tests.console.house import PASSWORD, House

from leadglass.console.pages.sign_in import _inside
from leadglass.console.passwords import MIN_LENGTH, objection
from leadglass.console.throttle import FREE, FREE_ADDRESS, MAX_DELAY, MAX_KEYS, Throttle
from leadglass.model.event import Body, UserAuthentication, decode
from leadglass.store.appstate.engine import reading
from leadglass.store.appstate.setup_token import ensure_setup_token, matches
from leadglass.store.appstate.tables import outbox

SECOND = 1_000_000_000


def bodies(house: House) -> list[Body]:
    with reading(house.console.engine) as connection:
        return [decode(row.event).body for row in connection.execute(select(outbox).order_by(outbox.c.counter))]


def form(token: str, **changes: str) -> dict[str, str]:
    return {"token": token, "name": "anna", "password": PASSWORD, "again": PASSWORD, **changes}


def test_the_first_person_signs_up_with_the_token_and_only_once(house: House) -> None:
    client = house.client()
    assert client.get("/").headers["location"].startswith("/sign-in")
    assert client.get("/sign-in").headers["location"] == "/sign-up"
    token = house.console.setup_token.read_text().strip()
    assert client.post("/sign-up", data=form("wrong")).status_code == 400
    assert client.post("/sign-up", data=form("")).status_code == 400
    answer = client.post("/sign-up", data=form(token))
    assert answer.headers["location"] == "/"
    assert client.get("/").status_code == 200
    assert not house.console.setup_token.exists()
    assert house.client().post("/sign-up", data=form(token, name="mallory")).headers["location"] == "/sign-in"
    kinds = [(type(body).__name__, getattr(body, "success", None)) for body in bodies(house)]
    assert kinds == [
        ("UserAuthentication", False),
        ("UserAuthentication", False),
        ("AdministratorAction", None),
        ("UserAuthentication", True),
    ]


def test_there_is_no_password_before_sign_up(house: House) -> None:
    client = house.client()
    for name, password in (("admin", "admin"), ("administrator", ""), ("", "")):
        assert client.post("/sign-in", data={"name": name, "password": password}).status_code == 401


def test_the_cookie_is_host_only_secure_and_hidden(house: House) -> None:
    house.user("administrator")
    client = house.client()
    answer = client.post("/sign-in", data={"name": "the-administrator", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("__host-leadglass=")
    for flag in ("secure", "httponly", "samesite=strict", "path=/"):
        assert flag in cookie
    assert "domain" not in cookie


def test_signing_in_makes_a_new_token_and_ends_the_old_session(house: House) -> None:
    client = house.user("administrator")
    first = client.cookies["__Host-leadglass"]
    client.post("/sign-in", data={"name": "the-administrator", "password": PASSWORD})
    assert client.cookies["__Host-leadglass"] != first
    old = house.client()
    old.cookies.set("__Host-leadglass", first)
    assert old.get("/").status_code == 303


def test_signing_out_ends_the_session_on_the_server(house: House) -> None:
    client = house.user("administrator")
    token = client.cookies["__Host-leadglass"]
    client.post("/sign-out")
    thief = house.client()
    thief.cookies.set("__Host-leadglass", token)
    assert thief.get("/").status_code == 303
    last = bodies(house)[-1]
    assert isinstance(last, UserAuthentication)
    assert last.action == "logout"


def test_failures_are_recorded_without_what_may_be_a_password(house: House) -> None:
    house.user("administrator")
    client = house.client()
    client.post("/sign-in", data={"name": "my-secret-password", "password": "x"})
    client.post("/sign-in", data={"name": "the-administrator", "password": "wrong"})
    failed = [body for body in bodies(house) if isinstance(body, UserAuthentication) and not body.success]
    assert [(body.user, body.reason) for body in failed] == [
        ("(unknown)", "unknown or disabled user"),
        ("the-administrator", "wrong password"),
    ]


def test_guessing_is_slowed_down_even_with_the_right_password(house: House) -> None:
    house.user("administrator")
    client = house.client()
    for _ in range(FREE):
        assert client.post("/sign-in", data={"name": "the-administrator", "password": "wrong"}).status_code == 401
    assert client.post("/sign-in", data={"name": "the-administrator", "password": PASSWORD}).status_code == 429


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil", "", "\t//evil", "/live/overview"]
)
def test_signing_in_leads_nowhere_else(path: str) -> None:
    assert _inside(path) == "/"


def test_signing_in_leads_back_to_where_one_was_going() -> None:
    assert _inside("/patient?id=1&issuer=2") == "/patient?id=1&issuer=2"


def test_waiting_grows_is_bounded_and_ends() -> None:
    throttle = Throttle()
    for _ in range(FREE):
        assert throttle.wait("a", "anna", 0) == 0
        throttle.failed("a", "anna", 0)
    assert throttle.wait("a", "anna", 0) == 1
    throttle.failed("a", "anna", 0)
    assert throttle.wait("a", "anna", 0) == 2
    for _ in range(40):
        throttle.failed("a", "anna", 0)
    assert throttle.wait("a", "anna", 0) == MAX_DELAY
    assert throttle.wait("a", "anna", MAX_DELAY * SECOND) == 0
    assert throttle.wait("b", "anna", 0) == 0  # nobody can lock somebody else out


def test_an_address_that_tries_many_names_waits_too_and_memory_is_bounded() -> None:
    throttle = Throttle()
    for number in range(FREE_ADDRESS):
        throttle.failed("a", f"user{number}", 0)
    assert throttle.wait("a", "somebody", 0) > 0
    for number in range(MAX_KEYS):
        throttle.failed(f"address{number}", "x", 0)
    assert len(throttle._failures) <= MAX_KEYS


@pytest.mark.parametrize(
    ("password", "again", "taken"),
    [
        ("correct horse battery", "correct horse battery", True),
        ("correct horse battery", "correct horse", False),
        ("x" * (MIN_LENGTH - 1), "x" * (MIN_LENGTH - 1), False),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", False),
        ("anna-is-my-name", "anna-is-my-name", False),
        ("a long enough phrase" * 20, "a long enough phrase" * 20, False),
    ],
)
def test_takes_only_good_passwords(password: str, again: str, taken: bool) -> None:
    assert (objection(password, again, "anna") == "") is taken


def test_two_processes_agree_on_one_setup_token(tmp_path: Path) -> None:
    path = tmp_path / "app" / "setup-token"
    token = ensure_setup_token(path)
    assert ensure_setup_token(path) == token
    assert path.stat().st_mode & 0o777 == 0o600
    assert matches(path, token)
    assert not matches(path, token[:-1])
    assert not matches(path, "")
    path.unlink()
    assert not matches(path, token)
    assert list(path.parent.iterdir()) == []
