"""DCMTK storescu to DCMTK storescp: direct, through us, through HAProxy. Nothing beyond loopback and Debian's build."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from struct import pack

from bench.peers.objects import INSTANCE, data_set, element, uid
from bench.peers.pdus import CT_IMAGE, EXPLICIT_LITTLE
from bench.processes import BenchError, Process, stopped_at_exit
from bench.rows import Row, median, paired, row
from bench.setting import LOAD_SECONDS, Setting
from bench.sides import CALLING, DCMTK_16, DCMTK_128, Side, executable

INSTANCE_BYTES = 524_288
_NODELAY = {"TCP_NODELAY": "1"}


@dataclass(frozen=True, slots=True)
class Trial:
    """One comparison: the row it yields, its route, PDU length, instances a round, and the tools' environment."""

    what: str
    title: str
    pdu: int
    count: int
    environment: Mapping[str, str]


def measure(setting: Setting) -> list[Row]:
    """Instances a second: stock, then with TCP_NODELAY=1 on both tools at two PDU lengths."""
    many = setting.size(3_000, 10)
    # A stalled instance takes a second and more, so a stock round is short, on both sides.
    few = setting.size(20, 1)
    trials = (
        Trial("stock DCMTK store, 16 KiB PDUs", DCMTK_16, 16_384, few, {}),
        Trial("DCMTK store, TCP_NODELAY, 16 KiB PDUs", DCMTK_16, 16_384, many, _NODELAY),
        Trial("DCMTK store, TCP_NODELAY, 128 KiB PDUs", DCMTK_128, 131_072, many, _NODELAY),
    )
    path = object_file(setting.directory / "instance.dcm")
    return [_compare(setting, trial, path) for trial in trials]


def _compare(setting: Setting, trial: Trial, path: Path) -> Row:
    port = setting.archives[trial.title]
    command = [executable("storescp"), "-dhl", "--ignore", "-pdu", str(trial.pdu), str(port)]
    sides = (setting.direct, setting.haproxy, setting.subject)
    speeds: dict[str, list[float]] = {side.name: [] for side in sides}
    with stopped_at_exit() as archives:
        archive = Process("storescp", command, setting.directory / "storescp.log", trial.environment)
        archives.append(archive)
        archive.wait_listening(port)
        for number in range(setting.size(3, 1)):
            for side in setting.turn(number, sides):
                speeds[side.name].append(trial.count / _send(setting, side, trial, path))
    mine, direct, haproxy = (speeds[side.name] for side in (setting.subject, setting.direct, setting.haproxy))
    said = f"direct: {median(direct):.1f}/s"
    note = f"HAProxy: {median(haproxy):.0f}/s, {paired(haproxy, direct):.2f} of direct"
    return row(trial.what, median(mine), "1/s", said, paired(mine, direct), note=note, judged=not setting.quick)


def _send(setting: Setting, side: Side, trial: Trial, path: Path) -> float:
    """Seconds storescu takes from start to end, for a round's instances with UIDs of their own."""
    pdu = str(trial.pdu)
    command = [executable("storescu"), "-aet", CALLING, "-aec", trial.title, "-pdu", pdu, "--max-send-pdu", pdu]
    command += ["+II", "--repeat", str(trial.count), "127.0.0.1", str(side.ports[trial.title]), str(path)]
    log = setting.directory / "storescu.log"
    start = time.perf_counter()
    sender = Process("storescu", command, log, trial.environment)
    with stopped_at_exit() as running:
        running.append(sender)
        try:
            sender.popen.communicate(timeout=LOAD_SECONDS)
        except subprocess.TimeoutExpired as late:
            raise BenchError(f"storescu took longer than {LOAD_SECONDS:g} s", f"see {log}") from late
        seconds = time.perf_counter() - start
    if sender.popen.returncode:
        raise BenchError(f"storescu ended with {sender.popen.returncode}", f"see {log}: {sender.tail()}")
    return seconds


def object_file(path: Path) -> Path:
    """A CT instance of 512 KiB as a file (PS3.10 7.1) that storescu sends."""
    meta = b"".join(
        element(tag, vr, value)
        for tag, vr, value in (
            (0x00020001, "OB", b"\0\1"),
            (0x00020002, "UI", CT_IMAGE),
            (0x00020003, "UI", uid(INSTANCE, 0, 0, 0)),
            (0x00020010, "UI", EXPLICIT_LITTLE),
            (0x00020012, "UI", b"2.25.190000000000000001"),
        )
    )
    group = element(0x00020000, "UL", pack("<I", len(meta)))
    path.write_bytes(bytes(128) + b"DICM" + group + meta + data_set(INSTANCE_BYTES, CT_IMAGE, b"CT"))
    return path
