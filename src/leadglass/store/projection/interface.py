"""The projection: answers the console's questions, rebuilt from the ledger at any time. Six methods, whatever the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from leadglass.model.event import Event


class Filter(msgspec.Struct, frozen=True):
    """What a list is narrowed to; empty means any. Times UTC ns, ``until`` exclusive."""

    text: str = ""  # substring of titles, address, patient id, or accession
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


class Row(msgspec.Struct, frozen=True):
    """One event as listed, newest first.

    Attributes:
        position: index of its leaf in ``log``; (log, position) is the paging key and its place in the proof.
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
        outcomes: instances by outcome ("open": begun and not yet answered).
        closed: how it closed; empty while it is open.
        rows: leaves that prove it (begin, close), as (log, position, digest).
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


class Flow(msgspec.Struct, frozen=True):
    """Who sends to whom, and how much, over a span of time."""

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
    """The interface behind which engines stand."""

    def apply(self, log: str, first: int, leaves: Sequence[tuple[str, Event]]) -> None:
        """Take in leaves ``first …`` of ``log`` as (digest, event), in one transaction; known ones are passed over."""

    def position(self) -> tuple[str, int]:
        """(log, index) up to which everything is in; ("", 0) when empty."""

    def events(self, where: Filter, after: str = "", limit: int = 50) -> Page:
        """Events, newest first, paged by key."""

    def patients(self, where: Filter, after: str = "", limit: int = 50) -> tuple[tuple[PatientSummary, ...], str]:
        """Patients, last seen first, and the key of the next page."""

    def accesses(self, where: Filter, after: str = "", limit: int = 50) -> tuple[tuple[Access, ...], str]:
        """Who touched these patients, newest first, and the key of the next page."""

    def flows(self, since: int, until: int) -> tuple[Flow, ...]:
        """The picture: sums by (calling, address, peer, archive) between two times, UTC ns."""
