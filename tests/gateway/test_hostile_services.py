"""Services under attack: what was not asked for gets nowhere, what was is not lost, and the record tells it as it was."""

from __future__ import annotations

import os
import signal
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from bench.peers import pdus
from bench.peers.objects import element
from tests.gateway.running import PATIENT_TIMERS, Gateway, now, peer
from tests.gateway.test_bad_archives import resident
from tests.peers.caller import Caller, abort_of, ct_image, new_uid, rejection
from tests.peers.link import DEADLINE, Message
from tests.peers.scripted import ScriptedArchive, Served
from tests.peers.services import (
    CANCELLED,
    COMMIT,
    COMMITMENT,
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

from leadglass.model.peer import Peer

STUDY = "2.25.1"  # of `ct_image`
POLICY = """\
@id("not-by-patient")
@why("This hospital asks by study.")
forbid (principal, action in [Action::"C-FIND", Action::"C-MOVE", Action::"C-GET"], resource)
when { context.level == "PATIENT" };

@id("not-p9")
@why("P9 stays where it is.")
forbid (principal, action, resource) when { context.patient == "P9" };
"""
CT_ONLY = ((pdus.CT_IMAGE, pdus.EXPLICIT_LITTLE),)
REPORTS = ((COMMITMENT, pdus.EXPLICIT_LITTLE),)
MEBIBYTE = 1024 * 1024
GROWTH = 12 * MEBIBYTE  # of a worker that keeps nothing


@dataclass(frozen=True)
class House:
    """Two archives, and devices that listen: WS and WS2."""

    gateway: Gateway
    pacs: ScriptedArchive
    vna: ScriptedArchive
    ws: ScriptedArchive
    ws2: ScriptedArchive

    def device(self, title: str = "WS") -> Device:
        return Device(self.gateway.port, title, "PACS")

    def archive(self, called: str = "WS", calling: str = "PACS", host: str = "127.0.0.1") -> Caller:
        """An archive that calls a device."""
        return Caller(self.gateway.port, calling, called, host=host)

    def listener(self, title: str, archive: ScriptedArchive, **more: object) -> Peer:
        return replace(peer(title, "*", host="127.0.0.1", port=archive.port), **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("hostile")
    (directory / "policy.cedar").write_text(POLICY)
    pacs, vna, ws, ws2 = (ScriptedArchive() for _ in range(4))
    gateway = Gateway(
        directory / "gateway",
        {"pacs": pacs.port, "vna": vna.port},
        {"PACS": 'archive = "pacs"\nmode = "enforce"\n', "VNA": 'archive = "vna"\nmode = "enforce"\n'},
        peers=(
            peer("WS", "*", host="127.0.0.1", port=ws.port), peer("WS2", "*", host="127.0.0.1", port=ws2.port),
        ),
        timers=PATIENT_TIMERS | {"registrar": 4, "move_expected": 8},
        more=f'[policy]\nfiles = ["{directory / "policy.cedar"}"]\n',
    )  # fmt: skip
    try:
        yield House(gateway.wait_ready(), pacs, vna, ws, ws2)
    finally:
        gateway.destroy()
        for archive in (pacs, vna, ws, ws2):
            archive.close()


def hang_up(gateway: Gateway) -> None:
    """SIGHUP, and until the new configuration is in force."""
    generation = gateway.wait(gateway.settled).generation
    gateway.process.send_signal(signal.SIGHUP)
    gateway.wait(lambda: (s := gateway.settled()) and s.generation > generation, "a new generation is in force")


@contextmanager
def mode(gateway: Gateway, name: str) -> Iterator[None]:
    """Every route in another mode for a while."""
    if name == "enforce":
        yield
        return
    before = dict(gateway.routes)
    gateway.routes.update({called: rest.replace("enforce", name) for called, rest in before.items()})
    gateway.write()
    hang_up(gateway)
    try:
        yield
    finally:
        gateway.routes.update(before)
        gateway.write()
        hang_up(gateway)


class Held:
    """An archive that takes one request and answers it when the test says so."""

    def __init__(self, archive: ScriptedArchive, status: int = 0) -> None:
        self._archive, self._status, self._before = archive, status, len(archive.served)
        self.asked: list[Message] = []

    def __enter__(self) -> Held:
        self._archive.script = self._play
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.script = _obliging

    def _play(self, served: Served) -> None:
        served.accept()
        self.asked.append(asked_of(served.link))
        served.seen.set()
        served.wait()
        served.link.send(answer(self.asked[-1], self._status))
        _serve(served)

    def begun(self) -> Served:
        """The association, once the request is there."""
        served = self._archive.next(self._before)
        assert served.seen.wait(DEADLINE), served.fault
        return served


def _serve(served: Served) -> None:
    """Answer Success to whatever comes."""
    while isinstance(message := served.link.message(), Message):
        if message.field == 0x0001:
            assert message.data is not None
            served.archive.kept[message.sop_instance] = message.data
        if message.field != 0x0FFF:
            served.link.send(answer(message, 0))
    if message[:1] == bytes((pdus.RELEASE_RQ,)):
        served.link.send(pdus.RELEASE_RP_PDU)


def _obliging(served: Served) -> None:
    served.accept()
    _serve(served)


@pytest.fixture(autouse=True)
def _scripts(house: House) -> None:
    for archive in (house.pacs, house.vna, house.ws, house.ws2):
        archive.script = _obliging


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
    causes = [(e.body.cause, e.body.patient.id) for e in gateway.wait_recorded("refusal", since, port=archive.port, count=2)]
    assert causes == [("unexpected-move", "P2"), ("operation", "P9")]
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
        assert device.ask(move(2, "WS\\PACS", keys(study=STUDY))).status == 0xA801
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


def worker_memory(gateway: Gateway) -> dict[str, int]:
    return {name: resident(pid) for name, pid in gateway.children().items() if name.startswith("w")}


def grown(gateway: Gateway, before: dict[str, int]) -> int:
    after = worker_memory(gateway)
    assert after.keys() == before.keys()
    return max(after[name] - size for name, size in before.items())


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
    rows = ((0x0008, 0x0052, b"CS", level.encode()), (0x0020, 0x000D, b"UI", STUDY.encode()))
    order = "big" if syntax == "big" else "little"
    data = b""
    for group, number, vr, value in rows:
        value += (b"\0" if vr == b"UI" else b" ") * (len(value) & 1)
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
    assert all(status in {0, 0xC000} for status in statuses), statuses
    house.gateway.wait_recorded("association-closed", since, port=device.port)
    said = house.gateway.cli("audit", "search", "--since", "2020-01-01")
    assert said.returncode == 0, said.stderr
    assert "\x1b" not in said.stdout


# --- cancels and message ids ----------------------------------------------------------------------------------------


def test_a_cancel_reaches_an_archive_only_for_what_is_under_way(house: House) -> None:
    before = len(house.pacs.served)
    heard: list[int] = []

    def listening(served: Served) -> None:
        served.accept()
        while isinstance(message := served.link.message(), Message):
            heard.append(message.field)
            if message.field == 0x0FFF:
                served.link.send(answer(first, CANCELLED))
            else:
                first = message
                served.seen.set()
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
                ct_data(ct_image(uid, patient=patient)),
            )
            told.append(asked_of(link).status)
        _serve(served)

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


def ct_data(data: bytes) -> bytes:
    from tests.peers.link import data_pdus

    return data_pdus(CT, data)


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
        _serve(served)

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


# --- what fails beside it -------------------------------------------------------------------------------------------


def test_a_policy_that_no_longer_parses_changes_nothing(house: House) -> None:
    gateway = house.gateway
    generation = gateway.wait(gateway.settled).generation
    file = Path(gateway.file.parent.parent / "policy.cedar")
    file.write_text(POLICY + "\npermit (principal, action, resource) when { context.level ==")
    try:
        with house.device() as device:
            device.open()
            gateway.process.send_signal(signal.SIGHUP)
            gateway.wait(lambda: gateway.logged("configuration not reloaded, the former one stays"))
            assert gateway.wait(gateway.settled).generation == generation
            assert device.ask(find(1, keys("PATIENT", patient="P1"))).status == 0xC001
            assert device.ask(find(2, keys(study=STUDY))).status == 0
            device.release()
    finally:
        file.write_text(POLICY)


@pytest.mark.parametrize("how", ["enforce", "observe"])
def test_while_the_registrar_hangs_what_needs_it_does_what_the_mode_says_and_all_recovers(
    house: House, how: str
) -> None:
    gateway = house.gateway
    with mode(gateway, how), house.device() as device, house.device() as other:
        device.open()
        other.open()
        registrar = gateway.children()["registrar"]
        since = now()
        os.kill(registrar, signal.SIGSTOP)
        try:
            device.link.send(move(1, "WS", keys(study=STUDY)))
            other.link.send(commit(1, new_uid()))
            with house.archive() as archive:
                opened = archive.request(CT_ONLY)
                assert device.answer().status == (0xA702 if how == "enforce" else 0)
                assert other.answer().status == (0x0213 if how == "enforce" else 0)
                if how == "enforce":
                    assert rejection(opened) == "2/3/2"
                else:
                    assert opened[:1] == b"\x02"
            assert device.ask(find(2, keys(study=STUDY))).status == 0, "what does not need it goes on"
        finally:
            os.kill(registrar, signal.SIGCONT)
        gateway.wait(gateway.settled)
        assert device.ask(move(3, "WS", keys(study=STUDY))).status == 0
        assert other.ask(commit(2, new_uid())).status == 0
        with house.archive() as archive:
            assert archive.associate(CT_ONLY).store() == 0
        refusals = gateway.wait_recorded("refusal", since, cause="registrar-silent", count=3)
        assert {event.body.would for event in refusals} == {how == "observe"}


@pytest.mark.parametrize("victim", ["registrar", "worker"])
def test_a_move_held_while_its_process_is_killed_goes_nowhere_and_the_next_one_does(house: House, victim: str) -> None:
    gateway, before = house.gateway, len(house.pacs.served)
    heard: list[int] = []

    def listening(served: Served) -> None:
        served.accept()
        while isinstance(message := served.link.message(), Message):
            heard.append(message.field)
            served.link.send(answer(message, 0))

    house.pacs.script = listening
    with house.device() as device:
        device.open()
        served = house.pacs.next(before)
        children = gateway.children()
        os.kill(children["registrar"], signal.SIGSTOP)
        device.link.send(move(1, "WS", keys(study=STUDY)))
        name = "registrar"
        if victim == "worker":
            name = gateway_of(gateway, device, children)
        os.kill(children[name], signal.SIGKILL)
        if victim == "worker":
            os.kill(children["registrar"], signal.SIGCONT)
            assert not isinstance(device.link.message(), Message)
            assert served.over.wait(DEADLINE)
        else:
            assert device.answer().status == 0xA702
    gateway.wait(lambda: gateway.children().get(name, children[name]) != children[name] and gateway.settled())
    assert heard == []
    with house.device() as device:
        assert device.open().ask(move(1, "WS", keys(study=STUDY))).status == 0
    with house.archive() as archive:
        assert archive.associate(CT_ONLY).store() == 0


def gateway_of(gateway: Gateway, device: Caller, children: dict[str, int]) -> str:
    """The worker that has this caller's connection."""
    address = f"{device.port:04X}"
    for name, pid in children.items():
        if name.startswith("w"):
            sockets = {os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.exists()}
            for table in ("tcp", "tcp6"):
                for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                    fields = line.split()
                    if fields[2].endswith(":" + address) and f"socket:[{fields[9]}]" in sockets:
                        return name
    raise AssertionError("no worker has it")


def test_a_worker_killed_during_a_get_leaves_what_is_not_known_unknown(house: House) -> None:
    gateway, first, second = house.gateway, new_uid(), new_uid()
    told: list[object] = []

    def getting(served: Served) -> None:
        served.accept()
        asked_of(served.link)
        for number, uid in enumerate((first, second), 1):
            data = ct_data(ct_image(uid))
            served.link.send(pdus.c_store_rq(CT, number, pdus.CT_IMAGE, uid.encode()), data)
            told.append(served.link.message())

    house.pacs.script = getting
    since, received = now(), []
    with house.device() as device:
        device.open().link.send(get(1, keys(study=STUDY)))
        for _ in range(2):
            got = device.answer()
            received.append(got.sop_instance)
            if got.sop_instance == first:
                device.link.send(answer(got, 0))
        children = gateway.children()
        name = gateway_of(gateway, device, children)
        os.kill(children[name], signal.SIGKILL)
        assert not isinstance(device.link.message(), Message)
    gateway.wait(lambda: gateway.children().get(name, children[name]) != children[name] and gateway.settled())
    assert received == [first, second]
    gateway.wait(lambda: gateway.instance_outcomes(second) == [("unknown", -1)])
    assert gateway.instance_outcomes(first) == [("success", 0)]
    (closed,) = gateway.wait_recorded("transfer-closed", since, port=device.port)
    assert (closed.body.how, closed.body.operation, closed.body.outcomes) == ("crash", "C-GET", {"success": 1, "unknown": 1})
    assert [isinstance(one, Message) for one in told] == [True, False]


def test_what_the_patient_page_says_of_all_this_is_what_happened(house: House) -> None:
    gateway = house.gateway
    said = gateway.cli("audit", "patient", "P1")
    assert said.returncode == 0, said.stderr
    assert "P9" not in said.stdout
    verified = gateway.cli("audit", "verify", "--data", str(gateway.data.root))
    assert verified.returncode == 0, verified.stdout + verified.stderr


_ = (threading, COMMIT)
