"""Unknown, approved and removed peers, and the three modes, as a PACS administrator meets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bench.peers import pdus
from pydicom.data import get_testdata_file
from tests.gateway.running import Gateway, now
from tests.peers.caller import CONTEXTS, Caller, new_uid, rejection
from tests.peers.processes import dcmtk
from tests.peers.scripted import ScriptedArchive

FILE = Path(str(get_testdata_file("CT_small.dcm")))


def unknown(gateway: Gateway, title: str) -> dict[str, Any] | None:
    said = gateway.cli("--json", "peer", "list")
    assert said.returncode == 0, said.stderr
    rows: list[dict[str, Any]] = json.loads(said.stdout)["unknown"]
    return next((row for row in rows if row["title"] == title), None)


def test_an_unknown_device_is_refused_listed_approved_and_then_served_without_a_restart(gateway: Gateway) -> None:
    title = "NEWCT"
    port = gateway.port
    command = ("storescu", "-R", "-aet", title, "-aec", "PACS", "127.0.0.1", port, FILE)
    assert dcmtk(*command).returncode != 0
    row = gateway.wait(lambda: unknown(gateway, title), "the unknown caller is listed")
    assert (row["address"], row["called"], row["attempts"]) == ("127.0.0.1", "PACS", 1)
    assert "1.2.840.10008.5.1.4.1.1.2" in row["sop_classes"]
    assert row["implementation_version"].startswith("OFFIS_DCMTK")
    status = gateway.status()
    assert status is not None
    assert title in {caller.title for caller in status.unknown_peers}

    processes = gateway.children()
    said = gateway.cli("peer", "approve", "127.0.0.1", title, "--id", "newct")
    assert said.returncode == 0, said.stdout + said.stderr
    assert dcmtk(*command).returncode == 0
    assert gateway.children() == processes
    assert unknown(gateway, title) is None
    gateway.wait_recorded("administrator-action", subject="newct", action="peer-approved")


def test_an_unknown_device_can_be_blocked_in_one_action(gateway: Gateway) -> None:
    title = "STRANGER"
    with Caller(gateway.port, title, "PACS") as caller:
        assert rejection(caller.request()) == "1/1/3"
    gateway.wait(lambda: unknown(gateway, title))
    said = gateway.cli("peer", "block", "127.0.0.1", title)
    assert said.returncode == 0, said.stdout + said.stderr
    since = now()
    with Caller(gateway.port, title, "OBSERVE") as caller:
        assert rejection(caller.request()) == "1/1/3"
    gateway.wait_recorded("refusal", since, calling=title, cause="blocked-peer", would=False)


@pytest.mark.parametrize(("called", "alarms"), [("OBSERVE", 0), ("ALERT", 1)])
def test_observing_routes_forward_a_stranger_and_record_what_they_would_have_done(
    gateway: Gateway, called: str, alarms: int
) -> None:
    title = f"GUEST{called[:3]}"
    since = now()
    said = dcmtk("storescu", "-R", "-aet", title, "-aec", called, "127.0.0.1", gateway.port, FILE)
    assert said.returncode == 0, said.stdout
    (refusal,) = gateway.wait_recorded("refusal", since, calling=title)
    assert (refusal.body.would, refusal.body.said, refusal.body.cause) == (True, "", "unknown-caller")
    gateway.wait_recorded("association-closed", since, calling=title, instances=1, how="released")
    found = gateway.recorded("alarm", since)
    assert len(found) == alarms
    assert all(event.cause == refusal.id for event in found)
    gateway.wait(lambda: unknown(gateway, title), "a stranger that was let pass waits for a decision too")


@pytest.mark.parametrize(("called", "alarms"), [("OBSERVE", 0), ("ALERT", 1)])
def test_observing_routes_forward_what_policy_refuses_to_a_known_peer(
    gateway: Gateway, called: str, alarms: int
) -> None:
    since = now()
    with Caller(gateway.port, "ECHOER", called) as caller:
        caller.associate()
        assert caller.store() == 0
        caller.release()
    found = gateway.wait_recorded("refusal", since, 2, calling="ECHOER", called=called)
    assert [(event.body.scope, event.body.would) for event in found] == [("context", True), ("operation", True)]
    assert len(gateway.recorded("alarm", since)) == alarms * 2


def test_a_refusal_names_its_rule_or_the_nearest_one_and_what_failed(gateway: Gateway) -> None:
    since = now()
    with Caller(gateway.port, "ECHOER", "SCRIPT") as caller:
        caller.request()
    (event,) = gateway.wait_recorded("refusal", since, calling="ECHOER", cause="context")
    judgement = event.body.judgement
    assert judgement.nearest == "store-permitted"
    assert "C-STORE" in judgement.failed
    with Caller(gateway.port, "NEVER", "SCRIPT") as caller:
        assert rejection(caller.request()) == "1/1/1"
    (event,) = gateway.wait_recorded("refusal", since, calling="NEVER")
    assert event.body.judgement.rule == "forbid-outside-hours"


def test_hostile_titles_are_data_and_nothing_else(gateway: Gateway) -> None:
    """Printable ones are unknown names; what can be no title (PS3.5 6.2) is a protocol error."""
    since = now()
    before = _directories(gateway)
    printable = (b"<script>alert(1)", b"%2e%2e%2f${IFS}`", b"'; DROP TABLE --")
    impossible = (b"../../etc/passwd", b"\x1b[2J\x07\x00evil", b"\r\nHTTP/1.1 200", b"\xff" * 16, b"a\\b")
    for title in (*printable, *impossible):
        for place in (slice(26, 42), slice(10, 26)):
            with Caller(gateway.port, "X", "PACS") as caller:
                request = bytearray(pdus.associate_rq("STORER", "PACS", CONTEXTS, 16_384))
                request[place] = title.ljust(16)[:16]
                caller.link.send(bytes(request))
                answer = caller.link.pdu()
            if title in printable:
                assert rejection(answer) == ("1/1/3" if place.start == 26 else "1/1/7")
            else:
                assert answer[:1] == b"\x07" or rejection(answer) in {"1/1/3", "1/1/7"}
    gateway.wait_recorded("refusal", since, 2 * len(printable))
    gateway.wait(lambda: unknown(gateway, "<script>alert(1)"))
    listed = gateway.cli("peer", "list").stdout
    assert "<script>alert(1)" in listed
    assert not {character for character in listed if character < " "} - {"\n"}
    assert _directories(gateway) == before
    for entry in gateway.log.read_text().splitlines():
        assert entry.isprintable()


def _directories(gateway: Gateway) -> set[Path]:
    """Those of the data directory, the growing ledger's own left out."""
    ledger = gateway.data.ledger
    return {path for path in gateway.file.parent.rglob("*") if path.is_dir() and ledger not in path.parents}


def test_a_removed_device_is_an_unknown_caller_again(gateway: Gateway, script: ScriptedArchive) -> None:
    assert (
        gateway.cli("peer", "add", "shortlived", "--title", "SHORT", "--network", "127.0.0.1", "--plain").returncode
        == 0
    )
    with Caller(gateway.port, "SHORT", "SCRIPT") as caller:
        instance = new_uid()
        assert caller.associate().store(instance) == 0
        caller.release()
    assert instance in script.kept
    said = gateway.cli("peer", "remove", "shortlived")
    assert said.returncode == 0, said.stdout + said.stderr
    with Caller(gateway.port, "SHORT", "SCRIPT") as caller:
        assert rejection(caller.request()) == "1/1/3"
