"""Lines of a table of rules, by the names of its columns. Never what a cell means, but that a formula means nothing."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field

from leadglass.network.importers.fault import ConfigurationUnreadable
from leadglass.network.importers.rules_csv.cells import ENABLED
from leadglass.network.masking import place
from leadglass.network.rule import Place

MAX_LINES = 100_000
MAX_CELL = 20_000  # characters

WORDS = frozenset({"interface", "route", "default", "stateless"})
"""Orders that are words: lines that are no rules."""

_NAMES = {
    "order": frozenset({"order", "no", "nr", "number", "#", "seq", "sequence", "position", "line"}),
    "from": frozenset({"from", "from zone", "source zone", "srczone", "in", "ingress"}),
    "to": frozenset({"to", "to zone", "destination zone", "dstzone", "out", "egress"}),
    "source": frozenset({"source", "src", "source address", "sources"}),
    "destination": frozenset({"destination", "dst", "destination address", "destinations"}),
    "service": frozenset({"service", "services", "protocol/port", "application"}),
    "action": frozenset({"action", "verdict"}),
    "enabled": frozenset({"enabled", "active", "state", "status"}),
}
NEEDED = ("order", "source", "destination", "service", "action")
HINT = "columns are: order, from, to, source, destination, service, action, enabled"
_FORMULA = re.compile(r"^\s*[=+@]|^\s*-\s*[^\s0-9]")
SYNTAX = "rules"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: cells by column, without blanks around them; a column that the table has not is empty."""

    place: Place
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass
class Table:
    """All lines.

    Attributes:
        columns: that it has. lines: in the order of the file.
        strange: lines that are none: too many or too few cells, a formula.
        findings: what is wrong, in words.
    """

    columns: frozenset[str]
    lines: list[Line] = field(default_factory=list)
    strange: list[Place] = field(default_factory=list)
    findings: list[tuple[Place, str]] = field(default_factory=list)

    def of(self, word: str) -> list[Line]:
        """Lines whose order is this word."""
        return [line for line in self.lines if line["order"].lower() == word]

    @property
    def rules(self) -> list[Line]:
        """Lines whose order is none of `WORDS`."""
        return [line for line in self.lines if line["order"].lower() not in WORDS]


def names_columns(head: str) -> bool:
    """Whether the first line names the columns of rules."""
    first = _first(head.splitlines())
    return first is not None and _columns(_cells(first[1], _delimiter(first[1]))) is not None


def table(text: str, file: str) -> Table:
    """The lines of a table.

    Raises:
        ConfigurationUnreadable: no line names the columns, there are too many, or the last one is cut off.
    """
    written = text.split("\n")
    first = _first(written)
    columns = None
    if first is not None:
        delimiter = _delimiter(first[1])
        columns = _columns(_cells(first[1], delimiter))
    if first is None or columns is None:
        raise ConfigurationUnreadable("no line names the columns of rules", HINT, file, first[0] if first else 1)
    if len(written) > MAX_LINES:
        raise ConfigurationUnreadable(f"more than {MAX_LINES:,} lines", "one rule a line, one box a file", file)
    width = len(_cells(first[1], delimiter))
    found = Table(frozenset(columns))
    for number, line in enumerate(written[first[0] :], first[0] + 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = place(file, number, line, SYNTAX)
        cells = _cells(line, delimiter)
        if len(cells) < width and number == len(written):
            raise ConfigurationUnreadable("the last line is cut off", "export the table whole", file, number)
        if len(cells) != width:
            words = f"{len(cells)} cells where the first line names {width}" if cells else "quotes that do not close"
            found.strange.append(where)
            found.findings.append((where, words))
            continue
        formula = next((cell for cell in cells if _FORMULA.match(cell)), None)
        if formula is not None:
            found.strange.append(where)
            found.findings.append((where, "a formula, which is not worked out"))
            continue
        read = Line(where, {name: cells[at] for name, at in columns.items()})
        if read["order"].lower() in WORDS and ENABLED.get(read["enabled"].lower() or "yes") is not True:
            found.strange.append(where)
            found.findings.append((where, "what is no rule cannot be switched off: leave the line out"))
            continue
        found.lines.append(read)
    return found


def _first(lines: list[str]) -> tuple[int, str] | None:
    """The first line that says anything, with its number."""
    return next(
        ((number, line) for number, line in enumerate(lines, 1) if line.strip() and line.lstrip()[0] != "#"), None
    )


def _delimiter(line: str) -> str:
    return max(",;\t|", key=line.count)


def _cells(line: str, delimiter: str) -> list[str]:
    """Cells of a line by itself; none where it is no CSV, or a cell is too long."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        return []
    return [cell.strip() for cell in cells] if all(len(cell) <= MAX_CELL for cell in cells) else []


def _columns(cells: list[str]) -> dict[str, int] | None:
    found: dict[str, int] = {}
    for index, cell in enumerate(cells):
        for name, known in _NAMES.items():
            if cell.lower() in known:
                if name in found:
                    return None  # which of the two is meant nobody can tell
                found[name] = index
    return found if all(name in found for name in NEEDED) else None
