"""Answers as files in a real browser, with and without JavaScript: exported, filled in, uploaded, chosen, taken."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import FilePayload, expect
from tests.browser.test_console import signed_up, window
from tests.browser.watched import Watched
from tests.reporting.books import at, edited, text_cell

from leadglass.reporting.workbook_layout import ANSWER, NOTE

__all__ = ["signed_up", "window"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def exported(window: Watched) -> bytes:
    with window.page.expect_download() as started:
        window.page.get_by_role("link", name="Workbook (XLSX)").click()
    return Path(started.value.path()).read_bytes()


def upload(window: Watched, data: bytes) -> None:
    file = FilePayload(name="<b>meeting</b>.xlsx", mimeType=XLSX, buffer=data)
    window.page.get_by_label("File").set_input_files(file)
    window.page.get_by_role("button", name="Look at it").press("Enter")
    window.page.wait_for_load_state()


def test_a_workbook_goes_out_and_comes_back(window: Watched) -> None:
    page = window.page
    window.visit("/assess/files")
    book = exported(window)
    question = "sso" if window.script else "snmp-used"  # both windows are on one console
    cell, note = at(question, ANSWER), at(question, NOTE)
    upload(window, edited(book, {cell: text_cell(cell, "Yes"), note: text_cell(note, "<i>asked</i> Anna")}))
    expect(page.get_by_role("heading", level=1)).to_have_text("What the file would change")
    window.look()
    page.get_by_role("button", name="Take it").press("Enter")
    page.wait_for_load_state()
    expect(page.get_by_role("status")).to_contain_text(" added")
    window.look()

    upload(window, edited(exported(window), {cell: text_cell(cell, "No")}))
    window.look()
    theirs = page.get_by_label("In the file: ")
    theirs.focus()
    page.keyboard.press("Space")
    expect(theirs).to_be_checked()
    page.get_by_role("button", name="Take it as chosen").press("Enter")
    page.wait_for_load_state()
    expect(page.get_by_role("status")).to_contain_text("1 replaced")


def test_a_faulty_workbook_is_told_with_its_cells(window: Watched) -> None:
    window.visit("/assess/files")
    cell = at("sso", ANSWER)
    upload(window, edited(exported(window), {cell: f'<c r="{cell}" t="str"><f>"Yes"</f><v>Yes</v></c>'}))
    expect(window.page.get_by_role("alert").last).to_contain_text(f"Survey!{cell}: a formula")
    window.look()
    window.page.get_by_role("button", name="Look at it").click()
    expect(window.page.get_by_role("link", name="Choose a file")).to_be_visible()
    window.look()
