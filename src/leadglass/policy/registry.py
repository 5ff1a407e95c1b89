"""The registry: which peer calls from this address with this title. Never authenticates: a title is a name only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import pairwise

from leadglass.errors import ConfigurationError
from leadglass.model.ae_title import ae_field
from leadglass.model.decision import Cause
from leadglass.model.peer import Peer
from leadglass.policy.names import listed, shown

MAX_MATCHES = 4096  # answers remembered; hostile callers can vary address and title at will

_MAPPED_PREFIX = 96  # ::ffff:0:0/96, RFC 4291 2.5.5.2


@dataclass(frozen=True, slots=True)
class Match:
    """Who a caller is.

    Attributes:
        peer: None when nobody has this title and address.
        cause: "", "unknown-caller" or "blocked-peer".
        nearest: for a refusal, the id of the peer that comes closest; empty when none does.
        failed: what keeps it from being that peer, in words.
    """

    peer: Peer | None
    cause: str
    nearest: str
    failed: str


@dataclass(frozen=True, slots=True)
class _Binding:
    """One network of one peer; ``bits`` of ``network`` are compared."""

    peer: Peer
    version: int
    network: int
    shift: int
    prefix: int
    text: str

    def holds(self, version: int, number: int) -> bool:
        return version == self.version and (number ^ self.network) >> self.shift == 0


class Registry:
    """The peers, to be found by address and title.

    The most specific network wins; of two peers bound to the same one, the blocked one.

    Raises:
        ConfigurationError: two peers have one id, a title or network is none, or two approved peers cannot be told
            apart.
    """

    def __init__(self, peers: tuple[Peer, ...]) -> None:
        self._by_title: dict[str, list[_Binding]] = {}
        for peer in peers:
            if peer.status == "approved":  # a blocked one has the title a hostile caller chose
                _check_title(peer)
            self._by_title.setdefault(peer.title, []).extend(_bindings(peer))
        if len({peer.id for peer in peers}) != len(peers):
            raise ConfigurationError("two peers have the same id", "rename one of them")
        for bindings in self._by_title.values():
            bindings.sort(key=_precedence)
            _check_distinct(bindings)
        self._all = tuple(binding for bindings in self._by_title.values() for binding in bindings)
        self._remembered = lru_cache(maxsize=MAX_MATCHES)(self._match)

    def match(self, address: str, title: str) -> Match:
        """Who calls from ``address`` with ``title``.

        Args:
            address: IPv4 or IPv6 in text; IPv4-mapped addresses are normalised, a scope is dropped.
            title: as `ae_title` yields it; compared with case.
        """
        return self._remembered(address, title)

    def _match(self, address: str, title: str) -> Match:
        try:
            source = _plain_address(address)
        except ValueError:
            return Match(None, Cause.UNKNOWN_CALLER, "", f"{shown(address)} is no IP address")
        version, number = source.version, int(source)
        for binding in self._by_title.get(title, ()):
            if binding.holds(version, number):
                peer = binding.peer
                if peer.status != "approved":
                    return Match(peer, Cause.BLOCKED_PEER, peer.id, f"peer {peer.id} is blocked")
                return Match(peer, "", "", "")
        return Match(None, Cause.UNKNOWN_CALLER, *self._nearest(source, title))

    def _nearest(self, source: IPv4Address | IPv6Address, title: str) -> tuple[str, str]:
        """The peer with this title whose network shares most bits with the address, else one at the address."""
        version, number = source.version, int(source)
        same_title = self._by_title.get(title, ())
        if same_title:
            closest = min(
                same_title,
                key=lambda binding: (
                    binding.version != version,
                    (number ^ binding.network).bit_length() if binding.version == version else 0,
                ),
            )
            peer = closest.peer
            networks = listed(tuple(binding.text for binding in same_title if binding.peer is peer))
            return peer.id, f"address {source} is outside {networks} of {peer.id}"
        here = [binding for binding in self._all if binding.holds(version, number)]
        if here:
            peer = min(here, key=lambda binding: (binding.peer.title.lower() != title.lower(), -binding.prefix)).peer
            case = " (case counts)" if peer.title.lower() == title.lower() else ""
            return peer.id, f"title {shown(title)} is not {shown(peer.title)} of {peer.id}{case}"
        return "", f"no peer has the title {shown(title)}, and none calls from {source}"


def _plain_address(text: str) -> IPv4Address | IPv6Address:
    """An address without its scope; an IPv4-mapped one as IPv4."""
    address = ip_address(text.partition("%")[0])
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _plain_network(text: str) -> IPv4Network | IPv6Network:
    """A network; an IPv4-mapped one as IPv4."""
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_PREFIX:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return IPv4Network((mapped, network.prefixlen - _MAPPED_PREFIX))
    return network


def _bindings(peer: Peer) -> list[_Binding]:
    if not peer.networks:
        raise ConfigurationError(f"peer {peer.id} has no network", "write the address it calls from, 10.20.0.5")
    return [_binding(peer, text) for text in peer.networks]


def _binding(peer: Peer, text: str) -> _Binding:
    try:
        network = _plain_network(text)
    except ValueError as error:
        try:
            hint = f"write {ip_network(text, strict=False)} for the whole range"
        except ValueError:
            hint = "write an address, 10.20.0.5, or a range, 10.20.0.0/16"
        raise ConfigurationError(f"peer {peer.id}: {shown(text)} is no network: {error}", hint) from None
    return _Binding(
        peer,
        network.version,
        int(network.network_address),
        network.max_prefixlen - network.prefixlen,
        network.prefixlen,
        str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network),
    )


def _precedence(binding: _Binding) -> tuple[int, int, bool, str]:
    """The most specific network first; of equal ones, the blocked peer first."""
    return -binding.prefix, binding.network, binding.peer.status == "approved", binding.peer.id


def _check_title(peer: Peer) -> None:
    try:
        ae_field(peer.title)
    except ValueError as error:
        raise ConfigurationError(f"peer {peer.id}: {error}", "write the AE title the device calls with") from None
    if peer.title != peer.title.strip(" "):
        raise ConfigurationError(
            f"peer {peer.id}: the title {peer.title!r} has outer spaces", "leave them out: they do not count"
        )


def _check_distinct(bindings: list[_Binding]) -> None:
    """Two approved peers bound to one title and network would be one peer by chance; a blocked one simply wins."""
    for one, other in pairwise(bindings):
        same = (one.version, one.network, one.prefix) == (other.version, other.network, other.prefix)
        if same and one.peer is not other.peer and one.peer.status == other.peer.status == "approved":
            raise ConfigurationError(
                f"peers {one.peer.id} and {other.peer.id} have the same title {one.peer.title} and network {one.text}",
                "give each its own address, or make them one peer",
            )
