"""Answers as files in the console: exported, uploaded, looked at, taken as chosen; nothing replaced unasked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from tests.console.assessed import HOSTILE, answer, text_of
from tests.console.house import Browser, House
from tests.console.test_assess_survey import actions, values
from tests.reporting.books import at, book, packed, parts, typed

from leadglass.assess import interchange
from leadglass.assess.answers import Answer, AnswerSet
from leadglass.assessor.knowledge import knowledge
from leadglass.console.offers import LASTS, MAX_OFFERS, Offer, Offers
from leadglass.reporting.answer_file import read
from leadglass.reporting.workbook_layout import ANSWER, BY, NOTE
from leadglass.store.appstate.survey import answer_set, history

INSTRUMENT = knowledge().instrument
WHEN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
FILES, IMPORT = "/assess/files", "/assess/files/import"


def file_of(**answers: str | int) -> bytes:
    given = {name.replace("_", "-"): Answer(value, "eve", WHEN, "hers") for name, value in answers.items()}
    return interchange.write(AnswerSet(INSTRUMENT.version, given), "Elsewhere")


def upload(client: Browser, data: bytes, name: str = "answers.json") -> Any:
    return client.post(FILES, files={"file": (name, data)})


def offered(client: Browser, data: bytes, name: str = "answers.json") -> str:
    """What the page says of an upload that can be taken."""
    done = upload(client, data, name)
    assert (done.status_code, done.headers["location"]) == (303, IMPORT), text_of(done.text)
    return client.get(IMPORT).text


def seen(page: str) -> list[str]:
    return [piece.split('"')[0] for piece in page.split('name="seen" value="')[1:]]


def take(client: Browser, page: str, action: str = "take", **chosen: str) -> Any:
    choices = {f"take-{name.replace('_', '-')}": whose for name, whose in chosen.items()}
    return client.post(IMPORT, data={"action": action, "seen": seen(page), **choices})


def said(client: Browser) -> str:
    return text_of(client.get(FILES).text)


def test_answers_of_record_are_exported_and_come_back_the_same(house: House) -> None:
    answer(house.console.engine, "beds", 412, note="=1+1")
    answer(house.console.engine, "firewall-ris", "no", note=HOSTILE)
    client = house.user("analyst")
    as_json, as_book = client.get(f"{FILES}/answers.json"), client.get(f"{FILES}/answers.xlsx")
    for found, kind in ((as_json, "application/json"), (as_book, "spreadsheetml.sheet")):
        assert kind in found.headers["content-type"]
        assert found.headers["content-disposition"].startswith('attachment; filename="leadglass-answers-')
        back = read(found.content, INSTRUMENT, by="x", at=WHEN).received
        assert back.answers.values() == {"beds": 412, "firewall-ris": "no"}
        assert back.facility == house.console.configuration().site.name
        page = offered(client, found.content)
        assert "there is nothing to take" in page
    before = answer_set(house.console.engine, INSTRUMENT)
    assert read(as_json.content, INSTRUMENT, by="x", at=WHEN).received.answers == before
    assert client.get(f"{FILES}/answers.xlsx").content == as_book.content


def test_what_only_the_file_answers_is_shown_and_added(house: House) -> None:
    client = house.user("analyst")
    page = offered(client, file_of(beds=412, firewall_ris="no"))
    assert values(house) == {}, "looking takes nothing"
    assert "412 beds" in page
    assert "Elsewhere" in page
    done = take(client, page)
    assert done.headers["location"] == FILES
    assert "2 answers added, 0 replaced." in said(client)
    assert values(house) == {"beds": 412, "firewall-ris": "no"}
    assert [one.source for one in history(house.console.engine)] == ["file", "file"]
    assert [one.answer.by for one in history(house.console.engine) if one.answer] == ["eve", "eve"]
    assert actions(house, "answers-imported") == [("the-analyst", "10.1.1.1", "file")]
    assert client.get(IMPORT).headers["location"] == FILES, "it is taken once"


def test_an_answer_of_record_stays_unless_the_files_is_chosen(house: House) -> None:
    answer(house.console.engine, "firewall-ris", "yes")
    answer(house.console.engine, "sso", "no")
    client = house.user("analyst")
    page = offered(client, file_of(firewall_ris="no", sso="yes"))
    assert 'id="ours-sso" name="take-sso" value="ours" checked' in page
    done = take(client, page, sso="theirs", firewall_ris="ours")
    assert done.status_code == 303
    assert values(house) == {"firewall-ris": "yes", "sso": "yes"}
    assert "0 answers added, 1 replaced. 1 of record stay as they were." in said(client)
    assert len(history(house.console.engine, "sso")) == 2, "what was replaced stays in the history"


def test_all_of_the_files_answers_can_be_taken_at_once(house: House) -> None:
    answer(house.console.engine, "firewall-ris", "yes")
    answer(house.console.engine, "sso", "no")
    client = house.user("analyst")
    take(client, offered(client, file_of(firewall_ris="no", sso="yes")), action="all")
    assert values(house) == {"firewall-ris": "no", "sso": "yes"}


def test_a_note_that_differs_is_a_difference_and_one_that_we_lack_is_taken(house: House) -> None:
    answer(house.console.engine, "sso", "no", note="ours")
    answer(house.console.engine, "beds", 3)
    client = house.user("analyst")
    page = offered(client, file_of(sso="no", beds=3))
    assert seen(page)[0].startswith("sso:")
    assert "with a note that ours lacks" in page
    take(client, page)
    found = answer_set(house.console.engine, INSTRUMENT).answers
    assert (found["sso"].note, found["beds"].note) == ("ours", "hers")


def test_what_was_answered_since_the_preview_is_not_replaced_unseen(house: House) -> None:
    answer(house.console.engine, "sso", "no")
    answer(house.console.engine, "firewall-ris", "yes")
    client = house.user("analyst")
    page = offered(client, file_of(sso="yes", firewall_ris="no", beds=3))
    answer(house.console.engine, "sso", "unknown", by="somebody else")
    answer(house.console.engine, "beds", 4, by="somebody else")
    done = take(client, page, sso="theirs", firewall_ris="theirs")
    assert done.status_code == 409
    assert "2 questions were answered by somebody else meanwhile" in text_of(done.text)
    assert values(house) == {"sso": "unknown", "firewall-ris": "no", "beds": 4}
    take(client, done.text, sso="theirs")
    assert values(house) == {"sso": "yes", "firewall-ris": "no", "beds": 4}


def test_a_choice_that_names_no_record_takes_nothing(house: House) -> None:
    answer(house.console.engine, "sso", "no")
    client = house.user("analyst")
    offered(client, file_of(sso="yes"))
    for forged in ("", "sso", "sso:", "sso:x", "sso:-1", "sso:999999999999999999999", "nothing:1", "sso:0"):
        done = client.post(IMPORT, data={"action": "all", "seen": forged})
        assert done.status_code == 409
        assert values(house) == {"sso": "no"}, forged


def test_a_workbook_is_filled_in_uploaded_and_taken(house: House) -> None:
    client = house.user("analyst")
    exported = client.get(f"{FILES}/answers.xlsx").content
    filled = typed(
        exported,
        {at("sso", ANSWER): "Yes", at("sso", NOTE): HOSTILE, at("beds", ANSWER): 412, at("beds", BY): "Anna",
         at("firewall-ris", NOTE): "ask Bob"},
    )  # fmt: skip
    page = offered(client, filled, "meeting.xlsx")
    assert "notes without an answer are not taken: Survey!" in page
    assert "<img src=x" not in page
    assert "⟨U+202E⟩" in page
    take(client, page)
    found = answer_set(house.console.engine, INSTRUMENT).answers
    assert {name: (one.value, one.by, one.note) for name, one in found.items()} == {
        "beds": (412, "Anna", ""),
        "sso": ("yes", "the-analyst", HOSTILE),
    }
    assert {one.source for one in history(house.console.engine)} == {"workbook"}


def test_nothing_is_taken_when_nothing_is_wanted(house: House) -> None:
    client = house.user("analyst")
    page = offered(client, file_of(beds=3))
    assert take(client, page, action="drop").headers["location"] == FILES
    assert "Nothing was taken." in said(client)
    assert values(house) == {}
    assert client.get(IMPORT).status_code == 303


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no file of answers"),
        (b'{"format": "leadglass-contribution-1"}', "no file of answers"),
        (b"PK", "no workbook"),
        (packed({"a": b"b"}), "no workbook"),
        (
            typed(book(), {at("sso", ANSWER): "<b>perhaps</b>"}),
            "“<b>perhaps</b>” is no answer; the answers are: Yes, No",
        ),
        (file_of(sso="perhaps"), "'perhaps' is no answer to 'sso'"),
        (packed(parts(book()) | {"xl/vbaProject.bin": b""}), "a workbook with macros"),
    ],
    ids=["empty", "contribution", "cut", "archive", "answers", "json", "macros"],
)
def test_a_file_that_cannot_be_taken_is_refused_with_its_faults(house: House, data: bytes, said: str) -> None:
    client = house.user("analyst")
    done = upload(client, data)
    assert done.status_code == 400
    assert "<b>perhaps" not in done.text
    assert said in unescape(done.text)
    assert 'role="alert"' in done.text
    assert "<title>Error: " in done.text
    assert client.get(IMPORT).headers["location"] == FILES
    assert values(house) == {}


def test_a_form_without_a_file_says_so(house: House) -> None:
    client = house.user("analyst")
    for done in (
        client.post(FILES),
        client.post(FILES, files={"file": ("", b"")}),
        client.post(FILES, data={"file": "x"}),
    ):
        assert done.status_code == 400
        assert "Choose a file" in done.text


def test_an_older_versions_answers_are_kept_beside_and_shown(house: House) -> None:
    old = file_of(beds=3).replace(INSTRUMENT.version.encode(), b"2020.1").replace(b'"beds"', b'"fax-lines"')
    client = house.user("analyst")
    page = offered(client, old)
    assert "Kept beside" in page
    assert "fax-lines" in page
    take(client, page)
    kept = answer_set(house.console.engine, INSTRUMENT).kept
    assert [(one.version, one.question, one.answer.value) for one in kept] == [("2020.1", "fax-lines", 3)]


def test_the_name_of_a_file_is_text(house: House) -> None:
    page = offered(house.user("analyst"), file_of(beds=3), f"{HOSTILE}.json")
    assert "<img src=x" not in page
    assert "\u202e" not in page


def test_one_persons_upload_is_nobody_elses(house: House) -> None:
    analyst, administrator = house.user("analyst"), house.user("administrator")
    offered(analyst, file_of(beds=3))
    assert administrator.get(IMPORT).headers["location"] == FILES
    assert administrator.post(IMPORT, data={"action": "take"}).headers["location"] == FILES
    assert values(house) == {}


def test_an_auditor_exports_and_imports_nothing(house: House) -> None:
    auditor = house.user("auditor")
    assert auditor.get(f"{FILES}/answers.json").status_code == 200
    assert "imports nothing" in auditor.get(FILES).text
    assert upload(auditor, file_of(beds=3)).status_code == 403
    assert auditor.get(IMPORT).status_code == 403


def test_offers_are_few_and_end() -> None:
    offers: Offers[Offer] = Offers()
    gathered = read(file_of(beds=3), INSTRUMENT, by="x", at=WHEN)
    first = Offer("a", "file", gathered, 1_000)
    for number in range(MAX_OFFERS + 1):
        offers.put(f"session {number}", replace(first, name=str(number)))
    assert offers.look("session 0", 1_000) is None
    assert offers.look("session 1", 1_000) is not None
    offers.put("session 1", replace(first, name="again"))
    offers.put("another", first)
    assert offers.look("session 1", 1_000 + LASTS) == replace(first, name="again")
    assert offers.look("session 1", 1_001 + LASTS) is None
    offers.drop("another")
    assert offers.look("another", 1_000) is None
