"""What people decided about controls and records: exemptions, settlements, documents. Takes nothing back.

A withdrawal is a word too: the latest is in force, and the ones before stay in the table.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Table, func, insert, select, update

from leadglass.assess.answers import MAX_NAME, MAX_NOTE
from leadglass.assess.control import Kind
from leadglass.assess.evidence import Evidence, Exemption, Outcome, Settlement
from leadglass.assess.question import Bearing
from leadglass.model.event import AdministratorAction
from leadglass.store.appstate.counters import next_number
from leadglass.store.appstate.engine import AppStateConflictError, reading, writing
from leadglass.store.appstate.fields import moment, nanoseconds, text
from leadglass.store.appstate.outbox import put
from leadglass.store.appstate.tables import documents as document_rows
from leadglass.store.appstate.tables import exemptions as exemption_rows
from leadglass.store.appstate.tables import settlements as settlement_rows

MAX_EXEMPTIONS = 10_000  # decisions, those that were replaced too
MAX_SETTLEMENTS = 10_000
MAX_DOCUMENTS = 2_000  # in force, or withdrawn
MAX_SCOPE = 200  # names in a document's scope
MAX_EVIDENCE_ID = 300
MAX_CONTROL = 40
MAX_PLACE = 500


def exemptions(engine: Engine) -> dict[str, Exemption]:
    """The latest decision of each control that has one in force, lapsed ones too."""
    last = select(func.max(exemption_rows.c.number)).group_by(exemption_rows.c.control)
    query = select(exemption_rows).where(exemption_rows.c.number.in_(last), exemption_rows.c.withdrawn.is_(False))
    with reading(engine) as connection:
        return {row.control: _exemption(row) for row in connection.execute(query.order_by(exemption_rows.c.control))}


def decide_exemption(engine: Engine, exemption: Exemption, by: str, address: str) -> None:
    """Keep the decision that a control does not apply; it replaces the one before.

    Raises:
        AppStateConflictError: a reason or approver is missing or too long, it is to be reviewed before it is decided,
            or there are `MAX_EXEMPTIONS`.
    """
    if exemption.review < exemption.decided:
        raise AppStateConflictError("the review is before the decision", "choose a later day")
    with writing(engine) as connection:
        _add_exemption(connection, exemption, withdrawn=False)
        detail = f"until {exemption.review.isoformat()}, by {exemption.approver}: {exemption.reason}"
        put(connection, AdministratorAction(by, address, "exemption-decided", exemption.control, detail))


def withdraw_exemption(engine: Engine, control: str, by: str, address: str) -> None:
    """The control applies again.

    Raises:
        AppStateConflictError: it has no exemption.
    """
    latest = select(exemption_rows).where(exemption_rows.c.control == control)
    with writing(engine) as connection:
        row = connection.execute(latest.order_by(exemption_rows.c.number.desc()).limit(1)).one_or_none()
        if row is None or row.withdrawn:
            raise AppStateConflictError(f"{control!r} has no exemption", "somebody may have withdrawn it meanwhile")
        _add_exemption(connection, _exemption(row), withdrawn=True)
        put(connection, AdministratorAction(by, address, "exemption-withdrawn", control, row.reason))


def settlements(engine: Engine) -> tuple[Settlement, ...]:
    """All that was said of contradicting records, oldest first."""
    with reading(engine) as connection:
        rows = connection.execute(select(settlement_rows).order_by(settlement_rows.c.number))
        return tuple(Settlement(row.evidence, Outcome(row.outcome), row.who, moment(row.at), row.note) for row in rows)


def settle(engine: Engine, settlement: Settlement, address: str) -> None:
    """Keep a person's word on a record; words before stay.

    Raises:
        AppStateConflictError: a text that cannot be stored, or there are `MAX_SETTLEMENTS`.
    """
    row = {
        "evidence": text("the record's id", settlement.evidence, MAX_EVIDENCE_ID, least=1),
        "outcome": settlement.outcome.value,
        "who": text("the name", settlement.by, MAX_NAME, least=1),
        "at": nanoseconds(settlement.at),
        "note": text("the note", settlement.note, MAX_NOTE),
    }
    with writing(engine) as connection:
        _check_room(connection, settlement_rows, MAX_SETTLEMENTS)
        number = next_number(connection, "settlements")
        connection.execute(insert(settlement_rows).values(number=number, **row))
        detail = f"{settlement.outcome.value}: {settlement.note}" if settlement.note else settlement.outcome.value
        put(
            connection,
            AdministratorAction(settlement.by, address, "contradiction-settled", settlement.evidence, detail),
        )


def documents(engine: Engine) -> tuple[Evidence, ...]:
    """The documents in force, as evidence, in the order they were filed."""
    query = select(document_rows).where(document_rows.c.withdrawn.is_(False)).order_by(document_rows.c.number)
    with reading(engine) as connection:
        return tuple(_document(row) for row in connection.execute(query))


def file_document(engine: Engine, evidence: Evidence, by: str, address: str) -> Evidence:
    """Keep what a document says about a control; returns it with the id it got, where it had none.

    Args:
        engine: the application state.
        evidence: of kind document; ``where`` is title and page, ``source`` who says so.
        by: who files it.
        address: where they sit.

    Raises:
        AppStateConflictError: of another kind, a text that cannot be stored, an id that is there already, or there are
            `MAX_DOCUMENTS`.
    """
    if evidence.kind is not Kind.DOCUMENT:
        raise AppStateConflictError(f"no document: {evidence.kind.value}", "only documents are filed")
    if len(evidence.scope) > MAX_SCOPE:
        raise AppStateConflictError(f"it covers more than {MAX_SCOPE} things", "file it for everything, or in parts")
    filed = replace(evidence, id=evidence.id or f"document:{secrets.token_hex(8)}")
    row = {
        "id": text("the id", filed.id, MAX_EVIDENCE_ID),
        "control": text("the control", filed.control, MAX_CONTROL, least=1),
        "bearing": filed.bearing.value,
        "source": text("the source", filed.source, MAX_NAME, least=1),
        "place": text("title and page", filed.where, MAX_PLACE, least=1),
        "seen": nanoseconds(filed.seen),
        "scope": sorted(text("a name in the scope", name, MAX_NAME, least=1) for name in filed.scope),
        "digest": text("the digest", filed.digest, 64),
        "withdrawn": False,
    }
    with writing(engine) as connection:
        _check_room(connection, document_rows, MAX_DOCUMENTS)
        if connection.execute(select(document_rows.c.id).where(document_rows.c.id == filed.id)).first() is not None:
            raise AppStateConflictError("this document is filed already", "reload the page to see it")
        connection.execute(insert(document_rows).values(number=next_number(connection, "documents"), **row))
        detail = f"{filed.control}, {filed.bearing.value}: {filed.where}"
        put(connection, AdministratorAction(by, address, "document-filed", filed.id, detail))
    return replace(filed, seen=moment(nanoseconds(filed.seen)))


def withdraw_document(engine: Engine, document_id: str, by: str, address: str) -> None:
    """Let a document count no longer; it stays in the table.

    Raises:
        AppStateConflictError: there is none in force.
    """
    mine: ColumnElement[bool] = document_rows.c.id == document_id
    with writing(engine) as connection:
        row = connection.execute(select(document_rows).where(mine)).one_or_none()
        if row is None or row.withdrawn:
            raise AppStateConflictError("there is no such document", "somebody may have withdrawn it meanwhile")
        connection.execute(update(document_rows).where(mine).values(withdrawn=True))
        detail = f"{row.control}, {row.bearing}: {row.place}"
        put(connection, AdministratorAction(by, address, "document-withdrawn", document_id, detail))


def _add_exemption(connection: Connection, exemption: Exemption, *, withdrawn: bool) -> None:
    row: dict[str, Any] = {
        "control": text("the control", exemption.control, MAX_CONTROL, least=1),
        "reason": text("the reason", exemption.reason, MAX_NOTE, least=1),
        "approver": text("the approver", exemption.approver, MAX_NAME, least=1),
        "decided": exemption.decided.isoformat(),
        "review": exemption.review.isoformat(),
        "withdrawn": withdrawn,
    }
    _check_room(connection, exemption_rows, MAX_EXEMPTIONS)
    connection.execute(insert(exemption_rows).values(number=next_number(connection, "exemptions"), **row))


def _check_room(connection: Connection, table: Table, most: int) -> None:
    if connection.execute(select(func.count()).select_from(table)).scalar_one() >= most:
        raise AppStateConflictError(f"there are {most} {table.name} already", "no assessment needs as many")


def _exemption(row: Row[Any]) -> Exemption:
    decided, review = date.fromisoformat(row.decided), date.fromisoformat(row.review)
    return Exemption(row.control, row.reason, row.approver, decided, review)


def _document(row: Row[Any]) -> Evidence:
    return Evidence(
        id=row.id,
        control=row.control,
        kind=Kind.DOCUMENT,
        bearing=Bearing(row.bearing),
        source=row.source,
        where=row.place,
        seen=moment(row.seen),
        scope=frozenset(row.scope),
        digest=row.digest,
    )
