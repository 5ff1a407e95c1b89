"""Which transfers and instances are open, per (writer, boot): tells what a crash left. Pure; never guesses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from leadglass.model.event import (
    Association,
    Body,
    Event,
    EventId,
    InstanceBegun,
    InstanceOutcome,
    TransferBegun,
    TransferClosed,
)
from leadglass.model.patient import Patient

Source = tuple[str, int]
"""(writer, boot)."""


class OpenTransfer(msgspec.Struct, array_like=True):
    """A transfer begun and not closed, with what is known of its instances so far."""

    begun: EventId
    flow: str
    association: Association
    transfer: int
    patient: Patient
    study: str
    sop_classes: dict[str, int] = {}
    outcomes: dict[str, int] = {}
    bytes: int = 0
    operation: str = "C-STORE"
    requester: str = ""


class OpenInstance(msgspec.Struct, array_like=True):
    """An instance begun and without outcome."""

    begun: EventId
    flow: str
    association: int
    transfer: int
    instance: int


class OpenTransfers:
    """The open set of all writers. Its size is bounded by what the workers hold open at once."""

    def __init__(self, transfers: Iterable[OpenTransfer] = (), instances: Iterable[OpenInstance] = ()) -> None:
        self._transfers: dict[Source, dict[tuple[int, int], OpenTransfer]] = {}
        self._instances: dict[Source, dict[tuple[int, int], OpenInstance]] = {}
        for transfer in transfers:
            self._of(transfer.begun)[transfer.association.number, transfer.transfer] = transfer
        for instance in instances:
            source = (instance.begun.writer, instance.begun.boot)
            self._instances.setdefault(source, {})[instance.association, instance.instance] = instance

    def _of(self, event_id: EventId) -> dict[tuple[int, int], OpenTransfer]:
        return self._transfers.setdefault((event_id.writer, event_id.boot), {})

    def transfers(self) -> list[OpenTransfer]:
        """All open transfers, to be kept in the state."""
        return [transfer for of in self._transfers.values() for transfer in of.values()]

    def instances(self) -> list[OpenInstance]:
        """All instances without outcome, to be kept in the state."""
        return [instance for of in self._instances.values() for instance in of.values()]

    def sources(self) -> set[Source]:
        """Boots with something open."""
        return {s for s, of in self._transfers.items() if of} | {s for s, of in self._instances.items() if of}

    def apply(self, event: Event) -> None:
        """Take in one event of a worker."""
        kind = type(event.body)
        if kind is InstanceBegun:
            self._instance_begun(event, event.body)  # type: ignore[arg-type]  # told by its type, the fastest way
        elif kind is InstanceOutcome:
            self._instance_outcome(event, event.body)  # type: ignore[arg-type]  # likewise
        elif kind is TransferBegun:
            self._transfer_begun(event, event.body)  # type: ignore[arg-type]  # likewise
        elif kind is TransferClosed:
            self._transfer_closed(event, event.body)  # type: ignore[arg-type]  # likewise

    def _transfer_begun(self, event: Event, body: TransferBegun) -> None:
        self._of(event.id)[body.association.number, body.transfer] = OpenTransfer(
            event.id,
            event.flow,
            body.association,
            body.transfer,
            body.patient,
            body.study,
            operation=body.operation,
            requester=body.requester,
        )

    def _instance_begun(self, event: Event, body: InstanceBegun) -> None:
        source = (event.id.writer, event.id.boot)
        self._instances.setdefault(source, {})[body.association, body.instance] = OpenInstance(
            event.id, event.flow, body.association, body.transfer, body.instance
        )
        transfer = self._of(event.id).get((body.association, body.transfer))
        if transfer is not None:
            transfer.sop_classes[body.sop_class] = transfer.sop_classes.get(body.sop_class, 0) + 1

    def _instance_outcome(self, event: Event, body: InstanceOutcome) -> None:
        source = body.origin or (event.id.writer, event.id.boot)
        self._instances.get(source, {}).pop((body.association, body.instance), None)
        transfer = self._transfers.get(source, {}).get((body.association, body.transfer))
        if transfer is not None:
            transfer.outcomes[body.outcome] = transfer.outcomes.get(body.outcome, 0) + 1
            transfer.bytes += body.bytes

    def _transfer_closed(self, event: Event, body: TransferClosed) -> None:
        source = body.origin or (event.id.writer, event.id.boot)
        transfers, number = self._transfers.get(source, {}), body.association.number
        for transfer in body.transfers:
            transfers.pop((number, transfer), None)
        # The closing accounts for its instances; none of them is open any more.
        instances = self._instances.get(source, {})
        closed = set(body.transfers)
        for key in [k for k, i in instances.items() if i.association == number and i.transfer in closed]:
            del instances[key]

    def close(self, source: Source) -> Iterator[tuple[str, Body, EventId]]:
        """(flow, body, cause) of everything a boot that is over left open; it is open no more.

        First each instance without outcome as "unknown", then closings per association × patient and operation.
        """
        transfers = self._transfers.pop(source, {})
        for instance in self._instances.pop(source, {}).values():
            transfer = transfers.get((instance.association, instance.transfer))
            if transfer is not None:
                transfer.outcomes["unknown"] = transfer.outcomes.get("unknown", 0) + 1
            outcome = InstanceOutcome(
                instance.association, instance.transfer, instance.instance, -1, "unknown", 0, origin=source
            )
            yield instance.flow, outcome, instance.begun
        groups: dict[tuple[int, Patient, str, str], list[OpenTransfer]] = {}
        for transfer in transfers.values():
            key = (transfer.association.number, transfer.patient, transfer.operation, transfer.requester)
            groups.setdefault(key, []).append(transfer)
        for (_, patient, operation, requester), group in groups.items():
            closed = TransferClosed(
                association=group[0].association,
                transfers=tuple(transfer.transfer for transfer in group),
                patient=patient,
                studies=tuple(dict.fromkeys(transfer.study for transfer in group)),
                sop_classes=_sum(transfer.sop_classes for transfer in group),
                outcomes=_sum(transfer.outcomes for transfer in group),
                how="crash",
                bytes=sum(transfer.bytes for transfer in group),
                origin=source,
                operation=operation,
                requester=requester,
            )
            yield group[0].flow, closed, group[0].begun


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for count in counts:
        for key, value in count.items():
            total[key] = total.get(key, 0) + value
    return total
