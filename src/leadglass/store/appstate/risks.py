"""The risk register on disk: every version of every risk. Adds versions; never changes one, never rates a risk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, and_, func, insert, select

from leadglass.assess.answers import MAX_NAME
from leadglass.assess.risk import MAX_ID, MAX_TEXT, Risk
from leadglass.errors import LeadglassError
from leadglass.model.event import AdministratorAction
from leadglass.store.appstate.engine import AppStateConflictError, reading, writing
from leadglass.store.appstate.fields import moment, nanoseconds, text
from leadglass.store.appstate.outbox import put
from leadglass.store.appstate.tables import risks as rows

MAX_RISKS = 1_000
MAX_VERSIONS = 1_000  # of one risk
_BESIDE = ("id", "number")  # fields with columns of their own


class RiskConflict(LeadglassError):  # noqa: N818 (like `AnswerConflict`: it is no fault of whoever meets it)
    """Somebody else changed the risk since the page was read.

    Attributes:
        current: the version in force.
    """

    def __init__(self, current: Risk, by: str) -> None:
        super().__init__(f"{by} changed the risk meanwhile", "look at both, and save again what is to stand")
        self.current = current


@dataclass(frozen=True, slots=True)
class RiskChange:
    """One version of a risk, by whom and when (aware)."""

    risk: Risk
    by: str
    at: datetime


def risks(engine: Engine) -> tuple[Risk, ...]:
    """The register: the version in force of each risk, by id."""
    last = select(rows.c.id, func.max(rows.c.number).label("number")).group_by(rows.c.id).subquery()
    query = select(rows).join(last, and_(rows.c.id == last.c.id, rows.c.number == last.c.number))
    with reading(engine) as connection:
        return tuple(_risk(row) for row in connection.execute(query.order_by(rows.c.id)))


def save_risk(engine: Engine, risk: Risk, *, basis: int, by: str, address: str, at: datetime) -> Risk:
    """Keep a new version of a risk; returns it with its number. What is in force already is returned as it is.

    Args:
        engine: the application state.
        risk: sound, as `risk.faults` says; its own number counts for nothing.
        basis: the number of the version that was seen; 0 for a new risk.
        by: who changes it.
        address: where they sit.
        at: when, aware.

    Raises:
        RiskConflict: the version in force is not the one that was seen, and says something else.
        AppStateConflictError: a text that cannot be stored, or there are `MAX_RISKS`, or `MAX_VERSIONS` of it.
    """
    stored = _stored(risk)
    with writing(engine) as connection:
        row = connection.execute(_versions(risk.id).limit(1)).one_or_none()
        current = None if row is None else _risk(row)
        if row is not None and current is not None:
            if replace(risk, number=current.number) == current:
                return current
            if current.number != basis:
                raise RiskConflict(current, row.who)
        _check_room(connection, current)
        number = 1 if current is None else current.number + 1
        who = text("the name", by, MAX_NAME, least=1)
        connection.execute(insert(rows).values(id=risk.id, number=number, risk=stored, who=who, at=nanoseconds(at)))
        kept = replace(risk, number=number)
        put(connection, AdministratorAction(by, address, "risk-changed", risk.id, changes(current, kept)))
        return kept


def risk_history(engine: Engine, risk_id: str) -> tuple[RiskChange, ...]:
    """All versions of a risk, newest first."""
    with reading(engine) as connection:
        found = connection.execute(_versions(risk_id)).all()
    return tuple(RiskChange(_risk(row), row.who, moment(row.at)) for row in found)


def changes(before: Risk | None, after: Risk) -> str:
    """What differs, in words for the record, cut at 2,000 characters; everything for a new risk."""
    old = {} if before is None else msgspec.to_builtins(before)
    parts = [
        f"{name}: {old.get(name, '')} → {value}" if before is not None else f"{name}={value}"
        for name, value in msgspec.to_builtins(after).items()
        if name not in _BESIDE and old.get(name) != value and (before is not None or value not in {"", None})
    ]
    return "; ".join(parts)[:MAX_TEXT]


def _versions(risk_id: str) -> Any:  # Any: a Select of all columns of the table
    return select(rows).where(rows.c.id == risk_id).order_by(rows.c.number.desc())


def _check_room(connection: Connection, current: Risk | None) -> None:
    if current is None:
        count = select(func.count(rows.c.id.distinct()))
        if connection.execute(count).scalar_one() >= MAX_RISKS:
            raise AppStateConflictError(f"the register holds at most {MAX_RISKS} risks", "change one that is closed")
    elif current.number >= MAX_VERSIONS:
        raise AppStateConflictError(f"this risk was changed {MAX_VERSIONS} times", "close it and open another")


def _stored(risk: Risk) -> dict[str, Any]:
    text("the id", risk.id, MAX_ID, least=1)
    fields: dict[str, Any] = msgspec.to_builtins(risk)
    for name, value in fields.items():
        if isinstance(value, str):
            text(name.replace("_", " "), value, MAX_TEXT)
    return {name: value for name, value in fields.items() if name not in _BESIDE}


def _risk(row: Row[Any]) -> Risk:
    return msgspec.convert({**row.risk, "id": row.id, "number": row.number}, Risk)
