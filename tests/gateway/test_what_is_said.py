"""The table "what is said when", row by row: read back by DCMTK where it sends the operation, else byte by byte."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from bench.peers import pdus
from pydicom.data import get_testdata_file
from tests.gateway.running import Gateway, now, peer
from tests.peers.caller import (
    Caller,
    abort_of,
    context_results,
    ct_image,
    new_uid,
    rejection,
)
from tests.peers.link import DEADLINE, Message
from tests.peers.processes import dcmtk
from tests.peers.scripted import ScriptedArchive, Served

FILE = Path(str(get_testdata_file("CT_small.dcm")))


def echoscu(gateway: Gateway, calling: str, called: str, *options: object) -> tuple[int, str]:
    said = dcmtk("echoscu", "-v", *options, "-aet", calling, "-aec", called, "127.0.0.1", gateway.port)
    return said.returncode, said.stdout


def storescu(gateway: Gateway, calling: str, called: str, *more: object) -> tuple[int, str]:
    said = dcmtk("storescu", "-v", "-R", "-aet", calling, "-aec", called, "127.0.0.1", gateway.port, *more)
    return said.returncode, said.stdout


# --- A-ASSOCIATE-RJ, read by echoscu ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calling", "called", "words", "said", "cause"),
    [
        ("NOBODY", "PACS", "Calling AE Title Not Recognized", "1/1/3", "unknown-caller"),
        ("storer", "PACS", "Calling AE Title Not Recognized", "1/1/3", "unknown-caller"),
        ("ELSEWHERE", "PACS", "Calling AE Title Not Recognized", "1/1/3", "unknown-caller"),
        ("BLOCKED", "PACS", "Calling AE Title Not Recognized", "1/1/3", "blocked-peer"),
        ("BLOCKED", "OBSERVE", "Calling AE Title Not Recognized", "1/1/3", "blocked-peer"),
        ("STORER", "NOWHERE", "Called AE Title Not Recognized", "1/1/7", "unknown-called"),
        ("STORER", "pacs", "Called AE Title Not Recognized", "1/1/7", "unknown-called"),
        ("NEVER", "PACS", "No Reason", "1/1/1", "no-context"),
        ("STORER", "DOWN", "Temporary Congestion", "2/3/1", "upstream-down"),
    ],
)
def test_a_refused_association_is_rejected_as_the_table_says_and_recorded(
    gateway: Gateway, calling: str, called: str, words: str, said: str, cause: str
) -> None:
    since = now()
    code, text = echoscu(gateway, calling, called)
    assert code != 0
    assert words in text
    with Caller(gateway.port, calling, called) as caller:
        contexts = ((pdus.VERIFICATION, pdus.IMPLICIT_LITTLE),)
        assert rejection(caller.request(contexts)) == said
        assert caller.link.pdu() == b"", "after a rejection the connection closes"
    events = gateway.wait_recorded("refusal", since, 2, calling=calling, called=called, cause=cause)
    assert {event.body.said for event in events} == {f"A-ASSOCIATE-RJ {said}"}
    assert not any(event.body.would for event in events)


def test_nothing_of_a_refused_caller_reaches_the_archive(gateway: Gateway, script: ScriptedArchive) -> None:
    before = len(script.served)
    with Caller(gateway.port, "NOBODY", "SCRIPT") as caller:
        assert rejection(caller.request()) == "1/1/3"
    with Caller(gateway.port, "STORER", "SCRIPT") as caller:
        assert caller.associate().echo() == 0
        caller.release()
    assert script.next(before).calling == "STORER"


def test_a_peer_beyond_its_own_limit_is_told_to_come_back(gateway: Gateway) -> None:
    since = now()
    with Caller(gateway.port, "LIMITED", "SCRIPT") as first:
        first.associate()
        with Caller(gateway.port, "LIMITED", "SCRIPT") as second:
            assert rejection(second.request()) == "2/3/2"
        code, text = echoscu(gateway, "LIMITED", "SCRIPT")
        assert code != 0
        assert "Local Limit Exceeded" in text
        first.release()
    gateway.wait_recorded("refusal", since, 2, calling="LIMITED", cause="limit")

    def free() -> bool:
        with Caller(gateway.port, "LIMITED", "SCRIPT") as third:
            if third.request()[:1] == b"\x02":
                third.release()
                return True
        return False

    gateway.wait(free, "the place is free again")


# --- contexts --------------------------------------------------------------------------------------------------------


def test_a_context_policy_refuses_gets_result_1_and_is_not_proposed(gateway: Gateway, script: ScriptedArchive) -> None:
    since, before = now(), len(script.served)
    contexts = (
        (pdus.CT_IMAGE, pdus.EXPLICIT_LITTLE),
        (pdus.MR_IMAGE, pdus.EXPLICIT_LITTLE),
        (pdus.VERIFICATION, pdus.IMPLICIT_LITTLE),
    )
    with Caller(gateway.port, "CTONLY", "SCRIPT") as caller:
        assert context_results(caller.request(contexts)) == {1: 0, 3: 1, 5: 0}
        assert caller.store() == 0
        caller.release()
    proposed = script.next(before).request
    assert pdus.MR_IMAGE + b"0" not in proposed
    assert [proposed[start] for kind, start, _ in pdus.items(proposed, 74, len(proposed)) if kind == 0x20] == [1, 5]
    (event,) = gateway.wait_recorded("refusal", since, calling="CTONLY", cause="context")
    assert event.body.said == "context result 1"


def test_c_echo_refused_at_its_context_is_read_by_echoscu(gateway: Gateway) -> None:
    code, text = echoscu(gateway, "SENDER", "PACS")
    assert code != 0
    assert "No Reason" in text, "its only context: no context left, 1/1/1"
    contexts = ((pdus.CT_IMAGE, pdus.EXPLICIT_LITTLE), (pdus.VERIFICATION, pdus.IMPLICIT_LITTLE))
    with Caller(gateway.port, "SENDER", "SCRIPT") as caller:
        assert context_results(caller.request(contexts)) == {1: 0, 3: 1}
        caller.release()


def test_storescu_hears_that_its_context_was_refused(gateway: Gateway) -> None:
    code, text = storescu(gateway, "ECHOER", "PACS", FILE)
    assert code != 0
    assert "No Reason" in text


# --- operations ------------------------------------------------------------------------------------------------------


def holding_the_first(served: Served) -> None:
    """Answer the first request only when the test says go."""
    served.accept()
    message = served.message()
    assert isinstance(message, Message)
    served.seen.set()
    served.wait()
    served.respond(message)
    served.pdus.append(served.serve())


def test_c_store_refused_is_status_0124_read_by_storescu(gateway: Gateway, script: ScriptedArchive) -> None:
    title = "REVOKED1"
    gateway.save(peer(title))
    since, before = now(), len(script.served)
    answer: list[tuple[int, str]] = []
    with script.playing(holding_the_first):
        tool = threading.Thread(
            target=lambda: answer.append(storescu(gateway, title, "SCRIPT", "-nh", "+II", FILE, FILE))
        )
        tool.start()
        served = script.next(before)
        assert served.seen.wait(DEADLINE)
        gateway.save(peer(title, "C-ECHO"))
        served.go.set()
        tool.join(DEADLINE)
    ((_, text),) = answer
    assert "Received Store Response (Success)" in text
    assert "Received Store Response (Unknown Status: 0x124)" in text  # DCMTK 3.6.7 has no word for it
    assert served.over.wait(DEADLINE)
    assert served.fault is None
    (event,) = gateway.wait_recorded("refusal", since, calling=title, scope="operation")
    body = event.body
    assert (body.said, body.operation, body.would) == ("status 0124H", "C-STORE", False)
    assert body.sop_instance not in script.kept
    assert body.patient.id.startswith("PID_")


def test_a_refused_store_is_drained_and_the_association_goes_on(gateway: Gateway, script: ScriptedArchive) -> None:
    title = "REVOKED2"
    gateway.save(peer(title))
    with Caller(gateway.port, title, "SCRIPT") as caller:
        caller.associate()
        assert caller.store() == 0
        gateway.save(peer(title, "C-ECHO"))
        instance = new_uid()
        assert caller.store(instance, ct_image(instance, size=1_000_000)) == 0x0124
        assert caller.echo() == 0
        gateway.save(peer(title))
        assert caller.store() == 0
        caller.release()
    assert instance not in script.kept


def test_c_echo_refused_later_is_an_abort(gateway: Gateway, script: ScriptedArchive) -> None:
    title = "REVOKED3"
    gateway.save(peer(title))
    since, before = now(), len(script.served)
    with Caller(gateway.port, title, "SCRIPT") as caller:
        caller.associate()
        assert caller.echo() == 0
        gateway.save(peer(title, "C-STORE"))
        caller.send_echo()
        assert abort_of(caller.link.pdu()) == (2, 0)
    served = script.next(before)
    assert served.over.wait(DEADLINE)
    assert abort_of(served.pdus[0]) == (2, 0)
    (event,) = gateway.wait_recorded("refusal", since, calling=title)
    assert event.body.said == "A-ABORT"
    (closed,) = gateway.wait_recorded("association-closed", since, calling=title)
    assert closed.body.how == "aborted-by-leadglass"


def test_a_peer_removed_while_its_association_is_open_is_refused_at_its_next_operation(gateway: Gateway) -> None:
    title = "REMOVED"
    gateway.save(peer(title))
    with Caller(gateway.port, title, "SCRIPT") as caller:
        caller.associate()
        assert caller.store() == 0
        gateway.delete(title.lower())
        assert caller.store() == 0x0124
        caller.release()
    with Caller(gateway.port, title, "SCRIPT") as caller:
        assert rejection(caller.request()) == "1/1/3"


def test_a_peer_blocked_while_its_association_is_open_is_refused_in_every_mode(gateway: Gateway) -> None:
    title = "CUTOUT"
    gateway.save(peer(title))
    with Caller(gateway.port, title, "OBSERVE") as caller:
        caller.associate()
        assert caller.store() == 0
        gateway.save(replace(peer(title), status="blocked"))
        instance = new_uid()
        assert caller.store(instance, ct_image(instance)) == 0x0124


def test_an_unreadable_head_is_c000_where_the_route_refuses_it(gateway: Gateway, script: ScriptedArchive) -> None:
    since = now()
    nonsense = b"\xff" * 4_000
    with Caller(gateway.port, "STORER", "REFUSE") as caller:
        caller.associate()
        instance = new_uid()
        assert caller.store(instance, nonsense) == 0xC000
        assert caller.store() == 0
        caller.release()
    assert instance not in script.kept
    gateway.wait_recorded("refusal", since, called="REFUSE", cause="unreadable-head", said="status C000H")


def test_an_unreadable_head_passes_as_patient_unknown_elsewhere(gateway: Gateway, script: ScriptedArchive) -> None:
    since = now()
    nonsense = b"\xff" * 4_000
    with Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.associate()
        instance = new_uid()
        assert caller.store(instance, nonsense) == 0
        caller.release()
    assert script.kept[instance] == nonsense
    (event,) = gateway.wait_recorded("transfer-begun", since, called="SCRIPT")
    assert event.body.patient.known is False
