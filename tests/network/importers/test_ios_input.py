"""What IOS means where it is easily got wrong, and what its importer says of texts that are no good."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.network.verdicts import verdict

from leadglass.network.address import number
from leadglass.network.device import Device
from leadglass.network.importers import asa, ios, recognise
from leadglass.network.importers.fault import MAX_FILE, ConfigurationUnreadable

ROUTER = (Path(__file__).parents[2] / "vectors" / "network" / "ios" / "router.cfg").read_text()

INTERFACES = """\
interface GigabitEthernet0/0
 ip address 203.0.113.2 255.255.255.0
{outside}interface GigabitEthernet0/1
 ip address 10.10.0.1 255.255.255.0
{inside}interface GigabitEthernet0/2
 ip address 10.20.0.1 255.255.255.0
"""


def router(rest: str = "", outside: str = "", inside: str = "") -> Device:
    return ios.read(INTERFACES.format(outside=outside, inside=inside) + rest, "edge.cfg", "edge")


def outwards(device: Device, *packet: str | int) -> str:
    """From an inside host."""
    protocol, destination, port, *source_port = packet
    return verdict(
        device, "GigabitEthernet0/1", str(protocol), "10.10.0.7", str(destination), int(port), *map(int, source_port)
    )


def bound(entries: str, kind: str = "extended") -> Device:
    """A list at the inside."""
    return router(f"ip access-list {kind} LIST\n{entries}", inside=" ip access-group LIST in\n")


def test_ios_is_recognised_and_an_asa_is_not_taken_for_it() -> None:
    assert recognise(ROUTER) == "ios"
    hospital = (Path(__file__).parents[2] / "vectors" / "network" / "asa" / "hospital.cfg").read_text()
    assert recognise(hospital) == "asa"
    with pytest.raises(ConfigurationUnreadable, match="another system"):
        ios.read(hospital, "edge.cfg", "edge")
    with pytest.raises(ConfigurationUnreadable, match=r"edge\.cfg:1: no configuration of a Cisco ASA"):
        asa.read(ROUTER, "edge.cfg", "edge")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "config system global\n    set hostname fw\nend\n",
        '{"nftables": []}',
        "set system host-name router\n",
        "feature interface-vlan\ninterface Vlan10\n ip address 10.0.0.1 255.255.255.0\n",
        "!! IOS XR Configuration 7.3.2\nipv4 access-list IN\n 10 permit ipv4 any any\n",
    ],
)
def test_another_systems_text_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(ConfigurationUnreadable) as refused:
        ios.read(text, "edge.cfg", "edge")
    assert str(refused.value).startswith("edge.cfg:1: no configuration of Cisco IOS")


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.999])
def test_a_text_cut_off_is_refused_with_its_last_line(share: float) -> None:
    cut = ROUTER[: int(len(ROUTER) * share)]
    with pytest.raises(ConfigurationUnreadable, match="cut off") as refused:
        ios.read(cut, "edge.cfg", "edge")
    assert refused.value.place is not None
    assert refused.value.place.line == len(cut.rstrip("\n").split("\n"))


def test_a_text_cut_off_without_its_frame_is_claimed_nothing_about() -> None:
    device = ios.read(ROUTER[ROUTER.index("version") : ROUTER.index(" permit tcp any any established")], "e", "e")
    assert device.doubts
    assert any("cut off" in words for _, words in device.findings)


def test_a_banner_that_never_ends_is_refused_with_its_line() -> None:
    with pytest.raises(ConfigurationUnreadable, match=r"edge\.cfg:7: cut off: a banner"):
        router("banner motd ^C\npermit ip any any\n")


def test_a_banner_holds_no_commands() -> None:
    device = router("banner login #\nip access-list extended LIST\n#\nend\n")
    assert not device.doubts
    assert router("banner exec #on one line#\nwholly unknown\nend\n").doubts[0].line == 8


def test_endless_comments_are_refused_unread_and_many_are_skipped() -> None:
    with pytest.raises(ConfigurationUnreadable, match="larger than any"):
        ios.read("! comment\n" * (MAX_FILE // 10 + 1), "edge.cfg", "edge")
    device = router("! comment\n" * 100_000)
    assert device.coverage.relevant == device.coverage.understood == 6


@pytest.mark.parametrize(
    "line",
    [
        "wholly unknown command",
        "access-list 2999999 permit ip any any",
        "access-list 101",
        "ip access-list something LIST",
        "ip nat inside source list LIST pool MISSING",
        "ip nat source static 10.10.0.5 203.0.113.5",
        "ip nat outside source static 198.51.100.7 10.10.0.99",
        "ip nat inside destination list 1 pool ROTARY",
        "ip route vrf A 10.0.0.0 255.0.0.0 10.10.0.9 global",
        "ip route 10.0.0.0 255.0.255.0 10.10.0.9",
        "zone-pair security A source B",
        "object-group network",
        "interface range GigabitEthernet0/1 - 2",
        "crypto map",
        "no access-list 101",
        " orphan",
    ],
)
def test_a_line_that_may_change_anything_makes_the_device_doubtful(line: str) -> None:
    device = router(f"!\n{line}\n") if not line.startswith(" ") else ios.read(f"{line}\n{INTERFACES}", "e", "e")
    assert [place.text for place in device.doubts][:1] == [line.strip()]


def test_a_missing_list_permits_and_an_empty_one_may() -> None:
    missing = router(inside=" ip access-group MISSING in\n")
    assert outwards(missing, "tcp", "203.0.113.9", 22) == "permit"
    assert any("everything passes" in words for _, words in missing.findings)
    empty = bound(" remark nothing yet\n")
    assert outwards(empty, "tcp", "203.0.113.9", 22) == "uncertain"


def test_a_list_ends_with_a_deny() -> None:
    device = bound(" permit tcp any any eq 443\n")
    assert outwards(device, "tcp", "203.0.113.9", 443) == "permit"
    assert outwards(device, "tcp", "203.0.113.9", 444) == "deny"


def test_replies_need_a_permit_of_their_own() -> None:
    answer = "ip access-list extended BACK\n permit tcp any any established\n"
    both = router(answer, outside=" ip access-group BACK in\n")
    assert outwards(both, "tcp", "203.0.113.9", 443) == "permit"
    assert outwards(both, "udp", "203.0.113.9", 53) == "uncertain"
    assert verdict(both, "GigabitEthernet0/0", "tcp", "203.0.113.9", "10.10.0.7", 22) == "deny"


def test_a_reflexive_list_lets_back_what_it_saw_go() -> None:
    out = "ip access-list extended GO\n permit udp any any eq 53 reflect SEEN timeout 60\n permit tcp any any\n"
    back = "ip access-list extended COME\n evaluate SEEN\n deny ip any any\n"
    device = router(out + back, outside=" ip access-group GO out\n ip access-group COME in\n")
    assert device.coverage.missed == ()
    assert outwards(device, "udp", "203.0.113.9", 53) == "permit"
    assert outwards(device, "tcp", "203.0.113.9", 53) == "uncertain"
    assert verdict(device, "GigabitEthernet0/0", "udp", "203.0.113.9", "10.10.0.7", 53, 53) == "deny"


def test_a_source_port_permit_is_a_beginning_and_a_finding() -> None:
    text = "ip access-list extended COME\n permit tcp any eq 104 10.10.0.0 0.0.0.255\n"
    device = router(text, outside=" ip access-group COME in\n")
    assert verdict(device, "GigabitEthernet0/0", "tcp", "203.0.113.9", "10.10.0.7", 22, 104) == "permit"
    assert any("source ports" in words for _, words in device.findings)


@pytest.mark.parametrize(
    ("entry", "inside", "outside"),
    [
        ("permit tcp any 203.0.113.0 0.0.0.127 eq 443", "permit", "deny"),
        ("permit tcp any 203.0.0.9 0.0.255.0 eq 443", "uncertain", "uncertain"),  # holes: somewhere in between
        ("permit tcp any 203.0.113.0 255.255.255.0 eq 443", "uncertain", "uncertain"),  # a network mask
        ("permit tcp any host 203.0.113.9 time-range NIGHT", "uncertain", "deny"),
        ("permit tcp any host 203.0.113.9 dscp ef", "uncertain", "deny"),
        ("permit tcp any host 203.0.113.9 fragments", "uncertain", "deny"),
        ("permit tcp any host 203.0.113.9 match-all +ack -rst", "uncertain", "deny"),
        ("permit tcp any host 203.0.113.9 log TAG", "permit", "deny"),
        ("permit tcp any host 203.0.113.9 eq 22 443 8443", "permit", "deny"),
        ("permit tcp any object-group MISSING", "uncertain", "uncertain"),
        ("permit tcp any host 203.0.113.9 eq nonsense", "uncertain", "uncertain"),
        ("permit 6 any host 203.0.113.9", "permit", "deny"),
    ],
)
def test_an_entry_claims_what_is_certain(entry: str, inside: str, outside: str) -> None:
    device = bound(f" {entry}\n")
    assert outwards(device, "tcp", "203.0.113.9", 443) == inside
    assert outwards(device, "tcp", "203.0.113.200", 443) == outside


def test_standard_lists_look_at_sources() -> None:
    device = bound(" deny   10.10.0.7\n permit 10.10.0.0 0.0.0.255\n", kind="standard")
    assert outwards(device, "tcp", "203.0.113.9", 443) == "deny"
    assert verdict(device, "GigabitEthernet0/1", "tcp", "10.10.0.8", "203.0.113.9", 443) == "permit"


def test_a_group_in_itself_is_empty_and_any() -> None:
    groups = "object-group network A\n host 203.0.113.9\n group-object B\nobject-group network B\n group-object A\n"
    device = router(
        f"{groups}ip access-list extended LIST\n permit ip any object-group A\n", inside=" ip access-group LIST in\n"
    )
    assert any("contains itself" in words for _, words in device.findings)
    assert outwards(device, "tcp", "203.0.113.9", 443) == "permit"
    assert outwards(device, "tcp", "203.0.113.10", 443) == "uncertain"


def test_routing_instances_are_apart() -> None:
    device = router("vrf definition GUESTS\n rd 1:1\n", inside=" vrf forwarding GUESTS\n")
    assert not device.doubts
    assert outwards(device, "tcp", "10.20.0.9", 443) == "deny"
    leaking = "vrf definition A\n route-target export 1:1\nvrf definition B\n route-target import 1:1\n"
    assert any("another routing instance" in words for _, words in router(leaking).findings)


def test_next_hops_are_resolved_through_other_routes() -> None:
    device = router("ip route 172.16.0.0 255.255.0.0 10.30.0.1\nip route 10.30.0.0 255.255.0.0 10.20.0.254\n")
    found = {route.destination.first: (route.interface, route.via) for route in device.routes}
    assert found[number("172.16.0.0")] == ("GigabitEthernet0/2", number("10.20.0.254"))
    assert outwards(device, "tcp", "172.16.0.9", 443) == "permit"
    lost = router("ip route 172.16.0.0 255.255.0.0 10.99.0.1\n")
    assert any("next hop" in words for _, words in lost.findings)


def test_a_route_to_nowhere_is_no_claim() -> None:
    device = router("ip route 0.0.0.0 0.0.0.0 203.0.113.1\nip route 172.16.0.0 255.240.0.0 Null0\n")
    assert outwards(device, "tcp", "172.16.0.9", 443) == "uncertain"
    assert outwards(device, "tcp", "198.51.100.9", 443) == "permit"


@pytest.mark.parametrize(
    ("rest", "inside"),
    [
        ("router ospf 1\n network 10.0.0.0 0.255.255.255 area 0\nip route 0.0.0.0 0.0.0.0 203.0.113.1\n", ""),
        ("ip route 0.0.0.0 0.0.0.0 203.0.113.1\n", " ip policy route-map ELSEWHERE\n"),
        ("ip route 0.0.0.0 0.0.0.0 203.0.113.1\nspanning-tree mode rapid-pvst\n", ""),
        ("ip route 0.0.0.0 0.0.0.0 203.0.113.1\nno ip routing\n", ""),
        ("ip route 0.0.0.0 0.0.0.0 203.0.113.1\n", " ip wccp 61 redirect in\n"),
        ("ip route 0.0.0.0 0.0.0.0 203.0.113.1\npolicy-map Q\n class class-default\n  police 8000\n",
         " service-policy input Q\n"),
    ],
)  # fmt: skip
def test_what_may_lead_elsewhere_or_drop_takes_the_claim_away(rest: str, inside: str) -> None:
    assert outwards(router(rest, inside=inside), "tcp", "198.51.100.9", 443) == "uncertain"
    assert outwards(router("ip route 0.0.0.0 0.0.0.0 203.0.113.1\n"), "tcp", "198.51.100.9", 443) == "permit"


def test_a_switch_that_routes_says_so() -> None:
    device = router("spanning-tree mode rapid-pvst\nip routing\n")
    assert outwards(device, "tcp", "10.20.0.9", 443) == "permit"


def test_virtual_addresses_of_a_pair_are_its_own() -> None:
    device = router(inside=" standby 1 ip 10.10.0.254\n standby 1 priority 110\n")
    inside = device.interface("GigabitEthernet0/1")
    assert inside is not None
    assert inside.addresses.has(number("10.10.0.254"))
    assert not device.doubts


def test_what_comes_out_of_a_tunnel_may_pass_the_list_by() -> None:
    text = (
        "crypto map VPN 10 ipsec-isakmp\n set peer 198.51.100.200\n match address TUNNEL\n"
        "ip access-list extended TUNNEL\n permit ip 10.20.0.0 0.0.0.255 192.0.2.0 0.0.0.255\n"
        "ip access-list extended COME\n permit esp any any\n"
        "ip route 0.0.0.0 0.0.0.0 203.0.113.1\n"
    )
    device = router(text, outside=" ip access-group COME in\n crypto map VPN\n")
    assert not device.doubts
    assert verdict(device, "GigabitEthernet0/0", "tcp", "192.0.2.7", "10.20.0.9", 104) == "uncertain"
    assert verdict(device, "GigabitEthernet0/0", "tcp", "192.0.3.7", "10.20.0.9", 104) == "deny"


def test_an_inside_address_is_not_surely_reached_past_its_translation() -> None:
    nat = (
        "ip nat inside source list 1 interface GigabitEthernet0/0 overload\naccess-list 1 permit 10.10.0.0 0.0.0.255\n"
    )
    device = router(nat, outside=" ip nat outside\n", inside=" ip nat inside\n")
    assert verdict(device, "GigabitEthernet0/0", "tcp", "203.0.113.9", "10.10.0.7", 22) == "uncertain"
    assert verdict(device, "GigabitEthernet0/0", "tcp", "203.0.113.9", "10.20.0.7", 22) == "permit"
    assert outwards(device, "tcp", "203.0.113.9", 443) == "permit"
