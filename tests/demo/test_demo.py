"""Claims about the demonstration: run for real, with Debian's programs and with stand-ins."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from leadglass.config import load
from leadglass.demo.hospital import hospital
from leadglass.errors import LeadglassError
from leadglass.model.event import Event, InstanceOutcome, Refusal, TransferBegun, decode
from leadglass.model.status import Status
from leadglass.registrar.client import RegistrarClient
from leadglass.store.leaves import LedgerReader

DEADLINE = 90.0
REAL = ("/usr/sbin/Orthanc", "/usr/bin/storescu")


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[str]
    directory: Path
    words: str

    def status(self) -> Status:
        return RegistrarClient(load(self.directory / "leadglass.toml").data.registrar_socket, 10).status()

    def events(self) -> list[Event]:
        reader = LedgerReader(self.directory / "data" / "ledger")
        leaves = [leaf for log in reader.logs() for leaf in reader.read(log, 0, 100_000)]
        return [decode(leaf.event) for leaf in leaves if leaf.event is not None]

    def until(self, claim: str) -> list[Event]:
        """The ledger's events, once they hold stores, retrieves and refusals, and the registrar an unknown caller."""
        deadline = time.monotonic() + DEADLINE
        while True:
            events = self.events()
            stored = [e for e in events if isinstance(e.body, InstanceOutcome) and e.body.outcome == "success"]
            refused = Counter(e.body.cause for e in events if isinstance(e.body, Refusal) and not e.body.would)
            waiting = {caller.title for caller in self.status().unknown_peers}
            begun = [event.body for event in events if isinstance(event.body, TransferBegun)]
            retrieved = {body.operation for body in begun if body.requester == "ws1"}
            refusals = {"context", "no-context", "unknown-caller"} <= set(refused)
            if stored and retrieved and refusals and waiting == {"US_NEW"}:
                return events
            told = f"{claim}: {len(stored)} stored, {retrieved} retrieved, {refused}, {waiting} waiting"
            assert time.monotonic() < deadline, told
            assert self.process.poll() is None, (self.directory / "leadglass.log").read_text()
            time.sleep(0.2)


@contextmanager
def demonstration(directory: Path, *options: str, end: signal.Signals = signal.SIGINT) -> Iterator[Running]:
    """A running one; when it has ended, asked or killed, none of its children is left."""
    command = (sys.executable, "-m", "leadglass", "demo", "--data", str(directory), "--interval", "0.1", *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            words = ""
            while "Ctrl-C" not in words:
                line = process.stdout.readline()
                assert line, process.stderr.read() if process.stderr else ""
                words += line
            yield Running(process, directory, words)
        finally:
            process.send_signal(end)
            code = process.wait(DEADLINE)
        assert code == (0 if end == signal.SIGINT else -end)
        deadline = time.monotonic() + (DEADLINE if code else 0)
        while children := left_over(directory):
            assert time.monotonic() < deadline, children
            time.sleep(0.1)


def left_over(directory: Path) -> list[str]:
    """Command lines of processes that still know the directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(directory) in line and int(entry.name) != os.getpid():
            found.append(line.decode(errors="replace").replace("\0", " "))
    return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("options", [(), ("--stand-ins",)], ids=["debian", "stand-ins"])
def test_the_hospital_shows_stores_refusals_and_an_unknown_device_and_starts_again(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    assert all(map(os.path.exists, REAL)), "this test needs Orthanc and DCMTK: make test installs them"
    directory = tmp_path / "demo"
    with demonstration(directory, *options) as first:
        assert ("Orthanc" in first.words) == ("DCMTK" in first.words) == (not options)
        configuration = load(directory / "leadglass.toml")
        assert ("stand-in" in configuration.site.name) == bool(options)
        token = (directory / "data" / "app" / "setup-token").read_text().strip()
        assert token in first.words
        page = httpx.get(f"https://127.0.0.1:{configuration.console.port}/sign-up", verify=False, timeout=30)
        assert configuration.site.name in page.text.replace("&#39;", "'")
        events = first.until("first run")
        names = {event.body.patient.name for event in events if isinstance(event.body, TransferBegun)}
        assert names
        assert all(name.startswith("DEMO^") for name in names)
        ways = {event.body.operation for event in events if isinstance(event.body, TransferBegun)}
        assert ways == {"C-STORE", "C-GET" if options else "C-MOVE"}
        before = {event.id for event in events}
        if options:
            refuses_a_second(directory)
        else:
            kept(configuration.archives[0].port, directory)
    with demonstration(directory, *options, end=signal.SIGKILL if options else signal.SIGINT) as second:
        assert load(directory / "leadglass.toml").listeners == configuration.listeners
        assert "token" in second.words  # nobody has signed up
        assert before <= {event.id for event in second.until("second run")}
        if not options:
            approved(second)


def approved(running: Running) -> None:
    """One action lets the unknown device through to the archive."""
    command = (sys.executable, "-m", "leadglass", "--config", str(running.directory / "leadglass.toml"))
    action = ("peer", "approve", "127.0.0.1", "US_NEW", "--id", "us-new")
    subprocess.run((*command, *action), check=True, capture_output=True, timeout=DEADLINE)
    deadline = time.monotonic() + DEADLINE
    while not any(
        isinstance(event.body, TransferBegun) and event.body.association.peer == "us-new" for event in running.events()
    ):
        assert time.monotonic() < deadline, "the approved device never got through"
        time.sleep(0.2)
    assert running.status().unknown_peers == ()


def refuses_a_second(directory: Path) -> None:
    """Two demonstrations do not share a directory."""
    command = (sys.executable, "-m", "leadglass", "demo", "--data", str(directory), "--stand-ins")
    again = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert again.returncode == 4
    assert "already runs" in again.stderr


def kept(port: int, directory: Path) -> None:
    """The real archive holds what it said it took."""
    import json

    settings = json.loads((directory / "archive" / "orthanc.json").read_text())
    assert settings["DicomPort"] == port
    answer = httpx.get(f"http://127.0.0.1:{settings['HttpPort']}/statistics", timeout=30).json()
    assert answer["CountInstances"] > 0


def test_a_port_that_somebody_took_is_replaced_and_the_others_are_kept(tmp_path: Path) -> None:
    import socket

    from leadglass.demo.ports import choose

    first = choose(tmp_path / "ports.json")
    assert choose(tmp_path / "ports.json") == first
    with socket.create_server(("127.0.0.1", first.console)):
        second = choose(tmp_path / "ports.json")
    assert second.console != first.console
    assert (second.gateway, second.archive) == (first.gateway, first.archive)


def test_every_step_is_one_of_a_device_of_the_hospital() -> None:
    made_up = hospital()
    known = {device.id for device in made_up.device}
    assert {step.device for step in made_up.step} == known
    assert {step.does for step in made_up.step} == {"echo", "store", "find", "retrieve"}
    assert all(person.name.startswith("DEMO^") and person.id.startswith("DEMO-") for person in made_up.patients)


def test_a_directory_that_cannot_be_is_a_fault_with_a_hint(tmp_path: Path) -> None:
    from leadglass.demo.run import run

    (tmp_path / "file").write_text("")
    with pytest.raises(LeadglassError) as fault:
        run(tmp_path / "file" / "demo", stand_ins=True)
    assert fault.value.hint
