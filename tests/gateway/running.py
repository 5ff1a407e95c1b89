"""A real `leadglass up` for tests: its configuration, registry, record and processes. It asserts only that it runs."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from tests.gateway.record import Entry, Record
from tests.peers.processes import free_port

from leadglass.config import load
from leadglass.errors import LeadglassError
from leadglass.model.peer import Peer
from leadglass.model.status import Status, WorkerStatus
from leadglass.registrar.client import RegistrarClient
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import delete_peer, save_peer
from leadglass.store.projection.sqlite import SqliteProjection

DEADLINE = 60.0
LOOPBACK = ("127.0.0.0/8", "::1/128")
PATIENT_TIMERS = {
    "associate": 10, "stall": 20, "idle": 120, "dimse_response": 30, "release": 5, "transfer_idle": 60, "drain": 4,
    "registrar": 5,
}  # fmt: skip
IMPATIENT_TIMERS = PATIENT_TIMERS | {
    "associate": 1.5,
    "stall": 1.5,
    "idle": 4,
    "dimse_response": 2,
    "release": 1,
    "transfer_idle": 1,
}

T = TypeVar("T")


def peer(title: str, *operations: str, **more: Any) -> Peer:
    """An approved peer on this machine, which may call without TLS."""
    given = {"networks": LOOPBACK, "plain": True, **more}
    return Peer(title.lower(), title, operations=operations or ("C-ECHO", "C-STORE"), **given)


class Gateway:
    """One `leadglass up`."""

    def __init__(
        self,
        directory: Path,
        archives: Mapping[str, int],
        routes: Mapping[str, str],
        *,
        peers: tuple[Peer, ...] = (),
        timers: Mapping[str, float] = PATIENT_TIMERS,
        more: str = "",
        workers: int = 2,
        environment: Mapping[str, str] | None = None,
        start: bool = True,
    ) -> None:
        """Start it.

        Args:
            directory: of its own.
            archives: port by id.
            routes: called title → the rest of the route's table.
            peers: registered before the start.
            timers: seconds.
            more: TOML appended.
            workers: how many.
            environment: added to this process's.
            start: False leaves that to the test.
        """
        directory.mkdir(parents=True, exist_ok=True)
        self.port, self.console = free_port(), free_port()
        self.file = directory / "leadglass.toml"
        self.log = directory / "log"
        self._archives, self._timers, self._more, self._workers = dict(archives), dict(timers), more, workers
        self._environment = dict(environment or {})
        self.routes = dict(routes)
        self.write()
        configuration = load(self.file)
        self.data = configuration.data
        self.state = configuration.application_state
        self.client = RegistrarClient(self.data.registrar_socket, timeout=10)
        self.record = Record(self.data.ledger)
        if peers:
            self.data.application_state.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            engine = open_appstate(self.state)
            for row in peers:
                save_peer(engine, row, "test", "local", "peer-created")
            engine.dispose()
        if start:
            self.process = self.start()

    # --- configuration and process ------------------------------------------------------------------------------

    def text(self) -> str:
        """The configuration."""
        lines = ['[site]\nname = "Test"\ndata = "data"', f"[gateway]\nworkers = {self._workers}"]
        lines.append(f'[[listener]]\naddress = "::"\nport = {self.port}')
        lines += [f'[[archive]]\nid = "{i}"\nhost = "127.0.0.1"\nport = {port}' for i, port in self._archives.items()]
        lines += [f'[[route]]\ncalled = "{called}"\n{rest}' for called, rest in self.routes.items()]
        lines.append(f"[console]\nport = {self.console}")
        lines.append("[timers]\n" + "\n".join(f"{name} = {value}" for name, value in self._timers.items()))
        return "\n".join([*lines, self._more, ""])

    def extend(self, more: str) -> None:
        """TOML appended, before the start."""
        self._more += more
        self.write()

    def write(self) -> None:
        self.file.write_text(self.text())

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process; `wait_ready` waits for it."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                (sys.executable, "-m", "leadglass", "--config", str(self.file), "up"),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=os.environ | self._environment,
            )
        return self.process

    def wait_ready(self) -> Gateway:
        """Until every child runs by the generation in force."""
        self.wait(self.settled)
        return self

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)

    def destroy(self) -> None:
        """End it whatever its state."""
        if not hasattr(self, "process"):
            return
        if self.process.poll() is None:
            for child in self.children().values():
                os.kill(child, signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    # --- what it says of itself -----------------------------------------------------------------------------------

    def status(self) -> Status | None:
        """The registrar's answer, None while it gives none."""
        try:
            return self.client.status()
        except LeadglassError:
            return None

    def settled(self) -> Status | None:
        """The status once everything runs and every worker judges by the generation in force."""
        status = self.status()
        if status is None or len(status.workers) != self._workers or len(status.children) != 3 + self._workers:
            return None
        alive = {child.name: child.pid for child in status.children if child.running}
        fresh = all(
            worker.generation == status.generation and alive.get(worker.worker) == worker.pid
            for worker in status.workers
        )
        return status if fresh and len(alive) == 3 + self._workers and status.ledger else None

    def children(self) -> dict[str, int]:
        """Process ids by name."""
        status = self.status()
        return {} if status is None else {child.name: child.pid for child in status.children if child.running}

    def workers(self) -> tuple[WorkerStatus, ...]:
        status = self.status()
        return () if status is None else status.workers

    def counter(self, name: str) -> int:
        """A metric of the workers, summed."""
        return sum(worker.counters.get(name, 0) for worker in self.workers())

    def wait(self, condition: Callable[[], T | None], what: str = "") -> T:
        """Until ``condition`` gives something true; that."""
        deadline = time.monotonic() + DEADLINE
        while not (found := condition()):
            assert self.process.poll() is None, self.log.read_text()[-3_000:]
            assert time.monotonic() < deadline, f"{what or condition}: not within {DEADLINE} s\n{self.words()}"
            time.sleep(0.05)
        return found

    def words(self) -> str:
        """The end of its log."""
        return self.log.read_text()[-3_000:]

    def logged(self, event: str) -> list[dict[str, Any]]:
        """Log entries by event."""
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [entry for entry in map(json.loads, lines) if entry["event"] == event]

    def http(self, path: str) -> tuple[int, str]:
        """Status and text of a page of the console."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with urllib.request.urlopen(
                f"https://127.0.0.1:{self.console}{path}", timeout=20, context=context
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except urllib.error.URLError as error:
            return 0, str(error)

    def unhealthy(self) -> dict[str, str]:
        """The reasons `/healthz` gives, by code."""
        code, text = self.http("/healthz")
        if code not in {200, 503}:
            return {}
        found = json.loads(text)
        assert found["healthy"] is (code == 200)
        return {row["code"]: row["text"] for row in found["problems"]}

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line beside it."""
        command = (sys.executable, "-m", "leadglass", "--config", str(self.file), *arguments)
        return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)

    # --- registry ---------------------------------------------------------------------------------------------------

    def save(self, row: Peer) -> None:
        """Register a peer and put it in force in every worker."""
        engine = open_appstate(self.state)
        try:
            save_peer(engine, row, "test", "local")
        finally:
            engine.dispose()
        self.reload()

    def delete(self, identifier: str) -> None:
        """Remove a peer, in force in every worker."""
        engine = open_appstate(self.state)
        try:
            delete_peer(engine, identifier, "test", "local")
        finally:
            engine.dispose()
        self.reload()

    def reload(self) -> None:
        answer = self.client.reload("test")
        assert not answer.error, answer.error

    # --- the record -------------------------------------------------------------------------------------------------

    def recorded(self, name: str, since: int = 0, **fields: Any) -> list[Entry]:
        """See `Record.find`."""
        return self.record.find(name, since, **fields)

    def wait_recorded(self, name: str, since: int = 0, count: int = 1, **fields: Any) -> list[Entry]:
        """The same, waited for."""

        def enough() -> list[Entry] | None:
            found = self.recorded(name, since, **fields)
            return found if len(found) >= count else None

        try:
            return self.wait(enough, f"{name} {fields}")
        except AssertionError as error:
            near = [event.body for event in self.record.events() if event.time >= since][-12:]
            raise AssertionError(f"{error}\nlast on record: " + "\n".join(map(str, near))) from None

    def instance_outcomes(self, sop_instance: str) -> list[tuple[str, int]]:
        """Outcome and status of each time this instance was begun; ("open", -1) where none stands yet."""
        return self.record.instance_outcomes(sop_instance)

    def projection(self) -> SqliteProjection:
        """The console's, for reading; close it."""
        self.wait(self.data.projection.exists)
        return SqliteProjection(self.data.projection, read_only=True)


def now() -> int:
    return time.time_ns()
