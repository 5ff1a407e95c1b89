"""Requests as they can be read back from events, for replay. Never judges one, and never invents what is not on record.

One message is taken once: an operation at its forwarding, an object at its begin, a refusal where the message went no
further. Echoes stand on record by number only, so they are asked for once, at the end of their association.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

from msgspec import structs

from leadglass.model.decision import Cause, Request
from leadglass.model.event import (
    Association,
    AssociationClosed,
    Event,
    InstanceBegun,
    Operation,
    Refusal,
    TransferBegun,
    TransferClosed,
)
from leadglass.model.generation import Generation
from leadglass.model.patient import Patient
from leadglass.policy.operations import C_ECHO, C_GET, C_MOVE
from leadglass.wire.dicom.uids import VERIFICATION

MAX_TRANSFERS = 100_000  # open at one time; the oldest is forgotten first
CONTEXT = "context"  # stands for the operation where a presentation context was asked for

UNKNOWN_CALLER: Final = "callers no peer is known for"
NO_BEGIN: Final = "objects whose transfer began before the span"
NO_ARCHIVE: Final = "objects of a C-MOVE whose archive cannot be told from its title"
UNREAD: Final = "messages that were refused before policy was asked"

_MINUTE = 60_000_000_000


class Asked(NamedTuple):
    """A request of the record, and how many messages it stands for. ``request.operation`` may be `CONTEXT`."""

    request: Request
    messages: int = 1


class Memory:
    """Reads requests out of events that come in the order of the ledger. Bounded.

    Args:
        generation: whose archives are meant by their titles.

    Attributes:
        missing: messages that cannot be replayed, by reason.
    """

    def __init__(self, generation: Generation) -> None:
        self.missing: Counter[str] = Counter()
        self._archives = _by_title(generation)
        self._transfers: OrderedDict[tuple[str, int, int, int], tuple[Request | None, str]] = OrderedDict()
        self._at = (0, datetime.fromtimestamp(0, UTC))

    def take(self, event: Event) -> Iterator[Asked]:
        """The requests an event tells of."""
        body = event.body
        match body:
            case InstanceBegun():
                yield from self._instance(event, body)
            case TransferBegun():
                self._begin(event, body)
            case TransferClosed():
                writer, boot = body.origin or (event.id.writer, event.id.boot)
                for number in body.transfers:
                    self._transfers.pop((writer, boot, body.association.number, number), None)
            case Operation() if body.status == -1:
                request = self._request(event, body.association, body.operation, body.sop_class, body.patient)
                yield from self._known(_with(request, body.level, body.destination, body.keys))
            case AssociationClosed() if body.echoes:
                request = self._request(event, body.association, C_ECHO, VERIFICATION)
                yield from self._known(request, body.echoes)
            case Refusal():
                yield from self._refusal(event, body)

    def _known(self, request: Request, count: int = 1) -> Iterator[Asked]:
        if request.peer:
            yield Asked(request, count)
        else:
            self.missing[UNKNOWN_CALLER] += count

    def _request(
        self, event: Event, association: Association, operation: str, sop_class: str, patient: Patient | None = None
    ) -> Request:
        about = patient or Patient()
        return Request(
            association.peer, operation, sop_class, association.archive, self._time(event.time),
            patient=about.id, issuer=about.issuer,
        )  # fmt: skip

    def _time(self, time: int) -> datetime:
        """An instant to the minute: policies see no shorter time."""
        minute = time // _MINUTE
        if minute != self._at[0]:
            self._at = (minute, datetime.fromtimestamp(minute * 60, UTC))
        return self._at[1]

    def _begin(self, event: Event, body: TransferBegun) -> None:
        request = self._request(event, body.association, body.operation, body.sop_class, body.patient)
        found, why = self._object(request, body.association, body.requester)
        key = (event.id.writer, event.id.boot, body.association.number, body.transfer)
        self._transfers[key] = (found, why)
        if len(self._transfers) > MAX_TRANSFERS:
            self._transfers.popitem(last=False)

    def _object(self, request: Request, association: Association, requester: str) -> tuple[Request | None, str]:
        """The request as it is judged where it is an object of a C-MOVE or C-GET; else why it cannot be told."""
        if request.operation not in {C_MOVE, C_GET}:
            return request, ""
        archive, destination = association.archive, ""
        if request.operation == C_MOVE:  # on an association of the archive's own
            archive, destination = self._archives.get(association.calling, ""), association.called
            if not archive:
                return None, NO_ARCHIVE
        if not requester:
            return None, UNKNOWN_CALLER
        return _changed(request, peer=requester, archive=archive, destination=destination, object=True), ""

    def _instance(self, event: Event, body: InstanceBegun) -> Iterator[Asked]:
        begun = self._transfers.get((event.id.writer, event.id.boot, body.association, body.transfer))
        if begun is None:
            self.missing[NO_BEGIN] += 1
            return
        request, why = begun
        if request is None:
            self.missing[why] += 1
            return
        yield from self._known(_changed(request, sop_class=body.sop_class, at=self._time(event.time)))

    def _refusal(self, event: Event, body: Refusal) -> Iterator[Asked]:
        if body.scope == "context" or body.cause == Cause.NO_CONTEXT:
            for sop_class in body.tried:
                yield from self._known(self._request(event, body.association, CONTEXT, sop_class))
        elif body.scope != "operation":
            self.missing[UNREAD] += 1
        elif not body.would:  # what the mode let pass has an event of its own
            request = self._request(event, body.association, body.operation, body.sop_class, body.patient)
            found: Request | None = _with(request, body.level, body.destination, body.keys)
            why = ""
            if body.requester or (body.operation in {C_MOVE, C_GET} and body.sop_instance):
                found, why = self._object(request, body.association, body.requester)
            if found is None:
                self.missing[why] += 1
            else:
                yield from self._known(found)


def _by_title(generation: Generation) -> dict[str, str]:
    """Archives by each title they may call themselves; a title of several is of none."""
    titles: dict[str, set[str]] = {}
    for archive in generation.archives:
        called = [(route.called, route.called_as) for route in generation.routes if route.archive == archive.id]
        for title in {archive.title, *(title for pair in called for title in pair)} - {""}:
            titles.setdefault(title, set()).add(archive.id)
    return {title: next(iter(ids)) for title, ids in titles.items() if len(ids) == 1}


def _with(request: Request, level: str, destination: str, keys: tuple[str, ...]) -> Request:
    return _changed(request, level=level, destination=destination, keys=keys)


def _changed(request: Request, **changes: object) -> Request:
    return structs.replace(request, **changes)
