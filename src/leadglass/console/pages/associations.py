"""Associations: open now, past, and one of them with everything that happened in it. Changes nothing."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.console.page import Page, Visit
from leadglass.console.spans import SPANS, span
from leadglass.model.event import (
    Association,
    AssociationClosed,
    AssociationOpened,
    Event,
    Operation,
    ProtocolError,
    Refusal,
    TransferBegun,
    TransferClosed,
    kind,
)
from leadglass.store.projection.interface import Filter, Row

MAX_LIVE = 200
MAX_SCANNED = 5_000  # events looked at to find those of one association
_MARGIN = 120_000_000_000  # ns around an association in which its events are written
_KINDS = (
    "association-opened",
    "association-closed",
    "refusal",
    "transfer-begun",
    "transfer-closed",
    "operation",
    "protocol-error",
)
_Of = AssociationOpened | AssociationClosed | Refusal | TransferBegun | TransferClosed | Operation | ProtocolError


def show(visit: Visit) -> Response:
    """Open ones, then past ones."""
    name, length, _ = span(visit.query("span"), "24h")
    where = Filter(
        text=visit.query("text"),
        peer=visit.query("peer"),
        archive=visit.query("archive"),
        kinds=("association-closed",),
        since=visit.console.clock() - length,
    )
    page = visit.console.projection.events(where, visit.query("after"))
    return visit.render(
        "associations.html",
        rows=page.rows,
        following=page.next,
        where=where,
        span=name,
        spans=[(key, value[1]) for key, value in SPANS.items()],
        archives=[archive.id for archive in visit.console.configuration().archives],
        **_open(visit),
    )


def live(visit: Visit) -> Response:
    """The open ones, which refresh themselves."""
    return visit.render("associations_live.html", **_open(visit))


def one(visit: Visit) -> Response:
    """Everything on record of one association: ``key`` is writer-boot-number, ``at`` a time within it."""
    writer, boot, number = _key(visit.query("key"))
    at = int(visit.query("at")) if visit.query("at").isdecimal() else 0
    rows, complete = _find(visit, writer, boot, number, at)
    events = [(row, row.event.body, kind(row.event.body)) for row in rows]
    closed = next((body for _, body, _ in events if isinstance(body, AssociationClosed)), None)
    association = next((_association(row.event) for row in rows), None)
    return visit.render(
        "association.html",
        200 if association else 404,
        association=association,
        closed=closed,
        events=events,
        key=visit.query("key"),
        complete=complete,
    )


def _find(visit: Visit, writer: str, boot: int, number: int, at: int) -> tuple[list[Row], bool]:
    """Its events, oldest first, and whether all of the time around it could be looked at."""
    text = visit.query("calling")
    until = int(visit.query("until")) if visit.query("until").isdecimal() else at
    where = Filter(text=text, kinds=_KINDS, since=at - _MARGIN, until=max(at, until) + _MARGIN)
    found: list[Row] = []
    after, scanned = "", 0
    while scanned < MAX_SCANNED:
        page = visit.console.projection.events(where, after, 500)
        scanned += len(page.rows)
        for row in page.rows:
            association = _association(row.event)
            origin = getattr(row.event.body, "origin", None) or (row.event.id.writer, row.event.id.boot)
            if association and association.number == number and tuple(origin) == (writer, boot):
                found.append(row)
        after = page.next
        if not after:
            return found[::-1], True
    return found[::-1], False


def _association(event: Event) -> Association | None:
    return event.body.association if isinstance(event.body, _Of) else None


def _key(text: str) -> tuple[str, int, int]:
    parts = text.rsplit("-", 2)
    try:
        return parts[0], int(parts[1], 16), int(parts[2])
    except (ValueError, IndexError):
        return "", 0, 0


def _open(visit: Visit) -> dict[str, object]:
    status = visit.console.live.look().status
    workers = status.workers if status else ()
    live = sorted((one for worker in workers for one in worker.associations), key=lambda a: (-a.started, a.number))
    return {
        "live": live[:MAX_LIVE],
        "open_now": sum(worker.open for worker in workers),
        "known": status is not None,
    }


PAGES = (
    Page("/associations", "associations", get=show),
    Page("/live/associations", "associations", get=live, refreshes=True),
    Page("/association", "associations", get=one),
)
