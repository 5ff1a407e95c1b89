"""`leadglass policy replay` as a user types it, over a real ledger."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.cli.record import DAY, HOUR, site, write
from tests.policy.hospital import CT

from leadglass.cli.main import run
from leadglass.config import load
from leadglass.registrar.accepted import accept, propose

NO_CT = f"""
@id("no-ct") @why("CT is closed.") forbid (principal, action == Action::"C-STORE", resource)
when {{ context.sopClass == "{CT}" }};
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A site with three hours on record: one of 40 days ago, two of the last days."""
    found = site(tmp_path)
    write(tmp_path / "data", (40 * DAY, HOUR), (2 * DAY, HOUR), (DAY, HOUR))
    return found


def said(file: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = run(("--config", str(file), "policy", "replay", *arguments, "--json"))
    return code, json.loads(capsys.readouterr().out)


def test_lists_what_a_candidate_file_would_change(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    candidate = file.parent / "candidate.cedar"
    candidate.write_text(NO_CT)
    code, value = said(file, capsys, str(candidate))
    assert code == 1
    assert (value["messages"], value["differing"]) == (2 * (2 + 3 + 2), 4)
    (only,) = value["differences"]
    assert (only["count"], only["example"]["patient"], only["after"]["rule"]) == (4, "4711", "no-ct")
    assert run(("--config", str(file), "policy", "replay", str(candidate))) == 1
    text = capsys.readouterr().out
    assert "would be refused: 4 × C-STORE of CT Image Storage by ct2 to pacs" in text
    assert "candidate: refused: no-ct: SOP class is CT Image Storage" in text
    assert "4711" not in text


def test_an_older_span_is_replayed_when_asked_for(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(file, capsys, "--days", "60")[1]["messages"] == 3 * (2 + 3 + 2)
    assert said(file, capsys, "--days", "1")[1]["messages"] == 0


def test_without_a_file_the_edited_configuration_is_compared_with_the_one_in_force(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration = load(file)
    configuration.data.accepted.mkdir(parents=True, exist_ok=True)
    propose(configuration)
    accept(configuration.data.accepted)
    assert said(file, capsys)[0] == 0
    (file.parent / "own.cedar").write_text(NO_CT)
    file.write_text(file.read_text() + '[policy]\nfiles = ["own.cedar"]\n')
    code, value = said(file, capsys)
    assert (code, value["differing"]) == (1, 4)


@pytest.mark.parametrize("text", ["permit (", "permit (principal, action, resource);", ""])
def test_a_candidate_that_is_no_policy_is_said_so(file: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    candidate = file.parent / "candidate.cedar"
    candidate.write_text(text)
    assert run(("--config", str(file), "policy", "replay", str(candidate))) == (3 if text else 0)
    if text:
        error = capsys.readouterr().err
        assert "candidate.cedar:1" in error
        assert "hint:" in error


def test_without_a_record_there_is_a_fault_with_a_hint(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(file.parent / "data" / "ledger")
    assert run(("--config", str(file), "policy", "replay")) == 4
    assert "hint:" in capsys.readouterr().err
