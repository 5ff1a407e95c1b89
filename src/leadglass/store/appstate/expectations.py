"""What archives are expected to send, on disk: moves and storage commitments. Never judges; the registrar does."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
from sqlalchemy import Engine, delete, insert, select

from leadglass.model.expectation import Expectation, ExpectedMove, ExpectedReport
from leadglass.store.appstate.counters import next_number
from leadglass.store.appstate.engine import reading, writing
from leadglass.store.appstate.tables import expectations

_KINDS: dict[str, type[ExpectedMove] | type[ExpectedReport]] = {"move": ExpectedMove, "report": ExpectedReport}

Key = tuple[str, str, str]


def key_of(expectation: Expectation) -> Key:
    """What names it: a move its id, a report archive and Transaction UID. The same name again replaces."""
    if isinstance(expectation, ExpectedMove):
        return "move", "", expectation.id
    return "report", expectation.archive, expectation.transaction


def store_expectations(engine: Engine, changed: Sequence[Expectation]) -> int:
    """Store all of ``changed`` or nothing, replacing those of the same name; committed when this returns.

    Returns:
        The highest number given, see `expectations_since`.
    """
    with writing(engine) as connection:
        last = next_number(connection, "expectations", len(changed))
        rows = {}
        for number, expectation in enumerate(changed, last - len(changed) + 1):
            row = _row(number, expectation)
            rows[row["key"]] = row
        connection.execute(delete(expectations).where(expectations.c.key.in_(rows)))
        connection.execute(insert(expectations), list(rows.values()))
        return last


def expectations_since(engine: Engine, number: int, most: int) -> tuple[tuple[int, Expectation | None], ...]:
    """What was stored or changed after ``number``, with its number, oldest first, at most ``most``.

    None stands for a row that this version cannot read.
    """
    query = select(expectations).where(expectations.c.number > number).order_by(expectations.c.number).limit(most)
    with reading(engine) as connection:
        return tuple((row.number, _read(row.kind, row.value)) for row in connection.execute(query))


def expired_expectations(engine: Engine, now: int) -> bool:
    """Whether `delete_expired` would delete anything."""
    with reading(engine) as connection:
        query = select(expectations.c.number).where(expectations.c.until <= now).limit(1)
        return connection.execute(query).first() is not None


def delete_expired(engine: Engine, now: int, most: int) -> int:
    """Delete what is over at ``now`` (UTC ns), longest over first, at most ``most``; how many there were."""
    over = select(expectations.c.number).where(expectations.c.until <= now).order_by(expectations.c.until).limit(most)
    with writing(engine) as connection:
        return connection.execute(delete(expectations).where(expectations.c.number.in_(over))).rowcount


def _row(number: int, expectation: Expectation) -> dict[str, object]:
    kind, *_ = name = key_of(expectation)
    key = hashlib.sha256(msgspec.msgpack.encode(name)).hexdigest()  # of a fixed length, whatever the wire said
    value = msgspec.msgpack.encode(expectation)
    return {"key": key, "number": number, "kind": kind, "until": expectation.until, "value": value}


def _read(kind: str, value: bytes) -> Expectation | None:
    try:
        return msgspec.msgpack.decode(value, type=_KINDS[kind])
    except (KeyError, msgspec.MsgspecError):
        return None
