"""Services under attack: what was not asked for gets nowhere, what was is not lost, and the record says how it was."""

from __future__ import annotations

import json
import os
import signal
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest
from bench.peers import pdus
from bench.peers.objects import element
from tests.gateway.hostile import (
    CT_ONLY,
    REPORTS,
    STUDY,
    Held,
    House,
    grown,
    mode,
    serve,
    standing,
    worker_memory,
)
from tests.gateway.running import Gateway, now, peer
from tests.peers.caller import abort_of, ct_image, new_uid, rejection
from tests.peers.link import DEADLINE, Message, data_pdus
from tests.peers.scripted import Served
from tests.peers.services import (
    CANCELLED,
    CT,
    FIND,
    PENDING,
    Device,
    answer,
    asked_of,
    cancel,
    commit,
    find,
    get,
    keys,
    match,
    move,
    report,
)

MEBIBYTE = 1024 * 1024
GROWTH = 12 * MEBIBYTE  # of a worker that keeps nothing


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with standing(tmp_path_factory.mktemp("hostile")) as built:
        yield built


@pytest.fixture(autouse=True)
def _scripts(house: House) -> None:
    house.oblige()


# --- what an archive sends on its own -------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["enforce", "observe", "alert"])
def test_a_reversed_association_nobody_asked_for_does_what_the_mode_says(house: House, how: str) -> None:
    gateway, instance = house.gateway, new_uid()
    with mode(gateway, how):
        since = now()
        with house.archive() as archive:
            if how == "enforce":
                assert rejection(archive.request(CT_ONLY)) == "1/1/1"
            else:
                assert archive.associate(CT_ONLY).store(instance) == 0
                archive.release()
        refusals = gateway.wait_recorded("refusal", since, cause="unexpected-move", port=archive.port)
        assert {event.body.would for event in refusals} == {how != "enforce"}
        if how == "alert":
            gateway.wait_recorded("alarm", since)
    assert (instance in house.ws.kept) is (how != "enforce")


def test_inside_a_move_only_what_it_named_goes_only_from_who_was_asked(house: House) -> None:
    gateway, since = house.gateway, now()
    wanted, again, other, secret = (new_uid() for _ in range(4))
    with Held(house.pacs) as held, house.device() as device:
        device.open().link.send(move(1, "WS", keys(study=STUDY)))
        served = held.begun()
        with house.archive() as archive:
            archive.associate(CT_ONLY)
            assert archive.store(wanted) == 0
            assert archive.store(other, ct_image(other, study="2.25.66", patient="P2")) == 0x0124
            assert archive.store(secret, ct_image(secret, patient="P9")) == 0x0124
            assert archive.store(again) == 0, "more objects of the study than an archive counted are the study's"
            archive.release()
        with house.archive(calling="VNA") as another:
            assert rejection(another.request(CT_ONLY)) == "1/1/1"
        with house.archive(called="WS2") as elsewhere:
            assert rejection(elsewhere.request(CT_ONLY)) == "1/1/1"
        with house.archive(host="::1") as forged:
            assert rejection(forged.request(CT_ONLY)) == "1/1/3"
        served.go.set()
        assert device.answer().status == 0
        device.release()
    assert {uid for uid in (wanted, again, other, secret) if uid in house.ws.kept} == {wanted, again}
    assert not house.ws2.kept
    refusals = gateway.wait_recorded("refusal", since, port=archive.port, count=2)
    assert [(event.body.cause, event.body.patient.id, event.body.requester) for event in refusals] == [
        ("unexpected-move", "P2", ""), ("operation", "P9", "ws"),
    ]  # fmt: skip
    gateway.wait(lambda: [gateway.instance_outcomes(uid) for uid in (wanted, again)] == [[("success", 0)]] * 2)
    assert gateway.instance_outcomes(other) == gateway.instance_outcomes(secret) == []


def test_when_a_move_is_over_its_objects_come_no_more(house: House) -> None:
    with house.device() as device:
        assert device.open().ask(move(1, "WS", keys(study=STUDY))).status == 0
        device.release()
    told: list[int] = []

    def refused() -> bool:
        with house.archive() as archive:
            answered = archive.request(CT_ONLY)
            told.append(archive.store() if answered[:1] == b"\x02" else -1)
        return told[-1] != 0

    house.gateway.wait(refused, "the move is over")
    assert told[0] == 0
    assert told[-1] in {-1, 0x0124}


@pytest.mark.parametrize("who", ["requester", "destination"])
@pytest.mark.parametrize("how", ["blocked", "removed"])
def test_who_was_blocked_or_removed_since_is_sent_nothing_more_on_an_open_association(
    house: House, who: str, how: str
) -> None:
    gateway, first, second = house.gateway, new_uid(), new_uid()
    asker = peer("ASKER", "*")
    gateway.save(asker)
    with Held(house.pacs) as held, house.device("ASKER") as device:
        device.open().link.send(move(1, "WS2", keys(study=STUDY)))
        served = held.begun()
        with house.archive("WS2") as archive:
            archive.associate(CT_ONLY)
            assert archive.store(first) == 0
            gone = asker if who == "requester" else house.listener("WS2", house.ws2)
            if how == "blocked":
                gateway.save(replace(gone, status="blocked"))
            else:
                gateway.delete(gone.id)
            assert archive.store(second) == 0x0124
            archive.release()
        served.go.set()
    gateway.save(house.listener("WS2", house.ws2))
    assert (first in house.ws2.kept, second in house.ws2.kept) == (True, False)
    gateway.wait(lambda: gateway.instance_outcomes(first) == [("success", 0)])
    assert gateway.instance_outcomes(second) == []


def test_a_move_to_nobody_never_reaches_the_archive(house: House) -> None:
    before, since = len(house.pacs.served), now()
    with house.device() as device:
        assert device.open().ask(move(1, "NOWHERE", keys(study=STUDY))).status == 0xA801
        assert device.ask(move(2, "ws", keys(study=STUDY))).status == 0xA801
        device.release()
    served = house.pacs.next(before)
    assert served.over.wait(DEADLINE)
    assert served.fault is None
    refusals = house.gateway.wait_recorded("refusal", since, cause="unknown-destination", count=2)
    assert [event.body.said for event in refusals] == ["status A801H"] * 2


# --- reports of storage commitment ----------------------------------------------------------------------------------


def test_a_report_reaches_who_asked_and_nobody_else_also_after_every_restart(house: House) -> None:
    gateway, uid = house.gateway, new_uid()

    def told(called: str, transaction: str = uid) -> int:
        with house.archive(called) as archive:
            archive.associate(REPORTS).link.send(report(1, 1, transaction))
            return archive.answer().status

    with house.device() as device:
        assert device.open().ask(commit(1, uid)).status == 0
        device.release()
    with house.device("WS2") as thief:
        assert thief.open().ask(commit(1, uid)).status == 0x0213, "another's Transaction UID cannot be taken over"
        thief.release()
    assert (told("WS"), told("WS2"), told("WS", new_uid())) == (0, 0x0110, 0x0110)
    registrar = gateway.children()["registrar"]
    os.kill(registrar, signal.SIGKILL)
    gateway.wait(lambda: gateway.children().get("registrar", registrar) != registrar and gateway.settled())
    assert (told("WS"), told("WS2")) == (0, 0x0110)
    gateway.stop()
    gateway.start()
    gateway.wait_ready()
    assert (told("WS"), told("WS2"), told("WS", new_uid())) == (0, 0x0110, 0x0110)


# --- identifiers ----------------------------------------------------------------------------------------------------


def huge() -> bytes:
    """An identifier whose level comes after 100 MB."""
    return element(0x00080005, "CS", b"ISO_IR 100") + element(0x00090010, "OB", bytes(100_000_000)) + keys(study=STUDY)


def test_an_identifier_of_100_mb_is_swallowed_answered_and_kept_nowhere(house: House) -> None:
    before, since = worker_memory(house.gateway), now()
    with house.device() as device:
        device.open()
        assert device.ask(find(1, huge())).status == 0xC000
        assert device.ask(find(2, keys(study=STUDY))).status == 0
        device.release()
    assert grown(house.gateway, before) < GROWTH
    (refusal,) = house.gateway.wait_recorded("refusal", since, operation="C-FIND")
    assert (refusal.body.cause, refusal.body.said) == ("unreadable-head", "status C000H")


SYNTAXES = {
    "implicit": pdus.IMPLICIT_LITTLE, "explicit": pdus.EXPLICIT_LITTLE, "big": b"1.2.840.10008.1.2.2",
    "deflated": b"1.2.840.10008.1.2.1.99",
}  # fmt: skip


def encoded(syntax: str, level: str) -> bytes:
    """Level and study in a transfer syntax."""
    study = STUDY.encode() + b"\0" * (len(STUDY) & 1)
    rows = ((0x0008, 0x0052, b"CS", level.encode() + b" " * (len(level) & 1)), (0x0020, 0x000D, b"UI", study))
    order: Literal["big", "little"] = "big" if syntax == "big" else "little"
    data = b""
    for group, number, vr, value in rows:
        length = len(value).to_bytes(4, "little") if syntax == "implicit" else vr + len(value).to_bytes(2, order)
        data += group.to_bytes(2, order) + number.to_bytes(2, order) + length + value
    if syntax != "deflated":
        return data
    deflate = zlib.compressobj(9, wbits=-15)
    return deflate.compress(data) + deflate.flush()


def bomb() -> bytes:
    """An identifier of 256 MiB, deflated."""
    deflate = zlib.compressobj(9, wbits=-15)
    head = element(0x00090010, "OB", b"")[:8] + (256 * MEBIBYTE).to_bytes(4, "little")
    zeros = b"".join(deflate.compress(bytes(MEBIBYTE)) for _ in range(256))
    return deflate.compress(head) + zeros + deflate.flush()


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_level_is_read_in_every_transfer_syntax_and_in_every_spelling(house: House, syntax: str) -> None:
    before = worker_memory(house.gateway)
    contexts = ((pdus.CT_IMAGE, pdus.EXPLICIT_LITTLE), (b"1.2.840.10008.5.1.4.1.2.2.1", SYNTAXES[syntax]))
    with house.device() as device:
        device.associate(contexts)
        assert device.ask(find(1, encoded(syntax, "STUDY"))).status == 0
        for number, level in enumerate(("PATIENT", "patient", "PATIENTS", "X" * 10_000, "PATIENT\\STUDY", " "), 2):
            assert device.ask(find(number, encoded(syntax, level))).status in {0xC000, 0xC001}, level
        if syntax == "deflated":
            assert device.ask(find(9, bomb())).status == 0xC000
        device.release()
    assert grown(house.gateway, before) < GROWTH


def test_what_hostile_keys_say_is_on_record_harmless(house: House) -> None:
    since, hostile = now(), "P\x1b[2J\x07<script>alert(1)</script>"
    with house.device() as device:
        device.open()
        statuses = [
            device.ask(find(1, keys(patient=hostile, study="1.2.3"))).status,
            device.ask(find(2, keys(study="../../etc/passwd"))).status,
            device.ask(find(3, keys(study="1." * 3_000))).status,
            device.ask(find(4, b"")).status,
            device.ask(move(5, "WS", b"")).status,
        ]
        device.release()
    assert statuses == [0, 0xC000, 0, 0xC000, 0xC000]
    house.gateway.wait_recorded("association-closed", since, port=device.port)
    for command in (("events", "--since", "2020-01-01"), ("patient", hostile), ("patient", "P1")):
        said = house.gateway.cli("audit", *command)
        assert said.returncode == 0, said.stderr
        assert said.stdout.replace("\n", "").isprintable()


# --- cancels and message ids ----------------------------------------------------------------------------------------


def test_a_cancel_reaches_an_archive_only_for_what_is_under_way(house: House) -> None:
    before = len(house.pacs.served)
    heard: list[int] = []

    def listening(served: Served) -> None:
        served.accept()
        while isinstance(message := served.link.message(), Message):
            heard.append(message.field)
            if message.field != 0x0FFF:
                first = message
            elif heard.count(0x0FFF) == 1:
                served.link.send(answer(first, CANCELLED))
        served.link.send(pdus.RELEASE_RP_PDU)

    house.pacs.script = listening
    with house.device() as device:
        device.open()
        device.link.send(cancel(FIND, 1), cancel(FIND, 77))
        refused = find(2, keys("PATIENT", patient="P1"))
        device.link.send(refused, cancel(FIND, 2))
        assert device.answer().status == 0xC001
        device.link.send(find(3, keys(study=STUDY)), cancel(FIND, 3), cancel(FIND, 3))
        assert device.answer().status == CANCELLED
        device.release()
    assert house.pacs.next(before).over.wait(DEADLINE)
    assert heard[:2] == [0x0020, 0x0FFF]
    assert heard.count(0x0020) == 1


def test_a_get_whose_objects_have_its_own_message_id_comes_through_and_nothing_after_its_end(house: House) -> None:
    gateway = house.gateway
    inside, secret, late = new_uid(), new_uid(), new_uid()
    told: list[int] = []

    def getting(served: Served) -> None:
        served.accept()
        asked = asked_of(served.link)
        link = served.link
        for uid, patient in ((inside, "P1"), (secret, "P9"), (late, "P1")):
            if uid == late:
                link.send(answer(asked, 0xB000, completed=1, failed=1, remaining=0, warning=0))
            link.send(
                pdus.c_store_rq(CT, asked.message_id, pdus.CT_IMAGE, uid.encode()),
                data_pdus(CT, ct_image(uid, patient=patient)),
            )
            told.append(asked_of(link).status)
        serve(served)

    house.pacs.script = getting
    since = now()
    with house.device() as device:
        device.open().link.send(get(1, keys(study=STUDY)))
        got = device.answer()
        assert (got.field, got.message_id, got.sop_instance) == (0x0001, 1, inside)
        device.link.send(answer(got, 0))
        final = device.answer()
        assert (final.field, final.status, final.command[0x1021], final.command[0x1022]) == (
            0x8010, 0xB000, b"\1\0", b"\1\0",
        )  # fmt: skip
        gateway.wait(lambda: len(told) == 3, "the archive was told of each")
        device.release()
    assert told == [0, 0x0124, 0x0124]
    refusals = gateway.wait_recorded("refusal", since, port=device.port, count=2)
    assert [(event.body.cause, event.body.sop_instance) for event in refusals] == [
        ("operation", secret), ("unexpected-move", late),
    ]  # fmt: skip
    gateway.wait(lambda: gateway.instance_outcomes(inside) == [("success", 0)])


def test_a_message_id_used_twice_at_a_time_is_an_abort_and_no_crash(house: House) -> None:
    with Held(house.pacs) as held, house.device() as device:
        device.open().link.send(find(1, keys(study=STUDY)))
        served = held.begun()
        device.link.send(find(1, keys(study=STUDY)))
        assert abort_of(device.link.pdu()) == (2, 0)
        served.go.set()
    (error,) = house.gateway.wait_recorded("protocol-error", port=device.port)
    assert error.body.finding == "message-id-in-use"


# --- floods ---------------------------------------------------------------------------------------------------------

RESPONSES = 10_000


def test_ten_thousand_matches_wait_for_a_caller_that_does_not_read_and_are_all_on_record(house: House) -> None:
    gateway, sent, since = house.gateway, [0], now()

    def flooding(served: Served) -> None:
        served.accept()
        asked = asked_of(served.link)
        for number in range(RESPONSES):
            served.link.send(answer(asked, PENDING, match(number) + element(0x00324000, "LT", b"x" * 2_000)))
            sent[0] = number
        served.link.send(answer(asked, 0))
        serve(served)

    house.pacs.script = flooding
    with Device(gateway.port, "WS", "PACS", receive_buffer=16_384) as device:
        device.open()
        before = worker_memory(gateway)
        device.link.send(find(1, keys(study="")))
        stood = _stands_still(gateway, lambda: sent[0])
        assert 0 < stood < RESPONSES - 1, "the archive is held back"
        assert grown(gateway, before) < GROWTH
        got = [device.answer().status for _ in range(RESPONSES + 1)]
        device.release()
    assert got == [PENDING] * RESPONSES + [0]
    gateway.wait_recorded("operation", since, operation="C-FIND", status=0)
    listed = gateway.recorded("patients-listed", since, port=device.port)
    assert len({patient.id for event in listed for patient, _ in event.body.patients}) == RESPONSES
    assert sum(event.body.responses for event in listed) == RESPONSES
    assert grown(gateway, before) < GROWTH


def _stands_still(gateway: Gateway, count: Callable[[], int]) -> int:
    """The count, once it has been the same over three reports of the workers."""
    seen: list[tuple[int, int]] = []

    def still() -> bool:
        time = max((worker.time for worker in gateway.workers()), default=0)
        if time and (not seen or time > seen[-1][0]):
            seen.append((time, count()))
        return len(seen) > 6 and seen[-1][1] == seen[-6][1] > 0

    gateway.wait(still, "it stands still")
    return count()


# --- the record


def test_the_patients_record_says_what_happened_to_each(house: House) -> None:
    gateway, since, instance, secret = house.gateway, now(), new_uid(), new_uid()
    patient = f"T{new_uid()[-12:]}"
    with house.device() as device:
        assert device.open().ask(move(1, "WS", keys(study=STUDY))).status == 0
        with house.archive() as archive:
            archive.associate(CT_ONLY)
            assert archive.store(instance, ct_image(instance, patient=patient)) == 0
            assert archive.store(secret, ct_image(secret, patient=patient, study="2.25.66")) == 0x0124
            archive.release()
        assert device.ask(find(2, keys(patient=patient))).status == 0
        assert device.ask(find(3, keys("PATIENT", patient=patient))).status == 0xC001
        device.release()
    gateway.wait_recorded("association-closed", since, port=device.port)

    def known() -> dict[str, Any] | None:
        said = json.loads(gateway.cli("audit", "patient", patient, "--json").stdout)
        return said if len(said["refusals"]) == 2 and said["accesses"] and said["accesses"][0]["closed"] else None

    said = gateway.wait(known, "all of it is projected")
    (access,) = said["accesses"]
    assert (access["operation"], access["requester"], access["outcomes"]) == ("C-MOVE", "ws", {"success": 1})
    assert (access["peer"], access["archive"]) == ("archive:pacs", "peer:ws")
    refused = [(row["body"]["cause"], row["body"]["operation"], row["body"]["said"]) for row in said["refusals"]]
    assert refused == [("operation", "C-FIND", "status C001H"), ("unexpected-move", "C-STORE", "status 0124H")]
    assert [row["body"]["operation"] for row in said["mentions"]] == ["C-FIND", "C-FIND"], "asked, and answered"
    verified = gateway.cli("audit", "verify", "--data", str(gateway.data.root))
    assert verified.returncode == 0, verified.stdout + verified.stderr
