"""The files of the hospital's network, secrets masked, and the last outcome of their comparison. Reads none of them.

Whoever hands in a text has masked it (`network.intake`). A file is replaced by the next of its name; that it was, by
whom, and its digest stay on record.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select

from leadglass.assess.answers import MAX_NAME
from leadglass.model.event import AdministratorAction
from leadglass.store.appstate.counters import next_number
from leadglass.store.appstate.engine import AppStateConflictError, reading, writing
from leadglass.store.appstate.fields import moment, nanoseconds, text
from leadglass.store.appstate.outbox import put
from leadglass.store.appstate.tables import network_files as file_rows
from leadglass.store.appstate.tables import network_outcomes as outcome_rows

MAX_FILE = 16 << 20  # bytes of a text
MAX_FILES = 210  # a hospital's file and its filters'
MAX_KEPT = 128 << 20  # bytes of all, compressed
MAX_OUTCOME = 64 << 20  # bytes of JSON
MAX_FILE_NAME = 120
HOSPITAL = "hospital"

_about = (file_rows.c.name, file_rows.c.number, file_rows.c.kind, file_rows.c.digest, file_rows.c.size,
          file_rows.c.lines, file_rows.c.who, file_rows.c.at)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NetworkFile:
    """A file that is kept.

    Attributes:
        name: as the hospital's file names it. kind: `HOSPITAL` or a syntax.
        number: rises with each change.
        digest: SHA-256 of the masked text, hexadecimal. size: its bytes. lines: how many.
        by, at: who handed it in, and when (aware).
    """

    name: str
    kind: str
    number: int
    digest: str
    size: int
    lines: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be kept, masked."""

    name: str
    kind: str
    text: str


def network_files(engine: Engine) -> tuple[NetworkFile, ...]:
    """All that are kept, the hospital's first, then by name."""
    with reading(engine) as connection:
        return _files(connection)


def network_texts(engine: Engine) -> tuple[tuple[NetworkFile, ...], dict[str, str]]:
    """All that are kept, and their texts by name, of one moment."""
    with reading(engine) as connection:
        rows = connection.execute(select(file_rows.c.name, file_rows.c.content))
        return _files(connection), {row.name: _text(row.content) for row in rows}


def fingerprint(files: Iterable[NetworkFile]) -> str:
    """SHA-256 of what the files say: the same files, the same comparison."""
    said = "\n".join(sorted(f"{one.name}\0{one.kind}\0{one.digest}" for one in files))
    return hashlib.sha256(said.encode()).hexdigest()


def latest(files: Iterable[NetworkFile]) -> int:
    """The highest number, 0 without files: what a change names as seen."""
    return max((one.number for one in files), default=0)


def save_network(
    engine: Engine,
    texts: Sequence[Text],
    *,
    basis: int,
    by: str,
    address: str,
    at: datetime,
    removed: Iterable[str] = (),
    what: str = "network-changed",
) -> None:
    """Keep texts, each instead of the one of its name, and forget those removed, all or none.

    Args:
        engine: the application state.
        texts: masked.
        basis: `latest` of what whoever saves has seen.
        by: who saves.
        address: where they sit.
        at: when, aware.
        removed: names of files that are needed no more.
        what: kind of the change, for the record.

    Raises:
        AppStateConflictError: somebody changed the network meanwhile; a text is too large, or there is no room.
    """
    moment_of, who = nanoseconds(at), text("the name", by, MAX_NAME, least=1)
    gone = list(removed)
    with writing(engine) as connection:
        if latest(_files(connection)) != basis:
            raise AppStateConflictError(
                "somebody changed the network while you looked", "look at it anew; nothing was changed"
            )
        connection.execute(delete(file_rows).where(file_rows.c.name.in_([*gone, *(one.name for one in texts)])))
        said = []
        for one in texts:
            row = _row(one)
            row |= {"number": next_number(connection, "network"), "who": who, "at": moment_of}
            connection.execute(insert(file_rows).values(**row))
            said.append(f"{one.name}: sha256 {row['digest']}")
        said += [f"{name}: removed" for name in gone]
        if gone and not texts:
            next_number(connection, "network")
        _check_room(connection)
        put(connection, AdministratorAction(by, address, what, "network", "; ".join(said)[:2_000]))


def keep_outcome(engine: Engine, of: str, content: bytes, at: datetime) -> None:
    """Keep what came of a comparison, instead of the one before.

    Raises:
        AppStateConflictError: larger than `MAX_OUTCOME`.
    """
    if len(content) > MAX_OUTCOME:
        raise AppStateConflictError(f"the outcome is larger than {MAX_OUTCOME} bytes", "this is a fault of Leadglass")
    row = {"fingerprint": of, "at": nanoseconds(at), "content": zlib.compress(content), "size": len(content)}
    with writing(engine) as connection:
        connection.execute(delete(outcome_rows))
        connection.execute(insert(outcome_rows).values(**row))


def last_outcome(engine: Engine) -> tuple[str, datetime, bytes] | None:
    """Fingerprint, time and JSON of the last comparison; None before the first."""
    with reading(engine) as connection:
        row = connection.execute(select(outcome_rows).limit(1)).one_or_none()
    if row is None:
        return None
    return row.fingerprint, moment(row.at), zlib.decompressobj().decompress(row.content, MAX_OUTCOME)


def outcome_fingerprint(engine: Engine) -> str:
    """Fingerprint of the last comparison; empty before the first."""
    with reading(engine) as connection:
        return connection.execute(select(outcome_rows.c.fingerprint).limit(1)).scalar_one_or_none() or ""


def _files(connection: Connection) -> tuple[NetworkFile, ...]:
    found = [_file(row) for row in connection.execute(select(*_about).order_by(file_rows.c.name))]
    return tuple(sorted(found, key=lambda one: one.kind != HOSPITAL))


def _row(one: Text) -> dict[str, Any]:
    data = one.text.encode("utf-8", "replace")
    if len(data) > MAX_FILE:
        raise AppStateConflictError(f"{one.name} is larger than {MAX_FILE} bytes", "hand in the configuration alone")
    return {
        "name": text("the file's name", one.name, MAX_FILE_NAME, least=1),
        "kind": one.kind,
        "digest": hashlib.sha256(data).hexdigest(),
        "content": zlib.compress(data),
        "size": len(data),
        "lines": one.text.count("\n") + 1,
    }


def _check_room(connection: Connection) -> None:
    count, kept = connection.execute(select(func.count(), func.sum(func.length(file_rows.c.content)))).one()
    if count > MAX_FILES or (kept or 0) > MAX_KEPT:
        raise AppStateConflictError("there is no room for more files", "remove those that are needed no more")


def _file(row: Row[*tuple[Any, ...]]) -> NetworkFile:
    return NetworkFile(row.name, row.kind, row.number, row.digest, row.size, row.lines, row.who, moment(row.at))


def _text(content: bytes) -> str:
    return zlib.decompressobj().decompress(content, MAX_FILE).decode("utf-8", "replace")
