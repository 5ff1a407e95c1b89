"""What a field of the assessment's tables may hold: text within a bound, a moment in UTC ns. Never stores anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leadglass.store.appstate.engine import AppStateConflictError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""The first moment that is not taken: far beyond any use, and well within 64 bits of nanoseconds."""


def nanoseconds(at: datetime) -> int:
    """UTC ns of an aware moment, exact to the microsecond.

    Raises:
        AppStateConflictError: it has no time zone, or lies before 1970 or after 2199.
    """
    if at.tzinfo is None:
        raise AppStateConflictError("a time without a time zone", "say in which zone it was read off")
    since = at - _EPOCH
    if not timedelta(0) <= since < LATEST - _EPOCH:
        raise AppStateConflictError(f"not a time of ours: {at.isoformat()}", "years are 1970 to 2199")
    return since // _MICROSECOND * 1_000


def moment(stored: int) -> datetime:
    """What `nanoseconds` was given, in UTC."""
    return _EPOCH + stored // 1_000 * _MICROSECOND


def text(what: str, value: str, most: int, *, least: int = 0) -> str:
    """``value``, when it can be stored on every engine and written into every file.

    Args:
        what: names the field in the error.
        value: from outside.
        most: characters.
        least: characters that are not blank before or after.

    Raises:
        AppStateConflictError: too long, blank, or not text: lone surrogates and NUL are in no file.
    """
    if len(value) > most:
        raise AppStateConflictError(f"{what} is longer than {most} characters", f"it has {len(value)}: shorten it")
    if least and len(value.strip()) < least:
        raise AppStateConflictError(f"{what} is empty", "it has to be given")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise AppStateConflictError(f"{what} holds what is no text", "type it anew instead of pasting it")
    return value
