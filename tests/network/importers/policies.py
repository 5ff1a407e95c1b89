"""Random packets that tell rules apart, for `policies_nft` and `policies_iptables`. Nothing of the product."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from tests.network.importers.kernel import Sent, apart

HOSTS = {
    "eth0": ("10.1.0.7", "10.1.0.200", "fd00:1::7"),
    "eth1": ("10.2.0.5", "10.2.1.5", "fd00:2::5"),
    "dmz0": ("10.3.0.9", "10.3.255.9", "fd00:3::9"),
}
PORTS = (22, 104, 443, 2762, 11112)


@st.composite
def packets(draw: st.DrawFn) -> Sent:
    ingress, egress = draw(st.permutations(list(HOSTS)))[:2]
    source = draw(st.sampled_from(HOSTS[ingress]))
    sixth = ":" in source
    destination = draw(st.sampled_from([host for host in HOSTS[egress] if (":" in host) == sixth]))
    protocol = draw(st.sampled_from([6, 6, 6, 17, 17, 58 if sixth else 1, 99]))
    kinds = {1: st.sampled_from([8 << 8, 13 << 8]), 58: st.just(128 << 8), 99: st.just(0)}
    port = draw(kinds.get(protocol, st.sampled_from(PORTS)))
    return Sent(ingress, source, destination, protocol, port, draw(st.sampled_from([104, 1023, 40_000, 65_535])))


def batches(*, translated: bool) -> st.SearchStrategy[list[Sent]]:
    """Packets of different connections; where addresses are translated, also of different source ports."""
    found = st.lists(packets(), min_size=12, max_size=12, unique_by=apart)
    return found.map(_spread) if translated else found


def _spread(sent: list[Sent]) -> list[Sent]:
    return [replace(one, source_port=30_000 + at) for at, one in enumerate(sent) if one.protocol in {1, 6, 17, 58}]


def choice(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)
