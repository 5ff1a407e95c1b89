"""The whole bench, end to end, in its smoke run. Asserts what was counted, never how fast it was."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench.rows import GATEWAY

from bench import gateway


def test_a_smoke_run_with_haproxy_in_our_place_yields_every_row_and_judges_none(tmp_path: Path) -> None:
    result = tmp_path / "gateway.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench.gateway", "--subject", "HAProxy", "--result", str(result)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(result.read_text())
    rows = {row["what"]: row for row in said["rows"]}
    assert set(GATEWAY) <= set(rows)
    assert said["comparable"] is False
    assert all(row["met"] is None and not row["goal"] for row in rows.values())
    assert rows["200 associations: told Success or Warning and not in the archive"]["value"] == 0
    assert rows["200 associations: objects changed on the way"]["value"] == 0
    # HAProxy keeps no ledger: the account must say so.
    assert rows["200 associations: not accounted for in the ledger"]["value"] > 0
    assert {"kernel", "cpu", "disk"} <= set(said["machine"])
    assert {"haproxy", "dcmtk", "pynetdicom", "leadglass", "python"} <= set(said["versions"])


def test_a_smoke_run_accounts_for_every_instance_of_a_mixed_load(tmp_path: Path) -> None:
    result = tmp_path / "gateway.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench.gateway", "--quick", "--only", "mixed", "--result", str(result)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = {row["what"].removeprefix("200 associations: "): row for row in json.loads(result.read_text())["rows"]}
    assert rows["told Success or Warning and not in the archive"]["value"] == 0
    assert rows["in the archive, untold and not outcome unknown"]["value"] == 0
    assert rows["objects changed on the way"]["value"] == 0
    assert rows["not accounted for in the ledger"]["value"] == 0
    assert rows["instances told Success or Warning"]["value"] > 100
    assert rows["outcome unknown"]["value"] > 0


def test_a_missing_row_fails_after_the_file_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gateway, "MEASURES", {"disk": gateway.MEASURES["disk"]})
    result = tmp_path / "gateway.json"
    assert gateway.main(["--subject", "HAProxy", "--result", str(result)]) == 1
    assert [row["what"] for row in json.loads(result.read_text())["rows"]] == ["fsync p50", "fsync p99"]
    assert "required rows are missing: stock DCMTK store" in capsys.readouterr().err
