"""The workbook: what it holds, that it is the same each time, and that nothing in it is lost on the way back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.assess.data import INSTRUMENT
from tests.reporting.books import AT, CHOICES, SURVEY, at, book, parts

from leadglass.assess.answers import Answer, AnswerSet
from leadglass.assess.question import NEUTRAL_ANSWERS, Form
from leadglass.reporting import workbook
from leadglass.reporting.answer_file import read
from leadglass.reporting.workbook_layout import ANSWER, NOTE, choice, offered

HOSTILE = (
    '=HYPERLINK("http://evil.example","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "<b>bold</b> & <script>alert(1)</script>",
    "{{ 7*7 }} ' \" \\ ]]>",
    "_x0041_ is no A",
    "two\nlines and a\ttab",
    "\u202eright to left\u202c",
    "http://evil.example/",
    "ünïcödé 放射線 😀",
    "\x07 a bell",
)


def everything(values: int = 0) -> AnswerSet:
    """An answer to every question: the first, the second … that is offered; numbers where one is asked for."""
    answers = {}
    for place, question in enumerate(INSTRUMENT.questions):
        codes = list(offered(question))
        number = question.form is Form.NUMBER and values == 0
        value = 1_200 + place if number else codes[values % len(codes)]
        answers[question.id] = Answer(value, "bob", AT, HOSTILE[place % len(HOSTILE)])
    return AnswerSet(INSTRUMENT.version, answers)


def test_the_same_answers_give_the_same_bytes() -> None:
    assert workbook.write(INSTRUMENT, everything(), "St. E") == workbook.write(INSTRUMENT, everything(), "St. E")
    elsewhere = {
        name: replace(answer, at=answer.at.astimezone(timezone(timedelta(hours=9))))
        for name, answer in everything().answers.items()
    }
    same = AnswerSet(INSTRUMENT.version, elsewhere)
    assert workbook.write(INSTRUMENT, same, "St. E") == workbook.write(INSTRUMENT, everything(), "St. E")


@pytest.mark.parametrize("values", range(5))
def test_every_answer_and_note_comes_back_as_it_was(values: int) -> None:
    given = everything(values)
    found = read(workbook.write(INSTRUMENT, given, "St. <i>E</i>"), INSTRUMENT, by="ann", at=AT)
    assert found.remarks == ()
    assert found.received.facility == "St. <i>E</i>"
    assert found.received.version == INSTRUMENT.version
    answers = found.received.answers
    assert answers.values() == given.values()
    assert {name: one.note for name, one in answers.answers.items()} == {
        name: one.note for name, one in given.answers.items()
    }
    assert {one.by for one in answers.answers.values()} == {"ann"}, "a workbook does not say who answered before"


def test_an_empty_survey_comes_back_empty() -> None:
    found = read(workbook.write(INSTRUMENT, AnswerSet(INSTRUMENT.version)), INSTRUMENT, by="ann", at=AT)
    assert found.received.answers == AnswerSet(INSTRUMENT.version)
    assert found.remarks == ()


def test_answers_to_another_version_are_not_written() -> None:
    with pytest.raises(ValueError, match=r"version 2020\.1"):
        workbook.write(INSTRUMENT, AnswerSet("2020.1"))


def test_what_somebody_typed_is_no_formula_and_no_link() -> None:
    found = parts(workbook.write(INSTRUMENT, everything(), "=1+1"))
    for name, content in found.items():
        assert b"<f>" not in content, name
        assert b"<hyperlink" not in content, name
        assert b"evil.example" not in content or name == "xl/sharedStrings.xml", name


def test_only_answer_note_and_name_can_be_filled_in() -> None:
    sheet = parts(book())[SURVEY].decode()
    styles = parts(book())["xl/styles.xml"].decode()
    looks = re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", styles.split("<cellXfs")[1].split("</cellXfs>")[0])
    open_columns = {
        cell[0]
        for cell, style in re.findall(r'<c r="([A-Z]+[0-9]+)" s="([0-9]+)"', sheet)
        if 'locked="0"' in looks[int(style)]
    }
    assert open_columns == {"D", "E", "F"}
    assert "<sheetProtection" in sheet
    assert '<row r="1" ' in sheet
    assert 'hidden="1"' in sheet.split('<row r="1" ')[1].split(">")[0], "the row with the marks"


def test_every_answer_cell_checks_what_is_typed() -> None:
    sheet, choices = (parts(book())[name].decode() for name in (SURVEY, CHOICES))
    shared = re.findall(r"<si><t[^>]*>(.*?)</t></si>", parts(book())["xl/sharedStrings.xml"].decode(), re.DOTALL)
    texts = {
        cell: shared[int(index)] for cell, index in re.findall(r'<c r="([A-Z]+[0-9]+)" t="s"><v>([0-9]+)', choices)
    }
    rules = dict(re.findall(r'<dataValidation [^>]*sqref="(D[0-9]+)"[^>]*>(.*?)</dataValidation>', sheet))
    assert len(rules) == len(list(INSTRUMENT.questions))
    for question in INSTRUMENT.questions:
        rule = rules[at(question.id, ANSWER)]
        first, last = map(int, re.findall(r"Choices!\$C\$([0-9]+):\$C\$([0-9]+)", rule)[0])
        listed = [texts[f"C{row}"].replace("&amp;", "&") for row in range(first, last + 1)]
        assert listed == list(offered(question).values()), question.id
        assert {texts[f"A{row}"] for row in range(first, last + 1)} == {question.id}
        assert ("ISNUMBER" in rule) == (question.form is Form.NUMBER)


def test_no_text_of_an_answer_stands_for_two_codes() -> None:
    for question in INSTRUMENT.questions:
        for code, text in offered(question).items():
            for said in (code, text, text.upper(), text.lower(), f"  {text} "):
                assert choice(said, offered(question)) == code, (question.id, said)


def test_a_number_takes_its_neutral_answers_and_no_band() -> None:
    beds = INSTRUMENT.by_id["beds"]
    assert set(offered(beds)) == set(NEUTRAL_ANSWERS)


def test_its_date_is_that_of_the_newest_answer() -> None:
    assert b">2026-11-24T12:00:00Z<" in parts(book(beds=3))["docProps/core.xml"]
    assert b">2000-01-01T00:00:00Z<" in parts(book())["docProps/core.xml"]
    later = Answer(3, "bob", datetime(2026, 12, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))))
    data = workbook.write(INSTRUMENT, AnswerSet(INSTRUMENT.version, {"beds": later}))
    assert b">2026-11-30T23:30:00Z<" in parts(data)["docProps/core.xml"]
    assert later.at.astimezone(UTC).year == 2026


def test_the_note_of_an_answer_stands_in_its_row() -> None:
    given = AnswerSet(INSTRUMENT.version, {"sso": Answer("yes", "bob", AT, "since May")})
    found = parts(workbook.write(INSTRUMENT, given))
    index = re.findall(rf'<c r="{at("sso", NOTE)}" s="[0-9]+" t="s"><v>([0-9]+)</v>', found[SURVEY].decode())[0]
    assert (
        re.findall(r"<si><t[^>]*>(.*?)</t></si>", found["xl/sharedStrings.xml"].decode(), re.DOTALL)[int(index)]
        == "since May"
    )
