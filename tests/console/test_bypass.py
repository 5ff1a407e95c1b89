"""Claims about bypasses in the console: on every page while they last, begun and ended by administrators."""

from __future__ import annotations

import time

import msgspec
import pytest
from tests.console.house import House

from leadglass.console.app import PAGES
from leadglass.model.bypass import ActiveBypass
from leadglass.registrar.messages import Bypassed
from leadglass.store import bypasses
from leadglass.store.appstate.users import ROLES, Role
from leadglass.store.bypasses import Kept

MINUTE = 60_000_000_000
REASON = "the registry <was> lost\x1b[31m"
WHOLE_PAGES = [page.path for page in PAGES if page.get and page.permission and not page.refreshes]
FORM = {"route": "PACS", "minutes": "30", "reason": "the registry is lost"}


def lasts(house: House, left: int = 30 * MINUTE) -> ActiveBypass:
    now = time.time_ns()
    row = ActiveBypass("PACS", now - MINUTE, now + left, REASON, "ada")
    assert house.registrar.status_now is not None
    house.registrar.status_now = msgspec.structs.replace(house.registrar.status_now, bypasses=(row,))
    return row


@pytest.mark.parametrize("role", ROLES)
def test_a_bypass_stands_on_every_page_for_everyone(house: House, role: Role) -> None:
    lasts(house)
    client = house.user(role)
    for path in WHOLE_PAGES:
        answer = client.get(path)
        if answer.headers.get("content-type", "").startswith("text/html"):  # a redirect has none
            assert (
                "<strong>Bypass</strong> PACS relays without policy, by ada: the registry &lt;was&gt; lost"
                in answer.text
            )
            assert "\x1b" not in answer.text


def test_a_stranger_learns_that_and_no_more(house: House) -> None:
    lasts(house)
    house.user("administrator")
    text = house.client().get("/sign-in").text
    assert "A route relays without policy" in text
    assert "PACS" not in text
    assert "ada" not in text


def test_it_stands_there_while_the_registrar_is_dead(house: House) -> None:
    client = house.user("viewer")
    row = lasts(house)
    house.registrar.status_now = None
    directory = house.console.configuration().data.accepted
    directory.mkdir(parents=True)
    bypasses.write(directory, Kept((row,)))
    assert "PACS relays without policy" in client.get("/").text
    bypasses.write(directory, Kept((msgspec.structs.replace(row, until=time.time_ns()),)))
    assert "PACS relays without policy" not in client.get("/").text


def test_health_and_metrics_tell_it_without_titles(house: House) -> None:
    lasts(house)
    client = house.client()
    health = client.get("/healthz")
    assert health.status_code == 503
    (problem,) = [row for row in health.json()["problems"] if row["code"] == "route-bypassed"]
    assert problem["severity"] == "critical"
    metrics = client.get("/metrics").text
    assert "leadglass_bypass_active 1.0" in metrics
    assert "PACS" not in health.text + metrics


def test_an_administrator_begins_and_ends_it(house: House) -> None:
    client = house.user("administrator")
    house.registrar.bypassed = Bypassed(until=time.time_ns() + 30 * MINUTE)
    assert client.post("/bypass", data=FORM).headers["location"] == "/bypass"
    assert "PACS relays without policy for 30 min. It ends by itself." in client.get("/bypass").text
    lasts(house)
    assert "End now" in client.get("/bypass").text
    house.registrar.bypassed = Bypassed()
    client.post("/bypass", data={"route": "PACS", "action": "end"})
    assert house.registrar.bypasses == [
        ("PACS", 30, "the registry is lost", "the-administrator"),
        ("PACS", 0, "", "the-administrator"),
    ]


@pytest.mark.parametrize("minutes", ["", "0", "-5", "1e3", "٣", "99999", "half an hour"])
def test_minutes_that_are_none_never_mean_an_end(house: House, minutes: str) -> None:
    client = house.user("administrator")
    house.registrar.bypassed = Bypassed("a bypass lasts 1 to 240 minutes", "it can be begun again")
    answer = client.post("/bypass", data=FORM | {"minutes": minutes})
    assert answer.status_code == 409
    assert "a bypass lasts 1 to 240 minutes" in answer.text
    assert 'value="the registry is lost"' in answer.text
    assert [minutes for _, minutes, _, _ in house.registrar.bypasses] == [-1]


def test_a_worker_that_lags_and_a_full_disk_are_told(house: House) -> None:
    client = house.user("administrator")
    house.registrar.bypassed = Bypassed(hint="not kept over a restart: no space", until=1, waiting="worker w1: silent")
    client.post("/bypass", data=FORM)
    text = client.get("/bypass").text
    assert "Not in force everywhere yet: worker w1: silent" in text
    assert "not kept over a restart: no space" in text


@pytest.mark.parametrize("role", ["viewer", "analyst", "auditor"])
def test_nobody_else_can(house: House, role: Role) -> None:
    client = house.user(role)
    assert client.post("/bypass", data=FORM).status_code == 403
    assert house.registrar.bypasses == []
    if role != "viewer":
        assert "Relay without policy" not in client.get("/bypass").text
