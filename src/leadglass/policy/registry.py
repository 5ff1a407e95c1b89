"""The registry: which peer calls, by certificate or address, and title. A title alone never makes anybody a peer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from leadglass.errors import ConfigurationError
from leadglass.model.certificate import Certificate
from leadglass.model.decision import Cause
from leadglass.model.peer import Peer
from leadglass.policy.bindings import NAMED, PINNED, Binding, bindings_of, check_distinct, plain_address, precedence
from leadglass.policy.names import listed, shown

MAX_MATCHES = 4096  # answers remembered; hostile callers can vary address, title and certificate at will
EXPIRED_GRACE_DAYS = 30
DAY = 86_400  # seconds

_Source = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Match:
    """Who a caller is.

    Attributes:
        peer: who it proved to be; with the cause "blocked-peer" the entry that blocks it; else None.
        cause: "", "unknown-caller", "blocked-peer", "certificate" or "plain".
        nearest: for a refusal, the id of the peer that comes closest; empty when none does.
        failed: what keeps it from being that peer, in words.
        always: it is refused in every mode: a blocked peer, a revoked certificate.
        until: UTC seconds from which an expired certificate is refused; 0 where that never comes.
        unpinned: it is admitted by its address and showed a certificate that nobody has pinned yet: the registrar,
            once it is asked, shows it to whoever may pin it.
    """

    peer: Peer | None
    cause: str
    nearest: str
    failed: str
    always: bool = False
    until: int = 0
    unpinned: bool = False


class Registry:
    """The peers, to be found by certificate or address, and title.

    A certificate that proves a peer decides alone, with its title and its networks where it has some. Otherwise the
    most specific network wins, and its peer is admitted only where its entry asks for no certificate: over TLS because
    it has none, without TLS because it says ``plain``. Of two peers bound to the same network, the blocked one wins.

    Args:
        peers: all of them.
        expired_grace_days: for how long after its end a pinned certificate still proves its peer.

    Raises:
        ConfigurationError: two peers have one id; a title, network or certificate is none; nothing could prove a peer;
            or two approved peers cannot be told apart.
    """

    def __init__(self, peers: tuple[Peer, ...], expired_grace_days: int = EXPIRED_GRACE_DAYS) -> None:
        self._grace = expired_grace_days * DAY
        self._by_title: dict[str, list[Binding]] = {}
        self._by_proof: dict[str, list[Binding]] = {}
        for peer in peers:
            bindings = bindings_of(peer)
            self._by_title.setdefault(peer.title, []).extend(bindings)
            for proof in dict.fromkeys(peer.certificates):
                self._by_proof.setdefault(_folded(proof), []).extend(bindings)
        if len({peer.id for peer in peers}) != len(peers):
            raise ConfigurationError("two peers have the same id", "rename one of them")
        for bindings in self._by_title.values():
            bindings.sort(key=precedence)
            check_distinct(bindings)
        for bindings in self._by_proof.values():
            bindings.sort(key=precedence)
        self._all = tuple(binding for bindings in self._by_title.values() for binding in bindings)
        self._remembered = lru_cache(maxsize=MAX_MATCHES)(self._match)

    def match(
        self, address: str, title: str, certificate: Certificate | None = None, tls: bool = False, at: int = 0
    ) -> Match:
        """Who calls from ``address`` with ``title``.

        Args:
            address: IPv4 or IPv6 in text; IPv4-mapped addresses are normalised, a scope is dropped.
            title: as `ae_title` yields it; compared with case.
            certificate: what the caller showed and proved to hold the key of, None where it showed none.
            tls: it came over TLS.
            at: UTC seconds; 0 leaves expiry out.
        """
        found = self._remembered(address, title, certificate, tls)
        if found.until and at >= found.until and found.peer is not None:
            return _expired(found.peer, found.until, self._grace)
        return found

    def owners(self, certificate: Certificate) -> tuple[Peer, ...]:
        """The peers that this certificate proves, pins before names."""
        return tuple({binding.peer.id: binding.peer for binding in self._owned(certificate)}.values())

    def _owned(self, certificate: Certificate) -> list[Binding]:
        owned = list(self._by_proof.get(certificate.fingerprint, ()))
        if certificate.trusted:
            for name in certificate.names:
                owned += self._by_proof.get(_folded(NAMED + name), ())
        return owned

    def _match(self, address: str, title: str, certificate: Certificate | None, tls: bool) -> Match:
        try:
            source = plain_address(address)
        except ValueError:
            return Match(None, Cause.UNKNOWN_CALLER, "", f"{shown(address)} is no IP address")
        owned = [] if certificate is None else self._owned(certificate)
        if certificate is not None and certificate.revoked:
            whose = owned[0].peer.id if owned else ""
            failed = f"certificate {_described(certificate, whose)} is revoked"
            return Match(None, Cause.CERTIFICATE, whose, failed, always=True)
        proved = [binding for binding in owned if binding.peer.title == title]
        if certificate is not None and proved:
            return self._proved(source, certificate, proved)
        blocked = next((binding.peer for binding in owned if binding.peer.status != "approved"), None)
        here = self._here(source, title, tls)
        if blocked is None and here is not None and here.peer.status != "approved":
            blocked = here.peer
        if blocked is not None:
            return _blocked(blocked)
        if owned:
            return _misused(owned, title)
        if here is None:
            return Match(None, Cause.UNKNOWN_CALLER, *self._nearest(source, title))
        return _by_address(here.peer, certificate, tls)

    def _here(self, source: _Source, title: str, tls: bool) -> Binding | None:
        """The most specific network of a peer with this title; of equal ones the blocked one, then one that fits."""
        version, number = source.version, int(source)
        held = [binding for binding in self._by_title.get(title, ()) if binding.holds(version, number)]
        if not held or tls or held[0].peer.status != "approved":
            return held[0] if held else None
        return next((binding for binding in held if binding.peer.plain and _as_narrow(binding, held[0])), held[0])

    def _proved(self, source: _Source, certificate: Certificate, proved: list[Binding]) -> Match:
        """The certificate and the title belong together; networks are a further condition."""
        inside = next((binding for binding in proved if binding.holds(source.version, int(source))), None)
        blocked = next((binding.peer for binding in proved if binding.peer.status != "approved"), None)
        if inside is None:
            if blocked is not None:
                return _blocked(blocked)
            return Match(None, Cause.UNKNOWN_CALLER, *_outside(source, proved))
        peer = inside.peer
        if peer.status != "approved":
            return _blocked(peer)
        barred = self._here(source, peer.title, tls=True)
        if barred and barred.peer.status != "approved" and not barred.peer.certificates and _as_narrow(barred, inside):
            return _blocked(barred.peer)
        until = 0
        if certificate.not_after:
            pinned = certificate.fingerprint in peer.certificates
            until = certificate.not_after + (self._grace if pinned else 0) + 1  # notAfter is inside (RFC 5280 4.1.2.5)
        return Match(peer, "", "", "", until=until)

    def _nearest(self, source: _Source, title: str) -> tuple[str, str]:
        """The peer with this title whose network shares most bits with the address, else one at the address."""
        same_title = self._by_title.get(title, [])
        if same_title:
            return _outside(source, same_title)
        version, number = source.version, int(source)
        here = [binding for binding in self._all if not binding.anywhere and binding.holds(version, number)]
        if here:
            peer = min(here, key=lambda binding: (binding.peer.title.lower() != title.lower(), -binding.prefix)).peer
            return peer.id, f"title {shown(title)} is not {shown(peer.title)} of {peer.id}{_case(peer, title)}"
        return "", f"no peer has the title {shown(title)}, and none calls from {source}"


def _as_narrow(one: Binding, other: Binding) -> bool:
    """Whether ``one`` is at least as specific; both hold the same address."""
    return one.prefix >= other.prefix


def _blocked(peer: Peer) -> Match:
    return Match(peer, Cause.BLOCKED_PEER, peer.id, f"peer {peer.id} is blocked", always=True)


def _misused(owned: list[Binding], title: str) -> Match:
    """A certificate of one or more peers, none of which has this title."""
    peer = min((binding.peer for binding in owned), key=lambda peer: peer.title.lower() != title.lower())
    failed = f"certificate of {peer.id} used under title {shown(title) or '(none)'}{_case(peer, title)}"
    return Match(None, Cause.CERTIFICATE, peer.id, failed)


def _by_address(peer: Peer, certificate: Certificate | None, tls: bool) -> Match:
    """Title and address are ``peer``'s, and no certificate that somebody knows was shown."""
    if not tls:
        if peer.plain:
            return Match(peer, "", "", "")
        return Match(None, Cause.PLAIN, peer.id, f"it called without TLS, and {peer.id} is not permitted to")
    if not peer.certificates:
        return Match(peer, "", "", "", unpinned=certificate is not None)
    if certificate is None:
        return Match(None, Cause.CERTIFICATE, peer.id, f"it showed no certificate, and {peer.id} has to")
    failed = f"certificate {_described(certificate)} is none of {peer.id}"
    if certificate.error and any(not proof.startswith(PINNED) for proof in peer.certificates):
        failed += f": {shown(certificate.error)}"
    return Match(None, Cause.CERTIFICATE, peer.id, failed)


def _expired(peer: Peer, until: int, grace: int) -> Match:
    failed = f"the certificate of {peer.id} has expired"
    if grace:
        failed += f", and the {grace // DAY} days of grace for a pinned one do not hold any more"
    return Match(None, Cause.CERTIFICATE, peer.id, failed, until=until)


def _outside(source: _Source, bindings: list[Binding]) -> tuple[str, str]:
    """The peer of the nearest of ``bindings``, none of which holds the address, and its networks in words."""
    peer = min(bindings, key=lambda binding: binding.distance(source.version, int(source))).peer
    networks = listed(tuple(binding.text for binding in bindings if binding.peer is peer))
    return peer.id, f"address {source} is outside {networks} of {peer.id}"


def _described(certificate: Certificate, owner: str = "") -> str:
    if owner:
        return f"of {owner}"
    short = certificate.fingerprint.removeprefix(PINNED)[:16]
    return f"{short}… ({shown(certificate.subject)})" if certificate.subject else f"{short}…"


def _case(peer: Peer, title: str) -> str:
    return " (case counts)" if peer.title.lower() == title.lower() else ""


def _folded(proof: str) -> str:
    """Names in certificates are compared without case, as host names are (RFC 6125 6.4.1)."""
    return proof.casefold() if proof.startswith(NAMED) else proof
