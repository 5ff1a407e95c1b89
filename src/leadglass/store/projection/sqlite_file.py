"""Opens the projection's SQLite file: its marks, its version, its pragmas. Never touches a file that is not ours."""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from pathlib import Path
from typing import Final

from leadglass.store.projection.interface import ProjectionError

APPLICATION_ID: Final = 0x4C475052  # "LGPR"
SCHEMA_VERSION: Final = 7  # raise it with every change of schema.sql or of what ingest writes
MEMORY: Final = ":memory:"
BUSY_SECONDS: Final = 10.0
CACHE_KIB: Final = 65_536  # of a connection
CHECKPOINT_PAGES: Final = 8_192  # 32 MiB of write-ahead log


def _connect(target: str, uri: bool = False) -> sqlite3.Connection:
    """A connection whose transactions are said, shared between threads under a lock of ours."""
    db = sqlite3.connect(target, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=uri)
    db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    db.execute("PRAGMA temp_store = MEMORY")
    return db


def _versions(db: sqlite3.Connection) -> tuple[int, int, int]:
    """(application id, schema version, tables)."""
    one = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    return one[0], one[1], db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]


def open_writer(path: str) -> sqlite3.Connection:
    """The writer's connection, to a file of this version."""
    db = _connect(path)
    application, version, tables = _versions(db)
    if tables and application != APPLICATION_ID:
        db.close()
        raise ProjectionError(f"{path} is a database of another application", "give the projection a path of its own")
    if tables and version != SCHEMA_VERSION:
        db.close()
        for name in (path, f"{path}-wal", f"{path}-shm"):  # rebuilt from the ledger
            Path(name).unlink(missing_ok=True)
        db = _connect(path)
        tables = 0
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")  # a power cut costs the newest leaves, which are read again
    db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    if not tables:
        schema = files(__package__).joinpath("schema.sql").read_text("utf-8")
        marks = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};"
        db.executescript(f"BEGIN; {schema} {marks} COMMIT;")
    return db


def open_reader(path: str) -> sqlite3.Connection:
    """A connection that cannot write, to a file of this version."""
    db = _connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
    application, version, _ = _versions(db)
    if (application, version) != (APPLICATION_ID, SCHEMA_VERSION):
        db.close()
        raise ProjectionError(
            f"{path} was made by another version of Leadglass", "start this version's console: it rebuilds the file"
        )
    return db
