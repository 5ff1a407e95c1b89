"""Each fuzz target holds for its own seeds, so that neither rots. The fuzzer itself runs with ``make fuzz``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.fuzz.targets import TARGETS, Target


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_target_holds_for_its_seeds(target: Target) -> None:
    seeds = target.seeds()
    assert len(seeds) > 2
    for seed in seeds:
        target.entry(seed)


def test_fuzzer_is_not_imported_by_targets() -> None:
    assert "atheris" not in sys.modules


def test_fuzzer_runs_a_target() -> None:
    run = Path(__file__).with_name("run.py")
    done = subprocess.run(
        [sys.executable, run, "--seconds", "1", "abort"], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "held" in done.stdout
