"""What is written for FortiOS: the box that took it lets pass what was planned, by our reader and policy by policy."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.network import naive_fortios
from tests.network.generate.closing import FortiGate, same
from tests.network.generate.site import NEEDED, ROLES, ZONES, Site, service_of, site
from tests.network.generate.site import packet as sent

from leadglass.network.generate.plan import Variant
from leadglass.network.generate.propose import VENDORS, Proposal, propose
from leadglass.network.importers import fortios

HEAD = """#config-version=FGT60F-7.2.5-FW-build1517-230606:opmode=0:vdom=0:user=admin
config system interface
    edit "out"
        set ip 198.51.100.1 255.255.255.0
    next
    edit "ct"
        set ip 10.1.0.1 255.255.255.240
    next
    edit "pacs"
        set ip 10.2.0.1 255.255.255.240
    next
    edit "ward"
        set ip 10.3.0.1 255.255.255.240
    next
end
config firewall address
    edit "ct-net"
        set subnet 10.1.0.0 255.255.255.240
    next
    edit "pacs-net"
        set subnet 10.2.0.0 255.255.255.240
    next
    edit "ward-net"
        set subnet 10.3.0.0 255.255.255.240
    next
    edit "archive"
        set subnet 10.2.0.5 255.255.255.255
    next
end
config firewall service custom
    edit "dicom"
        set tcp-portrange 104
    next
    edit "some"
        set tcp-portrange 100-500
        set udp-portrange 53
    next
end
config firewall vip
    edit "published"
        set extip 198.51.100.9
        set mappedip "10.2.0.5"
        set extintf "out"
    next
end
config router static
    edit 1
        set gateway 198.51.100.254
        set device "out"
    next
end
"""
HOSTS = {name: tuple(f"{cidr.rpartition('.')[0]}.{last}" for last in (5, 9)) for name, cidr in ZONES.items()}
SIDES = st.sampled_from(["any", *ZONES])
ENDS = st.sampled_from(["all", "ct-net", "pacs-net", "ward-net", "archive"])
POLICIES = st.lists(
    st.tuples(
        st.sampled_from(["accept", "accept", "deny"]),
        SIDES,
        SIDES | st.just("any"),
        ENDS,
        ENDS | st.just("published"),
        st.sampled_from(["ALL", "dicom", "some", "ALL_ICMP"]),
    ),
    min_size=1,
    max_size=5,
)
PACKETS = st.lists(
    st.tuples(
        st.permutations(list(ZONES)),
        st.integers(0, 1),
        st.integers(0, 1),
        st.sampled_from([("tcp", 104), ("tcp", 443), ("tcp", 22), ("udp", 53), ("udp", 161), ("icmp", 8)]),
    ),
    min_size=10,
    max_size=20,
)


def configuration(policies: list) -> str:  # type: ignore[type-arg]  # as POLICIES draws it
    lines = ["config firewall policy"]
    for number, (action, ingress, egress, source, destination, service) in enumerate(policies, 1):
        lines += [
            f"    edit {number}", f'        set srcintf "{ingress}"', f'        set dstintf "{egress}"',
            f'        set srcaddr "{source}"', f'        set dstaddr "{destination}"',
            *(["        set action accept"] if action == "accept" else []),
            '        set schedule "always"', f'        set service "{service}"', "        set logtraffic all",
            "    next",
        ]  # fmt: skip
    return HEAD + "\n".join([*lines, "end"]) + "\n"


def proposed(text: str, variant: Variant) -> tuple[Site, Proposal]:
    device = fortios.read(text, "fw.conf", "fw")
    assert not device.doubts
    found = site(device)
    return found, propose(found.comparison, found.devices, found.gaps, {"fw": text}, variant)


@settings(max_examples=25, deadline=None)
@given(POLICIES, st.sampled_from(Variant), PACKETS)
def test_the_box_that_took_the_text_does_what_was_planned(policies: list, variant: Variant, packets: list) -> None:  # type: ignore[type-arg]  # as drawn
    text = configuration(policies)
    found, proposal = proposed(text, variant)
    assert proposal.proof.ok, proposal.proof.against
    plain = FortiGate(text).text
    for written in proposal.written:
        planned = VENDORS["fortios"].planned(found.devices[0], written.policy, text)
        box = FortiGate(text)
        box.load(written.texts.enforce)
        same(found.comparison, planned, fortios.read(box.text, "fw.conf", "fw"))
        _policy_by_policy(text, box.text, proposal.closes, packets)
        box.load(written.texts.rollback)
        assert box.text == plain


def _policy_by_policy(before: str, after: str, closes: tuple[str, ...], packets: list) -> None:  # type: ignore[type-arg]  # as drawn
    roles = dict(zip(ZONES, ROLES, strict=True))
    for zones, one, two, (protocol, port) in packets:
        source, destination = HOSTS[zones[0]][one], HOSTS[zones[1]][two]
        packet = naive_fortios.Packet(zones[0], protocol, source, destination, port)
        was, now = (naive_fortios.decided(text, packet) == "permit" for text in (before, after))
        service = service_of(sent(source, destination, port, {"tcp": 6, "udp": 17, "icmp": 1}[protocol]))
        listed = any(
            (each.source, each.destination, each.service) == (roles[zones[0]], roles[zones[1]], service)
            for each in NEEDED
        )
        if f"{zones[0]}--{zones[1]}--{service}" in closes and not listed:
            assert not now, packet
        if now and not was:
            assert f"{zones[0]}--{zones[1]}--{service}" in closes, packet
        assert now or not (was and listed), packet


def test_what_a_virtual_ip_publishes_is_refused_under_its_name() -> None:
    text = configuration([("accept", "out", "pacs", "all", "published", "ALL")])
    _, proposal = proposed(text, Variant.NARROW)
    assert "internet--pacs--other" in proposal.closes
    assert 'set dstaddr "LG-pacs-v4" "published"' in proposal.written[0].texts.enforce
    packet = naive_fortios.Packet("out", "tcp", "203.0.113.7", "198.51.100.9", 22)
    assert naive_fortios.decided(text, packet) == "permit"
    box = FortiGate(text)
    box.load(proposal.written[0].texts.enforce)
    assert naive_fortios.decided(box.text, packet) == "deny"


def test_the_first_stage_stops_nothing_and_logs_what_is_accepted() -> None:
    text = configuration([("accept", "any", "any", "all", "all", "ALL")]).replace("        set logtraffic all\n", "")
    found, proposal = proposed(text, Variant.NARROW)
    box = FortiGate(text)
    (written,) = proposal.written
    box.load(written.texts.log_only)
    same(found.comparison, found.devices[0], fortios.read(box.text, "fw.conf", "fw"))
    assert "set logtraffic all" in box.text
    box.load(written.texts.rollback)
    assert "set logtraffic utm" in box.text
