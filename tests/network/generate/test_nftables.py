"""What is written for nftables: the real kernel that loaded it lets pass what was planned, and packets agree."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from tests.network.generate.closing import same
from tests.network.generate.site import NEEDED, ROLES, Site, service_of, site
from tests.network.generate.site import packet as header
from tests.network.importers.kernel import Came, Kernel, Sent
from tests.network.importers.policies_nft import nft_policy

from leadglass.network.device import Device
from leadglass.network.generate.plan import Variant
from leadglass.network.generate.propose import VENDORS, Proposal, propose
from leadglass.network.importers import nftables

ZONES = {
    "ct": ("10.1.0.0/16", "fd00:1::/32"),
    "pacs": ("10.2.0.0/16", "fd00:2::/32"),
    "ward": ("10.3.0.0/16", "fd00:3::/32"),
}
INTERFACES = dict(zip(ZONES, ("eth0", "eth1", "dmz0"), strict=True))
HOSTS = {
    "ct": ("10.1.0.7", "10.1.0.200", "fd00:1::7"),
    "pacs": ("10.2.0.5", "10.2.1.5", "fd00:2::5"),
    "ward": ("10.3.0.9", "10.3.255.9", "fd00:3::9"),
}
EVERY = [
    Sent(INTERFACES[one], source, destination, protocol, port)
    for one in ZONES
    for other in ZONES
    if one != other
    for source in (HOSTS[one][0], HOSTS[one][2])
    for destination in (HOSTS[other][0], HOSTS[other][2])
    if (":" in source) == (":" in destination)
    for protocol, port in [
        (6, 104), (6, 11_112), (6, 443), (6, 22), (6, 53), (17, 53), (17, 161), (99, 0),
        (58, 128 << 8) if ":" in source else (1, 8 << 8),
    ]
]  # fmt: skip
OPEN = "table inet filter {\n  chain forward {\n    type filter hook forward priority 0; policy accept;\n  }\n}\n"
CLOSED = (
    "table inet filter {\n  chain forward {\n    type filter hook forward priority 0; policy drop;\n"
    "    ct state established,related accept\n    ip saddr 10.1.0.0/16 tcp dport 104 accept\n  }\n}\n"
)


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with Kernel() as found:
        yield found


def loaded(kernel: Kernel, *texts: str) -> tuple[Device, list[Came]]:
    told, came = kernel.try_(EVERY, nft="".join(texts))
    return nftables.read(told["ruleset"], "ruleset.json", "fw", kernel.addresses, kernel.routes), came


def proposed(device: Device, variant: Variant) -> tuple[Site, Proposal]:
    found = site(device, networks=ZONES)
    return found, propose(found.comparison, found.devices, found.gaps, {}, variant)


def service(sent: Sent) -> str:
    return service_of(header(sent.source, sent.destination, sent.destination_port, sent.protocol))


def hold(before: list[Came], after: list[Came], closes: tuple[str, ...], opened: tuple[str, ...] = ()) -> None:
    """Nothing claimed to be closed comes out, nothing new comes out, nothing that is needed is lost."""
    zones = {interface: name for name, interface in INTERFACES.items()}
    for sent, was, now in zip(EVERY, before, after, strict=True):
        ends = zones[sent.ingress], next(name for name, hosts in HOSTS.items() if sent.destination in hosts)
        roles = dict(zip(ZONES, ROLES, strict=True))
        gap = f"{ends[0]}--{ends[1]}--{service(sent)}"
        listed = any(
            (one.source, one.destination, one.service) == (*map(roles.get, ends), service(sent)) for one in NEEDED
        )
        if gap in closes and not listed:
            assert not now.egress, sent
        if gap in opened and gap in closes:
            assert now.egress, sent
        if now.egress and not was.egress:
            assert gap in opened, sent
            assert listed, sent
        assert now.egress or not (was.egress and listed), sent


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))
@given(nft_policy(sure=True, nat=False), st.sampled_from(Variant))
def test_the_kernel_that_loaded_the_text_does_what_was_planned(kernel: Kernel, policy: str, variant: Variant) -> None:
    try:
        device, before = loaded(kernel, policy)
    except AssertionError as fault:
        if "Error:" in str(fault):  # two matches that nft refuses together
            reject()
        raise
    found, proposal = proposed(device, variant)
    assert proposal.proof.ok, proposal.proof.against
    for written in proposal.written:
        read, after = loaded(kernel, policy, written.texts.enforce)
        planned = VENDORS["nftables"].planned(device, written.policy, "")
        same(found.comparison, planned, read)
        hold(before, after, proposal.closes, tuple(one.gap for one in written.policy.openings))


@pytest.mark.parametrize(("old", "variant"), [(OPEN, Variant.NARROW), (CLOSED, Variant.STRICT)])
def test_each_stage_and_the_way_back_in_a_real_kernel(kernel: Kernel, old: str, variant: Variant) -> None:
    device, before = loaded(kernel, old)
    _, proposal = proposed(device, variant)
    (written,) = proposal.written
    opened = tuple(one.gap for one in written.policy.openings)
    assert proposal.closes
    stage = partial(loaded, kernel, old)
    logging, watched = stage(written.texts.log_only)
    hold(before, watched, (), opened)
    assert [now.egress for was, now in zip(before, watched, strict=True) if was.egress] == [
        one.egress for one in before if one.egress
    ]
    _, after = stage(written.texts.log_only, written.texts.enforce)
    hold(before, after, proposal.closes, opened)
    assert any(was.egress and not now.egress for was, now in zip(before, after, strict=True))
    _, back = stage(written.texts.enforce, written.texts.rollback)
    assert [one.egress for one in back] == [one.egress for one in before]
    assert logging.doubts == ()


def test_what_is_needed_is_let_through_every_chain_that_drops(kernel: Kernel) -> None:
    second = CLOSED.replace("table inet filter", "table ip other")
    device, before = loaded(kernel, CLOSED, second)
    _, proposal = proposed(device, Variant.NARROW)
    (written,) = proposal.written
    assert "pacs--ct--dicom" in {one.gap for one in written.policy.openings}
    _, after = loaded(kernel, CLOSED, second, written.texts.enforce)
    hold(before, after, proposal.closes, tuple(one.gap for one in written.policy.openings))


def test_the_new_table_refuses_and_permits_nothing_by_itself(kernel: Kernel) -> None:
    device, _ = loaded(kernel, OPEN)
    _, proposal = proposed(device, Variant.NARROW)
    text = proposal.written[0].texts.enforce
    assert "policy accept" in text
    assert text.startswith("add table inet leadglass\ndelete table inet leadglass\n")
    assert "flush ruleset" not in text
