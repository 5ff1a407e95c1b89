"""`python -m bench.measures.one_comparison`: one comparison in a process of its own, for its memory. Prints a line."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import Counter

from bench import networks
from leadglass.network.compare import compare
from leadglass.network.intervals import Intervals
from leadglass.network.reach import Bounds, Reach

HIDDEN = ("zone-1", "zone-2")
"""The two zones between which `networks.shadowed` lets nothing pass."""


def main() -> int:
    """Measures; seconds, mebibytes at the peak, cells, pairs that were walked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, required=True)
    parser.add_argument("--zones", type=int, default=500)
    parser.add_argument("--firewalls", type=int, default=8)
    parser.add_argument(
        "--shadowed", action="store_true", help="every rule denies a part of all that is permitted last"
    )
    chosen = parser.parse_args()
    if chosen.shadowed:
        invented = networks.shadowed(chosen.rules)
    else:
        invented = networks.typical(chosen.rules, chosen.zones, chosen.firewalls)
    walked = _counted()
    start = time.perf_counter()
    found = compare(invented.hospital, invented.model, invented.devices)
    seconds = time.perf_counter() - start
    answers = Counter(cell.permitted.value for cell in found.cells)
    said = {
        "seconds": seconds,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "rules": invented.rules,
        "asked": found.asked,
        "cells": len(found.cells),
        "walked": len(walked),
        "answers": answers,
        "hidden": Counter(cell.permitted.value for cell in found.cells if (cell.source, cell.destination) == HIDDEN),
    }
    sys.stdout.write(json.dumps(said) + "\n")
    return 0


def _counted() -> list[None]:
    """Every pair that the exact engine walks adds to it."""
    found: list[None] = []
    towards = Reach._towards

    def counting(self: Reach, destination: Intervals) -> Bounds:
        found.append(None)
        return towards(self, destination)

    Reach._towards = counting  # type: ignore[method-assign]  # for the count alone
    return found


if __name__ == "__main__":
    sys.exit(main())
