"""A decision laid open."""

from __future__ import annotations

from tests.policy.hospital import CT, MR, TUESDAY_MORNING, TUESDAY_NIGHT, generation, replace

from leadglass.model.decision import Request
from leadglass.policy.engine import Engine
from leadglass.policy.explain import explain

ENGINE = Engine.build(generation())
STORE = Request("ct2", "C-STORE", CT, "pacs", TUESDAY_MORNING)


def test_an_allowed_request_shows_the_permit_that_applies() -> None:
    explanation = explain(ENGINE, STORE)
    assert explanation.decision == ENGINE.decide(STORE)
    assert explanation.time == "Tue 10:00"
    assert "C-STORE" in explanation.why
    assert [policy.id for policy in explanation.permits if policy.applies] == ["store-permitted"]
    assert explanation.forbids == ()


def test_every_clause_of_every_permit_is_shown_and_words_stand_where_it_fails() -> None:
    explanation = explain(ENGINE, replace(STORE, sop_class=MR))
    permits = {policy.id: policy for policy in explanation.permits}
    assert list(permits) == [rule.policy.id for rule in ENGINE.rules if rule.policy.effect == "permit"]
    store = permits["store-permitted"]
    assert [clause.holds for clause in store.clauses] == [True, True, True, False]
    assert store.clauses[0].text == 'action == Action::"C-STORE"'
    assert "principal.sopClasses.contains(context.sopClass)" in store.clauses[3].text
    for policy in explanation.permits:
        assert policy.applies is False
        assert all(bool(clause.words) is not clause.holds for clause in policy.clauses)
    assert explanation.why == store.why


def test_all_forbids_that_apply_are_shown_with_what_they_met() -> None:
    explanation = explain(ENGINE, replace(STORE, archive="test", at=TUESDAY_NIGHT))
    assert [(policy.id, policy.clauses[0].words) for policy in explanation.forbids] == [
        ("forbid-outside-hours", "hours: Tue 03:00 is outside Mon-Fri 07:00-19:00"),
        ("forbid-other-archive", "archive test is not among pacs"),
    ]
    assert explanation.forbids[0].clauses[0].text.startswith("unless ")
    assert explanation.decision.rule == "forbid-outside-hours"


def test_unknown_names_are_explained_by_the_error_alone() -> None:
    explanation = explain(ENGINE, replace(STORE, peer="nobody"))
    assert "nobody" in explanation.decision.error
    assert (explanation.permits, explanation.forbids, explanation.time) == ((), (), "")
