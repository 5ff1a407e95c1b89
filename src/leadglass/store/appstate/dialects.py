"""How each engine is opened and how its transactions begin, so that both behave alike. Holds no query of ours.

Alike means: a transaction that reads sees one state; those that write follow one another, as if there were one writer;
a commit is on disk when it returns; nobody waits longer than `WAIT_MS` for a lock, a statement or a silent server.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from leadglass.store.appstate.database import Database

WAIT_MS = 10_000
CONNECT_S = 5  # for each server
IDLE_IN_TRANSACTION_MS = 60_000  # a process that is stopped in a transaction loses its lock
GATEWAY = "leadglass_gateway"  # the execution option that holds its name
MAX_PASSWORD = 4_096  # bytes of the password file
_WRITER_LOCK = 0x1EAD61A55  # the advisory lock of whoever writes; any number, the same for all processes

# (reads, writes) as the first statement of a transaction. PostgreSQL: the lock comes before READ COMMITTED's next
# snapshot, so a writer sees what the one before it committed.
_BEGIN = {
    "sqlite": ("BEGIN", "BEGIN IMMEDIATE"),
    "postgresql": (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})",
    ),
}


def sqlite(file: Path) -> Engine:
    """An engine on a file; opens nothing yet."""
    engine = create_engine(f"sqlite:///{file.absolute()}")
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def postgresql(database: Database, gateway: str = "") -> Engine:
    """An engine on a PostgreSQL database; opens nothing yet. ``gateway``: this one among those that share it."""
    # libpq is loaded where it is used: SQLite needs no memory for it
    import psycopg  # noqa: PLC0415 (as said)
    from psycopg.abc import Buffer  # noqa: PLC0415 (as said)
    from psycopg.types.string import StrDumperUnknown  # noqa: PLC0415 (as said)

    url = URL.create("postgresql+psycopg", username=database.user, database=database.name)
    engine = create_engine(
        url,
        pool_pre_ping=True,  # a server that was restarted is found at the first attempt
        pool_timeout=WAIT_MS / 1000,
        execution_options={GATEWAY: gateway},
        connect_args={
            "host": ",".join(host for host, _ in database.hosts),
            "port": ",".join(str(port) for _, port in database.hosts),
            "target_session_attrs": database.session,
            "application_name": "leadglass",
            "connect_timeout": CONNECT_S,
            "tcp_user_timeout": WAIT_MS,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 2,
            "gssencmode": "disable",
            "passfile": os.devnull,  # the password comes from password_file alone
            "options": f"-c statement_timeout={WAIT_MS} -c lock_timeout={WAIT_MS}"
            f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS}",
            **_tls(database),
        },
    )

    @event.listens_for(engine, "do_connect")
    def password(_dialect: object, _record: object, _arguments: object, options: dict[str, Any]) -> None:
        if database.password_file is not None:
            try:
                options["password"] = read_password(database.password_file)
            except OSError as error:
                raise psycopg.OperationalError(str(error)) from None  # what every caller is ready for

    class Text(StrDumperUnknown):
        """Text from the wire may hold NUL, which PostgreSQL takes in no text: it is written as Python shows it."""

        def dump(self, obj: str) -> Buffer | None:
            return super().dump(obj.replace("\0", r"\x00"))

    @event.listens_for(engine, "connect")
    def adapt(connection: Any, _record: object) -> None:  # Any: the driver's own connection
        connection.adapters.register_dumper(str, Text)

    event.listen(engine, "connect", _on_postgresql_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def read_password(file: Path) -> str:
    """The first line of ``file``.

    Raises:
        OSError: it cannot be read, or is no text of a sane length.
    """
    with file.open("rb") as opened:
        raw = opened.read(MAX_PASSWORD + 1)
    try:
        line = raw.decode().partition("\n")[0].rstrip("\r")
    except UnicodeDecodeError:
        line = ""
    if not line or len(raw) > MAX_PASSWORD or "\0" in line:
        raise OSError(f"{file} holds no password: its first line is taken")
    return line


def _tls(database: Database) -> dict[str, str]:
    """Over a network the server proves itself; on this machine only where a CA is named."""
    if database.ca_file is not None:
        return {"sslmode": "verify-full", "sslrootcert": str(database.ca_file), "ssl_min_protocol_version": "TLSv1.2"}
    return {"sslmode": "verify-full" if database.network else "disable", "sslrootcert": os.devnull}


def _on_sqlite_connect(connection: Any, _record: object) -> None:  # Any: the driver's own connection
    connection.isolation_level = None  # transactions are begun below, not by the driver's guess
    for pragma in (f"busy_timeout={WAIT_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_postgresql_connect(connection: Any, _record: object) -> None:  # Any: the driver's own connection
    connection.prepare_threshold = None
    with closing(connection.cursor()) as cursor:  # whatever the server's default: a commit is on disk when it returns
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("leadglass_write", False)
    connection.exec_driver_sql(_BEGIN[connection.dialect.name][bool(write)])
