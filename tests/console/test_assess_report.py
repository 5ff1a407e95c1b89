"""Claims about the pages of reports: who makes one, how it reads and is taken away, and what hostile words become."""

from __future__ import annotations

import hashlib
import html
import json
import re
from urllib.parse import quote

import pytest
from tests.console.assessed import HOSTILE, answer, contradicted, text_of
from tests.console.house import Browser, House

from leadglass.assessor.reports import kept
from leadglass.reporting.forms import FORMS
from leadglass.store.appstate.reports import keep_report, reports


def make(client: Browser) -> str:
    """Make one; its address."""
    answer = client.post("/assess/report")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_before_the_first_report_the_page_says_what_one_is_and_offers_it(house: House) -> None:
    text = text_of(house.user("administrator").get("/assess/report").text)
    assert "No report was made yet." in text
    assert "Make a report now" in text


def test_who_may_only_see_reads_reports_and_makes_none(house: House) -> None:
    address = make(house.user("administrator"))
    auditor = house.user("auditor")
    assert "Make a report now" not in auditor.get("/assess/report").text
    assert auditor.post("/assess/report").status_code == 403
    assert auditor.get(address).status_code == 200
    assert auditor.get(f"{address}.pdf").status_code == 200
    assert house.user("viewer").get(address).status_code == 403


def test_a_report_that_was_made_is_shown_and_stands_on_the_list(house: House) -> None:
    contradicted(house.console.engine)
    client = house.user("administrator")
    address = make(client)
    shown = text_of(client.get(address).text)
    assert "The report is made and kept." in shown
    assert "Where sources differ" in shown
    assert "Written, against it: Network drawing v7" in shown
    assert house.console.assessment().standing.words in shown
    listed = client.get("/assess/report").text
    (made,) = reports(house.console.engine)
    assert f'href="{address}"' in listed
    assert made.digest[:12] in listed
    for form in FORMS:
        assert f'href="{address}.{form.ending}"' in listed


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.ending)
def test_every_form_is_the_kept_report_as_a_file(house: House, form: object) -> None:
    client = house.user("administrator")
    address = make(client)
    wanted = next(one for one in FORMS if one is form)
    answer = client.get(f"{address}.{wanted.ending}")
    report = kept(house.console.engine, address.rpartition("/")[2])
    assert answer.content == wanted.write(report)
    assert answer.headers["content-type"] == wanted.media
    name = f"leadglass-report-{report.day.isoformat()}-1.{wanted.ending}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_digest_on_the_list_is_that_of_the_json_file(house: House) -> None:
    client = house.user("administrator")
    content = client.get(f"{make(client)}.json").content
    assert reports(house.console.engine)[0].digest == hashlib.sha256(content).hexdigest()
    assert json.loads(content)["format"] == "leadglass-report-1"


def test_the_next_report_says_what_changed(house: House) -> None:
    client = house.user("administrator")
    first = make(client)
    assert "This is the first report" in text_of(client.get(first).text)
    contradicted(house.console.engine)
    second = text_of(client.get(make(client)).text)
    assert re.search(r"[1-9]\d* verdicts? of \d+ changed since", second)
    assert "contradicted" in second


def test_hostile_words_stay_words_in_every_form(house: House) -> None:
    answer(house.console.engine, "firewall-ris", "yes", note=HOSTILE, by=HOSTILE)
    contradicted(house.console.engine, HOSTILE)
    client = house.user("administrator")
    address = make(client)
    for path in (address, f"{address}.html"):
        page = client.get(path).text
        assert "<img src=x" not in page
        assert '<img src=x onerror="alert(1)">' in html.unescape(page)
        assert "\u202e" not in page
    assert b"/JavaScript" not in client.get(f"{address}.pdf").content


def test_the_page_of_a_report_holds_no_style_of_its_own(house: House) -> None:
    page = (client := house.user("administrator")).get(make(client)).text
    assert "<style" not in page
    assert " style=" not in page
    assert page.count("<h1") == 1


@pytest.mark.parametrize("name", ["4711", "1.exe", "1.pdf.exe", "x", "1.", "../users", "1%00", "９", "1" * 40, ".pdf"])
def test_what_is_no_report_is_not_found(house: House, name: str) -> None:
    client = house.user("administrator")
    make(client)
    path = f"/assess/report/{quote(name)}"
    answer = client.get(path)
    if name == "1.":
        assert answer.status_code == 200  # an empty ending is none
    else:
        assert answer.status_code in {404, 400}, (path, answer.status_code)


def test_a_report_of_another_version_is_an_error_in_words(house: House) -> None:
    console = house.console
    keep_report(console.engine, b'{"format": "leadglass-report-9"}', console.assessment().at, "ann", "")
    answer = house.user("administrator").get("/assess/report/1")
    assert answer.status_code == 503
    assert "report" in text_of(answer.text)
