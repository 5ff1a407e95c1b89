from __future__ import annotations

import html
import json
import re
import time
from dataclasses import replace
from hashlib import sha256

import msgspec
from tests.console import hospital
from tests.console.house import House
from tests.console.test_sign_in import bodies

from leadglass.model.event import AdministratorAction, AuditLogUsed
from leadglass.model.peer import Peer
from leadglass.registrar.messages import Reloaded
from leadglass.store.appstate.peers import load_peers, save_peer
from leadglass.store.appstate.unknown_peers import list_unknown, record_unknown
from leadglass.store.merkle import node_hash
from leadglass.store.projection.sqlite import SqliteProjection

CT2 = Peer("ct2", "CT2", ("10.20.0.17/32",), operations=("C-ECHO", "C-STORE"), sop_classes=(hospital.CT,), plain=True)


def links(text: str, start: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'href="([^"]+)"', text) if link.startswith(start)]


def plain(text: str) -> str:
    """What a person reads."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text)))


def test_the_overview_says_what_is_wrong_and_what_to_do(house: House) -> None:
    text = plain(house.user("viewer").get("/").text)
    assert "Clinical traffic is impaired" in text
    assert "Archive research cannot be reached by w0: connection refused since" in text
    assert "3 unknown callers wait for a decision" in text
    assert "RESEARCH; 1 refusal passed in this span" in text.replace("\u00a0", " ")


def test_where_no_device_has_ever_called_the_overview_says_what_to_do_first(house: House) -> None:
    assert "Point a device at" not in plain(house.user("viewer").get("/").text)
    quiet = msgspec.structs.replace(hospital.worker(time.time_ns(), 7), open=0, associations=(), upstreams=())
    now = msgspec.structs.replace(hospital.status(time.time_ns()), workers=(quiet,), unknown_peers=(), children=())
    house.registrar.status_now = now
    house.console = replace(house.console, projection=SqliteProjection(":memory:"))
    text = plain(house.user("administrator").get("/").text)
    assert "Ready: no device has called yet" in text
    assert "Point a device at 127.0.0.1 port 11112 with the called AE title PACS or RESEARCH" in text
    assert "Then approve it under Peers" in text
    house.console.projection.close()


def test_every_page_says_so_while_the_record_is_impaired(house: House) -> None:
    client = house.user("administrator")
    house.registrar.status_now = hospital.status(time.time_ns(), impaired="no space left on device")
    for path in ("/", "/patients", "/users", "/account"):
        text = plain(client.get(path).text).replace("\u00a0", " ")
        assert "w0 cannot write its record: no space left on device; 12 instances went on without a record" in text


def test_pages_work_from_the_record_while_the_registrar_is_silent(house: House) -> None:
    client = house.user("administrator")
    house.registrar.status_now = None
    for path in ("/", "/associations", "/health", "/patients", "/refusals", "/peers", "/policy"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Live state is missing" in answer.text
    assert "CT2" in client.get("/associations").text


def test_the_patient_page_shows_each_access_with_a_proof_that_holds(house: House) -> None:
    client = house.user("auditor")
    found = client.get("/patients?text=visser")
    (link,) = links(found.text, "/patient?")
    page = client.get(link)
    text = plain(page.text).replace("\u00a0", " ")
    assert "23 stored" in text
    assert "1 stored with warning" in text
    assert "store-permitted" in text
    assert "Operation not permitted" in text
    for proof in links(page.text, "/proof?"):
        shown = client.get(proof)
        assert shown.status_code == 200
        assert "checked just now" in shown.text
        data = json.loads(client.get(proof.replace("/proof?", "/proof.json?")).text)
        assert leads_to(data) == data["root"]
        assert "4711-0042" not in json.dumps(data)


def leads_to(proof: dict[str, object]) -> str:
    """RFC 9162 2.1.3.2, written again for the test: the root a proof leads to."""
    position, last = int(str(proof["position"])), int(str(proof["size"])) - 1
    node = bytes.fromhex(str(proof["leaf"]))
    path = proof["path"]
    assert isinstance(path, list)
    for sibling in path:
        if position & 1 or position == last:
            node = node_hash(bytes.fromhex(sibling), node)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, bytes.fromhex(sibling))
        position, last = position >> 1, last >> 1
    assert sha256(b"").digest_size == len(node)
    return node.hex()


def test_the_page_of_patients_without_an_id_shows_nobody_else(house: House) -> None:
    client = house.user("auditor")
    (link,) = [link for link in links(client.get("/patients").text, "/patient?") if "id=&" in link]
    page = client.get(link)
    text = plain(page.text).replace("\u00a0", " ")
    assert "Patient without ID" in text
    assert "Trauma^Unknown" in text
    assert "2 stored" in text
    assert "DX_ER" in text
    for other in ("CT2", "MR1", "US_ER", "Refused"):
        assert other not in text


def test_reading_a_patient_is_itself_on_record(house: House) -> None:
    house.user("auditor").get("/patient?id=4711-0042&issuer=STELSE")
    used = [body for body in bodies(house) if isinstance(body, AuditLogUsed)]
    assert [(body.user, body.address, body.what, body.subject) for body in used] == [
        ("the-auditor", "10.1.1.1", "patient", "4711-0042^^^STELSE")
    ]


def test_a_patient_nobody_touched_is_not_found_and_still_on_record(house: House) -> None:
    client = house.user("auditor")
    assert client.get("/patient?id=nobody").status_code == 404
    assert any(isinstance(body, AuditLogUsed) and body.subject == "nobody" for body in bodies(house))


def test_no_list_accepts_a_forged_key(house: House) -> None:
    client = house.user("auditor")
    for path in (
        "/patients",
        "/associations",
        "/refusals",
        "/patient?id=1",
        "/transfer?key=x",
        "/proof?log=../key&position=1",
    ):
        separator = "&" if "?" in path else "?"
        answer = client.get(f"{path}{separator}after=%00nonsense")
        assert answer.status_code in {404, 409, 503}
        assert "That did not work" in answer.text or "No instance" in answer.text


def test_what_came_over_the_wire_is_shown_and_never_obeyed(house: House) -> None:
    client = house.user("administrator")
    for path in ("/", "/patients", "/refusals", "/associations", "/peers", "/patients?text=%3Cscript%3E"):
        text = client.get(path).text
        assert "<script>alert" not in text
        assert "<b>EVIL" not in text
        assert "\u202e" not in text
        assert "\x07" not in text
    assert "&lt;b&gt;EVIL⟨U+202E⟩⟨U+0007⟩" in client.get("/refusals").text
    hostile = links(client.get("/patients?text=script").text, "/patient?")
    assert client.get(hostile[0]).status_code == 200


def test_an_association_page_tells_everything_of_it_and_nothing_of_others(house: House) -> None:
    client = house.user("analyst")
    listed = client.get("/associations?text=US_ER")
    (link,) = links(listed.text, "/association?")
    text = plain(client.get(link).text)
    for said in ("association opened", "transfer begun", "transfer closed", "association closed", "connection lost"):
        assert said in text
    assert text.count("transfer begun") == 1


def test_lists_are_paged_by_key_and_keep_their_filters(house: House) -> None:
    client = house.user("analyst")
    first = client.get("/associations?text=CT2")
    (older,) = [link for link in links(first.text, "/associations?") if "after=" in link]
    assert "text=CT2" in older
    second = client.get(older)
    firsts, seconds = (set(links(page.text, "/association?")) for page in (first, second))
    assert len(firsts) == 50
    assert seconds
    assert not firsts & seconds


def test_refusals_say_why_in_plain_words(house: House) -> None:
    client = house.user("analyst")
    text = plain(client.get("/refusals?would=no&cause=operation").text)
    assert "SOP class MR Image Storage is not among CT Image Storage" in text
    assert "status 0124H" in text
    assert "would refuse" not in text.replace("both refused would refuse", "").split("Filter", 1)[1]
    text = plain(client.get("/refusals?would=yes").text)
    assert "hours: Tue 03:00 is outside Mon-Fri 07:00-19:00" in text
    assert "nothing: it was forwarded" in text


def unknown_callers(house: House) -> None:
    for caller in hospital.unknown(time.time_ns()):
        record_unknown(house.console.engine, caller)


def buttons(text: str, action: str) -> list[str]:
    return re.findall(rf'action="{action}"><input type="hidden" name="caller" value="(\w+)"', text)


def test_one_click_approves_exactly_what_an_unknown_caller_tried(house: House) -> None:
    unknown_callers(house)
    client = house.user("administrator")
    callers = buttons(client.get("/peers").text, "/peers/approve")
    assert len(callers) == 2  # the third called no route of ours: it must be adjusted first
    answer = client.post("/peers/approve", data={"caller": callers[0], "defaults": "yes", "id": "laptop"})
    assert answer.headers["location"] == "/peers"
    (peer,) = load_peers(house.console.engine)
    assert peer == Peer(
        "laptop",
        "LAPTOP",
        ("10.20.9.99/32",),
        operations=("C-ECHO", "C-STORE"),
        sop_classes=(hospital.VERIFICATION, hospital.CT),
        archives=("pacs",),
        plain=True,
    )
    assert house.registrar.reloads == ["the-administrator"]
    assert "generation 8 is in force" in client.get("/peers").text
    assert "generation 8 is in force" not in client.get("/peers").text  # said once


def test_an_approval_that_is_not_in_force_says_so(house: House) -> None:
    unknown_callers(house)
    client = house.user("administrator")
    house.registrar.reloaded = Reloaded(0, "worker w1 could not build it", "see its log")
    caller = buttons(client.get("/peers").text, "/peers/approve")[0]
    client.post("/peers/approve", data={"caller": caller, "defaults": "yes", "id": "laptop"})
    assert "not in force yet: worker w1 could not build it. see its log" in plain(client.get("/peers").text)


def test_an_unknown_caller_is_approved_as_adjusted(house: House) -> None:
    unknown_callers(house)
    client = house.user("administrator")
    link = next(link for link in links(client.get("/peers").text, "/peers/approve?"))
    form = client.get(link).text
    assert 'value="LAPTOP"' in form
    assert "10.20.9.99/32" in form
    key = link.partition("caller=")[2]
    sent = {
        "caller": key,
        "id": "laptop-of-jan",
        "title": "LAPTOP",
        "networks": "10.20.9.99",
        "plain": "yes",
        "operations": ["C-ECHO"],
        "sop_classes": "*",
        "archives": ["research"],
        "hours": "Mon-Fri 07:00-19:00\nSat,Sun 22:00-06:00",
        "description": "for a week",
    }
    bad = client.post("/peers/approve", data={**sent, "hours": "always"})
    assert bad.status_code == 400
    assert "Not a window of hours" in plain(bad.text)
    assert 'value="laptop-of-jan"' in bad.text
    assert client.post("/peers/approve", data={**sent, "title": "CT2"}).status_code == 400
    assert client.post("/peers/approve", data={**sent, "archives": ["nowhere"]}).status_code == 400
    assert client.post("/peers/approve", data=sent).status_code == 303
    (peer,) = load_peers(house.console.engine)
    assert peer.networks == ("10.20.9.99/32",)
    assert [(h.days, h.start, h.end) for h in peer.hours] == [((1, 2, 3, 4, 5), 420, 1140), ((6, 7), 1320, 360)]
    assert client.post("/peers/approve", data=sent).status_code == 409  # decided already


def test_a_hostile_caller_can_be_blocked(house: House) -> None:
    unknown_callers(house)
    client = house.user("administrator")
    for caller in buttons(client.get("/peers").text, "/peers/block"):
        assert client.post("/peers/block", data={"caller": caller}).status_code == 303
    assert list_unknown(house.console.engine) == ()
    assert {(peer.status, peer.title) for peer in load_peers(house.console.engine)} == {
        ("blocked", "LAPTOP"),
        ("blocked", "XR7"),
        ("blocked", hospital.HOSTILE),
    }


def test_a_peer_that_cannot_be_told_from_another_is_not_stored(house: House) -> None:
    save_peer(house.console.engine, CT2, "x", "", "peer-created")
    client = house.user("administrator")
    sent = {
        "id": "ct2b",
        "title": "CT2",
        "networks": "10.20.0.17",
        "plain": "yes",
        "operations": ["*"],
        "sop_classes": "*",
        "archives": ["*"],
    }
    answer = client.post("/peers/new", data=sent)
    assert answer.status_code == 400
    assert "Not saved" in answer.text
    assert load_peers(house.console.engine) == (CT2,)
    assert house.registrar.reloads == []


POLICY_TEST = """
[[test]]
peer = "ct2"
operation = "C-STORE"
sop_class = "1.2.840.10008.5.1.4.1.1.2"
archive = "pacs"
at = "2026-11-24T12:00"
expect = "allow"
"""


def test_a_change_that_would_fail_a_policy_test_is_not_stored(house: House) -> None:
    house.tested(POLICY_TEST)
    save_peer(house.console.engine, CT2, "x", "", "peer-created")
    unknown_callers(house)
    client = house.user("administrator")
    sent = {
        "id": "ct2",
        "title": "CT2",
        "networks": "10.20.0.17",
        "plain": "yes",
        "operations": ["C-ECHO"],
        "sop_classes": hospital.CT,
        "archives": ["*"],
    }
    answer = client.post("/peers/edit", data=sent)
    assert answer.status_code == 400
    assert "This could not come into force: " in plain(answer.text)
    assert "tests.toml:2" in answer.text
    deleted = client.post("/peers/delete", data={"id": "ct2"})
    assert deleted.status_code == 409
    assert "this could not come into force" in plain(deleted.text).lower()
    assert load_peers(house.console.engine) == (CT2,)
    assert house.registrar.reloads == []
    caller = buttons(client.get("/peers").text, "/peers/approve")[0]
    assert client.post("/peers/approve", data={"caller": caller, "defaults": "yes", "id": "laptop"}).status_code == 303


def test_a_registry_that_is_broken_already_can_be_repaired_step_by_step(house: House) -> None:
    save_peer(house.console.engine, CT2, "x", "", "peer-created")
    for name in ("ct2b", "ct2c"):
        save_peer(house.console.engine, replace(CT2, id=name), "x", "", "peer-created")
    client = house.user("administrator")
    for name in ("ct2b", "ct2c"):
        assert client.post("/peers/delete", data={"id": name}).status_code == 303
    assert load_peers(house.console.engine) == (CT2,)


def test_peers_are_changed_and_deleted_through_forms(house: House) -> None:
    save_peer(house.console.engine, replace(CT2, max_associations=4), "x", "", "peer-created")
    client = house.user("administrator")
    form = client.get("/peers/edit?id=ct2").text
    assert 'value="4"' in form
    sent = {
        "id": "ct2",
        "title": "CT2",
        "networks": "10.20.0.0/24",
        "plain": "yes",
        "operations": ["C-STORE"],
        "sop_classes": hospital.CT,
        "archives": ["*", "pacs"],
        "max_associations": "2",
    }
    assert client.post("/peers/edit", data=sent).status_code == 303
    (peer,) = load_peers(house.console.engine)
    assert (peer.networks, peer.archives, peer.max_associations) == (("10.20.0.0/24",), ("*",), 2)
    assert client.post("/peers/edit", data={**sent, "id": "nobody"}).status_code == 409
    assert client.post("/peers/delete", data={"id": "ct2"}).status_code == 303
    assert load_peers(house.console.engine) == ()
    actions = [body.action for body in bodies(house) if isinstance(body, AdministratorAction) and body.subject == "ct2"]
    assert actions == ["peer-created", "peer-changed", "peer-deleted"]


def test_the_policy_page_answers_with_rule_or_nearest_rule(house: House) -> None:
    save_peer(house.console.engine, CT2, "x", "", "peer-created")
    client = house.user("analyst")
    asked = "/policy?peer=ct2&operation=C-STORE&archive=pacs&at=2026-11-24T03:00&sop_class="
    allowed = plain(client.get(asked + "CT").text)
    assert "allowed by rule store-permitted" in allowed
    assert "Tue 03:00" in allowed
    refused = plain(client.get(asked + hospital.MR).text)
    assert "no rule permits it; nearest is store-permitted: SOP class MR Image Storage is not among" in refused
    assert "No SOP class is called" in plain(client.get(asked + "XYZ").text)
    assert "The time is not one" in plain(client.get(asked.replace("2026-11-24T03:00", "soon") + "CT").text)


def test_reloading_reports_what_came_of_it(house: House) -> None:
    client = house.user("administrator")
    client.post("/policy/reload")
    assert "Generation 8 is in force" in client.get("/policy").text
    house.registrar.reloaded = Reloaded(0, "a policy test failed", "see it")
    client.post("/policy/reload")
    assert "Nothing changed: a policy test failed" in client.get("/policy").text


def test_users_are_made_changed_and_disabled(house: House) -> None:
    client = house.user("administrator")
    made = client.post("/users", data={"action": "create", "name": "bob", "role": "viewer"})
    assert made.status_code == 200
    assert "shown only now" in made.text
    assert client.post("/users", data={"action": "create", "name": "bob", "role": "viewer"}).status_code == 409
    assert client.post("/users", data={"action": "create", "name": "eve", "role": "god"}).status_code == 409
    assert client.post("/users", data={"action": "disable", "name": "bob", "role": "viewer"}).status_code == 303
    assert client.post("/users", data={"action": "enable", "name": "bob", "role": "auditor"}).status_code == 303
    assert client.post("/users", data={"action": "reset", "name": "bob"}).status_code == 200
    assert client.post("/users", data={"action": "nothing", "name": "bob"}).status_code == 409
    assert (
        client.post("/users", data={"action": "disable", "name": "the-administrator", "role": "viewer"}).status_code
        == 409
    )
    actions = [body.action for body in bodies(house) if isinstance(body, AdministratorAction) and body.subject == "bob"]
    assert actions == ["user-created", "user-disabled", "user-enabled", "password-reset"]
