"""JSON documents one after another in a text, with the line of each object. Never what they mean."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from leadglass.network.importers.fault import ConfigurationUnreadable

Json = Any  # what json.loads gives: checked where it is read

_SPACE = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()


class Documents:
    """A text that is read from the front.

    Args:
        text: of the file. file: its name, for faults. at: where to begin.
    """

    def __init__(self, text: str, file: str, at: int = 0) -> None:
        self._text, self._file = text, file
        self.at, self._counted = at, 0
        self._line = 1

    def __iter__(self) -> Iterator[tuple[int, Json]]:
        """Each document with its line.

        Raises:
            ConfigurationUnreadable: what stands there is no JSON, or is cut off.
        """
        while self.more():
            yield self.line, self.one()

    def more(self, end: str = "") -> bool:
        """Whether there is more before the text's end, or before the bracket ``end``, which is then passed."""
        found = _SPACE.match(self._text, self.at)
        self.at = found.end() if found else self.at
        if end and self._text.startswith(end, self.at):
            self.at += len(end)
            return False
        return self.at < len(self._text)

    def skip(self, words: re.Pattern[str]) -> bool:
        """Pass what matches here; whether it did."""
        found = words.match(self._text, self.at)
        if found:
            self.at = found.end()
        return found is not None

    @property
    def line(self) -> int:
        """Of what comes next."""
        self._line += self._text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def one(self) -> Json:
        """The next value."""
        try:
            value, self.at = _DECODER.raw_decode(self._text, self.at)
        except (json.JSONDecodeError, RecursionError) as fault:
            at = fault.pos if isinstance(fault, json.JSONDecodeError) else self.at
            said = fault.msg if isinstance(fault, json.JSONDecodeError) else "too deeply nested"
            raise ConfigurationUnreadable(
                f"no JSON here: {said}",
                "the file may be cut off; hand in all of what the command printed",
                self._file,
                self._text.count("\n", 0, at) + 1,
            ) from None
        return value
