from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assess.data import CATALOGUE, FRESH, INSTRUMENT, NOW, TABLE, control, seen

from leadglass.assess.answers import Answer, AnswerSet, claims
from leadglass.assess.branch import view
from leadglass.assess.control import Assurance, Claim, Kind
from leadglass.assess.evidence import Evidence, Exemption, Outcome, Settlement
from leadglass.assess.question import Bearing
from leadglass.assess.truth import Shown, Verdict, all_facts
from leadglass.assess.verdict import Judgement, judge

EVERY, SOME = control(Claim.EVERY), control(Claim.SOME)
YES, NO, PARTLY, NEITHER = Bearing.CONFIRMS, Bearing.REFUTES, Bearing.PARTLY, Bearing.NEUTRAL
THINGS = frozenset({"ct", "mr"})


def every(*evidence: Evidence, things: frozenset[str] = frozenset(), **more: object) -> Judgement:
    return judge(EVERY, TABLE, evidence, NOW, things=things, **more)  # type: ignore[arg-type]  # keywords of judge


def some(*evidence: Evidence, things: frozenset[str] = frozenset()) -> Judgement:
    return judge(SOME, TABLE, evidence, NOW, things=things)


def said(judgement: Judgement) -> tuple[Verdict, Assurance | None]:
    return judgement.verdict, judgement.assurance


def test_without_evidence_nothing_is_assessed() -> None:
    assert said(every()) == (Verdict.NOT_ASSESSED, None)


def test_the_survey_alone_is_met_and_claimed_and_counted_apart() -> None:
    found = every(seen(Kind.SURVEY, YES))
    assert said(found) == (Verdict.MET, Assurance.CLAIMED)
    assert found.claimed_only


def test_i_do_not_know_is_unknown_and_not_a_no() -> None:
    assert said(every(seen(Kind.SURVEY, NEITHER))) == (Verdict.UNKNOWN, None)


@pytest.mark.parametrize(
    ("kind", "assurance"),
    [
        (Kind.DOCUMENT, Assurance.DOCUMENTED),
        (Kind.CONFIGURATION, Assurance.CONFIGURED),
        (Kind.CHECK, Assurance.TESTED),
    ],
)
def test_evidence_of_all_gives_its_assurance(kind: Kind, assurance: Assurance) -> None:
    found = every(seen(kind, YES), seen(Kind.SURVEY, YES))
    assert said(found) == (Verdict.MET, assurance)
    assert not found.claimed_only


def test_traffic_cannot_confirm_what_is_said_of_every_thing() -> None:
    found = every(seen(Kind.TRAFFIC, YES))
    assert said(found) == (Verdict.NOT_ASSESSED, None)
    assert [one.reason for one in found.aside] == ["traffic cannot confirm this control"]


def test_one_observed_case_refutes_what_is_said_of_every_thing() -> None:
    assert said(every(seen(Kind.TRAFFIC, NO, "ct"))) == (Verdict.NOT_MET, Assurance.OBSERVED)


def test_one_observed_case_confirms_that_there_is_one() -> None:
    assert said(some(seen(Kind.TRAFFIC, YES, "ct"))) == (Verdict.MET, Assurance.OBSERVED)


def test_looking_at_a_part_cannot_refute_that_there_is_one() -> None:
    assert said(some(seen(Kind.CHECK, NO, "ct"))) == (Verdict.UNKNOWN, None)
    assert said(some(seen(Kind.CHECK, NO, "ct", "mr"), things=THINGS)) == (Verdict.NOT_MET, Assurance.TESTED)


def test_a_configuration_confirms_only_what_it_covered() -> None:
    part = seen(Kind.CONFIGURATION, YES, "ct")
    assert said(every(part, things=THINGS)) == (Verdict.UNKNOWN, None)
    assert said(every(part)) == (Verdict.UNKNOWN, None), "nobody listed what there is"
    assert said(every(part, seen(Kind.SURVEY, YES), things=THINGS)) == (Verdict.MET, Assurance.CLAIMED)


def test_a_verdict_is_as_sure_as_the_weakest_evidence_it_needs() -> None:
    configured, tested = seen(Kind.CONFIGURATION, YES, "ct"), seen(Kind.CHECK, YES, "mr")
    assert said(every(configured, tested, things=THINGS)) == (Verdict.MET, Assurance.CONFIGURED)
    both = seen(Kind.CHECK, YES, "ct", where="elsewhere")
    assert said(every(configured, tested, both, things=THINGS)) == (Verdict.MET, Assurance.TESTED)


def test_a_refusal_of_all_is_as_sure_as_the_weakest_evidence_it_needs() -> None:
    configured, tested = seen(Kind.CONFIGURATION, NO, "ct"), seen(Kind.CHECK, NO, "mr")
    assert said(some(configured, tested, things=THINGS)) == (Verdict.NOT_MET, Assurance.CONFIGURED)


def test_fresh_confirmation_and_refutation_of_one_thing_contradict_each_other() -> None:
    found = every(seen(Kind.SURVEY, YES), seen(Kind.TRAFFIC, NO, "ct"))
    assert said(found) == (Verdict.CONTRADICTED, Assurance.OBSERVED)
    assert [one.kind for one in found.confirming] == [Kind.SURVEY]
    assert [one.kind for one in found.refuting] == [Kind.TRAFFIC]


def test_what_is_said_of_different_things_is_partly() -> None:
    found = every(seen(Kind.CONFIGURATION, YES, "ct"), seen(Kind.CHECK, NO, "mr"), things=THINGS)
    assert said(found) == (Verdict.PARTLY, Assurance.CONFIGURED)
    assert said(some(seen(Kind.CONFIGURATION, YES, "ct"), seen(Kind.CHECK, NO, "mr"))) == (
        Verdict.PARTLY,
        Assurance.CONFIGURED,
    )


def test_one_source_does_not_contradict_itself() -> None:
    found = every(seen(Kind.SURVEY, YES, where="one"), seen(Kind.SURVEY, NO, where="other"))
    assert said(found) == (Verdict.PARTLY, Assurance.CLAIMED)


def test_an_answer_of_partly_agrees_with_what_refutes_a_part() -> None:
    assert said(every(seen(Kind.SURVEY, PARTLY))) == (Verdict.PARTLY, Assurance.CLAIMED)
    assert said(every(seen(Kind.SURVEY, PARTLY), seen(Kind.TRAFFIC, NO, "ct"))) == (
        Verdict.PARTLY,
        Assurance.CLAIMED,
    )


def test_old_evidence_is_stale_and_does_not_contradict() -> None:
    old = seen(Kind.TRAFFIC, NO, "ct", days_ago=FRESH + 1)
    assert said(every(old)) == (Verdict.STALE, Assurance.OBSERVED)
    assert said(every(old, seen(Kind.SURVEY, YES))) == (Verdict.MET, Assurance.CLAIMED)
    assert said(every(seen(Kind.CHECK, YES, days_ago=FRESH))) == (Verdict.MET, Assurance.TESTED)


def test_evidence_of_tomorrow_does_not_count() -> None:
    found = every(seen(Kind.CHECK, NO, days_ago=-1))
    assert found.verdict is Verdict.NOT_ASSESSED
    assert [one.reason for one in found.aside] == ["it is dated after this assessment"]


def test_of_one_place_the_newest_record_counts() -> None:
    fixed = every(seen(Kind.CONFIGURATION, NO, days_ago=3), seen(Kind.CONFIGURATION, YES, days_ago=1))
    assert said(fixed) == (Verdict.MET, Assurance.CONFIGURED)
    broken = every(seen(Kind.CONFIGURATION, YES, days_ago=3), seen(Kind.CONFIGURATION, NO, days_ago=1))
    assert said(broken) == (Verdict.NOT_MET, Assurance.CONFIGURED)


def test_an_answer_replaces_an_answer_and_a_look_without_a_result_replaces_nothing() -> None:
    assert every(seen(Kind.SURVEY, YES, days_ago=3), seen(Kind.SURVEY, NEITHER)).verdict is Verdict.UNKNOWN
    assert every(seen(Kind.CHECK, NO, days_ago=3), seen(Kind.CHECK, NEITHER)).verdict is Verdict.NOT_MET


def exemption(review: date) -> Exemption:
    return Exemption("made", "no such thing here", "A. Chief", NOW.date() - timedelta(days=9), review)


def test_an_exemption_holds_to_its_day_of_review() -> None:
    today = exemption(NOW.date())
    assert every(exemption=today).verdict is Verdict.NOT_APPLICABLE
    assert every(seen(Kind.SURVEY, NO), exemption=today).verdict is Verdict.NOT_APPLICABLE
    yesterday = exemption(NOW.date() - timedelta(days=1))
    assert every(exemption=yesterday).verdict is Verdict.STALE
    assert every(seen(Kind.SURVEY, YES), exemption=yesterday).verdict is Verdict.MET


def test_what_is_seen_contradicts_that_it_does_not_apply() -> None:
    found = every(seen(Kind.TRAFFIC, NO, "ct"), exemption=exemption(NOW.date()))
    assert said(found) == (Verdict.CONTRADICTED, Assurance.OBSERVED)


CLAIM = seen(Kind.SURVEY, YES, days_ago=5)
SIGHT = seen(Kind.TRAFFIC, NO, "ct", days_ago=3, name="sight")


def settled(outcome: Outcome, days_ago: float = 2) -> tuple[Settlement, ...]:
    return (Settlement("sight", outcome, "A. Chief", NOW - timedelta(days=days_ago)),)


def test_accepting_the_evidence_sets_the_answer_aside_and_changes_neither() -> None:
    found = every(CLAIM, SIGHT, settlements=settled(Outcome.ACCEPTED))
    assert said(found) == (Verdict.NOT_MET, Assurance.OBSERVED)
    assert [one.evidence for one in found.aside] == [CLAIM]


def test_a_disputed_contradiction_stays() -> None:
    found = every(CLAIM, SIGHT, settlements=settled(Outcome.DISPUTED))
    assert found.verdict is Verdict.CONTRADICTED
    assert [one.by for one in found.disputed] == ["A. Chief"]


def test_what_was_fixed_no_longer_counts_until_it_is_seen_again() -> None:
    fixed = settled(Outcome.FIXED)
    assert said(every(CLAIM, SIGHT, settlements=fixed)) == (Verdict.MET, Assurance.CLAIMED)
    again = seen(Kind.TRAFFIC, NO, "ct", days_ago=1, name="again")
    assert every(CLAIM, SIGHT, again, settlements=fixed).verdict is Verdict.CONTRADICTED


def test_what_was_seen_at_the_moment_of_the_fix_is_fixed() -> None:
    assert every(CLAIM, SIGHT, settlements=settled(Outcome.FIXED, days_ago=3)).verdict is Verdict.MET


def test_an_answer_that_is_given_again_after_the_acceptance_counts_again() -> None:
    insists = seen(Kind.SURVEY, YES, days_ago=1)
    assert every(CLAIM, SIGHT, insists, settlements=settled(Outcome.ACCEPTED)).verdict is Verdict.CONTRADICTED


def test_the_last_word_on_a_record_holds() -> None:
    words = (*settled(Outcome.FIXED, 2), *settled(Outcome.DISPUTED, 1))
    assert every(CLAIM, SIGHT, settlements=words).verdict is Verdict.CONTRADICTED


def test_records_of_other_controls_are_left_out() -> None:
    other = judge(CATALOGUE.controls[0], TABLE, [seen(Kind.CHECK, NO)], NOW)
    assert other.verdict is Verdict.NOT_ASSESSED


RECORDS = st.builds(
    lambda kind, bearing, scope, days, where: seen(kind, bearing, *sorted(scope), days_ago=days, where=where),
    st.sampled_from(Kind),
    st.sampled_from(Bearing),
    st.sets(st.sampled_from(["ct", "mr"])),
    st.integers(-2, 40),
    st.sampled_from(["here", "there"]),
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(Claim), st.lists(RECORDS, max_size=6), st.randoms())
def test_the_order_of_records_does_not_matter(claim: Claim, records: list[Evidence], random: object) -> None:
    once = judge(control(claim), TABLE, records, NOW, things=THINGS)
    random.shuffle(shuffled := list(records))  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert judge(control(claim), TABLE, shuffled, NOW, things=THINGS) == once


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(Claim), st.lists(RECORDS, max_size=6))
def test_every_record_is_accounted_for_and_the_facts_can_be(claim: Claim, records: list[Evidence]) -> None:
    found = judge(control(claim), TABLE, records, NOW, things=THINGS)
    aside = {one.evidence for one in found.aside}
    kept = {*found.confirming, *found.refuting, *found.neutral, *found.stale}
    old_and_neutral = {one for one in records if one.bearing is NEITHER} - kept
    assert set(records) == aside | kept | old_and_neutral
    assert not aside & kept
    assert found.facts in all_facts()


@settings(max_examples=200, deadline=None)
@given(st.lists(RECORDS, max_size=6))
def test_without_a_refutation_nothing_is_not_met(records: list[Evidence]) -> None:
    quiet = [one for one in records if one.bearing in {YES, NEITHER}]
    for claim in Claim:
        assert judge(control(claim), TABLE, quiet, NOW, things=THINGS).verdict in {
            Verdict.MET,
            Verdict.UNKNOWN,
            Verdict.STALE,
            Verdict.NOT_ASSESSED,
        }


@settings(max_examples=200, deadline=None)
@given(st.lists(RECORDS, max_size=6))
def test_traffic_alone_never_shows_that_every_thing_is_so(records: list[Evidence]) -> None:
    traffic = [one for one in records if one.kind is Kind.TRAFFIC]
    found = judge(EVERY, TABLE, traffic, NOW, things=THINGS)
    assert found.verdict in {Verdict.NOT_MET, Verdict.STALE, Verdict.UNKNOWN, Verdict.NOT_ASSESSED}
    assert found.facts.confirmed is Shown.NO


def test_answers_become_evidence_and_hidden_ones_do_not() -> None:
    values: dict[str, str | int] = {
        "map-checked": "no-map",
        "map-exits": "yes",
        "exams": 60_000,
        "dicom-encrypted": "yes",
    }
    answered = AnswerSet("2026.1", {name: Answer(value, "A. Person", NOW) for name, value in values.items()})
    records = claims(INSTRUMENT, answered, view(INSTRUMENT, answered.values()).asked)
    assert {(one.where, one.control, one.bearing) for one in records} == {
        ("map-checked", "topo-map", NO),
        ("dicom-encrypted", "exch-dicom-tls", YES),
    }


def test_all_encrypted_says_the_survey_and_a_device_calls_in_the_clear() -> None:
    dicom = CATALOGUE.control("exch-dicom-tls")
    assert dicom is not None
    answered = AnswerSet("2026.1", {"dicom-encrypted": Answer("yes", "A. Person", NOW - timedelta(days=20))})
    sight = Evidence(
        id="w0.1.77",
        control=dicom.id,
        kind=Kind.TRAFFIC,
        bearing=NO,
        source="gateway",
        where="association of CT2 at 10:04",
        seen=NOW - timedelta(days=1),
        scope=frozenset({"CT2"}),
    )
    asked = view(INSTRUMENT, answered.values()).asked
    found = judge(dicom, TABLE, [*claims(INSTRUMENT, answered, asked), sight], NOW)
    assert said(found) == (Verdict.CONTRADICTED, Assurance.OBSERVED)
    assert (found.confirming[0].where, found.refuting) == ("dicom-encrypted", (sight,))


def test_a_no_to_every_agrees_with_a_part_that_is_shown_to_be_in_order() -> None:
    found = every(seen(Kind.SURVEY, NO), seen(Kind.CONFIGURATION, YES, "ct"), things=THINGS)
    assert found.verdict is Verdict.PARTLY
    assert every(seen(Kind.SURVEY, NO), seen(Kind.CONFIGURATION, YES)).verdict is Verdict.CONTRADICTED
    assert every(seen(Kind.SURVEY, YES), seen(Kind.TRAFFIC, NO, "ct")).verdict is Verdict.CONTRADICTED


def test_a_yes_to_some_agrees_with_a_part_that_is_shown_to_lack_it() -> None:
    found = some(seen(Kind.SURVEY, YES), seen(Kind.CONFIGURATION, NO, "ct"), things=THINGS)
    assert found.verdict is not Verdict.CONTRADICTED
    assert some(seen(Kind.SURVEY, NO), seen(Kind.CONFIGURATION, YES, "ct")).verdict is Verdict.CONTRADICTED
