"""Who may open what: every address with every role, and what keeps strangers out."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.console.house import PASSWORD, House

from leadglass.console.app import PAGES
from leadglass.console.page import Page
from leadglass.console.roles import PERMISSIONS
from leadglass.console.security import CONTENT_SECURITY_POLICY, MAX_BODY
from leadglass.store.appstate.users import ROLES, Role

GUARDED = [page for page in PAGES if page.permission]
OPEN = {"/sign-in", "/sign-up", "/sign-out", "/metrics", "/healthz", "/answer/{token}", "/answer/{token}/{question}"}


def methods(page: Page) -> list[str]:
    return [method for method, handler in (("GET", page.get), ("POST", page.post)) if handler]


def test_only_these_addresses_are_open_to_everyone() -> None:
    assert {page.path for page in PAGES if not page.permission} == OPEN


def test_the_roles_are_as_written() -> None:
    assert PERMISSIONS["viewer"] == {"overview", "associations", "health", "account"}
    assert PERMISSIONS["analyst"] == PERMISSIONS["viewer"] | {
        "refusals",
        "patients",
        "proof",
        "policy",
        "assessment",
        "answer",
    }
    assert PERMISSIONS["auditor"] == (PERMISSIONS["analyst"] - {"answer"}) | {"peers", "users"}
    assert PERMISSIONS["administrator"] == PERMISSIONS["auditor"] | {
        "change-peers",
        "reload",
        "bypass",
        "change-users",
        "answer",
        "decide",
    }


@pytest.mark.parametrize("role", ROLES)
def test_every_route_holds_every_role_to_its_permissions(house: House, role: Role) -> None:
    client = house.user(role)
    for page in GUARDED:
        for method in methods(page):
            answer = client.request(method, page.path)
            allowed = page.needs(method) in PERMISSIONS[role]
            assert (answer.status_code != 403) == allowed, (role, method, page.path, answer.status_code)
            assert answer.status_code != 500


def test_without_a_session_every_guarded_route_leads_to_the_sign_in(house: House) -> None:
    house.user("administrator")
    client = house.client()
    for page in GUARDED:
        for method in methods(page):
            answer = client.request(method, page.path)
            if page.refreshes:
                assert answer.status_code == 401
                assert answer.headers["hx-refresh"] == "true"
            else:
                assert answer.status_code == 303
                assert answer.headers["location"].startswith("/sign-in")


def test_a_viewer_sees_no_patient_anywhere(house: House) -> None:
    client = house.user("viewer")
    for path in ("/", "/associations", "/health", "/live/overview"):
        text = client.get(path).text
        assert "4711-0042" not in text
        assert "Visser" not in text
    listed = client.get("/associations?text=CT2&span=24h").text
    link = next(part.split('"')[0] for part in listed.split('href="') if part.startswith("/association?"))
    for number in range(1, 6):
        text = client.get(link.replace("&amp;", "&")).text
        assert "4711-0042" not in text, number


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example", "sec-fetch-site": ""},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"origin": "null", "sec-fetch-site": "same-site"},
        {"origin": "https://testserver", "sec-fetch-site": "cross-site"},
        {"origin": "http://testserver", "sec-fetch-site": "same-origin"},
    ],
)
def test_another_sites_page_can_change_nothing(house: House, headers: dict[str, str]) -> None:
    client = house.user("administrator")
    for page in PAGES:
        if page.post:
            assert client.post(page.path, headers=headers).status_code == 403
    assert house.registrar.reloads == []


def test_a_post_that_shows_no_origin_at_all_is_refused(house: House) -> None:
    client = house.user("administrator")
    del client.headers["origin"], client.headers["sec-fetch-site"]
    assert client.post("/sign-out").status_code == 403
    client.headers["sec-fetch-site"] = "same-origin"
    client.headers["origin"] = "null"  # a browser under our no-referrer policy
    assert client.post("/sign-out").status_code == 303


def test_every_answer_carries_the_strict_headers(house: House) -> None:
    client = house.user("administrator")
    for path in ("/", "/patients", "/nothing", "/metrics", "/static/leadglass-1.css", "/sign-in"):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "max-age" in headers["strict-transport-security"]
        if not path.startswith("/static"):
            assert headers["cache-control"] == "no-store"


def test_a_form_beyond_the_bound_is_refused_unread(house: House) -> None:
    client = house.client()
    assert client.post("/sign-in", data={"name": "x" * MAX_BODY}).status_code == 413

    async def chunks() -> AsyncIterator[bytes]:
        yield b"name="
        yield b"x" * MAX_BODY

    assert client.post("/sign-in", content=chunks()).status_code == 413
    assert client.post("/sign-in", content=b"\xff\xfe=1").status_code in {400, 401, 303}
    many = "&".join(f"f{number}=1" for number in range(2000))
    assert client.post("/sign-in", content=many).status_code == 400


def test_probes_tell_strangers_nothing_of_patients_and_devices(house: House) -> None:
    client = house.client()
    for path in ("/metrics", "/healthz"):
        text = client.get(path).text
        for secret in ("4711", "Visser", "CT2", "LAPTOP", "10.20.", "RESEARCH"):
            assert secret not in text, (path, secret)
    assert client.get("/healthz").status_code == 503  # an archive is down
    house.registrar.status_now = None
    assert client.get("/healthz").status_code == client.get("/metrics").status_code == 503


def test_a_made_password_must_be_changed_before_anything_else(house: House) -> None:
    administrator = house.user("administrator")
    answer = administrator.post("/users", data={"action": "create", "name": "bob", "role": "analyst"})
    made = answer.text.split('class="secret">')[1].split("<")[0]
    bob = house.client()
    assert bob.post("/sign-in", data={"name": "bob", "password": made}).status_code == 303
    assert bob.get("/patients").headers["location"] == "/account"
    new = {"current": made, "password": "another long phrase", "again": "another long phrase"}
    assert bob.post("/account", data=new).headers["location"] == "/"
    assert bob.get("/patients").status_code == 200
    assert house.client().post("/sign-in", data={"name": "bob", "password": made}).status_code == 401
    assert PASSWORD not in answer.text
