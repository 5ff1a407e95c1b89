"""What services need fails in the middle: the mode says what happens, nothing told is lost, and everything recovers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.peers import pdus
from tests.gateway.hostile import CT_ONLY, POLICY, REPORTS, STUDY, House, mode, standing, worker_of
from tests.gateway.running import now
from tests.peers.caller import ct_image, new_uid, rejection
from tests.peers.link import DEADLINE, Message, data_pdus
from tests.peers.scripted import Served
from tests.peers.services import CT, answer, asked_of, commit, find, get, keys, move, report
from tests.postgresql import Server


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with standing(tmp_path_factory.mktemp("hostile")) as built:
        yield built


@pytest.fixture(autouse=True)
def _scripts(house: House) -> None:
    house.oblige()


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
            name = worker_of(gateway, device, children)
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


def test_a_worker_killed_during_a_get_leaves_what_is_not_known_unknown(house: House) -> None:
    gateway, first, second = house.gateway, new_uid(), new_uid()
    told: list[Message | bytes] = []

    def getting(served: Served) -> None:
        served.accept()
        asked_of(served.link)
        for number, uid in enumerate((first, second), 1):
            data = data_pdus(CT, ct_image(uid))
            served.link.send(pdus.c_store_rq(CT, number, pdus.CT_IMAGE, uid.encode()), data)
            told.append(served.link.message())

    house.pacs.script = getting
    since, received = now(), list[str]()
    with house.device() as device:
        device.open().link.send(get(1, keys(study=STUDY)))
        for _ in range(2):
            got = device.answer()
            received.append(got.sop_instance)
            if got.sop_instance == first:
                device.link.send(answer(got, 0))
        children = gateway.children()
        name = worker_of(gateway, device, children)
        os.kill(children[name], signal.SIGKILL)
        assert not isinstance(device.link.message(), Message)
    gateway.wait(lambda: gateway.children().get(name, children[name]) != children[name] and gateway.settled())
    assert received == [first, second]
    gateway.wait(lambda: gateway.instance_outcomes(second) == [("unknown", -1)])
    assert gateway.instance_outcomes(first) == [("success", 0)]
    (closed,) = gateway.wait_recorded("transfer-closed", since, port=device.port)
    assert (closed.body.how, closed.body.operation) == ("crash", "C-GET")
    assert closed.body.outcomes == {"success": 1, "unknown": 1}
    assert [isinstance(one, Message) for one in told] == [True, False]


def test_a_worker_killed_while_a_moved_object_is_unanswered_tells_nobody_more_than_is_known(house: House) -> None:
    gateway, first, second, before = house.gateway, new_uid(), new_uid(), len(house.ws.served)

    def holding(served: Served) -> None:
        served.accept()
        for uid in (first, second):
            message = asked_of(served.link)
            assert message.data is not None
            served.archive.kept[message.sop_instance] = message.data
            if uid == first:
                served.link.send(answer(message, 0))
        served.seen.set()
        served.wait()

    house.ws.script = holding
    since = now()
    with house.device() as device:
        assert device.open().ask(move(1, "WS", keys(study=STUDY))).status == 0
        with house.archive() as archive:
            archive.associate(CT_ONLY)
            assert archive.store(first) == 0
            archive.send_store(second, ct_image(second))
            served = house.ws.next(before)
            assert served.seen.wait(DEADLINE), served.fault
            children = gateway.children()
            name = worker_of(gateway, archive, children)
            os.kill(children[name], signal.SIGKILL)
            assert not isinstance(archive.link.message(), Message)
            served.go.set()
    gateway.wait(lambda: gateway.children().get(name, children[name]) != children[name] and gateway.settled())
    assert {first, second} <= house.ws.kept.keys()
    gateway.wait(lambda: gateway.instance_outcomes(second) == [("unknown", -1)])
    assert gateway.instance_outcomes(first) == [("success", 0)]
    (closed,) = gateway.wait_recorded("transfer-closed", since, port=archive.port)
    assert (closed.body.how, closed.body.operation, closed.body.requester) == ("crash", "C-MOVE", "ws")
    assert closed.body.outcomes == {"success": 1, "unknown": 1}
    house.oblige()
    with house.device() as device, house.archive() as again:
        assert device.open().ask(move(1, "WS", keys(study=STUDY))).status == 0
        assert again.associate(CT_ONLY).store(second) == 0, "asked for once more, it comes"


def test_while_postgresql_is_gone_a_commitment_is_refused_and_a_former_ones_report_still_passes(
    tmp_path: Path, postgresql: Server
) -> None:
    database, uid = postgresql.database(), new_uid()
    state = f'[state]\nurl = "{database.url}"\npassword_file = "{database.password_file}"\n'
    with standing(tmp_path, state) as house, house.device() as device:
        gateway = house.gateway
        assert device.open().ask(commit(1, uid)).status == 0
        postgresql.stop()
        try:
            since = now()
            assert device.ask(commit(2, new_uid())).status == 0x0213
            assert device.ask(move(3, "WS", keys(study=STUDY))).status == 0xA702
            assert device.ask(find(4, keys(study=STUDY))).status == 0
            with house.archive() as archive:
                archive.associate(REPORTS).link.send(report(1, 1, uid))
                assert archive.answer().status == 0
            gateway.wait(lambda: (status := gateway.status()) and status.state_error, "the state is said to be gone")
            refusals = gateway.wait_recorded("refusal", since, cause="registrar-silent", count=2)
            assert {event.body.said for event in refusals} == {"status 0213H", "status A702H"}
        finally:
            postgresql.start()
        gateway.wait(lambda: (status := gateway.status()) and not status.state_error, "it is found again")
        assert device.ask(commit(5, new_uid())).status == 0
        assert device.ask(move(6, "WS", keys(study=STUDY))).status == 0
        assert gateway.children().keys() == {"w0", "w1", "registrar", "ledger", "console"}
        device.release()
