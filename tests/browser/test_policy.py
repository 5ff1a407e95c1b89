"""The policy's pages in a real browser: a candidate is replayed, with and without JavaScript."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.browser.test_console import signed_up, window
from tests.browser.watched import Watched

__all__ = ["signed_up", "window"]


def test_a_candidate_policy_is_replayed_from_the_policy_page(window: Watched) -> None:
    page = window.page
    window.visit("/policy")
    page.get_by_role("link", name="Replay recorded traffic").click()
    page.wait_for_load_state()
    candidate = '@id("closed") @why("w") forbid (principal, action == Action::"C-STORE", resource);'
    page.get_by_label("Your own policies").fill(candidate)
    page.get_by_label("Traffic of the last").select_option("30d")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("would be decided otherwise")
    window.look()
    page.get_by_label("Your own policies").fill("permit (")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("alert").last).to_contain_text("candidate.cedar:1")
    window.look()


def test_unused_rules_and_the_preview_are_sound(window: Watched) -> None:
    for address in ("/policy", "/policy/unused", "/policy/enforce", "/policy/enforce?route=PACS"):
        window.visit(address)
