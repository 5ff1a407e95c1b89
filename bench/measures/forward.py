"""Instances a second against a pynetdicom store-and-forward, same generator, same answerer. Never another workload."""

from __future__ import annotations

import sys
from collections import defaultdict

from bench.processes import Process, free_port, stopped_at_exit
from bench.rows import Row, median, paired, row
from bench.setting import Setting
from bench.sides import ARCHIVE, Side

_WHAT = "instances a second against pynetdicom store-and-forward"


def measure(setting: Setting) -> list[Row]:
    """512 KiB instances over one association: as pynetdicom comes, and with TCP_NODELAY set for it."""
    speeds: dict[str, list[float]] = defaultdict(list)
    with stopped_at_exit() as running:
        plain = _start(setting, running, "pynetdicom as it comes")
        nodelay = _start(setting, running, "pynetdicom, TCP_NODELAY", "--no-delay")
        for number in range(setting.size(3, 1)):
            for side in setting.turn(number, (plain, nodelay, setting.subject)):
                count = setting.size(2_000, 40) if side is setting.subject else setting.size(100, 3)
                speeds[side.name].append(setting.load("store", side, count=count)["instances_per_second"])
    mine = speeds[setting.subject.name]
    rows = []
    for what, side in ((_WHAT, plain), (f"{_WHAT}, TCP_NODELAY", nodelay)):
        theirs = speeds[side.name]
        said = f"{side.name}: {median(theirs):.1f}/s"
        rows.append(row(what, median(mine), "1/s", said, paired(mine, theirs), judged=not setting.quick))
    return rows


def _start(setting: Setting, running: list[Process], name: str, *options: str) -> Side:
    port = free_port()
    command = [sys.executable, "-m", "bench.peers.store_and_forward"]
    command += ["--port", str(port), "--archive-port", str(setting.archives[ARCHIVE]), *options]
    process = Process(name, command, setting.directory / "store-and-forward.log")
    running.append(process)
    process.line()
    return Side(name, {ARCHIVE: port}, process)
