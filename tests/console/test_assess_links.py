"""Claims about links: one section, no account, a name first, nothing else to see, and an end."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from msgspec import structs
from tests.console.house import Browser, House

from leadglass.assess.question import Question, Skip
from leadglass.assessor.knowledge import knowledge
from leadglass.console.survey_form import MAX_PERSON
from leadglass.console.throttle import FREE
from leadglass.store.appstate.sections import shares
from leadglass.store.appstate.survey import answer_set, history, numbers

INSTRUMENT = knowledge().instrument
DAY = 86_400_000_000_000
LINKS = "/assess/survey/links"


def made(house: House, section: str = "exchange", label: str = "Bram, networks", days: str = "30") -> str:
    """The path of a new link."""
    client = house.user("administrator")
    done = client.post(LINKS, data={"action": "share", "section": section, "label": label, "days": days})
    assert done.status_code == 200, done.text
    found = re.search(r"https://testserver(/answer/[\w-]+)<", done.text)
    assert found is not None
    return found[1]


def named(house: House, link: str, name: str = "Bram de Wit") -> Browser:
    client = house.client()
    assert client.post(link, data={"person": name}).status_code == 303
    return client


def values(house: House) -> dict[str, str | int]:
    return answer_set(house.console.engine, INSTRUMENT).values()


def later(house: House, days: float) -> None:
    """The same console, some days on."""
    clock = house.console.clock
    house.console = replace(house.console, clock=lambda: clock() + int(days * DAY))


def test_a_link_is_shown_once_in_full_and_only_to_its_maker(house: House) -> None:
    link = made(house)
    token = link.rsplit("/", 1)[1]
    assert len(token) >= 32
    client = house.user("administrator")
    listed = client.get(LINKS).text
    assert "Bram, networks" in listed
    assert "open" in listed
    assert token not in listed
    assert all(token not in repr(share) for share in shares(house.console.engine))


@pytest.mark.parametrize("role", ["viewer", "analyst", "auditor"])
def test_only_those_who_decide_make_and_see_links(house: House, role: str) -> None:
    client = house.user(role)  # type: ignore[arg-type]  # the literals above
    assert client.get(LINKS).status_code == 403
    done = client.post(LINKS, data={"action": "share", "section": "exchange", "label": "x", "days": "3"})
    assert done.status_code == 403
    assert shares(house.console.engine) == ()
    if role != "viewer":
        assert LINKS not in client.get("/assess/survey").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("section", "nowhere"),
        ("section", ""),
        ("label", ""),
        ("label", "x" * 81),
        ("label", "two\nlines"),
        ("label", "\u202eevil"),
        ("days", "0"),
        ("days", "91"),
        ("days", "-1"),
        ("days", "1e1"),
        ("days", "٣"),
        ("days", ""),
    ],
)
def test_a_link_that_cannot_be_is_refused_at_its_field(house: House, field: str, value: str) -> None:
    typed = {"action": "share", "section": "exchange", "label": "Bram", "days": "30"} | {field: value}
    done = house.user("administrator").post(LINKS, data=typed)
    assert done.status_code == 400
    assert f'<a href="#{field}">' in done.text
    assert "<title>Error: " in done.text
    assert shares(house.console.engine) == ()


def test_without_a_word_about_days_a_link_lasts_thirty(house: House) -> None:
    assert re.search(r'name="days" value="30"', house.user("administrator").get(LINKS).text)
    made(house)
    (share,) = shares(house.console.engine)
    assert (share.until - share.at).days == 30


def test_whoever_comes_is_asked_who_it_is_first(house: House) -> None:
    link = made(house)
    client = house.client()
    text = client.get(link).text
    assert "Your name" in text
    assert INSTRUMENT.by_id["dicom-encrypted"].text not in text
    for none in ("", "  ", "\u200b", "x" * (MAX_PERSON + 1)):
        done = client.post(link, data={"person": none})
        assert done.status_code == 400
        assert '<a href="#person">' in done.text
    done = client.post(link, data={"person": "Bram de Wit"})
    assert done.headers["location"] == f"{link}/dmz-pacs"
    cookie = done.headers["set-cookie"]
    for part in (f"Path={link}", "Secure", "HttpOnly", "SameSite=lax"):
        assert part in cookie


def test_a_section_is_answered_by_link_and_says_by_whom(house: House) -> None:
    link = made(house)
    client = named(house, link)
    path, given = f"{link}/dmz-pacs", 0
    while not path.startswith(f"{link}?"):
        question = INSTRUMENT.by_id[path.split("?", maxsplit=1)[0].rsplit("/", 1)[1]]
        data = {"action": "save", "basis": "0", "choice": next(iter(question.codes)), "note": "asked the vendor"}
        done = client.post(path, data=data)
        assert done.status_code == 303, done.text
        path, given = done.headers["location"], given + 1
    section = next(one for one in INSTRUMENT.sections if one.id == "exchange")
    assert given == len(section.questions) == len(values(house))
    text = client.get(path).text
    assert "All is answered and saved" in text
    assert text.count(">Change<") == given
    records = history(house.console.engine)
    assert {(one.by, one.source) for one in records} == {("Bram de Wit (by link Bram, networks)", "link")}
    assert "Bram de Wit (by link Bram, networks)" in house.user("analyst").get("/assess/survey/history").text


def test_without_cookies_the_name_is_asked_for_with_each_answer(house: House) -> None:
    link = made(house)
    client = house.client()
    assert 'name="person"' in client.get(f"{link}/dmz-pacs").text
    data = {"action": "save", "basis": "0", "choice": "yes"}
    done = client.post(f"{link}/dmz-pacs", data=data)
    assert done.status_code == 400
    assert "Say who you are" in done.text
    assert 'value="yes" checked' in done.text
    assert values(house) == {}
    assert client.post(f"{link}/dmz-pacs", data=data | {"person": "Bram"}).status_code == 303
    assert history(house.console.engine)[0].by == "Bram (by link Bram, networks)"
    assert 'name="person"' not in client.get(f"{link}/dmz-direct").text, "once it was given, it is kept"


def test_nobody_withdraws_without_a_name(house: House) -> None:
    link = made(house)
    named(house, link).post(f"{link}/dmz-pacs", data={"action": "save", "basis": "0", "choice": "yes"})
    stranger = house.client()
    basis = str(numbers(house.console.engine)["dmz-pacs"])
    done = stranger.post(f"{link}/dmz-pacs", data={"action": "withdraw", "basis": basis})
    assert done.status_code == 400
    assert "Say who you are" in done.text
    assert values(house) == {"dmz-pacs": "yes"}


def test_a_name_with_markup_is_text_everywhere(house: House) -> None:
    link = made(house, label="<b>Bram</b>")
    client = named(house, link, "<script>alert(1)</script>")
    done = client.post(f"{link}/dmz-pacs", data={"action": "save", "basis": "0", "choice": "yes"})
    administrator = house.user("administrator")
    pages = [client.get(done.headers["location"]), client.get(link), client.get(f"{link}/dmz-pacs")]
    pages += [administrator.get(path) for path in ("/assess/survey/history", "/assess/survey/check", LINKS)]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<b>Bram" not in page.text
    assert "&lt;script&gt;alert(1)" in pages[1].text
    forged = house.client()
    forged.cookies.set("__Secure-leadglass-person", "%3Cb%3E%0Ax%E2%80%AE", path=link)
    text = forged.get(link).text
    assert "&lt;b&gt; x<" in text


def test_a_link_reveals_nothing_else(house: House) -> None:
    administrator = house.user("administrator")
    for question, code in (("gateway-owner", "vendor"), ("dicom-encrypted", "no")):
        section = next(one.id for one in INSTRUMENT.sections if INSTRUMENT.by_id[question] in one.questions)
        done = administrator.post(
            f"/assess/survey/{section}/{question}",
            data={"action": "save", "basis": "0", "choice": code, "note": f"secret of {section}"},
        )
        assert done.status_code == 303
    link = made(house)
    client = named(house, link)
    others = [one for one in INSTRUMENT.questions if one.id not in {row.id for row in _questions("exchange")}]
    seen = [client.get(link), *(client.get(f"{link}/{one.id}") for one in _questions("exchange"))]
    seen += [client.get(f"{link}?saved=gateway-owner"), client.get(f"{link}?saved=<b>")]
    for page in seen:
        assert page.status_code == 200
        text = unescape(page.text)
        assert "secret of gateway" not in text
        for path in ("/assess", "/patients", "/peers", "Policy"):
            assert path not in text
        for one in others:
            assert one.text not in text
    for one in others:
        answer = client.get(f"{link}/{one.id}")
        assert answer.status_code == 404
        assert one.text not in unescape(answer.text)
    assert client.post(f"{link}/beds", data={"action": "save", "number": "3"}).status_code == 404
    assert "beds" not in values(house)
    for path in ("/assess/survey", "/assess/survey/check", "/"):
        assert client.get(path).status_code == 303, "a link is no account"


def test_what_another_section_decides_is_not_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = INSTRUMENT.by_id["gateway-owner"]
    skip = (Skip(question=secret.id, answers=("vendor",)),)
    sections = [
        structs.replace(one, questions=tuple(structs.replace(row, skip=skip) for row in one.questions))
        if one.id == "exchange"
        else one
        for one in INSTRUMENT.sections
    ]
    known = replace(knowledge(), instrument=structs.replace(INSTRUMENT, sections=tuple(sections)))
    monkeypatch.setattr("leadglass.console.asking.knowledge", lambda: known)
    data = {"action": "save", "basis": "0", "choice": "vendor"}
    assert house.user("analyst").post("/assess/survey/gateway/gateway-owner", data=data).status_code == 303
    assert secret.text in unescape(house.user("auditor").get("/assess/survey/check?section=exchange").text)
    link = made(house)
    client = named(house, link)
    for path in (link, f"{link}/dmz-pacs"):
        text = unescape(client.get(path).text)
        assert "An earlier answer makes it pointless." in text
        assert secret.text not in text
        assert secret.codes["vendor"] not in text


def test_wrong_expired_and_revoked_links_lead_to_the_same_page(house: House) -> None:
    ended, revoked = made(house, days="2"), made(house, label="gone")
    administrator = house.user("administrator")
    share = next(one for one in shares(house.console.engine) if one.label == "gone")
    assert administrator.post(LINKS, data={"action": "revoke", "id": share.id}).status_code == 303
    later(house, 2.01)
    client = house.client()
    client.cookies.set("__Secure-leadglass-person", "Bram")
    pages = [client.get(path) for path in (ended, revoked, "/answer/" + "x" * 43, "/answer/%3Cb%3E")]
    assert {page.status_code for page in pages} == {404}
    assert len({page.text for page in pages}) == 1
    assert "This link opens nothing" in pages[0].text
    done = client.post(f"{ended}/dmz-pacs", data={"action": "save", "basis": "0", "choice": "yes"})
    assert done.status_code == 404
    assert values(house) == {}


def test_what_was_answered_by_a_link_stays_when_it_ends(house: House) -> None:
    link = made(house)
    named(house, link).post(f"{link}/dmz-pacs", data={"action": "save", "basis": "0", "choice": "yes"})
    administrator = house.user("administrator")
    (share,) = shares(house.console.engine)
    for _ in range(2):
        administrator.post(LINKS, data={"action": "revoke", "id": share.id})
    assert "revoked" in administrator.get(LINKS).text
    assert values(house) == {"dmz-pacs": "yes"}


def test_ending_no_link_is_told(house: House) -> None:
    administrator = house.user("administrator")
    for none in ("<b>", "", "\0", "x" * 60_000):
        assert administrator.post(LINKS, data={"action": "revoke", "id": none}).status_code == 409


def test_guessing_is_slowed_down(house: House) -> None:
    house.console = replace(house.console, clock=lambda: 1_800_000_000_000_000_000)
    link = made(house)
    client = house.client()
    for number in range(FREE):
        assert client.get(f"/answer/{'x' * 40}{number}").status_code == 404
    slowed = client.get("/answer/" + "y" * 43)
    assert slowed.status_code == 429
    assert "wait a quarter of an hour" in slowed.text
    assert client.get(link).status_code == 429, "else it would not slow down whoever guesses right"
    assert house.client().post("/sign-in", data={"name": "nobody", "password": "x"}).status_code == 401


def test_two_people_by_two_ways_choose(house: House) -> None:
    link = made(house)
    guest, analyst = named(house, link), house.user("analyst")
    path = "/assess/survey/exchange/dmz-pacs"
    assert analyst.post(path, data={"action": "save", "basis": "0", "choice": "no", "note": "seen"}).status_code == 303
    done = guest.post(f"{link}/dmz-pacs", data={"action": "save", "basis": "0", "choice": "yes", "note": "mine"})
    assert done.status_code == 409
    for part in ("the-analyst", "seen", "mine", "Bram de Wit (by link Bram, networks), not saved"):
        assert part in done.text
    assert "/assess" not in done.text
    hidden = {
        name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', done.text)
    }
    assert guest.post(f"{link}/dmz-pacs", data=hidden | {"action": "save"}).status_code == 303
    assert values(house) == {"dmz-pacs": "yes"}
    assert [one.by for one in history(house.console.engine)] == [
        "Bram de Wit (by link Bram, networks)",
        "the-analyst",
    ]


def test_a_conflict_by_link_without_cookies_keeps_the_name(house: House) -> None:
    link = made(house)
    analyst, guest = house.user("analyst"), house.client()
    analyst.post("/assess/survey/exchange/dmz-pacs", data={"action": "save", "basis": "0", "choice": "no"})
    data = {"action": "save", "basis": "0", "choice": "yes", "person": "Eva"}
    hidden = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', guest.post(f"{link}/dmz-pacs", data=data).text)
    )
    assert guest.post(f"{link}/dmz-pacs", data=hidden | {"action": "save"}).status_code == 303
    assert history(house.console.engine)[0].by == "Eva (by link Bram, networks)"


def test_somebody_else_at_the_same_device_says_so(house: House) -> None:
    link = made(house)
    client = named(house, link)
    assert 'value="Bram de Wit"' in client.get(f"{link}?rename=yes").text
    client.post(link, data={"person": "Eva"})
    client.post(f"{link}/dmz-pacs", data={"action": "save", "basis": "0", "choice": "yes"})
    assert history(house.console.engine)[0].by == "Eva (by link Bram, networks)"


def _questions(section: str) -> tuple[Question, ...]:
    return next(one.questions for one in INSTRUMENT.sections if one.id == section)
