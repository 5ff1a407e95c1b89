"""Opens the application state and brings its tables up to date. Holds no query."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from leadglass.errors import LeadglassError

BUSY_TIMEOUT_MS = 10_000
_MIGRATIONS = Path(__file__).parent / "migrations"


class AppStateError(LeadglassError):
    """The application state cannot be opened or written."""


class AppStateConflictError(LeadglassError):
    """What was asked contradicts what is stored, or is not valid."""


def open_appstate(url_or_path: str | os.PathLike[str]) -> Engine:
    """The application state, created or migrated to the newest tables.

    Safe when several processes start together: a file lock lets one migrate while the others wait.

    Args:
        url_or_path: a file (its directory is made, mode 0700) or an SQLAlchemy URL.

    Raises:
        AppStateError: it cannot be opened or migrated.
    """
    text = os.fspath(url_or_path)
    path = None if "://" in text else Path(text)
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            text = f"sqlite:///{path.absolute()}"
        engine = create_engine(text)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _on_connect)
            event.listen(engine, "begin", _on_begin)
        with _lock(path):
            _migrate(engine)
            if path is not None:
                path.chmod(0o600)
    except (OSError, SQLAlchemyError, ImportError) as error:
        reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        raise AppStateError(
            f"the application state cannot be opened: {reason}", f"check that {path or 'the database'} can be written"
        ) from error
    return engine


def reading(engine: Engine) -> AbstractContextManager[Connection]:
    """A transaction that only reads: one consistent state."""
    return engine.begin()


def writing(engine: Engine) -> AbstractContextManager[Connection]:
    """A transaction that may write; in SQLite it takes the write lock at once, so that it never fails half way."""
    return engine.execution_options(leadglass_write=True).begin()


def _on_connect(connection: Any, _record: object) -> None:  # Any: the driver's own connection
    connection.isolation_level = None  # transactions are begun below, not by the driver's guess
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("leadglass_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _lock(path: Path | None) -> AbstractContextManager[None]:
    return nullcontext() if path is None else _file_lock(path.with_name(path.name + ".lock"))


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _migrate(engine: Engine) -> None:
    configuration = alembic.config.Config()
    configuration.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    with writing(engine) as connection:
        configuration.attributes["connection"] = connection
        alembic.command.upgrade(configuration, "head")
