"""A first morning with the console, in a real browser, against real processes; with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.running import Running, ledger_events, tell_children
from tests.browser.watched import Watched

from leadglass.console.app import PAGES

NAME, PASSWORD = "a.visser", "correct horse battery"
OWN = {"/sign-in", "/sign-up", "/sign-out"}  # visited by their own steps
MACHINES = {
    "/metrics",
    "/healthz",
    "/proof.json",
    "/assess/cohort/leadglass-cohort.json",
    "/assess/contribute/leadglass-contribution.json",
    "/assess/files/answers.json",
    "/assess/files/answers.xlsx",
    "/network/picture.svg",
    "/network/picture.png",
    "/network/files/network.toml",
    "/network/files/comparison.json",
}
ADDRESSES = {
    "/": ["/", "/?span=24h"],
    "/assess/files": ["/assess/files"],
    "/assess/files/import": [],  # in test_survey_files, as all of /network is in test_network
    "/network": [],
    "/network/picture": [],
    "/network/gaps": [],
    "/network/groups/{id}": [],
    "/network/gaps/{id}": [],
    "/network/matrix": [],
    "/network/explain": [],
    "/network/controls": [],
    "/network/advice": [],
    "/network/import": [],
    "/network/zones": [],
    "/network/files": [],
    "/network/files/forget": [],
    "/live/overview": [],
    "/live/associations": [],
    "/live/health": [],
    "/patients": ["/patients", "/patients?text=visser", "/patients?text=nobody-like-this"],
    "/patient": ["/patient?id=4711-0042&issuer=STELSE", "/patient?id=&issuer="],
    "/transfer": [],  # by link
    "/proof": [],  # by link
    "/association": [],  # by link
    "/associations": ["/associations", "/associations?text=CT2&archive=pacs&span=24h"],
    "/refusals": ["/refusals", "/refusals?would=yes", "/refusals?text=nothing"],
    "/peers": ["/peers", "/peers?text=ct2"],
    "/peers/new": ["/peers/new"],
    "/peers/edit": ["/peers/edit?id=ct2"],
    "/peers/approve": [],  # by link
    "/policy": ["/policy", "/policy?peer=ct2&operation=C-STORE&sop_class=MR&archive=pacs&at=2026-11-24T03%3A00"],
    "/policy/replay": ["/policy/replay"],
    "/policy/unused": ["/policy/unused"],
    "/policy/enforce": ["/policy/enforce", "/policy/enforce?route=PACS"],
    "/bypass": ["/bypass"],
    "/health": ["/health"],
    "/users": ["/users"],
    "/account": ["/account"],
    "/assess": ["/assess"],
    "/assess/controls": ["/assess/controls", "/assess/controls?verdict=met", "/assess/controls?verdict=stale"],
    "/assess/controls/{id}": ["/assess/controls/fw-ris"],
    "/assess/contradictions": ["/assess/contradictions"],
    "/assess/risks": ["/assess/risks", "/assess/risks?sort=owner"],
    "/assess/risks/{id}": ["/assess/risks/new?control=fw-ris"],
    "/assess/survey": ["/assess/survey"],
    "/assess/survey/check": ["/assess/survey/check"],
    "/assess/survey/history": ["/assess/survey/history"],
    "/assess/survey/paper": ["/assess/survey/paper"],
    "/assess/survey/links": ["/assess/survey/links"],
    "/assess/survey/{section}/{question}": ["/assess/survey/facility/beds"],
    "/assess/cohort": ["/assess/cohort"],
    "/assess/cohort/{question}": ["/assess/cohort/firewall-ris"],
    "/assess/contribute": ["/assess/contribute"],
    "/assess/report": ["/assess/report"],
    "/assess/report/{name}": [],  # by link, see test_report
    "/answer/{token}": [],  # by link, see test_survey
    "/answer/{token}/{question}": [],
}


@pytest.fixture(scope="module")
def signed_up(console: Running, browser: Browser) -> Running:
    """The first person signs up, without JavaScript."""
    tell_children(console.data / "run" / "registrar.sock")
    window = Watched(browser, console.origin, script=False)
    window.visit("/")
    assert window.page.url == console.origin + "/sign-up"
    page = window.page
    for wrong in (True, False):
        page.get_by_label("Set-up token").fill("not the token" if wrong else console.token)
        page.get_by_label("Your name").fill(NAME)
        page.get_by_label("Password", exact=False).first.fill(PASSWORD)
        page.get_by_label("Password again").fill(PASSWORD)
        page.get_by_role("button", name="Create the first account").click()
        if wrong:
            expect(page.get_by_role("alert")).to_contain_text("set-up token is wrong")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert not (console.data / "app" / "setup-token").exists()
    window.close()
    return console


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def window(request: pytest.FixtureRequest, signed_up: Running, browser: Browser) -> Iterator[Watched]:
    made = Watched(browser, signed_up.origin, script=request.param)
    sign_in(made)
    yield made
    made.close()


def sign_in(window: Watched, name: str = NAME, password: str = PASSWORD) -> None:
    window.visit("/sign-in")
    window.page.get_by_label("Name").fill(name)
    window.page.get_by_label("Password").fill(password)
    window.page.get_by_role("button", name="Sign in").click()
    window.page.wait_for_load_state()


@pytest.mark.parametrize("width", [1_280, 1_024])
def test_the_proof_of_an_access_is_on_the_screen_at_common_widths(
    signed_up: Running, browser: Browser, width: int
) -> None:
    made = Watched(browser, signed_up.origin, script=False)
    sign_in(made)
    made.page.set_viewport_size({"width": width, "height": 900})
    made.visit("/patient?id=4711-0042&issuer=STELSE")
    accesses = made.page.get_by_role("group", name="Accesses")
    assert accesses.evaluate("box => box.scrollWidth <= box.clientWidth"), "nothing lies beyond the edge"
    box = accesses.get_by_role("link", name="begin").first.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] < width
    made.close()


def test_no_address_is_forgotten_here() -> None:
    assert {page.path for page in PAGES if page.get} - OWN - MACHINES == set(ADDRESSES)


def test_every_page_is_sound(window: Watched) -> None:
    for addresses in ADDRESSES.values():
        for address in addresses:
            window.visit(address)
    window.visit("/nothing", 404)
    window.visit("/patient?id=nobody", 404)
    page = window.page
    for start, link in (
        ("/patient?id=4711-0042&issuer=STELSE", "begin"),
        ("/patient?id=4711-0042&issuer=STELSE", "each instance"),
        ("/refusals", "Association"),
        ("/refusals", "Proof"),
        ("/peers", "Adjust first"),
    ):
        window.page.goto(window.origin + start)
        page.get_by_role("link", name=link).first.click()
        page.wait_for_load_state()
        expect(page.locator("h1")).to_be_visible()
        window.look()
    assert not window.faults


def test_dark_pages_have_contrast_too(signed_up: Running, browser: Browser) -> None:
    window = Watched(browser, signed_up.origin, script=True)
    window.page.emulate_media(color_scheme="dark")
    sign_in(window)
    for address in (
        "/",
        "/refusals",
        "/peers",
        "/policy",
        "/bypass",
        "/health",
        "/users",
        "/patient?id=4711-0042&issuer=STELSE",
    ):
        window.visit(address)
    window.close()


def test_the_overview_refreshes_itself_and_only_with_script(signed_up: Running, browser: Browser) -> None:
    window = Watched(browser, signed_up.origin, script=True)
    sign_in(window)
    with window.page.expect_response(re.compile("/live/overview"), timeout=30_000) as answered:
        pass
    assert answered.value.status == 200
    expect(window.page.get_by_role("heading", name="What to do next")).to_be_visible()
    assert not window.faults
    window.close()


def test_filters_live_in_the_address(window: Watched) -> None:
    page = window.page
    window.visit("/associations")
    page.get_by_label("Title or address").fill("US_ER")
    page.locator("select[name=span]").select_option("7d")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url(re.compile("text=US_ER.*span=7d"))
    expect(page.get_by_role("group", name="Past associations").locator("tbody tr")).to_have_count(1)
    window.visit("/refusals")
    page.get_by_label("Cause").select_option("unknown-caller")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".card")).to_have_count(2)
    window.visit("/policy")
    page.get_by_label("of SOP class").fill("MR Image Storage")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".answer")).to_contain_text("nearest is store-permitted")
    window.look()


def test_an_unknown_caller_is_approved_another_blocked(signed_up: Running, browser: Browser) -> None:
    window = Watched(browser, signed_up.origin, script=False)
    sign_in(window)
    page = window.page
    window.visit("/peers")
    page.get_by_role("button", name="Approve LAPTOP").click()
    expect(page.get_by_role("status")).to_contain_text("Peer laptop is approved; generation")
    expect(page.get_by_role("group", name="Registry")).to_contain_text("10.20.9.99/32")
    page.locator(".card", has_text="EVIL").get_by_role("button", name="Block").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile("Blocked, as peer .*in force"))
    page.get_by_role("link", name="Adjust first for XR7").click()
    page.get_by_label("Peer").fill("xr7-er")
    page.get_by_label("Hours").fill("every day")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved")
    page.get_by_label("Hours").fill("Mon-Sun 00:00-24:00")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile("Peer xr7-er is approved; .*in force"))
    window.close()


def test_a_renewed_certificate_is_pinned_in_one_action_and_what_else_came_over_tls_is_decided(
    signed_up: Running, browser: Browser
) -> None:
    window = Watched(browser, signed_up.origin, script=False)
    sign_in(window)
    page = window.page
    window.visit("/peers")
    renewed = page.locator(".card", has=page.get_by_role("heading", name="MR1"))
    expect(renewed).to_contain_text("self-signed certificate")
    expect(renewed).to_contain_text("let this certificate prove peer mr1 beside what it has")
    renewed.get_by_role("button", name="Approve MR1").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile("Peer mr1 has a further certificate; .*in force"))
    expect(page.get_by_role("group", name="Registry")).to_contain_text("until")
    misused = page.locator(".card", has_text="CT7")
    expect(misused).to_contain_text("certificate of mr1 used under title CT7")
    expect(misused.get_by_role("button", name="Approve")).to_have_count(0)
    misused.get_by_role("link", name="Adjust first").click()
    page.wait_for_load_state()
    window.look()
    window.visit("/peers")
    page.locator(".card", has_text="CT7").get_by_role("button", name="Block").click()
    expect(page.get_by_role("status")).to_contain_text("Blocked")
    failed = page.locator(".card", has_text="10.20.0.33")
    expect(failed).to_contain_text("unsupported protocol")
    failed.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("status")).to_contain_text("Dismissed")
    expect(page.get_by_text("Nobody unknown has called")).to_be_visible()
    window.close()


def test_peers_are_added_changed_and_deleted(signed_up: Running, browser: Browser) -> None:
    window = Watched(browser, signed_up.origin, script=False)
    sign_in(window)
    page = window.page
    window.visit("/peers/new")
    page.get_by_label("Peer").fill("mammo")
    page.get_by_label("AE title").fill("MAMMO1")
    page.get_by_label("Calls from").fill("10.20.0.90")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile("Peer mammo is created; generation .* in force"))
    page.get_by_role("link", name="mammo").click()
    page.get_by_label("Description").fill("first floor")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile("Peer mammo is changed; generation .* in force"))
    page.get_by_role("link", name="mammo").click()
    page.get_by_role("button", name="Delete this peer").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile("Peer mammo is deleted; generation .* in force"))
    window.visit("/policy")
    page.get_by_role("button", name="Reload configuration and policy").click()
    expect(page.get_by_role("status")).to_contain_text("is in force")
    window.close()


@pytest.mark.parametrize("script", [True, False])
def test_a_route_is_bypassed_shown_everywhere_and_put_back(signed_up: Running, browser: Browser, script: bool) -> None:
    window = Watched(browser, signed_up.origin, script=script)
    sign_in(window)
    page = window.page
    window.visit("/bypass")
    expect(page.get_by_text("Policy is in force everywhere")).to_be_visible()
    page.get_by_label("for minutes").fill("15")
    page.get_by_label("because").fill("the registry is lost")
    page.get_by_role("button", name="Relay without policy").click()
    expect(page.get_by_role("status")).to_contain_text("relays without policy for 15 min")
    window.look()
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        window.visit("/")
        expect(page.locator(".banner", has_text="the registry is lost")).to_contain_text(f"by {NAME}")
    page.get_by_role("link", name="See or end it").click()
    page.get_by_role("button", name="End now").click()
    expect(page.get_by_role("status")).to_contain_text("policy is in force again")
    expect(page.locator(".banner", has_text="the registry is lost")).to_have_count(0)
    assert not window.faults
    window.close()
    told = ledger_events(signed_up.data, "bypass-changed", lambda body: body.who == NAME and not body.until)
    assert told


def test_a_new_user_signs_in_changes_the_password_and_sees_what_the_role_allows(
    signed_up: Running, browser: Browser
) -> None:
    window = Watched(browser, signed_up.origin, script=False)
    sign_in(window)
    page = window.page
    window.visit("/users")
    page.locator("section", has_text="Add a user").get_by_label("Name").fill("b.jansen")
    page.locator("section", has_text="Add a user").get_by_label("Role").select_option("viewer")
    page.get_by_role("button", name="Add").click()
    made = page.locator(".secret").inner_text()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/sign-in"))
    sign_in(window, "b.jansen", "wrong password")
    expect(page.get_by_role("alert")).to_contain_text("Name or password is wrong")
    sign_in(window, "b.jansen", made)
    page.get_by_label("Current password").fill(made)
    page.get_by_label("New password", exact=False).first.fill("another long phrase")
    page.get_by_label("New password again").fill("another long phrase")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.get_by_role("navigation", name="Pages").get_by_role("link")).to_have_text(
        ["Overview", "Associations", "Health"]
    )
    window.visit("/patients", 403)
    window.visit("/peers", 403)
    window.close()


def test_what_people_do_reaches_the_signed_ledger(signed_up: Running, browser: Browser) -> None:
    window = Watched(browser, signed_up.origin, script=False)
    sign_in(window)
    window.visit("/patient?id=4711-0107&issuer=STELSE")
    window.close()
    assert ledger_events(signed_up.data, "audit-log-used", lambda body: body.subject == "4711-0107^^^STELSE")
    assert ledger_events(signed_up.data, "administrator-action", lambda body: body.action == "signed-up")
