"""`leadglass demo`: gateway, archive and devices, from nothing to a running hospital, and to nothing again."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from leadglass.config import Configuration, load
from leadglass.demo import configuration as written
from leadglass.demo import hospital as made_up
from leadglass.demo import network, survey
from leadglass.demo.archive import Archive, archive
from leadglass.demo.growth import LIMIT, LOOK_EVERY, begin_anew, recorded
from leadglass.demo.players import Players, players
from leadglass.demo.ports import LOOPBACK, Ports, choose
from leadglass.demo.processes import last_words, start, stop
from leadglass.demo.traffic import Traffic
from leadglass.errors import LeadglassError
from leadglass.registrar.client import RegistrarClient
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import load_peers, save_peer
from leadglass.store.appstate.setup_token import awaited_token
from leadglass.supervise.directory import prepare

Say = Callable[[dict[str, str], str], None]
"""Takes what a program wants to know, and the same in words."""

PATIENCE = 60.0  # seconds for everything to be there


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One that runs.

    Attributes:
        file: the gateway's configuration.
        token: to make the first account with; empty when there is one already.
    """

    file: Path
    configuration: Configuration
    ports: Ports
    archive: Archive
    players: Players
    hospital: made_up.Hospital
    token: str


def run(
    directory: Path, *, stand_ins: bool = False, interval: float = 3.0, say: Say = lambda _facts, _text: None
) -> int:
    """Run the demonstration until SIGINT or SIGTERM; the exit status.

    Args:
        directory: keeps everything, for the next run too.
        stand_ins: use no program of Debian's even where it is installed.
        interval: seconds between two steps of traffic.
        say: told how to look at it, once all is there.

    Raises:
        LeadglassError: something cannot be started; everything is ended again.
    """
    ended = threading.Event()
    former = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with ExitStack() as children:
            return _run(directory.resolve(), stand_ins, interval, say, ended, children)
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _run(
    directory: Path,
    stand_ins: bool,
    interval: float,
    say: Say,
    ended: threading.Event,
    children: ExitStack,
) -> int:
    of = made_up.hospital()
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        children.enter_context(_alone(directory))
        ports = choose(directory / "ports.json")
        pacs = archive(directory / "archive", ports, of, stand_in=stand_ins)
        played = players(stand_in=stand_ins)
        file = directory / "leadglass.toml"
        file.write_text(written.text(pacs, played, ports), "utf-8")
        configuration = load(file)
        _register(configuration, of, ports)
        if begin_anew(configuration.data):
            say({"began": "anew"}, "The record of this demonstration had grown long: a new one begins.")
        kept = start(pacs.command, directory / "archive.log")
        children.callback(stop, kept)
        command = (sys.executable, "-m", "leadglass", "--config", str(file), "up")
        gateway = start(command, directory / "leadglass.log")
    except OSError as error:
        raise LeadglassError(f"{error.filename}: {error.strerror}", "check its owner, mode and free space") from None
    children.callback(stop, gateway)
    _await(configuration, gateway, kept, directory, ended)
    traffic = Traffic(of, played, ports.gateway, directory / "outbox", ports.workstation)
    if not ended.is_set():
        running = Demonstration(file, configuration, ports, pacs, played, of, _token(configuration))
        say(_facts(running), _words(running, directory))
    steps, resting = 0, False
    while not ended.is_set():
        if gateway.poll() is not None:
            raise LeadglassError(f"the gateway ended: {last_words(directory / 'leadglass.log')}", "start it again")
        if not resting:
            traffic.step()
            steps += 1
            resting = steps % LOOK_EVERY == 0 and recorded(configuration.data) >= LIMIT
            if resting:
                say({"devices": "resting"}, "The record is long enough: the devices rest. The next start begins anew.")
        ended.wait(interval)
    code = stop(gateway)
    return 0 if code == 0 else 1


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold the directory for this one demonstration.

    Raises:
        LeadglassError: another one has it.
    """
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LeadglassError(f"a demonstration already runs in {directory}", "stop it, or name another") from None
        yield


def _register(configuration: Configuration, of: made_up.Hospital, ports: Ports) -> None:
    """On the first run: devices, half of the survey, the network; afterwards, what people decided stays."""
    lock = prepare(configuration)  # refuses while a gateway still drains here
    try:
        engine = open_appstate(configuration.application_state)
        if not load_peers(engine):
            for peer in made_up.peers(of, ports.workstation):
                save_peer(engine, peer, "demonstration", "local", "peer-created", new=True)
        survey.answer(engine, datetime.now(UTC))
        network.describe(engine, datetime.now(UTC))
        engine.dispose()
    finally:
        os.close(lock)


def _await(
    configuration: Configuration,
    gateway: subprocess.Popen[bytes],
    kept: subprocess.Popen[bytes],
    directory: Path,
    ended: threading.Event,
) -> None:
    deadline = time.monotonic() + PATIENCE
    client = RegistrarClient(configuration.data.registrar_socket)
    watched = ((gateway, "the gateway", "leadglass.log"), (kept, "the archive", "archive.log"))
    while not ended.is_set():
        for child, name, log in watched:
            if child.poll() is not None:
                words = last_words(directory / log)
                raise LeadglassError(f"{name} ended at once: {words}", f"its log is {directory / log}")
        if _serves(configuration, client):
            return
        if time.monotonic() > deadline:
            raise LeadglassError("not everything is there after a minute", f"the logs are in {directory}")
        ended.wait(0.05)


def _serves(configuration: Configuration, client: RegistrarClient) -> bool:
    try:
        status = client.status()
    except LeadglassError:
        return False
    judging = [worker for worker in status.workers if worker.generation]
    if len(judging) < configuration.gateway.workers:
        return False
    ports = (configuration.console.port, configuration.archives[0].port)
    return all(_listens(port) for port in ports)


def _listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), 1).close()
    except OSError:
        return False
    return True


def _token(configuration: Configuration) -> str:
    engine = open_appstate(configuration.application_state)
    try:
        return awaited_token(engine, configuration.data.setup_token)
    finally:
        engine.dispose()


def _facts(running: Demonstration) -> dict[str, str]:
    """What a program needs to know."""
    ports = running.ports
    return {
        "console": f"https://{LOOPBACK}:{ports.console}",
        "token": running.token,
        "gateway": f"{LOOPBACK}:{ports.gateway}",
        "called": running.hospital.called,
        "archive": running.archive.name,
        "devices": running.players.name,
        "config": str(running.file),
    }


def _command() -> str:
    """How a person starts the command line here."""
    installed = Path(sys.prefix) / "bin" / "leadglass"
    return os.path.relpath(installed) if installed.exists() else "leadglass"


def _words(running: Demonstration, directory: Path) -> str:
    """What a person needs to know."""
    ports, of = running.ports, running.hospital
    titles = " ".join(device.title for device in of.device if device.known and device.sends)
    by = f"{running.players.name}{' stand-ins' if running.players.stand_in else ''}"
    sign_in = f"make the first account with this token:  {running.token}" if running.token else "with your account"
    lines = (
        ("console", f"https://{LOOPBACK}:{ports.console}   (its certificate is its own: the browser will ask)"),
        ("sign in", sign_in),
        ("gateway", f"{LOOPBACK} port {ports.gateway}, called AE title {of.called}, refuses what is not permitted"),
        ("archive", f"{running.archive.name}, port {ports.archive}   {running.archive.address}".rstrip()),
        (
            "devices",
            f"{titles} by {by}; WS1 retrieves; SERVICE_PC may only C-ECHO; US_NEW is unknown: see Peers",
        ),
        ("assess", f"https://{LOOPBACK}:{ports.console}/assess   half answered; one answer does not fit what is seen"),
        ("network", f"https://{LOOPBACK}:{ports.console}/network   its network against the model, with common faults"),
        ("send one", f"storescu -aet CT1 -aec {of.called} {LOOPBACK} {ports.gateway} FILE.dcm"),
        ("ask it", f'{_command()} -c {running.file} policy explain "may CT1 send MR to PACS at 03:00?"'),
        ("stop", f"Ctrl-C; what was recorded stays in {directory}"),
    )
    body = "\n".join(f"  {name:<9} {text}" for name, text in lines)
    return f"Leadglass runs, with a demonstration hospital around it. No patient here is real.\n\n{body}\n"
