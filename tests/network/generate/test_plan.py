"""Which filter gets a rule, what is left to people, and what a gateway's legs spare."""

from __future__ import annotations

from dataclasses import replace

from tests.network.generate.site import CT, NEEDED, PACS, WARD, ZONES, firewall, packet, permit, site

from leadglass.network.address import network
from leadglass.network.device import Interface
from leadglass.network.generate.plan import plan
from leadglass.network.generate.propose import propose
from leadglass.network.headers import Packet
from leadglass.network.hospital import Link, ServiceGateway
from leadglass.network.model_network import Flow
from leadglass.network.observed import Observations, Sighting
from leadglass.network.permitted import Expectation
from leadglass.network.rule import Action

KINDS = frozenset({"nftables"})
OPEN = permit("0.0.0.0/0", "0.0.0.0/0", 6)


def test_a_filter_of_a_kind_that_nobody_writes_for_is_left_to_people() -> None:
    found = site(firewall(OPEN, kind="panos"))
    proposal = propose(found.comparison, found.devices, found.gaps, {})
    assert not proposal.written
    assert {reason for gap, reason in proposal.by_hand if gap == "ward--ct--other"} == {
        "a way leads past every filter that can be written for (fw)"
    }


def test_a_known_link_past_the_filter_is_named() -> None:
    link = Link(name="cable", between=("ward", "ct"))
    found = site(firewall(OPEN), links=(link,))
    reasons = dict(plan(found.comparison, found.gaps, KINDS).by_hand)
    assert "cable" in reasons["ward--ct--other"]


def test_two_zones_on_one_network_are_left_to_a_vlan() -> None:
    device = firewall(OPEN)
    wide = Interface("ct", network("10.1.0.0/28").union(network("10.3.0.0/28")), network("10.1.0.1"))
    interfaces = (wide, *(one for one in device.interfaces if one.name not in {"ct", "ward"}))
    found = site(replace(device, interfaces=interfaces))
    reasons = dict(plan(found.comparison, found.gaps, KINDS).by_hand)
    assert "VLAN" in reasons["ward--ct--other"]
    assert "VLAN" in reasons["ct--ward--other"]


def test_obligations_are_closed_by_no_rule() -> None:
    owed = tuple(replace_obligations(one) for one in NEEDED)
    dicom = (permit(ZONES["ct"], ZONES["pacs"], port=104), permit(ZONES["pacs"], ZONES["ct"], port=104))
    found = site(firewall(*dicom), flows=owed)
    proposal = propose(found.comparison, found.devices, found.gaps, {})
    assert "encryption" in dict(proposal.by_hand)["ct--pacs--dicom"]
    assert not proposal.written


def replace_obligations(one: Flow) -> Flow:
    return Flow(
        source=one.source, destination=one.destination, service=one.service, expectation=one.expectation,
        obligations=("logged",), controls={"logged": "a"},
    )  # fmt: skip


def test_what_was_seen_is_told_before_it_is_stopped() -> None:
    sighting = Sighting(packet(WARD, CT, 22), "conn.log:7", 0.0, 1.0, 12, 900, "core", answered=True)
    found = site(firewall(OPEN), observations=Observations({("ward", "ct", "other"): sighting}, {}))
    proposal = propose(found.comparison, found.devices, found.gaps, {})
    assert [(one.gap, one.sighting.flows) for one in proposal.stops] == [("ward--ct--other", 12)]


def test_the_legs_of_the_hospitals_gateway_stay_and_those_of_a_vendors_box_go() -> None:
    gated = Flow(
        source="clinical", destination="pacs", service="dicom", expectation=Expectation.REQUIRED,
        obligations=("through-gateway",), controls={"through-gateway": "a"},
    )  # fmt: skip
    own = ServiceGateway(name="own", managed_by="hospital", addresses=("10.1.0.9",))
    vendor = ServiceGateway(name="box", managed_by="A vendor", addresses=("10.1.0.10",))
    found = site(firewall(OPEN), flows=(gated,), gateways=(own, vendor))
    proposal = propose(found.comparison, found.devices, found.gaps, {})
    (written,) = proposal.written
    refused = [box for denial in written.policy.denials for box in denial.refused]

    def stops(one: Packet) -> bool:
        return any(box.has(one) for box in refused)

    assert not stops(packet(WARD, "10.1.0.9", 104))
    assert not stops(packet("10.1.0.9", PACS, 104))
    assert stops(packet(WARD, "10.1.0.10", 104))
    assert stops(packet("10.1.0.10", PACS, 104))
    assert stops(packet(WARD, PACS, 104))
    assert "ward--pacs--dicom" in proposal.closes
    assert "ward--ct--dicom" in {one.gap for one in proposal.narrows}


def test_of_two_filters_in_a_row_one_is_changed() -> None:
    found = site(firewall(OPEN, default=Action.PERMIT))
    policies = plan(found.comparison, found.gaps, KINDS).policies
    assert [one.filter for one in policies] == ["fw"]
