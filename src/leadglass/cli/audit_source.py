"""What `leadglass audit` reads: the console's projection if there is one, and the ledger beyond it. Writes neither.

Reading the record is itself recorded, through the outbox that all commands use; where that cannot be done, it is said.
"""

from __future__ import annotations

import getpass
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from leadglass.config import DataDirectory
from leadglass.errors import LeadglassError
from leadglass.model.event import AuditLogUsed, Event, PatientsListed
from leadglass.model.patient import Patient
from leadglass.store.appstate.database import Database
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.outbox import record
from leadglass.store.leaves import LedgerReader
from leadglass.store.projection.feed import BATCH, behind, catch_up, read_event
from leadglass.store.projection.interface import Filter, Projection, ProjectionError, Row
from leadglass.store.projection.sqlite import SqliteProjection
from leadglass.store.projection.subject import TRANSFER_KINDS, UNLISTED, subject

LOCAL = "local"  # where the user of the command line sits, on record


@dataclass(frozen=True, slots=True)
class Source:
    """An open record.

    Attributes:
        position: (log, leaf) from which the projection knows nothing.
        end: the same of the ledger, when it was opened.
        behind: leaves of the ledger that ``projection`` does not have; `newer` reads them.
    """

    projection: Projection
    ledger: LedgerReader
    position: tuple[str, int]
    end: tuple[str, int]
    behind: int

    def newer(self, where: Filter) -> Iterator[Row]:
        """Events beyond the projection that meet ``where``, oldest first, straight from the ledger."""
        return read_between(self.ledger, self.position, self.end, where)


def read_between(ledger: LedgerReader, position: tuple[str, int], end: tuple[str, int], where: Filter) -> Iterator[Row]:
    """Events from ``position`` (log, leaf) to before ``end`` that meet ``where``, oldest first."""
    start, following = position
    for log in ledger.logs():
        if not start <= log <= end[0]:
            continue
        first, size = (following if log == start else 0), (end[1] if log == end[0] else ledger.size(log))
        for leaf in ledger.read(log, first, size - first):
            event = read_event(leaf.event) if leaf.event is not None else None
            if event is not None and meets(event, where):
                yield Row(log, leaf.position, leaf.digest, event)


def end_of(ledger: LedgerReader) -> tuple[str, int]:
    """The newest log and its size: where what has not happened yet will stand."""
    logs = ledger.logs()
    return (logs[-1], ledger.size(logs[-1])) if logs else ("", 0)


def meets(event: Event, where: Filter) -> bool:
    """Whether an event meets the filters the command line has: kinds, patient, issuer and time."""
    if isinstance(event.body, UNLISTED):
        return False
    about = subject(event)
    return not (
        (where.kinds and about.kind not in where.kinds)
        or (where.patient and not _names(event, about.patient, where))
        or (where.unidentified and (about.patient.id or about.kind not in TRANSFER_KINDS))
        or (where.issuer and not where.patient and about.patient.issuer != where.issuer)
        or event.time < where.since
        or (where.until and event.time >= where.until)
    )


def _names(event: Event, patient: Patient, where: Filter) -> bool:
    """Whether an event is about the patient asked for, or lists it."""
    body = event.body
    patients = [listed for listed, _ in body.patients] if isinstance(body, PatientsListed) else [patient]
    return any(one.id == where.patient and (where.issuer in {"", one.issuer} or not one.issuer) for one in patients)


@contextmanager
def open_source(data: DataDirectory) -> Iterator[Source]:
    """The record of a data directory, whether the console runs or not.

    Without a projection of this version, one is built for the time of the command in the system's temporary directory.

    Raises:
        LeadglassError: there is no ledger, or it cannot be read.
    """
    ledger = LedgerReader(data.ledger)
    if not ledger.logs():
        raise LeadglassError(f"there is no record in {data.ledger}", "name the right configuration with --config")
    with tempfile.TemporaryDirectory(prefix="leadglass-audit-") as scratch:
        projection = _existing(data.projection) or _built(Path(scratch) / "projection.sqlite", ledger)
        try:
            yield Source(projection, ledger, projection.position(), end_of(ledger), behind(projection, ledger))
        finally:
            projection.close()


def _existing(path: Path) -> Projection | None:
    if not path.is_file():
        return None
    try:
        return SqliteProjection(path, read_only=True)
    except ProjectionError as error:
        say(f"{error.message}; the ledger itself is read instead")
        return None


def _built(path: Path, ledger: LedgerReader) -> Projection:
    say(f"there is no projection to ask: reading all of the ledger, {sum(map(ledger.size, ledger.logs()))} leaves")
    projection = SqliteProjection(path)
    while catch_up(projection, ledger, BATCH * 16).taken:
        pass
    return projection


def put_on_record(state: Database, what: str, subject_: str) -> None:
    """Record that somebody reads the record, before anything is shown."""
    try:
        if not state.url and not state.file.is_file():
            raise LeadglassError(f"{state.file} is not there")
        engine = open_appstate(state)
        try:
            record(engine, AuditLogUsed(f"command-line:{getpass.getuser()}", LOCAL, what, subject_))
        finally:
            engine.dispose()
    except (LeadglassError, OSError) as error:
        say(f"this reading could not be put on record: {error}")


def say(text: str) -> None:
    """A note beside the output, on stderr."""
    click.echo(f"note: {text}", err=True)
