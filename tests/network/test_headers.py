"""Boxes of headers behave as the sets of packets that they hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.network.chains import ANY, FIELD, PACKETS

from leadglass.network.address import EVERY, network
from leadglass.network.headers import EVERYTHING, PROTOCOLS, Box, Packet, common, headers, service, within, without

BOXES = st.builds(Box, FIELD | ANY, FIELD | ANY, st.just(PROTOCOLS), FIELD | ANY, FIELD | ANY)


@given(BOXES, BOXES, PACKETS)
def test_common_and_without_are_those_of_sets(one: Box, two: Box, packet: Packet) -> None:
    both = one.common(two)
    assert (both is not None and both.has(packet)) is (one.has(packet) and two.has(packet))
    parts = list(one.without(two))
    assert sum(part.has(packet) for part in parts) == (one.has(packet) and not two.has(packet))
    assert len(parts) <= 5


@given(st.lists(BOXES, max_size=3), st.lists(BOXES, max_size=3), PACKETS)
def test_sets_of_boxes_too(some: list[Box], others: list[Box], packet: Packet) -> None:
    mine, theirs = any(box.has(packet) for box in some), any(box.has(packet) for box in others)
    assert any(box.has(packet) for box in common(tuple(some), tuple(others))) is (mine and theirs)
    left = without(some, others)
    assert any(box.has(packet) for box in left) is (mine and not theirs)
    if within(tuple(some), tuple(others)):
        assert theirs or not mine


def test_no_box_mixes_the_versions_of_ip() -> None:
    assert len(EVERYTHING) == 2
    assert headers(network("10.0.0.0/8"), network("fd00::/8")) == ()
    assert len(headers(network("10.0.0.0/8"), EVERY)) == 1


def test_a_service_is_known_by_protocol_and_destination_port() -> None:
    (four, six) = service(6, 104, 104)
    assert four.has(Packet(1, 2, 6, 50_000, 104))
    assert not four.has(Packet(1, 2, 17, 50_000, 104))
    assert six.destination_port == four.destination_port
