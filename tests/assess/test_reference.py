from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_pages_of_the_assessment_are_what_its_data_say() -> None:
    made = subprocess.run(
        (sys.executable, "-c", "import assessment, json; print(json.dumps(assessment.texts()))"),
        cwd=ROOT / "scripts",
        capture_output=True,
        text=True,
        check=True,
    )
    pages: dict[str, str] = json.loads(made.stdout)
    files = {"answer-file.schema.json", "cohort.schema.json", "contribution.schema.json", "report.schema.json"}
    assert set(pages) == {"controls.md", "questions.md", "verdicts.md"} | files
    for name, text in pages.items():
        assert (ROOT / "docs/reference" / name).read_text("utf-8") == text, f"{name}: run make docs"
