"""The projection in one SQLite file, in WAL mode: one writer, many readers. Never the only copy of anything."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final

from leadglass.model.event import Event, decode
from leadglass.store.projection import decisions, paging, queries, unproved
from leadglass.store.projection.flows import pieces
from leadglass.store.projection.ingest import OUTCOMES, Ingest
from leadglass.store.projection.interface import (
    MAX_DECISIONS,
    MAX_FLOWS,
    MAX_PAGE,
    VERDICTS,
    Access,
    DecisionSum,
    Filter,
    Flow,
    Instance,
    LeafGapError,
    Page,
    PagingKeyError,
    PatientSummary,
    ProjectionError,
    Row,
)
from leadglass.store.projection.sqlite_file import MEMORY, open_reader, open_writer
from leadglass.store.projection.subject import search_text

POSITION_BITS: Final = 40


class SqliteProjection:
    """See `leadglass.store.projection.interface.Projection`. Threads may share one.

    Args:
        path: the file, made when it does not exist, or ``:memory:``.
        read_only: opens an existing file beside its writer; `apply` then raises `ProjectionError`.

    Raises:
        ProjectionError: the file is not a projection, is of another version and ``read_only``, or cannot be opened.
    """

    def __init__(self, path: Path | str, read_only: bool = False) -> None:
        self._path = str(path)
        self._read_only = read_only
        self._write_lock, self._read_lock = Lock(), Lock()
        try:
            if not read_only:
                self._writer = open_writer(self._path)
                self._ingest = Ingest(self._writer)
            # A memory database is one connection; then one lock guards both.
            if self._path == MEMORY:
                self._reader, self._read_lock = self._writer, self._write_lock
            else:
                self._reader = open_reader(self._path)
        except sqlite3.Error as error:
            raise ProjectionError(
                f"the projection {self._path} cannot be opened: {error}",
                "stop the console, delete the file and start again: it is rebuilt from the ledger",
            ) from error

    def close(self) -> None:
        """Close the file."""
        with self._write_lock:
            if not self._read_only:
                self._writer.close()
        self._reader.close()

    def apply(self, log: str, first: int, leaves: Sequence[tuple[str, Event | None]]) -> None:
        """Take in leaves ``first …`` of ``log``; see the interface.

        Raises:
            LeafGapError: see the interface.
            ProjectionError: the file cannot be written; nothing of these leaves is in.
        """
        if self._read_only:
            raise ProjectionError("this projection is open for reading only", "let the console write it")
        with self._write_lock:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                number, following = self._place(log)
                if first > following:
                    raise LeafGapError(
                        f"leaf {first} of log {log} does not follow leaf {following - 1}, the last one in",
                        "delete the projection: it is rebuilt from the ledger",
                    )
                new = leaves[following - first :]
                if new:
                    self._ingest.take(number << POSITION_BITS | following, new)
                    self._writer.execute("UPDATE logs SET next = ? WHERE id = ?", (following + len(new), number))
                self._writer.execute("COMMIT")
            except BaseException as error:
                self._ingest.forget()
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):  # a full disk, a failed device, a damaged file
                    raise ProjectionError(
                        f"the projection {self._path} cannot be written: {error}",
                        "make room on its disk; if it is damaged, delete it: it is rebuilt from the ledger",
                    ) from error
                raise

    def _place(self, log: str) -> tuple[int, int]:
        """(number, next leaf) of a log; a new one must come after those that are in."""
        row = self._writer.execute("SELECT id, next FROM logs WHERE name = ?", (log,)).fetchone()
        if row is not None:
            return int(row[0]), int(row[1])
        newest = self._writer.execute("SELECT id, name FROM logs ORDER BY id DESC LIMIT 1").fetchone()
        if newest is not None and newest[1] > log:
            raise LeafGapError(
                f"log {log} comes before {newest[1]}, which is already in",
                "delete the projection: it is rebuilt from the ledger",
            )
        made = self._writer.execute("INSERT INTO logs (name, next) VALUES (?, 0) RETURNING id", (log,)).fetchone()
        return int(made[0]), 0

    def position(self) -> tuple[str, int]:
        """The newest log and the index of its first leaf that is not in yet."""
        with self._reading() as db:
            row = db.execute("SELECT name, next FROM logs ORDER BY id DESC LIMIT 1").fetchone()
        return (row[0], row[1]) if row else ("", 0)

    def events(self, where: Filter, after: str = "", limit: int = 50) -> Page:
        """Events, newest first."""
        limit = paging.bounded(limit)
        key = paging.read(after) if after else None
        with self._reading() as db:
            statement = queries.events(where, key, limit, self._hits(db, where, queries.kinds_of(where)))
            rows = db.execute(*statement).fetchall()
            logs = self._logs(db)
        return _events_page(rows, logs, limit)

    def patients(self, where: Filter, after: str = "", limit: int = 50) -> tuple[tuple[PatientSummary, ...], str]:
        """Patients, last seen first."""
        limit = paging.bounded(limit)
        with self._reading() as db:
            rows = db.execute(*queries.patients(where, paging.read(after) if after else None, limit)).fetchall()
        following = paging.write(rows[-1][6], rows[-1][0]) if len(rows) == limit else ""
        return tuple(PatientSummary(*row[1:]) for row in rows), following

    def accesses(self, where: Filter, after: str = "", limit: int = 50) -> tuple[tuple[Access, ...], str]:
        """Transfers of patients' studies, newest first."""
        limit = paging.bounded(limit)
        key = paging.read(after) if after else None
        with self._reading() as db:
            statement = queries.accesses(where, key, limit, self._hits(db, where, ("transfer-begun",)))
            rows = db.execute(*statement).fetchall()
            logs = self._logs(db)
        following = paging.write(rows[-1][5], rows[-1][0]) if len(rows) == limit else ""
        return tuple(_access(row, logs) for row in rows), following

    def mentions(self, where: Filter, after: str = "", limit: int = 50) -> Page:
        """Queries, retrieves and procedure steps that named a patient, newest first."""
        limit = paging.bounded(limit)
        with self._reading() as db:
            rows = db.execute(*queries.mentions(where, paging.read(after) if after else None, limit)).fetchall()
            logs = self._logs(db)
        return _events_page(rows, logs, limit)

    def instances(self, access: str, after: str = "", limit: int = 50) -> tuple[tuple[Instance, ...], str]:
        """The instances of one access, in their order."""
        limit = paging.bounded(limit)
        number = paging.read(after)[0] if after else 0
        with self._reading() as db:
            rows = db.execute(queries.INSTANCES, (*_read_access_key(access), number, limit)).fetchall()
            logs = self._logs(db)
        found = tuple(_instance(row, logs) for row in rows)
        return found, paging.write(rows[-1][0], 0) if len(rows) == limit else ""

    def flows(self, since: int, until: int) -> tuple[Flow, ...]:
        """Sums over whole UTC minutes, the busiest first."""
        parts = pieces(since, until)
        if not parts:
            return ()
        one = "SELECT * FROM flows WHERE span = ? AND bucket >= ? AND bucket < ?"
        # The statement is constants joined; values are parameters.
        sql = f"""
            SELECT k.calling, k.address, k.peer, k.archive, s.instances, s.bytes, s.associations, s.refusals, s.last
            FROM (SELECT flow, sum(instances) AS instances, sum(bytes) AS bytes, sum(associations) AS associations,
                    sum(refusals) AS refusals, max(last) AS last
                  FROM ({" UNION ALL ".join([one] * len(parts))}) GROUP BY flow) AS s
            JOIN flow_keys AS k ON k.id = s.flow
            ORDER BY s.instances DESC, s.refusals DESC, s.associations DESC, k.id LIMIT ?"""  # noqa: S608 -- as above
        with self._reading() as db:
            rows = db.execute(sql, [*(value for part in parts for value in part), MAX_FLOWS]).fetchall()
        return tuple(Flow(*row) for row in rows)

    def decisions(self, since: int) -> tuple[DecisionSum, ...]:
        """Sums of decisions by peer, the largest first."""
        return self._sums(decisions.BY_RULE, since // decisions.DAY)

    def would_be_refused(self, route: str, since: int) -> tuple[DecisionSum, ...]:
        """Sums of what a route's mode let pass, the largest first."""
        return self._sums(decisions.WOULD_BE_REFUSED, route, since // decisions.DAY)

    def unproved(self, since: int) -> tuple[Row, ...]:
        """The last association of each caller that proved nothing."""
        with self._reading() as db:
            rows = db.execute(unproved.SELECT, (since, MAX_PAGE)).fetchall()
            logs = self._logs(db)
        return _events_page(rows, logs, MAX_PAGE).rows

    def _sums(self, sql: str, *parameters: object) -> tuple[DecisionSum, ...]:
        with self._reading() as db:
            rows = db.execute(sql, [*parameters, MAX_DECISIONS]).fetchall()
            logs = self._logs(db)
        return tuple(_decision_sum(row, logs) for row in rows)

    def _hits(self, db: sqlite3.Connection, where: Filter, kinds: tuple[str, ...]) -> list[int] | None:
        """The leaves a text search finds, where they are few enough to sort; None to look on the way."""
        text = search_text(where.text)
        if not (kinds and queries.trigrams(text)):
            return None
        hits = [row[0] for row in db.execute(*queries.text_hits(text, kinds))]
        return hits if len(hits) <= queries.RARE else None

    @staticmethod
    def _logs(db: sqlite3.Connection) -> dict[int, str]:
        return dict(db.execute("SELECT id, name FROM logs").fetchall())

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the file."""
        with self._read_lock:
            try:
                if self._path == MEMORY:
                    yield self._reader
                    return
                self._reader.execute("BEGIN")
                try:
                    yield self._reader
                finally:
                    self._reader.execute("COMMIT")
            except sqlite3.DatabaseError as error:
                raise ProjectionError(
                    f"the projection {self._path} cannot be read: {error}",
                    "stop the console, delete the file and start again: it is rebuilt from the ledger",
                ) from error


def _place(logs: dict[int, str], leaf: int) -> tuple[str, int]:
    return logs[leaf >> POSITION_BITS], leaf & (1 << POSITION_BITS) - 1


def _events_page(rows: list[tuple[Any, ...]], logs: dict[int, str], limit: int) -> Page:
    following = paging.write(rows[-1][1], rows[-1][0]) if len(rows) == limit else ""
    return Page(tuple(Row(*_place(logs, r[0]), r[2].hex(), decode(r[3])) for r in rows), following)


def _access_key(writer: str, boot: int, association: int, transfer: int) -> str:
    return f"{writer}-{boot:x}-{association}-{transfer}"


def _read_access_key(key: str) -> tuple[str, int, int, int]:
    parts = key.rsplit("-", 3)
    try:
        writer, boot, association, transfer = parts
        values = (writer, int(boot, 16), int(association), int(transfer))
    except ValueError:
        values = ("", -1, 0, 0)
    if not all(0 <= value < 1 << 63 for value in values[1:]):
        raise PagingKeyError("no access has this key", "follow a link from a patient's page")
    return values


def _decision_sum(row: tuple[Any, ...], logs: dict[int, str]) -> DecisionSum:
    """A sum from the columns of `decisions.BY_RULE`, in their order; the last event may follow."""
    verdict, cause, rule, messages, last, leaf, *example = row[8:]
    columns = (*(name or "" for name in row[:8]), VERDICTS[verdict], cause, rule, messages, last, _place(logs, leaf))
    return DecisionSum(*columns, *(decode(event) for event in example if event is not None))


def _instance(row: tuple[Any, ...], logs: dict[int, str]) -> Instance:
    """An instance from the columns of `queries.INSTANCES`, in their order."""
    number, sop_class, sop_instance, series, status, outcome, size, *leaves = row
    rows = tuple(_place(logs, leaf) for leaf in leaves if leaf)
    return Instance(number, sop_class, sop_instance, series, status, OUTCOMES[outcome], size, rows)


def _access(row: tuple[Any, ...], logs: dict[int, str]) -> Access:
    """An access from the columns of `queries.accesses`, in their order."""
    counts = dict(zip(OUTCOMES[1:], row[21:26], strict=True))
    counts["open"] = max(0, row[20] - sum(counts.values()))
    leaves = ((row[28], row[29]), (row[30], row[31]))
    requester = row[32]
    proof = tuple((*_place(logs, leaf), digest.hex()) for leaf, digest in leaves if digest is not None)
    outcomes = {name: count for name, count in counts.items() if count}
    columns = (*row[5:20], outcomes, row[26], row[27], proof, _access_key(*row[1:5]), requester)
    return Access(*columns)
