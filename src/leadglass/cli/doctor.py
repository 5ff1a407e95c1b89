"""`leadglass doctor`: looks at this machine and at the archives. Changes nothing but a file it removes again."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import click

from leadglass.cli.context import EXIT_CLEAN, EXIT_FINDINGS, Context, config_option, json_option
from leadglass.config import Configuration
from leadglass.errors import LeadglassError
from leadglass.model.route import Archive, Route
from leadglass.registrar.client import RegistrarClient
from leadglass.store.appstate.preview import stored_peers
from leadglass.supervise import landlock, listeners
from leadglass.supervise.check import check

CONNECT_TIMEOUT = 3.0  # seconds for an archive to take a connection
SLOW_FSYNC = 0.010  # seconds; each first image of a study waits for one
SYNCS = 20
LOW_SPACE = 5 * 1024**3  # bytes
_EARLIEST = 1_767_225_600  # 2026-01-01 UTC: a clock before it was never set

Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; ``hint`` is empty when there is nothing to do."""

    check: str
    verdict: Verdict
    text: str
    hint: str = ""


def examine(configuration: Configuration) -> Iterator[Finding]:
    """All checks, one after the other."""
    running = _running(configuration)
    for look in _CHECKS:
        yield from look(configuration, running)


def _running(configuration: Configuration) -> bool:
    try:
        RegistrarClient(configuration.data.registrar_socket).status()
    except LeadglassError:
        return False
    return True


def _python(_configuration: Configuration, _running: bool) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", "ok", f"Python {version}")
    if os.geteuid() == 0:
        yield Finding("user", "warn", "runs as root", "use packaging/leadglass.service, or a user of its own")


def _kernel(_configuration: Configuration, _running: bool) -> Iterator[Finding]:
    version = landlock.abi()
    if version >= 4:
        yield Finding("landlock", "ok", f"Landlock {version}: files and TCP ports of each process are restricted")
    elif version:
        yield Finding("landlock", "warn", f"Landlock {version}: files only", "Linux 6.7 or later restricts ports too")
    else:
        yield Finding(
            "landlock", "warn", "no Landlock: processes are less confined", "add landlock to the kernel's lsm="
        )
    known = hasattr(socket, "SO_REUSEPORT")
    yield Finding("reuseport", "ok" if known else "fail", "SO_REUSEPORT" if known else "no SO_REUSEPORT", "")


def _builds(configuration: Configuration, _running: bool) -> Iterator[Finding]:
    try:
        generation = check(configuration)
    except LeadglassError as error:
        yield Finding("configuration", "fail", str(error), error.hint)
        return
    yield Finding("configuration", "ok", f"policy, tests and {len(generation.peers)} devices can be used")
    approved = [peer for peer in generation.peers if peer.status == "approved"]
    plain = [peer.id for peer in approved if peer.plain]
    if plain:
        gaps = "1 gap" if len(plain) == 1 else f"{len(plain)} gaps"
        text = f"{gaps}: {', '.join(plain[:8])}{', …' if len(plain) > 8 else ''} may call without TLS"
        yield Finding("identity", "warn", text, "pin certificates: 'leadglass peer pin', then 'leadglass peer plain'")
    elif approved:
        yield Finding("identity", "ok", "no device may call without TLS")
    if not generation.peers:
        yield Finding(
            "registry", "warn", "no device is approved yet", "they appear as unknown callers: 'leadglass peer'"
        )


def _state(configuration: Configuration, _running: bool) -> Iterator[Finding]:
    database = configuration.application_state
    if not database.url:
        return
    try:
        peers = stored_peers(database)
    except LeadglassError as error:
        yield Finding("state", "fail", error.message, error.hint)
        return
    yield Finding("state", "ok", f"the application state in PostgreSQL can be used; it holds {len(peers)} devices")
    file = database.password_file
    if file is not None and file.stat().st_mode & 0o077:
        yield Finding("state", "warn", f"{file} can be read by others", f"chmod 600 {file}")


def _ports(configuration: Configuration, running: bool) -> Iterator[Finding]:
    if running:
        yield Finding("ports", "ok", "Leadglass runs and listens")
        return
    for listener in configuration.listeners:
        where = f"{listener.address} port {listener.port}"
        try:
            listeners.close(listeners.bind((listener,), 1))
        except LeadglassError as error:
            yield Finding("ports", "fail", str(error), error.hint)
        else:
            yield Finding("ports", "ok", f"{where} is free")


def _disk(configuration: Configuration, _running: bool) -> Iterator[Finding]:
    directory = configuration.site.data
    while not directory.exists():
        directory = directory.parent
    try:
        times = _syncs(directory)
    except OSError as error:
        yield Finding("data", "fail", f"{directory} cannot be written: {error.strerror}", "check its owner and mode")
        return
    median = sorted(times)[len(times) // 2]
    text = f"{directory} can be written; fdatasync takes {median * 1000:.2f} ms (median of {len(times)})"
    slow = median > SLOW_FSYNC
    hint = "put the data directory on an SSD: the first image of each study waits for it" if slow else ""
    yield Finding("data", "warn" if slow else "ok", text, hint)
    free = shutil.disk_usage(directory).free
    low = free < LOW_SPACE
    hint = "each million instances takes about 1 GiB of record" if low else ""
    yield Finding("space", "warn" if low else "ok", f"{free / 1024**3:.1f} GiB free", hint)


def _syncs(directory: Path) -> list[float]:
    times = []
    with tempfile.NamedTemporaryFile(dir=directory, prefix=".leadglass-doctor-") as file:
        os.posix_fallocate(file.fileno(), 0, 4_096 * SYNCS)
        for number in range(SYNCS):
            os.pwrite(file.fileno(), b"x" * 512, number * 4_096)
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begin)
    return times


def _archives(configuration: Configuration, _running: bool) -> Iterator[Finding]:
    for archive in configuration.archives:
        where = f"archive {archive.id} at {archive.host} port {archive.port}"
        try:
            with contextlib.closing(socket.create_connection((archive.host, archive.port), CONNECT_TIMEOUT)):
                yield Finding("archive", "ok", f"{where} takes TCP connections")
        except OSError as error:
            text = f"{where} cannot be reached: {error.strerror or error}"
            yield Finding("archive", "fail", text, "is it running, and does a firewall stand between?")
            continue
        yield from (_echo(archive, route) for route in configuration.routes if route.archive == archive.id)


def _echo(archive: Archive, route: Route) -> Finding:
    """C-ECHO by DCMTK, from this machine to the archive itself; not through Leadglass."""
    called, calling = route.called_as or route.called, route.calling_as or "LEADGLASS"
    what = f"C-ECHO to {called} at archive {archive.id}"
    tool = shutil.which("echoscu")
    if tool is None:
        return Finding("echo", "warn", f"{what} was not tried: DCMTK is not installed", "apt-get install dcmtk")
    seconds = str(int(CONNECT_TIMEOUT))
    command = (tool, "-to", seconds, "-ta", seconds, "-td", seconds, "-aet", calling, "-aec", called)
    try:
        done = subprocess.run(  # noqa: S603 (DCMTK's echoscu, with checked titles)
            (*command, archive.host, str(archive.port)), capture_output=True, check=False, timeout=4 * CONNECT_TIMEOUT
        )
    except subprocess.TimeoutExpired:
        return Finding("echo", "warn", f"{what} had no answer", "the port is open: does DICOM listen there?")
    if done.returncode == 0:
        return Finding("echo", "ok", f"{what} was answered (from title {calling})")
    hint = f"the archive must answer to {called} and accept this machine; it may refuse the title {calling} alone"
    return Finding("echo", "warn", f"{what} was refused or failed", hint)


def _clock(_configuration: Configuration, _running: bool) -> Iterator[Finding]:
    now = time.time()
    if now < _EARLIEST:
        yield Finding("clock", "fail", "the clock was never set", "records need the right time: use NTP (chrony)")
    elif not any(
        Path(name).exists() for name in ("/run/systemd/timesync/synchronized", "/run/chrony", "/run/ntpd.pid")
    ):
        yield Finding("clock", "warn", "no time service was found", "records need the right time: use NTP (chrony)")
    else:
        yield Finding("clock", "ok", "a time service keeps the clock")


_Check = Callable[[Configuration, bool], Iterator[Finding]]
_CHECKS: tuple[_Check, ...] = (_python, _kernel, _builds, _state, _ports, _disk, _archives, _clock)


@click.command()
@config_option
@json_option
@click.pass_obj
def doctor(context: Context) -> int:
    """Check this machine, the data directory and the archives; exit 1 when something fails."""
    findings = tuple(examine(context.configuration()))
    lines = []
    for finding in findings:
        lines.append(f"{finding.verdict:<5} {finding.check}: {finding.text}")
        if finding.hint:
            lines.append(f"      {finding.hint}")
    context.show([asdict(finding) for finding in findings], "\n".join(lines))
    return EXIT_FINDINGS if any(finding.verdict == "fail" for finding in findings) else EXIT_CLEAN
