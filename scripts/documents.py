"""Fills the tables of docs/hospital-it from code and data, and draws the data flows. Never edits other text.

    python scripts/documents.py docs/hospital-it

A table stands between ``<!-- table: NAME -->`` and ``<!-- end -->``; `document_tables.TABLES` makes it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import data_flows  # beside this file
import document_tables  # beside this file

_TABLE = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(text: str) -> str:
    """The text of a document with its tables as the code is now.

    Raises:
        KeyError: a table nobody makes.
    """
    return _TABLE.sub(lambda found: f"{found[1]}\n{document_tables.TABLES[found[2]]()}\n\n{found[3]}", text)


def tables_of(text: str) -> list[str]:
    """Names of the tables a document holds."""
    return [name for _, name, _ in _TABLE.findall(text)]


def main(directory: Path) -> None:
    """Bring every document of the directory up to date."""
    for path in sorted(directory.glob("*.md")):
        path.write_text(filled(path.read_text("utf-8")), "utf-8")
    (directory / "data-flows.svg").write_text(data_flows.picture(), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
