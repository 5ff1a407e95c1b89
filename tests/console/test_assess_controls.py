"""Claims about the pages of controls: every control has one, it says all that is known, and people decide on it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from tests.console.assessed import NOW, answer, contradicted, filed, text_of
from tests.console.house import House

from leadglass.assess.control import Kind, Level
from leadglass.assess.evidence import Evidence, Exemption
from leadglass.assess.question import Bearing
from leadglass.assess.truth import Verdict
from leadglass.assessor.knowledge import knowledge
from leadglass.console.verdicts import STANDINGS
from leadglass.store.appstate.findings import decide_exemption, documents, exemptions, file_document
from leadglass.store.appstate.users import Role

PAGE = "/assess/controls/fw-ris"
DOCUMENT = {
    "action": "file-document",
    "title": "Network drawing v7",
    "page": "2",
    "says": "confirms",
    "seen": (NOW - timedelta(days=30)).date().isoformat(),
    "scope": "RIS\r\nreporting, worklist",
    "digest": "SHA256:" + "AB" * 32,
}
REVIEW = (NOW + timedelta(days=200)).date()
EXEMPT = {"action": "exempt", "reason": "There is no RIS here", "review": REVIEW.isoformat()}


def verdict(house: House, control: str = "fw-ris") -> Verdict:
    return next(one.verdict for one in house.console.assessment().judgements if one.control == control)


def test_every_control_has_a_page_that_says_what_it_is(house: House) -> None:
    client, catalogue = house.user("auditor"), knowledge().catalogue
    for control in catalogue.controls:
        answered = client.get(f"/assess/controls/{control.id}")
        assert answered.status_code == 200, control.id
        text = text_of(answered.text).replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
        for part in (control.title, control.patients, control.remedy):
            assert " ".join(part.split()) in text, control.id
        for name in control.references:
            reference = catalogue.reference(name)
            assert reference.clause in text
            assert (reference.verified_on is None) <= ("unverified" in text)


@pytest.mark.parametrize("name", ["nothing", "FW-RIS", "..%2f..", "%00", "a" * 300])
def test_a_control_that_is_none_is_not_found(house: House, name: str) -> None:
    client = house.user("administrator")
    assert client.get(f"/assess/controls/{name}").status_code == 404
    assert client.post(f"/assess/controls/{name}", data=EXEMPT).status_code == 404


def test_what_is_law_what_is_addressable_and_what_is_only_proposed_stand_apart(house: House) -> None:
    client, catalogue = house.user("auditor"), knowledge().catalogue
    both = {Level.PROPOSED, Level.ADDRESSABLE}
    found = (one for one in catalogue.controls if both <= {catalogue.reference(name).level for name in one.references})
    text = text_of(client.get(f"/assess/controls/{next(found).id}").text)
    assert text.index("do it, or write down why not") < text.index("not law: part of no score")


def test_the_row_of_2007_stands_there_with_its_tallies(house: House) -> None:
    client = house.user("auditor")
    text = text_of(client.get("/assess/controls/fw-internet").text)
    item = knowledge().published.items[0]
    assert f"Yes: {item.counts['yes']} ({item.tally.percentages['yes']} %)" in text
    assert str(item.n) in text
    assert "No row of the article" in text_of(client.get("/assess/controls/topo-map").text)


def test_the_list_is_filtered_by_verdict_and_area_and_counts_what_it_shows(house: House) -> None:
    answer(house.console.engine, "firewall-internet", "yes")
    filed(house.console.engine, "fw-ris", Bearing.CONFIRMS)
    client = house.user("auditor")
    rows = re.compile(r'<td class="statement"><a href="/assess/controls/([a-z0-9-]+)"')
    assert len(rows.findall(client.get("/assess/controls").text)) == len(knowledge().catalogue.controls)
    assert rows.findall(client.get("/assess/controls?verdict=claimed").text) == ["fw-internet"]
    assert "fw-ris" in rows.findall(client.get("/assess/controls?verdict=met&area=firewall").text)
    assert "fw-internet" not in rows.findall(client.get("/assess/controls?verdict=met").text)
    assert "No control stands like this now" in client.get("/assess/controls?verdict=stale").text
    hostile = client.get("/assess/controls?verdict=<script>&area=%00").text
    assert "<script>" not in hostile
    assert len(rows.findall(hostile)) == len(knowledge().catalogue.controls), "what is no filter filters nothing"
    together = [client.get(f"/assess/controls?verdict={one.name}").text for one in STANDINGS]
    assert sum(len(rows.findall(html)) for html in together) == len(knowledge().catalogue.controls)


def test_claimed_stands_apart_from_proven(house: House) -> None:
    answer(house.console.engine, "firewall-ris", "yes")
    client = house.user("auditor")
    assert "Met (claimed)" in text_of(client.get(PAGE).text)
    filed(house.console.engine, "fw-ris", Bearing.CONFIRMS)
    text = text_of(client.get(PAGE).text)
    assert "Met (claimed)" not in text
    assert "Met – documented" in text


def test_each_record_says_where_when_and_how_long_it_counts(house: House) -> None:
    contradicted(house.console.engine)
    html = house.user("auditor").get(PAGE).text
    text = text_of(html).replace("\u00a0", " ")
    ground = knowledge().catalogue.control("fw-ris")
    assert ground is not None
    document = ground.ground(Kind.DOCUMENT)
    assert document is not None
    assert f"{document.fresh_days - 3} days left" in text
    assert "Network drawing v7, page 2" in text
    assert "/assess/survey/" in html
    assert "Confirmed by survey (claimed)" in text
    assert "Settle the contradiction" in text


def test_a_record_that_is_too_old_says_so(house: House) -> None:
    filed(house.console.engine, "fw-ris", Bearing.CONFIRMS, days=700)
    text = text_of(house.user("auditor").get(PAGE).text)
    assert "too old" in text
    assert "Stale" in text


def test_a_document_is_filed_as_evidence_counts_and_is_withdrawn(house: House) -> None:
    client = house.user("administrator")
    assert client.post(PAGE, data=DOCUMENT).headers["location"] == PAGE
    (found,) = documents(house.console.engine)
    assert (found.control, found.kind, found.bearing) == ("fw-ris", Kind.DOCUMENT, Bearing.CONFIRMS)
    assert (found.source, found.where) == ("Network drawing v7", "Network drawing v7, page 2")
    assert found.scope == {"RIS", "reporting", "worklist"}
    assert found.digest == "ab" * 32
    assert found.seen.astimezone(house.console.zone).date().isoformat() == DOCUMENT["seen"]
    assert "ab" * 32 in client.get(PAGE).text
    client.post(PAGE, data=DOCUMENT)
    assert len(documents(house.console.engine)) == 1, "the same form twice files one document"
    client.post(PAGE, data={"action": "withdraw-document", "evidence": found.id})
    assert documents(house.console.engine) == ()
    again = client.post(PAGE, data={"action": "withdraw-document", "evidence": found.id})
    assert again.status_code == 303
    assert "not filed here any more" in client.get(PAGE).text
    client.post(PAGE, data=DOCUMENT)
    assert len(documents(house.console.engine)) == 1, "what was withdrawn can be filed again"


def test_a_document_of_today_counts_at_once(house: House) -> None:
    today = datetime.now(house.console.zone).date().isoformat()
    client = house.user("administrator")
    client.post(PAGE, data=DOCUMENT | {"seen": today, "scope": ""})
    assert verdict(house) is Verdict.MET


def test_a_document_of_another_control_is_not_withdrawn_from_here(house: House) -> None:
    other = filed(house.console.engine, "fw-internet", Bearing.CONFIRMS)
    house.user("administrator").post(PAGE, data={"action": "withdraw-document", "evidence": other.id})
    assert len(documents(house.console.engine)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "two\nlines"),
        ("title", "x" * 161),
        ("page", "x" * 41),
        ("page", "\0"),
        ("says", "perhaps"),
        ("says", ""),
        ("seen", ""),
        ("seen", "yesterday"),
        ("seen", "2026-02-30"),
        ("seen", "20260203"),
        ("seen", "9999-12-31"),
        ("seen", "0001-01-01"),
        ("seen", "٢٠٢٦-٠٢-٠٣"),
        ("scope", ",".join(str(number) for number in range(30))),
        ("scope", "x" * 65),
        ("digest", "ab"),
        ("digest", "g" * 64),
    ],
)
def test_a_fault_in_a_document_leads_to_its_field_and_keeps_the_rest(house: House, field: str, value: str) -> None:
    answered = house.user("administrator").post(PAGE, data=DOCUMENT | {field: value})
    assert answered.status_code == 400
    assert f'href="#{field}"' in answered.text
    assert f'id="{field}"' in answered.text
    kept = "Network drawing v7" if field != "title" else DOCUMENT["digest"]
    assert kept in answered.text
    assert documents(house.console.engine) == ()


def test_a_control_is_recorded_as_not_applicable_by_name_and_applies_again(house: House) -> None:
    client = house.user("administrator")
    client.post(PAGE, data=EXEMPT)
    (found,) = exemptions(house.console.engine).values()
    assert (found.approver, found.reason, found.review) == ("the-administrator", "There is no RIS here", REVIEW)
    assert verdict(house) is Verdict.NOT_APPLICABLE
    text = text_of(client.get(PAGE).text)
    assert "There is no RIS here" in text
    assert f"to be reviewed by {REVIEW.isoformat()}" in text
    client.post(PAGE, data={"action": "withdraw-exemption"})
    assert verdict(house) is Verdict.NOT_ASSESSED
    assert client.post(PAGE, data={"action": "withdraw-exemption"}).status_code == 409


def test_a_review_that_is_due_is_told(house: House) -> None:
    day = NOW.date()
    lapsed = Exemption("fw-ris", "no RIS", "ada", day - timedelta(days=400), day - timedelta(days=2))
    decide_exemption(house.console.engine, lapsed, "ada", "")
    text = text_of(house.user("auditor").get(PAGE).text)
    assert "review is due" in text
    assert "Stale" in text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reason", ""),
        ("reason", "x" * 1_001),
        ("review", ""),
        ("review", NOW.date().isoformat()),
        ("review", "2019-01-01"),
        ("review", (NOW + timedelta(days=2_000)).date().isoformat()),
    ],
)
def test_a_fault_in_an_exemption_leads_to_its_field(house: House, field: str, value: str) -> None:
    answered = house.user("administrator").post(PAGE, data=EXEMPT | {field: value})
    assert answered.status_code == 400
    assert f'href="#{field}"' in answered.text
    assert exemptions(house.console.engine) == {}


def test_an_action_that_is_none_does_nothing(house: House) -> None:
    answered = house.user("administrator").post(PAGE, data=DOCUMENT | {"action": "delete"})
    assert answered.status_code == 400
    assert documents(house.console.engine) == ()


def test_a_control_with_many_records_shows_some_and_counts_the_rest(house: House) -> None:
    for number in range(105):
        title = f"Drawing {number}"
        file_document(
            house.console.engine,
            Evidence("", "fw-ris", Kind.DOCUMENT, Bearing.CONFIRMS, title, title, datetime.now(UTC)),
            "ada",
            "",
        )
    text = text_of(house.user("auditor").get(PAGE).text)
    assert "And 5 more records" in text
    assert "And 85 more." in text, "the because counts too"


@pytest.mark.parametrize("role", ["viewer", "analyst", "auditor"])
def test_nobody_else_decides(house: House, role: Role) -> None:
    client = house.user(role)
    assert client.post(PAGE, data=DOCUMENT).status_code == 403
    assert client.post(PAGE, data=EXEMPT).status_code == 403
    if role != "viewer":
        assert "File as evidence" not in client.get(PAGE).text
    assert documents(house.console.engine) == ()
    assert exemptions(house.console.engine) == {}
