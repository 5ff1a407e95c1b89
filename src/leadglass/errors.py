"""Errors that a person reads: each has the fault, and a hint that says what to do. Nothing here logs or exits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault stands: a file, and the line (from 1; 0 where no line applies)."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class LeadglassError(Exception):
    """A fault a user can act on.

    Args:
        message: what is wrong, one line, no final stop.
        hint: what to do about it, one line.
        place: where it stands, if it stands in a file.
    """

    exit_code = 4

    def __init__(self, message: str, hint: str = "", place: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.place = place

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class ConfigurationError(LeadglassError):
    """The configuration, the policy or its tests cannot be used."""

    exit_code = 3


class IntegrityError(LeadglassError):
    """A record does not prove what it claims."""

    exit_code = 5
