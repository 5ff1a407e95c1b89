"""What a chain lets pass, held against a naive evaluator that takes one packet line by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.network.chains import EVERYWHERE, PACKETS, PLACE, chains, decided

from leadglass.network.evaluate import evaluate
from leadglass.network.headers import Headers, Packet, TooManyBoxesError, headers
from leadglass.network.intervals import of, span
from leadglass.network.rule import Action, Chain, Chains, Rule, State


def has(found: Headers, packet: Packet) -> bool:
    return any(box.has(packet) for box in found)


@given(chains(sure=True), PACKETS, st.sampled_from(["a", "b", "c"]))
def test_what_is_understood_is_decided_exactly(found: Chains, packet: Packet, ingress: str) -> None:
    passed = evaluate(found, EVERYWHERE, EVERYWHERE, ingress, "z", State.NEW)
    permitted = decided(found, packet, ingress, {}) is Action.PERMIT
    assert has(passed.may, packet) is permitted
    assert has(passed.must, packet) is permitted


@given(chains(), PACKETS, st.data())
def test_whatever_was_not_understood_the_truth_lies_between_the_bounds(
    found: Chains, packet: Packet, data: st.DataObject
) -> None:
    passed = evaluate(found, EVERYWHERE, EVERYWHERE, "a", "z", State.NEW)
    rules = [rule for chain in (found.entry, *found.others.values()) for rule in chain.rules]
    meanings = [Action.PERMIT, Action.DENY, None]
    guesses = {
        id(rule): data.draw(st.sampled_from(meanings if rule.action is Action.UNKNOWN else [None, rule.action]))
        for rule in rules
    }
    permitted = decided(found, packet, "a", guesses) is Action.PERMIT
    assert has(passed.may, packet) or not permitted
    assert permitted or not has(passed.must, packet)


def test_a_rule_names_itself_among_those_that_let_something_pass() -> None:
    deny = Rule(PLACE, Action.DENY, headers(of([(0, 4)])), headers(of([(0, 4)])))
    permit = Rule(PLACE, Action.PERMIT)
    passed = evaluate(
        Chains(Chain("c", (deny, permit), Action.DENY, PLACE)), EVERYWHERE, EVERYWHERE, "a", "b", State.NEW
    )
    assert passed.by == (permit,)


def test_a_jump_to_a_chain_that_is_missing_may_do_anything() -> None:
    jump = Rule(PLACE, Action.JUMP, target="nowhere")
    passed = evaluate(Chains(Chain("c", (jump,), Action.DENY, PLACE)), EVERYWHERE, EVERYWHERE, "a", "b", State.NEW)
    assert passed.may
    assert not passed.must


def test_rules_that_overlap_without_end_are_told_instead_of_computed() -> None:
    rules = []
    for place in range(1, 200):
        low, high = place * 7 % 199, place * 11 % 211
        found = headers(span(low, low + 90), span(high, high + 90), destination_port=span(low + high, 400))
        rules.append(Rule(PLACE, Action.DENY, found, found))
    every = headers()
    with pytest.raises(TooManyBoxesError, match="more than"):
        evaluate(Chains(Chain("c", tuple(rules), Action.PERMIT, PLACE)), every, every, "a", "b", State.NEW)
