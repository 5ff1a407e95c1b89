"""Reports as they were made, byte for byte, so that the next can say what changed. Never makes or renders one."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, func, insert, select

from leadglass.assess.answers import MAX_NAME
from leadglass.model.event import AdministratorAction
from leadglass.store.appstate.counters import next_number
from leadglass.store.appstate.engine import AppStateConflictError, reading, writing
from leadglass.store.appstate.fields import moment, nanoseconds, text
from leadglass.store.appstate.outbox import put
from leadglass.store.appstate.tables import assessment_reports

MAX_REPORT = 16 * 1024 * 1024  # bytes of one
MAX_REPORTS = 2_000
MAX_KEPT = 128 * 1024 * 1024  # bytes of all, compressed
MAX_TITLE = 200

_rows = assessment_reports.c
_about = (_rows.number, _rows.at, _rows.who, _rows.digest, _rows.title)


@dataclass(frozen=True, slots=True)
class Made:
    """A report that was made.

    Attributes:
        id: of the report, as it stands in paths.
        at, by: when (aware) and by whom.
        digest: SHA-256 of its JSON, hexadecimal.
        title: what it calls itself.
    """

    id: str
    at: datetime
    by: str
    digest: str
    title: str


class _Heading(msgspec.Struct):
    """What is read of a report: whatever else it holds is its own."""

    title: str = ""
    facility: str = ""


def reports(engine: Engine) -> tuple[Made, ...]:
    """All that were made, newest first."""
    with reading(engine) as connection:
        return tuple(_made(row) for row in connection.execute(select(*_about).order_by(_rows.number.desc())))


def keep_report(engine: Engine, report: bytes, at: datetime, by: str, address: str) -> Made:
    """Keep a report; the very bytes of the last one are the last one.

    Args:
        engine: the application state.
        report: JSON, an object.
        at: when it was made, aware.
        by: who made it.
        address: where they sit.

    Raises:
        AppStateConflictError: larger than `MAX_REPORT`, no JSON object, or there is no room.
    """
    row = _row(report, at, by)
    with writing(engine) as connection:
        last = connection.execute(select(*_about).order_by(_rows.number.desc()).limit(1)).one_or_none()
        if last is not None and last.digest == row["digest"]:
            return _made(last)
        _check_room(connection, row["size"])
        row["number"] = next_number(connection, "reports")
        connection.execute(insert(assessment_reports).values(**row))
        put(connection, AdministratorAction(by, address, "report-made", str(row["number"]), f"sha256 {row['digest']}"))
        return _made(connection.execute(select(*_about).where(_rows.number == row["number"])).one())


def read_report(engine: Engine, report_id: str) -> bytes:
    """A report's JSON.

    Raises:
        AppStateConflictError: there is no such report.
    """
    number = int(report_id) if report_id.isascii() and report_id.isdecimal() and len(report_id) < 16 else 0
    with reading(engine) as connection:
        row = connection.execute(select(_rows.content).where(_rows.number == number)).one_or_none()
    if row is None:
        raise AppStateConflictError(f"there is no report {report_id!r:.40}", "the page Report lists those there are")
    return _content(row.content)


def last_report(engine: Engine) -> bytes | None:
    """The JSON of the report made last; None before the first."""
    with reading(engine) as connection:
        row = connection.execute(select(_rows.content).order_by(_rows.number.desc()).limit(1)).one_or_none()
    return None if row is None else _content(row.content)


def _row(report: bytes, at: datetime, by: str) -> dict[str, Any]:
    if len(report) > MAX_REPORT:
        raise AppStateConflictError(f"the report is larger than {MAX_REPORT} bytes", "this is a fault of Leadglass")
    try:
        heading = msgspec.json.decode(report, type=_Heading)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise AppStateConflictError(f"no report: {error}", "this is a fault of Leadglass") from None
    content = zlib.compress(report)
    return {
        "at": nanoseconds(at),
        "who": text("the name", by, MAX_NAME, least=1),
        "digest": hashlib.sha256(report).hexdigest(),
        "title": text("the title", (heading.title or heading.facility)[:MAX_TITLE], MAX_TITLE),
        "content": content,
        "size": len(content),
    }


def _check_room(connection: Connection, size: int) -> None:
    count, kept = connection.execute(select(func.count(), func.sum(_rows.size))).one()
    if count >= MAX_REPORTS or (kept or 0) + size > MAX_KEPT:
        raise AppStateConflictError(
            f"{count} reports are kept, and no more can be", "export those that are needed; make fewer"
        )


def _content(stored: bytes) -> bytes:
    return zlib.decompressobj().decompress(stored, MAX_REPORT)


def _made(row: Row[*tuple[Any, ...]]) -> Made:
    return Made(str(row.number), moment(row.at), row.who, row.digest, row.title)
