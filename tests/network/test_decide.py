"""The line that decides, held against the sets of `evaluate` and against a reader that goes line by line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.network.chains import EVERYWHERE, PACKETS, chains, decided

from leadglass.network.decide import decide
from leadglass.network.evaluate import evaluate
from leadglass.network.headers import Packet
from leadglass.network.rule import Action, Chains, State


@given(chains(sure=True), PACKETS, st.sampled_from(["a", "c"]))
def test_where_all_is_understood_the_line_decides_as_line_by_line_reading_does(
    found: Chains, packet: Packet, ingress: str
) -> None:
    decision = decide(found, packet, ingress, "out")
    assert decision.sure
    assert decision.passes is (decided(found, packet, ingress, {}) is Action.PERMIT)


@given(chains(), PACKETS, st.sampled_from(["a", "c"]))
def test_a_sure_decision_agrees_with_both_bounds(found: Chains, packet: Packet, ingress: str) -> None:
    passed = evaluate(found, EVERYWHERE, EVERYWHERE, ingress, "out", State.NEW)
    may, must = (any(box.has(packet) for box in part) for part in (passed.may, passed.must))
    decision = decide(found, packet, ingress, "out")
    assert decision.passes or not must
    if decision.sure:
        assert decision.passes is may
