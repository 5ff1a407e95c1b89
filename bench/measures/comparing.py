"""What a comparison costs, alone in a process: a large network, more rules, a small hospital, rules that hide.

Nothing is parsed: networks are made in the form that every importer writes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from bench.machine import REPOSITORY
from bench.processes import BenchError
from bench.rows import NETWORK, Row, median, row

RULES = 10_000
ROUNDS = 3
SMALL = ("--rules", "1500", "--zones", "20", "--firewalls", "3")
HIDDEN = 10_000
_QUICK = ("--zones", "40", "--firewalls", "4")
_TIMEOUT = 600  # seconds


def measure(*, quick: bool) -> list[Row]:
    """All of them."""
    rounds, rules = (1, RULES // 50) if quick else (ROUNDS, RULES)
    size = _QUICK if quick else ()
    runs = {
        factor: [_once("--rules", str(int(rules * factor)), *size) for _ in range(rounds)] for factor in (0.5, 1, 2)
    }
    seconds = {factor: median([one["seconds"] for one in found]) for factor, found in runs.items()}
    half, usual, double = (1e6 * seconds[factor] / (rules * factor) for factor in (0.5, 1, 2))
    found = runs[1][0]
    small = [_once(*SMALL) for _ in range(rounds)]
    hidden = [_once("--rules", str(HIDDEN // 50 if quick else HIDDEN), "--shadowed") for _ in range(rounds)]
    telling = f"{found['asked']:,} cells asked, {found['cells']:,} to tell of"
    return [
        _row("compare 10,000 rules, 500 zones, 8 firewalls", seconds[1], "s", telling, quick=quick),
        _row("memory of that, peak", max(one["peak"] for one in runs[1]), "MiB", quick=quick),
        _row("pairs of zones of that left to the exact engine", found["walked"], "pairs", quick=quick),
        _row("compare 5,000 rules", seconds[0.5], "s", quick=quick),
        _row("compare 20,000 rules", seconds[2], "s", quick=quick),
        _row(
            "cost of a rule among 20,000",
            double,
            "µs",
            f"among 10,000: {usual:.4g} µs, among 5,000: {half:.4g} µs",
            double / usual,
            quick=quick,
        ),
        _row(
            "small hospital: 20 zones, 3 firewalls of 500 rules",
            median([one["seconds"] for one in small]),
            "s",
            quick=quick,
        ),
        _row(
            "10,000 parts denied before all is permitted", median([one["seconds"] for one in hidden]), "s", quick=quick
        ),
        _row("cells of that not covered", hidden[0]["hidden"].get("not covered", 0), "cells", quick=quick),
        _row("cells of that said to pass", _wrong(hidden[0]), "cells", quick=quick),
    ]


def _wrong(found: dict[str, Any]) -> float:
    """Cells between the two zones where nothing passes that are said to pass."""
    return float(found["hidden"].get("some", 0) + found["hidden"].get("all", 0))


def _once(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.measures.one_comparison", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TIMEOUT, cwd=REPOSITORY)
    if done.returncode:
        raise BenchError(f"the comparison failed: {done.stderr[-400:]}", f"run it by itself: {' '.join(command)}")
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _row(what: str, value: float, unit: str, against: str = "", ratio: float | None = None, *, quick: bool) -> Row:
    return row(what, value, unit, against, ratio, required=NETWORK, judged=not quick)
