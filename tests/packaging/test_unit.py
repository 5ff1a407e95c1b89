"""Claims about the systemd unit, by systemd's own judgement."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

UNIT = Path(__file__).parents[2] / "packaging" / "leadglass.service"
MAX_EXPOSURE = 2.0


def analyze(*arguments: str) -> str:
    tool = shutil.which("systemd-analyze")
    assert tool, "systemd-analyze is missing: apt-get install -y --no-install-recommends systemd"
    done = subprocess.run((tool, *arguments), capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_exposure_is_at_most_two() -> None:
    said = analyze("security", "--offline=yes", "--no-pager", str(UNIT))
    level = re.search(r"Overall exposure level for leadglass\.service: ([0-9.]+)", said)
    assert level, said
    assert float(level[1]) <= MAX_EXPOSURE


def test_systemd_knows_every_line_of_it() -> None:
    said = analyze("verify", "--man=no", str(UNIT)).splitlines()
    assert [line for line in said if "is not executable" not in line] == []


def test_it_gives_the_one_capability_and_the_calls_of_confinement() -> None:
    lines = UNIT.read_text().splitlines()
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in lines
    assert "CapabilityBoundingSet=CAP_NET_BIND_SERVICE" in lines
    filters = " ".join(line for line in lines if line.startswith("SystemCallFilter="))
    for call in ("seccomp", "landlock_restrict_self", "capset", "prlimit64"):
        assert call in filters
