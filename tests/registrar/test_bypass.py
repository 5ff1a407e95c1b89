"""Claims about bypasses: kept, told, brought into every worker, ended by themselves, over deaths and full disks."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.registrar.test_service import TOML, Recorded, Running, Worker, serving

from leadglass.config import load
from leadglass.model.bypass import ActiveBypass
from leadglass.model.event import Alarm, Body, BypassChanged, ConfigurationChanged, decode
from leadglass.model.generation import Generation
from leadglass.registrar import accepted
from leadglass.registrar.client import RegistrarClient, RegistrarUnavailableError
from leadglass.registrar.messages import Bypassed, Commit, Prepare, Prepared
from leadglass.registrar.service import Registrar
from leadglass.store import bypasses
from leadglass.store.appstate.engine import open_appstate, writing
from leadglass.store.bypasses import Kept
from leadglass.store.journal import JournalUnavailable
from leadglass.store.journal_format import Position
from leadglass.store.journal_reader import JournalReader

MINUTE = 60_000_000_000
REASON = "the registry was lost in the migration"


class Clock:
    """UTC nanoseconds that a test can move."""

    ahead = 0

    def __call__(self) -> int:
        return time.time_ns() + self.ahead


class Full(Recorded):
    """A journal that takes nothing while it is full."""

    full = False

    def record(self, body: Body) -> None:
        if self.full:
            raise JournalUnavailable("no space left on device")
        super().record(body)


@contextlib.asynccontextmanager
async def at(directory: Path) -> AsyncIterator[tuple[Running, Clock, Full]]:
    """A registrar whose clock and journal the test holds."""
    clock, events = Clock(), Full()

    class Held(Running):
        def __init__(self, directory: Path) -> None:
            super().__init__(directory)
            self.events = events
            self.registrar = Registrar(self.configuration.data.accepted, self.engine, events, clock)

    before, module = Running, sys.modules["tests.registrar.test_service"]
    module.Running = Held  # type: ignore[attr-defined]  # `serving` makes it
    try:
        async with serving(directory) as running:
            yield running, clock, events
    finally:
        module.Running = before  # type: ignore[attr-defined]  # as above


def play(directory: Path, scene: Callable[[Running, Clock, Full], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with at(directory) as (running, clock, events):
            await scene(running, clock, events)

    asyncio.run(whole())


async def taken(worker: Worker) -> Generation:
    """The next generation, prepared and committed."""
    prepare = await worker.hear()
    assert isinstance(prepare, Prepare)
    await worker.send(Prepared(prepare.generation.number))
    assert await worker.hear() == Commit(prepare.generation.number)
    return prepare.generation


async def asked(running: Running, minutes: int, reason: str = REASON, route: str = "PACS") -> Bypassed:
    return await asyncio.to_thread(running.client.bypass, route, minutes, reason, "ada")


def changed(events: Recorded) -> list[BypassChanged]:
    return [event for event in events if isinstance(event, BypassChanged)]


def test_a_bypass_is_in_every_worker_alarmed_and_on_record_before_it_is_answered(tmp_path: Path) -> None:
    async def scene(running: Running, _clock: Clock, events: Full) -> None:
        worker = await running.worker()
        first = await taken(worker)
        answer = asyncio.create_task(asked(running, 30, f"  {REASON}\n "))
        bypassed = await taken(worker)
        said = await answer
        assert said == Bypassed(until=bypassed.routes[0].bypassed_until)
        assert bypassed.number > first.number
        assert bypassed.digest != first.digest
        assert abs(said.until - time.time_ns() - 30 * MINUTE) < MINUTE
        assert changed(events) == [BypassChanged("PACS", said.until, REASON, "ada")]
        (alarm,) = [event for event in events if isinstance(event, Alarm)]
        assert (alarm.severity, alarm.code) == ("critical", "bypass")
        assert REASON in alarm.text
        (row,) = running.registrar.status().bypasses
        assert (row.route, row.until, row.reason, row.who) == ("PACS", said.until, REASON, "ada")

    play(tmp_path, scene)


def test_it_ends_by_itself_with_a_generation_and_an_event(tmp_path: Path) -> None:
    async def scene(running: Running, clock: Clock, events: Full) -> None:
        worker = await running.worker()
        first = await taken(worker)
        answer = asyncio.create_task(asked(running, 1))
        await taken(worker)
        await answer
        clock.ahead = MINUTE
        ended = await taken(worker)
        assert ended.routes == first.routes
        await running.until(lambda: len(changed(events)) == 2)
        assert changed(events)[1] == BypassChanged("PACS", 0, "its time is over", "")
        assert running.registrar.status().bypasses == ()
        assert bypasses.read(running.configuration.data.accepted).bypasses == ()

    play(tmp_path, scene)


def test_it_can_be_ended_and_begun_again_by_hand(tmp_path: Path) -> None:
    async def scene(running: Running, _clock: Clock, events: Full) -> None:
        longer = (await asked(running, 10)).until
        shorter = (await asked(running, 5)).until
        assert shorter < longer
        assert (await asked(running, 0)).error == ""
        assert [event.until for event in changed(events)] == [longer, shorter, 0]
        assert changed(events)[2] == BypassChanged("PACS", 0, "ended by hand", "ada")
        assert "no bypass of 'PACS'" in (await asked(running, 0)).error

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("route", "minutes", "reason", "words"),
    [
        ("pacs", 30, REASON, "no route"),
        ("", 30, REASON, "no route"),
        ("PACS", 241, REASON, "1 to 240 minutes"),
        ("PACS", -1, REASON, "1 to 240 minutes"),
        ("PACS", 1 << 40, REASON, "1 to 240 minutes"),
        ("PACS", 30, "too short", "10 to 500 characters"),
        ("PACS", 30, "          \n\t         ", "10 to 500 characters"),
        ("PACS", 30, "x" * 501, "10 to 500 characters"),
        ("PACS", 30, "a bell \x07 in the reason", "10 to 500 characters"),
    ],
)
def test_what_is_out_of_bounds_changes_nothing(
    tmp_path: Path, route: str, minutes: int, reason: str, words: str
) -> None:
    async def scene(running: Running, _clock: Clock, events: Full) -> None:
        before = len(events)
        said = await asked(running, minutes, reason, route)
        assert words in said.error
        assert said.hint
        assert running.registrar.status().bypasses == ()
        assert len(events) == before
        assert not (running.configuration.data.accepted / "bypasses.json").exists()

    play(tmp_path, scene)


def test_a_worker_that_does_not_follow_is_named_and_asked_again(tmp_path: Path) -> None:
    async def scene(running: Running, _clock: Clock, events: Full) -> None:
        worker = await running.worker()
        await taken(worker)
        answer = asyncio.create_task(asked(running, 30))
        prepare = await worker.hear()
        assert isinstance(prepare, Prepare)
        await worker.send(Prepared(prepare.generation.number, "no memory"))
        said = await answer
        assert said.error == ""
        assert "w0: no memory" in said.waiting
        assert (await taken(worker)).routes[0].bypassed_until == said.until
        assert len(changed(events)) == 1

    play(tmp_path, scene)


def test_a_reload_meanwhile_keeps_it(tmp_path: Path) -> None:
    async def scene(running: Running, _clock: Clock, _events: Full) -> None:
        said = await asked(running, 30)
        running.propose(TOML.replace("10.0.0.1", "10.0.0.2"))
        assert (await asyncio.to_thread(running.client.reload, "admin")).error == ""
        assert (await taken(await running.worker())).routes[0].bypassed_until == said.until

    play(tmp_path, scene)


def test_neither_a_full_journal_nor_a_broken_database_nor_a_full_disk_stops_it(tmp_path: Path) -> None:
    async def scene(running: Running, _clock: Clock, events: Full) -> None:
        worker = await running.worker()
        first = await taken(worker)
        with writing(running.engine) as connection:
            connection.execute(text("ALTER TABLE counters RENAME TO lost"))
        directory = running.configuration.data.accepted
        (directory / "bypasses.json.new").mkdir()  # what is in its way stands for a disk that takes nothing
        events.full = True
        answer = asyncio.create_task(asked(running, 30))
        bypassed = await taken(worker)
        said = await answer
        assert bypassed.routes[0].bypassed_until == said.until
        assert bypassed.number == first.number + 1
        assert said.hint.startswith("not kept over a restart")
        assert changed(events) == []
        events.full = False
        (directory / "bypasses.json.new").rmdir()
        await running.until(lambda: changed(events))
        await running.until((directory / "bypasses.json").exists)
        kept = bypasses.read(directory)
        assert kept.bypasses[0].until == said.until
        assert kept.number == bypassed.number
        with writing(running.engine) as connection:
            connection.execute(text("ALTER TABLE lost RENAME TO counters"))
        answer = asyncio.create_task(asked(running, 0))
        assert (await taken(worker)).number > bypassed.number
        assert (await answer).error == ""

    play(tmp_path, scene)


def test_a_number_given_without_the_database_is_not_given_again_after_a_restart(tmp_path: Path) -> None:
    async def scene(running: Running, _clock: Clock, _events: Full) -> None:
        assert (await taken(await running.worker())).number == 42

    (tmp_path / "var" / "accepted").mkdir(parents=True)
    bypasses.write(tmp_path / "var" / "accepted", Kept(number=41))
    play(tmp_path, scene)


def test_a_damaged_file_is_alarmed_and_bypasses_nothing(tmp_path: Path) -> None:
    async def scene(running: Running, _clock: Clock, events: Full) -> None:
        assert [event.code for event in events if isinstance(event, Alarm)] == ["bypass-lost"]
        assert (await taken(await running.worker())).routes[0].bypassed_until == 0

    (tmp_path / "var" / "accepted").mkdir(parents=True)
    (tmp_path / "var" / "accepted" / "bypasses.json").write_bytes(b'{"bypasses": [{"route": ')
    play(tmp_path, scene)


def test_one_that_never_came_on_record_is_told_after_a_restart(tmp_path: Path) -> None:
    now = time.time_ns()
    over = ActiveBypass("PACS", now - 2 * MINUTE, now - MINUTE, REASON, "ada")

    async def scene(running: Running, _clock: Clock, events: Full) -> None:
        await running.until(lambda: len(changed(events)) == 2)
        assert [event.until for event in changed(events)] == [over.until, 0]
        assert any(isinstance(event, ConfigurationChanged) for event in events)

    (tmp_path / "var" / "accepted").mkdir(parents=True)
    bypasses.write(tmp_path / "var" / "accepted", Kept((over,)))
    play(tmp_path, scene)


@contextlib.contextmanager
def process(file: Path, client: RegistrarClient) -> Iterator[None]:
    """The registrar as the process it is; killed at the end."""
    child = subprocess.Popen([sys.executable, "-m", "leadglass.registrar", "--config", str(file)])
    deadline = time.monotonic() + 60
    try:
        while True:
            with contextlib.suppress(RegistrarUnavailableError):
                client.status()
                break
            assert child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(30)


def test_kill_9_of_the_registrar_neither_loses_nor_prolongs_it(tmp_path: Path) -> None:
    (tmp_path / "leadglass.toml").write_text(TOML)
    configuration = load(tmp_path / "leadglass.toml")
    for path in configuration.data.directories(configuration.writers):
        path.mkdir(exist_ok=True)
    open_appstate(configuration.application_state).dispose()
    accepted.propose(configuration)
    accepted.accept(configuration.data.accepted)
    file, client = accepted.in_force(configuration.data.accepted), RegistrarClient(configuration.data.registrar_socket)
    with process(file, client):
        until = client.bypass("PACS", 30, REASON, "ada").until
        number = client.status().generation
    with process(file, client):
        status = client.status()
        assert [row.until for row in status.bypasses] == [until]
        assert status.generation > number
    kept = bypasses.read(configuration.data.accepted)
    over = ActiveBypass("PACS", 0, time.time_ns(), REASON, "ada", told=True)
    bypasses.write(configuration.data.accepted, Kept((over,), kept.number))
    with process(file, client):
        assert client.status().bypasses == ()
        told = _told(configuration.data.journal("registrar"))
    assert [event.until for event in told] == [until, 0]


def _told(journal: Path) -> list[BypassChanged]:
    deadline = time.monotonic() + 30
    while True:
        reader, found = JournalReader(journal, Position(0)), []
        while payloads := reader.read():
            found += [
                body for body in (decode(payload).body for payload in payloads) if isinstance(body, BypassChanged)
            ]
        reader.close()
        if any(not event.until for event in found) or time.monotonic() > deadline:
            return found
        time.sleep(0.05)
