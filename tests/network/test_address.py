"""Addresses of both versions stand in one line, and are written back as they were."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadglass.network.address import EVERY, IPV4, IPV6, network, networks, number, text, wildcard
from leadglass.network.intervals import of


@given(st.ip_addresses())
def test_an_address_comes_back_as_it_was(address: object) -> None:
    mapped = getattr(address, "ipv4_mapped", None)
    assert text(number(str(address))) == str(mapped or address)


@pytest.mark.parametrize("written", ["10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "fd00::/8", "::/0", "2001:db8::1/128"])
def test_a_network_comes_back_as_it_was(written: str) -> None:
    assert networks(network(written)) == [written]


def test_a_mask_a_length_a_range_and_an_interfaces_address_name_the_same_network() -> None:
    same = network("10.1.2.0/24")
    assert network("10.1.2.0/255.255.255.0") == same
    assert network("10.1.2.0-10.1.2.255") == same
    assert network("10.1.2.7/24") == same
    assert wildcard("10.1.2.0", "0.0.0.255") == same


def test_an_ipv4_mapped_address_is_the_ipv4_address() -> None:
    assert number("::ffff:192.0.2.1") == number("192.0.2.1")


def test_both_versions_together_are_everything_and_share_nothing() -> None:
    assert not IPV4.meets(IPV6)
    assert IPV4.union(IPV6) == EVERY
    assert networks(EVERY) == ["0.0.0.0/0", "::/0"]


def test_a_wildcard_mask_with_holes_names_no_single_range() -> None:
    assert wildcard("10.0.0.1", "0.0.255.0") is None


@pytest.mark.parametrize("written", ["", "10.0.0", "10.0.0.9-10.0.0.1", "10.0.0.1-fd00::1", "300.1.1.1", "10.0.0.0/33"])
def test_what_names_no_addresses_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        network(written)


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)), max_size=4))
def test_the_networks_of_a_set_add_up_to_it(spans: list[tuple[int, int]]) -> None:
    found = of(spans)
    parts = [IPv4Network(part) for part in networks(found)]
    assert of((int(part[0]), int(part[-1])) for part in parts) == found
