"""A question to the policy and its answer, with the reason a person can act on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec


class Cause(StrEnum):
    """Why something was refused; each has its PDU or status in `flow.answers`."""

    UNKNOWN_CALLER = "unknown-caller"  # no peer has this title and address
    BLOCKED_PEER = "blocked-peer"
    UNKNOWN_CALLED = "unknown-called"  # no route has this called title
    CERTIFICATE = "certificate"  # it is another peer's, unknown, expired or revoked, or one is due and none came
    PLAIN = "plain"  # without TLS, and the peer's entry does not say that it may
    UNEXPECTED_MOVE = "unexpected-move"  # an archive sends what nobody asked it to send there
    UNEXPECTED_REPORT = "unexpected-report"  # a Transaction UID that was never seen
    UNKNOWN_DESTINATION = "unknown-destination"  # of a C-MOVE
    CONTEXT = "context"  # policy permits no operation of this SOP class
    NO_CONTEXT = "no-context"  # nothing proposed was permitted
    OPERATION = "operation"  # policy refuses this operation
    POLICY_ERROR = "policy-error"  # Cedar could not decide: a refusal, as the mode treats it
    UNREADABLE_HEAD = "unreadable-head"
    RECORD = "record-impossible"
    UPSTREAM_DOWN = "upstream-down"
    LIMIT = "limit"
    REGISTRAR = "registrar-silent"
    PROTOCOL = "protocol-error"
    TIMEOUT = "timeout"


IDENTITY = frozenset({Cause.UNKNOWN_CALLER, Cause.BLOCKED_PEER, Cause.CERTIFICATE, Cause.PLAIN})
"""Refusals that are about who asks, not about what is asked."""


class Request(msgspec.Struct, frozen=True):
    """May this peer do this, there, now?

    Attributes:
        peer: id of the peer.
        operation: DIMSE name, "C-STORE".
        sop_class: Affected or Requested SOP Class UID.
        archive: id of the archive.
        at: aware datetime; judged in the hospital's zone, to the minute.
        level: Query/Retrieve Level (0008,0052) of queries and retrieves; "WORKLIST" for a worklist; else empty.
        destination: Move Destination of a C-MOVE, an AE title; also for each object sent for it.
        patient, issuer: Patient ID and its issuer where the identifier or the head of an object names one.
        keys: keywords of the matching keys that hold a value ("PatientID"), for queries and retrieves.
        object: True when an object is sent for an earlier C-MOVE or C-GET: ``sop_class`` is then the object's.
    """

    peer: str
    operation: str
    sop_class: str
    archive: str
    at: datetime
    level: str = ""
    destination: str = ""
    patient: str = ""
    issuer: str = ""
    keys: tuple[str, ...] = ()
    object: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer.

    Attributes:
        allowed: False also on any error.
        rule: ``@id`` of the policy that decided; empty for a default deny.
        nearest: for a default deny, the ``@id`` of the policy that came closest to permitting.
        failed: the condition of ``nearest`` that failed, in words ("hours: 03:00 is outside Mon-Fri 07:00-19:00").
        error: what Cedar could not evaluate; empty when it decided.
    """

    allowed: bool
    rule: str = ""
    nearest: str = ""
    failed: str = ""
    error: str = ""
