"""What approving an unknown caller in one action would mean: a narrow new peer, or a further pin. Stores nothing."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from leadglass.errors import LeadglassError
from leadglass.model.decision import Cause
from leadglass.model.peer import ANY, Peer
from leadglass.model.route import Route
from leadglass.model.status import UnknownPeer
from leadglass.policy.operations import OPERATIONS, operations_of
from leadglass.policy.pins import pinned_too
from leadglass.policy.registry import Match, Registry
from leadglass.store.appstate.peer_rules import check_peer
from leadglass.store.appstate.peers import host_network


@dataclass(frozen=True, slots=True)
class Offer:
    """An unknown caller, and what one action would make of it.

    Attributes:
        caller: as listed.
        why: what keeps it from being a peer, in words; empty for a handshake that failed.
        peer: what would be stored; None where it must be adjusted first.
        renews: id of the peer that would get a further pin, also where the action is not offered; empty for a new one.
        dropped: the pin that would make place for it.
        misuse: it showed the certificate of another peer, or a revoked one.
    """

    caller: UnknownPeer
    why: str
    peer: Peer | None
    renews: str = ""
    dropped: str = ""
    misuse: bool = False


def offers(
    callers: Sequence[UnknownPeer],
    peers: Sequence[Peer],
    routes: Sequence[Route],
    registry: Registry,
    ended: Collection[str],
) -> list[Offer]:
    """One offer for each caller.

    Args:
        callers: who waits.
        peers: the whole registry.
        routes: those of its called title say to which archives a caller may be approved.
        registry: of ``peers``.
        ended: pins whose certificates have ended.
    """
    by_id = {peer.id: peer for peer in peers}
    return [_offer(caller, by_id, routes, registry, ended) for caller in callers]


def _offer(
    caller: UnknownPeer,
    peers: dict[str, Peer],
    routes: Sequence[Route],
    registry: Registry,
    ended: Collection[str],
) -> Offer:
    if not caller.title:
        return Offer(caller, "", None)
    match = registry.match(caller.address, caller.title, caller.certificate, caller.tls)
    shown = caller.certificate
    if shown is not None and (shown.revoked or registry.owners(shown)):
        return Offer(caller, match.failed, None, misuse=True)
    renewed = _renewed(match, peers)
    if shown is not None and renewed is not None:
        return _renewal(caller, match, renewed, shown.fingerprint, ended)
    if match.cause == Cause.PLAIN or (match.cause == Cause.CERTIFICATE and shown is None):
        return Offer(caller, match.failed, None, renews=match.nearest)  # it would take proof away from that peer
    return Offer(caller, match.failed, _one_click(caller, routes, peers))


def _renewed(match: Match, peers: dict[str, Peer]) -> Peer | None:
    """The peer whose title and address this caller has, with a certificate that is nobody's."""
    if match.unpinned:
        return match.peer
    return peers.get(match.nearest) if match.cause == Cause.CERTIFICATE else None


def _renewal(caller: UnknownPeer, match: Match, peer: Peer, proof: str, ended: Collection[str]) -> Offer:
    why = match.failed or f"{peer.id} is admitted by its address alone: nothing is pinned yet"
    try:
        pinned = pinned_too(peer, proof, ended)
        check_peer(pinned)
    except LeadglassError as error:
        return Offer(caller, f"{why}; {error.message}", None, peer.id)
    dropped = next((one for one in peer.certificates if one not in pinned.certificates), "")
    return Offer(caller, why, pinned, peer.id, dropped)


def suggested(offer: Offer, peers: Sequence[Peer], routes: Sequence[Route]) -> Peer:
    """What the form of an unknown caller holds at first; it may hold more than a peer can have.

    Args:
        offer: what one action would make of it.
        peers: the whole registry.
        routes: as for `narrow`.

    Raises:
        AppStateConflictError: its address is no IP address.
    """
    caller = offer.caller
    peer = next((peer for peer in peers if peer.id == offer.renews), None)
    if peer is None:
        return narrow(caller, routes, [peer.id for peer in peers])
    shown = (caller.certificate.fingerprint,) if caller.certificate else ()
    here = () if peer.networks or caller.tls else (host_network(caller.address),)
    return dataclasses.replace(
        peer,
        certificates=tuple(dict.fromkeys((*peer.certificates, *shown))),
        networks=peer.networks or here,
        plain=peer.plain or not caller.tls,
    )


def _one_click(caller: UnknownPeer, routes: Sequence[Route], taken: Collection[str]) -> Peer | None:
    """The peer one click would make; None where none can be made so, or it would be open to every archive."""
    try:
        peer = narrow(caller, routes, taken)
        check_peer(peer)
    except LeadglassError:
        return None
    return None if ANY in peer.archives else peer


def narrow(caller: UnknownPeer, routes: Sequence[Route], taken: Collection[str]) -> Peer:
    """What an unknown caller would need for exactly what it tried, and no more.

    Its certificate proves it where it showed one; without TLS it may go on without, which is counted as a gap.

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
        certificates=() if caller.certificate is None else (caller.certificate.fingerprint,),
        plain=not caller.tls,
    )
