"""What a reading of a FortiOS configuration leaves behind beside the device: doubts, findings. Never a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field

from leadglass.network.rule import MAX_TEXT, Place

MAX_FINDINGS = 10_000


@dataclass(slots=True, eq=False)
class Notes:
    """Collected while one VDOM is read; lines are numbers in the file.

    Attributes:
        lines: the file's, their secrets masked.
    """

    file: str
    lines: tuple[str, ...]
    doubts: set[int] = field(default_factory=set)
    missed: set[int] = field(default_factory=set)
    findings: dict[tuple[int, str], None] = field(default_factory=dict)
    assumptions: dict[str, None] = field(default_factory=dict)

    def place(self, line: int) -> Place:
        """Of a line, without its secrets; of the file where it is 0."""
        text = self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""
        return Place(self.file, line, text[:MAX_TEXT])

    def doubt(self, line: int, words: str = "") -> None:
        """What stands there may change what passes, and no bound could be put on it."""
        self.doubts.add(line)
        if words:
            self.find(line, words)

    def miss(self, line: int) -> None:
        """A line was not understood, and the bounds are so that they hold whatever it says."""
        self.missed.add(line)

    def find(self, line: int, words: str) -> None:
        """Something is wrong, weak or out of sight."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings[line, words] = None

    def assume(self, words: str) -> None:
        """Something was taken for granted."""
        self.assumptions[words] = None
