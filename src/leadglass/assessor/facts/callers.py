"""Callers that were served in the clear, without a certificate, or approved by nobody: each by its last association."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from leadglass.assess.control import Kind
from leadglass.assess.evidence import Evidence
from leadglass.assess.question import Bearing
from leadglass.assessor.noted import MAX_NAME, Noted, identity
from leadglass.assessor.sight import RECORD, Sight, moment
from leadglass.model.event import Association, AssociationClosed, AssociationOpened
from leadglass.policy.names import shown
from leadglass.store.projection.interface import Row

MAX_CALLERS = 25  # told one by one for each control, the last seen; the rest are counted

_SEEN: dict[str, tuple[Callable[[Association], bool], str]] = {
    "exch-dicom-tls": (lambda who: not who.tls, "opened an association in the clear"),
    "exch-node-authentication": (lambda who: not who.certificate, "was served without showing a certificate"),
    "topo-known-peers": (lambda who: not who.peer, "was served though nobody approved it"),
}


def found(sight: Sight) -> Iterator[Noted]:
    """Refutes only: that nobody else was seen to call so proves nothing."""
    last: dict[str, dict[tuple[str, ...], tuple[Row, Association]]] = {control: {} for control in _SEEN}
    for row in sorted(sight.projection.unproved(sight.since), key=lambda row: -row.event.time):
        body = row.event.body
        if isinstance(body, AssociationOpened | AssociationClosed) and row.event.time <= sight.now:
            who = body.association
            for control, (fits, _) in _SEEN.items():
                if fits(who):
                    last[control].setdefault(_caller(who), (row, who))
    for control, callers in last.items():
        rows = list(callers.items())
        for caller, (row, who) in rows[:MAX_CALLERS]:
            yield _one(control, caller, row, who)
        if len(rows) > MAX_CALLERS:
            yield _others(control, len(rows) - MAX_CALLERS, rows[MAX_CALLERS][1][0])


def _caller(who: Association) -> tuple[str, ...]:
    """What names a caller: the peer, or the title and address of one that is none."""
    return (who.peer,) if who.peer else (who.calling, who.address)


def _one(control: str, caller: tuple[str, ...], row: Row, who: Association) -> Noted:
    title, address = shown(who.calling, MAX_NAME) or "(no title)", shown(who.address, MAX_NAME)
    name = f"peer {shown(who.peer, MAX_NAME)}" if who.peer else f"caller {title} at {address}"
    return Noted(
        Evidence(
            id=identity("served", control, *caller),
            control=control,
            kind=Kind.TRAFFIC,
            bearing=Bearing.REFUTES,
            source=RECORD,
            where=f"log {row.log}, entry {row.position}",
            seen=moment(row.event.time),
            scope=frozenset({name}),
            digest=row.digest,
        ),
        _page(row, who),
        f"{title} at {address} {_SEEN[control][1]}, to {shown(who.called, MAX_NAME)}.",
    )


def _others(control: str, number: int, newest: Row) -> Noted:
    return Noted(
        Evidence(
            id=identity("served-others", control),
            control=control,
            kind=Kind.TRAFFIC,
            bearing=Bearing.REFUTES,
            source=RECORD,
            where=f"log {newest.log}, entry {newest.position}",
            seen=moment(newest.event.time),
            scope=frozenset({f"{number} or more other callers"}),
            digest=newest.digest,
        ),
        "/associations?span=30d",
        f"{number} or more other callers: {_SEEN[control][1]}.",
    )


def _page(row: Row, who: Association) -> str:
    """The page of the association, with the time to look at."""
    body, origin = row.event.body, row.event.id
    began = body.started if isinstance(body, AssociationClosed) else row.event.time
    key = f"{origin.writer}-{origin.boot:x}-{who.number}"
    return "/association?" + urlencode({"key": key, "at": began, "until": row.event.time, "calling": who.calling})
