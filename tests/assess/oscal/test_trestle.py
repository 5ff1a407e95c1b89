"""Claims about the report as OSCAL, asked of compliance-trestle, which runs in an environment of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.assess import cases

from leadglass.assess import report_oscal
from leadglass.assess.truth import Verdict

ROOT = Path(__file__).parents[3]
TRESTLE = ROOT / ".venv-oscal" / "bin" / "trestle"
DEADLINE = 100  # seconds

STATES = {Verdict.MET: "satisfied", Verdict.NOT_MET: "not-satisfied", Verdict.PARTLY: "not-satisfied"}


def run(*command: str | Path, where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=where, capture_output=True, text=True, check=False, timeout=DEADLINE)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trestle workspace; the environment is set up here when somebody runs this test without `make test`."""
    stamp = json.loads((ROOT / ".venv" / "leadglass-setup.json").read_text("utf-8"))
    made = run(stamp["python"], ROOT / "scripts" / "setup.py", "oscal", where=ROOT)
    assert made.returncode == 0, made.stderr
    path = tmp_path_factory.mktemp("trestle")
    begun = run(TRESTLE, "init", where=path)
    assert begun.returncode == 0, begun.stderr
    return path


def take(workspace: Path, name: str, data: bytes) -> subprocess.CompletedProcess[str]:
    """`trestle import` parses a file strictly, runs every validator, and writes what it understood."""
    file = workspace.parent / f"{workspace.name}-{name}.json"
    file.write_bytes(data)
    return run(TRESTLE, "import", "-f", file, "-o", name, where=workspace)


def understood(workspace: Path, name: str) -> dict[str, Any]:
    file = workspace / "assessment-results" / name / "assessment-results.json"
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))["assessment-results"]
    return found


def test_the_file_is_of_the_version_that_trestle_has(workspace: Path) -> None:
    assert f"OSCAL version {report_oscal.VERSION}" in run(TRESTLE, "version", where=workspace).stdout


@pytest.mark.parametrize("text", ["", cases.HOSTILE], ids=["plain", "hostile"])
def test_trestle_takes_the_report_and_reads_in_it_what_was_found(workspace: Path, text: str) -> None:
    report = cases.report(text)
    name = "hostile" if text else "plain"
    done = take(workspace, name, report_oscal.write(report))
    assert done.returncode == 0, done.stdout + done.stderr

    document = understood(workspace, name)
    (result,) = document["results"]
    found = {one["target"]["target-id"]: one["target"]["status"]["state"] for one in result["findings"]}
    assert found == {one.control: STATES[one.verdict] for one in report.findings if one.verdict in STATES}
    assert set(found.values()) == {"satisfied", "not-satisfied"}

    observations = {one["uuid"]: one for one in result["observations"]}
    said = [{prop["name"]: prop["value"] for prop in one["props"]} for one in observations.values()]
    assert [(one["control"], one["verdict"]) for one in said] == [(one.control, one.verdict) for one in report.findings]
    observed = {one["related-observations"][0]["observation-uuid"] for one in result["findings"]}
    assert observed < set(observations), "what is contradicted or unknown is observed, and no finding"
    evidence = [line["description"] for one in observations.values() for line in one.get("relevant-evidence", ())]
    assert report.by_control[cases.ENCRYPTED].refuting[0].line in evidence

    risks = {one["uuid"]: one["status"] for one in result["risks"]}
    assert sorted(risks.values()) == ["closed", "deviation-approved", "open", "open", "remediating"]
    assert {risk["risk-uuid"] for one in result["findings"] for risk in one.get("related-risks", ())} <= set(risks)
    plan = document["import-ap"]["href"].removeprefix("#")
    titles = {one["uuid"]: one["title"] for one in document["back-matter"]["resources"]}
    assert titles[plan] == "No assessment plan"


def test_trestle_would_have_said_no(workspace: Path) -> None:
    document = json.loads(report_oscal.write(cases.report()))
    document["assessment-results"]["results"][0]["findings"][0]["target"]["status"]["state"] = "partly"
    done = take(workspace, "wrong", json.dumps(document).encode())
    assert done.returncode != 0
    assert "satisfied" in done.stdout + done.stderr
