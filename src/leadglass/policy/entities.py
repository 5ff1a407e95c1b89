"""A generation as Cedar entities, and a request as Cedar's question. Never decides."""

from __future__ import annotations

import json
from typing import Any

from leadglass.errors import ConfigurationError
from leadglass.model.ae_title import ae_field
from leadglass.model.decision import Request
from leadglass.model.generation import Generation
from leadglass.model.peer import ANY, Peer
from leadglass.policy.hours import WallClock, fault_of, name_of, open_windows
from leadglass.policy.names import is_uid, shown
from leadglass.policy.operations import LEVELS, OPERATIONS, STORAGE, service_asked, service_of

_KNOWN_OPERATIONS = frozenset((*OPERATIONS, ANY))
_KNOWN_LEVELS = frozenset((*LEVELS, ANY))


def entities(generation: Generation) -> str:
    """All archives and peers, in Cedar's JSON format for entities.

    Raises:
        ConfigurationError: a peer has an unknown operation, a SOP class that is no UID, an unknown level, a
            destination that is no AE title, or an impossible window.
    """
    archives = [
        {"uid": _uid("Archive", archive.id), "attrs": {"title": archive.title}, "parents": []}
        for archive in generation.archives
    ]
    peers = [{"uid": _uid("Peer", peer.id), "attrs": _attributes(peer), "parents": []} for peer in generation.peers]
    return json.dumps([*archives, *peers])


def question(request: Request, peer: Peer, now: WallClock) -> dict[str, Any]:
    """The request as `cedarpy.is_authorized` takes it; names go in as data, never as Cedar text."""
    return {
        "principal": _uid("Peer", request.peer),
        "action": _uid("Action", request.operation),
        "resource": _uid("Archive", request.archive),
        "context": {
            "operation": request.operation,
            "sopClass": request.sop_class,
            "service": service_asked(request),
            "level": request.level,
            "destination": request.destination,
            "patient": request.patient,
            "issuer": request.issuer,
            "keys": request.keys,
            "object": request.object,
            "weekday": now.weekday,
            "minuteOfDay": now.minute,
            "date": now.date,
            "openHours": open_windows(peer.hours, now),
        },
    }


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}


def _attributes(peer: Peer) -> dict[str, Any]:
    _check(peer)
    return {
        "title": peer.title,
        "blocked": peer.status != "approved",
        "operations": _named(peer.operations),
        "anyOperation": ANY in peer.operations,
        "sopClasses": _named(peer.sop_classes),
        "anySopClass": ANY in peer.sop_classes,
        "archives": [{"__entity": _uid("Archive", archive)} for archive in _named(peer.archives)],
        "anyArchive": ANY in peer.archives,
        "namesStorage": any(service_of(uid) == STORAGE for uid in _named(peer.sop_classes)),
        "destinations": _named(peer.destinations),
        "anyDestination": ANY in peer.destinations,
        "levels": _named(peer.levels),
        "anyLevel": ANY in peer.levels,
        "hours": sorted({name_of(window) for window in peer.hours}),
        "anyHours": not peer.hours,
    }


def _named(values: tuple[str, ...]) -> list[str]:
    return [] if ANY in values else list(values)


def _check(peer: Peer) -> None:
    for operation in peer.operations:
        if operation not in _KNOWN_OPERATIONS:
            raise ConfigurationError(
                f"peer {peer.id}: {shown(operation)} is no DIMSE operation",
                f"write {', '.join(OPERATIONS)}, or *",
            )
    for sop_class in peer.sop_classes:
        if sop_class != ANY and not is_uid(sop_class):
            raise ConfigurationError(
                f"peer {peer.id}: {shown(sop_class)} is no UID",
                "write a SOP Class UID, 1.2.840.10008.5.1.4.1.1.2, or *",
            )
    for level in peer.levels:
        if level not in _KNOWN_LEVELS:
            raise ConfigurationError(
                f"peer {peer.id}: {shown(level)} is no Query/Retrieve Level", f"write {', '.join(LEVELS)}, or *"
            )
    for title in peer.destinations:
        _check_destination(peer, title)
    for window in peer.hours:
        if fault := fault_of(window):
            raise ConfigurationError(f"peer {peer.id}: {fault}", "a night is 22:00 to 06:00, a day 00:00 to 24:00")


def _check_destination(peer: Peer, title: str) -> None:
    try:
        proper = title == ANY or ae_field(title).strip(b" ").decode("ascii") == title
    except ValueError:
        proper = False
    if not proper:
        raise ConfigurationError(
            f"peer {peer.id}: {shown(title)} is no AE title of a destination",
            "write the title as a C-MOVE names it, without outer spaces, or *",
        )
