"""Claims about reading an answer from a form: what is taken, what is refused, and what gives way."""

from __future__ import annotations

import pytest

from leadglass.assess.answers import MAX_NOTE
from leadglass.assess.question import MAX_NUMBER, Question
from leadglass.assessor.knowledge import knowledge
from leadglass.console.survey_form import MAX_PERSON, person, read, shown, typed

QUESTIONS = knowledge().instrument.by_id
BEDS, EXAMS, YES_NO = QUESTIONS["beds"], QUESTIONS["exams"], QUESTIONS["dmz-direct"]


def said(question: Question, **fields: str) -> str | int | None:
    return read(question, typed(fields)).value


def faults(question: Question, **fields: str) -> list[tuple[str, str]]:
    return [(fault.field, fault.text) for fault in read(question, typed(fields)).faults]


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_every_answer_that_is_offered_is_taken_and_shown_again_as_it_was(question: Question) -> None:
    values: list[str | int] = [code for code in question.answers if question.code(code) is not None]
    values += [0, 7, MAX_NUMBER] if question.bands else []
    for value in values:
        form = shown(value, "a note", 3)
        found = read(question, form)
        assert (found.value, found.faults) == (value, ())


@pytest.mark.parametrize("code", ["", "maybe", "YES", "yes ", "on", "<b>", "number", "not-applicable", "x" * 60_000])
def test_a_code_that_is_no_answer_is_refused(code: str) -> None:
    assert faults(YES_NO, choice=code) == [("choice-1", "Choose an answer, or skip the question for now")]


@pytest.mark.parametrize(
    "digits", ["1e9", "-1", "١٢", "1.5", "1,200", "1.200", "+4", "0x10", "four", "²", "1_000", "nan", "4 00"]
)
def test_what_is_no_whole_number_is_refused(digits: str) -> None:
    ((field, text),) = faults(BEDS, number=digits)
    assert field == "number"
    assert "whole number" in text


@pytest.mark.parametrize("digits", [str(MAX_NUMBER + 1), "9" * 60_000])
def test_a_number_beyond_the_bound_is_refused_at_once(digits: str) -> None:
    ((field, text),) = faults(BEDS, number=digits)
    assert field == "number"
    assert "too large" in text


def test_a_band_is_no_answer_to_a_number() -> None:
    assert said(BEDS, choice="100-299") is None


def test_a_number_needs_no_choice_beside_it() -> None:
    assert said(BEDS, number=" 412 ") == 412
    assert said(BEDS, number="0412", choice="number") == 412
    assert said(BEDS, number="0") == 0


def test_nothing_at_all_is_no_answer() -> None:
    assert faults(BEDS)[0][0] == "number"
    assert faults(BEDS, choice="number")[0][0] == "number"
    assert faults(YES_NO)[0][0] == "choice-1"


def test_of_number_and_neutral_answer_the_one_that_was_left_alone_gives_way() -> None:
    assert said(BEDS, number="412", choice="unknown", before="412") == "unknown"
    assert said(BEDS, number="500", choice="unknown", before="unknown") == 500
    assert said(BEDS, number="", choice="not-applicable", before="412") == "not-applicable"


def test_a_number_and_a_neutral_answer_that_are_both_new_are_asked_about() -> None:
    ((field, text),) = faults(BEDS, number="500", choice="unknown", before="412")
    assert field == "number"
    assert "cannot both be" in text


def test_not_applicable_is_taken_only_where_it_is_offered() -> None:
    assert said(BEDS, choice="not-applicable") == "not-applicable"
    assert said(EXAMS, choice="not-applicable") is None


def test_line_ends_of_a_browser_count_once() -> None:
    assert faults(YES_NO, choice="yes", note="a\r\n" * (MAX_NOTE // 2)) == []
    ((field, text),) = faults(YES_NO, choice="yes", note="n" * (MAX_NOTE + 1))
    assert field == "note"
    assert "at most" in text


def test_every_fault_is_told_at_once() -> None:
    assert [field for field, _ in faults(YES_NO, note="\0" * 2_000)] == ["choice-1", "note", "note"]


@pytest.mark.parametrize("basis", ["", "-1", "x", "٣", "1" * 40])
def test_a_basis_that_is_none_is_that_of_nobody(basis: str) -> None:
    assert typed({"basis": basis}).basis == 0


def test_a_name_is_one_line_and_hides_nothing() -> None:
    assert person("  Dr. \u202eA.\tde\nBoer\x00 ") == "Dr. A. de Boer"
    assert person("Ünal Åström-Nguyễn") == "Ünal Åström-Nguyễn"
    for none in ("", "   ", "\u200b", "x" * (MAX_PERSON + 1)):
        assert person(none) == ""
