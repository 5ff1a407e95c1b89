"""Proofs of new policies: what they say holds for every packet tried line by line, and sabotage is always seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.network.generate.site import (
    CT,
    NEEDED,
    PACS,
    PORTS,
    PROTOCOLS,
    ROLES,
    SERVICES,
    WARD,
    ZONES,
    Site,
    firewall,
    flow,
    packet,
    passes,
    permit,
    service_of,
    site,
    zone_of,
)

from leadglass.network.device import Check, Device
from leadglass.network.generate.plan import Variant
from leadglass.network.generate.propose import VENDORS, propose
from leadglass.network.headers import Packet
from leadglass.network.model_network import Flow
from leadglass.network.permitted import Expectation
from leadglass.network.prove import Wrong, prove
from leadglass.network.rule import Action, Rule

DICOM = (permit(ZONES["ct"], ZONES["pacs"], port=104), permit(ZONES["pacs"], ZONES["ct"], port=104))
OPEN = permit("0.0.0.0/0", "0.0.0.0/0", 6)


def changed(found: Site, variant: Variant = Variant.NARROW) -> tuple[dict[str, Device], tuple[str, ...]]:
    """The devices with what is proposed, and what it claims."""
    proposal = propose(found.comparison, found.devices, found.gaps, {}, variant)
    by_name = {device.name: device for device in found.devices}
    devices = {one.filter: VENDORS[one.kind].planned(by_name[one.filter], one.policy, "") for one in proposal.written}
    return devices, proposal.closes


def test_an_open_filter_is_closed_but_for_what_the_model_lists() -> None:
    found = site(firewall(OPEN))
    devices, closes = changed(found)
    assert "ward--ct--other" in closes
    assert passes(devices["fw"], packet(CT, PACS, 104))
    assert passes(devices["fw"], packet(WARD, PACS, 443))
    assert not passes(devices["fw"], packet(WARD, PACS, 104))
    assert not passes(devices["fw"], packet(WARD, CT, 22))
    assert prove(found.comparison, devices, [gap for gap in found.gaps if gap.id in closes]).ok


def test_without_a_change_a_claim_is_answered_with_a_packet() -> None:
    found = site(firewall(OPEN))
    claims = [gap for gap in found.gaps if gap.id == "ward--ct--other"]
    proof = prove(found.comparison, {}, claims)
    assert not proof.ok
    assert not proof.closed
    (against,) = proof.against
    assert against.wrong is Wrong.STILL_OPEN
    assert against.packet is not None
    assert (zone_of(against.packet.source), zone_of(against.packet.destination)) == ("ward", "ct")
    assert service_of(against.packet) == "other"
    assert passes(found.devices[0], against.packet)


def test_what_is_needed_and_blocked_is_let_through_between_its_machines_alone() -> None:
    found = site(firewall(DICOM[0]))
    devices, closes = changed(found)
    assert "pacs--ct--dicom" in closes
    assert passes(devices["fw"], packet(PACS, CT, 104))
    assert not passes(devices["fw"], packet(PACS, CT, 22))
    assert not passes(devices["fw"], packet(WARD, CT, 104))


def test_a_policy_that_loses_what_is_needed_is_refused() -> None:
    found = site(firewall(*DICOM))
    device = found.devices[0]
    worse = {"fw": firewall(DICOM[1])}
    proof = prove(found.comparison, worse, [])
    assert [one.wrong for one in proof.against] == [Wrong.LOST]
    shown = proof.against[0].packet
    assert shown is not None
    assert passes(device, shown)
    assert not passes(worse["fw"], shown)


def test_a_policy_that_opens_what_is_forbidden_elsewhere_is_refused() -> None:
    found = site(firewall(*DICOM))
    worse = {"fw": firewall(*DICOM, permit(WARD, CT, port=22))}
    proof = prove(found.comparison, worse, [])
    assert [one.wrong for one in proof.against] == [Wrong.OPENED]
    assert proof.against[0].packet == packet(WARD, CT, 22)
    assert proof.changed == (("ward", "ct"),)


def test_a_policy_that_takes_away_what_is_merely_allowed_passes_and_is_told() -> None:
    web = permit(ZONES["ward"], ZONES["pacs"], port=443)
    found = site(firewall(*DICOM, web))
    proof = prove(found.comparison, {"fw": firewall(*DICOM)}, [])
    assert proof.ok
    assert proof.narrowed == (("ward", "pacs"),)


def test_a_line_that_was_not_understood_never_proves_that_something_is_closed() -> None:
    found = site(firewall(OPEN))
    devices, closes = changed(found)
    (old,) = [
        step
        for step in devices["fw"].steps
        if isinstance(step, Check) and step.chains.entry.name.endswith("leadglass forward")
    ]
    unsure = tuple(replace(rule, must=()) if rule.action is Action.DENY else rule for rule in old.chains.entry.rules)
    worse = replace(old, chains=replace(old.chains, entry=replace(old.chains.entry, rules=unsure)))
    steps = tuple(worse if step is old else step for step in devices["fw"].steps)
    proof = prove(
        found.comparison, {"fw": replace(devices["fw"], steps=steps)}, [g for g in found.gaps if g.id in closes]
    )
    assert not proof.ok
    assert not proof.closed


# Random hospitals

HOSTS = tuple(f"{cidr.rpartition('.')[0]}.{last}" for cidr in ZONES.values() for last in (1, 5, 9, 14))
PLACES = st.sampled_from([*ZONES.values(), *HOSTS, "0.0.0.0/0"])


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    found = permit(draw(PLACES), draw(PLACES), draw(st.sampled_from(PROTOCOLS)), draw(st.sampled_from([None, *PORTS])))
    action = draw(st.sampled_from([Action.PERMIT, Action.PERMIT, Action.DENY]))
    return replace(found, action=action)


FLOWS = st.lists(
    st.builds(
        flow,
        st.sampled_from(ROLES),
        st.sampled_from(ROLES),
        st.sampled_from([one.id for one in SERVICES]),
        st.sampled_from([Expectation.REQUIRED, Expectation.ALLOWED]),
    ),
    max_size=6,
    unique_by=lambda one: (one.source, one.destination, one.service),
).map(tuple)
CHAINS = st.lists(rules(), max_size=6)
DEFAULTS = st.sampled_from([Action.PERMIT, Action.DENY])
PACKETS = st.builds(
    packet,
    st.sampled_from(HOSTS),
    st.sampled_from(HOSTS),
    st.sampled_from(PORTS),
    st.sampled_from(PROTOCOLS),
    st.sampled_from([53, 104, 49_152]),
)


def listed(found: Site, one: Packet) -> bool:
    roles = dict(zip(ZONES, ROLES, strict=True))
    ends = roles[zone_of(one.source)], roles[zone_of(one.destination)]
    return any(
        (each.source, each.destination, each.service) == (*ends, service_of(one))
        for each in found.comparison.model.flows
    )


def needed(found: Site, one: Packet) -> bool:
    roles = dict(zip(ZONES, ROLES, strict=True))
    ends = roles[zone_of(one.source)], roles[zone_of(one.destination)], service_of(one)
    return any(
        (each.source, each.destination, each.service) == ends and each.expectation is Expectation.REQUIRED
        for each in found.comparison.model.flows
    )


@settings(max_examples=40, deadline=None)
@given(CHAINS, DEFAULTS, FLOWS, st.sampled_from(Variant), st.lists(PACKETS, min_size=30, max_size=60))
def test_no_packet_contradicts_a_proof(
    chain: list[Rule],
    default: Action,
    flows: tuple[Flow, ...],
    variant: Variant,
    packets: list[Packet],
) -> None:
    before = firewall(*chain, default=default)
    found = site(before, flows=flows)
    devices, closes = changed(found, variant)
    after = devices.get("fw", before)
    proof = prove(found.comparison, devices, [gap for gap in found.gaps if gap.id in closes])
    assert proof.ok, proof.against
    for one in packets:
        ends = zone_of(one.source), zone_of(one.destination)
        if ends[0] == ends[1]:
            continue
        was, now = passes(before, one), passes(after, one)
        gap = f"{ends[0]}--{ends[1]}--{service_of(one)}"
        if gap in closes and not listed(found, one):
            assert not now, one
        if now and not was:
            assert listed(found, one), one
        if was and not now:
            assert not needed(found, one), one


@settings(max_examples=40, deadline=None)
@given(CHAINS, DEFAULTS, FLOWS, rules(), st.integers(0, 5), st.lists(PACKETS, min_size=30, max_size=60))
def test_sabotage_that_matters_is_always_shown_with_a_packet(
    chain: list[Rule],
    default: Action,
    flows: tuple[Flow, ...],
    extra: Rule,
    at: int,
    packets: list[Packet],
) -> None:
    before = firewall(*chain, default=default)
    found = site(before, flows=flows)
    worse = firewall(*chain[:at], extra, *chain[at:], default=default)
    proof = prove(found.comparison, {"fw": worse}, [])
    hurt = [
        one
        for one in packets
        if zone_of(one.source) != zone_of(one.destination)
        for was, now in [(passes(before, one), passes(worse, one))]
        if (now and not was and not listed(found, one)) or (was and not now and needed(found, one))
    ]
    if hurt:
        assert not proof.ok
    for against in proof.against:
        assert against.packet is not None
        was, now = passes(before, against.packet), passes(worse, against.packet)
        assert (was, now) == ((False, True) if against.wrong is Wrong.OPENED else (True, False))


def test_random_packets_meet_something() -> None:
    """The two tests above would prove nothing of hospitals in which nothing passes."""
    assert passes(firewall(OPEN), packet(CT, PACS, 104))
    assert not passes(firewall(), packet(CT, PACS, 104))
    assert listed(site(firewall(), flows=NEEDED), packet(CT, PACS, 104))


@pytest.mark.parametrize("variant", list(Variant))
def test_strict_refuses_more_and_still_nothing_that_is_needed(variant: Variant) -> None:
    found = site(firewall(*DICOM, permit(WARD, PACS, port=445), permit(WARD, PACS, port=443)))
    devices, closes = changed(found, variant)
    assert closes == ("ward--pacs--other",)
    assert prove(found.comparison, devices, [g for g in found.gaps if g.id in closes]).ok
