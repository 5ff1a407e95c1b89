"""Claims about the whole: `leadglass up` with its real children."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leadglass.config import load
from leadglass.errors import LeadglassError
from leadglass.model.peer import Peer
from leadglass.model.status import Status
from leadglass.registrar.client import RegistrarClient
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import save_peer
from leadglass.store.appstate.users import create_first_user

DEADLINE = 60.0
REFUSED = "configuration not reloaded, the former one stays"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as end:
        return int(end.getsockname()[1])


class Gateway:
    """A running `leadglass up`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.file = directory / "leadglass.toml"
        self.text = (
            f'[gateway]\nworkers = 2\n[[listener]]\naddress = "127.0.0.1"\nport = {free_port()}\n'
            '[[archive]]\nid = "pacs"\nhost = "127.0.0.1"\nport = 1\n[[route]]\ncalled = "PACS"\narchive = "pacs"\n'
            f"[console]\nport = {free_port()}\n[timers]\ndrain = 1\n"
        )
        self.file.write_text(self.text)
        self.log = directory / "log"
        self.terminal, self.screen = os.openpty()  # what a person sees, and the gateway's stdout
        os.set_blocking(self.terminal, False)
        self.shown = ""
        self.process = self.start()
        self.client = RegistrarClient(load(self.file).data.registrar_socket)

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                (sys.executable, "-m", "leadglass", "up", "--config", str(self.file)), stdout=self.screen, stderr=log
            )

    def sees(self, text: str) -> bool:
        """Whether the terminal has shown ``text`` so far."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.terminal, 65_536):
                self.shown += data.decode()
        return text in self.shown

    def token(self) -> str:
        return load(self.file).data.setup_token.read_text("utf-8").strip()

    def logged(self, event: str) -> list[dict[str, Any]]:
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [entry for entry in map(json.loads, lines) if entry["event"] == event]

    def refused(self, words: str) -> bool:
        return any(words in entry["error"] for entry in self.logged(REFUSED))

    def status(self) -> Status | None:
        try:
            return self.client.status()
        except LeadglassError:
            return None

    def settled(self) -> Status | None:
        """The status once all workers judge by the generation in force."""
        status = self.status()
        if status is None or len(status.workers) != 2 or len(status.children) != 5:
            return None
        return status if all(worker.generation == status.generation for worker in status.workers) else None

    def wait(self, condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + DEADLINE
        while not (found := condition()):
            assert self.process.poll() is None, self.log.read_text()[-3_000:]
            assert time.monotonic() < deadline, self.log.read_text()[-3_000:]
            time.sleep(0.05)
        return found

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    running = Gateway(tmp_path_factory.mktemp("up"))
    try:
        running.wait(lambda: running.logged("Leadglass is ready"))
        yield running
    finally:
        running.process.kill()
        running.process.wait()
        os.close(running.terminal)
        os.close(running.screen)


def test_the_first_start_shows_the_terminal_how_to_sign_up_and_no_log_the_token(gateway: Gateway) -> None:
    gateway.wait(lambda: gateway.sees(gateway.token()))
    assert f"https://127.0.0.1:{load(gateway.file).console.port} " in gateway.shown
    (told,) = gateway.logged("nobody has an account yet: the console asks for the one-time token in this file")
    assert told["file"] == str(load(gateway.file).data.setup_token)
    assert gateway.token() not in gateway.log.read_text()


def test_every_child_runs_confined_and_reports(gateway: Gateway) -> None:
    status = gateway.wait(gateway.settled)
    assert [child.name for child in status.children] == ["registrar", "ledger", "w0", "w1", "console"]
    for child in status.children:
        assert child.confinement, child.name
        assert not [words for words in child.confinement if "NOT IN FORCE" in words]
    assert gateway.wait(lambda: (gateway.status() or status).ledger) is not None


def test_a_second_instance_on_the_same_data_is_refused(gateway: Gateway) -> None:
    command = (sys.executable, "-m", "leadglass", "--config", str(gateway.file), "up")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE)
    assert done.returncode == 4
    assert f"already runs on {gateway.directory}/var (process {gateway.process.pid})" in done.stderr


def test_a_killed_worker_comes_back_and_gets_the_generation(gateway: Gateway) -> None:
    before = gateway.wait(gateway.settled)
    pid = next(child.pid for child in before.children if child.name == "w1")
    os.kill(pid, signal.SIGKILL)

    def back() -> bool:
        status = gateway.settled()
        worker = next((w for w in status.workers if w.worker == "w1"), None) if status else None
        return worker is not None and worker.pid != pid and worker.generation > 0

    gateway.wait(back)
    child = next(child for child in gateway.wait(gateway.settled).children if child.name == "w1")
    assert (child.restarts, child.last_exit) == (1, "signal 9")


def test_a_killed_registrar_gives_its_successor_the_workers_again(gateway: Gateway) -> None:
    before = gateway.wait(gateway.settled)
    os.kill(next(child.pid for child in before.children if child.name == "registrar"), signal.SIGKILL)

    def back() -> bool:
        status = gateway.settled()
        return status is not None and status.generation > before.generation

    gateway.wait(back)
    assert gateway.wait(gateway.settled).digest == before.digest


def test_a_hang_up_brings_the_edited_file_into_every_worker(gateway: Gateway) -> None:
    before = gateway.wait(gateway.settled)
    gateway.file.write_text(gateway.text.replace('archive = "pacs"\n', 'archive = "pacs"\nmode = "enforce"\n'))
    gateway.process.send_signal(signal.SIGHUP)
    gateway.wait(lambda: gateway.logged("configuration reloaded"))
    after = gateway.wait(gateway.settled)
    assert after.generation > before.generation
    assert (before.observing, after.observing) == (("PACS",), ())


def test_a_changed_listener_or_a_broken_file_changes_nothing(gateway: Gateway) -> None:
    before = gateway.wait(gateway.settled)
    good = gateway.file.read_text()
    for bad, words in (
        (good + '[[listener]]\naddress = "127.0.0.1"\nport = 1104\n', "[[listener]] cannot change"),
        (good + "[timerz]\n", "unknown key 'timerz'"),
    ):
        gateway.file.write_text(bad)
        gateway.process.send_signal(signal.SIGHUP)
        gateway.wait(functools.partial(gateway.refused, words))
    after = gateway.wait(gateway.settled)
    assert (after.generation, after.digest) == (before.generation, before.digest)

    # A worker that dies now comes back by the accepted configuration, not by the broken file.
    pid = next(child.pid for child in after.children if child.name == "w0")
    os.kill(pid, signal.SIGKILL)
    gateway.wait(lambda: (s := gateway.settled()) and all(child.running and child.pid != pid for child in s.children))
    gateway.file.write_text(good)


def test_an_approved_peer_is_in_force_in_every_worker_when_the_reload_answers(gateway: Gateway) -> None:
    engine = open_appstate(load(gateway.file).data.application_state)
    save_peer(engine, Peer("ct1", "CT1", ("10.0.0.7/32",)), "test", "local", "peer-created")
    engine.dispose()
    answer = gateway.client.reload("test")
    assert answer.error == ""
    status = gateway.wait(gateway.settled)
    assert status.generation == answer.number


def test_sigterm_ends_everything_in_order(gateway: Gateway) -> None:
    pids = [child.pid for child in gateway.wait(gateway.settled).children]
    assert gateway.stop() == 0, gateway.log.read_text()[-3_000:]
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert gateway.logged("child killed: it did not end in time") == []
    assert "Traceback" not in gateway.log.read_text()
    assert gateway.token() not in gateway.log.read_text()


def test_once_somebody_has_an_account_a_start_shows_nothing(gateway: Gateway) -> None:
    engine = open_appstate(load(gateway.file).data.application_state)
    create_first_user(engine, "somebody", "no hash", "local")
    engine.dispose()
    assert not gateway.sees("nothing like this")
    gateway.shown = ""
    gateway.process = gateway.start()
    gateway.wait(gateway.settled)
    gateway.wait(lambda: len(gateway.logged("Leadglass is ready")) == 2)
    assert not gateway.sees("sign in")


def test_when_the_supervisor_is_killed_its_children_end_and_a_new_one_starts(gateway: Gateway) -> None:
    pids = [child.pid for child in gateway.wait(gateway.settled).children]
    gateway.process.kill()
    gateway.process.wait()
    gateway.process = gateway.start()
    status = gateway.wait(gateway.settled)
    assert not set(pids) & {child.pid for child in status.children}
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert gateway.stop() == 0


def test_a_reload_asked_for_at_the_end_does_not_take_its_order_away(gateway: Gateway) -> None:
    """As when whatever switches an address from one gateway to another asks a gateway that is stopping."""
    process = gateway.process = gateway.start()
    gateway.wait(gateway.settled)
    process.send_signal(signal.SIGTERM)
    while process.poll() is None:
        process.send_signal(signal.SIGHUP)
        time.sleep(0.001)
    assert process.returncode == 0
