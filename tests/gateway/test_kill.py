"""kill -9 of each process at named points: what senders were told, the archive holds and the ledger says agree."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bench.accounting import read_ledger, read_lines
from bench.peers import pdus
from tests.gateway.conftest import ENFORCE
from tests.gateway.killpoints.sitecustomize import POINTS
from tests.gateway.running import Gateway, now, peer
from tests.peers.caller import CT, Caller, ct_image, new_uid
from tests.peers.link import DEADLINE, Message, data_pdus
from tests.peers.processes import free_port, listening
from tests.peers.scripted import ScriptedArchive, Served

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, ScriptedArchive, int]]:
    """A gateway whose processes may be killed; its archives, the last a port for a bench answerer."""
    archive, port = ScriptedArchive(), free_port()
    routes = {title: 'archive = "script"\n' + ENFORCE for title in ("SCRIPT", *POINTS)}
    gateway = Gateway(
        tmp_path_factory.mktemp("mortal"),
        {"script": archive.port, "load": port},
        routes | {"LOAD": 'archive = "load"\n' + ENFORCE},
        peers=(peer("STORER"), peer("BENCH", sop_classes=(pdus.CT_IMAGE.decode(), pdus.VERIFICATION.decode()))),
        environment={"PYTHONPATH": str(Path(__file__).parent / "killpoints")},
    )
    try:
        yield gateway.wait_ready(), archive, port
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
    mortal: tuple[Gateway, ScriptedArchive, int], point: str
) -> None:
    gateway, archive, _ = mortal
    expected, instance = EXPECTED[point], new_uid()
    deaths = len(gateway.recorded("child-died"))
    with Caller(gateway.port, "STORER", point) as caller:
        caller.associate().send_store(instance, ct_image(instance, patient=point))
        answer = caller.link.message()
        assert isinstance(answer, Message) is expected.told
        if isinstance(answer, Message):
            assert answer.status == 0
            caller.link.send(pdus.RELEASE_RQ_PDU)
            assert caller.link.pdu() == b""
    gateway.wait_recorded("child-died", count=deaths + 1)
    gateway.wait(gateway.settled)
    _agrees(gateway, archive, caller.port, instance, expected)


def _agrees(gateway: Gateway, archive: ScriptedArchive, port: int, instance: str, expected: Expected) -> None:
    assert (instance in archive.kept) is expected.kept
    gateway.wait_recorded("transfer-closed", count=len(expected.closed), port=port)
    assert [event.body.how for event in gateway.recorded("transfer-closed", port=port)] == expected.closed  # type: ignore[union-attr]
    gateway.wait(lambda: gateway.instance_outcomes(instance) == expected.outcomes, f"{expected.outcomes} on record")


def test_a_worker_killed_in_the_middle_of_an_object_completes_nothing(
    mortal: tuple[Gateway, ScriptedArchive, int],
) -> None:
    gateway, archive, _ = mortal
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
    assert all(pdu[0] != pdus.P_DATA_TF or pdu[11] in {0, 3} for pdu in last), "no last fragment of the data set"
    _agrees(gateway, archive, caller.port, instance, Expected(False, False, [UNKNOWN], ["crash"]))


def test_a_worker_killed_while_the_archive_holds_its_answer_leaves_the_outcome_unknown(
    mortal: tuple[Gateway, ScriptedArchive, int],
) -> None:
    gateway, archive, _ = mortal
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
    assert closed.body.outcomes == {"success": 1, "unknown": 1}  # type: ignore[union-attr]


def _kill_worker_of(gateway: Gateway, caller: Caller) -> None:
    """kill -9 of the worker that has this caller's connection, and wait for its successor."""
    (event,) = gateway.wait_recorded("transfer-begun", port=caller.port)
    name = event.id.writer
    pid = gateway.children()[name]
    os.kill(pid, signal.SIGKILL)
    restarted(gateway, name, pid)


@contextlib.contextmanager
def load(gateway: Gateway, port: int, directory: Path, count: int) -> Iterator[tuple[subprocess.Popen[str], Path, Path]]:
    """The bench's mixed load, 40 associations at a time, and its answerer; with what each writes down."""
    told, kept = directory / "told", directory / "kept"
    python = (sys.executable, "-m")
    answerer = subprocess.Popen(
        (*python, "bench.peers.answerer", "--port", str(port), "--archive", str(kept)), cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        listening(port, answerer)
        generator = subprocess.Popen(
            (*python, "bench.peers.generator", "mixed", "--port", str(gateway.port), "--called", "LOAD", "--count",
             str(count), "--concurrent", "40", "--told", str(told)),
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            yield generator, told, kept
        finally:
            generator.kill()
            generator.communicate()
    finally:
        answerer.terminate()
        answerer.communicate()


def account(gateway: Gateway, told_file: Path, kept_file: Path) -> None:
    """Sender, archive and ledger, instance by instance."""
    told, kept = read_lines([told_file]), read_lines([kept_file])
    delivered = {uid for uid, said in told.items() if said.delivered}
    assert not {uid for uid in delivered if uid not in kept}, "told Success and not in the archive"
    assert not {uid for uid, said in kept.items() if told[uid].digest != said.digest}, "changed on the way"

    def settled() -> bool:
        outcomes = read_ledger(gateway.data.ledger).outcomes
        return set(kept) <= set(outcomes) and not any(
            outcome == "open" for uid in told for outcome, _ in outcomes.get(uid, ())
        )

    gateway.wait(settled, "every instance begun has an outcome")
    recorded = read_ledger(gateway.data.ledger).outcomes
    for uid, said in told.items():
        entries = recorded.get(uid, [])
        assert len(entries) <= 1, f"{uid} went on twice: {entries}"
        words = {outcome for outcome, _ in entries}
        if said.delivered:
            assert words in ({"success"}, {"warning"}), f"{uid} was told {said.fate}, on record {words}"
        elif uid in kept:
            # Written before its response went back, or never known.
            assert words in ({"unknown"}, {"success"}, {"warning"}), f"{uid} in the archive, on record {words}"
        else:
            assert words <= {"cut-off", "unknown", "failure"}, f"{uid} not in the archive, on record {words}"


@pytest.mark.parametrize("victim", ["w0", "ledger", "registrar", "console"])
def test_a_process_killed_under_load_loses_nothing_that_was_told(
    mortal: tuple[Gateway, ScriptedArchive, int], tmp_path: Path, victim: str
) -> None:
    gateway, _, port = mortal
    pid = gateway.wait(gateway.settled) and gateway.children()[victim]
    with load(gateway, port, tmp_path, 150) as (generator, told, kept):
        gateway.wait(lambda: kept.exists() and kept.stat().st_size > 2_000, "the load has begun")
        os.kill(pid, signal.SIGKILL)
        out, _ = generator.communicate(timeout=100)
        assert generator.returncode == 0
        fates = json.loads(out)["fates"]
        restarted(gateway, victim, pid)
    if victim != "w0":
        assert "association lost" not in fates, "only a worker holds associations"
        assert fates["0"] > 100
    account(gateway, told, kept)
    assert gateway.wait_recorded("child-died", process=victim)


def test_the_supervisor_killed_under_load_loses_nothing_that_was_told(
    mortal: tuple[Gateway, ScriptedArchive, int], tmp_path: Path
) -> None:
    gateway, _, port = mortal
    gateway.wait(gateway.settled)
    children = gateway.children()
    with load(gateway, port, tmp_path, 150) as (generator, told, kept):
        gateway.wait(lambda: kept.exists() and kept.stat().st_size > 2_000, "the load has begun")
        gateway.process.kill()
        gateway.process.wait()
        _until_gone(children)
        gateway.start()
        generator.communicate(timeout=100)
    gateway.wait(gateway.settled)
    account(gateway, told, kept)


def _until_gone(children: dict[str, int]) -> None:
    end = time.monotonic() + DEADLINE
    while any(Path(f"/proc/{pid}").exists() for pid in children.values()):
        assert time.monotonic() < end, "a child outlived its supervisor"
        time.sleep(0.05)


def test_what_was_killed_so_often_still_proves_its_record(mortal: tuple[Gateway, ScriptedArchive, int]) -> None:
    gateway, _, _ = mortal
    since = now()
    with Caller(gateway.port, "STORER", "SCRIPT") as caller:
        assert caller.associate().store() == 0
        caller.release()
    gateway.wait_recorded("transfer-closed", since, port=caller.port, how="released")
    said = gateway.cli("audit", "verify", "--data", str(gateway.data.root))
    assert said.returncode == 0, said.stdout + said.stderr
    assert not gateway.recorded("record-gap")
    assert all(gateway.unhealthy().keys() <= {"child-restarted"} for _ in range(1))
