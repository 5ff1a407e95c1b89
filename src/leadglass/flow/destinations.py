"""Devices as places images are sent to, and archives as callers, both derived from a generation. It opens nothing."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from leadglass.model.certificate import Certificate
from leadglass.model.generation import Generation
from leadglass.model.peer import Peer
from leadglass.model.route import Archive, Mode, Route
from leadglass.policy.bindings import NAMED, plain_address
from leadglass.policy.registry import DAY

CALLING = "archive:"  # on record, in the place of a peer's id, before that of an archive that calls
PREFIX = "peer:"  # of the id of a device as a destination; no archive's id holds a colon
_LOCALHOST = ("127.0.0.0/8", "::1/128")
_STRICTEST = (Mode.ENFORCE, Mode.ALERT, Mode.OBSERVE)


def destinations(generation: Generation) -> tuple[tuple[Route, Archive], ...]:
    """A route for each approved device that listens: called by its title, as strict as the strictest other route.

    A bypass is the other route's own: it reaches a device only with what that route's archive sends (`Surroundings`).
    """
    routes = generation.routes
    modes = {route.mode for route in routes}
    mode = next((mode for mode in _STRICTEST if mode in modes), Mode.OBSERVE)
    stores_closed = any(route.store_failure == "closed" for route in routes)
    others_open = bool(routes) and all(route.other_failure == "open" for route in routes)
    heads_refused = any(route.unreadable_head == "refuse" for route in routes)
    like = Route(
        "", "", mode, "closed" if stores_closed else "open", "open" if others_open else "closed",
        "refuse" if heads_refused else "pass",
    )  # fmt: skip
    return tuple(
        (replace(like, called=peer.title, archive=PREFIX + peer.id), destination(peer))
        for peer in generation.peers
        if peer.host and peer.status == "approved"
    )


def destination(peer: Peer) -> Archive:
    """The device as an application entity that is connected to."""
    tls = bool(peer.certificates) and not peer.plain
    return Archive(PREFIX + peer.id, peer.host, peer.port, peer.title, tls=tls, certificates=peer.certificates)


class Callers:
    """The archives, to be found when one calls.

    Args:
        generation: with networks that were checked.
    """

    def __init__(self, generation: Generation) -> None:
        self._grace = generation.settings.expired_grace_days * DAY
        self._rows = [
            (archive, frozenset(_titles(archive, generation.routes)), _networks(archive))
            for archive in generation.archives
        ]

    def find(self, address: str, title: str, certificate: Certificate | None, at: int = 0) -> Archive | None:
        """The archive that calls from ``address`` with ``title``; one with certificates must have shown one of them.

        ``at``: UTC seconds; a pinned one counts for the days of grace after its end, 0 leaves that out.
        """
        try:
            source = plain_address(address)
        except ValueError:
            return None
        for archive, titles, networks in self._rows:
            if title in titles and any(_holds(network, source) for network in networks):
                if archive.certificates and not _proves(archive.certificates, certificate, at - self._grace):
                    continue
                return archive
        return None


def _proves(entries: tuple[str, ...], certificate: Certificate | None, since: int) -> bool:
    """Whether it is one of ``entries``; a pinned one may have ended, but not before ``since`` (UTC seconds)."""
    if certificate is None or certificate.revoked or (certificate.not_after and certificate.not_after < since):
        return False
    if certificate.fingerprint in entries:
        return True
    expected = {entry.casefold() for entry in entries}  # host names are compared without case (RFC 6125 6.4.1)
    return certificate.trusted and any((NAMED + name).casefold() in expected for name in certificate.names)


def _titles(archive: Archive, routes: tuple[Route, ...]) -> set[str]:
    """What it may call itself: its own title, and those it is called by."""
    names = {archive.title} | {title for route in routes if route.archive == archive.id for title in _called(route)}
    return names - {""}


def _called(route: Route) -> tuple[str, str]:
    return route.called, route.called_as


def _networks(archive: Archive) -> tuple[IPv4Network | IPv6Network, ...]:
    texts = archive.networks or (_LOCALHOST if archive.host == "localhost" else (archive.host,))
    found = []
    for text in texts:
        try:
            found.append(ip_network(text))
        except ValueError:  # a host name: without `networks` its calls are not known as an archive's
            continue
    return tuple(found)


def _holds(network: IPv4Network | IPv6Network, address: IPv4Address | IPv6Address) -> bool:
    return network.version == address.version and address in network
