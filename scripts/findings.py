"""Writes docs/reference/findings.md from the parsers' own table of findings. Never edits other text.

python scripts/findings.py docs/reference/findings.md
"""

from __future__ import annotations

import sys
from pathlib import Path

from leadglass.wire.dicom.finding import findings

_HEAD = """# Findings of the DICOM parsers
<!-- Written by `make docs`; do not edit. -->

What a device or an archive can do against the standard, by the stable name that stands in records, metrics and test
vectors (`tests/vectors/dicom`).
"""
_EFFECTS = (
    ("error", "The PDU or command is refused; the association is aborted."),
    ("tolerated", "Old devices do this: it passes, and is counted at the association's end."),
    ("answer", "The archive's answer cannot be mirrored: both sides get A-ABORT."),
)


def text() -> str:
    """The page."""
    parts = [_HEAD]
    for effect, meaning in _EFFECTS:
        parts.append(f"## {effect}\n\n{meaning}\n\n| finding | meaning |\n|---|---|")
        rows = [finding for finding in findings().values() if finding.effect == effect]
        parts += [f"| `{finding.id}` | {finding.meaning} |" for finding in rows]
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), "utf-8")
