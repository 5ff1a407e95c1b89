from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assess.data import CATALOGUE, INSTRUMENT

from leadglass.assess.branch import Claimed, State, View, view
from leadglass.assess.question import Form, Question

QUESTIONS = {question.id: question for question in INSTRUMENT.questions}
DEPENDENT = [question for question in QUESTIONS.values() if question.skip]


def any_value(question: Question) -> st.SearchStrategy[str | int]:
    codes = [code for code in question.answers if question.code(code) is not None]
    chosen: st.SearchStrategy[str | int] = st.sampled_from(codes)
    return chosen | st.integers(0, 2_000_000) if question.form is Form.NUMBER else chosen


@st.composite
def answers(draw: Any) -> dict[str, str | int]:
    names = draw(st.sets(st.sampled_from(sorted(QUESTIONS))))
    return {name: draw(any_value(QUESTIONS[name])) for name in sorted(names)}


def whole(values: dict[str, str | int]) -> View:
    return view(INSTRUMENT, values)


@settings(max_examples=100, deadline=None)
@given(answers())
def test_published_items_are_asked_whatever_is_answered(values: dict[str, str | int]) -> None:
    states = whole(values).states
    assert all(states[name] is not State.HIDDEN for name, one in QUESTIONS.items() if one.table1 is not None)


@settings(max_examples=100, deadline=None)
@given(answers())
def test_answers_to_hidden_questions_change_nothing(values: dict[str, str | int]) -> None:
    before = whole(values)
    visible = {name: value for name, value in values.items() if name in before.asked}
    after = whole(visible)
    assert (after.states, after.progress, after.sections, after.score) == (
        before.states,
        before.progress,
        before.sections,
        before.score,
    )


@settings(max_examples=100, deadline=None)
@given(answers())
def test_every_question_is_in_one_state_and_the_counts_add_up(values: dict[str, str | int]) -> None:
    found = whole(values)
    states = list(found.states.values())
    progress = found.progress
    assert list(found.states) == list(QUESTIONS)
    assert progress.asked == len(states) - states.count(State.HIDDEN)
    assert progress.unanswered == states.count(State.UNANSWERED)
    assert progress.asked == progress.answered + progress.unknown + progress.not_applicable + progress.unanswered
    for field in ("asked", "answered", "unknown", "not_applicable", "seconds_left"):
        assert getattr(progress, field) == sum(getattr(one, field) for one in found.sections.values())


@settings(max_examples=100, deadline=None)
@given(answers())
def test_every_control_with_a_question_that_is_asked_is_in_the_score_once(values: dict[str, str | int]) -> None:
    found = whole(values)
    bound = {control for name in found.asked for control in QUESTIONS[name].bears}
    score = found.score
    assert set(score.claims) == bound
    rest = score.count(Claimed.NOT_APPLICABLE)
    assert score.denominator + score.unknowns + rest == len(bound)
    assert score.numerator <= score.denominator


@settings(max_examples=100, deadline=None)
@given(answers(), st.data())
def test_i_do_not_know_instead_of_an_answer_never_becomes_a_no(
    values: dict[str, str | int], data: st.DataObject
) -> None:
    if not values:
        return
    name = data.draw(st.sampled_from(sorted(values)))
    # A gate that is not known may open questions, which then say what they say.
    if any(skip.question == name for question in DEPENDENT for skip in question.skip):
        return
    before, after = whole(values).score, whole({**values, name: "unknown"}).score
    for control in QUESTIONS[name].bears:
        if before.claims.get(control) not in {Claimed.NOT_MET, Claimed.PARTLY}:
            assert after.claims.get(control) not in {Claimed.NOT_MET, Claimed.PARTLY}


@settings(max_examples=50, deadline=None)
@given(answers())
def test_the_order_of_answers_does_not_matter(values: dict[str, str | int]) -> None:
    assert whole(dict(reversed(values.items()))).states == whole(values).states


@pytest.mark.parametrize("question", DEPENDENT, ids=lambda question: question.id)
def test_a_question_falls_away_with_the_answers_it_names_and_comes_back(question: Question) -> None:
    for skip in question.skip:
        gate = QUESTIONS[skip.question]
        for code in skip.answers:
            value: str | int = code
            if gate.form is Form.NUMBER:
                band = next(band for band in gate.bands if band.code == code)
                value = (band.below or 1) - 1
            assert whole({gate.id: value, question.id: "unknown"}).states[question.id] is State.HIDDEN
        assert whole({question.id: "unknown"}).states[question.id] is State.UNKNOWN


def test_what_follows_a_hidden_question_is_hidden_too() -> None:
    import msgspec

    from leadglass.assess.instrument import Section
    from leadglass.assess.question import Skip

    first = msgspec.structs.replace(QUESTIONS["sso"], table1=None)
    second = msgspec.structs.replace(first, id="second", skip=(Skip(question="sso", answers=("no",)),))
    third = msgspec.structs.replace(first, id="third", skip=(Skip(question="second", answers=("no",)),))
    section = Section(id="one", title="one", intro="one", questions=(first, second, third))
    made = msgspec.structs.replace(INSTRUMENT, sections=(section,))
    assert list(view(made, {"sso": "no", "second": "yes"}).states.values()) == [
        State.ANSWERED,
        State.HIDDEN,
        State.HIDDEN,
    ]
    assert view(made, {"sso": "yes", "second": "yes"}).asked == {"sso", "second", "third"}


def test_nothing_answered_is_nothing_known_and_not_nothing_met() -> None:
    found = whole({})
    assert found.progress.asked == len(QUESTIONS)
    assert found.progress.seconds_left == sum(question.seconds for question in QUESTIONS.values())
    assert set(found.score.claims.values()) == {Claimed.UNANSWERED}
    assert (found.score.numerator, found.score.denominator) == (0, 0)
    assert found.score.unknowns == len(CATALOGUE.controls)


def test_unknown_unanswered_and_not_applicable_are_three_things() -> None:
    claims = {
        value: whole({"sso": value} if value else {}).score.claims["id-single-sign-on"]
        for value in ("", "unknown", "not-applicable")
    }
    assert list(claims.values()) == [Claimed.UNANSWERED, Claimed.UNKNOWN, Claimed.NOT_APPLICABLE]


def test_yes_alone_to_snmp_leaves_its_control_open() -> None:
    assert whole({"snmp-used": "yes"}).score.claims["mon-snmp"] is Claimed.OPEN
    assert whole({"snmp-used": "yes", "snmp-version": "older"}).score.claims["mon-snmp"] is Claimed.NOT_MET


def test_answers_that_say_both_are_partly() -> None:
    assert whole({"gateway-single": "yes", "gateway-count": 3}).score.claims["gw-single"] is Claimed.PARTLY


def test_what_is_no_answer_is_named_and_counts_for_nothing() -> None:
    found = whole({"sso": "perhaps", "no-such-question": "yes", "beds": "many"})
    assert found.refused == ("sso", "no-such-question", "beds")
    assert (found.states, found.score) == (whole({}).states, whole({}).score)


def test_the_next_question_is_the_first_that_waits_and_begins_again_at_the_start() -> None:
    names = list(QUESTIONS)
    assert whole({}).next_after() == names[0]
    assert whole({names[0]: 300}).next_after() == names[1]
    assert whole({}).next_after(names[-1]) == names[0]
    everything: dict[str, str | int] = dict.fromkeys(names, "unknown")
    assert whole(everything).next_after() is None
