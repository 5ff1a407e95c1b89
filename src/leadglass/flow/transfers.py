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

PatientKey = tuple[bytes, bytes, str, bool, str, str]  # whose, by which operation, for whom

MAX_PATIENTS = 1_024  # open at one time on an association; the one open longest makes room for another
MAX_TRANSFERS = 256  # of one patient before they are closed and begun anew: a closing must fit into one record


@dataclass(slots=True)
class _PatientTransfers:
    """Everything open for one patient on this association, by one operation and requester."""

    patient: Patient
    operation: str
    requester: str
    last: float
    numbers: dict[int, str] = field(default_factory=dict)  # transfer → study
    current: dict[str, int] = field(default_factory=dict)  # study → the transfer its next instance belongs to
    pending: set[int] = field(default_factory=set)  # transfers whose beginning is not known to be on disk
    sop_classes: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    under_way: int = 0


class Instance(msgspec.Struct):
    """One instance between its beginning and its outcome. ``whole``: its last fragment went on."""

    number: int
    transfer: int
    study: str
    of_patient: _PatientTransfers
    whole: bool = False
    bytes: int = 0

    @property
    def operation(self) -> str:
        """The operation it is part of: "C-STORE", or "C-MOVE" or "C-GET" for an object sent for one."""
        return self.of_patient.operation


class TransferBook:
    """Transfers of one association; numbers start at 1.

    Attributes:
        instances: those under way, by number.
    """

    __slots__ = ("_instances", "_open", "_retired", "_transfers", "instances")

    def __init__(self) -> None:
        self._open: dict[PatientKey, _PatientTransfers] = {}
        self._retired: list[_PatientTransfers] = []
        self._transfers = 0
        self._instances = 0
        self.instances: dict[int, Instance] = {}

    def __bool__(self) -> bool:
        return bool(self._open or self._retired)

    @property
    def crowded(self) -> bool:
        """Whether some transfers made room for others, and wait for `close_idle`."""
        return bool(self._retired)

    def begin(
        self,
        association: Association,
        head: Head,
        sop_class: str,
        sop_instance: str,
        operation: str,
        judgement: Judgement,
        now: float,
        requester: str = "",
    ) -> tuple[Instance, tuple[Body, ...]]:
        """A new instance and the events that must stand before its first byte goes on.

        The first event is a `TransferBegun` when patient and study are new to the association; `pending` tells
        whether the events must be durable, `settled` whether they were kept.
        """
        study = head.study
        of_patient = self._of(head, operation, requester, now)
        events: list[Body] = []
        transfer = of_patient.current.get(study)
        if transfer is None:
            self._transfers += 1
            transfer = of_patient.current[study] = self._transfers
            of_patient.numbers[transfer] = head.study
            of_patient.pending.add(transfer)
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
                    requester,
                )
            )
        self._instances += 1
        instance = Instance(self._instances, transfer, study, of_patient)
        self.instances[instance.number] = instance
        of_patient.last = now
        of_patient.under_way += 1
        of_patient.sop_classes[sop_class] += 1
        events.append(
            InstanceBegun(association.number, transfer, instance.number, sop_class, sop_instance, head.series)
        )
        return instance, tuple(events)

    def _of(self, head: Head, operation: str, requester: str, now: float) -> _PatientTransfers:
        """The open transfers of the patient; without a Patient ID, patients are told apart by name."""
        patient = head.patient
        name = "" if patient.id else patient.name
        key = (patient.raw_id, patient.raw_issuer, name, patient.known, operation, requester)
        of_patient = self._open.get(key)
        if of_patient is not None:
            if len(of_patient.numbers) < MAX_TRANSFERS or head.study in of_patient.current:
                return of_patient
            self._retired.append(self._open.pop(key))
        elif len(self._open) >= MAX_PATIENTS:
            self._retired.append(self._open.pop(next(iter(self._open))))
        of_patient = self._open[key] = _PatientTransfers(patient, operation, requester, now)
        return of_patient

    def pending(self, instance: Instance) -> bool:
        """Whether the beginning of the instance's transfer is not known to be on disk."""
        return instance.transfer in instance.of_patient.pending

    def settled(self, instance: Instance, kept: bool) -> None:
        """The events of `begin` were kept, or could not be: then the study's next instance begins a new transfer."""
        of_patient = instance.of_patient
        if instance.transfer in of_patient.pending:
            of_patient.pending.remove(instance.transfer)
            if not kept:
                of_patient.current.pop(instance.study, None)

    def outcome(self, association: int, instance: Instance, status: int, outcome: str, now: float) -> InstanceOutcome:
        """The event that closes an instance."""
        del self.instances[instance.number]
        of_patient = instance.of_patient
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
        events = tuple(_closed(association, of_patient, how) for of_patient in (*self._retired, *self._open.values()))
        self._retired.clear()
        self._open.clear()
        return events

    def close_idle(self, association: Association, now: float, limit: float) -> tuple[TransferClosed, ...]:
        """Close the patients that have had no instance for ``limit`` seconds, or made room, and none under way."""
        keys = [key for key, of in self._open.items() if not of.under_way and now - of.last >= limit]
        closing = [self._open.pop(key) for key in keys]
        if self._retired:
            closing += [of for of in self._retired if not of.under_way]
            self._retired = [of for of in self._retired if of.under_way]
        return tuple(_closed(association, of_patient, "idle") for of_patient in closing)


def _closed(association: Association, of_patient: _PatientTransfers, how: str) -> TransferClosed:
    return TransferClosed(
        association,
        tuple(of_patient.numbers),
        of_patient.patient,
        tuple(dict.fromkeys(of_patient.numbers.values())),
        dict(of_patient.sop_classes),
        dict(of_patient.outcomes),
        how,
        of_patient.bytes,
        operation=of_patient.operation,
        requester=of_patient.requester,
    )
