"""Claims about answering the survey in the console: saved, refused, kept, withdrawn, in conflict, on record."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select
from tests.console.house import Browser, House

from leadglass.assess.answers import MAX_NOTE
from leadglass.assess.branch import view
from leadglass.assess.question import Form
from leadglass.assessor.knowledge import knowledge
from leadglass.model.event import AdministratorAction, decode
from leadglass.store.appstate.engine import reading
from leadglass.store.appstate.survey import answer_set, history, numbers
from leadglass.store.appstate.tables import outbox

INSTRUMENT = knowledge().instrument
MARKUP = "<script>alert('x')</script>\n\u202e& <b>bold</b>"


def at(question: str) -> str:
    section = next(one for one in INSTRUMENT.sections if question in {row.id for row in one.questions})
    return f"/assess/survey/{section.id}/{question}"


def answer(client: Browser, question: str, value: str | int, **fields: str) -> str:
    typed = {"number": str(value)} if isinstance(value, int) else {"choice": value}
    done = client.post(at(question), data={"action": "save", "basis": "0"} | typed | fields)
    assert done.status_code == 303, done.text
    return str(done.headers["location"])


def values(house: House) -> dict[str, str | int]:
    return answer_set(house.console.engine, INSTRUMENT).values()


def actions(house: House, name: str) -> list[tuple[str, str, str]]:
    """User, address and subject of every event of an action that waits for the journal."""
    with reading(house.console.engine) as connection:
        bodies = [decode(event).body for event in connection.execute(select(outbox.c.event)).scalars()]
    return [
        (body.user, body.address, body.subject)
        for body in bodies
        if isinstance(body, AdministratorAction) and body.action == name
    ]


def title(text: str) -> str:
    return unescape(text.split("<title>")[1].split("</title>", maxsplit=1)[0])


def test_an_answer_is_saved_shown_again_and_on_record(house: House) -> None:
    client = house.user("analyst")
    assert answer(client, "beds", 412, note="with the annexe") == "/assess/survey/facility/exams?saved=beds"
    assert values(house) == {"beds": 412}
    text = client.get(at("beds")).text
    assert 'value="412"' in text
    assert "with the annexe</textarea>" in text
    assert "412 beds, the-analyst, " in text
    (record,) = history(house.console.engine)
    assert (record.by, record.source, record.note) == ("the-analyst", "console", "with the annexe")
    assert actions(house, "question-answered") == [("the-analyst", "10.1.1.1", "beds")]


def test_each_form_holds_every_answer_that_its_question_takes(house: House) -> None:
    client = house.user("analyst")
    for question in INSTRUMENT.questions:
        text = client.get(at(question.id)).text
        radios = re.findall(r'type="radio"[^>]* value="([a-z0-9-]+)"', text)
        own = ["number"] if question.form is Form.NUMBER else list(question.codes)
        assert radios == [*own, *(code for code in question.answers if code not in question.codes)], question.id
        assert (question.table1 is not None) == ("asked in 2007" in text)
        assert unescape(text).count(question.text) >= 2  # title and legend
        for help_text in (question.why, question.find_out):
            assert help_text in unescape(text)


def test_the_whole_survey_is_answered_by_following_the_page(house: House) -> None:
    client = house.user("analyst")
    address = re.search(r'class="button main" href="([^"]+)">Begin<', client.get("/assess/survey").text)
    assert address is not None
    path, steps = address[1], 0
    while (
        "/check" not in path or "Go on with" in client.get(path).text or "Answer what is left" in client.get(path).text
    ):
        if "/check" in path:
            found = re.search(r'class="button main" href="([^"]+)"', client.get(path).text)
            assert found is not None
            path = found[1]
        question = INSTRUMENT.by_id[path.split("?")[0].rsplit("/", 1)[1]]
        path = answer(client, question.id, 3 if question.form is Form.NUMBER else next(iter(question.codes)))
        steps += 1
        assert steps <= len(list(INSTRUMENT.questions))
    progress = view(INSTRUMENT, values(house)).progress
    assert (progress.unanswered, progress.answered) == (0, steps)
    assert "Nothing is left" in client.get("/assess/survey").text


@pytest.mark.parametrize("digits", ["1e9", "-1", "١٢", "", "100000001", "9" * 20])
def test_what_is_no_number_is_told_on_top_and_typed_text_stays(house: House, digits: str) -> None:
    client = house.user("analyst")
    done = client.post(at("beds"), data={"action": "save", "basis": "0", "number": digits, "note": "kept"})
    assert done.status_code == 400
    assert title(done.text).startswith("Error: ")
    assert '<a href="#number">' in done.text
    assert "autofocus" in done.text
    assert 'aria-invalid="true" aria-describedby="unit number-fault"' in done.text
    assert f'value="{digits}"' in done.text
    assert "kept</textarea>" in done.text
    assert values(house) == {}


@pytest.mark.parametrize("code", ["", "maybe", "<script>", "100-299", "partly"])
def test_a_code_that_is_no_answer_is_refused(house: House, code: str) -> None:
    client = house.user("analyst")
    done = client.post(at("dmz-direct"), data={"action": "save", "basis": "0", "choice": code})
    assert done.status_code == 400
    assert '<a href="#choice-1">' in done.text
    assert 'id="choice-1"' in done.text
    assert "<script>" not in done.text.split("</head>")[1]
    assert values(house) == {}


def test_a_note_that_is_too_long_is_refused_and_not_lost(house: House) -> None:
    client = house.user("analyst")
    note = "n" * 60_000
    done = client.post(at("beds"), data={"action": "save", "number": "1", "basis": "0", "note": note})
    assert done.status_code == 400
    assert '<a href="#note">' in done.text
    assert note in done.text
    assert client.post(at("beds"), data={"number": "1", "note": "n" * 65_536}).status_code == 413
    assert values(house) == {}


def test_markup_in_a_note_is_text_everywhere(house: House) -> None:
    client = house.user("analyst")
    answer(client, "beds", 1, note=MARKUP)
    (record,) = history(house.console.engine)
    assert record.note == MARKUP
    for path in (at("beds"), "/assess/survey/check", "/assess/survey/history", "/assess/survey/history?question=beds"):
        text = client.get(path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text
        assert "<b>bold" not in text
    assert "⟨U+202E⟩" in client.get("/assess/survey/check").text


def test_a_note_within_the_bound_is_kept_whole(house: House) -> None:
    client = house.user("analyst")
    answer(client, "beds", 1, note="ü" * MAX_NOTE)
    assert history(house.console.engine)[0].note == "ü" * MAX_NOTE


@pytest.mark.parametrize(
    "path",
    [
        "/assess/survey/facility/no-such",
        "/assess/survey/nowhere/beds",
        "/assess/survey/firewall/beds",
        "/assess/survey/facility/%3Cscript%3E",
        "/assess/survey/facility/" + "x" * 5_000,
    ],
)
def test_a_question_that_is_not_there_is_a_plain_404(house: House, path: str) -> None:
    client = house.user("analyst")
    assert client.get(path).status_code == 404
    assert client.post(path, data={"number": "3", "action": "save"}).status_code == 404
    assert values(house) == {}


def test_two_people_who_answer_at_once_choose_and_nothing_is_lost(house: House) -> None:
    ada, ben = house.user("analyst"), house.user("administrator")
    answer(ada, "dmz-direct", "yes", note="rule 17")
    done = ben.post(at("dmz-direct"), data={"action": "save", "basis": "0", "choice": "no", "note": MARKUP})
    assert done.status_code == 409
    text = done.text
    assert title(text).startswith("Error: two answers")
    for part in (
        "the-analyst",
        "rule 17",
        "Keep the one of record",
        "the-administrator, not saved",
        "&lt;script&gt;alert",
    ):
        assert part in text
    assert values(house) == {"dmz-direct": "yes"}
    hidden = {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text)}
    assert hidden["note"] == MARKUP
    assert ben.post(at("dmz-direct"), data=hidden | {"action": "save"}).status_code == 303
    assert values(house) == {"dmz-direct": "no"}
    newest, older = history(house.console.engine, "dmz-direct")
    assert (newest.by, newest.note, older.by, older.note) == ("the-administrator", MARKUP, "the-analyst", "rule 17")


def test_a_third_answer_during_a_conflict_is_another_conflict(house: House) -> None:
    ada, ben = house.user("analyst"), house.user("administrator")
    answer(ada, "beds", 100)
    first = ben.post(at("beds"), data={"action": "save", "basis": "0", "number": "200"})
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', first.text))
    answer(ada, "beds", 300, basis=hidden["basis"])
    again = ben.post(at("beds"), data=hidden | {"action": "save"})
    assert again.status_code == 409
    assert "300 beds" in again.text
    assert "200 beds" in again.text
    assert values(house) == {"beds": 300}


def test_the_same_answer_twice_is_one(house: House) -> None:
    ada, ben = house.user("analyst"), house.user("administrator")
    answer(ada, "dmz-direct", "yes")
    answer(ben, "dmz-direct", "yes")
    assert len(history(house.console.engine)) == 1


def test_an_answer_is_withdrawn_and_stays_in_the_history(house: House) -> None:
    client = house.user("analyst")
    answer(client, "beds", 412)
    done = client.post(at("beds"), data={"action": "withdraw", "basis": str(numbers(house.console.engine)["beds"])})
    assert done.status_code == 303
    assert values(house) == {}
    assert "Withdrawn: the answer to" in client.get(done.headers["location"]).text
    text = client.get("/assess/survey/history?question=beds").text
    assert text.index("withdrawn") < text.index("412 beds")
    assert "Withdraw this answer" not in client.get(at("beds")).text


def test_a_withdrawal_against_a_newer_answer_asks_first(house: House) -> None:
    ada, ben = house.user("analyst"), house.user("administrator")
    answer(ada, "beds", 100)
    basis = str(numbers(house.console.engine)["beds"])
    answer(ada, "beds", 200, basis=basis)
    done = ben.post(at("beds"), data={"action": "withdraw", "basis": basis})
    assert done.status_code == 409
    assert "Withdraw it all the same" in done.text
    assert values(house) == {"beds": 200}
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', done.text))
    assert ben.post(at("beds"), data=hidden | {"action": "withdraw"}).status_code == 303
    assert values(house) == {}


def test_nothing_to_withdraw_is_told(house: House) -> None:
    done = house.user("analyst").post(at("beds"), data={"action": "withdraw", "basis": "0"})
    assert done.status_code == 400
    assert "no answer that could be withdrawn" in done.text


def test_answers_that_a_branch_hides_are_kept_and_said_to_be(house: House) -> None:
    client = house.user("analyst")
    answer(client, "dicom-encrypted", "yes")
    answer(client, "dicom-certificates", "partly")
    basis = str(numbers(house.console.engine)["dicom-encrypted"])
    where = answer(client, "dicom-encrypted", "no", basis=basis)
    assert "dicom-certificates" not in where
    assert "1\u00a0question is not asked; what was answered to 1 of them is kept" in client.get(where).text
    text = client.get(at("dicom-certificates")).text
    assert "not asked" in text
    assert "is kept, and counts for nothing" in text
    assert "Partly" in text
    assert '<form method="post" action="/assess/survey/exchange' not in text
    checked = client.get("/assess/survey/check?section=exchange").text
    assert "Its answer is kept, and counts for nothing meanwhile: Partly." in checked
    assert "of 6 questions answered" in checked
    assert "Question 4 of 6" in client.get(at("hl7-encrypted")).text
    basis = str(numbers(house.console.engine)["dicom-encrypted"])
    answer(client, "dicom-encrypted", "yes", basis=basis)
    assert "checked" in client.get(at("dicom-certificates")).text


def test_an_answer_to_what_was_hidden_meanwhile_is_kept_and_said_to_be(house: House) -> None:
    client = house.user("analyst")
    answer(client, "dicom-encrypted", "no")
    text = client.get(answer(client, "dicom-certificates", "partly")).text
    assert "Saved: " in text
    assert "It is not asked any more" in text
    assert values(house)["dicom-certificates"] == "partly"


def test_change_leads_back_to_the_check(house: House) -> None:
    client = house.user("analyst")
    answer(client, "beds", 412)
    text = client.get("/assess/survey/check?section=facility").text
    assert f'href="{at("beds")}?from=check"' in text
    assert '<input type="hidden" name="from" value="check">' in client.get(at("beds") + "?from=check").text
    basis = str(numbers(house.console.engine)["beds"])
    where = answer(client, "beds", 413, basis=basis, **{"from": "check"})
    assert where == "/assess/survey/check?section=facility&saved=beds"
    assert "413 beds" in client.get(where).text


def test_skip_and_back_pass_over_hidden_questions(house: House) -> None:
    client = house.user("analyst")
    answer(client, "dicom-encrypted", "no")
    assert f'href="{at("hl7-encrypted")}">Skip for now' in client.get(at("dicom-encrypted")).text
    assert f'href="{at("dicom-encrypted")}">Back' in client.get(at("hl7-encrypted")).text


def test_an_auditor_reads_and_changes_nothing(house: House) -> None:
    answer(house.user("analyst"), "beds", 412, note="with the annexe")
    auditor = house.user("auditor")
    text = auditor.get(at("beds")).text
    assert "412 beds" in text
    assert "with the annexe" in text
    assert "Save and continue" not in text
    assert "Withdraw" not in text
    assert auditor.post(at("beds"), data={"number": "1", "action": "save", "basis": "0"}).status_code == 403
    for path in ("/assess/survey", "/assess/survey/check", "/assess/survey/history", "/assess/survey/paper"):
        assert auditor.get(path).status_code == 200
    assert values(house) == {"beds": 412}


def test_history_is_paged_to_its_end(house: House) -> None:
    client = house.user("analyst")
    for number in range(120):
        answer(client, "beds", number, basis=str(numbers(house.console.engine).get("beds", 0)))
    path, seen = "/assess/survey/history?question=beds", []
    while path:
        text = client.get(path).text
        seen += re.findall(r"<strong>(\d+) beds</strong>", text)
        found = re.search(r'href="([^"]+)">Older', text)
        path = unescape(found[1]) if found else ""
    assert [int(one) for one in seen] == list(range(119, -1, -1))


@pytest.mark.parametrize("query", ["question=no-such", "question=%3Cscript%3E", "question=%00"])
def test_the_history_of_no_question_is_a_404(house: House, query: str) -> None:
    assert house.user("analyst").get(f"/assess/survey/history?{query}").status_code == 404


@pytest.mark.parametrize("after", ["x", "-1", "٣", "9" * 400, "0"])
def test_a_page_of_history_that_is_none_is_no_error(house: House, after: str) -> None:
    client = house.user("analyst")
    answer(client, "beds", 412)
    assert client.get("/assess/survey/history", params={"after": after}).status_code == 200


def test_paper_holds_every_question_its_boxes_and_its_branches(house: House) -> None:
    text = unescape(house.user("analyst").get("/assess/survey/paper").text)
    for question in INSTRUMENT.questions:
        assert question.text in text
    boxes = sum(
        len([code for code in question.answers if question.form is not Form.NUMBER or code not in question.codes])
        for question in INSTRUMENT.questions
    )
    assert text.count('class="box"') == boxes
    assert text.count("Leave out if") == sum(len(question.skip) for question in INSTRUMENT.questions)
    assert text.count('<span class="chip info">asked in 2007</span>') == 17
    assert "412" not in text


def test_paper_of_one_section_keeps_the_numbers_of_the_whole(house: House) -> None:
    client = house.user("analyst")
    second = INSTRUMENT.sections[1]
    text = client.get(f"/assess/survey/paper?section={second.id}").text
    assert text.count('class="sheet-of"') == 1
    assert f'start="{len(INSTRUMENT.sections[0].questions) + 1}"' in text
    assert client.get("/assess/survey/paper?section=nowhere").status_code == 404
    assert client.get("/assess/survey/check?section=nowhere").status_code == 404
