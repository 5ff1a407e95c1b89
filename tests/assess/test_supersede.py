from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assess.data import INSTRUMENT, NOW

from leadglass.assess.answers import Answer, AnswerSet, Kept
from leadglass.assess.instrument import Change, Instrument
from leadglass.assess.supersede import Moved, number, supersede

YES = Answer("yes", "A. Person", NOW)


def later(*changes: Change, version: str = "2027.1") -> Instrument:
    return msgspec.structs.replace(INSTRUMENT, version=version, changes=changes)


def test_versions_compare_as_numbers() -> None:
    assert number("2026.10") > number("2026.9")


def test_answers_whose_questions_stay_come_over_as_they_are() -> None:
    found, moved = supersede(AnswerSet("2026.1", {"sso": YES}), later())
    assert found == AnswerSet("2027.1", {"sso": YES})
    assert moved == []


def test_a_renamed_question_takes_its_answer_along_and_says_so() -> None:
    change = Change(since="2027.1", question="single-login", to="sso", codes={"true": "yes", "false": "no"})
    found, moved = supersede(AnswerSet("2026.1", {"single-login": replace(YES, value="true")}), later(change))
    assert found.answers == {"sso": YES}
    assert moved == [Moved("single-login", "sso", "true", "yes")]


def test_changes_follow_each_other_in_the_order_of_versions() -> None:
    changes = (
        Change(since="2027.2", question="login", to="sso"),
        Change(since="2027.1", question="single-login", to="login"),
    )
    found, _ = supersede(AnswerSet("2026.1", {"single-login": YES}), later(*changes, version="2027.2"))
    assert list(found.answers) == ["sso"]


def test_a_change_of_before_the_answers_does_not_touch_them() -> None:
    change = Change(since="2026.1", question="sso", to="")
    found, _ = supersede(AnswerSet("2026.1", {"sso": YES}), later(change))
    assert found.answers == {"sso": YES}


@pytest.mark.parametrize(
    ("name", "value", "changes"),
    [
        ("gone", "yes", ()),
        ("gone", "yes", (Change(since="2027.1", question="gone"),)),
        ("sso", "perhaps", ()),
        ("sso", "perhaps", (Change(since="2027.1", question="sso", to="sso", codes={"yes": "yes"}),)),
    ],
)
def test_what_has_no_place_is_kept_with_its_version(name: str, value: str, changes: tuple[Change, ...]) -> None:
    answer = replace(YES, value=value)
    found, moved = supersede(AnswerSet("2026.1", {name: answer}), later(*changes))
    assert found == AnswerSet("2027.1", {}, (Kept("2026.1", name, answer),))
    assert moved == []


def test_what_was_kept_comes_back_with_its_question() -> None:
    found, _ = supersede(AnswerSet("2027.1", {}, (Kept("2026.1", "sso", YES),)), later(version="2027.2"))
    assert found == AnswerSet("2027.2", {"sso": YES})


def test_a_present_answer_is_not_replaced_by_one_that_was_kept() -> None:
    kept = Kept("2026.1", "sso", replace(YES, value="no"))
    found, _ = supersede(AnswerSet("2027.1", {"sso": YES}, (kept,)), later(version="2027.2"))
    assert found == AnswerSet("2027.2", {"sso": YES}, (kept,))


def test_answers_of_a_later_version_are_not_taken_back() -> None:
    with pytest.raises(ValueError, match=r"2027\.1"):
        supersede(AnswerSet("2027.1"), INSTRUMENT)


NAMES = st.sampled_from(["sso", "beds", "gone", "single-login", "login"])
VALUES = st.sampled_from(["yes", "no", "perhaps", "unknown"]) | st.integers(0, 2_000)
CHANGES = st.builds(
    lambda since, question, to, codes: Change(since=since, question=question, to=to, codes=codes),
    st.sampled_from(["2026.2", "2027.1"]),
    NAMES,
    NAMES | st.just(""),
    st.dictionaries(st.sampled_from(["yes", "no"]), st.sampled_from(["yes", "no"])),
)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(NAMES, VALUES),
    st.lists(st.tuples(NAMES, VALUES), max_size=3),
    st.lists(CHANGES, max_size=4),
)
def test_no_answer_is_lost(
    values: dict[str, str | int], old: list[tuple[str, str | int]], changes: list[Change]
) -> None:
    kept = tuple(Kept("2026.1", name, replace(YES, value=value, note="kept")) for name, value in old)
    before = AnswerSet("2026.1", {name: replace(YES, value=value) for name, value in values.items()}, kept)
    after, moved = supersede(before, later(*changes))
    assert len(after.answers) + len(after.kept) == len(before.answers) + len(before.kept)
    told = {(one.to, one.now) for one in moved}
    original = {(name, answer.value) for name, answer in before.answers.items()}
    original |= {(one.question, one.answer.value) for one in kept}
    assert all((name, answer.value) in told | original for name, answer in after.answers.items())
