"""An audit message in the terms of DICOM PS3.15 A.5.1: plain values in the schema's order. Encodes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

ActionCode = Literal["C", "R", "U", "D", "E"]


class Outcome(IntEnum):
    """EventOutcomeIndicator. Of a Security Alert it is the severity (PS3.15 A.5.3.11).

    There, success is an informative alert; minor and serious say that security held; major says that it may not have.
    """

    SUCCESS = 0
    MINOR_FAILURE = 4
    SERIOUS_FAILURE = 8
    MAJOR_FAILURE = 12


@dataclass(frozen=True, slots=True)
class Code:
    """A coded value: csd-code, codeSystemName, originalText."""

    code: str
    system: str
    text: str


@dataclass(frozen=True, slots=True)
class EventIdentification:
    """What happened. ``time`` in UTC ns; ``description`` is EventOutcomeDescription, empty when there is none."""

    id: Code
    action: ActionCode
    time: int
    outcome: Outcome = Outcome.SUCCESS
    types: tuple[Code, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class ActiveParticipant:
    """Who took part.

    Attributes:
        user_id: the identifier our own records use.
        alternative_user_id: of a DICOM application ``AETITLES=one;two`` (A.5.2.2).
        network_id, network_type: NetworkAccessPointID and its type code ("1" name, "2" address); empty when unknown.
    """

    user_id: str
    requestor: bool
    roles: tuple[Code, ...] = ()
    alternative_user_id: str = ""
    user_name: str = ""
    network_id: str = ""
    network_type: Literal["", "1", "2"] = ""


@dataclass(frozen=True, slots=True)
class AuditSource:
    """Who says so: AuditEnterpriseSiteID, AuditSourceID and AuditSourceTypeCode."""

    site: str
    id: str
    type_code: str = "4"  # application server process


@dataclass(frozen=True, slots=True)
class SopClass:
    """How many instances of a SOP class; ``uid`` empty where the count is over several (the schema allows it)."""

    uid: str
    instances: int


@dataclass(frozen=True, slots=True)
class ObjectDescription:
    """ParticipantObjectDescription of a study."""

    mpps: tuple[str, ...] = ()
    accessions: tuple[str, ...] = ()
    sop_classes: tuple[SopClass, ...] = ()


@dataclass(frozen=True, slots=True)
class ParticipantObject:
    """What it was about.

    Attributes:
        type_code: "1" person, "2" system object.
        role: ParticipantObjectTypeCodeRole, "1" patient, "3" report, "13" security resource …
        query: carried instead of ``name`` when not None.
        details: ParticipantObjectDetail, (type, value) pairs; values go out in base 64.
    """

    id: str
    id_type: Code
    type_code: Literal["1", "2"]
    role: str
    name: str = ""
    query: bytes | None = None
    details: tuple[tuple[str, bytes], ...] = ()
    description: ObjectDescription | None = None


@dataclass(frozen=True, slots=True)
class AuditMessage:
    """One message about at most one patient."""

    event: EventIdentification
    participants: tuple[ActiveParticipant, ...]
    source: AuditSource
    objects: tuple[ParticipantObject, ...] = ()
