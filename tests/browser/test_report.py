"""A report in a real browser: made by keyboard, read, taken away, and printed with the director's page on one page."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.running import Running
from tests.browser.test_console import sign_in, signed_up
from tests.browser.watched import Watched
from tests.console.assessed import HOSTILE, answer, contradicted, filed
from tests.reporting.made import HOSTILE as WORDS
from tests.reporting.made import before, report

from leadglass.assess.question import Bearing
from leadglass.config import load
from leadglass.reporting.forms import FORMS
from leadglass.reporting.html import document
from leadglass.store.appstate.engine import open_appstate

__all__ = ["signed_up"]

PAPERS = ("A4", "Letter")
LAST_OF_FIRST = "What is only answered is called claimed, not proven."


@pytest.fixture(scope="module")
def assessed(signed_up: Running) -> Running:
    """Half answered, with a contradiction and hostile words."""
    engine = open_appstate(load(signed_up.data / "leadglass.toml").application_state)
    contradicted(engine)
    answer(engine, "firewall-internet", "yes", note=HOSTILE)
    answer(engine, "vpn-dialup", "yes")
    filed(engine, "vlan-zones", Bearing.REFUTES, HOSTILE)
    engine.dispose()
    return signed_up


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def window(request: pytest.FixtureRequest, assessed: Running, browser: Browser) -> Iterator[Watched]:
    made = Watched(browser, assessed.origin, script=request.param)
    sign_in(made)
    yield made
    made.close()


def text(pdf: bytes, folder: Path, number: int) -> str:
    file = folder / "printed.pdf"
    file.write_bytes(pdf)
    command = ("pdftotext", "-f", str(number), "-l", str(number), str(file), "-")
    return " ".join(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_a_report_is_made_by_the_keyboard_and_every_page_is_sound(window: Watched) -> None:
    window.visit("/assess/report")
    page = window.page
    page.get_by_role("button", name="Make a report now").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/assess/report/\d+$"))
    window.look()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="Where sources differ").first).to_be_visible()
    expect(page.get_by_text("Written, against it: Network drawing v7").first).to_be_visible()
    assert page.locator("article.report img").count() == 0, "hostile words are words"
    window.visit("/assess/report")
    window.visit(page.get_by_role("table").get_by_role("link").first.get_attribute("href") or "")


def test_the_picture_of_areas_is_one_image_with_words(window: Watched) -> None:
    window.visit("/assess/report")
    window.page.get_by_role("button", name="Make a report now").click()
    picture = window.page.get_by_role("img", name=re.compile("^Signs of the measures of each area"))
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None
    assert box["width"] > 400


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.ending)
def test_every_form_is_downloaded(assessed: Running, browser: Browser, form: object) -> None:
    made = Watched(browser, assessed.origin, script=False)
    sign_in(made)
    made.visit("/assess/report")
    made.page.get_by_role("button", name="Make a report now").click()
    made.page.wait_for_url("**/assess/report/*")
    wanted = next(one for one in FORMS if one is form)
    with made.page.expect_download() as download:
        made.page.get_by_role("link", name=wanted.name, exact=True).click()
    assert download.value.suggested_filename.endswith(f".{wanted.ending}")
    assert Path(download.value.path()).stat().st_size > 1_000
    made.close()


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("facility", ["St. Elsewhere", WORDS[:100]], ids=["plain", "hostile"])
def test_the_file_prints_the_directors_page_on_one_page(
    browser: Browser, tmp_path: Path, paper: str, facility: str
) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(document(report(facility=facility, previous=before())))
    context = browser.new_context()
    page = context.new_page()
    page.goto(file.as_uri())
    pdf = page.pdf(format=paper, prefer_css_page_size=False)
    context.close()
    first = text(pdf, tmp_path, 1)
    assert LAST_OF_FIRST in first
    assert "What to do first" in first
    assert "24 November 2026" in first
    assert "Page 1 of" in first
    assert "The hospital" in text(pdf, tmp_path, 2)


@pytest.mark.parametrize("paper", PAPERS)
def test_the_page_of_the_console_prints_the_report_alone(
    assessed: Running, browser: Browser, tmp_path: Path, paper: str
) -> None:
    made = Watched(browser, assessed.origin, script=False)
    sign_in(made)
    made.visit("/assess/report")
    made.page.get_by_role("button", name="Make a report now").click()
    made.page.wait_for_load_state()
    pdf = made.page.pdf(format=paper)
    made.close()
    first = text(pdf, tmp_path, 1)
    assert "Sign out" not in first
    assert "Take away" not in first
    assert LAST_OF_FIRST in first


def test_the_file_reads_well_on_a_telephone_and_makes_no_request(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(document(report(facility=WORDS[:100])))
    context = browser.new_context(viewport={"width": 375, "height": 700})
    page = context.new_page()
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert asked == [file.as_uri()]
    assert not faults
    context.close()
