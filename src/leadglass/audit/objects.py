"""What an audit message is about: studies, patients, the log, the subject of an alert (PS3.15 A.5.3). Pure."""

from __future__ import annotations

from leadglass.audit.mapping import NODE_ID, PATIENT_NUMBER, SOP_CLASS_UID, STUDY_UID, URI
from leadglass.audit.terms import ObjectDescription, ParticipantObject, SopClass
from leadglass.model.event import Operation
from leadglass.model.patient import Patient


def studies(
    uids: tuple[str, ...], sop_classes: dict[str, int], count: int, accession: str = ""
) -> tuple[ParticipantObject, ...]:
    """The studies of a message and what of them was transferred.

    Args:
        uids: Study Instance UIDs; an empty one stands for a study that has none.
        sop_classes: instances by SOP class, over all of ``uids``.
        count: instances this message tells of. Where it is fewer than ``sop_classes`` says and these are several, or
            the studies are, no one knows how many are whose, and the count stands once, without a UID. At the beginning
            of a transfer it is 0: how many will come is not known.
        accession: Accession Number of the only study.
    """
    whole = count == sum(sop_classes.values())
    if len(sop_classes) == 1:
        counts = tuple(SopClass(uid, count) for uid in sop_classes)
    elif whole:
        counts = tuple(SopClass(uid, number) for uid, number in sorted(sop_classes.items()))
    else:
        counts = (SopClass("", count),)
    details = () if whole or len(sop_classes) == 1 else tuple(("SOPClassUID", u.encode()) for u in sorted(sop_classes))
    if len(uids) > 1:  # the counts are over all of them
        text = "; ".join(f"{each.uid or 'instances'}: {each.instances}" for each in counts)
        details = (*details, ("InstancesOfAllStudies", text.encode()))
        counts = ()
    description = ObjectDescription((), (accession,) if accession else (), counts)
    told = description if accession or counts else None
    return tuple(ParticipantObject(uid, STUDY_UID, "2", "3", "Study", None, details, told) for uid in uids)


def patient_object(patient: Patient) -> ParticipantObject:
    """A patient; one unknown has an empty id and says so."""
    details: list[tuple[str, bytes]] = []
    if patient.issuer:
        details.append(("IssuerOfPatientID", patient.issuer.encode()))
    for name, raw, text in (
        ("PatientIDAsSent", patient.raw_id, patient.id),
        ("IssuerOfPatientIDAsSent", patient.raw_issuer, patient.issuer),
    ):
        if raw.strip(b" \0") != text.encode() and raw:
            details.append((name, raw))
    if not patient.known:
        details.append(("PatientIdentity", b"unknown: no identity could be read"))
    return ParticipantObject(patient.id, PATIENT_NUMBER, "1", "1", patient.name, None, tuple(details))


def queried(body: Operation) -> ParticipantObject:
    """The SOP class that was queried (A.5.3.10), with what is on record of the query: the data set itself is not."""
    description = ObjectDescription(sop_classes=(SopClass(body.sop_class, 0),)) if body.sop_class else None
    said = (
        ("QueryRetrieveLevel", body.level),
        ("MoveDestination", body.destination),
        ("MatchingKeys", " ".join(body.keys)),
        ("PatientID", body.patient.id),
        ("UniqueKeys", " ".join(body.uids)),
    )
    details = tuple((name, text.encode()) for name, text in said if text)
    return ParticipantObject(body.sop_class, SOP_CLASS_UID, "2", "3", body.operation, None, details, description)


def audit_log(what: str, subject: str) -> ParticipantObject:
    """The log that was read (A.5.3.2), with what of it."""
    details = tuple((name, text.encode()) for name, text in (("What", what), ("Subject", subject)) if text)
    return ParticipantObject("leadglass:ledger", URI, "2", "13", "Security Audit Log", None, details)


def alert_subject(node: str, text: str) -> ParticipantObject:
    """What an alert is about (A.5.3.11), with its description in words."""
    details = (("Alert Description", text.encode()),)
    return ParticipantObject(node or "unknown", NODE_ID, "2", "13", node or "unknown", None, details)
