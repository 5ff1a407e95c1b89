"""`python -m bench.network`: comparisons of invented networks, and observed flows. Leaves nothing running.

Writes `bench/results/network.json` and prints its table; exits 1 where a required row is missing.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from rich.console import Console

import leadglass
from bench import report, rows
from bench.machine import REPOSITORY, directory, machine
from bench.measures import comparing, observing
from bench.processes import exit_at_sigterm
from bench.rows import NETWORK, Row
from leadglass.errors import LeadglassError

RESULT = REPOSITORY / "bench" / "results" / "network.json"

MEASURES: dict[str, Callable[[bool], list[Row]]] = {
    "comparing": lambda quick: comparing.measure(quick=quick),
    "observing": lambda quick: observing.measure(quick=quick),
}

METHOD = """\
Networks are invented (bench/networks.py, seeded) in the form that importers write; reading texts is not counted.
Typical: /24 zones spread over firewalls on one backbone, each zone with a role of the model of 2026, its services and
more, 60 in all. A rule permits (85 %) or denies a service, one of its ports or a range, between hosts (45 %), parts
(15 %), whole zones (30 %) or groups of hosts (10 %) of two zones, on both their firewalls; one field of 10 % is any.
The first firewall hides all sources towards the Internet behind one address and publishes 30 machines.
A comparison is timed from devices in memory to all cells of which there is something to say, alone in its process, one
thread; its memory is that process's peak (resident). Medians of three.
Adversarial: 10,000 rules in random order, each denying a part, together deny all between two of 20 zones; the last
permits everything. Nothing passes there; what the exact engine cannot hold apart is not covered, never said to pass.
Flows: a log in memory (bench/peers/flows.py), 30 days, from its bytes to sightings by zone, zone and service."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.network", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run: a small network, nothing judged")
    parser.add_argument("--only", action="append", choices=MEASURES, help="this measure alone; may be repeated")
    parser.add_argument("--result", type=Path, default=RESULT, help="the file to write")
    chosen = parser.parse_args(arguments)
    progress = Console(stderr=True)
    found: list[Row] = []
    try:
        for name in [name for name in MEASURES if not chosen.only or name in chosen.only]:
            progress.print(f"{name} …")
            found += MEASURES[name](chosen.quick)
        result = report.document(
            "network", found, machine(directory()), versions(), method=METHOD, comparable=not chosen.quick
        )
    except LeadglassError as fault:
        progress.print(f"error: {fault}\nhint: {fault.hint}", highlight=False, markup=False)
        return fault.exit_code
    report.write(chosen.result, result)
    report.show(result, report.paper())
    absent = rows.missing(found, NETWORK) if not chosen.only else []
    if absent:
        progress.print(f"error: {len(absent)} required rows are missing: {'; '.join(absent)}", markup=False)
    return 1 if absent else 0


def versions() -> dict[str, str]:
    """What was measured with what."""
    said = {"python": platform.python_version(), "leadglass": leadglass.__version__}
    return said | {name: metadata.version(name) for name in ("numpy", "polars", "msgspec")}


if __name__ == "__main__":
    exit_at_sigterm()
    sys.exit(main())
