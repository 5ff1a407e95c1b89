"""Pages that judge the record again: replay, unused rules, and what enforcing would stop."""

from __future__ import annotations

import pytest
from tests.console import hospital
from tests.console.house import Browser, House
from tests.console.test_pages import plain
from tests.console.test_sign_in import bodies

from leadglass.console.pages import policy_replay
from leadglass.model.event import AuditLogUsed
from leadglass.model.peer import Peer
from leadglass.store.appstate.peers import save_peer

CT2 = Peer("ct2", "CT2", ("10.20.0.17/32",), operations=("C-ECHO", "C-STORE"), sop_classes=(hospital.CT,), plain=True)
MR1 = Peer("mr1", "MR1", ("10.20.0.21/32",), operations=("C-STORE", "N-ACTION"), sop_classes=(hospital.MR,), plain=True)
NO_CT = f"""
@id("no-ct") @why("CT is closed.") forbid (principal, action == Action::"C-STORE", resource)
when {{ context.sopClass == "{hospital.CT}" }};
"""


@pytest.fixture
def peopled(house: House) -> House:
    for peer in (CT2, MR1):
        save_peer(house.console.engine, peer, "x", "", "peer-created")
    return house


def text_of(client: Browser, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return plain(answer.text).replace("\u00a0", " ")


def test_a_candidate_is_replayed_and_what_differs_is_told(peopled: House) -> None:
    client = peopled.user("analyst")
    assert "Your own policies" in client.get("/policy/replay").text
    answer = client.post("/policy/replay", data={"policies": NO_CT, "span": "7d"})
    text = plain(answer.text).replace("\u00a0", " ")
    assert answer.status_code == 200
    assert "would be decided otherwise" in text
    assert "would be refused" in text
    assert "× C-STORE of CT Image Storage" in text
    assert "refused: no-ct SOP class is CT Image Storage" in text
    assert any(isinstance(body, AuditLogUsed) and body.what == "policy-replay" for body in bodies(peopled))


def test_the_same_policy_changes_nothing(peopled: House) -> None:
    answer = peopled.user("analyst").post("/policy/replay", data={"policies": "", "span": "30d"})
    assert "Nothing would differ" in answer.text


def test_a_candidate_that_is_no_policy_is_shown_with_its_fault_and_kept(peopled: House) -> None:
    sent = '<b>permit (principal, action, resource);</b> & "'
    answer = peopled.user("analyst").post("/policy/replay", data={"policies": sent, "span": "7d"})
    assert answer.status_code == 400
    assert "candidate.cedar:" in plain(answer.text)
    assert "<b>permit" not in answer.text
    assert "&lt;b&gt;permit" in answer.text


def test_a_span_too_long_for_a_page_says_so(peopled: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_replay, "MAX_LEAVES", 5)
    answer = peopled.user("analyst").post("/policy/replay", data={"policies": NO_CT, "span": "30d"})
    text = plain(answer.text).replace("\u00a0", " ")
    assert "Only the newest 5 events of this span were looked at" in text
    assert "leadglass policy replay FILE --days N looks at all" in text


def test_unused_rules_and_entries_are_told(peopled: House) -> None:
    client = peopled.user("analyst")
    text = text_of(client, "/policy/unused")
    idle, _, rest = text.partition("Rules that did")
    assert "print-permitted" in idle.partition("Rules that decided nothing in the last 30 days")[2]
    assert "store-permitted permitted" in rest
    assert "mr1" in rest
    assert text_of(client, "/policy/unused?span=24h") != ""
    assert "30 days" in text_of(client, "/policy/unused?span=nonsense")


def test_before_a_route_enforces_one_sees_what_it_would_stop(peopled: House) -> None:
    client = peopled.user("analyst")
    text = text_of(client, "/policy/enforce")
    assert "Before RESEARCH enforces" in text
    assert "permitted today" in text
    assert "Operation not permitted" in text
    assert "C-STORE of MR Image Storage" in text
    other = text_of(client, "/policy/enforce?route=PACS")
    assert "Nothing would have been stopped" in other
    assert client.get("/policy/enforce?route=NOWHERE").status_code == 404


def test_the_policy_page_asks_about_level_destination_and_patient(peopled: House) -> None:
    save_peer(
        peopled.console.engine,
        Peer("ws", "WS", ("10.20.0.30/32",), operations=("*",), destinations=("WS1",), plain=True),
        "x",
        "",
        "peer-created",
    )
    client = peopled.user("analyst")
    asked = (
        "/policy?peer=ws&operation=C-MOVE&archive=pacs&sop_class=1.2.840.10008.5.1.4.1.2.2.2&level=STUDY&destination="
    )
    assert "allowed by rule retrieve-permitted" in text_of(client, asked + "WS1")
    assert "destination: WS9 is not among WS1" in text_of(client, asked + "WS9&patient=4711&issuer=HOSP&object=yes")


@pytest.mark.parametrize("path", ["/policy/replay", "/policy/unused", "/policy/enforce"])
def test_a_viewer_sees_none_of_it(peopled: House, path: str) -> None:
    assert peopled.user("viewer").get(path).status_code == 403
