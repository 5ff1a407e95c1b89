"""A peer as the fields of a form, and back; and narrow defaults for an unknown caller. Pure; stores nothing."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from leadglass.console.page import Visit
from leadglass.model.peer import ANY, Hours, Peer
from leadglass.model.route import Route
from leadglass.model.status import UnknownPeer
from leadglass.policy.hours import DAY_NAMES, name_of
from leadglass.policy.operations import OPERATIONS, operations_of
from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.peers import host_network

MAX_LINES = 256
_SPLIT = re.compile(r"[\s,;]+")
_WINDOW = re.compile(r"([A-Za-z]{3}(?:-[A-Za-z]{3})?(?:,[A-Za-z]{3}(?:-[A-Za-z]{3})?)*) (\d\d):(\d\d)-(\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class PeerFields:
    """A peer as typed."""

    id: str
    title: str
    networks: str
    status: str
    operations: tuple[str, ...]
    sop_classes: str
    archives: tuple[str, ...]
    hours: str
    max_associations: str
    description: str


def fields_of(peer: Peer) -> PeerFields:
    """The form of ``peer``."""
    return PeerFields(
        peer.id,
        peer.title,
        "\n".join(peer.networks),
        peer.status,
        peer.operations,
        "\n".join(peer.sop_classes),
        peer.archives,
        "\n".join(name_of(window) for window in peer.hours),
        str(peer.max_associations),
        peer.description,
    )


def typed(visit: Visit) -> PeerFields:
    """The form as it was sent."""
    return PeerFields(
        visit.field("id"),
        visit.field("title"),
        visit.field("networks"),
        visit.field("status") or "approved",
        visit.fields("operations"),
        visit.field("sop_classes"),
        visit.fields("archives"),
        visit.field("hours"),
        visit.field("max_associations") or "0",
        visit.field("description"),
    )


def peer_of(fields: PeerFields) -> Peer:
    """The peer that was typed; `peer_rules.check_peer` judges the rest.

    Raises:
        AppStateConflictError: a field cannot be read.
    """
    if not fields.max_associations.isdecimal() or len(fields.max_associations) > 5:
        raise AppStateConflictError("max associations is a number", "0 is no limit of its own")
    return Peer(
        fields.id,
        fields.title,
        tuple(_network(text) for text in _words(fields.networks)),
        "blocked" if fields.status == "blocked" else "approved",
        _any(fields.operations),
        _any(_words(fields.sop_classes)),
        _any(fields.archives),
        tuple(_window(line.strip()) for line in fields.hours.splitlines()[:MAX_LINES] if line.strip()),
        int(fields.max_associations),
        fields.description,
    )


def narrow(caller: UnknownPeer, routes: Sequence[Route], taken: Sequence[str]) -> Peer:
    """What an unknown caller would need for exactly what it tried, and no more.

    Args:
        caller: with what it tried.
        routes: those of its called title say which archives.
        taken: ids of peers that exist.

    Raises:
        AppStateConflictError: its address is no IP address.
    """
    tried = tuple(dict.fromkeys(caller.sop_classes))
    operations = {operation for uid in tried for operation in operations_of(uid)} or {"C-ECHO"}
    archives = tuple(dict.fromkeys(route.archive for route in routes if route.called == caller.called))
    base = re.sub(r"[^a-z0-9]+", "-", caller.title.lower()).strip("-")[:40] or "device"
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return Peer(
        next(name for name in numbered if name not in taken),
        caller.title,
        (host_network(caller.address),),
        operations=tuple(operation for operation in OPERATIONS if operation in operations),
        sop_classes=tried or (ANY,),
        archives=archives or (ANY,),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in _SPLIT.split(text) if word))[: MAX_LINES + 1]


def _any(values: tuple[str, ...]) -> tuple[str, ...]:
    """``*`` swallows the rest."""
    return (ANY,) if ANY in values else values


def _network(text: str) -> str:
    """An address becomes a range of one; anything else is left for `check_peer` to judge."""
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        return text


def _window(line: str) -> Hours:
    found = _WINDOW.fullmatch(line)
    hint = "one window a line, for example Mon-Fri 07:00-19:00"
    if not found:
        raise AppStateConflictError(f"not a window of hours: {line!r}", hint)
    days: list[int] = []
    for part in found[1].split(","):
        first, _, last = part.partition("-")
        days += _days(first, last or first, hint)
    start, end = int(found[2]) * 60 + int(found[3]), int(found[4]) * 60 + int(found[5])
    if int(found[3]) > 59 or int(found[5]) > 59:
        raise AppStateConflictError(f"not a time of day: {line!r}", hint)
    return Hours(tuple(sorted(set(days))), start, end)


def _days(first: str, last: str, hint: str) -> list[int]:
    """From ``first`` to ``last``, over the week's end where need be."""
    try:
        begin, end = (DAY_NAMES.index(name.capitalize()) for name in (first, last))
    except ValueError:
        raise AppStateConflictError(f"days are {', '.join(DAY_NAMES)}", hint) from None
    return [(begin + offset) % 7 + 1 for offset in range((end - begin) % 7 + 1)]
