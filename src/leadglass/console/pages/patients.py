"""Patients: search, and who touched one patient. Each look is itself on record."""

from __future__ import annotations

from msgspec.structs import replace
from starlette.responses import Response

from leadglass.console.page import Page, Visit
from leadglass.model.event import AuditLogUsed, Operation, PatientsListed
from leadglass.store.appstate.outbox import record
from leadglass.store.projection import interface
from leadglass.store.projection.interface import Filter

EMPTY = interface.Page(())


def search(visit: Visit) -> Response:
    """Patients, last seen first, narrowed by ID, name or accession."""
    text = visit.query("text")
    found, following = visit.console.projection.patients(Filter(text=text), visit.query("after"))
    if text:
        _on_record(visit, "patient-search", text)
    return visit.render("patients.html", patients=found, following=following, text=text)


def patient(visit: Visit) -> Response:
    """Who touched this patient: each transfer with its outcome, rule and proof; without an ID, of those without one."""
    identity, issuer = visit.query("id"), visit.query("issuer")
    projection = visit.console.projection
    where = Filter(patient=identity, unidentified=not identity, issuer=issuer)
    accesses, following = projection.accesses(where, visit.query("after"))
    refusals = projection.events(replace(where, kinds=("refusal",)), limit=20).rows
    mentions = projection.mentions(where, visit.query("asked")) if identity else EMPTY
    _on_record(visit, "patient", f"{identity}^^^{issuer}" if issuer else identity)
    return visit.render(
        "patient.html",
        200 if accesses or refusals or mentions.rows else 404,
        identity=identity,
        issuer=issuer,
        name=accesses[0].name if accesses else _name(identity, mentions.rows),
        accesses=accesses,
        refusals=refusals,
        mentions=mentions.rows,
        more_asked=mentions.next,
        following=following,
    )


def _name(identity: str, mentions: tuple[interface.Row, ...]) -> str:
    """The patient's name as a query or a procedure step has it."""
    for row in mentions:
        body = row.event.body
        if isinstance(body, Operation) and body.patient.id == identity:
            return body.patient.name
        if isinstance(body, PatientsListed):
            return next((patient.name for patient, _ in body.patients if patient.id == identity), "")
    return ""


def transfer(visit: Visit) -> Response:
    """The instances of one transfer."""
    key = visit.query("key")
    instances, following = visit.console.projection.instances(key, visit.query("after"), 100)
    _on_record(visit, "transfer", key)
    return visit.render("transfer.html", 200 if instances else 404, instances=instances, following=following, key=key)


def _on_record(visit: Visit, what: str, subject: str) -> None:
    record(visit.console.engine, AuditLogUsed(visit.name, visit.address, what, subject))


PAGES = (
    Page("/patients", "patients", get=search),
    Page("/patient", "patients", get=patient),
    Page("/transfer", "patients", get=transfer),
)
