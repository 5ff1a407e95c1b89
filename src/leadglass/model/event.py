"""An event: something that happened. One envelope, one typed body; on disk as msgpack arrays, in this order for ever.

A field may be appended with a default; a change of meaning is a new tag ("…/2"). Audit messages, console pages and
exports are renderings of these.
"""

from __future__ import annotations

import msgspec

from leadglass.model.conversation import (
    MAX_LISTED,
    MAX_UIDS,
    Association,
    AssociationClosed,
    AssociationOpened,
    InstanceBegun,
    InstanceOutcome,
    Judgement,
    Operation,
    PatientsListed,
    ProtocolError,
    Refusal,
    TransferBegun,
    TransferClosed,
)

__all__ = [
    "MAX_LISTED",
    "MAX_UIDS",
    "AdministratorAction",
    "Alarm",
    "ApplicationStarted",
    "ApplicationStopped",
    "Association",
    "AssociationClosed",
    "AssociationOpened",
    "AuditLogUsed",
    "Body",
    "BypassChanged",
    "CertificateRefused",
    "ChildDied",
    "ConfigurationChanged",
    "Event",
    "EventId",
    "InstanceBegun",
    "InstanceOutcome",
    "Judgement",
    "LedgerContinued",
    "Operation",
    "PatientsListed",
    "ProtocolError",
    "RecordGap",
    "RecordingImpaired",
    "Refusal",
    "TransferBegun",
    "TransferClosed",
    "UpstreamChanged",
    "UserAuthentication",
    "decode",
    "encode",
    "kind",
]


class EventId(msgspec.Struct, frozen=True, array_like=True, order=True):
    """(writer, boot, counter): counters of one boot start at 1 and have no gap, so a missing event shows.

    Attributes:
        writer: the process ("w0", "registrar", "console", "supervisor", "ledger").
        boot: UTC milliseconds at the writer's start, strictly rising per writer.
        counter: 1, 2, 3 …
    """

    writer: str
    boot: int
    counter: int

    def __str__(self) -> str:
        return f"{self.writer}-{self.boot:x}-{self.counter}"


class ApplicationStarted(msgspec.Struct, frozen=True, array_like=True, tag="application-started/1"):
    """A process began (110100, 110120)."""

    process: str
    version: str
    pid: int


class ApplicationStopped(msgspec.Struct, frozen=True, array_like=True, tag="application-stopped/1"):
    """A process ended in order (110100, 110121)."""

    process: str
    how: str


class CertificateRefused(msgspec.Struct, frozen=True, array_like=True, tag="certificate-refused/1"):
    """A TLS handshake failed, or its certificate proves nobody (110113, 110126).

    Attributes:
        error: what TLS said, in words.
        certificate: "sha256:…" of the leaf shown, empty when none was.
    """

    address: str
    port: int
    error: str
    certificate: str = ""
    subject: str = ""
    issuer: str = ""
    not_after: int = 0  # UTC s


class BypassChanged(msgspec.Struct, frozen=True, array_like=True, tag="bypass-changed/1"):
    """A route began or ended to relay without policy (110127 Emergency Override Started, 110138 Stopped)."""

    route: str
    until: int  # UTC ns; 0: ended
    reason: str
    who: str


class RecordingImpaired(msgspec.Struct, frozen=True, array_like=True, tag="recording-impaired/1"):
    """The journal could not be written for a time (110133 stopped, 110134 started again), told when it can again.

    Attributes:
        since: UTC ns of the first entry that could not be written.
        waived: instances that went on without a record, on flows declared open.
        refused: operations refused for it, on flows declared closed.
    """

    reason: str
    since: int
    waived: int
    refused: int


class UpstreamChanged(msgspec.Struct, frozen=True, array_like=True, tag="upstream-changed/1"):
    """An archive became reachable or unreachable, as seen by one worker."""

    archive: str
    up: bool
    reason: str = ""


class ChildDied(msgspec.Struct, frozen=True, array_like=True, tag="child-died/1"):
    """A process of ours ended unasked and was started again."""

    process: str
    status: str  # "exit 1", "signal 9"
    restarts: int


class ConfigurationChanged(msgspec.Struct, frozen=True, array_like=True, tag="configuration-changed/1"):
    """A generation was committed (110128…131), or refused."""

    generation: int
    digest: str
    what: str
    who: str = ""
    accepted: bool = True


class UserAuthentication(msgspec.Struct, frozen=True, array_like=True, tag="user-authentication/1"):
    """Login, logout or a failed login (110114, 110122, 110123)."""

    user: str
    address: str
    action: str  # "login", "logout"
    success: bool = True
    reason: str = ""


class AdministratorAction(msgspec.Struct, frozen=True, array_like=True, tag="administrator-action/1"):
    """Somebody changed something by hand."""

    user: str
    address: str
    action: str  # "peer-approved", "peer-blocked", "user-created" …
    subject: str
    detail: str = ""


class AuditLogUsed(msgspec.Struct, frozen=True, array_like=True, tag="audit-log-used/1"):
    """Somebody read the record (110101)."""

    user: str
    address: str
    what: str  # "patient", "export" …
    subject: str = ""


class Alarm(msgspec.Struct, frozen=True, array_like=True, tag="alarm/1"):
    """Something a person must see. ``cause`` in the envelope names the event behind it."""

    severity: str  # "warning", "critical"
    code: str
    text: str


class RecordGap(msgspec.Struct, frozen=True, array_like=True, tag="record-gap/1"):
    """Counters ``first`` to ``last`` of (writer, boot) never reached the ledger."""

    writer: str
    boot: int
    first: int
    last: int


class LedgerContinued(msgspec.Struct, frozen=True, array_like=True, tag="ledger-continued/1"):
    """First leaf of a new month's log: the last checkpoint of the log before it, which it binds.

    Attributes:
        log: the log that ended ("2026-10").
        checkpoint: its last signed checkpoint, verbatim.
    """

    log: str
    checkpoint: str


Body = (
    ApplicationStarted
    | ApplicationStopped
    | AssociationOpened
    | AssociationClosed
    | Refusal
    | TransferBegun
    | InstanceBegun
    | InstanceOutcome
    | TransferClosed
    | Operation
    | PatientsListed
    | CertificateRefused
    | BypassChanged
    | ProtocolError
    | RecordingImpaired
    | UpstreamChanged
    | ChildDied
    | ConfigurationChanged
    | UserAuthentication
    | AdministratorAction
    | AuditLogUsed
    | Alarm
    | RecordGap
    | LedgerContinued
)


class Event(msgspec.Struct, frozen=True, array_like=True):
    """The envelope.

    Attributes:
        id: who wrote it, and its place among the writer's events.
        time: UTC nanoseconds.
        flow: called title of the route; empty where none applies.
        cause: id of the event that led to this one.
    """

    id: EventId
    time: int
    flow: str
    body: Body
    cause: EventId | None = None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Event)


def encode(event: Event) -> bytes:
    """The event's bytes as they stand in journal and ledger."""
    return _encoder.encode(event)


def decode(data: bytes | memoryview) -> Event:
    """The event in ``data``.

    Raises:
        msgspec.ValidationError, msgspec.DecodeError: not an event.
    """
    return _decoder.decode(data)


def kind(body: Body) -> str:
    """The body's name without its version, "transfer-begun"."""
    return str(type(body).__struct_config__.tag).partition("/")[0]
