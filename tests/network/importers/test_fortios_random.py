"""Random FortiOS configurations: every packet meets in what we read what it meets line by line in the text."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.network.importers.fortios_random import PACKETS, configurations
from tests.network.importers.fortios_verdict import verdict
from tests.network.naive_fortios import Packet, decided

from leadglass.network.importers import fortios

MANY = settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)


@MANY
@given(configurations(sure=True), st.lists(PACKETS, min_size=25, max_size=40))
def test_a_packet_meets_what_it_meets_line_by_line(text: str, packets: list[Packet]) -> None:
    device = fortios.read(text, "edge.conf", "edge")
    assert not device.doubts
    for packet in packets:
        # What the text tells, we tell; "uncertain" remains where Fortinet's own documents leave it open.
        assert verdict(device, packet) == decided(text, packet), packet


@MANY
@given(configurations(sure=False), st.lists(PACKETS, min_size=25, max_size=40))
def test_what_no_text_tells_is_never_certain(text: str, packets: list[Packet]) -> None:
    device = fortios.read(text, "edge.conf", "edge")
    for packet in packets:
        assert verdict(device, packet) in {decided(text, packet), "uncertain"}, packet
