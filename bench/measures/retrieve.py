"""C-FIND, C-MOVE and C-GET of a real Orthanc, through and direct. Claims nothing of an archive behind a network."""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.peers.objects import STUDY, uid
from bench.processes import BenchError, Process, free_port, run_json, stopped_at_exit
from bench.rows import Row, median, paired, row
from bench.setting import GENERATOR, LOAD_SECONDS, Setting
from bench.sides import ARCHIVE, CALLING, ORTHANC, SCREEN, Side, executable

_RETRIEVER = "bench.peers.retriever"
_RUN = 1  # of the objects; its patients are BP0001…
_STUDY = uid(STUDY, _RUN, 0, 0).decode()
_ASKS = 5  # in a round, of each side; the median counts


def find(setting: Setting) -> list[Row]:
    """A query at STUDY level whose responses are 1,000 patients with a study each."""
    count = setting.size(1_000, 20)
    with _archive(setting, count, size=4_096, study=1):
        return [_compare(setting, "C-FIND, 1,000 responses", "find", count, patient="BP0001*")]


def move(setting: Setting) -> list[Row]:
    """A study of 300 instances of 512 KiB to a screen, which is the bench's answerer on every way."""
    count = setting.size(300, 10)
    with _archive(setting, count, size=524_288, study=count):
        return [_compare(setting, "C-MOVE, 300 instances", "move", count, study=_STUDY)]


def get(setting: Setting) -> list[Row]:
    """The same study on the association that asks."""
    count = setting.size(300, 10)
    with _archive(setting, count, size=524_288, study=count):
        return [_compare(setting, "C-GET, 300 instances", "get", count, study=_STUDY)]


def _compare(setting: Setting, what: str, ask: str, count: int, **options: str) -> Row:
    sides = (setting.direct, setting.haproxy, setting.subject)
    speeds: dict[str, list[float]] = defaultdict(list)
    for side in sides:
        _ask(setting, side, ask, count, options)  # once for nothing: caches of the archive
    for number in setting.rounds:
        for side in setting.turn(number, sides):
            asks = [_ask(setting, side, ask, count, options) for _ in range(setting.size(_ASKS, 1))]
            speeds[side.name].append(count / median(asks))
    mine, direct, haproxy = (speeds[side.name] for side in (setting.subject, setting.direct, setting.haproxy))
    said = f"direct: {median(direct):.0f}/s"
    note = f"HAProxy: {median(haproxy):.0f}/s, {paired(haproxy, direct):.2f} of direct"
    return row(what, median(mine), "1/s", said, paired(mine, direct), note=note, judged=not setting.quick)


def _ask(setting: Setting, side: Side, ask: str, count: int, options: dict[str, str]) -> float:
    """Seconds from the request to its final response, which must have brought all of it.

    Raises:
        BenchError: it did not.
    """
    arguments = [ask, "--port", str(side.ports[ORTHANC]), "--calling", CALLING, "--called", ORTHANC]
    for name, value in options.items():
        arguments += [f"--{name}", value]
    if ask == "move":
        arguments += ["--to", _destination(setting, side)]
    log = setting.directory / "retriever.log"
    seen: Any = run_json(_RETRIEVER, *arguments, seconds=LOAD_SECONDS, log=log)
    if seen["status"] or seen["count"] != count:
        raise BenchError(f"{ask} through {side.name}: status {seen['status']:04X}H after {seen['count']} of {count}")
    return float(seen["seconds"])


def _destination(setting: Setting, side: Side) -> str:
    """The AE title under which Orthanc reaches the screen on this side's way."""
    return SCREEN if side is setting.subject else "PROXIED" if side is setting.haproxy else "DIRECT"


@contextlib.contextmanager
def _archive(setting: Setting, count: int, size: int, study: int) -> Iterator[None]:
    """Orthanc, fresh, with ``count`` instances of ``size`` bytes in studies of ``study``."""
    directory = setting.directory / "orthanc"
    ways = {"DIRECT": setting.direct, "PROXIED": setting.haproxy, SCREEN: setting.subject}
    where = directory / f"{count}-{size}"
    where.mkdir(parents=True, exist_ok=True)
    file = _configuration(where, setting, {title: side.ports[ARCHIVE] for title, side in ways.items()})
    port = setting.archives[ORTHANC]
    with stopped_at_exit() as running:
        # DCMTK inside Orthanc would wait for acknowledgements, on every way alike: its sockets are set not to.
        archive = Process("Orthanc", [executable("Orthanc"), str(file)], where / "log", {"TCP_NODELAY": "1"})
        running.append(archive)
        archive.wait_listening(port)
        load = ["store", "--port", str(port), "--calling", CALLING, "--called", ORTHANC, "--run", str(_RUN)]
        load += ["--count", str(count), "--size", str(size), "--study", str(study)]
        seen = run_json(GENERATOR, *load, seconds=LOAD_SECONDS, log=setting.directory / "generator.log")
        if seen["statuses"] != {"0000H": count}:
            raise BenchError(f"Orthanc did not take all: {seen['statuses']}")
        yield


def _configuration(where: Path, setting: Setting, screens: dict[str, int]) -> Path:
    file = where / "orthanc.json"
    settings = {
        "StorageDirectory": str(where / "storage"),
        "IndexDirectory": str(where / "storage"),
        "HttpPort": free_port(),
        "DicomAet": ORTHANC,
        "DicomPort": setting.archives[ORTHANC],
        "DicomCheckCalledAet": False,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowMove": True,
        "DicomAlwaysAllowGet": True,
        "StoreMD5ForAttachments": False,
        "DicomModalities": {title: [title, "127.0.0.1", port] for title, port in screens.items()},
    }
    file.write_text(json.dumps(settings), "utf-8")
    return file
