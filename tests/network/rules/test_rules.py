"""Rules beyond cells: each met, each broken, and never met where something cannot be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.network.sites import DEFAULT, LINE, ZONES, compared, firewall, permit, tcp, zone

from leadglass.config.catalogue import load_catalogue
from leadglass.network.address import network
from leadglass.network.compare import Comparison
from leadglass.network.device import Check, Routing
from leadglass.network.headers import EVERYTHING, Packet, headers
from leadglass.network.hospital import Link, Machine, Sensor, ServiceGateway, Vpn, Zone
from leadglass.network.intervals import one
from leadglass.network.observed import Observations, Sighting
from leadglass.network.rule import Action, Chain, Chains, Place, Rule
from leadglass.network.rules import RULES, judge
from leadglass.network.rules.ruling import Basis, Ruled, Verdict

CT, ARCHIVE, WARD = "10.1.0.7", "10.2.0.5", "10.4.0.9"
MET, PARTLY, NOT_MET, NOT_COVERED = Verdict
HIS = zone("his", "his", "10.5.0.0/24")
GATE = zone("gate", "service-gateway", "10.8.0.0/24")
GATEWAY = ServiceGateway(name="gate", title="Gate", managed_by="hospital", addresses=("10.8.0.5",))
PORTAL = permit(tcp("0.0.0.0/0", "192.0.2.5", 443))
CLINICAL = (permit(tcp(CT, ARCHIVE, 104)), permit(tcp(ARCHIVE, CT, 104)), permit(tcp("10.3.0.0/24", ARCHIVE, 2575)))
EVERY_ZONE = (*ZONES, HIS, GATE)


def said(comparison: Comparison, rule: str, control: str) -> Ruled:
    (found,) = (each for each in judge(comparison) if (each.rule, each.control) == (rule, control))
    return found


def verdict(comparison: Comparison, rule: str, control: str) -> Verdict:
    return said(comparison, rule, control).verdict


ISOLATIONS = [
    ("isolation-internet", "fw-internet", "wards", "0.0.0.0/0", WARD),
    ("isolation-ris", "fw-ris", "ris", "10.4.0.0/24", "10.3.0.8"),
    ("isolation-his", "fw-his", "his", "10.1.0.0/24", "10.5.0.8"),
    ("isolation-pacs", "fw-pacs", "pacs", "10.4.0.0/24", ARCHIVE),
    ("isolation-gateway", "fw-gateway", "gate", "10.4.0.0/24", "10.8.0.5"),
]


@pytest.mark.parametrize(("rule", "control", "name", "source", "host"), ISOLATIONS)
def test_an_isolation_is_met_partly_met_or_not_met_by_what_passes(
    rule: str, control: str, name: str, source: str, host: str
) -> None:
    closed = compared(*CLINICAL, zones=EVERY_ZONE)
    assert verdict(closed, rule, control) is MET
    opened = said(compared(*CLINICAL, permit(tcp(source, host, 23)), zones=EVERY_ZONE), rule, control)
    assert opened.verdict is PARTLY
    assert any("Telnet" in one.what and name in one.subject for one in opened.findings)
    everything = headers(network(source), network(host).union(next(z for z in EVERY_ZONE if z.name == name).addresses))
    flat = said(compared(permit(everything), zones=EVERY_ZONE), rule, control)
    assert flat.verdict is NOT_MET


@pytest.mark.parametrize(("rule", "control", "name", "source", "host"), ISOLATIONS)
def test_an_isolation_is_never_met_where_something_cannot_be_told(
    rule: str, control: str, name: str, source: str, host: str
) -> None:
    doubtful = compared(device=firewall(*CLINICAL, zones=EVERY_ZONE, doubts=(LINE,)), zones=EVERY_ZONE)
    assert verdict(doubtful, rule, control) is NOT_COVERED
    unsure = compared(*CLINICAL, permit(tcp(source, host, 23), must=()), zones=EVERY_ZONE)
    assert verdict(unsure, rule, control) is NOT_COVERED
    unread = compared(device=replace(firewall(zones=()), routes=()), zones=EVERY_ZONE)
    assert verdict(unread, rule, control) is NOT_COVERED
    linked = compared(*CLINICAL, zones=EVERY_ZONE, links=(Link(name="old", between=(name, "internet")),))
    assert verdict(linked, rule, control) is NOT_COVERED


@pytest.mark.parametrize(("rule", "control"), [each[:2] for each in ISOLATIONS[1:]])
def test_an_isolation_of_what_nobody_declared_is_not_covered(rule: str, control: str) -> None:
    assert verdict(compared(zones=ZONES[:1]), rule, control) is NOT_COVERED


def test_what_was_seen_against_the_configuration_is_never_met() -> None:
    packet = Packet(network(WARD).first, network(ARCHIVE).first, 6, 50_000, 22)
    sighting = Sighting(packet, "conn.log:1", 0, 1, 1, 1, "core", answered=True)
    found = compared(*CLINICAL, zones=EVERY_ZONE, seen=Observations({("wards", "pacs", "ssh"): sighting}, {}))
    assert verdict(found, "isolation-pacs", "fw-pacs") is NOT_COVERED


def test_two_roles_in_one_zone_are_not_isolated() -> None:
    shared = (Zone(name="imaging", roles=("pacs", "ris"), networks=("10.2.0.0/24",)), *ZONES[3:])
    assert verdict(compared(zones=shared), "isolation-ris", "fw-ris") is NOT_MET
    assert verdict(compared(zones=shared), "vlan", "vlan-zones") is NOT_MET


def test_imaging_that_the_internet_reaches_is_exposed() -> None:
    assert verdict(compared(*CLINICAL, PORTAL), "exposed", "topo-not-exposed") is MET
    found = said(compared(permit(tcp("0.0.0.0/0", ARCHIVE, 104))), "exposed", "topo-not-exposed")
    assert found.verdict is NOT_MET
    assert found.findings[0].severity == "critical"


def test_requests_end_in_the_dmz_or_do_not() -> None:
    assert verdict(compared(*CLINICAL, PORTAL), "dmz", "dmz-requests") is MET
    assert verdict(compared(*CLINICAL), "dmz", "dmz-requests") is NOT_COVERED
    assert verdict(compared(PORTAL, permit(tcp("0.0.0.0/0", ARCHIVE, 443))), "dmz", "dmz-requests") is NOT_MET
    assert verdict(compared(*CLINICAL, zones=ZONES[:4]), "dmz", "dmz-requests") is NOT_COVERED


def test_zones_on_one_network_have_no_vlan_of_their_own() -> None:
    assert verdict(compared(*CLINICAL), "vlan", "vlan-router") is MET
    assert verdict(compared(*CLINICAL), "vlan", "vlan-zones") is MET
    zones = (zone("devices", "modality", "10.1.0.0/25"), zone("pacs", "pacs", "10.1.0.128/25"))
    flat = compared(device=firewall(zones=(zone("all", "", "10.1.0.0/24"),)), zones=zones, machines=())
    assert verdict(flat, "vlan", "vlan-router") is NOT_MET
    assert verdict(flat, "vlan", "vlan-zones") is NOT_MET


def test_an_interface_with_two_subnets_is_a_finding() -> None:
    device = firewall(*CLINICAL)
    wide = replace(device.interfaces[0], networks=network("10.1.0.0/24").union(network("10.99.0.0/24")))
    two = replace(device, interfaces=(wide, *device.interfaces[1:]))
    found = said(compared(device=two), "vlan", "vlan-zones")
    assert found.verdict is PARTLY
    assert any("one VLAN has one subnet" in one.what for one in found.findings)


def modality(name: str, kind: str, address: str) -> Machine:
    return Machine(name=name, role="modality", kind=kind, addresses=(address,))


def test_a_kind_of_modality_that_is_all_in_one_vlan_is_a_finding() -> None:
    zones = (*ZONES, zone("devices-2", "modality", "10.11.0.0/24"))
    together = (modality("ct-1", "CT", "10.1.0.7"), modality("ct-2", "ct", "10.1.0.8"))
    spread = (modality("ct-1", "CT", "10.1.0.7"), modality("ct-2", "ct", "10.11.0.8"))
    for machines, expected in ((together, NOT_MET), (spread, MET), (together[:1], NOT_COVERED)):
        assert (
            verdict(compared(zones=zones, machines=machines), "mixed-modalities", "vlan-mixed-modalities") is expected
        )


def gateway_verdicts(comparison: Comparison) -> list[Verdict]:
    return [
        verdict(comparison, "single-gateway", control) for control in ("gw-present", "gw-single", "gw-hospital-managed")
    ]


def test_one_gateway_of_the_hospital_and_no_other_way_is_met() -> None:
    assert gateway_verdicts(compared(*CLINICAL, zones=EVERY_ZONE, gateways=(GATEWAY,))) == [MET, MET, MET]
    assert gateway_verdicts(compared(*CLINICAL, zones=EVERY_ZONE)) == [NOT_COVERED, NOT_COVERED, NOT_COVERED]


@pytest.mark.parametrize(
    "values",
    [
        {"gateways": (GATEWAY, ServiceGateway(name="box", managed_by="Scanner Maker"))},
        {"gateways": (GATEWAY, ServiceGateway(name="box", managed_by="hospital"))},
        {"vpns": (Vpn(name="maker", kind="ipsec", ends_in="devices"),)},
        {"links": (Link(name="adsl", between=("devices", "internet")),)},
        {"rules": (permit(tcp("0.0.0.0/0", CT, 22)),)},
        {"rules": (permit(tcp("10.1.0.0/24", "203.0.113.9", 443)),)},
    ],
)
def test_every_second_way_for_remote_service_is_a_finding(values: dict[str, object]) -> None:
    given: dict[str, Any] = {"rules": (), "zones": EVERY_ZONE, "gateways": (GATEWAY,), **values}
    rules = given.pop("rules")
    found = said(compared(*CLINICAL, *rules, **given), "single-gateway", "gw-single")
    assert found.verdict is NOT_MET
    assert found.findings


def test_a_gateway_that_a_vendor_runs_is_a_finding() -> None:
    theirs = ServiceGateway(name="box", managed_by="Scanner Maker")
    assert gateway_verdicts(compared(zones=EVERY_ZONE, gateways=(theirs,)))[2] is NOT_MET
    assert gateway_verdicts(compared(zones=EVERY_ZONE, gateways=(GATEWAY, theirs)))[2] is PARTLY


def test_sensors_see_the_edge_and_the_imaging_network_or_do_not() -> None:
    edge, inner, ris = Sensor(name="y", zone="dmz"), Sensor(name="z", zone="pacs"), Sensor(name="r", zone="ris")
    everywhere = (edge, inner, Sensor(name="m", zone="devices"))
    for sensors, expected in (
        (everywhere, [MET, MET]),
        ((edge, inner), [MET, PARTLY]),
        ((ris,), [NOT_MET, NOT_MET]),
        ((), [NOT_COVERED, NOT_COVERED]),
    ):
        found = compared(sensors=sensors)
        assert [verdict(found, "detection", control) for control in ("ids-network", "ids-imaging")] == expected
        assert said(found, "detection", "ids-network").basis is Basis.CLAIMED


def speaking(version: str) -> Machine:
    return Machine(name=f"switch-{version}", addresses=("10.1.0.2",), snmp=version)


def test_snmp_is_version_3_and_from_management_alone() -> None:
    reach = permit(headers(network("10.4.0.0/24"), network(ARCHIVE), one(17), destination_port=one(161)))
    assert verdict(compared(machines=(speaking("3"),)), "snmp", "mon-snmp") is MET
    assert verdict(compared(machines=(speaking("2c"),)), "snmp", "mon-snmp") is NOT_MET
    assert verdict(compared(machines=(speaking("3"), speaking("1"))), "snmp", "mon-snmp") is PARTLY
    assert verdict(compared(reach, machines=(speaking("3"),)), "snmp", "mon-snmp") is PARTLY
    assert verdict(compared(), "snmp", "mon-snmp") is NOT_COVERED


def test_retired_vpns_and_modems_are_findings() -> None:
    tls, pptp = Vpn(name="new", kind="tls", ends_in="dmz"), Vpn(name="old", kind="pptp", ends_in="dmz")
    modem = ServiceGateway(name="modem", managed_by="Scanner Maker", way="modem")
    assert verdict(compared(vpns=(tls,)), "vpn", "vpn-only") is MET
    assert verdict(compared(vpns=(pptp,)), "vpn", "vpn-only") is NOT_MET
    assert verdict(compared(vpns=(tls, pptp)), "vpn", "vpn-only") is PARTLY
    assert verdict(compared(permit(tcp("0.0.0.0/0", "192.0.2.5", 1723)), vpns=(tls,)), "vpn", "vpn-only") is PARTLY
    assert verdict(compared(permit(tcp("0.0.0.0/0", "10.3.0.8", 22)), vpns=(tls,)), "vpn", "vpn-only") is PARTLY
    unsure = permit(tcp("0.0.0.0/0", "10.3.0.8", 22), must=())
    assert verdict(compared(unsure, vpns=(tls,)), "vpn", "vpn-only") is NOT_COVERED
    assert verdict(compared(), "vpn", "vpn-only") is NOT_COVERED
    assert verdict(compared(gateways=(modem,)), "vpn", "vpn-no-dialup") is NOT_MET
    assert verdict(compared(gateways=(GATEWAY,)), "vpn", "vpn-no-dialup") is MET
    assert verdict(compared(), "vpn", "vpn-no-dialup") is NOT_COVERED


def test_a_permit_by_source_port_is_a_finding_with_its_line() -> None:
    replies = headers(network(ARCHIVE), protocol=one(6), source_port=one(104))
    found = said(compared(permit(replies)), "source-port", "fw-default-deny")
    assert found.verdict is PARTLY
    assert found.findings[0].places == (LINE,)
    established = replace(permit(replies), states=frozenset())
    assert verdict(compared(established), "source-port", "fw-default-deny") is NOT_COVERED


def test_what_no_rule_names_is_denied_or_is_not() -> None:
    assert verdict(compared(*CLINICAL), "default-deny", "fw-default-deny") is MET
    assert verdict(compared(permit(EVERYTHING)), "default-deny", "fw-default-deny") is NOT_MET
    open_ = Check(Chains(Chain("filter", (), Action.PERMIT, DEFAULT)))
    assert verdict(compared(device=firewall(steps=(Routing(), open_))), "default-deny", "fw-default-deny") is NOT_MET
    assert verdict(compared(device=firewall(steps=(Routing(),))), "default-deny", "fw-default-deny") is NOT_MET
    last = replace(permit(EVERYTHING), action=Action.DENY)
    closed = Check(Chains(Chain("filter", (last,), Action.PERMIT, DEFAULT)))
    assert verdict(compared(device=firewall(steps=(Routing(), closed))), "default-deny", "fw-default-deny") is MET
    behind = Check(
        Chains(Chain("mangle", (), Action.PERMIT, DEFAULT))
    )  # each filter must let pass: one that denies is enough
    strict = Check(Chains(Chain("filter", (), Action.DENY, DEFAULT)))
    assert (
        verdict(compared(device=firewall(steps=(behind, Routing(), strict))), "default-deny", "fw-default-deny") is MET
    )
    jump = Rule(LINE, Action.JUMP, target="any")
    everything = Chain("any", (permit(EVERYTHING),), Action.RETURN, DEFAULT)
    jumping = Check(Chains(Chain("filter", (jump,), Action.DENY, DEFAULT), {"any": everything}))
    assert verdict(compared(device=firewall(steps=(Routing(), jumping))), "default-deny", "fw-default-deny") is NOT_MET
    doubtful = firewall(*CLINICAL, doubts=(Place("fw.conf", 3),))
    assert verdict(compared(device=doubtful), "default-deny", "fw-default-deny") is NOT_COVERED


def test_two_machines_with_one_address_and_zones_that_overlap_are_findings_and_nothing_is_met() -> None:
    assert verdict(compared(), "inventory", "topo-map") is NOT_COVERED
    twins = (modality("ct-1", "CT", CT), modality("ct-2", "CT", CT))
    found = said(compared(machines=twins), "inventory", "topo-inventory")
    assert found.verdict is PARTLY
    assert found.findings[0].subject == "ct-1--ct-2"
    overlapping = compared(zones=(*ZONES, zone("others", "clinical", "10.1.0.0/24")))
    assert verdict(overlapping, "inventory", "topo-map") is PARTLY
    forgotten = compared(device=firewall(zones=(*ZONES, zone("labs", "", "10.77.0.0/24"))))
    assert any("10.77.0.0/24" in one.what for one in said(forgotten, "inventory", "topo-map").findings)


def test_a_second_machine_on_the_address_of_a_filter_is_a_finding() -> None:
    own = Machine(name="ghost", addresses=("10.1.0.1",))
    assert said(compared(machines=(own,)), "inventory", "topo-inventory").findings[0].subject == "fw--ghost"


def test_every_rule_speaks_of_the_controls_it_says_and_these_are_of_the_catalogue() -> None:
    controls = {control.id for control in load_catalogue().controls}
    found = judge(compared())
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert set(rule.controls) <= controls
        assert tuple(each.control for each in found if each.rule == rule.id) == rule.controls
        assert all(len(text) > 20 for text in (rule.why, rule.detects, rule.false_positives, rule.mitigation))
    assert all(each.reasons for each in found)


def test_rules_say_the_same_each_time() -> None:
    rules = (permit(EVERYTHING),)
    assert judge(compared(*rules)) == judge(compared(*rules))
