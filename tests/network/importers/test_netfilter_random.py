"""Random chains, written as each of netfilter's syntaxes and read back, let the same headers pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from tests.network.chains import EVERYWHERE, chains
from tests.network.importers.netfilter_rendered import iptables, nft

from leadglass.network.device import Check, Device
from leadglass.network.evaluate import evaluate
from leadglass.network.headers import Headers, common, headers, within
from leadglass.network.importers import IMPORTERS
from leadglass.network.intervals import of
from leadglass.network.rule import Chains, State

ASKED = common(EVERYWHERE, headers(protocol=of([(6, 6), (17, 17)])))


def passed(device: Device, ingress: str, state: State) -> tuple[Headers, Headers]:
    may, must = ASKED, ASKED
    for step in device.steps:
        if isinstance(step, Check):
            found = evaluate(step.chains, may, must, ingress, "c", state)
            may, must = found.may, found.must
    return may, must


@pytest.mark.parametrize(("syntax", "write"), [("nftables", nft), ("iptables", iptables)])
@pytest.mark.parametrize("state", [State.NEW, State.ESTABLISHED])
@given(chains(sure=True))
@settings(max_examples=60, deadline=None)
def test_chains_written_and_read_back_let_the_same_pass(
    syntax: str, write: Callable[[Chains], str], state: State, written: Chains
) -> None:
    device = IMPORTERS[syntax](write(written), "random", "fw")
    assert not device.doubts
    assert not device.coverage.missed
    for ingress in ("a", "b", "c"):
        expected = evaluate(written, ASKED, ASKED, ingress, "c", state)
        may, must = passed(device, ingress, state)
        assert within(may, expected.may)
        assert within(expected.may, may)
        assert within(must, expected.must)
        assert within(expected.must, must)
