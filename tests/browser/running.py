"""Runs console, registrar and ledger as the processes they are; the test plays the worker's voice."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tests.console import hospital

from leadglass.config import load
from leadglass.io.frames import FrameBuffer, pack_frame
from leadglass.model.certificate import Certificate
from leadglass.model.event import Event, kind
from leadglass.model.event import decode as decode_event
from leadglass.model.peer import Peer
from leadglass.model.status import UnknownPeer
from leadglass.registrar import accepted
from leadglass.registrar.codec import decode, encode
from leadglass.registrar.messages import MAX_FRAME, Children, Commit, Hello, Prepare, Prepared, Report
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import save_peer
from leadglass.store.appstate.unknown_peers import record_unknown
from leadglass.store.leaves import LedgerReader

DEADLINE = 60.0


@dataclass(frozen=True)
class Running:
    """A console to visit."""

    origin: str
    data: Path
    token: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def over_tls(now: int) -> tuple[UnknownPeer, ...]:
    """A device whose certificate was renewed, one with the certificate of another, and a handshake that failed."""
    new, old = (
        Certificate(
            "sha256:" + digit * 64, ("mr1",), "CN=mr1", "CN=mr1", 2_000_000_000, error="self-signed certificate"
        )
        for digit in "ba"
    )
    return (
        UnknownPeer(
            "10.20.0.21", "MR1", "PACS", now, now, 3, (hospital.MR,), tls=True, error=new.error, certificate=new
        ),
        UnknownPeer(
            "10.20.0.30", "CT7", "PACS", now, now, 1, (hospital.CT,), tls=True, error=old.error, certificate=old
        ),
        UnknownPeer("10.20.0.33", "", "", now, now, 9, tls=True, error="unsupported protocol"),
    )


def prepare(data: Path) -> tuple[Path, int]:
    """A data directory full of real events; the configuration in force and the console's port."""
    port = free_port()
    given = data / "leadglass.toml"
    given.write_text(hospital.CONFIGURATION.format(data=data, listener=free_port(), console=port))
    configuration = load(given)
    for directory in configuration.data.directories(configuration.writers):
        directory.mkdir(parents=True, exist_ok=True)
    accepted.propose(configuration)
    accepted.accept(configuration.data.accepted)
    now = time.time_ns()
    hospital.write_ledger(data, hospital.events(now))
    engine = open_appstate(configuration.data.application_state)
    for peer in (
        Peer(
            "ct2",
            "CT2",
            ("10.20.0.17/32",),
            operations=("C-ECHO", "C-STORE"),
            sop_classes=(hospital.CT,),
            description="Emergency CT, room 0.14",
            plain=True,
        ),
        Peer(
            "mr1",
            "MR1",
            ("10.20.0.21/32",),
            operations=("C-ECHO", "C-STORE"),
            archives=("pacs",),
            max_associations=4,
            certificates=("sha256:" + "a" * 64,),
        ),
        Peer("old-xr", "XR_OLD", ("10.20.3.0/24",), "blocked"),
    ):
        save_peer(engine, peer, "set-up", "", "peer-created")
    for caller in (*hospital.unknown(now), *over_tls(now)):
        record_unknown(engine, caller)
    engine.dispose()
    return accepted.in_force(configuration.data.accepted), port


@contextmanager
def running(data: Path) -> Iterator[Running]:
    """Everything up, and down again."""
    configuration, port = prepare(data)
    processes = [
        subprocess.Popen([sys.executable, "-m", f"leadglass.{name}", "--config", str(configuration)])
        for name in ("registrar", "ledger", "console")
    ]
    stop = threading.Event()
    voice = threading.Thread(target=_worker, args=(load(configuration).data.registrar_socket, stop))
    voice.start()
    try:
        origin = f"https://127.0.0.1:{port}"
        _until_served(origin)
        yield Running(origin, data, (data / "app" / "setup-token").read_text().strip())
    finally:
        stop.set()
        ended = {process.args[2]: process.returncode for process in processes if process.poll() is not None}  # type: ignore[index]  # a list
        for process in processes:
            process.terminate()
        for process in processes:
            assert process.wait(30) in {0, -15}
        voice.join(10)
        assert not ended, f"ended before the tests did (exit status by process): {ended}"


def _until_served(origin: str) -> None:
    deadline = time.monotonic() + DEADLINE
    while True:
        try:
            answer = httpx.get(f"{origin}/healthz", verify=False, timeout=5)
            if (
                "worker-missing" not in answer.text
                and "silent" not in answer.text
                and "ledger-missing" not in answer.text
            ):
                return
        except httpx.TransportError:
            answer = None
        assert time.monotonic() < deadline, answer.text if answer else "not served"
        time.sleep(0.1)


def _worker(path: Path, stop: threading.Event) -> None:
    """Speaks to the registrar as worker w0 and as the supervisor do."""
    while not stop.is_set():
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
                end.settimeout(0.5)
                end.connect(str(path))
                _speak(end, stop)
        except OSError:
            stop.wait(0.1)


def _speak(end: socket.socket, stop: threading.Event) -> None:
    buffer, generation = FrameBuffer(MAX_FRAME), 0
    end.sendall(pack_frame(encode(Hello("w0", 4321, time.time_ns() // 1_000_000)), MAX_FRAME))
    while not stop.is_set():
        now = time.time_ns()
        if generation:
            end.sendall(pack_frame(encode(Report(hospital.worker(now, generation))), MAX_FRAME))
        try:
            data = end.recv(65_536)
        except TimeoutError:
            continue
        if not data:
            return
        buffer.feed(data)
        for payload in buffer.frames():
            frame = decode(payload)
            if isinstance(frame, Prepare):
                end.sendall(pack_frame(encode(Prepared(frame.generation.number)), MAX_FRAME))
            elif isinstance(frame, Commit):
                generation = frame.number


def tell_children(path: Path) -> None:
    """Say what a supervisor would."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        end.connect(str(path))
        end.sendall(pack_frame(encode(Children(hospital.children(time.time_ns()))), MAX_FRAME))


def ledger_events(data: Path, name: str, wanted: Callable[[Any], bool]) -> list[Event]:
    """Events of one kind in the signed ledger, waited for."""
    deadline = time.monotonic() + DEADLINE
    while True:
        reader = LedgerReader(data / "ledger")
        leaves = [leaf for log in reader.logs() for leaf in reader.read(log, 0, 100_000)]
        events = [decode_event(leaf.event) for leaf in leaves if leaf.event is not None]
        found = [event for event in events if kind(event.body) == name and wanted(event.body)]
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)
