"""Measures projection engines: filling them, the console's hottest questions, size, memory (docs/adr/0004).

    python bench/projection.py --rows 1000000 --engine sqlite
    python bench/projection.py --events 1000000          # the real path: SqliteProjection.apply

``--rows`` writes that many instance rows directly, with the transfers, events and sums that belong to them (a transfer has
`PER_TRANSFER` instances, a year has all of them), because only size matters to the questions. DuckDB is no dependency of
Leadglass; it must be importable to be measured.
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
from typing import Any

from leadglass.model.event import (
    Association,
    AssociationClosed,
    Event,
    EventId,
    InstanceBegun,
    InstanceOutcome,
    Judgement,
    Refusal,
    TransferBegun,
    TransferClosed,
)
from leadglass.model.patient import Patient
from leadglass.store.projection.interface import Filter
from leadglass.store.projection.sqlite import POSITION_BITS, SqliteProjection

PER_TRANSFER = 200  # instances
DEVICES = 60
YEAR = 365 * 86_400 * 1_000_000_000
START = 1_767_225_600 * 1_000_000_000  # 2026-01-01 UTC
DAY = 86_400 * 1_000_000_000
CT = "1.2.840.10008.5.1.4.1.1.2"
UID = "1.2.826.0.1.3680043.8.498"
CHUNK = 500  # transfers in one transaction
DIGEST = "ab" * 32


def association(transfer: int) -> Association:
    """The association that transfer came over."""
    device = transfer % DEVICES
    return Association(
        transfer, f"10.1.{device // 20}.{device}", 40_000, f"CT{device}", "PACS", f"ct-{device}", "pacs", "enforce", 3
    )


def listed(transfer: int, transfers: int) -> list[Event]:
    """What one transfer puts into lists; every tenth comes with a refusal."""
    at = START + transfer * (YEAR // transfers)
    speaker = association(transfer)
    patient = Patient(f"PID{transfer % max(1, transfers // 4):08}", "HOSPITAL", "Doe^Jane", b"", b"")
    study = f"{UID}.{transfer}.1"
    counter = transfer * 10
    bodies: list[Any] = [
        TransferBegun(
            speaker, 1, patient, study, CT, accession=f"A{transfer}", modality="CT", judgement=Judgement("ct-may-store")
        ),
        TransferClosed(
            speaker, (1,), patient, (study,), {CT: PER_TRANSFER}, {"success": PER_TRANSFER}, "released", 1 << 26
        ),
        AssociationClosed(speaker, at, "released", instances=PER_TRANSFER),
    ]
    if transfer % 10 == 0:
        bodies.append(Refusal(speaker, "operation", "operation", "status 0124H", would=transfer % 20 == 0))
    return [Event(EventId("w0", 1, counter + n), at + n, "PACS", body) for n, body in enumerate(bodies)]


def instance_uid(transfer: int, number: int) -> str:
    """A SOP Instance UID of usual length."""
    return f"{UID}.{transfer:09}.1.{number:05}.{transfer * 7919 + number:012}"


class Sqlite:
    """The engine under test as it ships; instance rows are written past `apply`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "projection.sqlite"
        self.projection = SqliteProjection(self.path)
        self.deep = ""

    def fill(self, transfers: int, deadline: float) -> int:
        """Write transfers and their instances until the deadline; how many transfers were written."""
        db, ingest = self.projection._writer, self.projection._ingest  # noqa: SLF001 -- the bench goes below apply
        db.execute("INSERT INTO logs (name, next) VALUES ('2026-01', 0)")
        db.execute("INSERT INTO uids VALUES (1, ?), (2, ?)", (CT, UID))
        leaf = 1 << POSITION_BITS
        for first in range(0, transfers, CHUNK):
            if time.monotonic() > deadline:
                return first
            db.execute("BEGIN")
            rows: list[tuple[object, ...]] = []
            for transfer in range(first, min(first + CHUNK, transfers)):
                events = listed(transfer, transfers)
                ingest.take(leaf, [(DIGEST, event) for event in events])
                rows += [
                    (leaf, n, 1, 2, instance_uid(transfer, n), 0, 1, 524_288, leaf + 2 * n, leaf + 2 * n + 1)
                    for n in range(1, PER_TRANSFER + 1)
                ]
                leaf += 2 * PER_TRANSFER + 10
            db.executemany("INSERT INTO instances VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
            db.execute("UPDATE logs SET next = ?", (leaf - (1 << POSITION_BITS),))
            db.execute("COMMIT")
        return transfers

    def questions(self, transfers: int) -> dict[str, Callable[[], int]]:
        """The console's pages, each giving the number of lines it has."""
        middle = START + YEAR // 2
        refusals, p = Filter(kinds=("refusal",)), self.projection
        key = p.accesses(Filter(patient="PID00000007"))[0][0].key
        return {
            "patient page": lambda: len(p.accesses(Filter(patient="PID00000007"))[0]),
            "instances of an access": lambda: len(p.instances(key)[0]),
            "refusals, page 1": lambda: len(p.events(refusals).rows),
            "refusals, deep page": lambda: len(p.events(refusals, f"{middle}.0").rows),
            "refusals of one peer": lambda: len(p.events(Filter(kinds=("refusal",), peer="ct-20")).rows),
            "events, page 1": lambda: len(p.events(Filter()).rows),
            "text, common": lambda: len(p.events(Filter(text="ct1")).rows),
            "text, one accession": lambda: len(p.events(Filter(text=f"a{transfers - 1}")).rows),
            "patients, page 1": lambda: len(p.patients(Filter())[0]),
            "flows over a day": lambda: len(p.flows(middle, middle + DAY)),
            "flows over the year": lambda: len(p.flows(START, START + YEAR)),
        }

    def follow(self) -> None:
        """One small batch, as the live console takes them."""
        log, following = self.projection.position()
        speaker = association(following)
        body = TransferBegun(speaker, following, Patient("LIVE"), f"{UID}.9", CT)
        leaves: list[Any] = [Event(EventId("w1", 2, 1), START + YEAR, "PACS", body)]
        for n in range(1, 25):
            leaves.append(
                Event(
                    EventId("w1", 2, n),
                    START + YEAR,
                    "PACS",
                    InstanceBegun(speaker.number, following, n, CT, f"{UID}.{n}"),
                )
            )
            leaves.append(
                Event(
                    EventId("w1", 2, n),
                    START + YEAR,
                    "PACS",
                    InstanceOutcome(speaker.number, following, n, 0, "success", 9),
                )
            )
        self.projection.apply(log, following, [(DIGEST, leaf) for leaf in leaves])

    def size(self) -> int:
        """Bytes on disk."""
        return sum(f.stat().st_size for f in self.path.parent.glob("projection.sqlite*"))


class Duck:
    """The same tables and questions in DuckDB, its rows made by SQL, without paging through our Python."""

    def __init__(self, folder: Path) -> None:
        import duckdb  # noqa: PLC0415 # type: ignore[import-not-found,unused-ignore] -- only when it is measured

        self.path = folder / "projection.duckdb"
        self.db = duckdb.connect(str(self.path), config={"threads": 2})
        self.db.execute("""
            CREATE TABLE accesses (id BIGINT, patient VARCHAR, study VARCHAR, accession VARCHAR, flow INTEGER,
                began BIGINT, ended BIGINT, success INTEGER, bytes BIGINT, closed VARCHAR);
            CREATE TABLE instances (access BIGINT, number INTEGER, sop_class INTEGER, series INTEGER, sop_instance VARCHAR,
                status INTEGER, outcome TINYINT, bytes BIGINT, begin_leaf BIGINT, outcome_leaf BIGINT);
            CREATE TABLE events (id BIGINT, time BIGINT, kind VARCHAR, peer VARCHAR, archive VARCHAR, patient VARCHAR,
                cause VARCHAR, would BOOLEAN, text VARCHAR, digest BLOB, event BLOB);
            CREATE TABLE flows (bucket BIGINT, flow INTEGER, instances BIGINT, bytes BIGINT, last BIGINT);""")

    def fill(self, transfers: int, deadline: float) -> int:
        """Write transfers and their instances until the deadline; how many transfers were written."""
        step, width = CHUNK * 20, 2 * PER_TRANSFER + 10
        blob = "encode(repeat('x', 260))"
        for first in range(0, transfers, step):
            if time.monotonic() > deadline:
                return first
            last = min(first + step, transfers)
            at = f"{START} + t * {YEAR // transfers}"
            who = f"'ct-' || (t % {DEVICES}), 'pacs', 'PID' || lpad((t % {max(1, transfers // 4)})::VARCHAR, 8, '0')"
            self.db.execute("BEGIN")
            self.db.execute(f"""
                INSERT INTO accesses SELECT t * {width}, 'PID' || lpad((t % {max(1, transfers // 4)})::VARCHAR, 8, '0'),
                    '{UID}.' || t || '.1', 'A' || t, t % {DEVICES}, {at}, {at} + 1, {PER_TRANSFER}, 1 << 26, 'released'
                FROM range({first}, {last}) r(t);
                INSERT INTO events SELECT t * {width} + n, {at} + n,
                    CASE n WHEN 0 THEN 'transfer-begun' WHEN 1 THEN 'transfer-closed' WHEN 2 THEN 'association-closed'
                        ELSE 'refusal' END, {who}, CASE n WHEN 3 THEN 'operation' ELSE '' END, t % 20 = 0,
                    'ct' || (t % {DEVICES}) || ' pacs 10.1.0.0 a' || t, encode(repeat('d', 32)), {blob}
                FROM range({first}, {last}) r(t), range(0, 4) s(n) WHERE n < 3 OR t % 10 = 0;
                INSERT INTO flows SELECT ({at}) // 60000000000, t % {DEVICES}, {PER_TRANSFER}, 1 << 26, {at}
                FROM range({first}, {last}) r(t);
                INSERT INTO instances SELECT t * {width}, n, 1, 2,
                    '{UID}.' || lpad(t::VARCHAR, 9, '0') || '.1.' || lpad(n::VARCHAR, 5, '0') || '.' ||
                        lpad((t * 7919 + n)::VARCHAR, 12, '0'), 0, 1, 524288, t * {width} + 2 * n, t * {width} + 2 * n + 1
                FROM range({first}, {last}) r(t), range(1, {PER_TRANSFER} + 1) s(n);""")
            self.db.execute("COMMIT")
        self.db.execute("CHECKPOINT")
        return transfers

    def questions(self, transfers: int) -> dict[str, Callable[[], int]]:
        """The same pages as SQL."""
        middle, width = START + YEAR // 2, 2 * PER_TRANSFER + 10

        def ask(sql: str) -> Callable[[], int]:
            return lambda: len(self.db.execute(sql).fetchall())

        page = "ORDER BY time DESC, id DESC LIMIT 50"
        rows = (
            f"SELECT flow, sum(instances), sum(bytes), max(last) FROM flows WHERE bucket >= {middle // 60_000_000_000}"
        )
        return {
            "patient page": ask("SELECT * FROM accesses WHERE patient = 'PID00000007' ORDER BY began DESC LIMIT 50"),
            "instances of an access": ask(
                f"SELECT * FROM instances WHERE access = {7 * width} ORDER BY number LIMIT 50"
            ),
            "refusals, page 1": ask(f"SELECT * FROM events WHERE kind = 'refusal' {page}"),
            "refusals, deep page": ask(f"SELECT * FROM events WHERE kind = 'refusal' AND time < {middle} {page}"),
            "refusals of one peer": ask(f"SELECT * FROM events WHERE kind = 'refusal' AND peer = 'ct-20' {page}"),
            "events, page 1": ask(f"SELECT * FROM events {page}"),
            "text, common": ask(f"SELECT * FROM events WHERE contains(text, 'ct1') {page}"),
            "text, one accession": ask(f"SELECT * FROM events WHERE contains(text, 'a{transfers - 1}') {page}"),
            "patients, page 1": ask(
                "SELECT patient, count(DISTINCT study), sum(success), max(ended) AS seen FROM accesses"
                " GROUP BY patient ORDER BY seen DESC LIMIT 50"
            ),
            "flows over a day": ask(f"{rows} AND bucket < {(middle + DAY) // 60_000_000_000} GROUP BY flow"),
            "flows over the year": ask(f"{rows} - 600000 GROUP BY flow"),
        }

    def follow(self) -> None:
        """One small batch, as the live console takes them: rows appear, then get their outcome."""
        self.db.execute("BEGIN")
        self.db.executemany(
            "INSERT INTO instances VALUES (?,?,1,2,?,-1,0,9,1,2)", [(1 << 50, n, f"{UID}.{n}") for n in range(24)]
        )
        self.db.execute("UPDATE instances SET outcome = 1 WHERE access = ?", [1 << 50])
        self.db.execute("DELETE FROM instances WHERE access = ?", [1 << 50])
        self.db.execute("COMMIT")

    def size(self) -> int:
        """Bytes on disk."""
        return sum(f.stat().st_size for f in self.path.parent.glob("projection.duckdb*"))


def timed(question: Callable[[], int], rounds: int = 7) -> tuple[float, float, int]:
    """(first ms, median ms of the rest, lines)."""
    took: list[float] = []
    lines = 0
    for _ in range(rounds):
        begin = time.perf_counter()
        lines = question()
        took.append((time.perf_counter() - begin) * 1e3)
    return took[0], statistics.median(took[1:]), lines


def stream(count: int) -> Iterator[Event]:
    """``count`` events as workers write them, instances included."""
    transfers, made = max(1, count // (2 * PER_TRANSFER + 3)), 0
    for transfer in range(1 << 60):
        begin, *rest = listed(transfer % transfers, transfers)
        yield begin
        number = begin.body.association.number  # type: ignore[union-attr] -- a TransferBegun
        for n in range(1, PER_TRANSFER + 1):
            yield Event(begin.id, begin.time, "PACS", InstanceBegun(number, 1, n, CT, instance_uid(transfer, n), UID))
            yield Event(begin.id, begin.time, "PACS", InstanceOutcome(number, 1, n, 0, "success", 524_288))
        yield from rest
        made += 2 * PER_TRANSFER + 1 + len(rest)
        if made >= count:
            return


def measure_apply(count: int, folder: Path) -> dict[str, object]:
    """Events a second through `apply`, in batches of 4,096."""
    projection = SqliteProjection(folder / "apply.sqlite")
    batch: list[tuple[str, Event | None]] = []
    spent, done = 0.0, 0

    def flush() -> None:
        nonlocal spent, done
        begin = time.perf_counter()
        projection.apply("2026-01", done, batch)
        spent += time.perf_counter() - begin
        done += len(batch)
        batch.clear()

    for event in stream(count):
        batch.append((DIGEST, event))
        if len(batch) == 4_096:
            flush()
    flush()
    projection.close()
    size = (folder / "apply.sqlite").stat().st_size
    return {"events": done, "seconds": round(spent, 2), "events_per_second": round(done / spent), "bytes": size}


def measure_engine(name: str, rows: int, minutes: float, folder: Path) -> dict[str, object]:
    """Fill, ask, follow."""
    engine: Sqlite | Duck = Sqlite(folder) if name == "sqlite" else Duck(folder)
    transfers = max(1, rows // PER_TRANSFER)
    begin = time.monotonic()
    done = engine.fill(transfers, begin + minutes * 60)
    seconds = time.monotonic() - begin
    filled = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answers = {}
    for question, ask in engine.questions(done).items():
        first, median, lines = timed(ask)
        answers[question] = {"first_ms": round(first, 2), "median_ms": round(median, 2), "lines": lines}
    _, follow, _ = timed(lambda: engine.follow() or 0, 30)
    return {
        "engine": name,
        "rows": done * PER_TRANSFER,
        "complete": done == transfers,
        "fill_seconds": round(seconds, 1),
        "rows_per_second": round(done * PER_TRANSFER / seconds),
        "bytes": engine.size(),
        "bytes_per_row": round(engine.size() / max(1, done * PER_TRANSFER), 1),
        "peak_mib_filling": filled // 1024,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "small_batch_ms": round(follow, 2),
        "questions": answers,
    }


def main() -> None:
    """Measure what was asked and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=0, help="instance rows to fill the engine with")
    parser.add_argument("--engine", choices=("sqlite", "duckdb"), default="sqlite")
    parser.add_argument("--events", type=int, default=0, help="events to take in through apply")
    parser.add_argument("--minutes", type=float, default=25.0, help="filling stops then, and says how far it came")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leadglass-bench-") as folder:
        found: dict[str, object] = {"cpus": os.cpu_count(), "sqlite": sqlite3.sqlite_version}
        if asked.events:
            found["apply"] = measure_apply(asked.events, Path(folder))
        if asked.rows:
            found["engine"] = measure_engine(asked.engine, asked.rows, asked.minutes, Path(folder))
        print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
