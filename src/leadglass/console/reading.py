"""Fields of a form read as text, days and choices; every fault is gathered with its field. Stores nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from leadglass.console.survey_form import Fault
from leadglass.console.text import number

_ISO = 10  # characters of 2027-03-31


class Reading:
    """Reads one form; `faults` is what is wrong with it so far, in the order of the reading.

    Args:
        form: the fields as they came.
    """

    def __init__(self, form: Mapping[str, Sequence[str]]) -> None:
        self._form = form
        self.faults: list[Fault] = []

    def fault(self, name: str, text: str) -> None:
        """Something is wrong with a field."""
        self.faults.append(Fault(name, text))

    def raw(self, name: str) -> str:
        """A field as typed, with bare line feeds and without outer spaces."""
        values = self._form.get(name, ())
        return values[0].replace("\r\n", "\n").strip() if values else ""

    def text(self, name: str, label: str, most: int, *, needed: bool = True, lines: bool = True) -> str:
        """A text.

        Args:
            name: of the field.
            label: how a sentence about it begins.
            most: characters.
            needed: whether it may not be empty.
            lines: whether it may have several lines.
        """
        value = self.raw(name)
        if needed and not value:
            self.fault(name, f"{label} is missing")
        elif len(value) > most:
            self.fault(name, f"{label} has {number(len(value))} characters; at most {number(most)} fit")
        elif any(unicodedata.category(one) == "Cc" and not (lines and one in "\n\t") for one in value):
            self.fault(name, f"{label} holds a control character: write it again without")
        return value

    def choice(self, name: str, label: str, offered: Collection[str]) -> str:
        """One of what is offered; empty with a fault for anything else."""
        value = self.raw(name)
        if value in offered:
            return value
        self.fault(name, f"{label}: choose one of those offered")
        return ""

    def day(
        self, name: str, label: str, *, needed: bool, today: date, past: bool = False, most: int = 1_096
    ) -> date | None:
        """A day.

        Args:
            name: of the field.
            label: how a sentence about it begins.
            needed: whether it may not be empty.
            today: in the hospital's time.
            past: whether it is today or before; otherwise it is today or after.
            most: days from today.
        """
        value = self.raw(name)
        if not value:
            if needed:
                self.fault(name, f"{label} is missing")
            return None
        try:
            day = date.fromisoformat(value) if len(value) == _ISO else None
        except ValueError:
            day = None
        if day is None:
            self.fault(name, f"{label} is no day: write year, month and day like {today.isoformat()}")
            return None
        first, last = (today - timedelta(most), today) if past else (today, today + timedelta(most))
        if not first <= day <= last:
            self.fault(name, f"{label} is not between {first.isoformat()} and {last.isoformat()}")
            return None
        return day
