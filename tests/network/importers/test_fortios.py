"""FortiOS: each thing that is easily got wrong by itself. Facts: Fortinet's CLI Reference and Administration Guide."""

from __future__ import annotations

import pytest
from tests.network.importers.fortios_box import DEFAULT, INTERFACES, OPEN, box, entry, findings, goes, policy, text

from leadglass.network.address import network, number
from leadglass.network.device import Device
from leadglass.network.flight import Flight
from leadglass.network.headers import Box
from leadglass.network.importers import fortios, recognise
from leadglass.network.importers.fault import ConfigurationUnreadable
from leadglass.network.intervals import Intervals, one
from leadglass.network.topology import topology
from leadglass.network.transit import through
from leadglass.network.walk import walk

WARD, PACS, FAR = "10.3.0.7", "10.2.0.5", "192.0.2.9"


def leaves(device: Device, source: str, destination: str, ingress: str) -> list[tuple[Intervals, bool]]:
    """Source addresses that a packet to port 443 may have afterwards, and whether each certainly is what it gets."""
    came = device.interface(ingress)
    assert came is not None
    flight = (Flight(Box(one(number(source)), one(number(destination)), one(6), one(40_000), one(443))),)
    ways = through(device, came, flight, flight)
    return list(dict.fromkeys((left.box.source, bool(way.must)) for way in ways for left in way.may))


# --- policies --------------------------------------------------------------------------------------------


def test_the_order_of_the_file_decides_and_a_move_changes_it() -> None:
    deny, accept = policy(9, action="deny"), policy(2)
    assert goes(box(deny, accept), WARD, PACS) == "deny"
    assert goes(box(accept, deny), WARD, PACS) == "permit"
    moved = "config firewall policy\n    move 2 before 9\nend\n"
    assert goes(box(deny, accept, moved), WARD, PACS) == "permit"
    assert goes(box(deny, accept, "config firewall policy\n    delete 9\nend\n"), WARD, PACS) == "permit"


def test_an_entry_that_is_edited_again_keeps_its_place_and_takes_the_later_words() -> None:
    again = "config firewall policy\n    edit 1\n        set action deny\n    next\nend\n"
    assert goes(box(policy(1), again), WARD, PACS) == "deny"
    assert goes(box(policy(1, status="disable"), policy(2), again), WARD, PACS) == "permit"


def test_edit_0_takes_the_next_free_number() -> None:
    device = box(policy(7, action="deny", service='"HTTPS"'), policy(0))
    assert goes(device, WARD, PACS) == "permit"
    assert goes(device, WARD, PACS, 443) == "deny"


@pytest.mark.parametrize(
    "condition",
    [
        {"groups": '"physicians"'},
        {"users": '"one"'},
        {"fsso_groups": '"two"'},
        {"ztna_status": "enable"},
        {"ztna_ems_tag": '"tag"'},
        {"policy_expiry": "enable"},
        {"tos": "0x10"},
        {"schedule": '"sometimes"'},
        {"schedule": ""},
        {"srcaddr": '"nobody knows"'},
        {"srcaddr": ""},
        {"service": '"nobody knows"'},
        {"srcintf": '"nobody knows"'},
        {"action": "ipsec"},
        {"internet_service": "enable", "dstaddr": "", "service": "", "internet_service_name": '"x"'},
    ],
)
def test_what_no_configuration_tells_makes_a_policy_neither_certain_to_permit_nor_to_deny(
    condition: dict[str, str],
) -> None:
    assert goes(box(policy(1, **condition)), WARD, PACS) == "uncertain"
    behind = box(policy(1, **{"action": "deny"} | condition), policy(2))
    assert goes(behind, WARD, PACS) == "uncertain"


@pytest.mark.parametrize(
    "idle",
    [{"ztna_status": "disable"}, {"tos": "0x00"}, {"ips_sensor": '"x"'}, {"utm_status": "enable"}, {"comments": '"x"'}],
)
def test_what_only_inspects_what_is_accepted_changes_nothing(idle: dict[str, str]) -> None:
    assert goes(box(policy(1, **idle)), WARD, PACS) == "permit"


def test_a_setting_that_nobody_knows_makes_the_policy_unknown_between_its_interfaces_only() -> None:
    device = box(policy(1, brand_new_condition="enable", action="deny"), policy(2, dstintf='"pacs" "wan"'), DEFAULT)
    assert goes(device, WARD, PACS) == "uncertain"
    assert goes(device, WARD, FAR) == "permit"
    assert [place.text for place in device.coverage.missed] == ["set brand-new-condition enable"]
    assert not device.doubts


def test_multicast_is_no_matter_of_policies() -> None:
    assert goes(box(OPEN, DEFAULT), WARD, "239.1.1.1") == "deny"
    accepting = entry("firewall multicast-policy", "1", srcintf='"ward"', dstintf='"pacs"')
    device = box(OPEN, DEFAULT, accepting)
    assert goes(device, WARD, "239.1.1.1") == "uncertain"
    assert "multicast policy 1" in findings(device)


def test_the_access_list_of_the_network_processor_comes_before_everything() -> None:
    acl = entry("firewall acl", "1", interface='"ward"', srcaddr='"all"', dstaddr='"all"', service='"HTTPS"')
    assert goes(box(OPEN, acl), WARD, PACS, 443) == "deny"
    assert goes(box(OPEN, acl), WARD, PACS) == "permit"
    assert goes(box(OPEN, acl.replace("service", "servise")), WARD, PACS) == "uncertain"


def test_whoever_must_log_in_at_a_portal_is_not_certain_to_pass() -> None:
    captive = INTERFACES.replace('edit "ward"\n', 'edit "ward"\n        set security-mode captive-portal\n')
    assert goes(box(OPEN, interfaces=captive), WARD, PACS) == "uncertain"


# --- objects ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["fqdn", "geography", "dynamic", "mac", "wildcard-fqdn", "route-tag", "kind-of-tomorrow"]
)
def test_an_address_that_others_resolve_is_both_empty_and_any(kind: str) -> None:
    named = entry("firewall address", "it", type=kind)
    device = box(named, policy(srcaddr='"it"'))
    assert goes(device, WARD, PACS) == "uncertain"
    assert goes(box(named, policy(srcaddr='"it"', srcaddr_negate="enable")), WARD, PACS) == "uncertain"
    assert "address 'it'" in findings(device)
    assert device.coverage.missed == ()


def test_an_interfaces_subnet_is_what_the_interface_has_now() -> None:
    named = entry(
        "firewall address", "it", type="interface-subnet", interface='"ward"', subnet="10.3.0.0 255.255.255.0"
    )
    assert goes(box(named, policy(srcaddr='"it"')), WARD, PACS) == "permit"
    other = named.replace("10.3.0.0", "10.4.0.0")
    assert goes(box(other, policy(srcaddr='"it"')), WARD, PACS) == "uncertain"


def test_groups_that_hold_each_other_are_a_finding_and_both_empty_and_any() -> None:
    one_, two = entry("firewall addrgrp", "a", member='"b"'), entry("firewall addrgrp", "b", member='"a"')
    device = box(one_, two, policy(srcaddr='"a"'))
    assert goes(device, WARD, PACS) == "uncertain"
    assert "contains itself" in findings(device)
    service = entry("firewall service group", "s", member='"s"')
    assert goes(box(service, policy(service='"s"')), WARD, PACS) == "uncertain"


def test_a_thousand_groups_within_each_other_are_no_trouble() -> None:
    groups = "".join(entry("firewall addrgrp", f"g{at}", member=f'"g{at + 1}"') for at in range(1000))
    assert goes(box(groups, policy(srcaddr='"g0"')), WARD, PACS) == "uncertain"


@pytest.mark.parametrize(
    "bad",
    [
        {"subnet": "10.3.0.999 255.255.255.0"},
        {"subnet": "10.3.0.0 255.0.255.0"},
        {"subnet": "10.3.0.0 255.255.255.0 255"},
        {"type": "iprange", "start_ip": "10.3.0.9", "end_ip": "10.3.0.1"},
        {"type": "wildcard", "wildcard": "10.3.0.9"},
    ],
)
def test_an_address_that_cannot_be_read_is_told_and_counts_as_missed(bad: dict[str, str]) -> None:
    device = box(entry("firewall address", "it", **bad), policy(srcaddr='"it"'))
    assert goes(device, WARD, PACS) == "uncertain"
    assert len(device.coverage.missed) == len(bad)
    assert "cannot be read" in findings(device)


@pytest.mark.parametrize("ports", ["x", "80-70", "70000", "80:", "1-2-3", "-4"])
def test_a_port_that_is_none_makes_the_service_unknown(ports: str) -> None:
    device = box(entry("firewall service custom", "s", tcp_portrange=ports), policy(service='"s"'))
    assert goes(device, WARD, PACS) == "uncertain"


def test_a_service_may_be_bound_to_addresses() -> None:
    bound = entry("firewall service custom", "s", tcp_portrange="104", iprange="10.2.0.5-10.2.0.9")
    assert goes(box(bound, policy(service='"s"')), WARD, PACS) == "permit"
    assert goes(box(bound, policy(service='"s"')), WARD, "10.2.0.20") == "deny"


def test_services_of_the_factory_are_known_where_the_file_leaves_them_out_and_the_files_count_more() -> None:
    assert goes(box(policy(service='"Windows AD"')), WARD, PACS, 445) == "permit"
    assert goes(box(policy(service='"PING"')), WARD, PACS, 8, protocol="icmp") == "permit"
    assert goes(box(policy(service='"SMB"')), WARD, PACS, 104) == "deny"
    own = entry("firewall service custom", "SMB", tcp_portrange="104")
    assert goes(box(own, policy(service='"SMB"')), WARD, PACS, 104) == "permit"


# --- interfaces, routes ----------------------------------------------------------------------------------


def test_traffic_within_a_zone_is_denied_unless_the_zone_or_a_policy_allows_it() -> None:
    zone = entry("system zone", "z", interface='"ward" "pacs"')
    assert goes(box(zone), WARD, PACS) == "deny"
    assert goes(box(zone, policy(srcintf='"z"', dstintf='"z"')), WARD, PACS) == "permit"
    allowing = entry("system zone", "z", interface='"ward" "pacs"', intrazone="allow")
    assert goes(box(allowing), WARD, PACS) == "permit"
    # Technical Tip "Policy matching order when the intrazone setting is used": policies first.
    assert goes(box(allowing, policy(srcintf='"z"', dstintf='"z"', action="deny")), WARD, PACS) == "deny"


@pytest.mark.parametrize("mode", ["dhcp", "pppoe"])
def test_an_interface_that_learns_its_address_makes_the_ways_uncertain(mode: str) -> None:
    learning = INTERFACES.replace("set ip 198.51.100.2 255.255.255.0", f"set mode {mode}")
    device = box(policy(dstintf='"wan" "pacs"'), interfaces=learning)
    assert device.dynamic
    assert goes(device, WARD, FAR) == "uncertain"
    assert mode.upper() in findings(device).upper()


@pytest.mark.parametrize(
    "running",
    [
        'config router bgp\n    set as 65000\n    config neighbor\n        edit "::1"\n        next\n    end\nend\n',
        "config router ospf\n    config area\n        edit 0.0.0.0\n        next\n    end\nend\n",
    ],
)
def test_a_routing_protocol_that_runs_makes_the_ways_uncertain(running: str) -> None:
    device = box(OPEN, DEFAULT, running)
    assert device.dynamic
    assert goes(device, WARD, FAR) == "uncertain"
    assert not device.doubts
    assert device.coverage.missed == ()


def test_a_routing_protocol_that_is_only_listed_does_not() -> None:
    idle = 'config router ospf\n    config redistribute "connected"\n    end\nend\n'
    assert not box(OPEN, DEFAULT, idle).dynamic


def test_a_policy_route_makes_the_way_of_what_it_matches_uncertain() -> None:
    device = box(OPEN, DEFAULT, entry("router policy", "1", input_device='"ward"', src='"10.3.0.0/255.255.255.128"'))
    assert goes(device, WARD, PACS) == "uncertain"
    assert goes(device, "10.3.0.200", PACS) == "permit"
    off = entry("router policy", "1", input_device='"ward"', status="disable")
    assert goes(box(OPEN, DEFAULT, off), WARD, PACS) == "permit"


def test_sd_wan_may_choose_any_member_and_needs_all() -> None:
    second = INTERFACES.replace(
        'edit "pacs"', 'edit "wan2"\n        set ip 203.0.113.2 255.255.255.0\n    next\n    edit "pacs"'
    )
    sdwan = """config system sdwan
    set status enable
    config members
        edit 1
            set interface "wan"
            set gateway 198.51.100.1
        next
        edit 2
            set interface "wan2"
            set gateway 203.0.113.1
        next
    end
    config service
        edit 1
            set dst "all"
            set priority-members 1
        next
    end
end
"""
    route = entry("router static", "1", sdwan_zone='"virtual-wan-link"')
    both, first = policy(dstintf='"virtual-wan-link"'), policy(dstintf='"wan"')
    assert goes(box(sdwan, route, both, interfaces=second), WARD, FAR) == "permit"
    assert goes(box(sdwan, route, first, interfaces=second), WARD, FAR) == "uncertain"
    assert box(sdwan, route, both, interfaces=second).coverage.missed == ()


def test_the_nearer_route_counts_and_the_other_is_standby() -> None:
    far = entry("router static", "2", dst="192.0.2.0 255.255.255.0", device='"pacs"', gateway="10.2.0.9", distance="20")
    near = far.replace('edit "2"', 'edit "3"').replace("pacs", "wan").replace("10.2.0.9", "198.51.100.9")
    device = box(policy(dstintf='"wan"'), far, near.replace("distance 20", "distance 5"))
    assert goes(device, WARD, FAR) == "permit"


def test_clients_of_a_dial_up_tunnel_are_behind_it_where_they_get_addresses() -> None:
    tunnel = INTERFACES.replace('edit "pacs"', 'edit "home"\n        set type tunnel\n    next\n    edit "pacs"')
    pool = entry(
        "vpn ipsec phase1-interface",
        "home",
        type="dynamic",
        mode_cfg="enable",
        ipv4_start_ip="10.9.0.1",
        ipv4_end_ip="10.9.0.50",
    )
    device = box(pool, policy(srcintf='"home"'), interfaces=tunnel)
    assert goes(device, "10.9.0.7", PACS, ingress="home") == "permit"
    assert not device.dynamic
    home = device.interface("home")
    assert home is not None
    assert home.networks == network("10.9.0.1-10.9.0.50")
    assert box(pool.replace("        set mode-cfg enable\n", ""), interfaces=tunnel).dynamic


def test_clients_of_the_ssl_vpn_are_behind_its_interface() -> None:
    ssl = INTERFACES.replace('edit "pacs"', 'edit "ssl.root"\n        set type tunnel\n    next\n    edit "pacs"')
    pool = entry("firewall address", "pool", type="iprange", start_ip="10.212.134.200", end_ip="10.212.134.210")
    settings = 'config vpn ssl settings\n    set tunnel-ip-pools "pool"\n    set source-interface "wan"\nend\n'
    device = box(pool, settings, policy(srcintf='"ssl.root"', groups='"home"'), interfaces=ssl)
    assert goes(device, "10.212.134.205", PACS, ingress="ssl.root") == "uncertain"
    assert goes(device, "10.212.134.205", FAR, ingress="ssl.root") == "deny"
    assert "SSL VPN is on" in findings(device)


# --- translation -----------------------------------------------------------------------------------------


def test_source_nat_gives_the_address_of_the_interface_or_of_the_pool() -> None:
    out = policy(dstintf='"wan"', nat="enable")
    assert leaves(box(out, DEFAULT), WARD, FAR, "ward") == [(one(number("198.51.100.2")), True)]
    pool = entry("firewall ippool", "p", startip="198.51.100.50", endip="198.51.100.50")
    pooled = policy(dstintf='"wan"', nat="enable", ippool="enable", poolname='"p"')
    assert leaves(box(pool, pooled, DEFAULT), WARD, FAR, "ward") == [(one(number("198.51.100.50")), True)]
    assert leaves(box(policy(dstintf='"wan"'), DEFAULT), WARD, FAR, "ward") == [(one(number(WARD)), True)]


def test_which_address_of_a_larger_pool_a_connection_gets_is_not_certain() -> None:
    pool = entry("firewall ippool", "p", startip="198.51.100.50", endip="198.51.100.59")
    pooled = policy(dstintf='"wan"', nat="enable", ippool="enable", poolname='"p"')
    found = leaves(box(pool, pooled, DEFAULT), WARD, FAR, "ward")
    assert found == [(network("198.51.100.50-198.51.100.59"), False)]


def test_the_policy_that_accepts_is_the_one_whose_nat_counts() -> None:
    plain, hidden = policy(1, dstintf='"wan"', service='"HTTPS"'), policy(2, dstintf='"wan"', nat="enable")
    assert leaves(box(plain, hidden, DEFAULT), WARD, FAR, "ward") == [(one(number(WARD)), True)]


def test_central_source_nat_counts_whatever_policies_say() -> None:
    central = "config system settings\n    set central-nat enable\nend\n"
    every = {"srcintf": '"ward"', "dstintf": '"wan"', "orig_addr": '"all"', "dst_addr": '"all"'}
    snat = entry("firewall central-snat-map", "1", **every)
    out = policy(dstintf='"wan"', nat="enable")
    assert leaves(box(central, snat, out, DEFAULT), WARD, FAR, "ward") == [(one(number("198.51.100.2")), True)]
    assert leaves(box(central, out, DEFAULT), WARD, FAR, "ward") == [(one(number(WARD)), True)]
    off = entry("firewall central-snat-map", "1", **every, nat="disable")
    assert leaves(box(central, off, snat.replace('"1"', '"2"'), out, DEFAULT), WARD, FAR, "ward")[0][0] == one(
        number(WARD)
    )


VIP = {"extip": "198.51.100.10", "mappedip": '"10.2.0.5"', "extintf": '"wan"'}
IN = policy(2, srcintf='"wan"', dstaddr='"v"')


@pytest.mark.parametrize("kind", ["load-balance", "server-load-balance", "fqdn"])
def test_which_server_a_balancing_virtual_ip_chooses_is_not_certain(kind: str) -> None:
    device = box(entry("firewall vip", "v", **VIP, type=kind), IN)
    assert goes(device, FAR, "198.51.100.10", ingress="wan") == "uncertain"


def test_a_virtual_ip_of_a_kind_that_is_not_followed_makes_the_device_doubtful() -> None:
    device = box(entry("firewall vip", "v", **VIP, type="access-proxy"), OPEN)
    assert [place.text for place in device.doubts] == ['edit "v"']


def test_two_virtual_ips_for_the_same_packets_leave_open_which_counts() -> None:
    first = entry("firewall vip", "v", **VIP)
    second = entry("firewall vip", "w", **VIP | {"mappedip": '"10.2.0.6"'})
    device = box(first, second, policy(srcintf='"wan"', dstaddr='"v" "w"'))
    assert goes(device, FAR, "198.51.100.10", ingress="wan") == "uncertain"
    assert "meets another" in findings(device)


def test_an_accepting_policy_to_all_is_not_relied_on_for_what_a_virtual_ip_translates() -> None:
    device = box(entry("firewall vip", "v", **VIP), policy(1, srcintf='"wan"'), IN.replace("accept", "deny"))
    assert goes(device, FAR, "198.51.100.10", ingress="wan") == "uncertain"


@pytest.mark.parametrize(
    ("version", "expected"), [("7.2.2", "permit"), ("7.2.3", "uncertain"), ("7.2.4", "deny"), ("6.4.9", "permit")]
)
def test_a_denying_policy_matches_virtual_ips_by_default_from_a_version_on(version: str, expected: str) -> None:
    deny = policy(1, srcintf='"wan"', action="deny")
    device = box(entry("firewall vip", "v", **VIP), deny, IN, version=version)
    assert goes(device, FAR, "198.51.100.10", ingress="wan") == expected


def test_a_published_service_counts_at_its_real_address_over_the_whole_network() -> None:
    net = topology([box(entry("firewall vip", "v", **VIP), IN, DEFAULT)])
    asked = (Box(one(number(FAR)), network("0.0.0.0/0"), one(6), one(40_000), one(104)),)
    found = walk(net, network(FAR), asked)
    arrived = [flight.box.destination for flight in found.must if flight.box.destination.meets(network("10.2.0.0/24"))]
    assert arrived == [network("10.2.0.5")]


# --- virtual domains -------------------------------------------------------------------------------------

VDOMS = """#config-version=FGT60F-7.2.8-FW-build1:opmode=0:vdom=1:user=admin
config vdom
edit root
next
edit clinic
next
end
config global
config system interface
    edit "wan"
        set vdom "root"
        set ip 198.51.100.2 255.255.255.0
    next
    edit "ward"
        set vdom "clinic"
        set ip 10.3.0.1 255.255.255.0
    next
    edit "pacs"
        set vdom "clinic"
        set ip 10.2.0.1 255.255.255.0
    next
end
end
config vdom
edit root
config system settings
end
end
config vdom
edit clinic
config firewall policy
    edit 1
        set srcintf "ward"
        set dstintf "pacs"
        set action accept
        set srcaddr "all"
        set dstaddr "all"
        set schedule "always"
        set service "ALL"
    next
end
end
"""


def test_each_virtual_domain_is_a_device_and_all_are_one() -> None:
    root, clinic = fortios.read_all(VDOMS, "edge.conf", "edge")
    assert (root.name, clinic.name) == ("edge/root", "edge/clinic")
    assert [each.name for each in root.interfaces] == ["wan"]
    assert goes(clinic, WARD, PACS) == "permit"
    whole = fortios.read(VDOMS, "edge.conf", "edge")
    assert goes(whole, WARD, PACS) == "permit"
    assert goes(whole, FAR, PACS, ingress="wan") == "deny"
    assert whole.coverage.relevant == root.coverage.relevant + clinic.coverage.relevant
    assert {each.vrf for each in whole.interfaces} == {"root", "clinic"}


def test_a_transparent_virtual_domain_is_told_and_not_covered() -> None:
    found = VDOMS.replace("config system settings\n", "config system settings\n    set opmode transparent\n")
    root, clinic = fortios.read_all(found, "edge.conf", "edge")
    assert [place.text for place in root.doubts] == ["set opmode transparent"]
    assert not clinic.doubts
    assert "transparent" in findings(root)


def test_a_line_on_interfaces_that_nobody_understands_is_a_doubt_of_every_virtual_domain() -> None:
    found = VDOMS.replace(
        '        set vdom "clinic"\n        set ip 10.3', '        sett vdom "clinic"\n        set ip 10.3'
    )
    root, clinic = fortios.read_all(found, "edge.conf", "edge")
    assert [place.text for place in root.doubts] == ['sett vdom "clinic"'] == [place.text for place in clinic.doubts]


def test_a_link_between_virtual_domains_without_addresses_is_a_doubt() -> None:
    link = '    edit "l0"\n        set vdom "root"\n        set type vdom-link\n    next\nend\nconfig system vdom-link\n    edit "l"\n    next\nend\nend\nconfig vdom\nedit root\n'  # noqa: E501
    found = VDOMS.replace("end\nend\nconfig vdom\nedit root\n", link, 1)
    device = fortios.read(found, "edge.conf", "edge")
    assert "link between VDOMs" in findings(device)
    assert [place.text for place in device.doubts] == ['edit "l0"']


# --- what makes all of it uncertain ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "table",
    [
        "config system settings\n    set ngfw-mode policy-based\nend\n",
        "config system settings\n    set asymroute enable\nend\n",
        "config system settings\n    set something-new 1\nend\n",
        entry("firewall table-of-tomorrow", "1", anything="1"),
        entry("firewall proxy-policy", "1", action="accept"),
        entry("system virtual-wire-pair", "p", member='"ward" "pacs"'),
        entry("firewall vip46", "v", extip="1.2.3.4"),
        "config web-proxy explicit\n    set status enable\nend\n",
        policy(3, permit_any_host="enable"),
        policy(3, nat64="enable"),
        entry("router static", "9", device='"nowhere"'),
        entry("router static", "9", dstaddr='"unheard"', device='"wan"'),
        "stray words\n",
    ],
)
def test_what_may_change_what_passes_and_is_no_rule_leaves_nothing_certain(table: str) -> None:
    device = box(OPEN, table)
    assert device.doubts
    assert goes(device, WARD, PACS) == "uncertain"
    assert all(place.line > 1 and place.file == "edge.conf" for place in device.doubts)


@pytest.mark.parametrize(
    "table",
    [
        entry("antivirus profile", "p", comment='"x"'),
        entry("log syslogd setting", "p", anything="1"),
        "config system dns\n    set primary 192.0.2.1\nend\n",
        entry("firewall DoS-policy", "1", interface='"wan"'),
        entry("firewall local-in-policy", "1", intf='"wan"', action="accept"),
        entry("user local", "u", passwd="ENC x"),
        "config vpn certificate ca\nend\n",
        "config table of-tomorrow\nend\n",
    ],
)
def test_tables_that_certainly_do_not_bear_on_it_change_nothing_and_do_not_count(table: str) -> None:
    plain, device = box(OPEN), box(OPEN, table)
    assert (device.doubts, device.coverage) == ((), plain.coverage)
    assert goes(device, WARD, PACS) == "permit"


# --- bad input -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "line", "words"),
    [
        ("hostname edge\n!\ninterface GigabitEthernet0/1\n", 1, "no FortiOS configuration"),
        ('\n\n{"nftables": []}', 3, "no FortiOS configuration"),
        ("", 1, "no FortiOS configuration"),
        ("#config-version=FWB600D-6.3.1-FW-build1:opmode=0\nconfig system interface\nend\n", 1, "no FortiGate"),
        (OPEN.lstrip(), 1, "no interface"),
        ("config system interface\n    next\nend\n", 2, "'next' without"),
        ("config system interface\nend\nend\n", 3, "'end' without"),
        ('config system interface\n    edit "a"\n    edit "b"\n    next\nend\n', 3, "'next' is missing"),
        ('config system interface\n    edit "a"\n    next\nconfig router static\nend\n', 4, "'end' is missing"),
        ('config system interface\n    edit "a"\n    next\n', 4, "cut off"),
        ("config system interface\n" + "    config x\n" * 20, 12, "within each other"),
        ("config firewall policy\n\0\n", 2, "binary"),
        ("config system interface\n" + "#" * (17 << 20), 0, "16 MiB"),
    ],
)
def test_what_is_no_whole_configuration_is_refused_with_its_line(bad: str, line: int, words: str) -> None:
    with pytest.raises(ConfigurationUnreadable, match=words) as caught:
        fortios.read(bad, "edge.conf", "edge")
    assert caught.value.place is not None
    assert (caught.value.place.file, caught.value.place.line) == ("edge.conf", line)
    assert caught.value.hint


def test_megabytes_of_comments_are_passed_over() -> None:
    device = fortios.read("# " + "more words " * 8 + "\n" + "#\n" * (1 << 19) + text(OPEN), "edge.conf", "edge")
    assert goes(device, WARD, PACS) == "permit"
    assert device.coverage == box(OPEN).coverage


def test_a_quotation_that_is_not_closed_takes_no_more_than_its_line() -> None:
    device = box(OPEN.replace('set dstaddr "all"', 'set dstaddr "all'))
    assert [place.text for place in device.coverage.missed] == ['set dstaddr "all']
    assert goes(device, WARD, PACS) == "uncertain"
    assert goes(box(policy(2, comments='"two\nlines"')), WARD, PACS) == "permit"
    open_comment = box(policy(2, comments='"never closed'), policy(3, dstintf='"wan"'))
    assert goes(open_comment, WARD, PACS) == "uncertain"
    assert goes(open_comment, WARD, FAR) == "deny"


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    plain = text(OPEN, policy(2, comments='"two\nlines"'))
    device = fortios.read("\ufeff" + plain.replace("\n", "\r\n"), "edge.conf", "edge")
    assert goes(device, WARD, PACS) == "permit"
    assert device.coverage.missed == ()


def test_the_syntax_is_recognised() -> None:
    assert recognise(text(OPEN)) == "fortios"
    assert recognise("config firewall policy\n    edit 1\n") == "fortios"
    assert recognise("set system host-name x\n") != "fortios"


def test_weak_management_and_cryptography_are_findings_with_their_lines() -> None:
    telnet = INTERFACES.replace('edit "ward"\n', 'edit "ward"\n        set allowaccess ping telnet http\n')
    weak = entry("vpn ipsec phase1-interface", "t", proposal="des-md5 aes256-sha256", mode="aggressive", dhgrp="2 14")
    found = findings(box(weak, "config vpn pptp\n    set status enable\nend\n", interfaces=telnet))
    for words in ("telnet and http", "des, md5, group 2", "aggressive mode", "PPTP is on"):
        assert words in found
