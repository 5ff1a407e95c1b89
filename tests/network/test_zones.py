"""Zones share out the whole address space: each address is in one, whatever is declared."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from leadglass.network.address import EVERY, network, number
from leadglass.network.hospital import INTERNET, UNASSOCIATED, Hospital, Zone
from leadglass.network.intervals import union
from leadglass.network.zones import partition


def described(*zones: tuple[str, str]) -> Hospital:
    return Hospital(
        format="leadglass-network-1",
        name="Test",
        zones=tuple(Zone(name=name, networks=tuple(networks.split())) for name, networks in zones),
    )


PREFIXES = st.builds(
    lambda bits, length: str(ipaddress.ip_network((bits << 16 | 0x0A000000, length), strict=False)),
    st.integers(0, 255),
    st.integers(8, 24),
)


@given(st.lists(st.lists(PREFIXES, min_size=1, max_size=3), max_size=5), st.integers(0, (1 << 32) + (1 << 128) - 1))
def test_every_address_is_in_exactly_one_zone_and_that_of_its_longest_prefix(
    networks: list[list[str]], address: int
) -> None:
    zones = [(f"z{index}", " ".join(written)) for index, written in enumerate(networks)]
    found = partition(described(*zones))
    assert union(part.addresses for part in found.parts) == EVERY
    assert sum(part.addresses.size for part in found.parts) == EVERY.size
    holding = [
        (ipaddress.ip_network(written).prefixlen, name)
        for name, all_written in zones
        for written in all_written.split()
        if network(written).has(address)
    ]
    if holding:
        longest = max(length for length, _ in holding)
        assert found.of(address).name in {name for length, name in holding if length == longest}
    else:
        assert found.of(address).name in {UNASSOCIATED, INTERNET}


def test_a_longer_prefix_within_a_shorter_one_is_no_overlap() -> None:
    found = partition(described(("house", "10.0.0.0/8"), ("ct", "10.1.0.0/24")))
    assert found.of(number("10.1.0.9")).name == "ct"
    assert found.of(number("10.1.1.9")).name == "house"
    assert not found.overlaps


def test_two_zones_that_claim_the_same_addresses_are_told_and_the_first_keeps_them() -> None:
    found = partition(described(("ct", "10.1.0.0/24"), ("mr", "10.1.0.0/24"), ("us", "10.1.0.200-10.1.1.9")))
    assert found.of(number("10.1.0.9")).name == "ct"
    pairs = {(overlap.first, overlap.second) for overlap in found.overlaps}
    assert ("ct", "mr") in pairs
    assert any("us" in pair for pair in pairs)


def test_what_nobody_declared_is_unassociated_where_the_internet_does_not_route_it() -> None:
    found = partition(described(("ct", "10.1.0.0/24"), ("office", "203.0.113.0/24")))
    for address in ("10.1.1.1", "192.168.7.7", "100.64.0.1", "169.254.1.1", "fd00::1", "fe80::1"):
        assert found.of(number(address)).name == UNASSOCIATED
    for address in ("8.8.8.8", "2001:4860:4860::8888"):
        assert found.of(number(address)).name == INTERNET
    assert found.of(number("203.0.113.9")).name == "office"
