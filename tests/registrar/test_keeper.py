"""Claims about how expectations are kept: on disk before anybody hears so, over restarts, with the database gone."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine, func, select
from tests.postgresql import Server

from leadglass.model.event import Alarm, Body
from leadglass.model.expectation import Expectation, ExpectedMove, ExpectedReport
from leadglass.registrar import keeper as module
from leadglass.registrar.keeper import MAX_WAITING, Keeper
from leadglass.registrar.messages import AskExpected, Expected, ExpectMove, ExpectReport, Extend, Frame, Kept
from leadglass.store.appstate.database import Database
from leadglass.store.appstate.engine import open_appstate, reading, writing
from leadglass.store.appstate.expectations import expectations_since
from leadglass.store.appstate.tables import expectations

HOUR = 3_600_000_000_000


def move(name: str, *, ahead: int = HOUR, peer: str = "ws1") -> ExpectedMove:
    until = time.time_ns() + ahead
    return ExpectedMove(name, "pacs", "WS1", peer, "10.0.0.5", "WS1", 7, "STUDY", studies=("1.2.3",), until=until)


def report(uid: str, *, ahead: int = HOUR, peer: str = "ct1") -> ExpectedReport:
    return ExpectedReport(uid, "pacs", peer, "10.0.0.7", "CT1", time.time_ns() + ahead)


def stored(engine: Engine) -> list[Expectation | None]:
    return [expectation for _, expectation in expectations_since(engine, 0, 10_000)]


class Desk:
    """A keeper at work, and what it answered."""

    def __init__(self, keeper: Keeper, events: list[Body]) -> None:
        self.keeper = keeper
        self.events = events
        self.answers: dict[int, Kept] = {}
        self.at_answer: Callable[[], None] = lambda: None
        self._number = 0

    async def keep(self, expectation: Expectation) -> str:
        """Its error, empty when it was kept."""
        number = self.put(expectation)
        await self.until(lambda: number in self.answers)
        return self.answers[number].error

    def put(self, expectation: Expectation) -> int:
        self._number += 1
        if isinstance(expectation, ExpectedMove):
            self.keeper.take(ExpectMove(self._number, expectation), self._hear)
        else:
            self.keeper.take(ExpectReport(self._number, expectation), self._hear)
        return self._number

    def moves(self) -> list[str]:
        return [found.id for found in self._ask(AskExpected(1, "pacs", "WS1")).moves]

    def report(self, uid: str) -> ExpectedReport | None:
        return self._ask(AskExpected(1, "pacs", transaction=uid)).report

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.01)

    def _ask(self, question: AskExpected) -> Expected:
        told: list[Frame] = []
        self.keeper.take(question, told.append)
        (answer,) = told
        assert isinstance(answer, Expected)
        assert answer.question == question.question
        return answer

    def _hear(self, answer: Frame) -> None:
        self.at_answer()
        assert isinstance(answer, Kept)
        self.answers[answer.question] = answer


@contextlib.asynccontextmanager
async def at_work(engine: Engine, now: Callable[[], int] = time.time_ns) -> AsyncIterator[Desk]:
    events: list[Body] = []
    keeper = Keeper(engine, now, events.append)
    await keeper.load()
    task = asyncio.create_task(keeper.run())
    try:
        yield Desk(keeper, events)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def play(engine: Engine, scene: Callable[[Desk], Awaitable[None]], now: Callable[[], int] = time.time_ns) -> None:
    async def whole() -> None:
        async with at_work(engine, now) as desk:
            await scene(desk)

    asyncio.run(whole())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.05)


def test_what_is_kept_is_in_the_database_before_anybody_hears_so(database: Database, engine: Engine) -> None:
    other = open_appstate(database)  # sees what is committed, and nothing else
    seen: list[int] = []

    async def scene(desk: Desk) -> None:
        desk.at_answer = lambda: seen.append(len(stored(other)))
        assert await desk.keep(report("1.2")) == ""
        assert await desk.keep(move("m1")) == ""
        assert seen == [1, 2]
        assert desk.moves() == ["m1"]

    play(engine, scene)
    other.dispose()


def test_moves_and_commitments_survive_a_restart_with_their_latest_extension(engine: Engine) -> None:
    longer = time.time_ns() + 5 * HOUR

    async def before(desk: Desk) -> None:
        for expectation in (report("1.2"), move("m1"), move("m2")):
            assert await desk.keep(expectation) == ""
        desk.keeper.take(Extend("m1", longer), lambda _: None)
        desk.keeper.take(Extend("m1", longer - HOUR), lambda _: None)
        await desk.until(lambda: any(one and one.until == longer for one in stored(engine)))

    async def after(desk: Desk) -> None:
        assert desk.moves() == ["m1", "m2"]
        found = desk.report("1.2")
        assert found is not None
        assert found.peer == "ct1"
        assert desk.report("1.3") is None

    play(engine, before)
    play(engine, after)


def test_what_is_over_is_deleted_from_memory_and_disk(engine: Engine) -> None:
    clock = [time.time_ns()]

    async def scene(desk: Desk) -> None:
        for expectation in (report("1.2"), move("m1"), report("1.9", ahead=9 * HOUR)):
            assert await desk.keep(expectation) == ""
        clock[0] += 2 * HOUR
        assert desk.moves() == []
        assert desk.report("1.2") is None
        await desk.until(lambda: len(stored(engine)) == 1)
        assert desk.report("1.9") is not None

    play(engine, scene, lambda: clock[0])
    clock[0] += 20 * HOUR

    async def long_after(desk: Desk) -> None:
        assert desk.report("1.9") is None
        await desk.until(lambda: not stored(engine))

    play(engine, long_after, lambda: clock[0])


def test_more_rows_than_one_page_come_back_and_go(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 7)
    clock = [time.time_ns()]

    async def before(desk: Desk) -> None:
        numbers = [desk.put(report(f"1.{number}")) for number in range(60)]
        await desk.until(lambda: set(numbers) <= set(desk.answers))
        assert not any(answer.error for answer in desk.answers.values())

    async def after(desk: Desk) -> None:
        assert all(desk.report(f"1.{number}") for number in range(60))
        clock[0] += 2 * HOUR
        await desk.until(lambda: not stored(engine))

    play(engine, before, lambda: clock[0])
    play(engine, after, lambda: clock[0])


def test_a_database_that_two_registrars_share_tells_each_what_the_other_kept(database: Database) -> None:
    one, two = open_appstate(database), open_appstate(database)
    longer = time.time_ns() + 5 * HOUR

    async def scene() -> None:
        async with at_work(one) as here, at_work(two) as there:
            assert await here.keep(report("1.2")) == ""
            assert await here.keep(move("m1", ahead=HOUR)) == ""
            assert await there.keep(move("m2")) == ""
            await there.until(lambda: there.report("1.2") and there.moves() == ["m2", "m1"])
            there.keeper.take(Extend("m1", longer), lambda _: None)
            await here.until(lambda: here._ask(AskExpected(1, "pacs", "WS1")).moves[0].until == longer)

    asyncio.run(scene())
    one.dispose()
    two.dispose()


@pytest.mark.parametrize("name", ["", "\0", "1.2\0", "é" * 120, "\U0001f480", "a'; DROP TABLE expectations; --", "%s"])
def test_any_text_from_the_wire_can_name_an_expectation(engine: Engine, name: str) -> None:
    async def scene(desk: Desk) -> None:
        hostile = msgspec.structs.replace(move(name), patients=(name,), calling=name, destination="WS1")
        assert await desk.keep(hostile) == ""
        assert await desk.keep(msgspec.structs.replace(report(name or "1"), archive=name, calling=name)) == ""
        assert desk.moves() == [name]

    play(engine, scene)

    async def again(desk: Desk) -> None:
        assert desk.moves() == [name]

    play(engine, again)


def test_one_that_cannot_be_kept_takes_no_other_with_it(engine: Engine) -> None:
    async def scene(desk: Desk) -> None:
        bad = msgspec.structs.replace(report("1.2"), until=2**64 - 1)
        numbers = [desk.put(one) for one in (report("1.1"), bad, report("1.3"))]
        await desk.until(lambda: set(numbers) <= set(desk.answers))
        assert [bool(desk.answers[number].error) for number in numbers] == [False, True, False]

    play(engine, scene)


def test_the_queue_is_bounded_and_each_question_in_it_is_answered(engine: Engine) -> None:
    async def scene(desk: Desk) -> None:
        numbers = [desk.put(report(f"1.{number}")) for number in range(MAX_WAITING + 40)]
        await desk.until(lambda: set(numbers) <= set(desk.answers))
        errors = [desk.answers[number].error for number in numbers]
        assert errors == [""] * MAX_WAITING + ["too many wait to be stored"] * 40
        assert await desk.keep(report("2.1")) == ""

    play(engine, scene)


def test_a_row_this_version_cannot_read_stops_nothing(engine: Engine) -> None:
    async def before(desk: Desk) -> None:
        assert await desk.keep(report("1.1")) == ""
        assert await desk.keep(report("1.2")) == ""

    play(engine, before)
    with writing(engine) as connection:
        first = select(func.min(expectations.c.number)).scalar_subquery()
        connection.execute(expectations.update().where(expectations.c.number == first).values(value=b"\xc1"))

    async def after(desk: Desk) -> None:
        assert desk.report("1.1") is None
        assert desk.report("1.2") is not None

    play(engine, after)


def test_a_full_disk_refuses_what_it_cannot_hold_and_recovers(tmp_path: Path) -> None:
    engine = open_appstate(tmp_path / "a.sqlite")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def scene(desk: Desk) -> None:
        assert await desk.keep(report("1.1")) == ""
        former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        longest = (tmp_path / "a.sqlite-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (longest, hard))
        try:
            assert "cannot be stored" in await desk.keep(report("1.2"))
            assert desk.report("1.2") is None
            assert desk.report("1.1") is not None
            assert desk.keeper.fault
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, former)
        assert await desk.keep(report("1.2")) == ""
        await desk.until(lambda: not desk.keeper.fault)

    play(engine, scene)
    engine.dispose()


@pytest.mark.parametrize("how", [signal.SIGQUIT, signal.SIGKILL])
def test_with_postgresql_gone_nothing_new_is_kept_and_what_was_is_still_found(
    postgresql: Server, how: signal.Signals
) -> None:
    engine = open_appstate(postgresql.database())
    longer = time.time_ns() + 5 * HOUR

    async def scene(desk: Desk) -> None:
        assert await desk.keep(report("1.1")) == ""
        assert await desk.keep(move("m1")) == ""
        postgresql.stop(how)
        try:
            assert "cannot be stored" in await desk.keep(report("1.2"))
            assert desk.report("1.1") is not None
            assert desk.moves() == ["m1"]
            desk.keeper.take(Extend("m1", longer), lambda _: None)
            await desk.until(lambda: desk.keeper.fault)
        finally:
            postgresql.start()
        assert await desk.keep(report("1.2")) == ""
        await desk.until(lambda: any(one and one.until == longer for one in stored(engine)))
        await desk.until(lambda: not desk.keeper.fault)
        alarms = [event for event in desk.events if isinstance(event, Alarm)]
        assert [(alarm.severity, alarm.code) for alarm in alarms] == [
            ("critical", "application-state"),
            ("warning", "application-state"),
        ]

    play(engine, scene)
    engine.dispose()


def test_a_postgresql_that_answers_nothing_holds_up_nobody_who_only_asks(postgresql: Server) -> None:
    engine = open_appstate(postgresql.database())

    async def scene(desk: Desk) -> None:
        assert await desk.keep(report("1.1")) == ""
        postgresql.pause()
        try:
            number = desk.put(report("1.2"))
            await asyncio.sleep(0.2)
            assert desk.report("1.1") is not None
            assert number not in desk.answers, "never Kept without storage"
        finally:
            postgresql.go_on()
        await desk.until(lambda: number in desk.answers)
        assert desk.answers[number].error == ""
        with reading(engine) as connection:
            assert connection.execute(select(func.count()).select_from(expectations)).scalar_one() == 2

    play(engine, scene)
    engine.dispose()
