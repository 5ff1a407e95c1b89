"""Where a peer calls from, as numbers to compare, and whether a registry's peers can be told apart. Matches nobody."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import groupby

from leadglass.errors import ConfigurationError
from leadglass.model.ae_title import ae_field
from leadglass.model.peer import MAX_CERTIFICATES, Peer
from leadglass.policy.names import shown

PINNED = "sha256:"  # then the hex digest of a leaf (DER)
NAMED = "name:"  # then a name in a certificate that the hospital's trust list vouches for

_MAPPED_PREFIX = 96  # ::ffff:0:0/96, RFC 4291 2.5.5.2
_HEX = frozenset("0123456789abcdef")
_ANYWHERE = -1  # the prefix of a peer that may call from any address


@dataclass(frozen=True, slots=True)
class Binding:
    """One network of one peer; ``prefix`` bits of ``network`` are compared, none where it may call from anywhere."""

    peer: Peer
    version: int
    network: int
    shift: int
    prefix: int
    text: str

    @property
    def anywhere(self) -> bool:
        """Any address will do; the peer's certificate proves it."""
        return self.prefix == _ANYWHERE

    def holds(self, version: int, number: int) -> bool:
        """Whether the address ``number`` of IP version ``version`` lies inside."""
        return self.prefix == _ANYWHERE or (version == self.version and (number ^ self.network) >> self.shift == 0)

    def distance(self, version: int, number: int) -> tuple[bool, int]:
        """How far an address lies outside, to be compared with other distances to the same address."""
        return version != self.version, (number ^ self.network).bit_length() if version == self.version else 0


def plain_address(text: str) -> IPv4Address | IPv6Address:
    """An address without its scope; an IPv4-mapped one as IPv4.

    Raises:
        ValueError: it is none.
    """
    address = ip_address(text.partition("%")[0])
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def bindings_of(peer: Peer) -> list[Binding]:
    """The networks of ``peer``, each as a binding; without networks, one for any address.

    Raises:
        ConfigurationError: nothing could prove this peer, or an approved one's title, networks or certificates are
            none.
    """
    if peer.status == "approved":  # a blocked one has the title a hostile caller chose
        _check_title(peer)
    _check_proof(peer)
    if not peer.networks:
        return [Binding(peer, 0, 0, 0, _ANYWHERE, "any address")]
    return [_binding(peer, text) for text in peer.networks]


def precedence(binding: Binding) -> tuple[int, int, bool, str]:
    """The most specific network first; of equal ones, the blocked peer first."""
    return -binding.prefix, binding.network, binding.peer.status == "approved", binding.peer.id


def check_distinct(bindings: list[Binding]) -> None:
    """Of peers with one title and one network, each call must fit one only; a blocked one simply wins.

    Args:
        bindings: of one title, in the order of `precedence`.

    Raises:
        ConfigurationError: two approved peers cannot be told apart.
    """
    for _, group in groupby(bindings, key=lambda binding: (-binding.prefix, binding.network, binding.version)):
        approved = {binding.peer.id: binding for binding in group if binding.peer.status == "approved"}
        if len(approved) > 1:
            _check_certificates([binding.peer for binding in approved.values()], next(iter(approved.values())).text)


def _check_certificates(peers: list[Peer], network: str) -> None:
    """Peers at one network with one title are told apart by certificates alone."""
    owner: dict[str, Peer] = {}
    plain: Peer | None = None
    for peer in peers:
        twin = next((owner[proof] for proof in peer.certificates if proof in owner), None)
        if twin is None and plain is not None and peer.plain:
            twin = plain
        if twin is None and not peer.certificates:
            twin = next(other for other in peers if other is not peer)
        if twin is not None:
            one, other = sorted((peer.id, twin.id))
            raise ConfigurationError(
                f"peers {one} and {other} have the same title {peer.title} and network {network}",
                "give each its own address or its own certificate, or make them one peer",
            )
        owner |= dict.fromkeys(peer.certificates, peer)
        plain = peer if peer.plain else plain


def _binding(peer: Peer, text: str) -> Binding:
    try:
        network = _plain_network(text)
    except ValueError as error:
        try:
            hint = f"write {ip_network(text, strict=False)} for the whole range"
        except ValueError:
            hint = "write an address, 10.20.0.5, or a range, 10.20.0.0/16"
        raise ConfigurationError(f"peer {peer.id}: {shown(text)} is no network: {error}", hint) from None
    return Binding(
        peer,
        network.version,
        int(network.network_address),
        network.max_prefixlen - network.prefixlen,
        network.prefixlen,
        str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network),
    )


def _plain_network(text: str) -> IPv4Network | IPv6Network:
    """A network; an IPv4-mapped one as IPv4."""
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_PREFIX:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return IPv4Network((mapped, network.prefixlen - _MAPPED_PREFIX))
    return network


def _check_title(peer: Peer) -> None:
    try:
        ae_field(peer.title)
    except ValueError as error:
        raise ConfigurationError(f"peer {peer.id}: {error}", "write the AE title the device calls with") from None
    if peer.title != peer.title.strip(" "):
        raise ConfigurationError(
            f"peer {peer.id}: the title {peer.title!r} has outer spaces", "leave them out: they do not count"
        )


def _check_proof(peer: Peer) -> None:
    """A title alone proves nothing: a network or a certificate must stand beside it, and in plain a network."""
    if not peer.networks and not peer.certificates:
        raise ConfigurationError(
            f"peer {peer.id} has no network and no certificate: an AE title alone is no proof",
            "write the address it calls from, 10.20.0.5, or pin its certificate",
        )
    if not peer.networks and peer.plain:
        raise ConfigurationError(
            f"peer {peer.id} may call without TLS and has no network: an AE title alone is no proof",
            "write the address it calls from, 10.20.0.5, or take plain away",
        )
    if len(peer.certificates) > MAX_CERTIFICATES:
        raise ConfigurationError(
            f"peer {peer.id} has {len(peer.certificates)} certificates",
            f"a peer has at most {MAX_CERTIFICATES}: the one in use and the next",
        )
    for proof in peer.certificates:
        if not is_proof(proof):
            raise ConfigurationError(
                f"peer {peer.id}: {shown(proof)} is no certificate",
                f"write {PINNED} and 64 hex digits in lower case, or {NAMED} and a name in the certificate",
            )


def is_proof(text: str) -> bool:
    """Whether ``text`` has the form of an entry of `Peer.certificates`."""
    if text.startswith(PINNED):
        digits = text.removeprefix(PINNED)
        return len(digits) == 64 and _HEX.issuperset(digits)
    name = text.removeprefix(NAMED)
    return text.startswith(NAMED) and 0 < len(name) <= 253 and name.isprintable() and name == name.strip()
