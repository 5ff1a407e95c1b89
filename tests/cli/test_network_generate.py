"""`leadglass network generate` as a user types it: texts in a new folder, the proof beside them, no device touched."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

from leadglass.cli.main import run

SHIPPED = str(resources.files("leadglass.demo.network").joinpath("network.toml"))


def test_each_filter_gets_three_texts_and_the_proof_stands_beside_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "change"
    assert run(["network", "generate", SHIPPED, "--out", str(out), "--json"]) == 1  # obligations are left
    told = json.loads(capsys.readouterr().out)
    assert told["proof"]["ok"]
    assert told["closes"]
    assert {path.name for path in out.iterdir()} == set(told["files"])
    for one in told["filters"]:
        for stage in ("1-log-only", "2-enforce", "3-rollback"):
            assert (out / f"{one['name']}-{stage}.txt").stat().st_size
    assert "holds:" in (out / "proof.txt").read_text()
    assert "Reconstructed" in (out / "advice.txt").read_text()


def test_a_folder_that_is_there_is_never_written_into(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["network", "generate", SHIPPED, "--out", str(tmp_path)]) > 1
    assert "is there already" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_gap_that_nobody_knows_is_named_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["network", "generate", SHIPPED, "--gap", "internet--server--https"]) > 1
    assert "internet--servers--https" in capsys.readouterr().err


def test_one_gap_can_be_closed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["network", "generate", SHIPPED, "--gap", "internet--servers--https", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["closes"] == ["internet--servers--https"]
