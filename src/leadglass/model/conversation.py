"""Events of DICOM conversations: associations, transfers, operations, refusals. Part of `model.event`."""

from __future__ import annotations

import msgspec

from leadglass.model.patient import UNKNOWN_PATIENT, Patient

MAX_UIDS = 256
MAX_LISTED = 500


class Association(msgspec.Struct, frozen=True, array_like=True):
    """Who spoke to whom. ``number`` is unique within the (writer, boot) of the envelope."""

    number: int
    address: str  # of the caller, IPv4-mapped addresses normalised
    port: int
    calling: str
    called: str
    peer: str = ""  # id of the peer, empty when unknown
    archive: str = ""
    mode: str = ""
    generation: int = 0
    implementation_uid: str = ""
    implementation_version: str = ""
    tls: str = ""  # version and cipher, "TLSv1.3 TLS_AES_256_GCM_SHA384"; empty for plain DICOM
    certificate: str = ""  # "sha256:…" of the leaf the caller showed


class Judgement(msgspec.Struct, frozen=True, array_like=True):
    """A decision as recorded (see `model.decision.Decision`)."""

    rule: str = ""
    nearest: str = ""
    failed: str = ""
    error: str = ""


class AssociationOpened(msgspec.Struct, frozen=True, array_like=True, tag="association-opened/1"):
    """Written at the first operation that is no C-ECHO, or after a second: a short echo is one record, its closing."""

    association: Association


class AssociationClosed(msgspec.Struct, frozen=True, array_like=True, tag="association-closed/1"):
    """The end of an association that was accepted.

    Attributes:
        how: "released", "aborted-by-caller", "aborted-by-archive", "aborted-by-leadglass", "connection-lost",
            "closed-without-release", "rejected-by-archive".
        reason: in words, empty for an orderly release.
        echoes, instances, operations: messages answered by the next hop (operations: neither echo nor store).
        bytes_in, bytes_out: received from the caller; sent to it.
        tolerated: deviations of old devices, by name, with their counts.
    """

    association: Association
    started: int  # UTC ns
    how: str
    reason: str = ""
    echoes: int = 0
    instances: int = 0
    operations: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    tolerated: dict[str, int] = {}


class Refusal(msgspec.Struct, frozen=True, array_like=True, tag="refusal/1"):
    """Something was refused, or would have been (110113 with 110132 or 110126).

    Attributes:
        scope: "connection", "association", "context" or "operation".
        cause: a `model.decision.Cause` value.
        said: what the sender was told ("A-ASSOCIATE-RJ 1/1/3", "status 0124H", "" when forwarded).
        would: True when the mode let it pass.
        operation, sop_class: what was asked, where it applies.
        tried: SOP Class UIDs proposed, for an unknown caller (at most 128).
        level, destination, keys: as in `model.decision.Request`.
        requester: of an object of a C-MOVE or C-GET, who asked for it: peer id, else AE title.
    """

    association: Association
    scope: str
    cause: str
    said: str
    would: bool
    judgement: Judgement = Judgement()
    operation: str = ""
    sop_class: str = ""
    sop_instance: str = ""
    patient: Patient = UNKNOWN_PATIENT
    study: str = ""
    detail: str = ""
    tried: tuple[str, ...] = ()
    level: str = ""
    destination: str = ""
    keys: tuple[str, ...] = ()
    requester: str = ""


class TransferBegun(msgspec.Struct, frozen=True, array_like=True, tag="transfer-begun/1"):
    """Begin Transferring (110102): durable before the first byte of this association × patient × study goes on."""

    association: Association
    transfer: int  # 1, 2 … within the association
    patient: Patient
    study: str
    sop_class: str
    operation: str = "C-STORE"
    accession: str = ""
    modality: str = ""
    judgement: Judgement = Judgement()
    requester: str = ""  # of the C-MOVE or C-GET it is part of: peer id, else AE title


class InstanceBegun(msgspec.Struct, frozen=True, array_like=True, tag="instance-begun/1"):
    """An instance is about to go on; in the journal before its first byte does."""

    association: int
    transfer: int
    instance: int  # 1, 2 … within the association
    sop_class: str
    sop_instance: str
    series: str = ""


class InstanceOutcome(msgspec.Struct, frozen=True, array_like=True, tag="instance-outcome/1"):
    """What the next hop said of an instance; in the journal before the sender hears it.

    Attributes:
        status: the C-STORE-RSP status, -1 where none came.
        outcome: "success", "warning", "failure", "cut-off" (the object was not sent whole),
            "refused" (its record became impossible before a byte went on), "unknown".
        bytes: of the data set as relayed, fragment headers left out.
        origin: (writer, boot) of the association where the outcome was written by another process, else None.
    """

    association: int
    transfer: int
    instance: int
    status: int
    outcome: str
    bytes: int = 0
    origin: tuple[str, int] | None = None


class TransferClosed(msgspec.Struct, frozen=True, array_like=True, tag="transfer-closed/1"):
    """Instances Transferred (110104), per association × patient; durable before the release is answered.

    Attributes:
        transfers: the numbers it closes.
        outcomes: instances by outcome.
        how: "released", "idle", "aborted", "connection-lost", "crash" (found open after a restart).
        origin: (writer, boot) of the association where the closing was written by another process, else None.
    """

    association: Association
    transfers: tuple[int, ...]
    patient: Patient
    studies: tuple[str, ...]
    sop_classes: dict[str, int]
    outcomes: dict[str, int]
    how: str
    bytes: int = 0
    origin: tuple[str, int] | None = None
    operation: str = "C-STORE"
    requester: str = ""  # as of the transfers' beginnings


class Operation(msgspec.Struct, frozen=True, array_like=True, tag="operation/1"):
    """A DIMSE operation that is neither C-ECHO nor C-STORE: forwarded (status -1), or answered.

    Attributes:
        patient, study: what its data set is about, where it says so.
        level, destination, keys: as in `model.decision.Request`.
        uids: the study, series and instance UIDs it names, at most `MAX_UIDS`.
        transaction: Transaction UID of a storage commitment.
        completed, failed, warnings, remaining: sub-operations as the last response counts them, -1 where it does not.
    """

    association: Association
    operation: str
    sop_class: str
    sop_instance: str
    message_id: int
    status: int = -1
    judgement: Judgement = Judgement()
    patient: Patient = UNKNOWN_PATIENT
    study: str = ""
    level: str = ""
    destination: str = ""
    keys: tuple[str, ...] = ()
    uids: tuple[str, ...] = ()
    transaction: str = ""
    completed: int = -1
    failed: int = -1
    warnings: int = -1
    remaining: int = -1


class PatientsListed(msgspec.Struct, frozen=True, array_like=True, tag="patients-listed/1"):
    """Patients that a query returned. Indexed for the patient page; not an audit message of its own.

    Attributes:
        patients: each once per event, with the studies named beside them; at most `MAX_LISTED`, more follow in another.
        responses: pending responses since the event before.
    """

    association: Association
    operation: str
    sop_class: str
    message_id: int
    patients: tuple[tuple[Patient, tuple[str, ...]], ...]
    responses: int


class ProtocolError(msgspec.Struct, frozen=True, array_like=True, tag="protocol-error/1"):
    """A side broke the protocol. ``finding`` is stable ("pdu-too-long"), ``side`` "caller" or "archive"."""

    association: Association
    side: str
    finding: str
    detail: str
