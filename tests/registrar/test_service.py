"""Claims about the registrar, spoken to over its real socket."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from leadglass.config import Configuration, load
from leadglass.errors import ConfigurationError, LeadglassError
from leadglass.io.frames import pack_frame
from leadglass.io.frames_async import read_frame
from leadglass.model.certificate import Certificate
from leadglass.model.event import Alarm, Body, ConfigurationChanged
from leadglass.model.peer import Peer
from leadglass.model.route import Mode
from leadglass.model.status import ChildStatus, LedgerStatus, LiveAssociation, UnknownPeer, WorkerStatus
from leadglass.registrar import accepted
from leadglass.registrar.admission import Places
from leadglass.registrar.client import RegistrarClient
from leadglass.registrar.codec import decode, encode
from leadglass.registrar.generations import build, difference, digest
from leadglass.registrar.messages import (
    MAX_FRAME,
    Answer,
    Ask,
    Children,
    Commit,
    Ended,
    Frame,
    HandshakeFailed,
    Hello,
    Ledger,
    Prepare,
    Prepared,
    Report,
)
from leadglass.registrar.service import Registrar
from leadglass.registrar.unknown import MAX_GATHERED, UnknownCallers
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import approve_unknown, block_unknown, save_peer
from leadglass.store.appstate.unknown_peers import list_unknown, record_unknown

TOML = '[[archive]]\nid = "pacs"\nhost = "10.0.0.1"\nport = 104\n[[route]]\ncalled = "PACS"\narchive = "pacs"\n'
CT1 = Peer("ct1", "CT1", ("10.0.0.7/32",), operations=("C-STORE",), plain=True)


class Recorded(list[Body]):
    def record(self, body: Body) -> None:
        self.append(body)


class Worker:
    """One end that speaks as a worker does; answers `Prepare` by itself with ``error``, unless it is silent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def send(self, frame: Frame) -> None:
        self.writer.write(pack_frame(encode(frame), MAX_FRAME))
        await self.writer.drain()

    async def hear(self) -> Frame | None:
        payload = await asyncio.wait_for(read_frame(self._reader, MAX_FRAME), 30)
        return None if payload is None else decode(payload)

    async def given(self) -> int:
        """Prepare what is given and wait for its commit; its number."""
        prepare = await self.hear()
        assert isinstance(prepare, Prepare)
        await self.send(Prepared(prepare.generation.number))
        assert await self.hear() == Commit(prepare.generation.number)
        return prepare.generation.number


class Running:
    def __init__(self, directory: Path) -> None:
        (directory / "leadglass.toml").write_text(TOML)
        self.configuration = load(directory / "leadglass.toml")
        for path in self.configuration.data.directories(()):
            path.mkdir(exist_ok=True)
        self.engine: Engine = open_appstate(self.configuration.data.application_state)
        self.events = Recorded()
        accepted.propose(self.configuration)
        accepted.accept(self.configuration.data.accepted)
        self.path = self.configuration.data.registrar_socket
        self.registrar = Registrar(self.configuration.data.accepted, self.engine, self.events)
        self.client = RegistrarClient(self.path, timeout=20)

    async def worker(self, name: str = "w0") -> Worker:
        worker = Worker(*await asyncio.open_unix_connection(str(self.path)))
        await worker.send(Hello(name, 1, 1))
        return worker

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.01)

    def propose(self, text: str) -> Configuration:
        self.configuration.file.write_text(text)
        configuration = load(self.configuration.file)
        accepted.propose(configuration)
        return configuration


@contextlib.asynccontextmanager
async def serving(directory: Path) -> AsyncIterator[Running]:
    running = Running(directory)
    stop = asyncio.Event()
    task = asyncio.create_task(running.registrar.run(running.path, stop))
    try:
        await running.until(lambda: running.path.exists() or task.done())
        yield running
    finally:
        stop.set()
        await task
        running.engine.dispose()


def play(directory: Path, scene: Callable[[Running], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with serving(directory) as running:
            await scene(running)

    asyncio.run(whole())


def test_a_worker_is_given_the_generation_in_force_when_it_connects(tmp_path: Path) -> None:
    async def scene(running: Running) -> None:
        worker = await running.worker()
        assert await worker.given() == 1
        assert oct(running.path.stat().st_mode & 0o777) == "0o600"

    play(tmp_path, scene)


def test_a_change_is_committed_when_every_worker_has_prepared_it(tmp_path: Path) -> None:
    async def scene(running: Running) -> None:
        first, second = await running.worker("w0"), await running.worker("w1")
        await first.given()
        await second.given()
        save_peer(running.engine, CT1, "test", "local", new=True)
        answer = asyncio.create_task(asyncio.to_thread(running.client.reload, "admin"))
        one, two = await first.hear(), await second.hear()
        assert isinstance(one, Prepare)
        assert one == two
        assert one.generation.peers == (CT1,)
        await first.send(Prepared(2))
        await asyncio.sleep(0)
        assert not answer.done()
        await second.send(Prepared(2))
        assert await first.hear() == await second.hear() == Commit(2)
        assert (await answer).number == 2
        changed = running.events[-1]
        assert isinstance(changed, ConfigurationChanged)
        assert (changed.generation, changed.who, changed.accepted) == (2, "admin", True)
        assert changed.what == "peers: 0 before, 1 now, 1 new or changed"

    play(tmp_path, scene)


@pytest.mark.parametrize("fault", ["error", "gone", "silent"])
def test_a_worker_that_cannot_keeps_the_old_generation_everywhere(
    tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "silent":
        monkeypatch.setattr("leadglass.registrar.workers.Workers.roll_out", _impatient())

    async def scene(running: Running) -> None:
        good, bad = await running.worker("w0"), await running.worker("w1")
        await good.given()
        await bad.given()
        running.propose(TOML + 'mode = "enforce"\n')
        answer = asyncio.create_task(asyncio.to_thread(running.client.reload))
        assert isinstance(await good.hear(), Prepare)
        assert isinstance(await bad.hear(), Prepare)
        await good.send(Prepared(2))
        if fault == "error":
            await bad.send(Prepared(2, "no memory"))
        elif fault == "gone":
            bad.writer.close()
        told = await answer
        assert told.number == 1
        words = {"error": "no memory", "gone": "went away", "silent": "did not answer"}[fault]
        assert f"worker w1: {words}" in told.error
        assert told.hint
        await good.send(Ask(5, 1, "10.0.0.7", "CT1", "PACS"))
        assert await good.hear() == Answer(5)  # and no Commit before it
        refused = running.events[-1]
        assert isinstance(refused, ConfigurationChanged)
        assert not refused.accepted
        late = await running.worker("w2")
        assert await late.given() == 1
        assert not accepted.candidate(running.configuration.data.accepted).exists()
        assert load(accepted.in_force(running.configuration.data.accepted)).routes[0].mode is Mode.OBSERVE

    play(tmp_path, scene)


def _impatient() -> Callable[..., Awaitable[str]]:
    from leadglass.registrar.workers import Workers

    patient = Workers.roll_out

    async def roll_out(self: Workers, generation: object) -> str:
        return await patient(self, generation, 0.3)  # type: ignore[arg-type]  # handed on as it came

    return roll_out


def test_numbers_are_never_reused_not_even_by_a_refused_change_or_after_a_restart(tmp_path: Path) -> None:
    async def scene(running: Running) -> None:
        worker = await running.worker()
        await worker.given()
        save_peer(running.engine, CT1, "test", "local")
        answer = asyncio.create_task(asyncio.to_thread(running.client.reload))
        await worker.hear()
        await worker.send(Prepared(2, "no"))
        assert (await answer).error
        worker.writer.close()
        await running.until(lambda: not running.registrar._workers._links)
        assert (await asyncio.to_thread(running.client.reload)).number == 3

    play(tmp_path, scene)

    async def again(running: Running) -> None:
        assert (await asyncio.to_thread(running.client.status)).generation == 4

    play(tmp_path, again)


def test_a_reload_that_changes_nothing_makes_no_generation(tmp_path: Path) -> None:
    async def scene(running: Running) -> None:
        assert (await asyncio.to_thread(running.client.reload)).number == 1

    play(tmp_path, scene)


def test_a_configuration_that_cannot_be_built_is_told_and_withdrawn(tmp_path: Path) -> None:
    (tmp_path / "bad.cedar").write_text("permit(principal")

    async def scene(running: Running) -> None:
        running.propose(TOML + '[policy]\nfiles = ["bad.cedar"]\n')
        told = await asyncio.to_thread(running.client.reload)
        assert "bad.cedar" in told.error
        assert told.number == 1
        assert (await asyncio.to_thread(running.client.reload)).error == ""

    play(tmp_path, scene)


def test_known_blocked_and_unknown_callers_are_told_apart(tmp_path: Path) -> None:
    async def scene(running: Running) -> None:
        worker = await running.worker()
        await worker.given()
        save_peer(running.engine, CT1, "test", "local")
        blocked = block_unknown(running.engine, UnknownPeer("10.0.0.9", "CT1", "", 0, 0, 0), "test", "local")
        answer = asyncio.create_task(asyncio.to_thread(running.client.reload))
        await worker.given()
        await answer
        await worker.send(Ask(1, 1, "::ffff:10.0.0.7", "CT1", "PACS"))
        assert await worker.hear() == Answer(1, CT1)
        await worker.send(Ask(2, 2, "10.0.0.9", "CT1", "PACS"))
        assert await worker.hear() == Answer(2, blocked, "blocked-peer")
        for number in range(3, 6):
            await worker.send(Ask(number, number, "10.6.6.6", "EVIL\n", "PACS", ("1.2.3",), "1.9", "V"))
            assert await worker.hear() == Answer(number)
        await running.until(lambda: list_unknown(running.engine))
        (caller,) = list_unknown(running.engine)
        assert (caller.address, caller.title, caller.attempts, caller.sop_classes) == (
            "10.6.6.6",
            "EVIL\n",
            3,
            ("1.2.3",),
        )

    play(tmp_path, scene)


def test_a_call_from_before_the_approval_does_not_bring_the_caller_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadglass.registrar.service.UNKNOWN_INTERVAL", 3_600.0)

    async def scene(running: Running) -> None:
        worker = await running.worker()
        await worker.given()
        for number, title in enumerate(("CT1", "CT1", "MR1", "US1")):
            await worker.send(Ask(number, number, "10.0.0.7", title, "PACS"))
            assert await worker.hear() == Answer(number)
        assert list_unknown(running.engine) == (), "gathered, not written yet"
        approve_unknown(running.engine, UnknownPeer("10.0.0.7", "CT1", "", 0, 0, 0), CT1, "test", "local")
        block_unknown(running.engine, UnknownPeer("10.0.0.7", "MR1", "", 0, 0, 0), "test", "local")
        answer = asyncio.create_task(asyncio.to_thread(running.client.reload))
        await worker.given()
        assert not (await answer).error
        assert [caller.title for caller in list_unknown(running.engine)] == ["US1"]
        assert [caller.title for caller in running.registrar.status().unknown_peers] == ["US1"]

    play(tmp_path, scene)


def test_who_a_peer_covers_is_taken_off_the_list_however_it_came_there(tmp_path: Path) -> None:
    async def scene(running: Running) -> None:
        for title in ("CT1", "MR1"):
            record_unknown(running.engine, UnknownPeer("10.0.0.7", title, "PACS", 1, 2, 3))
        await running.until(lambda: len(running.registrar.status().unknown_peers) == 2)
        save_peer(running.engine, CT1, "test", "local")
        await asyncio.to_thread(running.client.reload)
        assert [caller.title for caller in list_unknown(running.engine)] == ["MR1"]
        assert [caller.title for caller in running.registrar.status().unknown_peers] == ["MR1"]

    play(tmp_path, scene)


def test_the_end_comes_quietly_to_everyone_connected(tmp_path: Path) -> None:
    faults: list[dict[str, object]] = []
    open_still = []

    async def scene(running: Running) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
        for number in range(3):
            open_still.append(await running.worker(f"w{number}"))
            await open_still[-1].given()
        late = [socket.socket(socket.AF_UNIX) for _ in range(3)]
        for end in late:  # accepted in the very turn of the loop in which everything ends
            end.connect(str(running.path))
            end.close()

    play(tmp_path, scene)
    assert faults == []


def test_places_of_a_limited_peer_count_over_all_workers_and_are_freed(tmp_path: Path) -> None:
    async def scene(running: Running) -> None:
        limited = dataclasses.replace(CT1, max_associations=2)
        save_peer(running.engine, limited, "test", "local")
        await asyncio.to_thread(running.client.reload)
        one, two = await running.worker("w0"), await running.worker("w1")
        await one.given()
        await two.given()

        async def ask(worker: Worker, number: int) -> str:
            await worker.send(Ask(number, number, "10.0.0.7", "CT1", "PACS"))
            answer = await worker.hear()
            assert isinstance(answer, Answer)
            assert answer.peer == limited
            return answer.cause

        assert [await ask(one, 1), await ask(two, 1), await ask(one, 2)] == ["", "", "limit"]
        await two.send(Ended(1))
        assert await ask(two, 2) == ""
        assert await ask(one, 3) == "limit"
        two.writer.close()
        await running.until(lambda: running.registrar._places.count("ct1") == 1)
        assert await ask(one, 4) == ""

    play(tmp_path, scene)


def test_after_a_restart_what_workers_report_as_open_counts(tmp_path: Path) -> None:
    async def scene(running: Running) -> None:
        save_peer(running.engine, dataclasses.replace(CT1, max_associations=1), "test", "local")
        await asyncio.to_thread(running.client.reload)
        worker = await running.worker()
        generation = await worker.given()
        live = LiveAssociation("w0", 77, "10.0.0.7", "CT1", "PACS", "ct1", "pacs", "observe", 0, 0, 0, 0)
        await worker.send(Report(WorkerStatus("w0", 1, 1, 1, generation, open=1, associations=(live,))))
        await worker.send(Ask(1, 78, "10.0.0.7", "CT1", "PACS"))
        answer = await worker.hear()
        assert isinstance(answer, Answer)
        assert answer.cause == "limit"

    play(tmp_path, scene)


def test_the_status_gathers_what_everyone_says(tmp_path: Path) -> None:
    async def scene(running: Running) -> None:
        worker = await running.worker()
        await worker.given()
        report = WorkerStatus("w0", 1, 1, 5, 1, counters={"echoes": 3})
        await worker.send(Report(report))
        other = Worker(*await asyncio.open_unix_connection(str(running.path)))
        child = ChildStatus("w0", 1, True, 0, 1, confinement=("x",))
        ledger = LedgerStatus(5, 9, "root", 4, 0)
        await other.send(Children((child,)))
        await other.send(Ledger(ledger))
        await running.until(lambda: running.registrar.status().ledger)
        status = await asyncio.to_thread(running.client.status)
        assert (status.workers, status.children, status.ledger) == ((report,), (child,), ledger)
        assert (status.generation, status.observing) == (1, ("PACS",))
        assert len(status.digest) == 64

    play(tmp_path, scene)


def test_a_worker_that_cannot_use_what_is_in_force_raises_an_alarm(tmp_path: Path) -> None:
    async def scene(running: Running) -> None:
        worker = await running.worker()
        await worker.hear()
        await worker.send(Prepared(1, "no memory"))
        await running.until(lambda: any(isinstance(event, Alarm) for event in running.events))

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "nonsense", [b"\xff\xff\xff\xff", b"\0\0\0\3abc", pack_frame(encode(Ended(1)), 99), b"GET / HTTP/1.1\r\n\r\n"]
)
def test_nonsense_on_the_socket_ends_that_connection_only(tmp_path: Path, nonsense: bytes) -> None:
    async def scene(running: Running) -> None:
        worker = await running.worker()
        await worker.given()
        reader, writer = await asyncio.open_unix_connection(str(running.path))
        writer.write(nonsense)
        assert await asyncio.wait_for(reader.read(), 30) == b""
        await worker.send(Ask(1, 1, "10.0.0.7", "X", "PACS"))
        assert await worker.hear() == Answer(1)

    play(tmp_path, scene)


def test_a_client_without_registrar_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LeadglassError) as caught:
        RegistrarClient(tmp_path / "none.sock").status()
    assert "leadglass up" in caught.value.hint


def test_equal_content_has_an_equal_digest_whatever_its_number(tmp_path: Path) -> None:
    (tmp_path / "leadglass.toml").write_text(TOML)
    configuration = load(tmp_path / "leadglass.toml")
    one, two = build(configuration, (CT1,), 1), build(configuration, (CT1,), 2)
    assert one.digest == two.digest == digest(one)
    other = build(configuration, (dataclasses.replace(CT1, networks=("10.0.0.8/32",)),), 1)
    assert other.digest != one.digest
    assert difference(one, two) == "nothing changed"


def test_a_failing_policy_test_refuses_the_generation_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "tests.toml").write_text(
        '[[test]]\npeer = "ct1"\noperation = "C-STORE"\nsop_class = "1.2.840.10008.5.1.4.1.1.2"\narchive = "pacs"\n'
        'at = "2026-11-24T12:00"\nexpect = "deny"\n'
    )
    (tmp_path / "leadglass.toml").write_text(TOML + '[policy]\ntests = ["tests.toml"]\n')
    with pytest.raises(ConfigurationError, match=r"tests\.toml:1"):
        build(load(tmp_path / "leadglass.toml"), (CT1,), 1)


def test_a_flood_of_unknown_callers_is_bounded() -> None:
    callers = UnknownCallers()
    for number in range(MAX_GATHERED + 50):
        callers.add(Ask(number, number, f"10.0.{number // 256}.{number % 256}", "X", "PACS", ("1.2",) * 500), number)
    assert callers.dropped == 50
    seen = callers.take()
    assert len(seen) == MAX_GATHERED
    assert all(len(caller.sop_classes) <= 128 for caller in seen)
    assert callers.take() == ()


def test_a_peer_without_a_limit_takes_no_place() -> None:
    places = Places()
    assert all(places.take("w0", number, CT1) for number in range(1_000))
    assert places.count("ct1") == 0


_A, _B, _C = (f"sha256:{digit * 64}" for digit in "abc")


def shown(fingerprint: str, not_after: int = 4_000_000_000) -> Certificate:
    return Certificate(fingerprint, ("mr1",), "CN=mr1", "CN=mr1", not_after, error="self-signed certificate")


def test_a_caller_is_answered_by_its_certificate_and_a_stranger_is_shown_with_it(tmp_path: Path) -> None:
    mr1 = Peer("mr1", "MR1", (), certificates=(_A,))

    async def scene(running: Running) -> None:
        save_peer(running.engine, mr1, "test", "local", new=True)
        assert (await asyncio.to_thread(running.client.reload)).error == ""
        worker = await running.worker()
        await worker.given()
        await worker.send(Ask(1, 1, "10.0.0.7", "MR1", "PACS", certificate=shown(_A), tls=True))
        assert await worker.hear() == Answer(1, mr1)
        await worker.send(Ask(2, 2, "10.0.0.7", "MR1", "PACS", ("1.2.3",), certificate=shown(_B), tls=True))
        assert await worker.hear() == Answer(2)
        await worker.send(Ask(3, 3, "10.0.0.7", "MR1", "PACS"))
        assert await worker.hear() == Answer(3)
        await worker.send(HandshakeFailed("10.0.0.8", shown(_C), "wrong curve"))
        await worker.send(HandshakeFailed("10.0.0.8", shown(_A), "it holds no key"))  # somebody has decided about it
        await worker.send(HandshakeFailed("10.0.0.9", None, "no certificate"))
        await running.until(lambda: len(list_unknown(running.engine)) == 4)
        found = {
            (row.address, row.title, row.certificate.fingerprint if row.certificate else ""): row
            for row in list_unknown(running.engine)
        }
        assert set(found) == {
            ("10.0.0.7", "MR1", _B),
            ("10.0.0.7", "MR1", ""),
            ("10.0.0.8", "", _C),
            ("10.0.0.9", "", ""),
        }
        told = found["10.0.0.7", "MR1", _B]
        assert (told.tls, told.error, told.sop_classes) == (True, "self-signed certificate", ("1.2.3",))
        assert told.certificate == shown(_B)
        assert not found["10.0.0.7", "MR1", ""].tls
        assert found["10.0.0.8", "", _C].error == "wrong curve"
        renewed = dataclasses.replace(mr1, certificates=(_A, _B))
        approve_unknown(running.engine, told, renewed, "test", "local", new=False)
        answer = asyncio.create_task(asyncio.to_thread(running.client.reload))
        await worker.given()
        await answer
        await worker.send(Ask(4, 4, "10.0.0.7", "MR1", "PACS", certificate=shown(_B), tls=True))
        assert await worker.hear() == Answer(4, renewed)
        waiting = await asyncio.to_thread(running.client.status)
        assert {(row.address, row.tls) for row in waiting.unknown_peers} == {
            ("10.0.0.7", False),
            ("10.0.0.8", True),
            ("10.0.0.9", True),
        }

    play(tmp_path, scene)


def test_a_peer_that_shows_a_certificate_nobody_pinned_is_admitted_and_waits_for_its_pin(tmp_path: Path) -> None:
    async def scene(running: Running) -> None:
        save_peer(running.engine, CT1, "test", "local", new=True)
        assert (await asyncio.to_thread(running.client.reload)).error == ""
        worker = await running.worker()
        await worker.given()
        await worker.send(Ask(1, 1, "10.0.0.7", "CT1", "PACS", certificate=shown(_A), tls=True))
        assert await worker.hear() == Answer(1, CT1)
        await running.until(lambda: list_unknown(running.engine))
        status = await asyncio.to_thread(running.client.status)
        assert (status.plain, status.plain_count) == (("ct1",), 1)

    play(tmp_path, scene)


def test_an_expired_pin_is_refused_after_its_grace_and_alarmed_when_the_registrar_begins(tmp_path: Path) -> None:
    ended = int(time.time()) - 40 * 86_400
    old, older = shown(_A, ended + 20 * 86_400), shown(_B, ended)
    one = Peer("one", "ONE", (), certificates=(_A,))
    two = Peer("two", "TWO", (), certificates=(_B,))
    engine = Running(tmp_path).engine
    save_peer(engine, one, "test", "local", shown=(old,))
    save_peer(engine, two, "test", "local", shown=(older,))
    engine.dispose()

    async def scene(running: Running) -> None:
        alarms = {event.text: event.severity for event in running.events if isinstance(event, Alarm)}
        assert len(alarms) == 2
        assert all("has ended" in text and severity == "critical" for text, severity in alarms.items())
        worker = await running.worker()
        await worker.given()
        await worker.send(Ask(1, 1, "10.0.0.7", "ONE", "PACS", certificate=old, tls=True))
        assert await worker.hear() == Answer(1, one)
        await worker.send(Ask(2, 2, "10.0.0.7", "TWO", "PACS", certificate=older, tls=True))
        assert await worker.hear() == Answer(2)
        ends = (await asyncio.to_thread(running.client.status)).certificate_ends
        assert [(end.owners, end.refused - end.not_after) for end in ends] == [
            (("two",), 30 * 86_400),
            (("one",), 30 * 86_400),
        ]

    play(tmp_path, scene)
