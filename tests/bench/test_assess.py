"""The bench of the assessment, end to end, in its smoke run. Asserts what was measured, never how fast it was."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench.measures import pages
from bench.measures.pages import percentile
from bench.rows import ASSESS
from tests.assess.data import INSTRUMENT

from bench import assess, hospitals
from leadglass.assess.contribution import read, write


def test_a_smoke_run_yields_every_row_and_judges_none(tmp_path: Path) -> None:
    result = tmp_path / "assess.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench.assess", "--quick", "--result", str(result)],
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(result.read_text())
    rows = {row["what"]: row for row in said["rows"]}
    assert set(rows) == set(ASSESS)
    assert said["comparable"] is False
    assert all(row["met"] is None and not row["goal"] and row["value"] > 0 for row in rows.values())
    for name in ("page p95, demonstration's data", "page p95, 1,000 contributions"):
        for path in pages.served():
            assert path in rows[name]["note"], "every page is named with its figure"


def test_every_page_of_the_assessment_is_measured() -> None:
    assert set(pages.served()) == set(pages.ADDRESSES)


def test_the_goals_are_those_of_the_issue() -> None:
    goals = {name: str(goal) for name, goal in ASSESS.items() if goal}
    assert goals["aggregate 10,000 responses"] == "value < 2"
    assert goals["page p95, demonstration's data"] == goals["page p95, 1,000 contributions"] == "value < 100"


def test_a_missing_row_fails_after_the_file_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(assess, "MEASURES", {"aggregate": assess.MEASURES["aggregate"]})
    result = tmp_path / "assess.json"
    assert assess.main(["--quick", "--result", str(result)]) == 1
    assert len(json.loads(result.read_text())["rows"]) == 3
    assert "required rows are missing: page p95, demonstration's data" in capsys.readouterr().err


@pytest.mark.parametrize(("count", "place"), [(1, 1), (3, 3), (20, 19), (60, 57), (100, 95)])
def test_the_95th_percentile_is_the_least_that_95_of_100_do_not_exceed(count: int, place: int) -> None:
    assert percentile([float(one) for one in range(count, 0, -1)]) == place


def test_invented_hospitals_are_contributions_and_the_same_for_a_seed() -> None:
    made = hospitals.contributions(INSTRUMENT, 20, seed=5)
    assert made == hospitals.contributions(INSTRUMENT, 20, seed=5)
    assert made != hospitals.contributions(INSTRUMENT, 20, seed=6)
    assert len({one.id for one in made}) == 20
    for one in made:
        assert read(write(one.id, INSTRUMENT, one.codes), INSTRUMENT) == one
