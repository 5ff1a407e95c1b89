"""One month's log as it grows: records, bodies, tiles. Never signs, and never decides when to commit."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from leadglass.model.event import EventId
from leadglass.store.bodies import SALT_BYTES, BodyWriter, LeafRecord, encode_record
from leadglass.store.tiles import TileTree

_SALTS_AT_ONCE = 256  # one urandom call for so many leaves


class Log:
    """A log behind its committed size.

    Attributes:
        name: the month, "2026-11".
        size: leaves appended.
    """

    def __init__(self, path: Path, size: int, body_offset: int) -> None:
        """Open at a committed position; what lies beyond is removed.

        Raises:
            IntegrityError: what was committed is missing.
        """
        self.path = path
        self.name = path.name
        path.mkdir(parents=True, exist_ok=True, mode=0o750)
        self.tree = TileTree.resume(path, size)
        self._bodies = BodyWriter(path, size, body_offset)
        self._salts: list[bytes] = []

    @property
    def size(self) -> int:
        """Leaves appended, committed or not."""
        return self.tree.size

    @property
    def body_offset(self) -> int:
        """Where the next body goes in its segment."""
        return self._bodies.offset

    def append(self, event_id: EventId, event: bytes) -> None:
        """Add one leaf."""
        if not self._salts:
            fresh = os.urandom(SALT_BYTES * _SALTS_AT_ONCE)
            self._salts = [fresh[i : i + SALT_BYTES] for i in range(0, len(fresh), SALT_BYTES)]
        salted = self._salts.pop() + event
        self.tree.append(encode_record(LeafRecord(event_id, sha256(salted).digest())))
        self._bodies.append(salted)

    def write(self, at: Callable[[str], None]) -> None:
        """Make everything appended durable: bodies first, then tiles."""
        self._bodies.flush()
        at("bodies")
        self.tree.write_edge()
        at("tiles")

    def close(self) -> None:
        """Release the descriptors."""
        self._bodies.close()
