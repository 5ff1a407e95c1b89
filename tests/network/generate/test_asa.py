"""What is written for an ASA: the device that took it lets pass what was planned, by our reader and line by line."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.network import naive_asa
from tests.network.generate.closing import Asa, same
from tests.network.generate.site import NEEDED, ROLES, ZONES, Site, service_of, site
from tests.network.generate.site import packet as sent

from leadglass.network.generate.plan import Variant
from leadglass.network.generate.propose import VENDORS, Proposal, propose
from leadglass.network.importers import asa

HEAD = """ASA Version 9.16(4)
hostname fw
interface GigabitEthernet0/0
 nameif out
 security-level 0
 ip address 198.51.100.1 255.255.255.0
interface GigabitEthernet0/1
 nameif ct
 security-level 50
 ip address 10.1.0.1 255.255.255.240
interface GigabitEthernet0/2
 nameif pacs
 security-level 60
 ip address 10.2.0.1 255.255.255.240
interface GigabitEthernet0/3
 nameif ward
 security-level 40
 ip address 10.3.0.1 255.255.255.240
"""
TAIL = "route out 0.0.0.0 0.0.0.0 198.51.100.254 1\n: end\n"
HOSTS = {name: tuple(f"{cidr.rpartition('.')[0]}.{last}" for last in (5, 9)) for name, cidr in ZONES.items()}
ENDS = st.sampled_from(
    ["any4", *(f"host {host}" for hosts in HOSTS.values() for host in hosts)]
    + [f"{cidr.partition('/')[0]} 255.255.255.240" for cidr in ZONES.values()]
)
WHAT = st.sampled_from(
    [("ip", ""), ("tcp", ""), ("tcp", "eq 104"), ("tcp", "range 100 500"), ("udp", "eq 53"), ("icmp", "")]
)
LINES = st.lists(st.tuples(st.sampled_from(["permit", "permit", "deny"]), WHAT, ENDS, ENDS), min_size=1, max_size=5)
LISTS = st.dictionaries(st.tuples(st.sampled_from([*ZONES, "out"]), st.sampled_from(["in", "out"])), LINES, max_size=4)
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


def configuration(lists: dict) -> str:  # type: ignore[type-arg]  # as LISTS draws it
    text = HEAD
    for (interface, way), lines in lists.items():
        name = f"{interface}-{way}"
        text += "".join(
            f"access-list {name} extended {act} {what} {a} {b} {port}".rstrip() + "\n"
            for act, (what, port), a, b in lines
        )
        text += f"access-group {name} {way} interface {interface}\n"
    return text + TAIL


def proposed(text: str, variant: Variant) -> tuple[Site, Proposal]:
    device = asa.read(text, "fw.cfg", "fw")
    assert not device.doubts
    found = site(device)
    return found, propose(found.comparison, found.devices, found.gaps, {"fw": text}, variant)


@settings(max_examples=25, deadline=None)
@given(LISTS, st.sampled_from(Variant), PACKETS)
def test_the_device_that_took_the_text_does_what_was_planned(lists: dict, variant: Variant, packets: list) -> None:  # type: ignore[type-arg]  # as drawn
    text = configuration(lists)
    found, proposal = proposed(text, variant)
    assert proposal.proof.ok, proposal.proof.against
    for written in proposal.written:
        planned = VENDORS["asa"].planned(found.devices[0], written.policy, text)
        box = Asa(text)
        box.load(written.texts.log_only)
        same(found.comparison, found.devices[0], asa.read(box.text, "fw.cfg", "fw"))
        box.load(written.texts.rollback)
        assert sorted(box.text.splitlines()) == sorted(text.splitlines())
        box.load(written.texts.enforce)
        same(found.comparison, planned, asa.read(box.text, "fw.cfg", "fw"))
        _line_by_line(text, box.text, proposal.closes, packets)
        box.load(written.texts.rollback)
        assert sorted(box.text.splitlines()) == sorted(text.splitlines())


def _line_by_line(before: str, after: str, closes: tuple[str, ...], packets: list) -> None:  # type: ignore[type-arg]  # as drawn
    roles = dict(zip(ZONES, ROLES, strict=True))
    for zones, one, two, (protocol, port) in packets:
        source, destination = HOSTS[zones[0]][one], HOSTS[zones[1]][two]
        packet = naive_asa.Packet(zones[0], protocol, source, destination, port)
        was, now = naive_asa.passes(before, packet), naive_asa.passes(after, packet)
        service = service_of(sent(source, destination, port, {"tcp": 6, "udp": 17, "icmp": 1}[protocol]))
        listed = any(
            (each.source, each.destination, each.service) == (roles[zones[0]], roles[zones[1]], service)
            for each in NEEDED
        )
        if f"{zones[0]}--{zones[1]}--{service}" in closes and not listed:
            assert not now, packet
        assert now <= was, packet
        assert now or not (was and listed), packet


def test_a_list_that_is_bound_already_is_copied_and_bound_again_by_the_way_back() -> None:
    lists = {
        ("ward", "in"): [("permit", ("ip", ""), "any4", "any4")],
        ("pacs", "out"): [("permit", ("tcp", "range 100 500"), "any4", "any4")],
    }
    _, proposal = proposed(configuration(lists), Variant.NARROW)
    (written,) = proposal.written
    assert "access-list LG-pacs-OUT extended permit tcp any4 any4 range 100 500" in written.texts.enforce
    assert "access-group pacs-out out interface pacs" in written.texts.rollback
    assert "clear configure access-list pacs-out" not in written.texts.rollback + written.texts.enforce


def test_what_the_model_lists_and_the_old_list_refuses_is_not_opened_before_it() -> None:
    """Everything but HTTPS to the PACS is to be closed, and the list that is bound there refuses HTTPS."""
    lists = {
        ("ward", "in"): [("permit", ("ip", ""), "any4", "any4")],
        ("pacs", "out"): [("deny", ("tcp", "eq 443"), "any4", "any4"), ("permit", ("ip", ""), "any4", "any4")],
    }
    text = configuration(lists)
    _, proposal = proposed(text, Variant.NARROW)
    assert "ward--pacs--other" in proposal.closes
    box = Asa(text)
    box.load(proposal.written[0].texts.enforce)
    https = naive_asa.Packet("ward", "tcp", HOSTS["ward"][0], HOSTS["pacs"][0], 443)
    assert not naive_asa.passes(text, https)
    assert not naive_asa.passes(box.text, https)


def test_no_live_list_is_cleared_before_another_is_bound() -> None:
    _, proposal = proposed(configuration({}), Variant.STRICT)
    for written in proposal.written:
        assert "clear" not in written.texts.enforce + written.texts.log_only
        back = written.texts.rollback.splitlines()
        assert max(at for at, line in enumerate(back) if "access-group" in line) > -1
        for at, line in enumerate(back):
            if line.startswith("clear configure access-list "):
                assert any(f"no access-group {line.split()[-1]} " in one for one in back[:at])
