"""A peer as the fields of a form, and back. Pure; stores nothing, and judges only what cannot be read."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from leadglass.console.page import Visit
from leadglass.model.certificate import Certificate
from leadglass.model.peer import ANY, Hours, Peer
from leadglass.policy.bindings import PINNED
from leadglass.policy.hours import DAY_NAMES, name_of
from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.wire.certificate import leaf_of_file

MAX_LINES = 256
_SPLIT = re.compile(r"[\s,;]+")
_WINDOW = re.compile(r"([A-Za-z]{3}(?:-[A-Za-z]{3})?(?:,[A-Za-z]{3}(?:-[A-Za-z]{3})?)*) (\d\d):(\d\d)-(\d\d):(\d\d)")
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----")


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
    certificates: str = ""
    plain: bool = False
    host: str = ""
    port: str = ""
    destinations: str = ANY
    levels: tuple[str, ...] = (ANY,)


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
        "\n".join(peer.certificates),
        peer.plain,
        peer.host,
        str(peer.port) if peer.port else "",
        "\n".join(peer.destinations),
        peer.levels,
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
        visit.field("certificates"),
        visit.field("plain") == "yes",
        visit.field("host"),
        visit.field("port"),
        visit.field("destinations") or ANY,
        visit.fields("levels") or (ANY,),
    )


def peer_of(fields: PeerFields) -> tuple[Peer, tuple[Certificate, ...]]:
    """The peer that was typed, and the certificates that were pasted; `peer_rules.check_peer` judges the rest.

    Raises:
        AppStateConflictError: a field cannot be read.
    """
    proofs, pasted = _certificates(fields.certificates)
    peer = Peer(
        fields.id,
        fields.title,
        tuple(_network(text) for text in _words(fields.networks)),
        "blocked" if fields.status == "blocked" else "approved",
        _any(fields.operations),
        _any(_words(fields.sop_classes)),
        _any(fields.archives),
        tuple(_window(line.strip()) for line in fields.hours.splitlines()[:MAX_LINES] if line.strip()),
        _number(fields.max_associations, "max associations", "0 is no limit of its own"),
        fields.description,
        proofs,
        fields.plain,
        fields.host,
        _number(fields.port or "0", "a port", "1 to 65535; empty where it does not listen"),
        _any(tuple(line.strip() for line in fields.destinations.splitlines()[: MAX_LINES + 1] if line.strip())),
        _any(fields.levels),
    )
    return peer, pasted


def _certificates(text: str) -> tuple[tuple[str, ...], tuple[Certificate, ...]]:
    """Pins and names, one a line, and certificates in PEM between them."""
    pasted = []
    for block in _PEM.findall(text)[:MAX_LINES]:
        try:
            pasted.append(leaf_of_file(block.encode()))
        except ValueError as error:
            raise AppStateConflictError(
                f"a certificate cannot be read: {error}", "paste it whole, with its first and last line"
            ) from None
    proofs = [certificate.fingerprint for certificate in pasted]
    for line in _PEM.sub("\n", text).splitlines()[:MAX_LINES]:
        line = line.strip()  # noqa: PLW2901 (the same line)
        if line:
            proofs.append(line.lower() if line[:7].lower() == PINNED else line)
    return tuple(dict.fromkeys(proofs)), tuple(pasted)


def _number(text: str, what: str, hint: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 5:
        raise AppStateConflictError(f"{what} is a number", hint)
    return int(text)


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
