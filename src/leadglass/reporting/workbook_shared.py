"""What the sheets of a workbook share: texts, and which styles show a number as a date. Never a cell."""

from __future__ import annotations

import re

from leadglass.reporting.workbook_sheet import bounded, unescaped

_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Numbers of the built-in formats of dates and times, ECMA-376 part 1, 18.8.30."""
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_MAX_FORMAT = 300  # characters of a format that are looked at


class SharedTexts:
    """The texts that cells share, in order."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._pieces = ""
        self._inside = False
        self._phonetic = False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "si":
            self._pieces = ""
        self._phonetic = self._phonetic or name == "rPh"
        self._inside = name == "t" and not self._phonetic

    def end(self, name: str) -> None:
        """An element ends."""
        self._inside = False
        if name == "rPh":
            self._phonetic = False
        if name == "si":
            self.texts.append(unescaped(self._pieces))

    def text(self, text: str) -> None:
        """What stands between."""
        if self._inside:
            self._pieces = bounded(self._pieces + text)


class Styles:
    """Which of the styles, by their index, show a number as a date."""

    def __init__(self) -> None:
        self.dated: list[bool] = []
        self._formats: dict[str, str] = {}
        self._inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "numFmt":
            self._formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside:
            number = attributes.get("numFmtId", "0")
            self.dated.append(_is_date(number, self._formats.get(number)))

    def end(self, name: str) -> None:
        """An element ends."""
        self._inside = self._inside and name != "cellXfs"

    def text(self, text: str) -> None:
        """What stands between says nothing."""


def _is_date(number: str, code: str | None) -> bool:
    if code is None:
        return number in {str(one) for one in _DATES}
    return re.search("[ymdhs]", _LITERAL.sub("", code[:_MAX_FORMAT]), re.IGNORECASE) is not None
