"""What the processes say of themselves once a second. Shown on pages and in metrics, never on record."""

from __future__ import annotations

import msgspec


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
    """A caller nobody has approved or blocked, with what it tried."""

    address: str
    title: str
    called: str
    first_seen: int
    last_seen: int
    attempts: int
    sop_classes: tuple[str, ...] = ()
    implementation_uid: str = ""
    implementation_version: str = ""


class Status(msgspec.Struct, frozen=True):
    """Everything at once. ``observing``: called titles of the routes that forward what policy refuses."""

    time: int
    version: str
    generation: int
    digest: str
    workers: tuple[WorkerStatus, ...] = ()
    children: tuple[ChildStatus, ...] = ()
    ledger: LedgerStatus | None = None
    unknown_peers: tuple[UnknownPeer, ...] = ()
    observing: tuple[str, ...] = ()
