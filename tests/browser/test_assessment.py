"""The assessment in a real browser: where one stands, a contradiction settled, a risk kept; by keyboard.

With and without JavaScript; axe looks at every page in its usual states and in its states of error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.browser.running import Running
from tests.browser.test_console import NAME, sign_in, signed_up
from tests.browser.watched import Watched
from tests.console.assessed import HOSTILE, answer, filed

from leadglass.assess.evidence import Exemption
from leadglass.assess.question import Bearing
from leadglass.config import load
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.findings import decide_exemption

__all__ = ["signed_up"]

ADDRESSES = (
    "/assess",
    "/assess/controls",
    "/assess/controls?verdict=contradicted",
    "/assess/controls?verdict=stale",
    "/assess/controls/fw-ris",
    "/assess/controls/fw-internet",
    "/assess/controls/exch-dicom-tls",
    "/assess/contradictions",
    "/assess/risks",
    "/assess/risks?sort=due&closed=yes",
    "/assess/risks/new?control=fw-ris",
)


@pytest.fixture(scope="module")
def assessed(signed_up: Running) -> Running:
    """Half assessed: proven, claimed, refuted, contradicted, exempt, and a hostile title."""
    configuration = load(signed_up.data / "leadglass.toml")
    engine = open_appstate(configuration.application_state)
    answer(engine, "firewall-internet", "yes")
    for control, title in (("fw-ris", "Network drawing v7"), ("vlan-zones", HOSTILE)):
        filed(engine, control, Bearing.REFUTES, title)
    answer(engine, "firewall-ris", "yes", note="since 2019, asked the vendor")
    filed(engine, "vlan-router", Bearing.CONFIRMS, "Drawing of segments")
    today = date.today()  # noqa: DTZ011 (a day near enough)
    exempt = Exemption("rec-backup", "done by the region", "ada", today, today + timedelta(90))
    decide_exemption(engine, exempt, "ada", "")
    engine.dispose()
    return signed_up


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def window(request: pytest.FixtureRequest, assessed: Running, browser: Browser) -> Iterator[Watched]:
    made = Watched(browser, assessed.origin, script=request.param)
    sign_in(made)
    yield made
    made.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_sound_in_light_and_dark(assessed: Running, browser: Browser, scheme: str) -> None:
    window = Watched(browser, assessed.origin, script=True)
    window.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its words
    sign_in(window)
    for address in ADDRESSES:
        window.visit(address)
    for width in (360, 1_024):
        window.page.set_viewport_size({"width": width, "height": 900})
        for address in ADDRESSES:
            window.visit(address)
            assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (address, width)
    window.close()


def test_the_assessment_is_one_click_from_the_first_page(window: Watched) -> None:
    page = window.page
    window.visit("/")
    expect(page.get_by_role("region", name="Assessment")).to_contain_text("claimed only")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Assessment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Assessment")
    expect(page.get_by_role("region", name="Contradictions")).to_contain_text("Network drawing v7, page 2")
    page.get_by_role("region", name="Contradictions").get_by_role("link", name=re.compile("The question")).first.click()
    expect(page).to_have_url(re.compile("/assess/survey/.+/"))


def test_errors_stand_on_top_and_lead_to_their_fields(window: Watched) -> None:
    page = window.page
    window.visit("/assess/controls/fw-ris")
    form = page.get_by_role("region", name="File a document as evidence")
    form.evaluate("section => section.querySelector('form').noValidate = true") if window.script else None
    form.get_by_label("Title").fill("Drawing")
    form.get_by_label("Its day").fill("2019-01-01" if not window.script else "")
    form.get_by_label("SHA-256").fill("abc")
    form.get_by_role("button", name="File as evidence").click()
    problem = page.get_by_role("alert").filter(has_text="There are problems")
    expect(problem).to_be_focused()
    problem.get_by_role("link", name=re.compile("SHA-256")).press("Enter")
    expect(page.get_by_label("SHA-256 of the file")).to_be_focused()
    expect(page.get_by_label("Title")).to_have_value("Drawing")
    assert page.title().startswith("Error: ")
    window.look()
    window.visit("/assess/contradictions")
    page.get_by_role("button", name=re.compile("^Settle.*RIS")).click()
    expect(page.get_by_role("alert").filter(has_text="What you make of it")).to_be_visible()
    window.look()
    window.visit("/assess/risks/new?control=fw-ris")
    page.get_by_label("State").select_option("accepted")
    page.get_by_label("Asset").fill("Reports")
    page.get_by_role("button", name="Put it into the register").click()
    expect(page.get_by_role("alert").filter(has_text="acceptance")).to_be_visible()
    window.look()


def test_a_contradiction_is_settled_by_keyboard(assessed: Running, browser: Browser) -> None:
    window = Watched(browser, assessed.origin, script=False)
    sign_in(window)
    page = window.page
    window.visit("/assess/contradictions")
    card = page.get_by_role("region", name=re.compile("RIS"))
    expect(card).to_contain_text("since 2019, asked the vendor")
    _reach(card.get_by_role("radio", name=re.compile("accept")))
    page.keyboard.press("ArrowDown")
    expect(card.get_by_role("radio", name=re.compile("dispute"))).to_be_checked()
    _reach(card.get_by_label("Note"))
    page.keyboard.type("the drawing is old")
    _reach(card.get_by_role("button", name=re.compile("Settle")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("disputed. No answer was changed")
    expect(page.get_by_role("region", name=re.compile("RIS"))).to_contain_text("the drawing is old")
    history = page.get_by_role("group", name="What was settled")
    expect(history).to_contain_text(NAME)
    window.look()
    page.get_by_role("region", name=re.compile("RIS")).get_by_role("radio", name=re.compile("accept")).check()
    page.get_by_role("region", name=re.compile("RIS")).get_by_role("button", name=re.compile("Settle")).click()
    expect(page.get_by_role("region", name=re.compile("RIS"))).to_have_count(0)
    window.visit("/assess/controls/fw-ris")
    expect(page.get_by_role("region", name="Verdict")).to_contain_text("Not met")
    expect(page.get_by_role("region", name="Evidence", exact=True)).to_contain_text(
        "accepted the evidence that says otherwise"
    )
    window.close()


def test_a_gap_becomes_a_risk_that_is_owned_and_a_second_browser_overwrites_nothing(
    assessed: Running, browser: Browser
) -> None:
    window = Watched(browser, assessed.origin, script=False)
    sign_in(window)
    page = window.page
    window.visit("/assess/risks")
    proposed = page.get_by_role("region", name="Proposed from gaps")
    proposed.get_by_role("button", name=re.compile("^Adopt")).first.click()
    expect(page.get_by_role("status").first).to_contain_text("In the register")
    address = page.url.removeprefix(assessed.origin)
    other = Watched(browser, assessed.origin, script=False)
    sign_in(other)
    other.visit(address)
    page.get_by_label("Owner").fill("c.bakker")
    page.get_by_label("Due").fill((date.today() + timedelta(60)).isoformat())  # noqa: DTZ011 (the same)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    other.page.get_by_label("Owner").fill("d.smit")
    other.page.get_by_role("button", name="Save").click()
    expect(other.page.get_by_role("heading", level=1)).to_have_text("Two versions of a risk")
    expect(other.page.get_by_role("group", name="What differs")).to_contain_text("c.bakker")
    other.look()
    other.page.get_by_role("button", name="Take mine instead").click()
    expect(other.page.get_by_role("status").first).to_contain_text("Saved")
    expect(other.page.get_by_role("region", name="History")).to_contain_text("Version 3")
    other.close()
    window.visit("/assess/risks?sort=owner")
    expect(page.get_by_role("group", name="Register")).to_contain_text("d.smit")
    window.visit(address)
    assert not window.faults
    window.close()


def _reach(place: Locator) -> None:
    """Press Tab until the place has the focus: it can be reached by keyboard."""
    for _ in range(200):
        if place.evaluate("element => element === document.activeElement"):
            return
        place.page.keyboard.press("Tab")
    raise AssertionError(f"not reached by keyboard: {place}")
