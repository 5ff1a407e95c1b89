"""What a listed event is about: the columns lists are narrowed by. Reads events, never a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from leadglass.model.event import (
    AdministratorAction,
    Association,
    AssociationClosed,
    AssociationOpened,
    AuditLogUsed,
    Body,
    CertificateRefused,
    Event,
    InstanceBegun,
    InstanceOutcome,
    Operation,
    PatientsListed,
    ProtocolError,
    Refusal,
    TransferBegun,
    TransferClosed,
    UpstreamChanged,
    UserAuthentication,
    kind,
)
from leadglass.model.patient import UNKNOWN_PATIENT, Patient

MAX_SEARCH = 64
UNLISTED = (InstanceBegun, InstanceOutcome)  # they have their own table, by access
TRANSFER_KINDS = ("transfer-begun", "transfer-closed")
LISTED_KINDS = tuple(
    sorted(str(body.__struct_config__.tag).partition("/")[0] for body in get_args(Body) if body not in UNLISTED)
)


@dataclass(frozen=True, slots=True)
class Subject:
    """The columns of one listed event; ``would`` is None for anything but a refusal."""

    kind: str
    association: Association | None = None
    peer: str = ""
    archive: str = ""
    patient: Patient = UNKNOWN_PATIENT
    studies: tuple[str, ...] = ()
    cause: str = ""
    would: bool | None = None
    text: str = ""


def searchable(*parts: str) -> str:
    """What a search looks in. NUL would end a query's text early, so it counts as a space here."""
    return "\n".join(parts).replace("\0", " ").lower()


def search_text(text: str) -> str:
    """What a search looks for, in the form of `searchable`, at most `MAX_SEARCH` characters."""
    return searchable(text.strip())[:MAX_SEARCH]


def _of(association: Association, body: Body, accession: str = "", patient: Patient = UNKNOWN_PATIENT) -> Subject:
    return Subject(
        kind(body),
        association,
        association.peer,
        association.archive,
        patient,
        text=searchable(association.calling, association.called, association.address, patient.id, accession),
    )


def subject(event: Event) -> Subject:
    """The columns of ``event``, which is none of `UNLISTED`."""
    body = event.body
    match body:
        case TransferBegun():
            found = _of(body.association, body, body.accession, body.patient)
            return _with(found, studies=(body.study,))
        case TransferClosed():
            return _with(_of(body.association, body, "", body.patient), studies=body.studies)
        case Refusal():
            found = _of(body.association, body, "", body.patient)
            return _with(found, studies=(body.study,), cause=body.cause, would=body.would)
        case Operation():
            return _with(_of(body.association, body, "", body.patient), studies=(body.study,))
        case AssociationOpened() | AssociationClosed() | PatientsListed() | ProtocolError():
            return _of(body.association, body)
        case CertificateRefused():
            return Subject(kind(body), text=searchable(body.address, body.subject, body.certificate))
        case UpstreamChanged():
            return Subject(kind(body), archive=body.archive, text=searchable(body.archive))
        case UserAuthentication():
            return Subject(kind(body), text=searchable(body.user, body.address))
        case AdministratorAction() | AuditLogUsed():
            return Subject(kind(body), text=searchable(body.user, body.address, body.subject))
        case _:
            return Subject(kind(body))


def _with(found: Subject, studies: tuple[str, ...] = (), cause: str = "", would: bool | None = None) -> Subject:
    return Subject(
        found.kind,
        found.association,
        found.peer,
        found.archive,
        found.patient,
        tuple(study for study in dict.fromkeys(studies) if study),
        cause,
        would,
        found.text,
    )
