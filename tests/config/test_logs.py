"""Claims about logs."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import structlog
from leadglass.config.logs import configure
configure("w0")
structlog.get_logger().info("took", patient="DOE^JOHN", password="x", archive="pacs")
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger().exception("fell")
"""


def test_a_log_line_is_json_with_its_process_and_without_patient_or_password() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    first, second = map(json.loads, done.stderr.splitlines())
    assert first["process"] == "w0"
    assert first["archive"] == "pacs"
    assert first["patient"] == first["password"] == "[not logged]"
    assert "ZeroDivisionError" in second["exception"]
