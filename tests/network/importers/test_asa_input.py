"""What an ASA's importer says of texts that are no good: other vendors, cut off, of several contexts, endless, odd."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.network.verdicts import verdict

from leadglass.network.address import network
from leadglass.network.headers import headers
from leadglass.network.importers import asa, recognise
from leadglass.network.importers.fault import MAX_FILE, ConfigurationUnreadable
from leadglass.network.intervals import one
from leadglass.network.permitted import Expectation, Permitted, permitted, real
from leadglass.network.topology import topology
from leadglass.network.walk import walk

HOSPITAL = (Path(__file__).parents[2] / "vectors" / "network" / "asa" / "hospital.cfg").read_text()

INTERFACES = """\
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 203.0.113.2 255.255.255.0
interface GigabitEthernet0/1
 nameif inside
 security-level 100
 ip address 10.10.0.1 255.255.255.0
interface GigabitEthernet0/2
 nameif imaging
 security-level 50
 ip address 10.20.0.1 255.255.255.0
"""


def test_an_asa_is_recognised() -> None:
    assert recognise(HOSPITAL) == "asa"
    assert recognise(INTERFACES) == "asa"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "config system global\n    set hostname fw\nend\n",
        "version 15.2\ninterface GigabitEthernet0/0\n ip address 10.0.0.1 255.255.255.0\n ip access-group IN in\n",
        '{"nftables": []}',
        "<config><devices/></config>",
        "set system host-name router\n",
        "*filter\n:FORWARD DROP [0:0]\nCOMMIT\n",
    ],
)
def test_another_vendors_text_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(ConfigurationUnreadable) as refused:
        asa.read(text, "edge.cfg", "edge")
    assert str(refused.value).startswith("edge.cfg:1: no configuration of a Cisco ASA")
    assert "show running-config" in refused.value.hint


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.999])
def test_a_text_cut_off_is_refused_with_its_last_line(share: float) -> None:
    cut = HOSPITAL[: int(len(HOSPITAL) * share)]
    with pytest.raises(ConfigurationUnreadable) as refused:
        asa.read(cut, "edge.cfg", "edge")
    assert refused.value.place is not None
    assert refused.value.place.line == len(cut.rstrip("\n").split("\n"))


def test_a_text_cut_off_without_its_frame_is_claimed_nothing_about() -> None:
    middle = HOSPITAL[HOSPITAL.index("ASA Version") : HOSPITAL.index("access-group IMAGING-IN") + 15]
    device = asa.read(middle, "edge.cfg", "edge")
    assert device.doubts
    assert any(": end" in words for _, words in device.findings)
    assert verdict(device, "inside", "tcp", "10.10.0.7", "198.51.100.7", 443) == "uncertain"


def test_a_part_without_frame_and_version_is_taken_for_whole_and_says_so() -> None:
    device = asa.read(INTERFACES, "edge.cfg", "edge")
    assert not device.doubts
    assert any("taken for whole" in words for words in device.assumptions)
    assert any("9.0 or later" in words for words in device.assumptions)


def test_the_system_part_of_several_contexts_is_refused() -> None:
    text = "ASA Version 9.8(2) <system>\ncontext admin\n config-url disk0:/admin.cfg\n"
    with pytest.raises(ConfigurationUnreadable, match=r"edge\.cfg:2: the system part"):
        asa.read(text, "edge.cfg", "edge")


def test_endless_comments_are_refused_unread_and_many_are_skipped() -> None:
    with pytest.raises(ConfigurationUnreadable, match="larger than any"):
        asa.read("! comment\n" * (MAX_FILE // 10 + 1), "edge.cfg", "edge")
    device = asa.read("! comment\n" * 100_000 + INTERFACES, "edge.cfg", "edge")
    assert device.coverage.relevant == device.coverage.understood == 12


@pytest.mark.parametrize("version", ["ASA Version 8.2(5)", "PIX Version 6.3(5)", "ASA Version nine"])
def test_of_versions_before_real_addresses_nothing_is_claimed(version: str) -> None:
    device = asa.read(f"{version}\n{INTERFACES}: end\n", "edge.cfg", "edge")
    assert [place.line for place in device.doubts] == [1]
    assert verdict(device, "inside", "tcp", "10.10.0.7", "203.0.113.9", 443) == "uncertain"


@pytest.mark.parametrize(
    "line",
    [
        "static (inside,outside) 203.0.113.5 10.10.0.5 netmask 255.255.255.255",
        "nat (inside) 1 0.0.0.0 0.0.0.0",
        "global (outside) 1 interface",
        "firewall transparent",
        "route nowhere 10.0.0.0 255.0.0.0 10.10.0.9",
        "nat (inside,outside) source static MISSING MISSING",
        "access-group IN sideways interface inside",
        "wholly unknown command",
        "no access-list IN extended permit ip any any",
        " orphan",
        "access-list",
        "crypto map",
        "object",
        "object-group network",
        "x" * 10_000,
    ],
)
def test_a_line_that_may_change_anything_makes_the_device_doubtful(line: str) -> None:
    device = asa.read(f"{INTERFACES}!\n{line}\n", "edge.cfg", "edge")
    assert [place.line for place in device.doubts] == [14]
    assert device.doubts[0].text == line.strip()[:300]
    assert verdict(device, "inside", "tcp", "10.10.0.7", "203.0.113.9", 443) == "uncertain"


def test_groups_nested_too_deep_stand_for_anything() -> None:
    groups = "".join(f"object-group network G{n}\n group-object G{n + 1}\n" for n in range(100))
    lists = "access-list IN extended deny ip any object-group G0\naccess-group IN in interface inside\n"
    text = INTERFACES + groups + lists
    device = asa.read(text, "edge.cfg", "edge")
    assert any("nested more than 32 deep" in words for _, words in device.findings)
    assert verdict(device, "inside", "tcp", "10.10.0.7", "203.0.113.9", 443) == "deny"  # by the implicit deny


@pytest.mark.parametrize("line", ["router ospf 1", "router bgp 65000"])
def test_a_device_that_learns_routes_may_send_anywhere_and_surely_only_next_door(line: str) -> None:
    text = f"{INTERFACES}{line}\nroute outside 0.0.0.0 0.0.0.0 203.0.113.1\n"
    device = asa.read(text, "edge.cfg", "edge")
    assert device.dynamic
    assert verdict(device, "inside", "tcp", "10.10.0.7", "198.51.100.7", 443) == "uncertain"


def test_standby_addresses_and_metrics_are_read() -> None:
    text = HOSPITAL.replace(": end", "route inside 0.0.0.0 0.0.0.0 10.10.0.254 200\n: end")
    device = asa.read(text, "edge.cfg", "edge")
    inside = device.interface("inside")
    assert inside is not None
    assert inside.addresses.size == 3  # active, standby, IPv6
    assert sorted(route.metric for route in device.routes if route.destination.size == 1 << 32) == [1, 200]


def test_icmp_without_inspection_is_not_surely_answered() -> None:
    device = asa.read(INTERFACES, "edge.cfg", "edge")
    assert verdict(device, "inside", "icmp", "10.10.0.7", "203.0.113.9", 8) == "uncertain"
    assert verdict(device, "inside", "tcp", "10.10.0.7", "203.0.113.9", 443) == "permit"


def test_without_bypass_decrypted_packets_meet_the_interfaces_list() -> None:
    text = HOSPITAL.replace("\npager", "\nno sysopt connection permit-vpn\npager")
    device = asa.read(text, "edge.cfg", "edge")
    assert device.doubts == ()
    assert verdict(device, "outside", "tcp", "192.0.2.7", "10.20.0.5", 11112) == "deny"
    assert verdict(asa.read(HOSPITAL, "e", "e"), "outside", "tcp", "192.0.2.7", "10.20.0.5", 11112) == "permit"


def test_older_lists_leave_ipv6_to_its_own_and_any_is_ipv4() -> None:
    lists = "access-list IN extended permit tcp any any eq 104\naccess-group IN in interface inside\n"
    six = " ipv6 address 2001:db8:{}::1/64\n"
    ports = INTERFACES.replace("inside\n", "inside\n" + six.format(1)).replace("imaging\n", "imaging\n" + six.format(2))
    old = asa.read(f"ASA Version 8.4(7)\n{ports}{lists}: end\n", "edge.cfg", "edge")
    new = asa.read(f"ASA Version 9.8(2)\n{ports}{lists}: end\n", "edge.cfg", "edge")
    packet = ("tcp", "2001:db8:1::5", "2001:db8:2::5", 443)
    assert verdict(old, "inside", *packet) == "permit"  # by the security levels
    assert verdict(new, "inside", *packet) == "deny"
    both = lists + "ipv6 access-list SIX deny tcp any any eq https\naccess-group SIX in interface inside\n"
    assert verdict(asa.read(f"ASA Version 8.4(7)\n{ports}{both}: end\n", "e", "e"), "inside", *packet) == "deny"


def test_a_claim_keeps_the_source_ports_of_who_began_past_a_translation() -> None:
    lists = "access-list IN extended permit tcp any eq 104 any eq 104\naccess-group IN in interface inside\n"
    hidden = "nat (inside,outside) source dynamic any interface\n"
    inside = network("10.10.0.0/24")
    asked = headers(inside, network("203.0.113.9"), one(6), destination_port=one(104))
    for text in (INTERFACES + lists, INTERFACES + lists + hidden):
        arrived = walk(topology([asa.read(text, "edge.cfg", "edge")]), inside, asked)
        found = permitted(real(arrived.may), real(arrived.must), asked, Expectation.REQUIRED)
        assert found is Permitted.SOME  # from any other port it is refused
