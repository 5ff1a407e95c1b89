"""Claims about the survey as its pages show it: progress that does not lie, and what hides what."""

from __future__ import annotations

from datetime import UTC, datetime

from leadglass.assess.answers import Answer, AnswerSet
from leadglass.assess.branch import State
from leadglass.assessor.knowledge import knowledge
from leadglass.console.survey_view import Survey, answer_words, branch_words, minutes

INSTRUMENT = knowledge().instrument
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


def survey(**values: str | int) -> Survey:
    answers = {name.replace("_", "-"): Answer(value, "ada", AT) for name, value in values.items()}
    return Survey(INSTRUMENT, AnswerSet(INSTRUMENT.version, answers))


def test_questions_are_numbered_as_on_paper() -> None:
    assert [row.number for row in survey().rows.values()] == list(range(1, len(survey().rows) + 1))


def test_a_hidden_question_says_which_answer_hides_it() -> None:
    row = survey(gateway_count=0).rows
    hidden = [one for one in row.values() if one.hidden]
    assert hidden
    for one in hidden:
        ((question, answered),) = [(reason.question.id, reason.answered) for reason in one.reasons]
        assert question == "gateway-count"
        assert answered == "0 ways"


def test_places_count_only_what_is_asked() -> None:
    assert any(part.hidden for part in survey(gateway_count=0).parts)
    for made in (survey(), survey(gateway_count=0)):
        for part in made.parts:
            asked = [row for row in made.of(part.section) if not row.hidden]
            assert [made.place(row) for row in asked] == [(n, len(asked)) for n in range(1, len(asked) + 1)]
            assert part.hidden + len(asked) == len(part.section.questions)


def test_one_goes_on_to_what_waits_and_back_to_what_was_asked() -> None:
    made = survey(gateway_count=0)
    hidden = {name for name, row in made.rows.items() if row.hidden}
    assert hidden
    for row in made.rows.values():
        following, earlier = made.waiting_after(row), made.before(row)
        assert following is None or (following.state is State.UNANSWERED and following.number > row.number)
        assert earlier is None or (earlier.question.id not in hidden and earlier.number < row.number)


def test_an_answer_that_hides_names_all_that_it_hides() -> None:
    made = survey(gateway_count=0)
    assert {row.question.id for row in made.hidden_by("gateway-count")} == {
        name for name, row in made.rows.items() if row.hidden
    }
    assert survey(gateway_count=1).hidden_by("gateway-count") == []


def test_a_kept_answer_of_a_hidden_question_is_still_there() -> None:
    name = next(name for name, row in survey(gateway_count=0).rows.items() if row.hidden)
    code = next(iter(INSTRUMENT.by_id[name].codes))
    row = survey(gateway_count=0, **{name.replace("-", "_"): code}).rows[name]
    assert row.hidden
    assert row.said == INSTRUMENT.by_id[name].codes[code]


def test_a_section_is_complete_when_all_that_is_asked_is_answered() -> None:
    section = INSTRUMENT.sections[0]
    answers = {question.id.replace("-", "_"): "unknown" for question in section.questions}
    part = survey(**answers).parts[0]
    assert part.state == ("good", "complete")
    assert part.first is None
    assert survey().parts[0].state == ("info", "not begun")
    assert survey(beds=3).parts[0].state == ("warn", f"1 of {len(section.questions)} answered")


def test_numbers_are_read_with_their_unit() -> None:
    assert answer_words(INSTRUMENT.by_id["beds"], 1_200) == "1\u202f200 beds"
    assert answer_words(INSTRUMENT.by_id["beds"], "unknown") == "I do not know"


def test_minutes_are_rounded_up() -> None:
    assert [minutes(seconds) for seconds in (0, 59, 60, 61, 1_180)] == [
        "nothing left",
        "under a minute",
        "about 1 min",
        "about 2 min",
        "about 20 min",
    ]


def test_paper_says_in_words_when_a_question_may_be_left_out() -> None:
    rows = survey().rows
    for row in rows.values():
        words = branch_words(row.question, rows)
        assert len(words) == len(row.question.skip)
        for skip, one in zip(row.question.skip, words, strict=True):
            assert f"question {rows[skip.question].number}." in one
            for code in skip.answers:
                assert f"“{rows[skip.question].question.answers[code]}”" in one
