"""Opens the application state and brings its tables up to date. Holds no query."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import alembic.command
import alembic.config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from leadglass.errors import LeadglassError
from leadglass.store.appstate.database import Database
from leadglass.store.appstate.dialects import postgresql, sqlite
from leadglass.store.appstate.gateway_id import gateway_id

MAX_FAULT = 500  # characters of what a driver says
_MIGRATIONS = Path(__file__).parent / "migrations"


class AppStateError(LeadglassError):
    """The application state cannot be opened or written."""


class AppStateConflictError(LeadglassError):
    """What was asked contradicts what is stored, or is not valid."""


def open_appstate(where: Database | Path) -> Engine:
    """The application state, created or migrated to the newest tables.

    Safe when several processes start together: a lock lets one migrate while the others wait.

    Args:
        where: a database; or a SQLite file, whose directory is made, mode 0700.

    Raises:
        AppStateError: it cannot be opened or migrated.
    """
    database = where if isinstance(where, Database) else Database(where)
    engine: Engine | None = None
    try:
        if database.url:
            engine = postgresql(database, gateway_id(database.gateway_file))
            with writing(engine) as connection:
                upgrade(connection)
            return engine
        file = database.file
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = sqlite(file)
        with _file_lock(file.with_name(file.name + ".lock")):
            with writing(engine) as connection:
                upgrade(connection)
            file.chmod(0o600)
        return engine
    except (OSError, SQLAlchemyError, CommandError, ImportError) as error:
        if engine is not None:
            engine.dispose()
        raise AppStateError(
            f"the application state cannot be opened: {reason_of(error)}", hint(database, error)
        ) from None


def reason_of(error: BaseException) -> str:
    """What a driver says, on one line and without SQLAlchemy's additions."""
    said = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return " ".join(str(said).split())[:MAX_FAULT] or type(said).__name__


def hint(database: Database, error: Exception) -> str:
    """What to do about it."""
    if isinstance(error, CommandError):
        return "its tables are those of another version of Leadglass: run that one, or a newer"
    if not database.url:
        return f"check that {database.file} can be written"
    if database.network and database.ca_file is None:
        return "name the PEM file of the authority that vouches for the server: ca_file in [state]"
    where = ", ".join(f"{host} port {port}" for host, port in database.hosts)
    return f"does PostgreSQL run at {where}, and may {database.user!r} use its database {database.name!r}?"


def reading(engine: Engine) -> AbstractContextManager[Connection]:
    """A transaction that only reads: one consistent state."""
    return engine.begin()


def writing(engine: Engine) -> AbstractContextManager[Connection]:
    """A transaction that may write; it takes the one write lock at once, so that it never fails half way."""
    return engine.execution_options(leadglass_write=True).begin()


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def upgrade(connection: Connection) -> None:
    """Bring the tables up to date within the caller's transaction.

    Raises:
        CommandError: they are those of a newer version.
    """
    configuration = alembic.config.Config()
    configuration.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    configuration.attributes["connection"] = connection
    alembic.command.upgrade(configuration, "head")
