"""The book of an association's transfers: association × patient × study, and the instances under way.

It makes the events and keeps the sums; it sends and stores nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import msgspec

from leadglass.model.event import (
    Association,
    Body,
    InstanceBegun,
    InstanceOutcome,
    Judgement,
    TransferBegun,
    TransferClosed,
)
from leadglass.model.patient import Head, Patient

PatientKey = tuple[bytes, bytes, bool]


@dataclass(slots=True)
class _PatientTransfers:
    """Everything open for one patient on this association."""

    patient: Patient
    last: float
    transfers: dict[str, int] = field(default_factory=dict)  # study → number
    sop_classes: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    under_way: int = 0


class Instance(msgspec.Struct):
    """One instance between its beginning and its outcome. ``whole``: its last fragment went on."""

    number: int
    transfer: int
    patient: PatientKey
    whole: bool = False
    bytes: int = 0


class TransferBook:
    """Transfers of one association; numbers start at 1."""

    __slots__ = ("_instances", "_open", "_transfers", "instances")

    def __init__(self) -> None:
        self._open: dict[PatientKey, _PatientTransfers] = {}
        self._transfers = 0
        self._instances = 0
        self.instances: dict[int, Instance] = {}

    def __bool__(self) -> bool:
        return bool(self._open)

    def begin(
        self,
        association: Association,
        head: Head,
        sop_class: str,
        sop_instance: str,
        operation: str,
        judgement: Judgement,
        now: float,
    ) -> tuple[Instance, tuple[Body, ...]]:
        """A new instance and the events that must stand before its first byte goes on.

        The first event is a `TransferBegun` when patient and study are new to the association; it must be durable.
        """
        key = (head.patient.raw_id, head.patient.raw_issuer, head.patient.known)
        of_patient = self._open.get(key)
        if of_patient is None:
            of_patient = self._open[key] = _PatientTransfers(head.patient, now)
        events: list[Body] = []
        transfer = of_patient.transfers.get(head.study)
        if transfer is None:
            self._transfers += 1
            transfer = of_patient.transfers[head.study] = self._transfers
            events.append(
                TransferBegun(
                    association,
                    transfer,
                    head.patient,
                    head.study,
                    sop_class,
                    operation,
                    head.accession,
                    head.modality,
                    judgement,
                )
            )
        self._instances += 1
        instance = Instance(self._instances, transfer, key)
        self.instances[instance.number] = instance
        of_patient.last = now
        of_patient.under_way += 1
        of_patient.sop_classes[sop_class] += 1
        events.append(
            InstanceBegun(association.number, transfer, instance.number, sop_class, sop_instance, head.series)
        )
        return instance, tuple(events)

    def outcome(self, association: int, instance: Instance, status: int, outcome: str, now: float) -> InstanceOutcome:
        """The event that closes an instance."""
        del self.instances[instance.number]
        of_patient = self._open[instance.patient]
        of_patient.under_way -= 1
        of_patient.outcomes[outcome] += 1
        of_patient.bytes += instance.bytes
        of_patient.last = now
        return InstanceOutcome(association, instance.transfer, instance.number, status, outcome, instance.bytes)

    def unanswered(self, association: int, now: float) -> tuple[InstanceOutcome, ...]:
        """Outcomes of every instance nobody answered: "cut-off" when not sent whole, else "unknown". Never guessed."""
        return tuple(
            self.outcome(association, instance, -1, "unknown" if instance.whole else "cut-off", now)
            for instance in tuple(self.instances.values())
        )

    def close(self, association: Association, how: str) -> tuple[TransferClosed, ...]:
        """Close every patient's transfers."""
        events = tuple(_closed(association, of_patient, how) for of_patient in self._open.values())
        self._open.clear()
        return events

    def close_idle(self, association: Association, now: float, limit: float) -> tuple[TransferClosed, ...]:
        """Close the patients that have had no instance for ``limit`` seconds and none under way."""
        idle = [key for key, of in self._open.items() if not of.under_way and now - of.last >= limit]
        return tuple(_closed(association, self._open.pop(key), "idle") for key in idle)


def _closed(association: Association, of_patient: _PatientTransfers, how: str) -> TransferClosed:
    return TransferClosed(
        association,
        tuple(of_patient.transfers.values()),
        of_patient.patient,
        tuple(of_patient.transfers),
        dict(of_patient.sop_classes),
        dict(of_patient.outcomes),
        how,
        of_patient.bytes,
    )
