from __future__ import annotations

import itertools

import pytest
from tests.assess.data import CATALOGUE, INSTRUMENT

from leadglass.assess import question as module
from leadglass.assess.control import Kind
from leadglass.assess.question import NEUTRAL_ANSWERS, PUBLISHED_ITEMS, Bearing, Form

QUESTIONS = tuple(INSTRUMENT.questions)
PUBLISHED = {question.table1: question for question in QUESTIONS if question.table1 is not None}
EVERY_ANSWER = [
    (question, control, code) for question in QUESTIONS for control in question.bears for code in question.answers
]


def test_there_are_about_ninety_questions_that_take_about_twenty_minutes() -> None:
    assert 85 <= len(QUESTIONS) <= 95
    assert 15 <= sum(section.seconds for section in INSTRUMENT.sections) / 60 <= 22


def test_every_possible_answer_says_what_it_means_for_each_of_its_controls() -> None:
    assert len(EVERY_ANSWER) > 250
    for question, control, code in EVERY_ANSWER:
        bearing = question.bearing(control, code)
        stated = question.bears[control].get(code)
        assert bearing is (Bearing.NEUTRAL if code in NEUTRAL_ANSWERS else stated), (question.id, code)


def test_what_the_survey_can_say_of_a_control_is_what_the_control_lets_it_say() -> None:
    for control in CATALOGUE.controls:
        ground = control.ground(Kind.SURVEY)
        assert ground is not None
        said = {bearing for question in QUESTIONS for bearing in question.bears.get(control.id, {}).values()}
        assert (Bearing.CONFIRMS in said) == bool(ground.confirms), control.id
        assert (Bearing.REFUTES in said) == bool(ground.refutes), control.id


def test_i_do_not_know_is_offered_everywhere_and_says_nothing() -> None:
    for question in QUESTIONS:
        assert "unknown" in question.answers
        assert {question.bearing(control, "unknown") for control in question.bears} <= {Bearing.NEUTRAL}


@pytest.mark.parametrize(
    ("name", "control", "code", "bearing"),
    [
        ("vpn-dialup", "vpn-no-dialup", "yes", Bearing.REFUTES),  # a yes is not always good
        ("vpn-dialup", "vpn-no-dialup", "no", Bearing.CONFIRMS),
        ("snmp-used", "mon-snmp", "yes", Bearing.NEUTRAL),  # by itself it is neither
        ("exposed", "topo-not-exposed", "yes", Bearing.REFUTES),
        ("firewall-ris", "fw-ris", "yes", Bearing.CONFIRMS),
        ("firewall-ris", "fw-ris", "no", Bearing.REFUTES),
        ("dicom-encrypted", "exch-dicom-tls", "partly", Bearing.PARTLY),
        ("unsupported", "pat-unsupported", "none", Bearing.CONFIRMS),
    ],
)
def test_an_answer_means_what_it_should(name: str, control: str, code: str, bearing: Bearing) -> None:
    assert INSTRUMENT.by_id[name].bearing(control, code) is bearing


def test_a_yes_confirms_in_most_questions_and_not_in_all() -> None:
    yes = [bearings["yes"] for question in QUESTIONS for bearings in question.bears.values() if "yes" in bearings]
    assert set(yes) == {Bearing.CONFIRMS, Bearing.REFUTES, Bearing.NEUTRAL}


def test_the_seventeen_published_items_are_there_once_each() -> None:
    assert sorted(PUBLISHED) == list(range(1, PUBLISHED_ITEMS + 1))
    assert sum(question.table1 is not None for question in QUESTIONS) == PUBLISHED_ITEMS


def test_published_items_keep_their_answers() -> None:
    for row, question in PUBLISHED.items():
        if row != 6:
            assert question.form is Form.YES_NO
            assert list(question.answers) == ["yes", "no", "unknown", "not-applicable"]
    folded = [option.fold or option.code for option in PUBLISHED[6].options]
    assert folded == ["daily", "weekly", "monthly-or-quarterly", "monthly-or-quarterly", "less-often"]


def test_a_published_item_bears_on_the_control_of_its_row() -> None:
    rows = {row: control.id for control in CATALOGUE.controls for row in control.table1}
    for row, question in PUBLISHED.items():
        assert rows[row] in question.bears


def test_no_branch_hides_a_published_item() -> None:
    assert all(question.skip == () for question in PUBLISHED.values())


def test_the_facility_is_described_without_judging_it() -> None:
    profile = [question.id for question in QUESTIONS if question.profile]
    assert {"beds", "exams", "modalities", "vendors", "sites", "staff-imaging", "staff-security"} <= set(profile)
    assert all((not question.bears) == question.profile for question in QUESTIONS)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("beds", 0, "under-100"),
        ("beds", 99, "under-100"),
        ("beds", 100, "100-299"),
        ("beds", 499, "300-499"),
        ("beds", 500, "500-1000"),
        ("beds", 1000, "500-1000"),
        ("beds", 1001, "over-1000"),
        ("exams", 49_999, "under-50k"),
        ("exams", 150_000, "150k-499k"),
        ("exams", 1_000_000, "500k-1m"),
        ("exams", 1_000_001, "over-1m"),
        ("beds", "unknown", "unknown"),
        ("beds", -1, None),
        ("beds", module.MAX_NUMBER + 1, None),
        ("beds", True, None),
        ("beds", "under-100", None),  # the number was asked for
        ("sso", "yes", "yes"),
        ("sso", "partly", None),
        ("sso", 1, None),
        ("exams", "not-applicable", None),  # not offered
    ],
)
def test_a_value_is_the_answer_it_stands_for(name: str, value: str | int, code: str | None) -> None:
    assert INSTRUMENT.by_id[name].code(value) == code


def test_texts_differ_and_end_as_questions() -> None:
    texts = [question.text for question in QUESTIONS]
    assert len(set(texts)) == len(texts)
    assert all(text.endswith("?") for text in texts)


def test_ids_of_questions_are_those_of_no_control() -> None:
    """A page or a file that names one never means the other."""
    names = [*(question.id for question in QUESTIONS), *(control.id for control in CATALOGUE.controls)]
    doubles = [name for name, found in itertools.groupby(sorted(names)) if len(list(found)) > 1]
    assert doubles == []
