"""What processes say to the registrar and hear from it, over one Unix stream socket, ``run/registrar.sock``.

A frame is a 4-byte big-endian length (at most 16 MiB) and a tagged msgpack map. Workers keep one connection open; the
console, the supervisor, the ledger and the command line connect when they need to.
"""

from __future__ import annotations

import msgspec

from leadglass.model.certificate import Certificate
from leadglass.model.expectation import ExpectedMove, ExpectedReport
from leadglass.model.generation import Generation
from leadglass.model.peer import Peer
from leadglass.model.status import ChildStatus, LedgerStatus, Status, WorkerStatus

MAX_FRAME = 16 * 1024 * 1024


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """A worker's first frame."""

    worker: str
    pid: int
    boot: int


class Prepare(msgspec.Struct, frozen=True, tag="prepare"):
    """To workers: build this generation, do not use it yet."""

    generation: Generation


class Prepared(msgspec.Struct, frozen=True, tag="prepared"):
    """From a worker; ``error`` empty when it could be built."""

    number: int
    error: str = ""


class Commit(msgspec.Struct, frozen=True, tag="commit"):
    """To workers: use it from the next operation on."""

    number: int


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """From a worker that holds a request: may this caller begin an association now?

    Sent when the worker's generation does not know the caller, or its peer has ``max_associations``.
    """

    question: int
    association: int
    address: str
    calling: str
    called: str
    sop_classes: tuple[str, ...] = ()
    implementation_uid: str = ""
    implementation_version: str = ""
    certificate: Certificate | None = None
    tls: bool = False


class HandshakeFailed(msgspec.Struct, frozen=True, tag="handshake-failed"):
    """From a worker: a caller's TLS handshake failed. Not answered; the same from one address at most once a minute.

    Attributes:
        address: of the caller.
        certificate: what it showed, None where it showed none.
        error: what TLS said, in words.
    """

    address: str
    certificate: Certificate | None
    error: str


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """``peer`` is None for a caller nobody knows; ``cause`` is "", "blocked-peer" or "limit"."""

    question: int
    peer: Peer | None = None
    cause: str = ""


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """From a worker: an association it had asked about is over (frees its place under ``max_associations``)."""

    association: int


class ExpectMove(msgspec.Struct, frozen=True, tag="expect-move"):
    """From a worker that holds a C-MOVE-RQ: keep this; answered with `Kept`. The same id again extends it."""

    question: int
    move: ExpectedMove


class ExpectReport(msgspec.Struct, frozen=True, tag="expect-report"):
    """From a worker that holds a request for storage commitment: keep this; answered with `Kept` once it is on disk."""

    question: int
    report: ExpectedReport


class Kept(msgspec.Struct, frozen=True, tag="kept"):
    """``error`` empty when it was kept."""

    question: int
    error: str = ""


class Extend(msgspec.Struct, frozen=True, tag="extend"):
    """From a worker: a response to the C-MOVE ``id`` came; objects may come until then (UTC ns). Not answered."""

    id: str
    until: int


class AskExpected(msgspec.Struct, frozen=True, tag="ask-expected"):
    """From a worker that holds an archive's request: what may this archive send now, to this AE title?

    Without ``transaction``: moves, those first that name one of ``named``, the patient and UIDs of an object. With it:
    the storage commitment of that Transaction UID, whoever asked for it.
    """

    question: int
    archive: str
    destination: str = ""
    transaction: str = ""
    named: tuple[str, ...] = ()


class Expected(msgspec.Struct, frozen=True, tag="expected"):
    """The registrar's answer: at most 256 moves of 256 KiB, those `AskExpected.named` names first, then the latest."""

    question: int
    moves: tuple[ExpectedMove, ...] = ()
    report: ExpectedReport | None = None


class Report(msgspec.Struct, frozen=True, tag="report"):
    """From a worker, once a second."""

    status: WorkerStatus


class Children(msgspec.Struct, frozen=True, tag="children"):
    """From the supervisor, at each change and every second."""

    children: tuple[ChildStatus, ...]


class Ledger(msgspec.Struct, frozen=True, tag="ledger"):
    """From the ledger, once a second."""

    status: LedgerStatus


class AskStatus(msgspec.Struct, frozen=True, tag="ask-status"):
    """From console and command line; answered with `Everything`."""


class Everything(msgspec.Struct, frozen=True, tag="everything"):
    """The registrar's answer to `AskStatus`."""

    status: Status


class Bypass(msgspec.Struct, frozen=True, tag="bypass"):
    """Relay ``route`` (a called title) without policy for so many minutes; 0 ends it. Answered with `Bypassed`."""

    route: str
    minutes: int
    reason: str
    who: str


class Bypassed(msgspec.Struct, frozen=True, tag="bypassed"):
    """``error`` empty when it is kept, until ``until`` (UTC ns; 0: ended).

    ``waiting`` says which worker has not followed yet; the registrar tries again every second.
    """

    error: str = ""
    hint: str = ""
    until: int = 0
    waiting: str = ""


class Reload(msgspec.Struct, frozen=True, tag="reload"):
    """Build the registry with the candidate configuration, else the one in force, and commit, all or nothing.

    Answered with `Reloaded`. An edited configuration file becomes the candidate at SIGHUP only (`supervise.reload`).
    """

    who: str = ""


class Reloaded(msgspec.Struct, frozen=True, tag="reloaded"):
    """``error`` and ``hint`` empty when generation ``number`` is in force in every worker."""

    number: int
    error: str = ""
    hint: str = ""


Frame = (
    Hello
    | Prepare
    | Prepared
    | Commit
    | Ask
    | HandshakeFailed
    | Answer
    | Ended
    | ExpectMove
    | ExpectReport
    | Kept
    | Extend
    | AskExpected
    | Expected
    | Report
    | Children
    | Ledger
    | AskStatus
    | Everything
    | Reload
    | Reloaded
    | Bypass
    | Bypassed
)
