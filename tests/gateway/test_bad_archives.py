"""Archives that die, talk nonsense or say nothing: senders hear it, nothing is completed, nothing is guessed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from bench.peers import pdus
from tests.gateway.running import Gateway, now
from tests.peers.caller import CONTEXTS, CT, Caller, abort_of, ct_image, new_uid, rejection
from tests.peers.link import DEADLINE, Message, data_pdus
from tests.peers.scripted import ScriptedArchive, Served

OURS = (2, 0)


def test_an_archive_that_dies_in_the_middle_of_an_object_is_told_as_an_abort(
    gateway: Gateway, script: ScriptedArchive
) -> None:
    def dying(served: Served) -> None:
        served.accept()
        for _ in range(3):
            served.link.pdu()

    instance = new_uid()
    with script.playing(dying), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.associate()
        half = data_pdus(CT, ct_image(instance, size=2_000_000))[:1_000_000]
        caller.link.send(pdus.c_store_rq(CT, 1, pdus.CT_IMAGE, instance.encode()), half)
        assert abort_of(caller.link.pdu()) == OURS
    (closed,) = gateway.wait_recorded("association-closed", port=caller.port)
    assert closed.body.how == "connection-lost"
    gateway.wait(lambda: gateway.instance_outcomes(instance) == [("cut-off", -1)])


def _random(served: Served) -> None:
    served.accept()
    served.message()
    served.link.send(os.urandom(4_000))


def _rejects_after_accepting(served: Served) -> None:
    served.accept()
    served.message()
    served.link.send(pdus.PDU_HEADER.pack(pdus.ASSOCIATE_RJ, 4) + bytes((0, 1, 1, 1)))


def _accepts_twice(served: Served) -> None:
    served.accept()
    served.message()
    served.accept()


def _answers_another_message(served: Served) -> None:
    served.accept()
    message = served.message()
    assert isinstance(message, Message)
    message.command[0x0110] = b"\x77\x00"
    served.respond(message)


def _answers_on_a_context_never_accepted(served: Served) -> None:
    served.accept()
    message = served.message()
    assert isinstance(message, Message)
    served.link.send(pdus.response(99, message.command, 0))


def _answers_an_echo_nobody_sent(served: Served) -> None:
    served.accept()
    message = served.message()
    assert isinstance(message, Message)
    message.command[0x0100] = b"\x30\x00"
    served.respond(message)


def _announces_four_gibibytes(served: Served) -> None:
    served.accept()
    served.message()
    served.link.send(b"\x04\x00\xff\xff\xff\xff" + bytes(1_000))


@pytest.mark.parametrize(
    "nonsense",
    [
        _random,
        _rejects_after_accepting,
        _accepts_twice,
        _answers_another_message,
        _answers_on_a_context_never_accepted,
        _answers_an_echo_nobody_sent,
        _announces_four_gibibytes,
    ],
)
def test_nonsense_after_an_object_is_an_abort_and_its_outcome_unknown(
    gateway: Gateway, script: ScriptedArchive, nonsense: Callable[[Served], None]
) -> None:
    def talking(served: Served) -> None:
        nonsense(served)
        served.pdus.append(served.link.pdu())

    instance, before = new_uid(), len(script.served)
    with script.playing(talking), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.associate().send_store(instance, ct_image(instance))
        assert abort_of(caller.link.pdu()) == OURS
        served = script.next(before)
        assert served.over.wait(DEADLINE)
    assert served.fault is None
    assert abort_of(served.pdus[0]) == OURS
    (error,) = gateway.wait_recorded("protocol-error", port=caller.port)
    assert error.body.side == "archive"
    gateway.wait(lambda: gateway.instance_outcomes(instance) == [("unknown", -1)])


def _accepts_what_was_not_proposed(served: Served) -> None:
    forged = pdus.associate_rq("STORER", "SCRIPT", (*CONTEXTS, CONTEXTS[0]), 16_384)
    served.link.send(pdus.associate_ac(forged, 16_384))


@pytest.mark.parametrize(
    "nonsense",
    [
        _accepts_what_was_not_proposed,
        lambda served: served.link.send(os.urandom(2_000)),
        lambda served: served.link.send(pdus.RELEASE_RP_PDU),
        lambda served: served.link.send(served.request),
        lambda served: served.link.send(b"\x02\x00\xff\xff\xff\xff" + bytes(100)),
    ],
    ids=["not-proposed", "random", "release", "request", "four-gibibytes"],
)
def test_nonsense_instead_of_an_answer_never_opens_an_association(
    gateway: Gateway, script: ScriptedArchive, nonsense: Callable[[Served], None]
) -> None:
    def talking(served: Served) -> None:
        nonsense(served)
        served.link.pdu()

    with script.playing(talking), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        answer = caller.request()
        assert answer[:1] in {b"\x03", b"\x07"}
        assert caller.link.pdu() == b""
    (error,) = gateway.wait_recorded("protocol-error", port=caller.port)
    assert error.body.side == "archive"


def test_an_archive_that_closes_instead_of_answering_is_down(gateway: Gateway, script: ScriptedArchive) -> None:
    with script.playing(lambda _: None), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        assert rejection(caller.request()) == "2/3/1"


def test_a_sender_is_held_back_while_its_archive_does_not_read_and_no_memory_is_spent(
    gateway: Gateway, script: ScriptedArchive
) -> None:
    size = 64 * 1024 * 1024

    def slow(served: Served) -> None:
        served.accept()
        served.seen.set()
        served.wait()
        served.pdus.append(served.serve())

    instance, before = new_uid(), len(script.served)
    data = ct_image(instance, size=size)
    with script.playing(slow), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.associate()
        rest = {name: resident(pid) for name, pid in gateway.children().items() if name.startswith("w")}
        sender = threading.Thread(target=caller.send_store, args=(instance, data))
        sender.start()
        served = script.next(before)
        assert served.seen.wait(DEADLINE)
        sent = _until_it_stands_still(gateway, caller.port)
        assert sent < size // 2, "the sender was held back"
        grown = max(resident(pid) - rest[name] for name, pid in gateway.children().items() if name in rest)
        assert grown < 8 * 1024 * 1024
        served.go.set()
        sender.join(DEADLINE)
        assert caller.answer().status == 0
        caller.release()
    assert script.kept[instance] == data


def resident(pid: int) -> int:
    """Resident memory of a process in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _until_it_stands_still(gateway: Gateway, port: int) -> int:
    """Bytes the gateway took from this caller, once two reports in a row say the same."""
    del port
    seen: list[tuple[int, int]] = []

    def still() -> bool:
        for worker in gateway.workers():
            for row in worker.associations:
                if row.calling == "STORER" and (not seen or worker.time > seen[-1][0]):
                    seen.append((worker.time, row.bytes_in))
        return len(seen) >= 2 and seen[-1][1] == seen[-2][1] > 100_000

    gateway.wait(still, "the association stands still")
    return seen[-1][1]


# --- timers ----------------------------------------------------------------------------------------------------------


def test_an_archive_that_never_answers_a_request_is_down(impatient: Gateway, script: ScriptedArchive) -> None:
    def mute(served: Served) -> None:
        served.pdus.append(served.link.pdu())

    before = len(script.served)
    with script.playing(mute), Caller(impatient.port, "STORER", "SCRIPT") as caller:
        assert rejection(caller.request()) == "2/3/1"
        served = script.next(before)
        assert served.over.wait(DEADLINE)
    assert abort_of(served.pdus[0]) == OURS


def test_an_archive_that_never_answers_an_object_is_aborted_and_the_outcome_unknown(
    impatient: Gateway, script: ScriptedArchive
) -> None:
    def mute(served: Served) -> None:
        served.accept()
        served.message()
        served.link.pdu()

    instance = new_uid()
    with script.playing(mute), Caller(impatient.port, "STORER", "SCRIPT") as caller:
        caller.associate().send_store(instance, ct_image(instance))
        assert abort_of(caller.link.pdu()) == OURS
    impatient.wait(lambda: impatient.instance_outcomes(instance) == [("unknown", -1)])
    (closed,) = impatient.wait_recorded("association-closed", port=caller.port)
    assert "no response" in closed.body.reason


def test_an_archive_silent_at_release_is_aborted_and_the_sender_answered(
    impatient: Gateway, script: ScriptedArchive
) -> None:
    def mute(served: Served) -> None:
        served.accept()
        message = served.message()
        assert isinstance(message, Message)
        served.respond(message)
        served.pdus += [served.link.pdu(), served.link.pdu()]

    before = len(script.served)
    with script.playing(mute), Caller(impatient.port, "STORER", "SCRIPT") as caller:
        assert caller.associate().store() == 0
        caller.release()
        served = script.next(before)
        assert served.over.wait(DEADLINE)
    assert served.pdus[0] == pdus.RELEASE_RQ_PDU
    assert abort_of(served.pdus[1]) == OURS
    (transfer,) = impatient.wait_recorded("transfer-closed", port=caller.port)
    assert (transfer.body.how, transfer.body.outcomes) == ("released", {"success": 1})
    (closed,) = impatient.wait_recorded("association-closed", port=caller.port)
    assert closed.body.tolerated == {"silent-at-release": 1}


def test_an_archive_that_takes_no_byte_is_aborted(impatient: Gateway, script: ScriptedArchive) -> None:
    def deaf(served: Served) -> None:
        served.accept()
        served.wait()

    instance, before, since = new_uid(), len(script.served), now()
    with script.playing(deaf), Caller(impatient.port, "STORER", "SCRIPT") as caller:
        caller.associate()
        sender = threading.Thread(target=_send_until_broken, args=(caller, instance))
        sender.start()
        (closed,) = impatient.wait_recorded("association-closed", since, port=caller.port)
        assert "took no byte" in closed.body.reason
        sender.join(DEADLINE)
        script.next(before).go.set()
    impatient.wait(lambda: impatient.instance_outcomes(instance) == [("cut-off", -1)])


def _send_until_broken(caller: Caller, instance: str) -> None:
    try:
        caller.send_store(instance, ct_image(instance, size=64 * 1024 * 1024))
    except OSError:
        return


def test_a_transfer_without_an_instance_for_its_time_is_closed_on_record(
    impatient: Gateway, script: ScriptedArchive
) -> None:
    with Caller(impatient.port, "STORER", "SCRIPT") as caller:
        assert caller.associate().store() == 0
        (transfer,) = impatient.wait_recorded("transfer-closed", port=caller.port)
        assert transfer.body.how == "idle"
        assert caller.store() == 0, "the association stays open, a new transfer begins"
        caller.release()
    impatient.wait_recorded("transfer-closed", count=2, port=caller.port)
    assert script.kept
