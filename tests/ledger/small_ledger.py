"""Writes journals and small ledgers for tests, with the real writer and the real ledger."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from leadglass.ledger.committer import Committer
from leadglass.model.event import (
    Association,
    Body,
    Event,
    InstanceBegun,
    InstanceOutcome,
    TransferBegun,
    TransferClosed,
    decode,
)
from leadglass.model.patient import Patient
from leadglass.store.journal import Journal
from leadglass.store.leaves import LedgerReader
from leadglass.store.recorder import Recorder

CT = "1.2.840.10008.5.1.4.1.1.2"
SEGMENT = 16 * 1024


def association(number: int = 1) -> Association:
    return Association(number, "10.0.0.7", 40_000 + number, "CT2", "PACS", "ct2", "pacs", "enforce", 3)


def transfer_begun(number: int = 1, transfer: int = 1, patient: str = "P1") -> TransferBegun:
    return TransferBegun(association(number), transfer, Patient(patient, "HOSP", "Doe^Jane"), f"1.2.{transfer}", CT)


def instance_begun(instance: int, number: int = 1, transfer: int = 1) -> InstanceBegun:
    return InstanceBegun(number, transfer, instance, CT, f"1.2.{transfer}.{instance}")


def instance_outcome(instance: int, number: int = 1, transfer: int = 1, outcome: str = "success") -> InstanceOutcome:
    return InstanceOutcome(number, transfer, instance, 0, outcome, 1000)


def transfer_closed(number: int = 1, transfer: int = 1, instances: int = 1) -> TransferClosed:
    return TransferClosed(
        association(number),
        (transfer,),
        Patient("P1", "HOSP", "Doe^Jane"),
        (f"1.2.{transfer}",),
        {CT: instances},
        {"success": instances},
        "released",
    )


def transfer(instances: int) -> list[Body]:
    """One whole transfer."""
    bodies: list[Body] = [transfer_begun()]
    for instance in range(1, instances + 1):
        bodies += [instance_begun(instance), instance_outcome(instance)]
    return [*bodies, transfer_closed(instances=instances)]


@contextmanager
def recorder(data: Path, writer: str = "w0", segment_bytes: int = SEGMENT) -> Iterator[Recorder]:
    journal = Journal(data / "journal", writer, segment_bytes=segment_bytes, reserve=2, retry=0.05)
    try:
        yield Recorder(journal, writer)
    finally:
        journal.close()


def record(data: Path, bodies: Iterable[Body], writer: str = "w0") -> None:
    """One boot of a writer that ends in order."""
    with recorder(data, writer, 256 * 1024) as out:
        for body in bodies:
            out.record(body, "PACS")


def merge(
    data: Path, at: Callable[[str], None] = lambda _: None, now_ns: Callable[[], int] = time.time_ns, batch: int = 0
) -> None:
    """Merge all that the journals hold, as one start of the ledger does, and end in order."""
    committer = Committer(data, at=at, now_ns=now_ns)
    try:
        while committer.poll():
            if committer.pending > batch:
                committer.commit()
        committer.commit()
        committer.stop()
    finally:
        committer.close()


def events(data: Path) -> list[Event]:
    """Every event of the ledger, in order."""
    reader = LedgerReader(data / "ledger")
    return [
        decode(leaf.event) for log in reader.logs() for leaf in reader.read(log, 0, 10**9) if leaf.event is not None
    ]


def bodies_of(data: Path, writer: str) -> list[Body]:
    return [event.body for event in events(data) if event.id.writer == writer]
