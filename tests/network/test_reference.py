"""The pages of models, gaps and the network file are written from what the program reads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_pages_of_the_network_are_what_its_data_say() -> None:
    made = subprocess.run(
        (sys.executable, "-c", "import network, json; print(json.dumps(network.texts()))"),
        cwd=ROOT / "scripts",
        capture_output=True,
        text=True,
        check=True,
    )
    pages: dict[str, str] = json.loads(made.stdout)
    assert set(pages) == {"model-networks.md", "network-gaps.md", "network-file.md"}
    for name, text in pages.items():
        assert (ROOT / "docs/reference" / name).read_text("utf-8") == text, f"{name}: run make docs"
