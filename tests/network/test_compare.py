"""Cells of the comparison: what passes between zones, against what the model says; each worked out by hand."""

from __future__ import annotations

from dataclasses import replace

from tests.network.sites import DEFAULT, LINE, MACHINES, MODEL, ZONES, compared, firewall, hospital, permit, tcp, zone

from leadglass.network.address import network
from leadglass.network.cell import Cell
from leadglass.network.compare import OTHER, Comparison, compare
from leadglass.network.device import Check, Rewrite, Routing, Translate, Translation
from leadglass.network.headers import EVERYTHING, Packet, headers
from leadglass.network.hospital import Link, Machine, ServiceGateway
from leadglass.network.intervals import one
from leadglass.network.observed import Observations, Observed, Sighting
from leadglass.network.permitted import Expectation, Permitted
from leadglass.network.rule import Action, Chain, Chains

CT, ARCHIVE = "10.1.0.7", "10.2.0.5"


def cell(found: Comparison, source: str, destination: str, service: str, through: str = "") -> Cell | None:
    cells = [
        each
        for each in found.cells
        if (each.source, each.destination, each.service, each.through) == (source, destination, service, through)
    ]
    assert len(cells) <= 1
    return cells[0] if cells else None


def answer(found: Comparison, source: str, destination: str, service: str) -> tuple[str, str]:
    each = cell(found, source, destination, service)
    return (each.expectation.value, each.permitted.value) if each else ("forbidden", "none")


def sighting(source: str, destination: str, port: int) -> Sighting:
    packet = Packet(network(source).first, network(destination).first, 6, 50_000, port)
    return Sighting(packet, "conn.log:1", 0, 1, 1, 1, "core", answered=True)


def test_a_required_service_passes_when_one_of_its_ports_does_between_the_machines_that_need_it() -> None:
    found = compared(permit(tcp(CT, ARCHIVE, 11112)))
    assert answer(found, "devices", "pacs", "dicom") == ("required", "all")


def test_a_required_service_is_blocked_for_a_machine_that_the_rule_forgot() -> None:
    second = Machine(name="mr", role="modality", addresses=("10.1.0.8",))
    found = compared(permit(tcp(CT, ARCHIVE, 104)), machines=(*MACHINES, second))
    assert answer(found, "devices", "pacs", "dicom") == ("required", "some")


def test_machines_may_have_different_ways_to_the_same_need() -> None:
    second = Machine(name="mr", role="modality", addresses=("10.1.0.8",))
    rules = (permit(tcp(CT, ARCHIVE, 104)), permit(tcp("10.1.0.8", ARCHIVE, 2762)))
    found = compared(*rules, machines=(*MACHINES, second))
    assert answer(found, "devices", "pacs", "dicom") == ("allowed", "some")
    assert answer(found, "devices", "pacs", "dicom-tls") == ("allowed", "some")


def test_where_one_service_serves_the_need_the_other_is_only_allowed() -> None:
    found = compared(permit(tcp(CT, ARCHIVE, 2762)))
    assert answer(found, "devices", "pacs", "dicom-tls") == ("required", "all")
    assert answer(found, "devices", "pacs", "dicom") == ("allowed", "none")


def test_a_need_that_nothing_serves_is_told_once() -> None:
    found = compared()
    told = {answer(found, "devices", "pacs", service) for service in ("dicom", "dicom-tls")}
    assert told == {("required", "none"), ("allowed", "none")}


def test_a_rule_for_client_ports_alone_hinders_nobody() -> None:
    clients = headers(network(CT), network(ARCHIVE), one(6), network("0.0.4.0-0.0.255.255"), one(104))
    assert answer(compared(permit(clients)), "devices", "pacs", "dicom") == ("required", "all")


def test_what_no_flow_lists_is_forbidden_and_shown_only_where_it_passes() -> None:
    found = compared(permit(tcp("10.4.0.0/24", ARCHIVE, 445)))
    assert answer(found, "wards", "pacs", "smb") == ("forbidden", "some")
    assert cell(found, "wards", "pacs", "ssh") is None


def test_what_no_service_has_is_a_cell_of_its_own() -> None:
    found = compared(permit(tcp("10.4.0.9", ARCHIVE, 31337)))
    assert answer(found, "wards", "pacs", OTHER) == ("forbidden", "some")


def test_a_rule_that_may_match_neither_opens_nor_closes() -> None:
    found = compared(permit(tcp("10.4.0.0/24", ARCHIVE, 445), must=()))
    assert answer(found, "wards", "pacs", "smb") == ("forbidden", "not covered")


def test_two_zones_on_one_network_reach_each_other_whatever_a_filter_says() -> None:
    zones = (zone("devices", "modality", "10.1.0.0/25"), zone("pacs", "pacs", "10.1.0.128/25"))
    one_network = firewall(zones=(zone("both", "pacs", "10.1.0.0/24"),))
    found = compared(device=one_network, zones=zones, machines=())
    assert answer(found, "pacs", "devices", "ssh") == ("forbidden", "all")
    assert answer(found, "pacs", "devices", OTHER) == ("forbidden", "all")


def test_two_networks_of_one_zone_stay_two_interfaces() -> None:
    zones = (zone("devices", "modality", "10.1.0.0/24", "10.9.0.0/24"), *ZONES[1:])
    rule = replace(permit(tcp("10.1.0.0/24", ARCHIVE, 104)), ingress=frozenset({"devices0"}))
    found = compared(device=firewall(rule, zones=zones), zones=zones)
    assert answer(found, "devices", "pacs", "dicom") == ("required", "all")


def test_a_link_that_nobody_gives_makes_what_crosses_it_not_covered_also_beyond_its_ends() -> None:
    link = Link(name="adsl", between=("wards", "dmz"))
    from_dmz = replace(permit(tcp("0.0.0.0/0", ARCHIVE, 22)), ingress=frozenset({"dmz0"}))
    assert cell(compared(from_dmz), "wards", "pacs", "ssh") is None
    found = compared(from_dmz, links=(link,))
    assert answer(found, "wards", "dmz", "ssh") == ("forbidden", "not covered")
    assert answer(found, "wards", "pacs", "ssh") == ("forbidden", "not covered")
    assert cell(found, "wards", "pacs", "smb") is None
    assert any("adsl" in words for words in found.assumptions)


def test_remote_service_goes_through_the_gateway_leg_by_leg_and_a_direct_way_is_forbidden() -> None:
    zones = (*ZONES, zone("makers", "supplier", "203.0.113.0/24"), zone("gate", "service-gateway", "10.8.0.0/24"))
    gateway = ServiceGateway(name="gate", managed_by="hospital", addresses=("10.8.0.5",))
    legs = (permit(tcp("203.0.113.0/24", "10.8.0.5", 443)), permit(tcp("10.8.0.5", "10.1.0.0/24", 443)))
    found = compared(*legs, zones=zones, gateways=(gateway,))
    gated = cell(found, "makers", "devices", "https", through="gate")
    assert gated is not None
    assert (gated.expectation, gated.permitted) == (Expectation.ALLOWED, Permitted.SOME)  # of its two ports
    assert answer(found, "makers", "devices", "https") == ("forbidden", "none")
    past = compared(*legs, permit(tcp("203.0.113.0/24", CT, 443)), zones=zones, gateways=(gateway,))
    assert answer(past, "makers", "devices", "https") == ("forbidden", "some")


def test_what_is_seen_where_nothing_may_pass_is_a_cell() -> None:
    seen = Observations({("wards", "pacs", "ssh"): sighting("10.4.0.9", ARCHIVE, 22)}, {})
    each = cell(compared(seen=seen), "wards", "pacs", "ssh")
    assert each is not None
    assert (each.permitted, each.observed) == (Permitted.NONE, Observed.SEEN)


def test_private_space_that_only_a_default_route_leads_to_is_nowhere() -> None:
    found = compared(permit(EVERYTHING))
    assert not [each for each in found.cells if "unassociated" in {each.source, each.destination}]


def test_a_required_flow_over_a_link_that_nobody_gives_is_not_covered_and_others_are_not_touched() -> None:
    rules = (permit(tcp(CT, ARCHIVE, 104)), permit(tcp("10.3.0.0/24", ARCHIVE, 2575)))
    found = compared(*rules, links=(Link(name="patch", between=("devices", "pacs")),))
    assert answer(found, "devices", "pacs", "dicom") == ("required", "not covered")
    assert answer(found, "ris", "pacs", "hl7") == ("required", "all")
    assert answer(compared(*rules), "devices", "pacs", "dicom") == ("required", "all")


def test_a_network_of_an_interface_that_nobody_declared_is_unassociated() -> None:
    device = firewall(permit(EVERYTHING), zones=(*ZONES, zone("forgotten", "", "10.77.0.0/24")))
    assert answer(compared(device=device), "unassociated", "pacs", "ssh") == ("forbidden", "all")


def test_what_passes_among_others_outside_is_theirs() -> None:
    zones = (*ZONES, zone("makers", "supplier", "203.0.113.0/24"))
    found = compared(permit(EVERYTHING), zones=zones)
    assert not [each for each in found.cells if {each.source, each.destination} == {"makers", "internet"}]


def test_an_address_on_its_own_outer_network_that_a_device_publishes_is_reached_by_the_filter_before_it() -> None:
    public = headers(destination=network("198.51.100.9"), protocol=one(6), destination_port=one(8104))
    dnat = Translation(LINE, Rewrite.DESTINATION, public, public, network(ARCHIVE), one(104))
    before = Check(Chains(Chain("outside", (permit(public),), Action.DENY, DEFAULT)))
    device = firewall(steps=(before, Translate((dnat,)), Routing()))
    found = compared(device=device)
    assert answer(found, "internet", "pacs", "dicom") == ("forbidden", "some")
    assert cell(found, "internet", "pacs", "ssh") is None


def test_progress_is_told_after_each_zone() -> None:
    told: list[tuple[int, int]] = []
    compare(hospital(), MODEL, (firewall(),), progress=lambda done, whole: told.append((done, whole)))
    assert told == [(number, 6) for number in range(1, 7)]
