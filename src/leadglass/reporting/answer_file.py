"""Reads a file of answers, whether JSON or workbook: what it is, is seen from its bytes and not from its name."""

from __future__ import annotations

from datetime import datetime

from leadglass.assess import interchange
from leadglass.assess.instrument import Instrument
from leadglass.reporting import workbook_reader
from leadglass.reporting.workbook_reader import Gathered

_WORKBOOK = (b"PK", b"\xd0\xcf\x11\xe0")  # a ZIP archive; an old spreadsheet, or one with a password


def is_workbook(data: bytes) -> bool:
    """Whether the file is a spreadsheet rather than text."""
    return data.startswith(_WORKBOOK)


def read(data: bytes, instrument: Instrument, *, by: str, at: datetime) -> Gathered:
    """The answers in a file, brought to the present instrument.

    Args:
        data: the file.
        instrument: the present version.
        by: who answered, where the file does not say it.
        at: when, where it does not.

    Raises:
        AnswerFileError: it cannot be taken; every fault is named.
    """
    if is_workbook(data):
        return workbook_reader.read(data, instrument, by=by, at=at)
    return Gathered(interchange.read(data, instrument))
