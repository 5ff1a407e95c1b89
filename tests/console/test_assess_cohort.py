from __future__ import annotations

import json
import re
from collections.abc import Sequence

import pytest
from tests.assess.data import INSTRUMENT, PUBLISHED
from tests.console.assessed import HOSTILE, NOW, answer, text_of
from tests.console.house import Browser, House

from bench import hospitals
from leadglass.assess.contribution import Contribution, read
from leadglass.console.pages.assess_contribute import FILES, UPLOADS
from leadglass.store.appstate.cohort import cohort_size, editions, receive_many, responses

MADE = hospitals.contributions(INSTRUMENT, 80, seed=3)
INLINE = re.compile(r"<[^>]*\s(style|on[a-z]+)\s*=", re.IGNORECASE)


def contributed(house: House, made: Sequence[Contribution] = MADE) -> None:
    receive_many(house.console.engine, made, by="anna", address="", at=NOW)


def file(one: Contribution, **changes: object) -> bytes:
    named = {"format": one.format, "id": one.id, "instrument": one.instrument, "codes": dict(one.codes)}
    return json.dumps(named | changes).encode()


def upload(client: Browser, *files: tuple[str, bytes]) -> tuple[int, str]:
    sent = [("files", (name, content, "application/json")) for name, content in files]
    answered = client.post("/assess/contribute", files=sent)
    return answered.status_code, text_of(answered.text)


def test_without_a_cohort_the_hospital_stands_beside_2007_and_2005(house: House) -> None:
    client = house.user("analyst")
    answer(house.console.engine, "firewall-ris", "no")
    page = client.get("/assess/cohort")
    text = text_of(page.text)
    assert "No hospital has contributed yet" in text
    assert "2005: 90 % No (n more than 40; not given exactly)" in text
    for item in PUBLISHED.items:
        assert f'href="/assess/cohort/{item.question}"' in page.text
    assert "No: 22 (71&nbsp;%)" in page.text
    assert "n&nbsp;31, 2007" in page.text
    assert page.text.count('class="here"') == 1, "the one answer, beside 2007"


def test_looking_prints_nothing_and_printing_shows_rows_with_n_and_date(house: House) -> None:
    contributed(house)
    client = house.user("administrator")
    text = text_of(client.get("/assess/cohort").text)
    assert "Print the cohort for the first time" in text
    assert "not printed yet" in text
    client.get("/assess/cohort/sso")
    assert not editions(house.console.engine, "sso")
    assert client.post("/assess/cohort", data={"action": "print"}).headers["location"] == "/assess/cohort"
    text = text_of(client.get("/assess/cohort").text)
    assert re.search(r"Printed: .* from 80 hospitals", text.replace("\u00a0", " "))
    assert "last printed" in text
    (edition,) = editions(house.console.engine, "sso")
    page = client.get("/assess/cohort/sso").text
    assert f'<td class="n">{len(edition.table)}</td>' in page
    text = text_of(page).replace("\u00a0", " ").replace("&nbsp;", " ")
    assert "Kendall" in text or "No association is given" in text
    assert "All hospitals" in text
    assert "By beds" in text
    assert "By examinations a year" in text
    client.post("/assess/cohort", data={"action": "print"})
    assert "Nothing new may be printed" in text_of(client.get("/assess/cohort").text)


def test_a_hidden_row_shows_its_n_alone_and_not_why(house: House) -> None:
    contributed(house, MADE[:30])
    client = house.user("administrator")
    client.post("/assess/cohort", data={"action": "print"})
    every = "".join(client.get(f"/assess/cohort/{one}").text for one in ("sso", "vpn-ssl", "gateway-present", "beds"))
    assert "fewer than 10 hospitals" in every
    for reason in ("all answer the same", "a cell with few", "would follow from it", "few joined"):
        assert reason not in every


def test_the_page_of_a_question_says_in_its_table_what_its_picture_draws(house: House) -> None:
    client = house.user("analyst")
    answer(house.console.engine, "firewall-ris", "no")
    page = client.get("/assess/cohort/firewall-ris").text
    picture = page[page.index("<svg") : page.index("</svg>")]
    assert picture.count('class="share no"') == 1
    assert picture.count('class="share yes"') == 0, "nobody said yes"
    assert "This hospital: No" in picture
    text = text_of(page).replace("&nbsp;", " ")
    assert "22 71 % 53 to 84 %" in text
    assert "0 0 % 0 to 11 %" in text
    assert "Table 1 has 71 % No and 29 % Unknown" in text, "the note on the figure of 2005"
    assert page == client.get("/assess/cohort/firewall-ris").text, "the same every time"


def test_a_column_that_2007_did_not_offer_is_told_and_shifts_nothing(house: House) -> None:
    contributed(house)
    client = house.user("administrator")
    client.post("/assess/cohort", data={"action": "print"})
    page = client.get("/assess/cohort/firewall-maintenance").text
    row = page[page.index("<td>2007</td>") :]
    cells = [text_of(one) for one in row[: row.index("</tr>")].split("</td>")]
    assert [cell.partition(" ")[0] for cell in cells[1:5]] == ["33", "21", "6", "6"]
    assert cells[5:7] == ["not offered", "not offered"]
    assert cells[7] == "2007"


def test_own_bands_are_marked(house: House) -> None:
    contributed(house)
    answer(house.console.engine, "beds", 320)
    page = house.user("analyst").get("/assess/cohort/sso").text
    own = page[page.index('<tr class="own">') :]
    assert "300 to 499" in own[: own.index("</tr>")]
    assert page.count('<tr class="own">') == 1


def test_an_item_that_is_no_question_is_not_found(house: House) -> None:
    client = house.user("analyst")
    for name in ("nothing", "a%2Fb", "%3Cscript%3E", "x" * 500):
        assert client.get(f"/assess/cohort/{name}").status_code == 404


def test_the_contribution_is_previewed_exactly_as_it_is_given(house: House) -> None:
    client = house.user("administrator")
    answer(house.console.engine, "beds", 320, note="East wing & west", by="A. Visser")
    answer(house.console.engine, "sso", "unknown")
    page = client.get("/assess/contribute").text
    given = client.get("/assess/contribute/leadglass-contribution.json")
    assert given.headers["content-disposition"] == 'attachment; filename="leadglass-contribution.json"'
    shown = page[page.index("<pre") : page.index("</pre>")].partition(">")[2]
    assert shown.replace("&#34;", '"') == given.text
    assert read(given.content, INSTRUMENT).codes == {"beds": "300-499", "sso": "unknown"}
    for secret in ("Visser", "East", "320"):
        assert secret not in given.text


def test_files_are_taken_in_once_and_a_newer_one_replaces(house: House) -> None:
    client = house.user("administrator")
    first, second = MADE[0], MADE[1]
    assert upload(client, ("a.json", file(first)), ("b.json", file(second)))[0] == 200
    status, text = upload(client, ("a.json", file(first)))
    assert (status, "the same as before: nothing changed" in text) == (200, True)
    status, text = upload(client, ("a.json", file(first, codes={"sso": "yes"})))
    assert (status, "replaced the older one" in text) == (200, True)
    assert cohort_size(house.console.engine) == 2
    assert responses(house.console.engine)[first.id] == {"sso": "yes"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (file(MADE[0], codes={"sso": HOSTILE}), "no contribution"),
        (file(MADE[0], codes={"sso": "we think so"}), "no contribution"),
        (file(MADE[0], note="free text"), "no contribution"),
        (file(MADE[0], codes={"sso": "perhaps"}), "is no answer to"),
        (file(MADE[0], instrument="2999.1"), "answers to instrument 2999.1"),
        (file(MADE[0], id="St. Elsewhere"), "no contribution"),
        (b"\xff\xfe", "no contribution"),
        (b"", "no contribution"),
        (b"[" * 100_000, "no contribution"),
        (b" " * 200_000, "larger than"),
    ],
)
def test_what_is_no_contribution_is_refused_with_words_and_the_others_are_taken(
    house: House, content: bytes, told: str
) -> None:
    client = house.user("administrator")
    sent = [("files", (name, body, "text/html")) for name, body in ((HOSTILE, content), ("b.json", file(MADE[1])))]
    answered = client.post("/assess/contribute", files=sent)
    assert answered.status_code == 400
    assert told in text_of(answered.text)
    assert "<img src=x" not in answered.text
    assert "not taken" in answered.text
    assert cohort_size(house.console.engine) == 1


def test_no_file_is_a_clear_error_and_too_many_or_too_large_are_refused(house: House) -> None:
    client = house.user("administrator")
    assert client.post("/assess/contribute", data={}).status_code == 400
    assert "No file was chosen" in client.post("/assess/contribute", data={}).text
    many = [("files", (f"{n}.json", b"{}", "application/json")) for n in range(FILES + 1)]
    assert client.post("/assess/contribute", files=many).status_code == 400
    large = [("files", ("a.json", b" " * (UPLOADS.bytes + 1), "application/json"))]
    assert client.post("/assess/contribute", files=large).status_code == 413
    assert cohort_size(house.console.engine) == 0


def test_the_own_answers_are_taken_in_by_one_press(house: House) -> None:
    client = house.user("administrator")
    answer(house.console.engine, "sso", "yes")
    answered = client.post("/assess/contribute", data={"action": "own"})
    assert answered.status_code == 200
    assert list(responses(house.console.engine).values()) == [{"sso": "yes"}]
    assert "the same as before" in text_of(client.post("/assess/contribute", data={"action": "own"}).text)


def test_who_may_only_look_prints_and_gives_nothing(house: House) -> None:
    client = house.user("auditor")
    page = client.get("/assess/contribute").text
    assert "Download" not in page
    assert "<form" not in page[page.index("<main") :]
    assert client.get("/assess/contribute/leadglass-contribution.json").status_code == 403
    assert client.post("/assess/cohort", data={"action": "print"}).status_code == 403
    assert client.post("/assess/contribute", data={"action": "own"}).status_code == 403
    assert cohort_size(house.console.engine) == 0


def test_pages_hold_no_style_and_no_script_of_their_own(house: House) -> None:
    contributed(house)
    client = house.user("administrator")
    client.post("/assess/cohort", data={"action": "print"})
    for path in ("/assess/cohort", "/assess/cohort/sso", "/assess/cohort/beds", "/assess/contribute"):
        text = client.get(path).text
        assert not INLINE.search(text), path
        assert text.count("<script") == 1
    for question in INSTRUMENT.questions:
        assert client.get(f"/assess/cohort/{question.id}").status_code == 200, question.id


def taken(client: Browser, content: bytes) -> tuple[int, str]:
    sent = [("file", ("cohort.json", content, "application/json"))]
    answered = client.post("/assess/cohort", data={"action": "take"}, files=sent)
    return answered.status_code, text_of(answered.text)


def test_a_keepers_printed_cohort_is_handed_out_and_stood_beside(house: House) -> None:
    contributed(house)
    client = house.user("administrator")
    client.post("/assess/cohort", data={"action": "print"})
    handed = client.get("/assess/cohort/leadglass-cohort.json")
    assert handed.headers["content-disposition"] == 'attachment; filename="leadglass-cohort.json"'
    assert taken(client, handed.content)[0] == 303
    text = text_of(client.get("/assess/cohort").text)
    assert "Taken: a cohort of 80" in text.replace("\u00a0", " ")
    assert re.search(r"taken in by \S+ on 2026", text)
    assert "Print the cohort" not in text
    client.post("/assess/cohort", data={"action": "forget"})
    assert "taken in by" not in text_of(client.get("/assess/cohort").text)


def test_a_file_that_is_no_printed_cohort_is_told_and_changes_nothing(house: House) -> None:
    client = house.user("administrator")
    status, text = taken(client, file(MADE[0]))
    assert status == 400
    assert "no printed cohort" in text
    assert "No hospital has contributed yet" in text
    assert "taken in by" not in text_of(client.get("/assess/cohort").text)
