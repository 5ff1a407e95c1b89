"""Claims about supervision, with small real children."""

from __future__ import annotations

import functools
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leadglass.io.frames import FrameBuffer
from leadglass.model.event import Body, ChildDied
from leadglass.registrar.codec import decode
from leadglass.registrar.messages import MAX_FRAME, Children
from leadglass.supervise.children import ChildSpec
from leadglass.supervise.notify import Notifier
from leadglass.supervise.supervisor import Supervisor

DEADLINE = 30.0

# A child that says it is confined, notes its start and its end in a file, and ends at SIGTERM (unless "stubborn").
CHILD = """
import os, signal, sys, time
name, log, how = sys.argv[1:4]
with open(int(os.environ["LEADGLASS_REPORT"]), "w") as pipe:
    pipe.write('["nothing is restricted"]')
def note(word):
    with open(log, "a") as file:
        file.write(f"{name} {word} {os.getpid()}\\n")
def end(*_):
    note("ends")
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if how == "stubborn" else end)
note("starts")
if how == "dies":
    sys.exit(3)
while True:
    time.sleep(60)
"""


class Running:
    """A supervisor whose signals come from a thread of the test, and what it did."""

    def __init__(self, tmp_path: Path, children: tuple[tuple[str, str, str], ...], drain: float = 5.0) -> None:
        self.log = tmp_path / "log"
        self.log.touch()
        self.events: list[Body] = []
        self.reloads = 0
        self.ready = threading.Event()
        self.frames: list[Children] = []
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(tmp_path / "registrar.sock"))
        self.server.listen(4)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(tmp_path / "notify.sock"))
        specs = tuple(
            ChildSpec(name, kind, (sys.executable, "-c", CHILD, name, str(self.log), how))
            for name, kind, how in children
        )
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify.sock"), "WATCHDOG_USEC": "400000"}
        notifier = Notifier(environment)

        def ready() -> None:
            notifier.ready("test")
            self.ready.set()

        self.supervisor = Supervisor(
            specs,
            registrar=tmp_path / "registrar.sock",
            drain=drain,
            record=self.events.append,
            reload=self._reload,
            notifier=notifier,
            ready=ready,
        )
        threading.Thread(target=self._serve, daemon=True).start()

    def _reload(self) -> None:
        self.reloads += 1

    def _serve(self) -> None:
        end, _ = self.server.accept()
        buffer = FrameBuffer(MAX_FRAME)
        while data := end.recv(65_536):
            buffer.feed(data)
            for payload in buffer.frames():
                frame = decode(payload)
                assert isinstance(frame, Children)
                self.frames.append(frame)

    def lines(self) -> list[tuple[str, str]]:
        return [(line.split()[0], line.split()[1]) for line in self.log.read_text().splitlines()]

    def run(self, play: Callable[[], None]) -> int:
        """Run the supervisor here while ``play`` runs in a thread; it ends with SIGTERM."""
        failed: list[BaseException] = []

        def act() -> None:
            try:
                assert self.ready.wait(DEADLINE)
                play()
            except BaseException as error:  # noqa: BLE001 (carried to the test's own thread)
                failed.append(error)
            os.kill(os.getpid(), signal.SIGTERM)

        thread = threading.Thread(target=act)
        former = signal.signal(signal.SIGTERM, lambda *_: None)  # what comes after the supervisor's end is nobody's
        thread.start()
        code = self.supervisor.run()
        thread.join()
        signal.signal(signal.SIGTERM, former)
        if failed:
            raise failed[0]
        return code

    def messages(self) -> Iterator[str]:
        self.notify.setblocking(False)
        while True:
            try:
                yield self.notify.recv(4_096).decode()
            except BlockingIOError:
                return


def wait(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_children_end_in_order_and_the_ledger_last(tmp_path: Path) -> None:
    running = Running(
        tmp_path,
        (("registrar", "registrar", ""), ("ledger", "ledger", ""), ("w0", "relay", ""), ("console", "console", "")),
    )
    code = running.run(lambda: wait(lambda: len(running.lines()) == 4))
    assert code == 0
    ends = [name for name, word in running.lines() if word == "ends"]
    assert ends == ["w0", "console", "registrar", "ledger"]
    assert running.events == []


def test_a_killed_child_is_started_again_counted_recorded_and_told(tmp_path: Path) -> None:
    running = Running(tmp_path, (("w0", "relay", ""), ("ledger", "ledger", "")))

    def play() -> None:
        wait(lambda: len(running.lines()) == 2)
        os.kill(running.supervisor.children[0].pid, signal.SIGKILL)
        wait(lambda: running.lines().count(("w0", "starts")) == 2)
        os.kill(running.supervisor.children[0].pid, signal.SIGKILL)
        wait(lambda: running.lines().count(("w0", "starts")) == 3)
        wait(lambda: running.frames[-1].children[0].restarts == 2 and running.frames[-1].children[0].running)

    assert running.run(play) == 0
    assert running.events == [ChildDied("w0", "signal 9", 1), ChildDied("w0", "signal 9", 2)]
    told = running.frames[-1].children[0]
    assert (told.name, told.last_exit, told.confinement) == ("w0", "exit 0", ("nothing is restricted",))
    assert running.lines().count(("ledger", "starts")) == 1


def test_a_child_that_dies_at_once_is_tried_again_and_each_death_recorded(tmp_path: Path) -> None:
    running = Running(tmp_path, (("console", "console", "dies"), ("w0", "relay", "")))
    running.ready.set()  # it never is
    running.run(lambda: wait(lambda: running.lines().count(("console", "starts")) >= 4))
    assert all(isinstance(event, ChildDied) and event.status == "exit 3" for event in running.events)


def test_a_worker_that_does_not_end_in_time_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadglass.supervise.supervisor.MARGIN", 0.2)
    running = Running(tmp_path, (("w0", "relay", "stubborn"), ("ledger", "ledger", "")), drain=0.2)
    assert running.run(lambda: wait(lambda: len(running.lines()) == 2)) == 1
    assert running.lines()[-1] == ("ledger", "ends")


def test_two_sigterms_together_still_drain_and_a_later_one_does_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = (("w0", "relay", ""), ("ledger", "ledger", ""))
    running = Running(tmp_path, children)

    def play(scene: Running) -> None:
        wait(lambda: len(scene.lines()) == len(scene.supervisor.children))
        os.kill(os.getpid(), signal.SIGTERM)  # and `run` sends another
        wait(lambda: scene.supervisor._stop)

    assert running.run(functools.partial(play, running)) == 0
    assert [name for name, word in running.lines() if word == "ends"] == ["w0", "ledger"]

    monkeypatch.setattr("leadglass.supervise.supervisor.DELIBERATE", 0.0)
    (tmp_path / "later").mkdir()
    hurried = Running(tmp_path / "later", (("w0", "relay", "stubborn"),), drain=3_600)
    assert hurried.run(functools.partial(play, hurried)) == 1


def test_a_hang_up_reloads_and_restarts_nothing(tmp_path: Path) -> None:
    running = Running(tmp_path, (("w0", "relay", ""),))

    def play() -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        wait(lambda: running.reloads == 1)

    assert running.run(play) == 0
    assert running.lines() == [("w0", "starts"), ("w0", "ends")]


def test_systemd_hears_ready_the_watchdog_and_stopping(tmp_path: Path) -> None:
    running = Running(tmp_path, (("w0", "relay", ""),))
    heard: list[str] = []

    def play() -> None:
        def beaten() -> bool:
            heard.extend(running.messages())
            return heard.count("WATCHDOG=1") >= 2

        wait(beaten)

    running.run(play)
    heard.extend(running.messages())
    assert any(message.startswith("READY=1\n") for message in heard)
    assert heard[-1].startswith("STOPPING=1") or "STOPPING=1\nSTATUS=draining" in heard


def test_without_systemd_nothing_is_sent() -> None:
    notifier = Notifier({})
    notifier.ready("fine")
    assert notifier.watchdog == 0.0
    assert Notifier({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}).watchdog == 0.0
