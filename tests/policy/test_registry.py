"""Who a caller is, by address and title."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.hospital import BLOCKED, CT2, WORKSTATION, replace

from leadglass.errors import ConfigurationError
from leadglass.model.peer import Peer
from leadglass.policy.registry import MAX_MATCHES, Registry

WARD = Peer("ward", "US", ("10.0.0.0/8",), plain=True)
ROOM = Peer("room", "US", ("10.5.0.0/16", "fd00::/64"), plain=True)
DEVICE = Peer("device", "US", ("10.5.1.7",), "blocked")


def found(registry: Registry, address: str, title: str) -> str:
    peer = registry.match(address, title).peer
    return peer.id if peer else ""


def test_the_most_specific_network_wins_among_peers_that_share_a_title() -> None:
    registry = Registry((WARD, ROOM, DEVICE))
    assert found(registry, "10.4.0.1", "US") == "ward"
    assert found(registry, "10.5.0.1", "US") == "room"
    assert found(registry, "fd00::17", "US") == "room"
    match = registry.match("10.5.1.7", "US")
    assert (match.peer, match.cause) == (DEVICE, "blocked-peer")


def test_of_two_peers_on_one_network_the_blocked_one_wins() -> None:
    approved = Peer("a", "US", ("10.5.1.0/24",), plain=True)
    blocked = Peer("b", "US", ("10.5.1.0/24",), "blocked")
    for order in ((approved, blocked), (blocked, approved)):
        assert Registry(order).match("10.5.1.9", "US").cause == "blocked-peer"


def test_a_more_specific_approval_stands_inside_a_blocked_range() -> None:
    registry = Registry(
        (Peer("range", "US", ("10.5.0.0/16",), "blocked"), Peer("one", "US", ("10.5.1.7",), plain=True))
    )
    assert found(registry, "10.5.1.7", "US") == "one"
    assert registry.match("10.5.1.8", "US").cause == "blocked-peer"


@pytest.mark.parametrize("address", ["10.2.3.4", "::ffff:10.2.3.4", "::ffff:a02:304"])
@pytest.mark.parametrize("network", ["10.2.0.0/16", "::ffff:10.2.0.0/112"])
def test_mapped_addresses_and_networks_are_ipv4(address: str, network: str) -> None:
    assert found(Registry((replace(CT2, networks=(network,)),)), address, "CT2") == "ct2"


def test_a_scope_does_not_count() -> None:
    assert found(Registry((replace(CT2, networks=("fe80::/64",)),)), "fe80::1%eth0", "CT2") == "ct2"


def test_every_ipv6_address_is_no_ipv4_address() -> None:
    registry = Registry((replace(CT2, networks=("::/0",)),))
    assert found(registry, "2001:db8::1", "CT2") == "ct2"
    assert found(registry, "10.2.3.4", "CT2") == ""


@pytest.mark.parametrize(
    ("address", "title", "nearest", "failed"),
    [
        ("10.1.1.1", "CT2", "ct2", "address 10.1.1.1 is outside 10.2.0.0/16 of ct2"),
        ("2001:db8::1", "CT2", "ct2", "address 2001:db8::1 is outside 10.2.0.0/16 of ct2"),
        ("10.2.1.1", "CT3", "ct2", "title CT3 is not CT2 of ct2"),
        ("10.2.1.1", "ct2", "ct2", "title ct2 is not CT2 of ct2 (case counts)"),
        ("192.0.2.1", "XX", "", "no peer has the title XX, and none calls from 192.0.2.1"),
        ("192.0.2.1", "a\n\x1b[31m", "", "no peer has the title a\\n\\x1b[31m, and none calls from 192.0.2.1"),
        ("nonsense", "CT2", "", "nonsense is no IP address"),
        ("", "CT2", "", " is no IP address"),
    ],
)
def test_an_unknown_caller_hears_what_is_nearest(address: str, title: str, nearest: str, failed: str) -> None:
    match = Registry((CT2, WORKSTATION, BLOCKED)).match(address, title)
    assert (match.peer, match.cause, match.nearest, match.failed) == (None, "unknown-caller", nearest, failed)


def test_of_several_peers_with_the_title_the_closest_network_is_named() -> None:
    registry = Registry(
        (Peer("far", "US", ("192.168.0.0/24",), plain=True), Peer("near", "US", ("10.5.1.0/24",), plain=True))
    )
    assert registry.match("10.5.2.1", "US").nearest == "near"


@pytest.mark.parametrize(
    ("peer", "words", "hint"),
    [
        (replace(CT2, networks=("10.2.3.4/16",)), "10.2.3.4/16 is no network", "10.2.0.0/16"),
        (replace(CT2, networks=("ct2.example",)), "ct2.example is no network", "10.20.0.5"),
        (replace(CT2, networks=()), "no network", "10.20.0.5"),
        (replace(CT2, title=""), "1 to 16 characters", "AE title"),
        (replace(CT2, title="A" * 17), "1 to 16 characters", "AE title"),
        (replace(CT2, title="CT\\2"), "printable ASCII", "AE title"),
        (replace(CT2, title=" CT2"), "outer spaces", "leave them out"),
        (replace(WORKSTATION, id="ct2"), "same id", "rename"),
        (replace(CT2, id="twin"), "same title CT2 and network 10.2.0.0/16", "own address"),
    ],
)
def test_a_registry_that_cannot_work_is_refused(peer: Peer, words: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Registry((peer, CT2))
    assert words in caught.value.message
    assert hint in caught.value.hint


def test_a_blocked_caller_may_have_any_title() -> None:
    hostile = Peer("blocked-1", "\x01/../\\xff", ("192.0.2.1",), "blocked")
    assert Registry((hostile,)).match("192.0.2.1", "\x01/../\\xff").cause == "blocked-peer"


def test_what_is_remembered_is_bounded() -> None:
    registry = Registry((CT2,))
    for number in range(MAX_MATCHES + 50):
        registry.match("10.2.0.1", f"T{number}")
    assert registry._remembered.cache_info().currsize == MAX_MATCHES
    assert found(registry, "10.2.0.1", "CT2") == "ct2"


_networks = st.one_of(
    st.tuples(st.ip_addresses(v=4), st.integers(0, 32)), st.tuples(st.ip_addresses(v=6), st.integers(0, 128))
).map(lambda pair: str(ip_network(f"{pair[0]}/{pair[1]}", strict=False)))


@given(st.lists(_networks, min_size=1, max_size=6, unique=True), st.ip_addresses())
def test_matching_agrees_with_the_ipaddress_module(networks: list[str], address: IPv4Address | IPv6Address) -> None:
    def plain(text: str) -> tuple[int, int, int]:
        network = ip_network(text)
        base = network.network_address
        if isinstance(base, IPv6Address) and network.prefixlen >= 96 and base.ipv4_mapped:
            return 4, int(base.ipv4_mapped), network.prefixlen - 96
        return network.version, int(base), network.prefixlen

    if len({plain(text) for text in networks}) < len(networks):
        return
    source = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    peers = tuple(Peer(f"p{number}", "US", (text,), plain=True) for number, text in enumerate(networks))
    holding = [
        (prefix, f"p{number}")
        for number, (version, base, prefix) in enumerate(map(plain, networks))
        if version == source.version
        and int(source) >> (source.max_prefixlen - prefix) == base >> (source.max_prefixlen - prefix)
    ]
    assert found(Registry(peers), str(address), "US") == (max(holding)[1] if holding else "")
