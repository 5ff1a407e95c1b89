"""The registry as a start would find it, tables of an older version included. Never leaves a change behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, StaticPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from leadglass.model.peer import Peer
from leadglass.store.appstate.database import Database
from leadglass.store.appstate.dialects import postgresql
from leadglass.store.appstate.engine import AppStateError, hint, reason_of, upgrade, writing
from leadglass.store.appstate.peers import peers_within

MAX_COPIED = 1024 * 1024 * 1024  # bytes of a SQLite file, copied into memory


def stored_peers(database: Database) -> tuple[Peer, ...]:
    """The peers, by id; none before the first start.

    Raises:
        AppStateError: the application state cannot be read, or is of a newer version.
    """
    if not database.url and not database.file.exists():
        return ()
    try:
        with _upgraded(database) as connection:
            return peers_within(connection)
    except (SQLAlchemyError, CommandError, sqlite3.Error, OSError) as error:
        raise AppStateError(
            f"the application state cannot be read: {reason_of(error)}", hint(database, error)
        ) from None


@contextmanager
def _upgraded(database: Database) -> Iterator[Connection]:
    """A transaction in which the tables are the newest; it is rolled back, or is that of a copy in memory."""
    engine = postgresql(database) if database.url else _copy(database)
    try:
        with writing(engine) as connection:
            upgrade(connection)
            yield connection
            connection.rollback()
    finally:
        engine.dispose()


def _copy(database: Database) -> Engine:
    size = database.file.stat().st_size
    if size > MAX_COPIED:
        raise OSError(f"{database.file} is larger than {MAX_COPIED} bytes")
    memory = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(sqlite3.connect(f"{database.file.absolute().as_uri()}?mode=ro", uri=True)) as source:
        source.backup(memory)
    return create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool)
