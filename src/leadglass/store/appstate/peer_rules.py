"""What a registry entry must satisfy before it is stored. Pure: reads nothing, stores nothing."""

from __future__ import annotations

import ipaddress
import re

from leadglass.model.ae_title import ae_field, ae_title
from leadglass.model.peer import ANY, MAX_CERTIFICATES, Hours, Peer
from leadglass.policy.bindings import is_proof
from leadglass.policy.operations import LEVELS, OPERATIONS
from leadglass.store.appstate.engine import AppStateConflictError

MAX_ENTRIES = 256  # of any list of a peer
MAX_DESCRIPTION = 500
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
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
    _check_identity(peer)
    _check_list("operation", peer.operations, set(OPERATIONS).__contains__, f"known are {', '.join(OPERATIONS)}")
    _check_list("SOP class", peer.sop_classes, is_uid, "a UID such as 1.2.840.10008.5.1.4.1.1.2")
    _check_list("archive", peer.archives, bool, "the id of an archive of the configuration")
    _check_list("destination", peer.destinations, _is_title, "the AE title of a destination")
    _check_list("level", peer.levels, LEVELS.__contains__, f"known are {', '.join(LEVELS)}")
    if len(peer.hours) > MAX_ENTRIES:
        raise AppStateConflictError(f"a peer has at most {MAX_ENTRIES} windows of hours")
    for hours in peer.hours:
        _check_hours(hours)
    if not 0 <= peer.max_associations <= 10_000:
        raise AppStateConflictError("max associations is 0 (no limit of its own) to 10000")
    if len(peer.description) > MAX_DESCRIPTION or any(ord(c) < 32 for c in peer.description):
        raise AppStateConflictError(f"a description is one line of at most {MAX_DESCRIPTION} characters")


def _check_identity(peer: Peer) -> None:
    """What proves it, and where it listens; a title alone proves nothing."""
    if len(peer.networks) > MAX_ENTRIES:
        raise AppStateConflictError(f"a peer has at most {MAX_ENTRIES} networks", "write ranges instead of addresses")
    for network in peer.networks:
        _check_network(network)
    if len(peer.certificates) > MAX_CERTIFICATES or len(set(peer.certificates)) != len(peer.certificates):
        raise AppStateConflictError(
            f"a peer has at most {MAX_CERTIFICATES} different certificates: the one in use and the next",
            "remove the one that is out of use",
        )
    for proof in peer.certificates:
        if not is_proof(proof):
            raise AppStateConflictError(
                f"not a certificate: {proof!r}",
                "write sha256: and the 64 hex digits of its digest, or name: and a name that stands in it",
            )
    if not peer.networks and not peer.certificates:
        raise AppStateConflictError(
            "nothing proves this peer: an AE title is a name that anyone can type",
            "pin its certificate, or give the device's address, for example 10.20.0.17/32",
        )
    if not peer.networks and peer.plain:
        raise AppStateConflictError(
            "a peer that may call without TLS needs an address: nothing else would prove it",
            "give the device's address, for example 10.20.0.17/32",
        )
    if bool(peer.host) != bool(peer.port):
        raise AppStateConflictError("a peer listens at a host and a port", "give both, or none")
    if peer.host and not is_host(peer.host):
        raise AppStateConflictError(f"not a host: {peer.host!r}", "a host name or an IP address")
    if not 0 <= peer.port <= 65_535:
        raise AppStateConflictError(f"not a port: {peer.port}", "1 to 65535; DICOM's are 104 and 11112")


def is_host(text: str) -> bool:
    """Whether ``text`` is an IP address or has the form of a host name (RFC 1123 2.1)."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        labels = text.split(".")
        numeric = labels[-1].isdigit()  # 10.0.0 is a broken address, not a name
        return len(text) <= 253 and not numeric and all(_LABEL.fullmatch(label) for label in labels)
    return True


def _is_title(text: str) -> bool:
    try:
        return ae_title(ae_field(text)) == text
    except ValueError:
        return False


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
