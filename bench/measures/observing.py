"""What observed flows cost, from a log's bytes to sightings by zone and service. Writing the log is not counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from bench import networks
from bench.peers import flows as invented
from bench.rows import NETWORK, Row, median, row
from leadglass.network.flows import SOURCES
from leadglass.network.flows.observe import observe
from leadglass.network.flows.vantage import capture, vantage
from leadglass.network.zones import partition

COUNT, ZONES, ROUNDS = 1_000_000, 500, 3
LOGS: dict[str, tuple[str, Callable[[int, int], Iterator[bytes]]]] = {
    "a million flows of Zeek, 500 zones": ("zeek", invented.zeek),
    "a million records of NetFlow, 500 zones": ("netflow-csv", invented.netflow),
}


def measure(*, quick: bool) -> list[Row]:
    """Each kind of log."""
    count, rounds = (COUNT // 200, 1) if quick else (COUNT, ROUNDS)
    zones = partition(invented.hospital(ZONES))
    services = networks.model().services
    found = []
    for what, (kind, write) in LOGS.items():
        log = list(write(count, ZONES))
        seconds, seen = zip(*(_once(kind, log, zones, services) for _ in range(rounds)), strict=True)
        assert seen[0] > 0, "nothing was seen: this measured nothing"
        size = sum(map(len, log)) / 2**20
        against = f"{size:.0f} MiB, {seen[0]:,} cells seen"
        found.append(row(what, median(seconds), "s", against, required=NETWORK, judged=not quick))
    return found


def _once(kind: str, log: list[bytes], zones: Any, services: Any) -> tuple[float, int]:
    start = time.perf_counter()
    flows = SOURCES[kind](log, "log")
    seen = observe(flows, capture(flows, vantage("zone:zone-0")), zones, services)
    return time.perf_counter() - start, len(seen.seen)
