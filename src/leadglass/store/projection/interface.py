"""The projection: answers the console's questions, rebuilt from the ledger. One interface, whatever the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from leadglass.errors import LeadglassError
from leadglass.model.event import Event

MAX_PAGE = 500  # rows in one answer, whatever was asked
MAX_FLOWS = 5_000  # lines in one picture, the busiest
MAX_DECISIONS = 50_000  # sums of decisions in one answer, the largest
VERDICTS = ("forwarded", "would-refuse", "refused")


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
        requester: who asked for it by C-MOVE or C-GET; empty for what was sent unasked.
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
    requester: str = ""


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


class DecisionSum(msgspec.Struct, frozen=True):
    """Messages of one kind that met one decision, over whole UTC days.

    Attributes:
        calling, address, route, scope, cause: empty where they are not told apart.
        peer: who asked; of an object of a C-MOVE or C-GET, the requester.
        scope, cause: of a refusal; empty also for what was forwarded.
        operation: empty where a context or association was refused; ``sop_class`` is then what was proposed.
        verdict: one of `VERDICTS`.
        rule: that permitted or refused, else the nearest; empty where none is on record, as for echoes.
        last: UTC ns of the last.
        row: its leaf, as (log, position).
        example: the last one, where callers are told apart.
    """

    calling: str
    address: str
    peer: str
    archive: str
    route: str
    scope: str
    operation: str
    sop_class: str
    verdict: str
    cause: str
    rule: str
    messages: int
    last: int
    row: tuple[str, int]
    example: Event | None = None


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

    def mentions(self, where: Filter, after: str = "", limit: int = 50) -> Page:
        """Queries, retrieves and procedure steps that named ``where.patient``, or listed it; newest first."""

    def instances(self, access: str, after: str = "", limit: int = 50) -> tuple[tuple[Instance, ...], str]:
        """The instances of one access (`Access.key`), in their order, and the key of the next page."""

    def flows(self, since: int, until: int) -> tuple[Flow, ...]:
        """The picture: sums by (calling, address, peer, archive) between two times, UTC ns, in whole UTC minutes."""

    def decisions(self, since: int) -> tuple[DecisionSum, ...]:
        """Sums from the UTC day of ``since`` (ns) on, the largest first; callers, routes and causes are not told apart.

        A message that its mode let pass counts twice: as would-refuse, and as forwarded.
        """

    def would_be_refused(self, route: str, since: int) -> tuple[DecisionSum, ...]:
        """What the mode of the route let pass from the UTC day of ``since`` on, by caller, the largest first."""

    def unproved(self, since: int) -> tuple[Row, ...]:
        """The last association of each caller since then that was served without proof of who it is.

        It came in the clear, showed no certificate, or was of nobody that the registry knows. At most `MAX_PAGE`: the
        unknown first, then the newest.
        """

    def close(self) -> None:
        """Let go of files."""
