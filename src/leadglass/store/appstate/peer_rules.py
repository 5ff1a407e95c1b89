"""What a registry entry must satisfy before it is stored. Pure: reads nothing, stores nothing."""

from __future__ import annotations

import ipaddress
import re

from leadglass.model.ae_title import ae_field, ae_title
from leadglass.model.peer import ANY, Hours, Peer
from leadglass.store.appstate.engine import AppStateConflictError

OPERATIONS = (
    "C-ECHO",
    "C-STORE",
    "C-FIND",
    "C-GET",
    "C-MOVE",
    "N-EVENT-REPORT",
    "N-GET",
    "N-SET",
    "N-ACTION",
    "N-CREATE",
    "N-DELETE",
)
MAX_ENTRIES = 256  # of any list of a peer
MAX_DESCRIPTION = 500
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")


def check_peer(peer: Peer) -> None:
    """Accept ``peer`` or say what is wrong with it.

    A blocked peer may carry any title, since a hostile caller chooses its own.

    Raises:
        AppStateConflictError: it cannot be stored.
    """
    if not _ID.fullmatch(peer.id):
        raise AppStateConflictError(
            f"a peer's id is lower case letters, digits, '.', '_' or '-': {peer.id!r}", "for example: ct2"
        )
    if peer.status not in {"approved", "blocked"}:
        raise AppStateConflictError(f"a peer is approved or blocked, not {peer.status!r}")
    if peer.status == "approved":
        _check_title(peer.title)
    elif len(peer.title) > 64:
        raise AppStateConflictError("a title is at most 16 bytes")
    if not 1 <= len(peer.networks) <= MAX_ENTRIES:
        raise AppStateConflictError(
            f"a peer has 1 to {MAX_ENTRIES} networks", "give the device's address, for example 10.20.0.17/32"
        )
    for network in peer.networks:
        _check_network(network)
    _check_list("operation", peer.operations, set(OPERATIONS).__contains__, f"known are {', '.join(OPERATIONS)}")
    _check_list("SOP class", peer.sop_classes, is_uid, "a UID such as 1.2.840.10008.5.1.4.1.1.2")
    _check_list("archive", peer.archives, bool, "the id of an archive of the configuration")
    if len(peer.hours) > MAX_ENTRIES:
        raise AppStateConflictError(f"a peer has at most {MAX_ENTRIES} windows of hours")
    for hours in peer.hours:
        _check_hours(hours)
    if not 0 <= peer.max_associations <= 10_000:
        raise AppStateConflictError("max associations is 0 (no limit of its own) to 10000")
    if len(peer.description) > MAX_DESCRIPTION or any(ord(c) < 32 for c in peer.description):
        raise AppStateConflictError(f"a description is one line of at most {MAX_DESCRIPTION} characters")


def is_uid(text: str) -> bool:
    """Whether ``text`` has the form of a UID (PS3.5 9.1), at most 64 characters."""
    return len(text) <= 64 and _UID.fullmatch(text) is not None


def _check_title(title: str) -> None:
    try:
        plain = ae_title(ae_field(title))
    except ValueError as error:
        raise AppStateConflictError(str(error), "use the title the device calls with") from error
    if plain != title:
        raise AppStateConflictError(f"an AE title has no outer spaces: {title!r}", f"use {plain!r}")


def _check_network(network: str) -> None:
    try:
        ipaddress.ip_network(network)
    except ValueError as error:
        raise AppStateConflictError(
            f"not an address range: {network!r} ({error})", "for example 10.20.0.17/32 or 10.20.0.0/24"
        ) from error


def _check_list(name: str, values: tuple[str, ...], known: object, hint: str) -> None:
    assert callable(known)
    if not 1 <= len(values) <= MAX_ENTRIES:
        raise AppStateConflictError(f"a peer has 1 to {MAX_ENTRIES} {name} entries", hint)
    if ANY in values and len(values) > 1:
        raise AppStateConflictError(f"{ANY} stands for every {name} and stands alone")
    for value in values:
        if value != ANY and not known(value):
            raise AppStateConflictError(f"not a {name}: {value!r}", hint)


def _check_hours(hours: Hours) -> None:
    if not hours.days or any(day not in range(1, 8) for day in hours.days) or len(set(hours.days)) != len(hours.days):
        raise AppStateConflictError(f"days are 1 (Monday) to 7 (Sunday), each once: {hours.days}")
    if hours.start not in range(1440) or hours.end not in range(1, 1441) or hours.start == hours.end:
        raise AppStateConflictError(f"hours run from minute 0-1439 to minute 1-1440 and are not empty: {hours}")
