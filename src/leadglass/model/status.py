"""What the processes say of themselves once a second. Shown on pages and in metrics, never on record."""

from __future__ import annotations

import msgspec

from leadglass.model.bypass import ActiveBypass
from leadglass.model.certificate import Certificate

MAX_PLAIN_SHOWN = 100
MAX_ENDS_SHOWN = 200


class LiveAssociation(msgspec.Struct, frozen=True):
    """An association that is open now."""

    worker: str
    number: int
    address: str
    calling: str
    called: str
    peer: str
    archive: str
    mode: str
    started: int  # UTC ns
    instances: int
    bytes_in: int
    bytes_out: int


class UpstreamStatus(msgspec.Struct, frozen=True):
    """How one worker last found an archive. ``since`` UTC ns; ``reason`` in words when down."""

    archive: str
    up: bool
    since: int
    reason: str = ""


class WorkerStatus(msgspec.Struct, frozen=True):
    """One worker's report.

    Attributes:
        time: UTC ns of the report.
        counters: monotonic counts by metric name, labels in the name's tail after ``:``, comma separated
            ("refusals:cause=unknown-caller,mode=enforce").
        journal_free: bytes that can still be written without new disk space.
        journal_size: bytes of the whole reserve.
        impaired: why the journal cannot be written now; empty when it can.
        associations: open now, at most 200 of them.
        open: how many are open in all.
    """

    worker: str
    pid: int
    boot: int
    time: int
    generation: int
    counters: dict[str, int] = {}
    journal_free: int = 0
    journal_size: int = 0
    impaired: str = ""
    impaired_since: int = 0
    waived: int = 0
    open: int = 0
    associations: tuple[LiveAssociation, ...] = ()
    upstreams: tuple[UpstreamStatus, ...] = ()


class ChildStatus(msgspec.Struct, frozen=True):
    """One child as the supervisor sees it. ``confinement`` lists the restrictions in force, in words."""

    name: str
    pid: int
    running: bool
    restarts: int
    started: int
    last_exit: str = ""
    confinement: tuple[str, ...] = ()


class LedgerStatus(msgspec.Struct, frozen=True):
    """The ledger's report. ``lag`` counts journal bytes not yet merged; ``checkpoint_time`` UTC ns."""

    time: int
    size: int
    root: str
    checkpoint_time: int
    lag: int
    error: str = ""


class UnknownPeer(msgspec.Struct, frozen=True):
    """A caller nobody has approved or blocked, with what it tried; or a TLS handshake that failed, without a title.

    Attributes:
        address, title, called: as the caller gave them; the titles are empty for a handshake that failed.
        first_seen, last_seen: UTC ns.
        attempts: how often.
        sop_classes: SOP Class UIDs it proposed.
        implementation_uid, implementation_version: of its software.
        tls: it came over TLS.
        error: what TLS said, in words; empty when the handshake stood and the certificate was trusted.
        certificate: what it showed, None where it showed none.
    """

    address: str
    title: str
    called: str
    first_seen: int
    last_seen: int
    attempts: int
    sop_classes: tuple[str, ...] = ()
    implementation_uid: str = ""
    implementation_version: str = ""
    tls: bool = False
    error: str = ""
    certificate: Certificate | None = None


class CertificateEnd(msgspec.Struct, frozen=True):
    """A certificate that ends soon, or has ended.

    Attributes:
        owners: ids of the peers that pin it; empty for one of this gateway's own.
        fingerprint: "sha256:" and hex.
        subject: distinguished name.
        not_after: UTC seconds.
        refused: UTC seconds from which it is refused; for a pin that is later, by the grace.
        renewed: each of its owners has another pin that goes on.
    """

    owners: tuple[str, ...]
    fingerprint: str
    subject: str
    not_after: int
    refused: int
    renewed: bool = False


class Status(msgspec.Struct, frozen=True):
    """Everything at once.

    Attributes:
        time: UTC ns.
        observing: called titles of the routes that forward what policy refuses.
        plain: ids of the approved peers that may call without TLS, the first `MAX_PLAIN_SHOWN` of them.
        plain_count: how many they are.
        bypasses: routes that relay without policy now.
        state_error: why the application state cannot be used, in words; empty when it can.
        certificate_ends: certificates that end within 60 days or have ended, the soonest first, at most 200.
    """

    time: int
    version: str
    generation: int
    digest: str
    workers: tuple[WorkerStatus, ...] = ()
    children: tuple[ChildStatus, ...] = ()
    ledger: LedgerStatus | None = None
    unknown_peers: tuple[UnknownPeer, ...] = ()
    observing: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    plain_count: int = 0
    certificate_ends: tuple[CertificateEnd, ...] = ()
    bypasses: tuple[ActiveBypass, ...] = ()
    state_error: str = ""
