"""Claims about a worker's line to the registrar, with a real registrar that is killed and started again."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.postgresql import Server

from leadglass.config import Configuration, load
from leadglass.flow.surroundings import Rules
from leadglass.io.loop import Loop
from leadglass.model.expectation import ExpectedMove, ExpectedReport
from leadglass.registrar import accepted
from leadglass.registrar.messages import AskExpected, ExpectMove, ExpectReport
from leadglass.registrar.worker_channel import WorkerChannel
from leadglass.relay import registrar_link
from leadglass.relay.registrar_link import RegistrarLink
from leadglass.store.appstate.database import Database
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.expectations import expectations_since

HOUR = 3_600_000_000_000
Scene = Iterator[Callable[[], object]]


class Place:
    """A data directory with a registrar that can be killed."""

    def __init__(self, directory: Path, state: str) -> None:
        file = directory / "leadglass.toml"
        file.write_text(
            '[[archive]]\nid = "pacs"\nhost = "a"\nport = 104\n[[route]]\ncalled = "PACS"\narchive = "pacs"\n' + state
        )
        self.configuration: Configuration = load(file)
        for path in self.configuration.data.directories(self.configuration.writers):
            path.mkdir(exist_ok=True)
        accepted.propose(self.configuration)
        accepted.accept(self.configuration.data.accepted)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        file = accepted.in_force(self.configuration.data.accepted)
        words = (sys.executable, "-m", "leadglass.registrar", "--config", str(file))
        self.process = subprocess.Popen(words, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stored(self) -> dict[str, int]:
        engine = open_appstate(self.configuration.application_state)
        rows = expectations_since(engine, 0, 1_000)
        engine.dispose()
        return {one.id if isinstance(one, ExpectedMove) else one.transaction: one.until for _, one in rows if one}


class Worker:
    """A loop with a link in it, that plays a scene: each yielded condition is waited for."""

    def __init__(self, place: Place, name: str = "w0") -> None:
        self.loop = Loop()
        self.generations: list[int] = []
        channel = WorkerChannel(place.configuration.data.registrar_socket, name, 1, 1)
        self.channel = channel
        self.link = RegistrarLink(channel, self.loop, Rules.build, self._committed)
        self.kept: dict[str, str] = {}
        self.told: list[tuple[tuple[ExpectedMove, ...], ExpectedReport | None]] = []

    def _committed(self, rules: Rules) -> None:
        self.generations.append(rules.generation.number)

    def keep(self, expectation: ExpectedMove | ExpectedReport) -> Callable[[], bool]:
        number = self.link.next_question()
        if isinstance(expectation, ExpectedMove):
            name = expectation.id
            self.link.expect(ExpectMove(number, expectation), lambda error: self.kept.update({name: error}))
        else:
            name = expectation.transaction
            self.link.expect(ExpectReport(number, expectation), lambda error: self.kept.update({name: error}))
        return lambda: name in self.kept

    def ask(self, transaction: str = "") -> Callable[[], bool]:
        before = len(self.told)
        question = AskExpected(self.link.next_question(), "pacs", "WS1", transaction)
        self.link.expected(question, lambda moves, report: self.told.append((moves, report)))
        return lambda: len(self.told) > before

    def play(self, scene: Scene) -> None:
        deadline = time.monotonic() + 90
        waiting: list[Callable[[], object]] = [lambda: True]

        def tick() -> None:
            assert time.monotonic() < deadline
            self.link.keep_up()
            try:
                while waiting[0]():
                    waiting[0] = next(scene)
            except StopIteration:
                self.loop.stop()

        self.loop.run(0.01, tick, time.monotonic)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    state = ""
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        database: Database = server.database()
        state = f'[state]\nurl = "{database.url}"\npassword_file = "{database.password_file}"\n'
    made = Place(tmp_path, state)
    try:
        yield made
    finally:
        made.kill()


def move(name: str, until: int = 0) -> ExpectedMove:
    until = until or time.time_ns() + HOUR
    return ExpectedMove(name, "pacs", "WS1", "ws1", "10.0.0.5", "WS1", 7, "STUDY", studies=("1.2",), until=until)


def test_what_was_said_to_be_kept_is_found_after_the_registrar_was_killed(place: Place) -> None:
    worker = Worker(place)
    longer = time.time_ns() + 5 * HOUR
    report = ExpectedReport("1.2.3", "pacs", "ct1", "10.0.0.7", "CT1", time.time_ns() + HOUR)

    def scene() -> Scene:
        place.start()
        yield lambda: worker.generations
        yield worker.keep(move("m1"))
        yield worker.keep(report)
        assert worker.kept == {"m1": "", "1.2.3": ""}
        place.kill()
        yield lambda: worker.channel.closed
        worker.link.extend("m1", longer)  # while nobody listens
        place.start()
        yield lambda: len(worker.generations) == 2
        yield worker.ask()
        yield worker.ask("1.2.3")
        yield worker.ask("1.2.4")
        (moves, nothing), (none, found), (_, unknown) = worker.told
        assert [(one.id, one.until) for one in moves] == [("m1", longer)]
        assert (nothing, none, found, unknown) == (None, (), report, None)
        yield lambda: place.stored()["m1"] == longer

    worker.play(scene())


def test_what_one_worker_had_kept_another_is_told(place: Place) -> None:
    one, two = Worker(place, "w0"), Worker(place, "w1")

    def first() -> Scene:
        place.start()
        yield lambda: one.generations
        yield one.keep(move("m1"))

    def second() -> Scene:
        yield lambda: two.generations
        yield two.ask()
        assert [found.id for found in two.told[0][0]] == ["m1"]

    one.play(first())
    two.play(second())


def test_a_question_that_meets_the_registrars_end_stays_unanswered_and_is_forgotten(tmp_path: Path) -> None:
    place = Place(tmp_path, "")
    worker = Worker(place)

    def scene() -> Scene:
        worker.keep(move("before there is a line"))
        place.start()
        yield lambda: worker.generations
        assert place.process is not None
        place.process.send_signal(19)  # SIGSTOP: it hears nothing any more
        worker.keep(move("m1"))
        worker.ask()
        place.kill()
        yield lambda: worker.channel.closed
        place.start()
        yield lambda: len(worker.generations) == 2
        yield worker.keep(move("m2"))
        assert worker.kept == {"m2": ""}
        assert worker.told == []

    try:
        worker.play(scene())
        assert (worker.link._asked, worker.link._keeping, worker.link._asked_expected) == ({}, {}, {})
    finally:
        place.kill()


def test_questions_that_a_hanging_registrar_does_not_answer_are_let_go(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registrar_link, "FORGET_AFTER", 0.2)
    worker = Worker(place)
    link = worker.link

    def scene() -> Scene:
        place.start()
        yield lambda: worker.generations
        assert place.process is not None
        place.process.send_signal(19)  # SIGSTOP
        for number in range(50):
            worker.keep(move(f"m{number}"))
            worker.ask()
        assert len(link._keeping) == len(link._asked_expected) == 50
        yield lambda: not (link._keeping or link._asked_expected)
        assert not worker.channel.closed
        place.process.send_signal(18)  # SIGCONT
        monkeypatch.setattr(registrar_link, "FORGET_AFTER", 60.0)
        yield worker.keep(move("after"))
        assert worker.kept == {"after": ""}, "late answers are heard by nobody"

    worker.play(scene())


def test_extensions_without_a_line_are_bounded_and_the_last_of_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registrar_link, "MAX_EXTENSIONS", 3)
    worker = Worker(Place(tmp_path, ""))
    for number in range(5):
        worker.link.extend(f"m{number}", 10)
    worker.link.extend("m0", 20)
    worker.link.extend("m0", 15)
    assert worker.link._extensions == {"m0": 15, "m1": 10, "m2": 10}
