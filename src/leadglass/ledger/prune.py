"""Takes the bodies out of whole months: what was said is gone, the tree still proves itself. Never the newest log."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import msgspec

from leadglass.errors import LeadglassError
from leadglass.store.durable import fsync_directory
from leadglass.store.leaves import LedgerReader

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Month(msgspec.Struct, frozen=True):
    """A month that still says what happened: its log, its leaves, and the bytes of its bodies."""

    log: str
    leaves: int
    bytes: int


def latest(today: date, retention_months: int) -> str:
    """The latest month that may be named: everything before it is old enough.

    Args:
        today: in UTC, as logs are named.
        retention_months: how long bodies are kept at least, at least 1.
    """
    months = max(today.year * 12 + today.month - 1 - retention_months, 0)
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def prunable(ledger: Path, before: str, allowed: str) -> tuple[Month, ...]:
    """The months before ``before`` that still have bodies, oldest first.

    Args:
        ledger: the ledger directory.
        before: "YYYY-MM".
        allowed: what `latest` says.

    Raises:
        LeadglassError: ``before`` is no month, or too young.
    """
    if not _MONTH.fullmatch(before):
        raise LeadglassError(f"{before!r} is no month", "write it as 2020-01")
    if before > allowed:
        raise LeadglassError(
            f"the record from {allowed} on must be kept",
            f"name a month up to {allowed}, or change ledger.retention_months",
        )
    reader = LedgerReader(ledger)
    months = []
    for log in reader.logs()[:-1]:
        size = sum(path.stat().st_size for path in _bodies(ledger, log))
        if log < before and size:
            months.append(Month(log, reader.size(log), size))
    return tuple(months)


def prune(ledger: Path, months: tuple[Month, ...]) -> None:
    """Delete their bodies, durably. Killed half way, the rest is done by asking again.

    Raises:
        OSError: a file cannot be deleted.
    """
    for month in months:
        for path in _bodies(ledger, month.log):
            path.unlink(missing_ok=True)
        fsync_directory(ledger / month.log / "bodies")


def _bodies(ledger: Path, log: str) -> list[Path]:
    return sorted((ledger / log / "bodies").glob("*"))
