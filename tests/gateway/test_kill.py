"""kill -9 of each process at named points: what senders were told, the archive holds and the ledger says agree."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bench.peers import pdus
from tests.gateway.accounts import assert_accounts
from tests.gateway.conftest import ENFORCE
from tests.gateway.killpoints.sitecustomize import POINTS
from tests.gateway.running import Gateway, now, peer
from tests.peers.caller import CT, Caller, ct_image, new_uid
from tests.peers.link import DEADLINE, Message, data_pdus, fragments
from tests.peers.load import Load
from tests.peers.scripted import ScriptedArchive, Served


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, ScriptedArchive]]:
    """A gateway whose processes may be killed, and its archive."""
    archive = ScriptedArchive()
    routes = dict.fromkeys(("SCRIPT", *POINTS), 'archive = "script"\n' + ENFORCE)
    gateway = Gateway(
        tmp_path_factory.mktemp("mortal"),
        {"script": archive.port},
        routes,
        peers=(peer("STORER"),),
        environment={"PYTHONPATH": str(Path(__file__).parent / "killpoints")},
    )
    try:
        yield gateway.wait_ready(), archive
    finally:
        gateway.destroy()
        archive.close()


def restarted(gateway: Gateway, name: str, pid: int) -> None:
    """Until the process of this name is another, and everything is settled."""
    gateway.wait(lambda: gateway.children().get(name, pid) != pid and gateway.settled(), f"{name} is back")


@dataclass(frozen=True)
class Expected:
    """What must hold after a kill: the record names what is known and guesses nothing."""

    told: bool
    kept: bool
    outcomes: list[tuple[str, int]]
    closed: list[str]


SUCCESS, UNKNOWN = ("success", 0), ("unknown", -1)
EXPECTED = {
    "K-BEFORE-BEGIN": Expected(told=False, kept=False, outcomes=[], closed=[]),
    "K-BEGUN": Expected(told=False, kept=False, outcomes=[], closed=["crash"]),
    "K-INSTANCE": Expected(told=False, kept=False, outcomes=[UNKNOWN], closed=["crash"]),
    "K-ANSWERED": Expected(told=False, kept=True, outcomes=[UNKNOWN], closed=["crash"]),
    "K-OUTCOME": Expected(told=False, kept=True, outcomes=[SUCCESS], closed=["crash"]),
    "K-CLOSED": Expected(told=True, kept=True, outcomes=[SUCCESS], closed=["released"]),
}


def test_every_named_point_is_tried() -> None:
    assert set(EXPECTED) == set(POINTS)


@pytest.mark.parametrize("point", EXPECTED)
def test_a_worker_killed_at_a_named_point_loses_nothing_it_told_and_guesses_nothing(
    mortal: tuple[Gateway, ScriptedArchive], point: str
) -> None:
    gateway, archive = mortal
    expected, instance = EXPECTED[point], new_uid()
    gateway.wait(gateway.settled)
    deaths = sum(child.restarts for child in gateway.wait(gateway.status).children)
    with Caller(gateway.port, "STORER", point) as caller:
        caller.associate().send_store(instance, ct_image(instance, patient=point))
        answer = caller.link.message()
        assert isinstance(answer, Message) is expected.told
        if isinstance(answer, Message):
            assert answer.status == 0
            caller.link.send(pdus.RELEASE_RQ_PDU)
            assert caller.link.pdu() == b""
    gateway.wait(lambda: (s := gateway.settled()) and sum(child.restarts for child in s.children) > deaths)
    _agrees(gateway, archive, caller.port, instance, expected)


def _agrees(gateway: Gateway, archive: ScriptedArchive, port: int, instance: str, expected: Expected) -> None:
    assert (instance in archive.kept) is expected.kept
    if expected.closed:
        gateway.wait_recorded("transfer-closed", count=len(expected.closed), port=port)
    assert [event.body.how for event in gateway.recorded("transfer-closed", port=port)] == expected.closed
    gateway.wait(lambda: gateway.instance_outcomes(instance) == expected.outcomes, f"{expected.outcomes} on record")


def test_a_worker_killed_in_the_middle_of_an_object_completes_nothing(
    mortal: tuple[Gateway, ScriptedArchive],
) -> None:
    gateway, archive = mortal
    instance, before = new_uid(), len(archive.served)
    last: list[bytes] = []

    def listening_only(served: Served) -> None:
        served.accept()
        while pdu := served.link.pdu():
            last.append(pdu)
            if len(last) == 3:
                served.seen.set()

    with archive.playing(listening_only), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.associate()
        data = data_pdus(CT, ct_image(instance, size=400_000))
        caller.link.send(pdus.c_store_rq(CT, 1, pdus.CT_IMAGE, instance.encode()), data[: len(data) // 2])
        served = archive.next(before)
        assert served.seen.wait(DEADLINE)
        _kill_worker_of(gateway, caller)
        assert served.over.wait(DEADLINE)
    fragment_flags = [control for pdu in last if pdu[0] == pdus.P_DATA_TF for _, control, _ in fragments(pdu)]
    assert fragment_flags[0] == pdus.COMMAND | pdus.LAST
    assert set(fragment_flags[1:]) == {0}, "no last fragment of the data set"
    _agrees(gateway, archive, caller.port, instance, Expected(False, False, [UNKNOWN], ["crash"]))


def test_a_worker_killed_while_the_archive_holds_its_answer_leaves_the_outcome_unknown(
    mortal: tuple[Gateway, ScriptedArchive],
) -> None:
    gateway, archive = mortal
    first, second, before = new_uid(), new_uid(), len(archive.served)

    def holding(served: Served) -> None:
        served.accept()
        message = served.message()
        assert isinstance(message, Message)
        served.respond(message)
        served.message()
        served.seen.set()
        served.wait()

    with archive.playing(holding), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.associate()
        assert caller.store(first) == 0
        caller.send_store(second, ct_image(second))
        served = archive.next(before)
        assert served.seen.wait(DEADLINE)
        _kill_worker_of(gateway, caller)
        assert caller.link.message() == b""
        served.go.set()
    _agrees(gateway, archive, caller.port, second, Expected(False, True, [UNKNOWN], ["crash"]))
    assert gateway.instance_outcomes(first) == [SUCCESS]
    (closed,) = gateway.recorded("transfer-closed", port=caller.port)
    assert closed.body.outcomes == {"success": 1, "unknown": 1}


def _kill_worker_of(gateway: Gateway, caller: Caller) -> None:
    """kill -9 of the worker that has this caller's connection, and wait for its successor."""
    (event,) = gateway.wait_recorded("transfer-begun", port=caller.port)
    name = event.id.writer
    pid = gateway.children()[name]
    os.kill(pid, signal.SIGKILL)
    restarted(gateway, name, pid)


@pytest.mark.parametrize("victim", ["w0", "ledger", "registrar", "console"])
def test_a_process_killed_under_load_loses_nothing_that_was_told(
    mortal: tuple[Gateway, ScriptedArchive], victim: str
) -> None:
    gateway, archive = mortal
    gateway.wait(gateway.settled)
    pid = gateway.children()[victim]
    with Load(gateway.port, "STORER", "SCRIPT") as load:
        gateway.wait(lambda: len(load.delivered()) > 40, "the load has begun")
        os.kill(pid, signal.SIGKILL)
        load.join()
    restarted(gateway, victim, pid)
    if victim != "w0":
        assert not load.lost, "only a worker holds associations"
    assert_accounts(gateway, archive, load)
    assert gateway.wait_recorded("child-died", process=victim)


def test_the_supervisor_killed_under_load_loses_nothing_that_was_told(mortal: tuple[Gateway, ScriptedArchive]) -> None:
    gateway, archive = mortal
    gateway.wait(gateway.settled)
    children = gateway.children()
    with Load(gateway.port, "STORER", "SCRIPT") as load:
        gateway.wait(lambda: len(load.delivered()) > 40, "the load has begun")
        gateway.process.kill()
        gateway.process.wait()
        _until_gone(children)
        gateway.start()
        load.join()
    gateway.wait(gateway.settled)
    assert load.lost
    assert_accounts(gateway, archive, load)


def _until_gone(children: dict[str, int]) -> None:
    end = time.monotonic() + DEADLINE
    while any(Path(f"/proc/{pid}").exists() for pid in children.values()):
        assert time.monotonic() < end, "a child outlived its supervisor"
        time.sleep(0.05)


def test_what_was_killed_so_often_still_proves_its_record(mortal: tuple[Gateway, ScriptedArchive]) -> None:
    gateway, _ = mortal
    since = now()
    with Caller(gateway.port, "STORER", "SCRIPT") as caller:
        assert caller.associate().store() == 0
        caller.release()
    gateway.wait_recorded("transfer-closed", since, port=caller.port, how="released")
    said = gateway.cli("audit", "verify", "--data", str(gateway.data.root))
    assert said.returncode == 0, said.stdout + said.stderr
    assert not gateway.recorded("record-gap")
    assert gateway.unhealthy().keys() <= {"child-restarted"}
