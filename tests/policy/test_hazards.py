"""Each way in which Cedar could let something through by mistake, with a real policy that tries it."""

from __future__ import annotations

import json
from typing import Any

import cedarpy
import pytest
from tests.policy.hospital import CT, CT2, TUESDAY_MORNING, generation, replace, with_own

from leadglass.errors import ConfigurationError
from leadglass.model.decision import Decision, Request
from leadglass.policy import engine as engine_module
from leadglass.policy import entities
from leadglass.policy.engine import Engine

STORE = Request("ct2", "C-STORE", CT, "pacs", TUESDAY_MORNING)

ERRING_FORBID = """
@id("forbid-overflow")
@why("Overflows for every minute of the day after 00:01, which no validation sees.")
forbid (principal, action, resource)
when { context.minuteOfDay * 9223372036854775807 < 0 };
"""


def test_cedar_itself_permits_when_a_forbid_errs() -> None:
    """The hazard is real: without our guard this request would pass."""
    engine = Engine.build(generation(policies=with_own(ERRING_FORBID)))
    facts = engine.facts(STORE)
    assert not isinstance(facts, str)
    query = entities.question(STORE, CT2, facts.now)
    raw = cedarpy.is_authorized(query, engine._policies, engine._entities, engine_module._SCHEMA)
    assert raw.allowed
    assert raw.diagnostics.errors


def test_a_forbid_that_errs_refuses_and_says_so() -> None:
    engine = Engine.build(generation(policies=with_own(ERRING_FORBID)))
    decision = engine.decide(STORE)
    assert not decision.allowed
    assert "forbid-overflow" in decision.error
    assert "overflow" in decision.error
    assert not engine.permitted_operations("ct2", CT, "pacs", TUESDAY_MORNING)


def test_a_permit_that_errs_refuses_though_another_permits() -> None:
    erring = ERRING_FORBID.replace("forbid (", "permit (").replace("forbid-overflow", "permit-overflow")
    decision = Engine.build(generation(policies=with_own(erring))).decide(STORE)
    assert not decision.allowed
    assert "permit-overflow" in decision.error


def test_an_operation_cedar_does_not_know_is_no_decision_and_a_refusal() -> None:
    decision = Engine.build(generation()).decide(replace(STORE, operation="C-FORGE"))
    assert not decision.allowed
    assert "C-FORGE" in decision.error


def test_a_context_without_an_attribute_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = entities.question

    def lacking(*arguments: Any) -> dict[str, Any]:
        question = whole(*arguments)
        del question["context"]["openHours"]
        return question

    engine = Engine.build(generation())
    monkeypatch.setattr(entities, "question", lacking)
    decision = engine.judge(STORE)
    assert not decision.allowed
    assert "openHours" in decision.error


@pytest.mark.parametrize("attribute", ["blocked", "operations", "anyHours", "archives"])
def test_a_peer_without_an_attribute_is_refused_at_build(attribute: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = entities.entities

    def lacking(state: Any) -> str:
        document = json.loads(whole(state))
        del document[-1]["attrs"][attribute]
        return json.dumps(document)

    monkeypatch.setattr(entities, "entities", lacking)
    with pytest.raises(ConfigurationError, match="schema"):
        Engine.build(generation())


def test_unknown_peer_and_archive_are_refusals_with_their_name() -> None:
    engine = Engine.build(generation())
    assert "nobody" in engine.decide(replace(STORE, peer="nobody")).error
    assert "nowhere" in engine.decide(replace(STORE, archive="nowhere")).error


@pytest.mark.parametrize(
    "name", ['ct2" || true || "', "ct2\n", "\x00", "\ud800", 'x"};permit(principal,action,resource);//', "é" * 5000]
)
def test_names_never_become_policy_text(name: str) -> None:
    engine = Engine.build(generation())
    for request in (
        replace(STORE, peer=name),
        replace(STORE, archive=name),
        replace(STORE, operation=name),
        replace(STORE, sop_class=name),
    ):
        decision = engine.decide(request)
        assert not decision.allowed
        assert len(decision.error + decision.failed) < 1500
        (decision.error + decision.failed).encode()


def test_a_failure_inside_cedar_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a fault of the library")

    engine = Engine.build(generation())
    monkeypatch.setattr(cedarpy, "is_authorized", broken)
    decision = engine.judge(STORE)
    assert not decision.allowed
    assert "a fault of the library" in decision.error


def test_the_registry_limits_the_hospitals_own_permits() -> None:
    everything = '@id("all") @why("An imprudent one.") permit (principal, action, resource);'
    engine = Engine.build(generation(policies=with_own(everything)))
    assert engine.decide(replace(STORE, sop_class="1.2.3")).rule == "all"
    assert engine.decide(replace(STORE, archive="test")).rule == "forbid-other-archive"
    assert engine.decide(replace(STORE, peer="rogue")).rule == "forbid-blocked"


@pytest.mark.parametrize(
    ("decision", "words"), [("NoDecision", "Cedar made no decision"), ("Allow", "Cedar allowed without a policy")]
)
def test_an_answer_that_decides_nothing_is_a_refusal(
    decision: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = cedarpy.AuthzResult({"decision": decision, "diagnostics": {"reason": [], "errors": []}})
    engine = Engine.build(generation())
    monkeypatch.setattr(cedarpy, "is_authorized", lambda *_, **__: answer)
    assert engine.judge(STORE) == Decision(allowed=False, error=words)
