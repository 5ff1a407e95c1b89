"""Measures projection engines: filling them, the console's hottest questions, size, memory (docs/adr/0004).

    python -m bench.projection --events 1000000                 # the real path: SqliteProjection.apply
    python -m bench.projection --rows 1000000 --engine sqlite   # many rows, then the questions
    python -m bench.projection --rows 400000 --per-transfer 1   # all lists: three events a row

``--rows`` writes instance rows directly, with the transfers, events and sums that belong to them: only their number
matters to the questions. DuckDB is no dependency of Leadglass; it must be importable to be measured.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.projection_engines import CT, DIGEST, UID, Duck, Hospital, Sqlite
from leadglass.model.event import Event, InstanceBegun, InstanceOutcome, decode, encode
from leadglass.store.projection.feed import BATCH
from leadglass.store.projection.sqlite import SqliteProjection

ROUNDS = 9  # of each question; the first is stated apart
PER_TRANSFER = 200


def timed(question: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float, object]:
    """(first ms, median ms of the rest, the last answer)."""
    took: list[float] = []
    answer: object = None
    for _ in range(rounds):
        begin = time.perf_counter()
        answer = question()
        took.append((time.perf_counter() - begin) * 1e3)
    return round(took[0], 2), round(statistics.median(took[1:]), 2), answer


def stream(count: int) -> Iterator[Event]:
    """At least ``count`` events as workers write them, instances included."""
    hospital = Hospital(max(1, -(-count // (2 * PER_TRANSFER + 3))), PER_TRANSFER)
    for transfer in range(hospital.transfers):
        begin, *rest = hospital.listed(transfer)
        yield begin
        for n in range(1, PER_TRANSFER + 1):
            uid = hospital.instance_uid(transfer, n)
            yield Event(begin.id, begin.time, "PACS", InstanceBegun(transfer, 1, n, CT, uid, f"{UID}.{transfer}.2"))
            yield Event(begin.id, begin.time, "PACS", InstanceOutcome(transfer, 1, n, 0, "success", 524_288))
        yield from rest


def measure_apply(count: int, folder: Path) -> dict[str, object]:
    """Events a second through decoding and `apply`, in the batches of the feed."""
    path = folder / "apply.sqlite"
    projection = SqliteProjection(path)
    events = stream(count)
    spent, done = 0.0, 0
    while batch := [encode(event) for event, _ in zip(events, range(BATCH), strict=False)]:
        begin = time.perf_counter()
        projection.apply("2026-01", done, [(DIGEST, decode(data)) for data in batch])
        spent += time.perf_counter() - begin
        done += len(batch)
    projection.close()
    return {
        "events": done,
        "seconds": round(spent, 2),
        "events_per_second": round(done / spent),
        "bytes_per_event": round(path.stat().st_size / done, 1),
    }


def measure_engine(name: str, hospital: Hospital, minutes: float, folder: Path) -> dict[str, object]:
    """Fill, ask, follow."""
    engine: Sqlite | Duck = Sqlite(folder) if name == "sqlite" else Duck(folder)
    begin = time.monotonic()
    done = engine.fill(hospital, lambda: time.monotonic() < begin + minutes * 60)
    seconds = time.monotonic() - begin
    filled = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reached = Hospital(done, hospital.per_transfer) if done < hospital.transfers else hospital
    answers = {}
    for question, ask in engine.questions(reached).items():
        first, median, lines = timed(ask)
        answers[question] = {"first_ms": first, "median_ms": median, "lines": lines}
    _, small, _ = timed(engine.follow, 31)
    engine.close()
    size = sum(file.stat().st_size for file in folder.glob("projection.*"))
    rows = done * hospital.per_transfer
    return {
        "engine": name,
        "rows": rows,
        "complete": done == hospital.transfers,
        "fill_seconds": round(seconds, 1),
        "rows_per_second": round(rows / seconds),
        "bytes": size,
        "bytes_per_row": round(size / max(1, rows), 1),
        "peak_mib_filling": filled // 1024,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "small_batch_ms": small,
        "questions": answers,
    }


def main() -> None:
    """Measure what was asked and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=0, help="instance rows to fill the engine with")
    parser.add_argument("--per-transfer", type=int, default=PER_TRANSFER, help="instances of one transfer")
    parser.add_argument("--engine", choices=("sqlite", "duckdb"), default="sqlite")
    parser.add_argument("--events", type=int, default=0, help="events to take in through apply")
    parser.add_argument("--minutes", type=float, default=25.0, help="filling stops then, and says how far it came")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leadglass-bench-") as folder:
        found: dict[str, object] = {"cpus": os.cpu_count(), "sqlite": sqlite3.sqlite_version}
        if asked.events:
            found["apply"] = measure_apply(asked.events, Path(folder))
        if asked.rows:
            hospital = Hospital(max(1, asked.rows // asked.per_transfer), asked.per_transfer)
            found["engine"] = measure_engine(asked.engine, hospital, asked.minutes, Path(folder))
        print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
