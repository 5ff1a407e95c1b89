"""Senders that die, stall, flood or forge: nothing crashes, nothing refused goes on, others are served."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
import zlib

import pytest
from bench.peers import pdus
from tests.gateway.running import Gateway, now, peer
from tests.gateway.test_bad_archives import OURS, resident
from tests.peers.caller import CONTEXTS, CT, Caller, abort_of, ct_image, new_uid
from tests.peers.link import DEADLINE, data_pdus, fragments
from tests.peers.scripted import ScriptedArchive, Served

DEFLATED = b"1.2.840.10008.1.2.1.99"


@pytest.mark.parametrize("cut", [100_000, 100_001, 16_390])
def test_an_object_cut_off_in_the_middle_never_gets_a_last_fragment(
    gateway: Gateway, script: ScriptedArchive, cut: int
) -> None:
    heard: list[bytes] = []

    def listening(served: Served) -> None:
        served.accept()
        while pdu := served.link.pdu():
            heard.append(pdu)

    instance, before = new_uid(), len(script.served)
    with script.playing(listening), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.associate()
        stream = data_pdus(CT, ct_image(instance, size=400_000))
        caller.link.send(pdus.c_store_rq(CT, 1, pdus.CT_IMAGE, instance.encode()), stream[:cut])
        caller.link.close()
    served = script.next(before)
    assert served.over.wait(DEADLINE)
    assert abort_of(heard[-1]) == OURS
    flags = [control for pdu in heard[:-1] for _, control, _ in fragments(pdu)]
    assert flags[:1] in ([], [3])
    assert set(flags[1:]) <= {0}
    gateway.wait(lambda: gateway.instance_outcomes(instance) == [("cut-off", -1)])
    (closed,) = gateway.wait_recorded("association-closed", port=caller.port)
    assert closed.body.how == "connection-lost"


def nested(depth: int) -> bytes:
    """Sequences of undefined length, one in the other, before any patient."""
    level = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    return level * depth


def bomb() -> bytes:
    """A deflated data set whose first element is 256 MiB of zeros."""
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    out = [machine.compress(struct.pack("<HH2sHI", 0x0008, 0x0005, b"UN", 0, 256 << 20))]
    zeros = bytes(1 << 20)
    out += [machine.compress(zeros) for _ in range(256)]
    return b"".join([*out, machine.flush()])


@pytest.mark.parametrize("name", ["nested", "bomb", "random", "endless-element"])
def test_a_hostile_head_is_refused_within_its_bound_and_the_next_object_passes(
    gateway: Gateway, script: ScriptedArchive, name: str
) -> None:
    heads = {
        "nested": nested(100_000),
        "bomb": bomb(),
        "random": os.urandom(300_000),
        "endless-element": struct.pack("<HH2sHI", 0x0008, 0x0005, b"UN", 0, 0xFFFFFFFE) + bytes(600_000),
    }
    contexts = ((pdus.CT_IMAGE, DEFLATED if name == "bomb" else pdus.EXPLICIT_LITTLE), (CONTEXTS[0]))
    rest = {pid: resident(pid) for worker, pid in gateway.children().items() if worker.startswith("w")}
    with Caller(gateway.port, "STORER", "REFUSE") as caller:
        assert caller.request(contexts)[:1] == b"\x02"
        instance = new_uid()
        assert caller.store(instance, heads[name]) == 0xC000
        good = new_uid()
        caller.send_store(good, ct_image(good), context=3)
        assert caller.answer().status == 0
        caller.release()
    assert instance not in script.kept
    assert good in script.kept
    assert all(resident(pid) - before < 32 << 20 for pid, before in rest.items())


ECHO_BEFORE = pdus.c_echo_rq(3, 1)
RQ = pdus.associate_rq("STORER", "SCRIPT", CONTEXTS, 16_384)


@pytest.mark.parametrize(
    "opening",
    [
        pytest.param(ECHO_BEFORE, id="dimse-before-association"),
        pytest.param(b"\x04\x00\xff\xff\xff\xff", id="p-data-of-4-gib-before-association"),
        pytest.param(b"\x01\x00\xff\xff\xff\xff" + bytes(1_000), id="request-of-4-gib"),
        pytest.param(b"\x01\x00\x00\x00\x00\x04" + bytes(4), id="request-of-4-bytes"),
        pytest.param(RQ[:76] + b"\xff\xff" + RQ[78:], id="item-past-its-pdu"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: pacs\r\n\r\n", id="http"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), id="tls"),
        pytest.param(bytes(range(256)) * 4, id="bytes"),
        pytest.param(pdus.RELEASE_RQ_PDU, id="release-before-association"),
        pytest.param(RQ + RQ, id="two-requests"),
    ],
)
def test_a_broken_opening_is_answered_with_an_abort_and_recorded(gateway: Gateway, opening: bytes) -> None:
    with Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.link.send(opening)
        heard = []
        while pdu := caller.link.pdu():
            heard.append(pdu)
        assert abort_of(heard[-1]) == OURS
    gateway.wait_recorded("protocol-error", port=caller.port, side="caller")


def _pdv(context: int, control: int, body: bytes, *, length: int | None = None) -> bytes:
    header = pdus.PDV_HEADER.pack(len(body) + 2 if length is None else length, context, control)
    return pdus.PDU_HEADER.pack(pdus.P_DATA_TF, len(body) + 6) + header + body


STORE = pdus.c_store_rq(CT, 1, pdus.CT_IMAGE, b"2.25.9")


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"\x04\x00\xff\xff\xff\xff", id="p-data-of-4-gib"),
        pytest.param(_pdv(7, 3, b""), id="context-never-accepted"),
        pytest.param(_pdv(CT, 2, b"data"), id="data-without-command"),
        pytest.param(_pdv(CT, 3, bytes(10)), id="command-of-nonsense"),
        pytest.param(_pdv(CT, 3, STORE[12:], length=0xFFFFFFF0), id="pdv-past-its-pdu"),
        pytest.param(STORE + STORE, id="command-inside-a-message"),
        pytest.param(STORE + _pdv(3, 0, b"data"), id="another-context-inside-a-message"),
        pytest.param(STORE + pdus.RELEASE_RQ_PDU, id="release-inside-a-message"),
        pytest.param(RQ, id="a-second-request"),
        pytest.param(b"\x09\x00\x00\x00\x00\x04" + bytes(4), id="no-such-pdu"),
        pytest.param(pdus.RELEASE_RP_PDU, id="release-answered-unasked"),
        pytest.param(b"".join(_pdv(CT, 1, bytes(16_000)) for _ in range(40)), id="endless-command"),
    ],
)
def test_a_broken_message_aborts_both_legs_and_leaves_no_object(
    gateway: Gateway, script: ScriptedArchive, message: bytes
) -> None:
    before = len(script.served)
    with Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.associate()
        with contextlib.suppress(OSError):  # it may be aborted before it has said all
            caller.link.send(message)
        assert abort_of(caller.link.pdu()) == OURS
    served = script.next(before)
    assert served.over.wait(DEADLINE)
    assert abort_of(served.pdus[0]) == OURS
    assert "2.25.9" not in script.kept
    gateway.wait_recorded("protocol-error", port=caller.port, side="caller")


def test_a_message_cannot_smuggle_another_sop_class_than_its_context(gateway: Gateway, script: ScriptedArchive) -> None:
    """Context CT, command CT, data set MR; and context CT, command MR: both are judged by every class they name."""
    with Caller(gateway.port, "CTONLY", "SCRIPT") as caller:
        caller.associate()
        first, second = new_uid(), new_uid()
        mr = ct_image(first).replace(pdus.CT_IMAGE, pdus.MR_IMAGE)
        assert caller.store(first, mr) == 0x0124
        assert caller.store(second, ct_image(second), sop_class=pdus.MR_IMAGE) == 0x0124
        caller.release()
    assert not {first, second} & set(script.kept)


# --- slow and silent -------------------------------------------------------------------------------------------------


def test_three_hundred_connections_that_say_nothing_cost_little_and_hinder_nobody(impatient: Gateway) -> None:
    (pid,) = [pid for name, pid in impatient.children().items() if name == "w0"]
    before, count = resident(pid), impatient.counter("connections")
    silent = [socket.create_connection(("127.0.0.1", impatient.port)) for _ in range(300)]
    try:
        impatient.wait(lambda: impatient.counter("connections") >= count + 300)
        with Caller(impatient.port, "STORER", "SCRIPT") as caller:
            assert caller.associate().store() == 0
            caller.release()
        assert resident(pid) - before < 300 * 64 * 1024
        for sock in silent:
            sock.settimeout(DEADLINE)
            assert sock.recv(100) == b"", "closed without a word (ARTIM)"
    finally:
        for sock in silent:
            sock.close()
    impatient.wait(lambda: all(worker.open == 0 for worker in impatient.workers()), "all are forgotten")


def test_a_request_that_comes_byte_by_byte_is_cut_off_in_time(impatient: Gateway) -> None:
    over = threading.Event()
    with Caller(impatient.port, "STORER", "SCRIPT") as caller:
        slow = threading.Thread(target=_byte_by_byte, args=(caller, over))
        slow.start()
        assert caller.link.pdu() == b""
        over.set()
        slow.join(DEADLINE)
    (closed,) = impatient.wait_recorded("association-closed", port=caller.port)
    assert closed.body.how == "aborted-by-leadglass"


def _byte_by_byte(caller: Caller, over: threading.Event) -> None:
    with contextlib.suppress(OSError):
        for byte in RQ:
            caller.link.send(bytes((byte,)))
            if over.wait(0.05):
                return


def test_a_sender_that_stalls_inside_a_pdu_is_aborted(impatient: Gateway, script: ScriptedArchive) -> None:
    instance, before = new_uid(), len(script.served)
    with Caller(impatient.port, "STORER", "SCRIPT") as caller:
        caller.associate()
        stream = data_pdus(CT, ct_image(instance, size=100_000))
        caller.link.send(pdus.c_store_rq(CT, 1, pdus.CT_IMAGE, instance.encode()), stream[:40_001])
        assert abort_of(caller.link.pdu()) == OURS
    assert script.next(before).over.wait(DEADLINE)
    impatient.wait(lambda: impatient.instance_outcomes(instance) == [("cut-off", -1)])
    assert instance not in script.kept


def test_an_association_on_which_nothing_happens_is_aborted(impatient: Gateway) -> None:
    since = now()
    with Caller(impatient.port, "STORER", "SCRIPT") as caller:
        caller.associate()
        assert abort_of(caller.link.pdu()) == OURS
    (closed,) = impatient.wait_recorded("association-closed", since, port=caller.port)
    assert "nothing happened" in closed.body.reason


def test_a_peer_that_goes_away_between_messages_closed_without_release(
    gateway: Gateway, script: ScriptedArchive
) -> None:
    with Caller(gateway.port, "STORER", "SCRIPT") as caller:
        assert caller.associate().store() == 0
    (closed,) = gateway.wait_recorded("association-closed", port=caller.port)
    assert closed.body.how == "closed-without-release"
    (transfer,) = gateway.wait_recorded("transfer-closed", port=caller.port)
    assert transfer.body.outcomes == {"success": 1}


def test_what_is_pipelined_is_answered_in_full(gateway: Gateway, script: ScriptedArchive) -> None:
    """A sender that does not wait for responses: ids are answered once each, also when an id is used again."""
    title = "PIPELINE"
    gateway.save(peer(title))
    with Caller(gateway.port, title, "SCRIPT") as caller:
        caller.associate()
        for _ in range(3):
            sent = {caller.send_store(uid := new_uid(), ct_image(uid)): uid for _ in range(20)}
            answers = [caller.answer() for _ in sent]
            assert sorted(answer.answers for answer in answers) == sorted(sent)
            assert {answer.status for answer in answers} == {0}
            assert set(sent.values()) <= set(script.kept)
            caller.start_over()
        caller.release()
