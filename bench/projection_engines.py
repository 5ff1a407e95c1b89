"""The engines that bench/projection.py measures, and the year they are filled with. Never used by the product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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

DEVICES = 60
DAY = 86_400 * 1_000_000_000
YEAR = 365 * DAY
START = 1_767_225_600 * 1_000_000_000  # 2026-01-01 UTC
CT = "1.2.840.10008.5.1.4.1.1.2"
UID = "1.2.826.0.1.3680043.8.498"
CHUNK = 500  # transfers in one transaction
DIGEST = "ab" * 32

Questions = dict[str, Callable[[], int]]


@dataclass(frozen=True, slots=True)
class Hospital:
    """A year of transfers, each of ``per_transfer`` instances; every tenth comes with a refusal."""

    transfers: int
    per_transfer: int

    @property
    def patients(self) -> int:
        """Each has four transfers."""
        return max(1, self.transfers // 4)

    @property
    def leaves(self) -> int:
        """Places in the log that a transfer takes."""
        return 2 * self.per_transfer + 10

    def association(self, transfer: int) -> Association:
        """The association that transfer came over."""
        n = transfer % DEVICES
        return Association(transfer, f"10.1.{n // 20}.{n}", 40_000, f"CT{n}", "PACS", f"ct-{n}", "pacs", "enforce", 3)

    def listed(self, transfer: int) -> list[Event]:
        """What one transfer puts into lists."""
        at = START + transfer * (YEAR // self.transfers)
        speaker, study = self.association(transfer), f"{UID}.{transfer}.1"
        patient = Patient(f"PID{transfer % self.patients:08}", "HOSPITAL", "Doe^Jane")
        count, rule = self.per_transfer, Judgement("ct-may-store")
        bodies: list[Any] = [
            TransferBegun(speaker, 1, patient, study, CT, accession=f"A{transfer}", modality="CT", judgement=rule),
            TransferClosed(speaker, (1,), patient, (study,), {CT: count}, {"success": count}, "released", 1 << 26),
            AssociationClosed(speaker, at, "released", instances=count),
        ]
        if transfer % 10 == 0:
            bodies.append(Refusal(speaker, "operation", "operation", "status 0124H", would=transfer % 20 == 0))
        return [Event(EventId("w0", 1, transfer * 10 + n), at + n, "PACS", body) for n, body in enumerate(bodies)]

    def instance_uid(self, transfer: int, number: int) -> str:
        """A SOP Instance UID of usual length, its tail without order."""
        tail = (transfer * 7919 + number) % 1_000_003 * 2_654_435_761 % 10**12
        return f"{UID}.{transfer:09}.1.{number:05}.{tail:012}"


class Sqlite:
    """The engine as it ships; instance rows are written past `apply`, with the statement it uses."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "projection.sqlite"
        self.projection = SqliteProjection(self.path)

    def fill(self, hospital: Hospital, going: Callable[[], bool]) -> int:
        """Write transfers while ``going``; how many were written."""
        db, ingest = self.projection._writer, self.projection._ingest
        db.execute("INSERT INTO logs (name, next) VALUES ('2026-01', 0)")
        db.execute("INSERT INTO uids VALUES (1, ?), (2, ?)", (CT, UID))
        base = 1 << POSITION_BITS
        done = 0
        while done < hospital.transfers and going():
            chunk = range(done, min(done + CHUNK, hospital.transfers))
            db.execute("BEGIN")
            for transfer in chunk:
                leaf = base + transfer * hospital.leaves
                ingest.take(leaf, [(DIGEST, event) for event in hospital.listed(transfer)])
                rows = [
                    (leaf, n, 1, 2, hospital.instance_uid(transfer, n), 0, 1, 524_288, leaf + 2 * n, leaf + 2 * n + 1)
                    for n in range(1, hospital.per_transfer + 1)
                ]
                db.executemany("INSERT INTO instances VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
            db.execute("COMMIT")
            done = chunk.stop
        db.execute("UPDATE logs SET next = ?", (done * hospital.leaves,))
        return done

    def questions(self, hospital: Hospital) -> Questions:
        """The console's pages, each giving the number of lines it has."""
        middle, p = START + YEAR // 2, self.projection
        refusals = Filter(kinds=("refusal",))
        key = p.accesses(Filter(patient="PID00000007"))[0][0].key
        return {
            "patient page": lambda: len(p.accesses(Filter(patient="PID00000007"))[0]),
            "instances of an access": lambda: len(p.instances(key)[0]),
            "refusals, page 1": lambda: len(p.events(refusals).rows),
            "refusals, deep page": lambda: len(p.events(refusals, f"{middle}.0").rows),
            "refusals of one peer": lambda: len(p.events(Filter(kinds=("refusal",), peer="ct-20")).rows),
            "would-refuse of one peer": lambda: len(p.events(Filter(peer="ct-20", would="yes")).rows),
            "events, page 1": lambda: len(p.events(Filter()).rows),
            "text, common": lambda: len(p.events(Filter(text="ct1")).rows),
            "text, one accession": lambda: len(p.events(Filter(text=f"a{hospital.transfers // 2}")).rows),
            "accesses, page 1": lambda: len(p.accesses(Filter())[0]),
            "accesses, one accession": lambda: len(p.accesses(Filter(text=f"a{hospital.transfers // 2}"))[0]),
            "patients, page 1": lambda: len(p.patients(Filter())[0]),
            "patients, text": lambda: len(p.patients(Filter(text="pid00000007"))[0]),
            "flows over a day": lambda: len(p.flows(middle, middle + DAY)),
            "flows over the year": lambda: len(p.flows(START, START + YEAR)),
        }

    def follow(self) -> None:
        """One small batch, as the live console takes them: a transfer of 24 instances."""
        log, following = self.projection.position()
        speaker = Association(following, "10.1.0.1", 1, "CT1", "PACS", "ct-1", "pacs")
        bodies: list[Any] = [TransferBegun(speaker, 1, Patient("LIVE"), f"{UID}.9", CT)]
        for n in range(1, 25):
            bodies.append(InstanceBegun(speaker.number, 1, n, CT, f"{UID}.{n}"))
            bodies.append(InstanceOutcome(speaker.number, 1, n, 0, "success", 9))
        events = [Event(EventId("w1", 2, 1), START + YEAR, "PACS", body) for body in bodies]
        self.projection.apply(log, following, [(DIGEST, event) for event in events])

    def close(self) -> None:
        """Let go of the file."""
        self.projection.close()


class Duck:
    """The same rows and questions in DuckDB: rows made by its own SQL, answers without our decoding and paging."""

    def __init__(self, folder: Path) -> None:
        import duckdb  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 (no dependency: only measured)

        self.path = folder / "projection.duckdb"
        self.db = duckdb.connect(str(self.path), config={"threads": 2})
        self.db.execute("""
            CREATE TABLE accesses (id BIGINT, patient VARCHAR, study VARCHAR, accession VARCHAR, flow INTEGER,
                began BIGINT, ended BIGINT, success INTEGER, bytes BIGINT, closed VARCHAR);
            CREATE TABLE instances (access BIGINT, number INTEGER, sop_class INTEGER, series INTEGER,
                sop_instance VARCHAR, status INTEGER, outcome TINYINT, bytes BIGINT, begin_leaf BIGINT,
                outcome_leaf BIGINT);
            CREATE TABLE events (id BIGINT, time BIGINT, kind VARCHAR, peer VARCHAR, archive VARCHAR, patient VARCHAR,
                cause VARCHAR, would BOOLEAN, text VARCHAR, digest BLOB, event BLOB);
            CREATE TABLE flows (bucket BIGINT, flow INTEGER, instances BIGINT, bytes BIGINT, last BIGINT);""")

    def fill(self, hospital: Hospital, going: Callable[[], bool]) -> int:
        """Write transfers while ``going``; how many were written."""
        done, width, count = 0, hospital.leaves, hospital.per_transfer
        at = f"{START} + t * {YEAR // hospital.transfers}"
        patient = f"'PID' || lpad((t % {hospital.patients})::VARCHAR, 8, '0')"
        # About as long as an event, of which half differs from one to the next.
        event = "encode(md5(t || 'a' || n) || md5(t || 'b' || n) || md5(t || 'c' || n) || repeat('x', 130))"
        tail = "(t * 7919 + n) % 1000003 * 2654435761 % 1000000000000"
        while done < hospital.transfers and going():
            last = min(done + CHUNK * 20, hospital.transfers)
            transfers = f"range({done}, {last}) r(t)"
            self.db.execute("BEGIN")
            self.db.execute(f"""
                INSERT INTO accesses SELECT t * {width}, {patient}, '{UID}.' || t || '.1', 'A' || t, t % {DEVICES},
                    {at}, {at} + 1, {count}, 1 << 26, 'released' FROM {transfers};
                INSERT INTO events SELECT t * {width} + n, {at} + n,
                    CASE n WHEN 0 THEN 'transfer-begun' WHEN 1 THEN 'transfer-closed' WHEN 2 THEN 'association-closed'
                        ELSE 'refusal' END, 'ct-' || (t % {DEVICES}), 'pacs', {patient},
                    CASE n WHEN 3 THEN 'operation' ELSE '' END, t % 20 = 0,
                    'ct' || (t % {DEVICES}) || ' pacs 10.1.0.0 a' || t, unhex(sha256(t || '.' || n)), {event}
                FROM {transfers}, range(0, 4) s(n) WHERE n < 3 OR t % 10 = 0;
                INSERT INTO flows SELECT ({at}) // 60000000000, t % {DEVICES}, {count}, 1 << 26, {at} FROM {transfers};
                INSERT INTO instances SELECT t * {width}, n, 1, 2,
                    '{UID}.' || lpad(t::VARCHAR, 9, '0') || '.1.' || lpad(n::VARCHAR, 5, '0') || '.' ||
                        lpad(({tail})::VARCHAR, 12, '0'),
                    0, 1, 524288, t * {width} + 2 * n, t * {width} + 2 * n + 1
                FROM {transfers}, range(1, {count} + 1) s(n);""")
            self.db.execute("COMMIT")
            done = last
        self.db.execute("CHECKPOINT")
        return done

    def questions(self, hospital: Hospital) -> Questions:
        """The same pages as SQL."""
        middle, text = START + YEAR // 2, f"contains(text, 'a{hospital.transfers // 2}')"

        def ask(sql: str) -> Callable[[], int]:
            return lambda: len(self.db.execute(sql).fetchall())

        page, refusals = "ORDER BY time DESC, id DESC LIMIT 50", "SELECT * FROM events WHERE kind = 'refusal'"
        sums = "SELECT flow, sum(instances), sum(bytes), max(last) FROM flows"
        minutes = f"bucket >= {middle // 60_000_000_000} AND bucket < {(middle + DAY) // 60_000_000_000}"
        patients = "SELECT patient, count(DISTINCT study), sum(success), max(ended) AS seen FROM accesses"
        return {
            "patient page": ask("SELECT * FROM accesses WHERE patient = 'PID00000007' ORDER BY began DESC LIMIT 50"),
            "instances of an access": ask(
                f"SELECT * FROM instances WHERE access = {7 * hospital.leaves} ORDER BY number LIMIT 50"
            ),
            "refusals, page 1": ask(f"{refusals} {page}"),
            "refusals, deep page": ask(f"{refusals} AND time < {middle} {page}"),
            "refusals of one peer": ask(f"{refusals} AND peer = 'ct-20' {page}"),
            "would-refuse of one peer": ask(f"{refusals} AND peer = 'ct-20' AND would {page}"),
            "events, page 1": ask(f"SELECT * FROM events {page}"),
            "text, common": ask(f"SELECT * FROM events WHERE contains(text, 'ct1') {page}"),
            "text, one accession": ask(f"SELECT * FROM events WHERE {text} {page}"),
            "accesses, page 1": ask("SELECT * FROM accesses ORDER BY began DESC LIMIT 50"),
            "accesses, one accession": ask(f"SELECT * FROM accesses WHERE accession = 'A{hospital.transfers // 2}'"),
            "patients, page 1": ask(f"{patients} GROUP BY patient ORDER BY seen DESC LIMIT 50"),
            "patients, text": ask(f"{patients} WHERE contains(patient, '00000007') GROUP BY patient LIMIT 50"),
            "flows over a day": ask(f"{sums} WHERE {minutes} GROUP BY flow"),
            "flows over the year": ask(f"{sums} GROUP BY flow"),
        }

    def follow(self) -> None:
        """One small batch, as the live console takes them: 24 rows appear, get their outcome, and are removed."""
        rows = [(1 << 50, n, f"{UID}.{n}") for n in range(24)]
        self.db.execute("BEGIN")
        self.db.executemany("INSERT INTO instances VALUES (?,?,1,2,?,-1,0,9,1,2)", rows)
        self.db.execute("UPDATE instances SET outcome = 1 WHERE access = ?", [1 << 50])
        self.db.execute("DELETE FROM instances WHERE access = ?", [1 << 50])
        self.db.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()
