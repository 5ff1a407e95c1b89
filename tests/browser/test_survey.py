"""The survey in a real browser: answered whole by keyboard without JavaScript, and with it; every page is sound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import delete
from tests.browser.running import Running
from tests.browser.test_console import sign_in, signed_up
from tests.browser.watched import Watched

from leadglass.assess.branch import Progress, view
from leadglass.assess.question import Form, Question
from leadglass.assessor.knowledge import knowledge
from leadglass.config import load
from leadglass.store.appstate.engine import open_appstate, writing
from leadglass.store.appstate.survey import answer_set, history
from leadglass.store.appstate.tables import survey_answers

__all__ = ["signed_up"]

INSTRUMENT = knowledge().instrument
MOST = len(list(INSTRUMENT.questions))
YES_NO, CHOICE, NUMBER = ("exchange/dmz-direct", "facility/archive-where", "facility/beds")


@pytest.fixture
def empty(signed_up: Running) -> Running:
    """Nobody has answered anything."""
    engine = open_appstate(_state(signed_up.data))
    with writing(engine) as connection:
        connection.execute(delete(survey_answers))
    engine.dispose()
    return signed_up


@pytest.fixture
def window(empty: Running, browser: Browser) -> Iterator[Watched]:
    made = Watched(browser, empty.origin, script=True)
    sign_in(made)
    yield made
    made.close()


def _state(data: Path) -> Path:
    return load(data / "leadglass.toml").data.application_state


def answered(data: Path) -> tuple[Progress, set[str]]:
    """Progress, and everybody who answered."""
    engine = open_appstate(_state(data))
    found = view(INSTRUMENT, answer_set(engine, INSTRUMENT).values()).progress
    people = {record.by for record in history(engine, limit=5_000)}
    engine.dispose()
    return found, people


def asked(page: Page) -> Question | None:
    """The question of the page; None on any other page."""
    return INSTRUMENT.by_id.get(page.url.split("?", maxsplit=1)[0].rsplit("/", 1)[1])


def press_until(page: Page, wanted: str, most: int = 60) -> None:
    """Move on by Tab until what has the focus fits a CSS selector."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.locator(f"{wanted}:focus").count():
            return
    raise AssertionError(f"{wanted} is not reached by keyboard on {page.url}")


def follow(page: Page, wanted: str) -> None:
    """Go where a link leads, by keyboard."""
    press_until(page, wanted)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def click(page: Page, wanted: Locator) -> None:
    """Click what leads to another page, and be there."""
    with page.expect_navigation():
        wanted.click()


def test_the_whole_survey_is_answered_by_keyboard_without_javascript(empty: Running, browser: Browser) -> None:
    window = Watched(browser, empty.origin, script=False)
    sign_in(window)
    page, steps = window.page, 0
    window.visit("/assess/survey")
    follow(page, "main .head a.main")
    while (question := asked(page)) or page.locator("main .head a.main").count():
        if question is None:  # a section is complete: on to the next
            follow(page, "main .head a.main")
            continue
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # past the navigation
        press_until(page, ".ask input", 4)
        page.keyboard.type("3") if question.form is Form.NUMBER else page.keyboard.press("Space")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        steps += 1
        assert steps <= MOST, page.url
    window.visit("/assess/survey")
    expect(page.get_by_text("Nothing is left")).to_be_visible()
    assert not window.faults
    window.close()
    progress, people = answered(empty.data)
    assert (progress.unanswered, progress.answered) == (0, steps)
    assert people == {"a.visser"}


def test_the_whole_survey_is_answered_with_javascript_and_branches(window: Watched, empty: Running) -> None:
    page, steps = window.page, 0
    window.visit("/assess/survey")
    click(page, page.get_by_role("link", name="Begin"))
    while (question := asked(page)) or page.locator("main .head a.main").count():
        if question is None:
            click(page, page.locator("main .head a.main"))
            continue
        if question.form is Form.NUMBER:
            page.get_by_label("Number", exact=True).fill("0")
        else:
            page.get_by_role("radio", name=list(question.codes.values())[-1], exact=True).check()
        click(page, page.get_by_role("button", name="Save and continue"))
        steps += 1
        assert steps <= MOST, page.url
    assert not window.faults
    progress, _ = answered(empty.data)
    assert (progress.unanswered, progress.answered) == (0, steps)
    assert steps < MOST, "some questions were hidden"
    window.visit("/assess/survey")
    expect(page.get_by_text(f"{steps} of {steps} questions answered")).to_be_visible()
    window.visit("/assess/survey/check")
    expect(page.locator(".answers .off")).to_have_count(MOST - steps)
    window.visit("/assess/survey/gateway/gateway-owner")  # hidden by its section's count of ways in
    expect(page.locator("main form")).to_have_count(0)


def test_every_page_of_an_empty_survey_is_sound(window: Watched) -> None:
    for path in (
        "",
        "/check",
        "/check?section=facility",
        "/history",
        "/paper",
        f"/{YES_NO}",
        f"/{CHOICE}",
        f"/{NUMBER}",
    ):
        window.visit(f"/assess/survey{path}")
    window.visit("/assess/survey/facility/nothing", 404)
    click(window.page, window.page.get_by_role("link", name="Go to the overview"))
    window.visit(f"/assess/survey/{YES_NO}")
    window.page.locator("summary").click()
    expect(window.page.get_by_text("Who would know")).to_be_visible()
    window.look()


def test_errors_are_summarised_and_have_the_focus_with_and_without_javascript(empty: Running, browser: Browser) -> None:
    for script in (True, False):
        window = Watched(browser, empty.origin, script=script)
        sign_in(window)
        page = window.page
        for path, field in ((YES_NO, "choice-1"), (NUMBER, "number")):
            window.visit(f"/assess/survey/{path}")
            click(page, page.get_by_role("button", name="Save and continue"))
            expect(page).to_have_title(re.compile("^Error: "))
            expect(page.locator(".problem")).to_be_focused()
            window.look()
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            expect(page.locator(f"#{field}")).to_be_focused()
        page.get_by_label("Number", exact=True).fill("1e9")
        page.get_by_role("radio", name="I do not know").check()
        click(page, page.get_by_role("button", name="Save and continue"))
        expect(page.get_by_role("alert")).to_contain_text("cannot both be")
        expect(page.get_by_label("Number", exact=True)).to_have_value("1e9")
        window.look()
        window.close()


def test_two_windows_on_one_question_choose(window: Watched, browser: Browser) -> None:
    other = Watched(browser, window.origin, script=False)
    sign_in(other)
    for one in (window, other):
        one.visit(f"/assess/survey/{YES_NO}")
    other.page.get_by_role("radio", name="Yes").check()
    other.page.get_by_label("Note").fill("rule 17\nof the outer one")
    click(other.page, other.page.get_by_role("button", name="Save and continue"))
    page = window.page
    page.get_by_role("radio", name="No", exact=True).check()
    page.get_by_label("Note").fill("<b>it is not</b>")
    click(page, page.get_by_role("button", name="Save and continue"))
    expect(page.get_by_role("heading", name="Somebody else answered")).to_be_visible()
    expect(page.locator(".problem")).to_be_focused()
    expect(page.locator(".sides")).to_contain_text("<b>it is not</b>")
    window.look()
    click(page, page.get_by_role("button", name="Take mine instead"))
    expect(page.get_by_role("status")).to_contain_text("Saved:")
    window.visit("/assess/survey/history?question=dmz-direct")
    expect(page.locator("tbody tr")).to_have_count(2)
    window.visit("/assess/survey/check?section=exchange")
    click(page, page.get_by_role("link", name="Change"))
    window.look()
    click(page, page.get_by_role("button", name="Withdraw this answer"))
    expect(page.get_by_role("status")).to_contain_text("Withdrawn")
    window.look()
    other.close()


@pytest.mark.parametrize("script", [True, False])
def test_a_section_is_given_to_somebody_by_link(empty: Running, browser: Browser, script: bool) -> None:
    window = Watched(browser, empty.origin, script=script)
    sign_in(window)
    page = window.page
    window.visit("/assess/survey/links")
    click(page, page.get_by_role("button", name="Make the link"))
    expect(page.locator(".problem")).to_be_focused()
    window.look()
    page.get_by_label("Section").select_option("exchange")
    page.get_by_label("For whom").fill("Bram")
    click(page, page.get_by_role("button", name="Make the link"))
    link = page.locator(".secret").inner_text()
    window.look()
    assert link.startswith(empty.origin + "/answer/")
    path = link.removeprefix(empty.origin)
    guest = Watched(browser, empty.origin, script=script)
    _answer_by_link(guest, path)
    window.visit("/assess/survey/links")
    click(page, page.get_by_role("button", name="End now for Bram").first)
    expect(page.get_by_role("status")).to_contain_text("The link has ended")
    window.look()
    guest.visit(path, 404)
    guest.close()
    window.close()
    assert "Bram de Wit (by link Bram)" in answered(empty.data)[1]


def _answer_by_link(guest: Watched, path: str) -> None:
    page, looked = guest.page, set[Form]()
    guest.visit(path)
    click(page, page.get_by_role("button", name="Begin"))
    expect(page.locator(".problem")).to_be_focused()
    guest.look()
    page.get_by_label("Your name").fill("Bram de Wit")
    click(page, page.get_by_role("button", name="Begin"))
    while question := asked(page):
        if question.form not in looked:
            guest.look()
            click(page, page.get_by_role("button", name="Save and continue"))
            guest.look()
            looked.add(question.form)
        page.get_by_role("radio", name="I do not know").check()
        click(page, page.get_by_role("button", name="Save and continue"))
    expect(page.get_by_text("All is answered and saved")).to_be_visible()
    guest.look()
    assert page.get_by_role("navigation").count() == 0
    assert not guest.faults


def test_dark_and_narrow_pages_are_sound_too(window: Watched) -> None:
    page = window.page
    page.emulate_media(color_scheme="dark")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for path in ("", "/check", f"/{NUMBER}", "/paper", "/links"):
            window.visit(f"/assess/survey{path}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
    window.visit(f"/assess/survey/{NUMBER}")
    click(page, page.get_by_role("button", name="Save and continue"))
    expect(page.locator(".problem")).to_be_focused()
    window.look()


def test_paper_prints_questions_and_none_of_the_console(window: Watched) -> None:
    window.visit("/assess/survey/paper")
    window.page.emulate_media(media="print")
    for hidden in (".side", ".pages", ".off-paper", ".foot"):
        expect(window.page.locator(hidden)).to_be_hidden()
    expect(window.page.locator(".printed > li")).to_have_count(MOST)
    breaks = window.page.locator(".sheet-of").nth(1).evaluate("one => getComputedStyle(one).breakBefore")
    assert breaks == "page"
