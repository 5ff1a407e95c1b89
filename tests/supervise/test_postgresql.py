"""Claims about the whole with its application state on PostgreSQL: it works confined, and goes on when that is gone."""

from __future__ import annotations

import http.client
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.postgresql import Server

from leadglass.config import load
from leadglass.console.passwords import Passwords
from leadglass.errors import LeadglassError
from leadglass.model.status import Status
from leadglass.registrar.client import RegistrarClient
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.users import create_first_user

SECRET = "correct horse battery"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as end:
        return int(end.getsockname()[1])


class Gateway:
    """A running `leadglass up`, and a browser that is signed in."""

    def __init__(self, directory: Path, server: Server) -> None:
        self.file = directory / "leadglass.toml"
        self.console = free_port()
        self.database = server.database(tcp=True)
        self.file.write_text(
            f'[gateway]\nworkers = 1\n[[listener]]\naddress = "127.0.0.1"\nport = {free_port()}\n'
            '[[archive]]\nid = "pacs"\nhost = "127.0.0.1"\nport = 1\n[[route]]\ncalled = "PACS"\narchive = "pacs"\n'
            f"[console]\nport = {self.console}\n[timers]\ndrain = 1\n"
            f'[state]\nurl = "{self.database.url}"\npassword_file = "{self.database.password_file}"\n'
        )
        self.log = (directory / "log").open("ab")
        self.process = subprocess.Popen(self._leadglass("up"), stdout=self.log, stderr=self.log)
        self.client = RegistrarClient(load(self.file).data.registrar_socket)
        self.cookie = ""

    def _leadglass(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "leadglass", *words, "--config", str(self.file)]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self._leadglass(*words), capture_output=True, text=True, check=False, timeout=60)

    def status(self) -> Status | None:
        try:
            return self.client.status()
        except LeadglassError:
            return None

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert self.process.poll() is None, Path(str(self.log.name)).read_text()[-3_000:]
            assert time.monotonic() < deadline, Path(str(self.log.name)).read_text()[-3_000:]
            time.sleep(0.05)

    def ready(self) -> bool:
        status = self.status()
        return status is not None and bool(status.workers) and len(status.children) == 4

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        line = http.client.HTTPSConnection("127.0.0.1", self.console, timeout=60, context=context)
        try:
            headers = {"Origin": f"https://127.0.0.1:{self.console}", "Cookie": self.cookie}
            if form is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            line.request(method, path, urlencode(form or {}), headers)
            answer = line.getresponse()
            if found := answer.getheader("Set-Cookie"):
                self.cookie = found.partition(";")[0]
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            line.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, postgresql: Server) -> Iterator[Gateway]:
    running = Gateway(tmp_path_factory.mktemp("up"), postgresql)
    try:
        running.until(running.ready)
        engine = open_appstate(running.database)
        create_first_user(engine, "anna", Passwords().encode(SECRET), "")
        engine.dispose()
        running.until(lambda: running.ask("GET", "/sign-in")[0] == 200)
        assert running.ask("POST", "/sign-in", {"name": "anna", "password": SECRET})[0] == 303
        yield running
    finally:
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(60)
        running.log.close()


def test_registrar_and_console_reach_the_server_and_nothing_else(gateway: Gateway) -> None:
    status = gateway.status()
    assert status is not None
    assert status.state_error == ""
    words = {child.name: " ".join(child.confinement) for child in status.children}
    (port,) = gateway.database.ports
    for name in ("registrar", "console"):
        assert f"connects only to TCP port {port} (PostgreSQL)" in words[name] or "no Landlock" in words[name]
    assert "PostgreSQL" not in words["ledger"] + words["w0"]
    assert gateway.ask("GET", "/peers")[0] == 200
    assert not load(gateway.file).data.application_state.exists()


def test_a_device_is_approved_and_in_force_at_once(gateway: Gateway) -> None:
    done = gateway.run("peer", "list", "--json")
    assert done.returncode == 0, done.stderr
    found = gateway.run("doctor")
    assert "the application state in PostgreSQL can be used" in found.stdout


def test_with_the_server_gone_what_is_in_force_goes_on_and_the_rest_says_why(
    gateway: Gateway, postgresql: Server
) -> None:
    before = gateway.status()
    assert before is not None
    pids = {child.name: child.pid for child in before.children}
    postgresql.stop()
    try:
        gateway.until(lambda: (status := gateway.status()) is not None and status.state_error)
        assert gateway.ask("GET", "/")[0] == 200, "who was signed in sees the overview"
        code, page = gateway.ask("GET", "/peers")
        assert code == 503
        assert "application state cannot be used" in page
        stranger, gateway.cookie = gateway.cookie, "leadglass=stranger"
        code, page = gateway.ask("GET", "/sign-in")
        gateway.cookie = stranger
        assert str(postgresql.port) not in page, "nobody who is not signed in is told about servers"
        told = gateway.client.reload("test")
        assert told.error
        assert "\n" not in told.error
        for words in (("peer", "list"), ("config", "check")):
            done = gateway.run(*words)
            assert done.returncode
            lines = done.stderr.strip().splitlines()
            assert [line.partition(":")[0] for line in lines] == ["error", "hint"], done.stderr
        assert "fail  state:" in gateway.run("doctor").stdout
        after = gateway.status()
        assert after is not None
        assert {child.name: child.pid for child in after.children} == pids, "nobody died of it"
    finally:
        postgresql.start()
    gateway.until(lambda: (status := gateway.status()) is not None and not status.state_error)
    gateway.until(lambda: gateway.ask("GET", "/peers")[0] == 200)
    assert not gateway.client.reload("test").error
