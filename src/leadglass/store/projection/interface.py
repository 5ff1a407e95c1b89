"""The projection: answers the console's questions, rebuilt from the ledger. One interface, whatever the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from leadglass.errors import LeadglassError
from leadglass.model.event import Event

MAX_PAGE = 500  # rows in one answer, whatever was asked
MAX_FLOWS = 5_000  # lines in one picture, the busiest


class PagingKeyError(LeadglassError):
    """A paging or access key that none of these lists handed out."""

    exit_code = 2


class LeafGapError(LeadglassError):
    """Leaves were offered that do not follow the ones already in."""


class ProjectionError(LeadglassError):
    """The projection cannot be opened or read as it is."""


class Filter(msgspec.Struct, frozen=True):
    """What a list is narrowed to; empty means any. Times UTC ns, ``until`` exclusive.

    ``kinds``, ``cause`` and ``would`` narrow events only.
    """

    text: str = ""  # substring, case ignored, of titles, address, patient id or accession; of patients also the name
    peer: str = ""
    archive: str = ""
    patient: str = ""
    issuer: str = ""
    study: str = ""
    cause: str = ""
    would: str = ""  # "", "yes", "no"
    kinds: tuple[str, ...] = ()
    since: int = 0
    until: int = 0
    unidentified: bool = False  # only transfers of patients without a Patient ID; ``patient`` empty would be all


class Row(msgspec.Struct, frozen=True):
    """One event as listed, newest first by its own time.

    Attributes:
        position: index of its leaf in ``log``: its place in the proof.
        log: the ledger log it stands in ("2026-11").
        digest: hex digest of the leaf, to be found again in the ledger.
    """

    log: str
    position: int
    digest: str
    event: Event


class Page(msgspec.Struct, frozen=True):
    """``next`` is handed back as ``after`` for older rows; empty at the end."""

    rows: tuple[Row, ...]
    next: str = ""


class PatientSummary(msgspec.Struct, frozen=True):
    """One patient of the record."""

    patient: str
    issuer: str
    name: str
    studies: int
    instances: int
    last_seen: int


class Access(msgspec.Struct, frozen=True):
    """One transfer of one patient's study: the line of the patient page.

    Attributes:
        ended: when its closing was written; 0 while it is open.
        outcomes: instances by outcome ("open": begun and not yet answered).
        closed: how it closed; empty while it is open.
        rows: leaves that prove it (begin, close), as (log, position, digest).
        key: names this transfer to `Projection.instances`, the same after a rebuild.
    """

    began: int
    ended: int
    patient: str
    issuer: str
    name: str
    study: str
    accession: str
    modality: str
    operation: str
    peer: str
    calling: str
    address: str
    archive: str
    mode: str
    rule: str
    outcomes: dict[str, int]
    bytes: int
    closed: str
    rows: tuple[tuple[str, int, str], ...]
    key: str = ""


class Instance(msgspec.Struct, frozen=True):
    """One instance of a transfer.

    Attributes:
        number: 1, 2 … within the association.
        status: the C-STORE-RSP status, -1 where none came.
        outcome: as in `InstanceOutcome`, "open" when nothing was said of it yet.
        rows: leaves that prove it (begin, outcome), as (log, position).
    """

    number: int
    sop_class: str
    sop_instance: str
    series: str
    status: int
    outcome: str
    bytes: int
    rows: tuple[tuple[str, int], ...]


class Flow(msgspec.Struct, frozen=True):
    """Who sends to whom, and how much, over a span of time.

    Attributes:
        instances, bytes: answered by the next hop, whatever it said.
        associations: accepted and ended in the span.
        refusals: also those that would have been.
        last: UTC ns of the latest event counted here.
    """

    calling: str
    address: str
    peer: str
    archive: str
    instances: int
    bytes: int
    associations: int
    refusals: int
    last: int


class Projection(Protocol):
    """The interface behind which engines stand.

    ``after`` and the key returned beside a list are opaque; a key that is none raises `PagingKeyError`. ``limit`` is
    held within 1 and `MAX_PAGE`.
    """

    def apply(self, log: str, first: int, leaves: Sequence[tuple[str, Event | None]]) -> None:
        """Take in leaves ``first …`` of ``log`` as (digest, event), in one transaction; known ones are passed over.

        An event of None has its place in the log and nothing to show (its body was pruned).

        Raises:
            LeafGapError: ``first`` is beyond the next leaf, or ``log`` comes before one that is already in.
        """

    def position(self) -> tuple[str, int]:
        """The newest log and the index of its first leaf that is not in yet; ("", 0) when empty."""

    def events(self, where: Filter, after: str = "", limit: int = 50) -> Page:
        """Events, newest first, paged by key. Instances have no events here; see `instances`."""

    def patients(self, where: Filter, after: str = "", limit: int = 50) -> tuple[tuple[PatientSummary, ...], str]:
        """Patients, last seen first, and the key of the next page."""

    def accesses(self, where: Filter, after: str = "", limit: int = 50) -> tuple[tuple[Access, ...], str]:
        """Who touched these patients, newest first, and the key of the next page."""

    def instances(self, access: str, after: str = "", limit: int = 50) -> tuple[tuple[Instance, ...], str]:
        """The instances of one access (`Access.key`), in their order, and the key of the next page."""

    def flows(self, since: int, until: int) -> tuple[Flow, ...]:
        """The picture: sums by (calling, address, peer, archive) between two times, UTC ns, in whole UTC minutes."""

    def close(self) -> None:
        """Let go of files."""
