"""200 concurrent associations of mixed load: memory, and an account of every instance. Never samples."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from bench.accounting import Recorded, account, read_ledger, read_lines
from bench.processes import BenchError, Process, stopped_at_exit
from bench.rows import Row, row
from bench.setting import GENERATOR, LOAD_SECONDS, Setting
from bench.sides import LEADGLASS, MIXED

_PASSES = 6
_LEDGER_SECONDS = 30.0
_SAMPLE_SECONDS = 0.1


def measure(setting: Setting) -> list[Row]:
    """Passes of 400 associations, 200 at a time; memory is read all the while, the account taken at the end."""
    peaks: list[int] = []
    rests: list[int] = []
    fates: Counter[str] = Counter()
    files: list[Path] = []
    began = time.time_ns() // 1_000_000
    count = setting.size(400, 32)
    for number in range(setting.size(_PASSES, 2)):
        files.append(setting.directory / f"told-{number}")
        peak, seen = _pass(setting, count, began + number, files[-1])
        peaks.append(peak)
        rests.append(setting.subject.resident())
        fates.update(seen)
    told, kept = read_lines(files), read_lines([setting.kept])
    growth = (rests[-1] - rests[(len(rests) - 1) // 2]) / 2**20
    recorded = _ledger(setting, fates, set(told)) if setting.subject.name == LEADGLASS else Recorded()
    found = account(told, kept, recorded)
    (setting.directory.parent / "account.json").write_text(
        json.dumps(
            {
                "fates": fates,
                "refusals": recorded.refusals,
                "lost": found.lost,
                "changed": found.changed,
                "unexplained": found.unexplained,
                "unaccounted": found.unaccounted,
            },
            indent=1,
        ),
        "ascii",
    )
    delivered = sum(said.delivered for said in told.values())
    unknown = sum(outcome == "unknown" for entries in recorded.outcomes.values() for outcome, _ in entries)
    missing = _refusals_missing(fates, recorded)
    judged = not setting.quick

    def counted(name: str, value: float, unit: str = "instances", note: str = "") -> Row:
        return row(f"200 associations: {name}", value, unit, note=note, judged=judged)

    said = f"of {len(told)} sent, {len(kept)} in the archive"
    return [
        counted("instances told Success or Warning", delivered, note=said),
        counted("outcome unknown", unknown),
        counted("told Success or Warning and not in the archive", len(found.lost)),
        counted("in the archive, untold and not outcome unknown", len(found.unexplained)),
        counted("objects changed on the way", len(found.changed)),
        counted("not accounted for in the ledger", len(found.unaccounted) + missing, note="instances and refusals"),
        counted(
            "memory growth over the later passes",
            growth,
            "MiB",
            f"{rests[-1] / 2**20:.0f} MiB, peak {max(peaks) / 2**20:.0f} MiB",
        ),
    ]


def _pass(setting: Setting, count: int, run: int, told: Path) -> tuple[int, Counter[str]]:
    """One pass: the subject's peak of resident memory, and what became of everything."""
    said = setting.arguments("mixed", setting.subject, MIXED, count=count, concurrent=200, run=run, told=told)
    generator = Process(
        "generator mixed", [sys.executable, "-m", GENERATOR, *said], setting.directory / "generator.log"
    )
    peak = 0
    end = time.monotonic() + LOAD_SECONDS
    with stopped_at_exit() as running:
        running.append(generator)
        while time.monotonic() < end:
            peak = max(peak, setting.subject.resident())
            try:
                out, _ = generator.popen.communicate(timeout=_SAMPLE_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            if generator.popen.returncode:
                raise BenchError("the mixed load failed", f"see {generator.log}: {generator.tail()}")
            return peak, Counter(json.loads(out)["fates"])
    raise BenchError(f"the mixed load took longer than {LOAD_SECONDS:g} s", f"see {generator.log}")


def _refusals_missing(fates: Counter[str], recorded: Recorded) -> int:
    """Refusals the senders met that the ledger does not have."""
    if not recorded.outcomes:
        return 0
    unknown = fates["association 1/1/3"] - recorded.refusals["unknown-caller"]
    contexts = fates["context refused"] - recorded.refusals["context"]
    return max(unknown, 0) + max(contexts, 0)


def _ledger(setting: Setting, fates: Counter[str], sent: set[str]) -> Recorded:
    """The ledger once it has merged all of the load: when nothing more comes, or time is over."""
    path = setting.directory / "data" / "ledger"
    end = time.monotonic() + _LEDGER_SECONDS
    before = read_ledger(path)
    while time.monotonic() < end:
        time.sleep(1.0)
        now = read_ledger(path)
        ours = {uid: entries for uid, entries in now.outcomes.items() if uid in sent}
        settled = all(outcome != "open" for entries in ours.values() for outcome, _ in entries)
        if ours and settled and now == before and not _refusals_missing(fates, now):
            return now
        before = now
    return before
