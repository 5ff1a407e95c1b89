"""User-space memory of an idle association, both legs. Never counts what the first associations cost once."""

from __future__ import annotations

import sys
import time

from bench.processes import BenchError, Process, stopped_at_exit
from bench.rows import Row, row
from bench.setting import GENERATOR, Setting
from bench.sides import Side

_SETTLE_SECONDS = 3  # an association goes on record after a second, reports are made once a second


def measure(setting: Setting) -> list[Row]:
    """Growth of private memory by 500 associations more than the 32 that stay open meanwhile."""
    ours, theirs = (_growth(setting, side) for side in (setting.subject, setting.haproxy))
    said = f"HAProxy: {theirs:.1f} KiB"
    what = "memory of an idle association, both legs"
    return [row(what, ours, "KiB", said, ours / theirs if theirs > 0 else None, judged=not setting.quick)]


def _growth(setting: Setting, side: Side) -> float:
    """KiB an association."""
    count = setting.size(500, 20)
    with stopped_at_exit() as held:
        _hold(setting, side, 32, held)
        before = side.private()
        _hold(setting, side, count, held)
        grown = side.private() - before
        for generator in held:
            generator.end_input()
            generator.popen.wait(60)
    if grown <= 0 and not setting.quick:
        raise BenchError(f"{side.name} holds {count} associations in no memory", "look for its processes")
    return grown / count / 1024


def _hold(setting: Setting, side: Side, count: int, held: list[Process]) -> None:
    """Adds a generator that holds ``count`` associations open until its input ends."""
    command = [sys.executable, "-m", GENERATOR, *setting.arguments("idle", side, count=count)]
    generator = Process("generator idle", command, setting.directory / "generator.log")
    held.append(generator)
    generator.line()
    time.sleep(setting.size(_SETTLE_SECONDS, 0))
