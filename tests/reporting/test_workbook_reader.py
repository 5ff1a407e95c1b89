"""Reading a workbook: what is understood, and that every fault is named with its sheet and cell."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from tests.assess.data import INSTRUMENT
from tests.reporting.books import AT, CHOICES, EMPTY, QUESTIONS, at, book, edited, parts, replaced, typed

from leadglass.assess.answers import MAX_NOTE, AnswerSet
from leadglass.assess.instrument import Change, Instrument, Section
from leadglass.assess.interchange import MAX_FAULTS, AnswerFileError
from leadglass.reporting import workbook
from leadglass.reporting.answer_file import read
from leadglass.reporting.workbook_layout import ANSWER, BY, ID, NOTE, WorkbookError
from leadglass.reporting.workbook_reader import Gathered

FIRST = "firewall-ris"


def taken(data: bytes, instrument: Instrument = INSTRUMENT) -> Gathered:
    return read(data, instrument, by="ann", at=AT)


def value(said: str | float, question: str = FIRST) -> object:
    """What is taken when this is typed into a question's cell."""
    return taken(typed(book(), {at(question, ANSWER): said})).received.answers.values().get(question)


def fault(data: bytes, instrument: Instrument = INSTRUMENT) -> str:
    with pytest.raises(WorkbookError) as caught:
        taken(data, instrument)
    assert caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Yes", "yes"),
        ("yes", "yes"),
        ("YES", "yes"),
        ("  No ", "no"),
        ("ＮＯ", "no"),
        ("I do not know", "unknown"),
        ("i DO  not\u00a0know", "unknown"),
        ("unknown", "unknown"),
        ("İ do not know", "unknown"),
        ("ı do not know", "unknown"),
    ],
)
def test_a_code_or_its_text_is_taken_in_any_case(said: str, code: str) -> None:
    assert value(said) == code


@pytest.mark.parametrize(
    ("said", "number"),
    [
        (412, 412),
        (412.0, 412),
        (0, 0),
        ("412", 412),
        (" 1,200 ", 1200),
        ("1.200", 1200),
        ("1 200", 1200),
        ("1\u202f200", 1200),
        ("1'200’000".replace("’", "'"), 1200000),
        ("I do not know", "unknown"),
        ("not applicable", "not-applicable"),
    ],
)
def test_a_number_is_taken_also_where_it_was_typed_as_text(said: str | float, number: int | str) -> None:
    assert value(said, "beds") == number


@pytest.mark.parametrize(
    "said", [412.5, -1, 1e12, "412 beds", "1,2", "1,200.000", "12,00", "100 to 299", "²", "٤١٢", "Yes"]
)
def test_what_is_no_whole_number_is_refused_with_its_cell(said: str | float) -> None:
    assert fault(typed(book(), {at("beds", ANSWER): said})).startswith(f"Survey!{at('beds', ANSWER)}: ")


@pytest.mark.parametrize("said", ["Maybe", "Yes!", "Partly", "notapplicable", "ja", 1, 0, "<b>yes</b>", "#REF!"])
def test_what_is_no_answer_is_refused_with_its_cell_and_the_answers(said: str | float) -> None:
    found = fault(typed(book(), {at(FIRST, ANSWER): said}))
    assert found.startswith(f"Survey!{at(FIRST, ANSWER)}: ")
    assert found.endswith("is no answer; the answers are: Yes, No, I do not know, Not applicable")


def test_truth_values_and_dates_are_no_answers() -> None:
    cell, beds = at(FIRST, ANSWER), at("beds", ANSWER)
    assert "the truth value TRUE is no answer" in fault(edited(book(), {cell: f'<c r="{cell}" t="b"><v>1</v></c>'}))
    assert "the truth value" in fault(edited(book(), {beds: f'<c r="{beds}" t="b"><v>1</v></c>'}))
    dated = f'<c r="{beds}" t="d"><v>2026-11-24T00:00:00</v></c>'
    assert "a date or time is no answer" in fault(edited(book(), {beds: dated}))


@pytest.mark.parametrize("number", ["14", "22", "47"])
def test_a_number_that_is_shown_as_a_date_is_no_answer(number: str) -> None:
    """A spreadsheet program makes a date of "3-4" unasked."""
    data = replaced(book(beds=46_000), "xl/styles.xml", '<xf numFmtId="164"', f'<xf numFmtId="{number}"')
    assert "a date or time is no answer" in fault(data)
    cell = at("beds", NOTE)
    noted = edited(data, {at("beds", ANSWER): f'<c r="{at("beds", ANSWER)}"><v>3</v></c>'})
    noted = edited(noted, {cell: f'<c r="{cell}" s="4"><v>46000</v></c>'})
    assert fault(noted) == f"Survey!{cell}: a note that is shown as a date; write it as text"


@pytest.mark.parametrize("shown", [r"yyyy\-mm", "[$-409]h:mm", "[hh]", "D/M"])
def test_so_is_one_with_a_format_of_its_own(shown: str) -> None:
    data = replaced(book(beds=46_000), "xl/styles.xml", 'formatCode="#,##0"', f'formatCode="{shown}"')
    assert "a date or time is no answer" in fault(data)


@pytest.mark.parametrize("shown", ["#,##0.00", r"0\ \d", "0 &quot;days&quot;", "0_d", "[Red]0", "*m0"])
def test_a_number_that_is_shown_as_one_is_an_answer(shown: str) -> None:
    data = replaced(book(beds=46_000), "xl/styles.xml", 'formatCode="#,##0"', f'formatCode="{shown}"')
    assert taken(data).received.answers.values() == {"beds": 46_000}


def test_all_faults_are_named_and_the_rest_of_many_counted() -> None:
    cells: dict[str, str | float] = {at(name, ANSWER): "perhaps" for name in QUESTIONS}
    found = fault(typed(book(), cells))
    assert found.count("Survey!D") == MAX_FAULTS
    assert found.endswith(f"; and {len(QUESTIONS) - MAX_FAULTS} more")


@pytest.mark.parametrize(
    "xml",
    [
        "<c r='{0}'><f>1+1</f><v>2</v></c>",
        '<c r="{0}" t="str"><f>"Yes"</f><v>Yes</v></c>',
        '<c r="{0}" t="str"><f t="shared" si="0"/><v>Yes</v></c>',
        '<c r="{0}" t="str"><f t="array" ref="{0}">"Yes"</f><v>Yes</v></c>',
        '<c r="{0}" t="str"><f>[1]Sheet1!$A$1</f><v>Yes</v></c>',
        '<c r="{0}"><f>WEBSERVICE("http://evil.example")</f></c>',
    ],
)
@pytest.mark.parametrize("column", [ANSWER, NOTE, BY, ID])
def test_a_formula_is_never_taken_for_its_value(xml: str, column: str) -> None:
    cell = at("beds" if "1+1" in xml else FIRST, column)
    found = fault(edited(book(beds=3, firewall_ris="no"), {cell: xml.format(cell)}))
    assert found.startswith(f"Survey!{cell}: a formula"), found


def test_a_cell_that_an_array_formula_fills_is_a_formula_too() -> None:
    first, second = at("beds", ANSWER), at("exams", ANSWER)
    data = edited(
        book(), {first: f'<c r="{first}"><f t="array" ref="{first}:{second}">{{1;2}}</f><v>1</v></c>',
                 second: f'<c r="{second}"><v>2</v></c>'}
    )  # fmt: skip
    found = fault(data)
    assert f"Survey!{first}: a formula" in found
    assert f"Survey!{second}: a formula" in found


def test_a_formula_in_a_column_that_is_not_read_is_left_alone() -> None:
    cell = at(FIRST, "Why it is asked")
    data = edited(book(firewall_ris="no"), {cell: f'<c r="{cell}"><f>1+1</f><v>2</v></c>'})
    assert taken(data).received.answers.values() == {FIRST: "no"}


def test_ids_that_are_missing_strange_or_there_twice_are_named() -> None:
    cell = at(FIRST, ID)
    answered = book(firewall_ris="no", beds=3)
    assert fault(typed(answered, {cell: ""})) == f"Survey!{cell}: an answer without the id of its question"
    assert "has no question “firewall-moon”" in fault(typed(answered, {cell: "firewall-moon"}))
    assert fault(typed(answered, {cell: "beds"})) == f"Survey!{cell}: “beds” has a row already: 3"
    assert "<script>" in fault(typed(answered, {cell: "<script>"})), "text, for whoever shows it to escape"
    assert "⟨U+202E⟩" in fault(typed(answered, {cell: "\u202egnp"}))
    assert taken(typed(answered, {cell: f" {FIRST.upper()} "})).received.answers.values()[FIRST] == "no"


def test_an_unknown_question_without_an_answer_is_no_fault() -> None:
    found = taken(typed(book(beds=3), {at(FIRST, ID): "ours-alone"}))
    assert found.received.answers.values() == {"beds": 3}
    assert found.remarks == (f"1 of {len(QUESTIONS)} questions have no row: {FIRST}",)


def test_a_note_without_an_answer_is_not_lost_in_silence() -> None:
    found = taken(typed(book(beds=3), {at(FIRST, NOTE): "ask Bob"}))
    assert found.remarks == (f"notes without an answer are not taken: Survey!{at(FIRST, NOTE)}",)


def test_notes_and_names_are_text_whatever_they_are() -> None:
    cells: dict[str, str | float] = {
        at(FIRST, ANSWER): "yes",
        at(FIRST, NOTE): "<img src=x onerror=alert(1)>",
        at(FIRST, BY): "Eve <eve@example.org>",
        at("beds", ANSWER): 3,
        at("beds", NOTE): 2026,
    }
    found = taken(typed(book(), cells)).received.answers.answers
    assert (found[FIRST].note, found[FIRST].by) == ("<img src=x onerror=alert(1)>", "Eve <eve@example.org>")
    assert (found["beds"].note, found["beds"].by) == ("2026", "ann")


def test_a_note_or_name_that_is_too_long_is_named() -> None:
    long = typed(book(), {at(FIRST, ANSWER): "yes", at(FIRST, NOTE): "x" * (MAX_NOTE + 1)})
    assert fault(long) == f"Survey!{at(FIRST, NOTE)}: a note of 1,001 characters; 1,000 are kept"
    assert taken(typed(book(), {at(FIRST, ANSWER): "yes", at(FIRST, NOTE): "x" * MAX_NOTE}))
    assert "a name of 201 characters" in fault(typed(book(firewall_ris="no"), {at(FIRST, BY): "x" * 201}))


def test_a_character_that_no_database_keeps_is_named() -> None:
    assert "a character that is none" in fault(typed(book(firewall_ris="no"), {at(FIRST, NOTE): "_x0000_"}))


def test_columns_are_found_by_their_names() -> None:
    data = typed(book(), {"E2": "ANSWER", "D2": "note", at(FIRST, NOTE): "Yes", at(FIRST, ANSWER): "swapped"})
    found = taken(data).received.answers.answers[FIRST]
    assert (found.value, found.note) == ("yes", "swapped")


def test_a_sheet_without_its_columns_or_with_one_twice_is_refused() -> None:
    assert "has no columns “Id” and “Answer”" in fault(typed(book(), {"D2": "Result"}))
    assert "two columns are called “Answer”" in fault(typed(book(), {"E2": "Answer"}))


def test_the_survey_is_found_by_its_mark_whatever_its_sheet_is_called() -> None:
    data = replaced(book(beds=3), "xl/workbook.xml", 'name="Survey"', 'name="Umfrage &lt;2026&gt;"')
    assert taken(data).received.answers.values() == {"beds": 3}
    assert fault(typed(data, {at("beds", ANSWER): "x"})).startswith("Umfrage <2026>!D3: ")


def test_a_workbook_that_is_no_survey_is_refused() -> None:
    assert "no sheet of it is the survey" in fault(typed(book(), {"A1": "something else"}))
    found = parts(book())
    twice = replaced(book(), "xl/workbook.xml", 'name="Read me"', 'name="Other"')
    assert found["xl/worksheets/sheet2.xml"]
    twice = edited(
        twice, {"A1": '<c r="A1" t="inlineStr"><is><t>leadglass-workbook-1</t></is></c>'}, "xl/worksheets/sheet1.xml"
    )
    assert "two sheets are the survey" in fault(twice)


@pytest.mark.parametrize("said", ["", "2026", "twenty", 2026.1])
def test_a_workbook_without_its_version_is_refused(said: str | float) -> None:
    assert fault(typed(book(), {"B1": said})) == "Survey!B1: no version of the instrument stands there"


def test_a_version_that_was_computed_is_refused() -> None:
    formula = '<c r="B1" t="str"><f>"2026.1"</f><v>2026.1</v></c>'
    assert fault(edited(book(), {"B1": formula})) == "Survey!B1: a formula; type what it says"


def test_a_workbook_of_a_later_instrument_is_refused() -> None:
    with pytest.raises(AnswerFileError, match=r"answers to instrument 2199\.1; this one is") as caught:
        taken(typed(book(beds=3), {"B1": "2199.1"}))
    assert "upgrade" in caught.value.hint


def later(*changes: Change, without: str = "") -> Instrument:
    """An instrument after ours."""
    sections = tuple(
        msgspec.structs.replace(section, questions=tuple(one for one in section.questions if one.id != without))
        for section in INSTRUMENT.sections
    )
    return msgspec.structs.replace(INSTRUMENT, version="2099.1", sections=sections, changes=changes)


def test_an_older_workbook_is_brought_to_the_present_instrument() -> None:
    renamed = Change(since="2099.1", question="old-ids", to="ids-abnormal", codes={"yes": "yes", "no": "no"})
    data = typed(book(beds=412, ids_abnormal="yes"), {at("ids-abnormal", ID): "old-ids"})
    data = typed(data, dict.fromkeys(choice_cells("ids-abnormal"), "old-ids"), CHOICES)
    found = taken(data, later(renamed)).received
    assert found.version == INSTRUMENT.version
    assert found.answers == AnswerSet("2099.1", found.answers.answers)
    assert found.answers.values() == {"beds": 412, "ids-abnormal": "yes"}
    assert [(one.question, one.to) for one in found.moved] == [("old-ids", "ids-abnormal")]


def test_an_older_workbooks_texts_are_read_by_its_own_list() -> None:
    cell = at(FIRST, ANSWER)
    data = typed(book(), {cell: "Indeed"})
    assert f"Survey!{cell}: “Indeed” is no answer" in fault(data, later())
    [first, *_] = choice_cells(FIRST, "C")
    assert taken(typed(data, {first: "indeed"}, CHOICES), later()).received.answers.values() == {FIRST: "yes"}
    present = fault(typed(data, {first: "indeed"}, CHOICES))
    assert "“Indeed” is no answer" in present, "the present version's answers are ours to say"


def test_an_answer_to_a_question_that_is_no_more_is_kept_beside() -> None:
    found = taken(book(firewall_ris="no", beds=3), later(without="vpn-dialup")).received.answers
    assert found.kept == ()
    data = book(vpn_dialup="no", beds=3)
    found = taken(data, later(without="vpn-dialup")).received.answers
    assert found.values() == {"beds": 3}
    assert [(one.version, one.question, one.answer.value) for one in found.kept] == [("2026.1", "vpn-dialup", "no")]


def test_an_older_workbook_without_its_list_is_read_by_the_present_texts() -> None:
    data = replaced(book(firewall_ris="no"), "xl/workbook.xml", 'name="Choices"', 'name="Lists"')
    assert taken(data, later()).received.answers.values() == {FIRST: "no"}


def test_a_json_file_is_read_by_the_same_door() -> None:
    from leadglass.assess import interchange

    assert taken(interchange.write(replace(EMPTY))) == Gathered(interchange.read(interchange.write(EMPTY), INSTRUMENT))
    with pytest.raises(AnswerFileError, match="no file of answers"):
        taken(b"")


def test_the_workbook_of_a_small_instrument_names_all_it_lacks() -> None:
    part: Section = INSTRUMENT.sections[0]
    small = msgspec.structs.replace(INSTRUMENT, sections=(part,))
    [remark] = taken(workbook.write(small, EMPTY)).remarks
    assert remark.startswith(f"{len(QUESTIONS) - len(part.questions)} of {len(QUESTIONS)} questions have no row: ")
    assert remark.endswith("more")


def choice_cells(question: str, column: str = "A") -> list[str]:
    """The cells of a question in the sheet of choices."""
    from leadglass.reporting.workbook_layout import offered

    row, found = 1, []
    for one in INSTRUMENT.questions:
        for _ in offered(one):
            row += 1
            if one.id == question:
                found.append(f"{column}{row}")
    return found
