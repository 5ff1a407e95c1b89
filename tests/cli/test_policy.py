"""`leadglass policy` as a user types it, over a real configuration and a real registry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.record import CONFIGURATION
from tests.policy.hospital import CT2, WORKSTATION

from leadglass.cli.main import run
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import save_peer

WITH_TESTS = CONFIGURATION + '[policy]\ntests = ["tests.toml"]\n'
TEST = """
[[test]]
peer = "ct2"
operation = "C-STORE"
sop_class = "CT Image Storage"
archive = "pacs"
at = "2026-11-24T03:00"
expect = "deny"
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The configuration file of a site with two peers and one policy test."""
    file = tmp_path / "leadglass.toml"
    file.write_text(WITH_TESTS)
    (tmp_path / "tests.toml").write_text(TEST)
    state = tmp_path / "data" / "app" / "leadglass.sqlite"
    state.parent.mkdir(parents=True)
    engine = open_appstate(state)
    for peer in (CT2, WORKSTATION):
        save_peer(engine, peer, "admin", "::1")
    engine.dispose()
    return file


def test_check_counts_what_it_checked(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-c", str(site), "policy", "check"]) == 0
    assert capsys.readouterr().out == "16 policies (11 permit, 5 forbid), 2 peers, 1 tests passed\n"
    assert run(["-c", str(site), "policy", "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "ok": True,
        "policies": 16,
        "permits": 11,
        "forbids": 5,
        "peers": 2,
        "tests": 1,
    }


def test_check_tells_a_failing_test_in_two_lines_with_its_place(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tests = site.with_name("tests.toml")
    tests.write_text(TEST.replace("deny", "allow"))
    assert run(["-c", str(site), "policy", "check"]) == 3
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith(f"error: {tests}:2: C-STORE of CT Image Storage by ct2 to pacs")
    assert hint.startswith("hint: ")
    assert run(["-c", str(site), "policy", "explain", "may ct2 send CT on 2026-11-24 at 03:00"]) == 1, "explains still"


def test_check_tells_where_a_policy_is_wrong(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = site.with_name("own.cedar")
    own.write_text('// ours\n@id("x") @why("y")\npermit (principal, action, resource) when { context.hour == 3 };\n')
    site.write_text(WITH_TESTS.replace("[policy]", '[policy]\nfiles = ["own.cedar"]'))
    assert run(["-c", str(site), "policy", "check"]) == 3
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith(f'error: {own}:2: policy "x" does not fit the schema: attribute `hour`')
    assert hint.startswith("hint: ")


def test_explain_says_why_and_exits_by_the_decision(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-c", str(site), "policy", "explain", "may CT2 send MR to PACS on 2026-11-24 at 10:00?"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("refused: C-STORE of MR Image Storage by ct2 to pacs, Tue 10:00\n")
    assert "nearest: store-permitted" in said
    assert "SOP class MR Image Storage is not among CT Image Storage" in said
    assert "no   principal.anySopClass" in said
    assert run(["-c", str(site), "policy", "explain", "may CT2 send CT to PACS on 2026-11-24 at 10:00?"]) == 0
    assert "rule:    store-permitted" in capsys.readouterr().out


def test_explain_takes_options_and_speaks_json(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--peer", "CT2", "--operation", "c-store", "--sop-class", "CT Image Storage", "--at", "2026-11-24T03:00"]
    assert run(["-c", str(site), "policy", "explain", *options, "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["decision"]["rule"] == "forbid-outside-hours"
    assert said["decision"]["failed"] == "hours: Tue 03:00 is outside Mon-Fri 07:00-19:00"
    assert said["request"]["archive"] == "pacs"
    assert said["forbids"][0]["place"] == "90-limits.cedar:7"
    assert len(said["permits"]) == 11


@pytest.mark.parametrize(
    "arguments",
    [
        ["what is the weather?"],
        [],
        ["--peer", "ct2"],
        ["--peer", "ct2", "--operation", "C-STORE"],
        ["--peer", "ct2", "--operation", "C-ECHO", "--at", "noon"],
        ["may ct2 echo", "--peer", "ct2"],
    ],
)
def test_explain_answers_what_it_cannot_understand_with_a_hint(
    arguments: list[str], site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["-c", str(site), "policy", "explain", *arguments]) == 2
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith("error: ")
    assert len(hint) > len("hint: ")
