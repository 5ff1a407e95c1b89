"""The report as JSON, and back. Never takes a file that is none."""

from __future__ import annotations

from typing import Any

import msgspec

from leadglass.assess.report import FORMAT, Report
from leadglass.assess.report_change import FAMILY, MAX_FILE
from leadglass.errors import LeadglassError


class ReportError(LeadglassError):
    """A file that is no report of this version."""


class _Head(msgspec.Struct, frozen=True):
    format: str


def schema() -> dict[str, Any]:
    """The JSON Schema of a report."""
    return msgspec.json.schema(Report)


def write(report: Report) -> bytes:
    """The file, readable by a person; the same report gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def read(data: bytes) -> Report:
    """The report in a file.

    Raises:
        ReportError: larger than `MAX_FILE`, no report, or one of another version's format.
    """
    if len(data) > MAX_FILE:
        raise ReportError(f"larger than {MAX_FILE} bytes", "is this a report?")
    hint = "a report is written by the assessment; docs/reference/report.schema.json says what it holds"
    try:
        head = msgspec.json.decode(data, type=_Head)
        if head.format.startswith(FAMILY) and head.format != FORMAT:
            raise ReportError(
                f"a report of the format {head.format[:40]!r}; this version reads {FORMAT}",
                "read it with the version that made it; what changed since it can still be computed",
            )
        return msgspec.json.decode(data, type=Report)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ReportError(f"no report: {error}", hint) from None
