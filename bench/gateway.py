"""`python -m bench.gateway`: the gateway beside HAProxy, DCMTK and pynetdicom. Never leaves a process behind.

Writes `bench/results/gateway.json` and prints its table; exits 1 where a required row is missing.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from bench import certificates, report, rows
from bench.machine import REPOSITORY, cores, directory, machine, versions
from bench.measures import dcmtk, delay, disk, echoes, forward, idle, mixed, plain, retrieve, tls
from bench.processes import Process, exit_at_sigterm, free_port, stopped_at_exit
from bench.rows import Row
from bench.setting import Setting
from bench.sides import (
    ARCHIVE,
    DCMTK_16,
    DCMTK_128,
    DIRECT,
    HAPROXY,
    HAPROXY_TUNED,
    LEADGLASS,
    MIXED,
    ORTHANC,
    TLS,
    Side,
    answerer,
    haproxy,
    leadglass,
)
from leadglass.errors import LeadglassError

RESULT = REPOSITORY / "bench" / "results" / "gateway.json"

STAND_IN = "HAProxy in our place"

MEASURES: dict[str, Callable[[Setting], list[Row]]] = {
    "disk": disk.measure,
    "idle": idle.measure,  # first of the loads: memory that was used and freed before would hide growth
    "plain": plain.measure,
    "tls": tls.measure,
    "echoes": echoes.measure,
    "delay": delay.measure,
    "forward": forward.measure,
    "dcmtk": dcmtk.measure,
    "find": retrieve.find,
    "move": retrieve.move,
    "get": retrieve.get,
    "mixed": mixed.measure,
}

METHOD = """\
Loopback. One generator and one answerer of the bench (plain sockets, TCP_NODELAY) load every side, or DCMTK where a
row says so. Rounds are interleaved and each side begins in turn; values are medians of the rounds, ratios medians of
the rounds' paired ratios.
HAProxy: TCP mode, as many threads as we have workers (one a core); default buffers, and one with tune.bufsize 262144.
Leadglass: one peer approved, routes enforcing, inspection, policy and record on, journal and ledger on this disk.
CPU: user and system time from /proc/PID/stat; of ours every process but the console (stated apart), of HAProxy all
threads; read before a load and after it has settled, so that work put off (ledger) counts. GB: 10^9 bytes of data set.
Objects: 512 KiB CT instances, explicit VR little endian, one association, each awaits its response (no window).
TLS: from the device, plain behind; TLS 1.3, the same cipher suite and P-256 certificates on every side, a client's
certificate required, never resumed. A handshake: connect, shake hands, close_notify both ways, 32 at a time.
Delay: from the first byte of a C-STORE-RQ to its response, 16 KiB PDUs; a round's quantile through minus direct.
First of a study: the samples of all rounds together.
Idle memory: growth of private memory (USS) of the processes that hold associations, 500 more beside 32 open ones.
DCMTK: storescu +II --repeat to storescp -dhl --ignore, the whole run of storescu timed, same options on both sides.
pynetdicom store-and-forward: bench/peers/store_and_forward.py, one kept association, library defaults; stated also
with TCP_NODELAY set on its sockets, which pynetdicom leaves off.
C-FIND, C-MOVE, C-GET: a real Orthanc, asked by bench/peers/retriever.py (plain sockets: a tool that logs responses and
writes files costs more than what is compared), median of five asks a round, from the request to its final response.
C-FIND: 1,000 patients with a study each, at STUDY level. C-MOVE, C-GET: a study of 300 instances of 512 KiB; every
C-MOVE goes to the same answerer. Orthanc has TCP_NODELAY set. HAProxy with default buffers in our place is stated too.
Mixed: bench/peers/mixed.py; the answerer warns, fails and hangs up by instance number; all objects are hashed. Memory
growth: resident memory of the workers after the last of six passes minus that after the third.
fsync: fdatasync of 4 KiB into a preallocated file on the same disk."""


def place(where: Path, quick: bool, subject: str, processes: list[Process]) -> Setting:
    """Starts all sides and puts them into a setting."""
    certificates.make(where / TLS)
    archives = {title: free_port() for title in (DCMTK_16, DCMTK_128, ORTHANC)}
    process, archives[ARCHIVE] = answerer(where, "plain")
    processes.append(process)
    kept = where / "kept"
    process, archives[MIXED] = answerer(
        where, "mixed", "--archive", str(kept), "--warn", "11", "--fail", "13", "--mute", "97"
    )
    processes.append(process)
    sides = {DIRECT: Side(DIRECT, archives)}
    for name, bufsize in ((HAPROXY, 0), (HAPROXY_TUNED, 262_144)):
        sides[name] = haproxy(where, name, archives, cores(), bufsize)
        processes.append(running(sides[name]))
    if subject == HAPROXY:
        sides[STAND_IN] = haproxy(where, STAND_IN, archives, cores())
    else:
        sides[LEADGLASS] = leadglass(where, archives, cores())
    judged = STAND_IN if subject == HAPROXY else LEADGLASS
    processes.append(running(sides[judged]))
    setting = Setting(
        where, quick, processes, sides[DIRECT], sides[HAPROXY], sides[HAPROXY_TUNED], sides[judged], archives, kept
    )
    setting.wait_ready()
    return setting


def running(side: Side) -> Process:
    """The process of a side that has one."""
    assert side.process is not None
    return side.process


def measure(where: Path, names: Sequence[str], quick: bool, subject: str, say: Callable[[str], None]) -> list[Row]:
    """Runs the named measures and returns their rows."""
    found: list[Row] = []
    with stopped_at_exit() as processes:
        setting = place(where, quick, subject, processes)
        for name in names:
            say(f"{name} …")
            found += MEASURES[name](setting)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.gateway", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run: few instances, nothing judged")
    parser.add_argument("--only", action="append", choices=MEASURES, help="this measure alone; may be repeated")
    parser.add_argument(
        "--subject",
        choices=(LEADGLASS, HAPROXY),
        default=LEADGLASS,
        help="HAProxy in our place tries the bench itself; nothing is judged",
    )
    parser.add_argument("--result", type=Path, default=RESULT, help="the file to write")
    chosen = parser.parse_args(arguments)
    quick = chosen.quick or chosen.subject == HAPROXY
    names = [name for name in MEASURES if not chosen.only or name in chosen.only]
    progress = Console(stderr=True)
    try:
        # Left in place when something fails: its logs say why.
        where = Path(tempfile.mkdtemp(prefix="gateway-", dir=directory()))
        found = measure(where, names, quick, chosen.subject, progress.print)
        result = report.document("gateway", found, machine(where), versions(), method=METHOD, comparable=not quick)
        shutil.rmtree(where)
    except LeadglassError as fault:
        progress.print(f"error: {fault}\nhint: {fault.hint}", highlight=False, markup=False)
        return fault.exit_code
    report.write(chosen.result, result)
    report.show(result, report.paper())
    absent = rows.missing(found) if not chosen.only else []
    if absent:
        progress.print(f"error: {len(absent)} required rows are missing: {'; '.join(absent)}", markup=False)
    return 1 if absent else 0


if __name__ == "__main__":
    exit_at_sigterm()
    sys.exit(main())
