"""Renders an event as DICOM audit messages (PS3.15 A.5), one a patient. Never credentials: no event has any."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from leadglass.audit import mapping as terms
from leadglass.audit.mapping import MAPPINGS, QUERIES, SEVERITY, UNTOLD, Mapping
from leadglass.audit.objects import alert_subject, audit_log, patient_object, queried, studies
from leadglass.audit.terms import (
    ActiveParticipant,
    AuditMessage,
    AuditSource,
    Code,
    EventIdentification,
    Outcome,
    ParticipantObject,
)
from leadglass.model.decision import IDENTITY
from leadglass.model.event import (
    AdministratorAction,
    Alarm,
    ApplicationStarted,
    ApplicationStopped,
    Association,
    AuditLogUsed,
    BypassChanged,
    CertificateRefused,
    ChildDied,
    ConfigurationChanged,
    Event,
    Operation,
    ProtocolError,
    RecordGap,
    RecordingImpaired,
    Refusal,
    TransferBegun,
    TransferClosed,
    UserAuthentication,
    kind,
)


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """The gateway that tells.

    Attributes:
        site: the hospital, AuditEnterpriseSiteID.
        source: this gateway's name, AuditSourceID.
        address: the one address it is known by (A.5.2.4); empty when none was chosen.
    """

    site: str
    source: str = "leadglass"
    address: str = ""


def audit_messages(event: Event, site: SourceInfo) -> list[AuditMessage]:
    """The messages of ``event``; none for a kind in `mapping.UNTOLD` or an operation that is no query.

    A transfer of which some instances arrived and some did not gives one message for each (A.5.2, outcome indicator).
    """
    name = kind(event.body)
    if name in UNTOLD:
        return []
    match event.body:
        case TransferBegun():
            return [_begun(event, event.body, site)]
        case TransferClosed():
            return _closed(event, event.body, site)
        case Operation():
            asked = event.body.operation in QUERIES and event.body.status < 0  # its answer is on record, not told
            return [_query(event, event.body, site)] if asked else []
        case Refusal():
            return [_refusal(event, event.body, site)]
        case RecordingImpaired():
            return _impaired(event, event.body, site)
        case _:
            return [_other(event, site)]


def _message(
    event: Event,
    site: SourceInfo,
    how: Mapping,
    participants: tuple[ActiveParticipant, ...],
    objects: tuple[ParticipantObject, ...] = (),
    outcome: Outcome = Outcome.SUCCESS,
    description: str = "",
) -> AuditMessage:
    told = EventIdentification(how.id, how.action, event.time, outcome, how.types, description)
    return AuditMessage(told, participants, AuditSource(site.site, site.source), objects)


def _gateway(event: Event, site: SourceInfo, requestor: bool, role: Code = terms.APPLICATION) -> ActiveParticipant:
    return ActiveParticipant(
        f"{site.source}/{event.id.writer}",
        requestor,
        (role,),
        "",
        site.source,
        site.address,
        "2" if site.address else "",
    )


def _device(association: Association, requestor: bool, *roles: Code) -> ActiveParticipant:
    """The caller: by the name the hospital gave it, else by its address."""
    return ActiveParticipant(
        association.peer or association.address or "unknown",
        requestor,
        roles,
        f"AETITLES={association.calling}",
        network_id=association.address,
        network_type="2" if association.address else "",
    )


def _archive(association: Association, *roles: Code) -> ActiveParticipant:
    return ActiveParticipant(association.archive or "unknown", False, roles, f"AETITLES={association.called}")


def _person(user: str, address: str) -> ActiveParticipant:
    return ActiveParticipant(user or "unknown", True, network_id=address, network_type="2" if address else "")


def _ends(event: Event, site: SourceInfo, association: Association) -> tuple[ActiveParticipant, ...]:
    source = _device(association, True, terms.SOURCE)
    return source, _archive(association, terms.DESTINATION), _gateway(event, site, False)


def _transfer_ends(
    event: Event, site: SourceInfo, body: TransferBegun | TransferClosed
) -> tuple[ActiveParticipant, ...]:
    """Where instances come from, where they go, and who asked for them: objects of a C-GET go to the caller."""
    association = body.association
    if body.operation == "C-GET":
        device, archive = _device(association, True, terms.DESTINATION), _archive(association, terms.SOURCE)
        return archive, device, _gateway(event, site, False)
    if body.operation == "C-MOVE" and body.requester:
        ends = _device(association, False, terms.SOURCE), _archive(association, terms.DESTINATION)
        return *ends, ActiveParticipant(body.requester, True), _gateway(event, site, False)
    return _ends(event, site, association)


def _begun(event: Event, body: TransferBegun, site: SourceInfo) -> AuditMessage:
    objects = (*studies((body.study,), {body.sop_class: 0}, 0, body.accession), patient_object(body.patient))
    ends = _transfer_ends(event, site, body)
    return _message(event, site, MAPPINGS["transfer-begun", ""], ends, objects)


# (our outcomes, indicator, words); together they are all of `InstanceOutcome.outcome`.
_GROUPS = (
    (("success", "warning"), Outcome.SUCCESS, ""),
    (("failure", "cut-off"), Outcome.SERIOUS_FAILURE, "not stored: refused by the archive or cut off"),
    (("unknown",), Outcome.MINOR_FAILURE, "outcome unknown: the archive's response was lost"),
)


def _closed(event: Event, body: TransferClosed, site: SourceInfo) -> list[AuditMessage]:
    ends = _transfer_ends(event, site, body)
    how = MAPPINGS["transfer-closed", ""]
    patient = patient_object(body.patient)
    told = []
    for names, outcome, words in _GROUPS:
        count = sum(body.outcomes.get(name, 0) for name in names)
        if count:
            objects = (*studies(body.studies, body.sop_classes, count), patient)
            told.append(_message(event, site, how, ends, objects, outcome, words))
    if not told:
        orderly = body.how in {"released", "idle"}
        outcome = Outcome.SUCCESS if orderly else Outcome.SERIOUS_FAILURE
        objects = (*studies(body.studies, {}, 0), patient)
        told.append(_message(event, site, how, ends, objects, outcome, f"no instance was transferred: {body.how}"))
    return told


def _query(event: Event, body: Operation, site: SourceInfo) -> AuditMessage:
    ends = _ends(event, site, body.association)
    return _message(event, site, MAPPINGS["operation", ""], ends, (queried(body),))


def _refusal(event: Event, body: Refusal, site: SourceInfo) -> AuditMessage:
    outcome = Outcome.SUCCESS if body.would else SEVERITY.get(body.cause, Outcome.MINOR_FAILURE)
    fate = f"would have been refused, forwarded in mode {body.association.mode}" if body.would else "refused"
    words = [f"{fate}: {body.cause}", body.said, body.operation, body.sop_class, body.detail]
    judgement = body.judgement
    words += [f"rule {judgement.rule}" if judgement.rule else "", judgement.failed, judgement.error]
    text = "; ".join(word for word in words if word)
    objects = [alert_subject(body.association.peer or body.association.address, text)]
    objects += studies((body.study,), {}, 0) if body.study else ()
    objects += [patient_object(body.patient)] if body.patient.known else []
    scope = "identity" if body.cause in IDENTITY else body.scope
    how = MAPPINGS.get(("refusal", scope), MAPPINGS["refusal", "operation"])
    seen = (_gateway(event, site, True), _device(body.association, False))
    return _message(event, site, how, seen, tuple(objects), outcome, text)


def _impaired(event: Event, body: RecordingImpaired, site: SourceInfo) -> list[AuditMessage]:
    """Recording stopped then, and started again now. What went on without a record may have been an attack."""
    gateway = (_gateway(event, site, True),)
    text = f"{body.reason}; {body.waived} instances went on without a record, {body.refused} operations were refused"
    alert = (alert_subject(f"{site.source}/{event.id.writer}", text),)
    outcome = Outcome.MAJOR_FAILURE if body.waived else Outcome.SERIOUS_FAILURE
    stopped, started = (MAPPINGS["recording-impaired", variant] for variant in ("stopped", "started"))
    return [
        _message(replace(event, time=body.since), site, stopped, gateway, alert, outcome, text),
        _message(event, site, started, gateway, alert, Outcome.SUCCESS, text),
    ]


def _other(event: Event, site: SourceInfo) -> AuditMessage:
    """Events of the gateway itself and of its users."""
    body, name = event.body, kind(event.body)
    how = MAPPINGS.get((name, ""))
    gateway = _gateway(event, site, True)
    people: tuple[ActiveParticipant, ...]
    match body:
        case ApplicationStarted() | ApplicationStopped() | ChildDied():
            died = isinstance(body, ChildDied)
            process = ActiveParticipant(f"{site.source}/{body.process}", False, (terms.APPLICATION,), "", body.process)
            launcher = _gateway(event, site, True, terms.LAUNCHER)
            outcome = Outcome.SERIOUS_FAILURE if died else Outcome.SUCCESS
            words = body.status if isinstance(body, ChildDied) else ""
            assert how is not None
            return _message(event, site, how, (process, launcher), (), outcome, words)
        case UserAuthentication():
            how = MAPPINGS["user-authentication", "logout" if body.action == "logout" else "login"]
            outcome = Outcome.SUCCESS if body.success else Outcome.MINOR_FAILURE
            people = (_person(body.user, body.address), _gateway(event, site, False))
            return _message(event, site, how, people, (), outcome, body.reason)
        case AuditLogUsed():
            people = (_person(body.user, body.address), _gateway(event, site, False))
            assert how is not None
            return _message(event, site, how, people, (audit_log(body.what, body.subject),))
        case AdministratorAction():
            how = MAPPINGS.get((name, body.action.partition("-")[0]), how)
            people = (_person(body.user, body.address), _gateway(event, site, False))
            words = "; ".join(word for word in (body.action, body.subject, body.detail) if word)
            assert how is not None
            return _message(event, site, how, people, (alert_subject(body.subject, words),), Outcome.SUCCESS, words)
        case ConfigurationChanged():
            words = f"generation {body.generation} {'committed' if body.accepted else 'refused'}: {body.what}"
            people = (_person(body.who, ""), _gateway(event, site, False)) if body.who else (gateway,)
            outcome = Outcome.SUCCESS if body.accepted else Outcome.MINOR_FAILURE
            subject = f"{site.source}/generation-{body.generation}"
        case BypassChanged():
            how = MAPPINGS["bypass-changed", "started" if body.until else "stopped"]
            words = f"route {body.route} {'relays' if body.until else 'no longer relays'} without policy: {body.reason}"
            people = (_person(body.who, ""), _gateway(event, site, False)) if body.who else (gateway,)
            outcome, subject = Outcome.MAJOR_FAILURE if body.until else Outcome.SUCCESS, body.route
        case CertificateRefused():
            words = "; ".join(word for word in (body.error, body.subject, body.certificate) if word)
            device = ActiveParticipant(body.address or "unknown", False, (), "", "", body.address, "2")
            people, outcome, subject = (gateway, device), Outcome.MINOR_FAILURE, body.address
        case ProtocolError():
            words = f"{body.side}: {body.finding}; {body.detail}"
            people = (gateway, _device(body.association, False))
            outcome, subject = Outcome.MINOR_FAILURE, body.association.peer or body.association.address
        case Alarm():
            words, people, subject = f"{body.code}: {body.text}", (gateway,), site.source
            outcome = Outcome.SERIOUS_FAILURE if body.severity == "critical" else Outcome.MINOR_FAILURE
        case RecordGap():
            words = f"events {body.first} to {body.last} of {body.writer} (boot {body.boot}) never reached the ledger"
            people, outcome, subject = (gateway,), Outcome.MAJOR_FAILURE, f"{site.source}/{body.writer}"
        case _:
            raise AssertionError(f"no audit message for {name}")
    assert how is not None
    return _message(event, site, how, people, (alert_subject(subject, words),), outcome, words)
