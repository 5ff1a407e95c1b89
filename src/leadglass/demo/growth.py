"""Keeps a demonstration that is left running from filling the disk. Never touches accounts, peers or the archive."""

from __future__ import annotations

import shutil

from leadglass.config import DataDirectory

LIMIT = 256 * 1024 * 1024  # bytes of recorded events: weeks of traffic
LOOK_EVERY = 100  # steps of traffic


def recorded(data: DataDirectory) -> int:
    """Bytes of the events on record."""
    return sum(path.stat().st_size for path in data.ledger.glob("????-??/bodies/*"))


def begin_anew(data: DataDirectory, limit: int = LIMIT) -> bool:
    """Before anything runs: forget the record where it has reached ``limit``; whether it had.

    Args:
        data: of the demonstration's gateway.
        limit: bytes.

    Raises:
        OSError: something cannot be deleted.
    """
    if recorded(data) < limit:
        return False
    for path in (data.projection.parent, data.journals, data.ledger, data.key):
        if path.exists():
            shutil.rmtree(path)
    return True
