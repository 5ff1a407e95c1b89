"""The guided path of a small hospital in a real browser: two files, a role for each subnet, the picture with its gaps.

With and without JavaScript, by keyboard; axe looks at every page in its usual states and in its states of error.
"""

from __future__ import annotations

import re

from playwright.sync_api import FilePayload, expect
from tests.browser.test_console import signed_up, window
from tests.browser.watched import Watched
from tests.console.networked import FILES, SUBNETS

__all__ = ["signed_up", "window"]

ADDRESSES = (
    "/network",
    "/network/picture",
    "/network/picture?zoom=2&class=needless-opening&severity=high",
    "/network/picture?zone=ris&service=dicom",
    "/network/picture?role=clinical",
    "/network/gaps",
    "/network/gaps?zone=ris",
    "/network/gaps?service=nothing-of-the-kind",
    "/network/matrix",
    "/network/explain",
    "/network/explain?source=wards&destination=imaging-servers&service=dicom",
    "/network/controls",
    "/network/advice",
    "/network/zones",
    "/network/files",
    "/network/files/forget",
    "/network/import",
)


def upload(window: Watched, files: dict[str, str], subnets: str = "") -> None:
    page = window.page
    page.get_by_label("Backups of firewalls").set_input_files(
        [FilePayload(name=name, mimeType="application/json", buffer=text.encode()) for name, text in files.items()]
    )
    if subnets:
        listed = FilePayload(name="subnets.csv", mimeType="text/csv", buffer=subnets.encode())
        page.get_by_label("List of subnets").set_input_files(listed)
    page.get_by_role("button", name="Read them").press("Enter")
    page.wait_for_load_state()


def settled(window: Watched) -> None:
    """Past the page of progress."""
    heading = window.page.get_by_role("heading", level=1)
    while heading.inner_text() == "Comparing the network":
        window.page.get_by_role("link", name="Look now").click()
        window.page.wait_for_load_state()


def test_two_files_become_a_picture_with_ranked_and_explained_gaps(window: Watched) -> None:
    page = window.page
    window.visit("/network")
    if page.get_by_role("link", name="Begin with the two files").count():  # the first of both windows
        page.get_by_role("link", name="Begin with the two files").press("Enter")
    else:
        window.visit("/network/files/forget")
        page.get_by_role("button", name="Forget it").press("Enter")
        window.visit("/network/import")
    window.look()

    page.get_by_role("button", name="Read them").click()
    expect(page.get_by_role("link", name="Choose a backup of a firewall, a list of subnets, or both")).to_be_visible()
    window.look()
    upload(window, {"core.json": FILES["core-firewall.json"][:5_000]})
    expect(page.get_by_role("alert").last).to_contain_text("core.json")
    window.look()

    upload(window, FILES, SUBNETS)
    expect(page.get_by_role("heading", level=1)).to_have_text("What is each subnet?")
    window.look()
    expect(page.get_by_label("What Radiology is")).to_have_value("modality")
    page.get_by_label("What Kiosk is").select_option("wireless")
    page.get_by_role("button", name="Keep it, and see the picture").press("Enter")
    page.wait_for_load_state()
    settled(window)
    expect(page.get_by_role("heading", level=1)).to_have_text("Picture")
    window.look()

    for address in ADDRESSES:
        window.visit(address, 200)
    window.visit("/network/explain?source=wards&destination=nowhere&service=dicom", 400)
    window.visit("/network/gaps/no--such--gap", 404)

    window.visit("/network/picture")
    link = page.get_by_role("link", name=re.compile("^From PACS|^From .* to PACS")).first
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page).to_have_url(re.compile("/network/gaps\\?between="))
    window.look()
    page.get_by_role("link", name="Why, and what to do").first.press("Enter")
    page.wait_for_load_state()
    expect(page.get_by_role("heading", name="What shows it")).to_be_visible()
    expect(page.locator("main")).to_contain_text("core-firewall.json:")
    window.look()
