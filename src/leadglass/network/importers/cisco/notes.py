"""What an importer learns of a file beside its rules: coverage, doubts, findings, assumptions. Never a verdict."""

from __future__ import annotations

from collections.abc import Iterable

from leadglass.network import masking
from leadglass.network.device import Coverage
from leadglass.network.importers.cisco.lines import Line
from leadglass.network.rule import Place

MAX_FINDINGS = 1_000  # of one file


class Notes:
    """Grows while a file is read.

    Args:
        file: name of the file, as it was handed in.
        syntax: for its secrets, as in `masking.PATTERNS`.
    """

    def __init__(self, file: str, syntax: str) -> None:
        self.file = file
        self._syntax = syntax
        self._understood: dict[int, bool] = {}
        self._lines: dict[int, Line] = {}
        self._doubts: dict[int, Place] = {}
        self._findings: list[tuple[Place, str]] = []
        self._assumptions: list[str] = []

    def place(self, line: Line) -> Place:
        """Where a line stands; its secrets are masked."""
        return masking.place(self.file, line.number, line.text, self._syntax)

    def understood(self, *lines: Line) -> None:
        """Lines that bear on what may pass and were read."""
        for line in lines:
            self._understood.setdefault(line.number, True)

    def missed(self, *lines: Line) -> None:
        """Lines that may bear on what may pass and were not read; their effect is accounted for elsewhere."""
        for line in lines:
            self._understood[line.number] = False
            self._lines[line.number] = line

    def doubt(self, *lines: Line) -> None:
        """Lines that were not read and may change anything."""
        self.missed(*lines)
        for line in lines:
            self._doubts[line.number] = self.place(line)

    def distrust(self, line: Line, words: str) -> None:
        """A line that was read, and means what this importer cannot compute."""
        self.understood(line)
        self._doubts[line.number] = self.place(line)
        self.finding(line, words)

    def finding(self, line: Line, words: str) -> None:
        """Something wrong or weak in itself."""
        if len(self._findings) < MAX_FINDINGS:
            self._findings.append((self.place(line), words))

    def assume(self, words: str) -> None:
        """Something taken for granted."""
        if words not in self._assumptions:
            self._assumptions.append(words)

    @property
    def coverage(self) -> Coverage:
        """Of the lines noted so far."""
        missed = tuple(self.place(self._lines[number]) for number in self._numbers(False))
        return Coverage(len(self._understood), len(self._understood) - len(missed), missed)

    @property
    def doubts(self) -> tuple[Place, ...]:
        """Places of lines that may change anything, in order."""
        return tuple(self._doubts[number] for number in sorted(self._doubts))

    @property
    def findings(self) -> tuple[tuple[Place, str], ...]:
        """In order of the file."""
        return tuple(sorted(self._findings, key=lambda found: found[0].line))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """In the order they were made."""
        return tuple(self._assumptions)

    def _numbers(self, understood: bool) -> Iterable[int]:
        return sorted(number for number, known in self._understood.items() if known is understood)
