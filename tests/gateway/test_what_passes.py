"""What the archive says passes verbatim; what is ours comes between whole messages; old devices are tolerated."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.peers import pdus
from pydicom.data import get_testdata_file
from tests.gateway.running import Gateway, now, peer
from tests.peers.caller import (
    CT,
    Caller,
    abort_of,
    ct_image,
    new_uid,
)
from tests.peers.link import DEADLINE
from tests.peers.processes import dcmtk
from tests.peers.scripted import ScriptedArchive, Served

FILE = Path(str(get_testdata_file("CT_small.dcm")))


def storescu(gateway: Gateway, calling: str, called: str, *more: object) -> tuple[int, str]:
    said = dcmtk("storescu", "-v", "-R", "-aet", calling, "-aec", called, "127.0.0.1", gateway.port, *more)
    return said.returncode, said.stdout


@pytest.mark.parametrize("verdict", [(1, 1, 7), (1, 2, 2), (2, 3, 2), (2, 1, 1)])
def test_the_archives_own_rejection_passes_verbatim(
    gateway: Gateway, script: ScriptedArchive, verdict: tuple[int, int, int]
) -> None:
    since = now()
    rejected = pdus.PDU_HEADER.pack(pdus.ASSOCIATE_RJ, 4) + bytes((0, *verdict))
    with script.playing(lambda served: served.link.send(rejected)), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        assert caller.request() == rejected
    (event,) = gateway.wait_recorded("association-closed", since, called="SCRIPT")
    assert event.body.how == "rejected-by-archive"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(0x0000, "success"), (0xB000, "warning"), (0xB007, "warning"), (0xA700, "failure"), (0xA900, "failure"),
     (0xC123, "failure"), (0x0122, "failure")],
)  # fmt: skip
def test_the_archives_statuses_pass_verbatim_and_are_on_record(
    gateway: Gateway, script: ScriptedArchive, status: int, outcome: str
) -> None:
    def answering(served: Served) -> None:
        served.accept()
        served.pdus.append(served.serve(lambda _: status))

    with script.playing(answering), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        instance = new_uid()
        assert caller.associate().store(instance) == status
        caller.release()
    gateway.wait(lambda: gateway.instance_outcomes(instance) == [(outcome, status)])


def test_storescu_reads_the_archives_warning(gateway: Gateway, script: ScriptedArchive) -> None:
    def warning(served: Served) -> None:
        served.accept()
        served.serve(lambda _: 0xB007)

    with script.playing(warning):
        _, text = storescu(gateway, "STORER", "SCRIPT", FILE)
    assert "0xb007" in text.lower() or "Data Set does not match SOP Class" in text or "Warning" in text, text


def test_the_answer_repeats_the_callers_own_titles_where_the_route_maps_them(
    gateway: Gateway, script: ScriptedArchive
) -> None:
    before = len(script.served)
    with Caller(gateway.port, "STORER", "MAPPED") as caller:
        answer = caller.request()
        assert answer[10:42] == b"MAPPED".ljust(16) + b"STORER".ljust(16)
        assert caller.store() == 0
        caller.release()
    served = script.next(before)
    assert (served.calling, served.called) == ("GATEWAY", "ARCHIVE")


@pytest.mark.parametrize(("source", "reason"), [(0, 0), (2, 1), (2, 6)])
def test_an_abort_passes_with_its_source_and_reason(
    gateway: Gateway, script: ScriptedArchive, source: int, reason: int
) -> None:
    aborting = pdus.PDU_HEADER.pack(pdus.ABORT, 4) + bytes((0, 0, source, reason))

    def archive(served: Served) -> None:
        served.accept()
        served.message()
        served.link.send(aborting)
        served.link.pdu()

    since = now()
    with script.playing(archive), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.associate().send_echo()
        assert caller.link.pdu() == aborting
        assert caller.link.pdu() == b""
    before = len(script.served)
    with Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.associate().echo()
        caller.link.send(aborting)
        served = script.next(before)
        assert served.over.wait(DEADLINE)
    assert served.pdus == [aborting]
    found = gateway.wait_recorded("association-closed", since, 2, called="SCRIPT")
    assert [event.body.how for event in found] == ["aborted-by-archive", "aborted-by-caller"]


def test_a_lost_connection_becomes_an_abort_on_the_other_leg(gateway: Gateway, script: ScriptedArchive) -> None:
    def dying(served: Served) -> None:
        served.accept()
        served.message()

    with script.playing(dying), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.associate().send_echo()
        assert abort_of(caller.link.pdu()) == (2, 0)
    before = len(script.served)
    with Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.associate().send_store(new_uid(), b"")  # no last fragment comes
    served = script.next(before)
    assert served.over.wait(DEADLINE)
    assert abort_of(served.pdus[0]) == (2, 0)


def test_responses_of_ours_come_between_whole_messages_only(gateway: Gateway, script: ScriptedArchive) -> None:
    """A refused store between permitted ones, all sent at once: three answers, each to its Message ID."""
    title = "MIXER"
    gateway.save(peer(title, "C-ECHO", "C-STORE", sop_classes=(pdus.CT_IMAGE.decode(), pdus.VERIFICATION.decode())))
    forged = ct_image(new_uid()).replace(pdus.CT_IMAGE, pdus.MR_IMAGE)
    with Caller(gateway.port, title, "SCRIPT") as caller:
        caller.associate()
        instances = [new_uid() for _ in range(3)]
        numbers = [
            caller.send_store(instances[0], ct_image(instances[0], size=300_000)),
            caller.send_store(instances[1], forged),
            caller.send_store(instances[2], ct_image(instances[2], size=300_000)),
        ]
        answers = [caller.answer() for _ in numbers]
        caller.release()
    assert {answer.answers: answer.status for answer in answers} == dict(zip(numbers, (0, 0x0124, 0), strict=True))
    assert instances[1] not in script.kept
    assert {instances[0], instances[2]} <= set(script.kept)


def test_titles_with_outer_spaces_and_trailing_nuls_are_the_same_title(gateway: Gateway) -> None:
    request = pdus.associate_rq("STORER", "SCRIPT", ((pdus.VERIFICATION, pdus.IMPLICIT_LITTLE),), 16_384)
    padded = request[:10] + b" SCRIPT\0\0\0\0\0\0\0\0\0" + b"  STORER".ljust(16, b"\0") + request[42:]
    with Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.link.send(padded)
        answer = caller.link.pdu()
        assert answer[:1] == b"\x02"
        assert answer[10:42] == padded[10:42], "the answer repeats them as they were sent"
        caller.release()


def test_a_context_in_another_order_of_fragments_is_still_judged(gateway: Gateway, script: ScriptedArchive) -> None:
    """Command and data set in one PDU, and an empty last fragment: old devices do both."""
    instance = new_uid()
    data = ct_image(instance)
    command = pdus.c_store_rq(CT, 1, pdus.CT_IMAGE, instance.encode())[6:]
    body = pdus.PDV_HEADER.pack(len(data) + 2, CT, 0) + data
    last = pdus.PDV_HEADER.pack(2, CT, pdus.LAST)
    with Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.associate()
        whole = command + body + last
        caller.link.send(pdus.PDU_HEADER.pack(pdus.P_DATA_TF, len(whole)), whole)
        assert caller.answer().status == 0
        caller.release()
    assert script.kept[instance] == data


def test_a_stranger_is_told_nothing_different_in_place_of_a_blocked_peer(gateway: Gateway) -> None:
    """Which titles exist must not be found out by asking."""
    answers = []
    for title in ("NOBODY", "BLOCKED"):
        with Caller(gateway.port, title, "PACS") as caller:
            answers.append(caller.request())
    assert answers[0] == answers[1]
