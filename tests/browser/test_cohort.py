"""A cohort in a real browser: files taken in, printed, a hospital beside it; with and without JavaScript."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Browser, FilePayload, expect
from tests.assess.data import INSTRUMENT
from tests.browser.running import Running
from tests.browser.test_console import sign_in, signed_up
from tests.browser.watched import Watched
from tests.console.assessed import answer

from bench import hospitals
from leadglass.config import load
from leadglass.store.appstate.engine import open_appstate

__all__ = ["signed_up"]

ADDRESSES = ("/assess/cohort", "/assess/cohort/firewall-ris", "/assess/cohort/sso", "/assess/contribute")
MADE = hospitals.contributions(INSTRUMENT, 80, seed=3)


def payloads(first: int, last: int) -> list[FilePayload]:
    return [
        {"name": f"{place}.json", "mimeType": "application/json", "buffer": msgspec.json.encode(MADE[place])}
        for place in range(first, last)
    ]


@pytest.fixture(scope="module")
def answered(signed_up: Running) -> Running:
    engine = open_appstate(load(signed_up.data / "leadglass.toml").application_state)
    answer(engine, "firewall-ris", "no")
    answer(engine, "beds", 320)
    engine.dispose()
    return signed_up


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def window(request: pytest.FixtureRequest, answered: Running, browser: Browser) -> Iterator[Watched]:
    made = Watched(browser, answered.origin, script=request.param)
    sign_in(made)
    yield made
    made.close()


def test_files_are_taken_in_printed_and_the_hospital_stands_beside_them(window: Watched) -> None:
    page = window.page
    for address in ADDRESSES:
        window.visit(address)
    window.visit("/assess/contribute")
    expect(page.get_by_label("The contribution file")).to_contain_text('"beds": "300-499"')
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the file").click()
    assert waiting.value.suggested_filename == "leadglass-contribution.json"
    assert json.loads(waiting.value.path().read_bytes())["codes"]["beds"] == "300-499"

    wrong: FilePayload = {"name": "<b>notes</b>.txt", "mimeType": "text/plain", "buffer": b"we have a firewall"}
    page.get_by_label("Contribution files").set_input_files([*payloads(0, 80), wrong])
    page.get_by_role("button", name="Take them in").click()
    results = page.get_by_role("region", name="What became of the files")
    expect(results).to_contain_text("<b>notes</b>.txt")
    expect(results).to_contain_text("no contribution")
    expect(results).to_contain_text("80 hospitals in the cohort now")
    window.look()

    window.visit("/assess/cohort")
    page.get_by_role("button", name=re.compile("^Print")).press("Enter")
    expect(page.get_by_role("status").first).to_contain_text(re.compile("Printed|Nothing new may be printed"))
    window.look()
    page.get_by_role("link", name=INSTRUMENT.by_id["firewall-ris"].text, exact=True).click()
    expect(page.get_by_role("img", name=re.compile("This hospital"))).to_be_visible()
    expect(page.get_by_role("group", name="By beds")).to_contain_text("this hospital")
    window.look()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_sound_in_light_and_dark(answered: Running, browser: Browser, scheme: str) -> None:
    window = Watched(browser, answered.origin, script=True)
    window.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its words
    sign_in(window)
    for width in (360, 1_280):
        window.page.set_viewport_size({"width": width, "height": 900})
        for address in ADDRESSES:
            window.visit(address)
            assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (address, width)
    window.close()
