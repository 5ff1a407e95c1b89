"""Reading the ledger: leaves, proofs and checkpoints of every month's log. Never writes, and needs no key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from leadglass.errors import IntegrityError, LeadglassError
from leadglass.store import bodies, merkle
from leadglass.store.tiles import WIDTH, read_tile, split_entries, stored_node

_LOG = re.compile(r"\d{4}-\d{2}")


class Leaf(NamedTuple):
    """One leaf: ``digest`` is its leaf hash in hex; ``event`` its event bytes, None where the body is pruned."""

    position: int
    digest: str
    event: bytes | None


class LedgerReader:
    """Reads ``<data>/ledger`` beside a running ledger; sees exactly what the newest checkpoint covers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._place = (
            "",
            0,
            0,
        )  # log, next leaf and its offset in its bodies segment: lets a tail go on without a scan

    def logs(self) -> list[str]:
        """Months that have a checkpoint, oldest first."""
        if not self.path.is_dir():
            return []
        return sorted(p.name for p in self.path.iterdir() if _LOG.fullmatch(p.name) and (p / "checkpoint").exists())

    def checkpoint(self, log: str) -> str:
        """The newest signed checkpoint of ``log``, verbatim.

        Raises:
            LeadglassError: no such log.
        """
        try:
            return (self._log(log) / "checkpoint").read_text(encoding="utf-8")
        except FileNotFoundError as fault:
            raise LeadglassError(f"the ledger has no log {log!r}", "leadglass audit verify lists them") from fault
        except UnicodeDecodeError as fault:
            raise IntegrityError(f"the checkpoint of {log} is no text", "restore it from a backup") from fault

    def size(self, log: str) -> int:
        """Leaves under the newest checkpoint.

        Raises:
            LeadglassError: no such log.
            IntegrityError: the checkpoint is unreadable.
        """
        lines = self.checkpoint(log).split("\n")
        if len(lines) < 4 or not lines[1].isdecimal():
            raise IntegrityError(f"the checkpoint of {log} is unreadable", "restore it from a backup")
        return int(lines[1])

    def read(self, log: str, first: int, limit: int) -> Iterator[Leaf]:
        """Leaves ``first`` to at most ``first + limit - 1``, with their events.

        Raises:
            IntegrityError: tiles or bodies are missing in part or contradict each other.
        """
        path, size = self._log(log), self.size(log)
        position, end = first, min(first + limit, size)
        records: list[bytes] = []
        while position < end:
            segment = position // bodies.SEGMENT_LEAVES
            stop = min(end, (segment + 1) * bodies.SEGMENT_LEAVES)
            events = self._bodies(path, position, stop - position)
            while position < stop:
                tile, offset = divmod(position, WIDTH)
                width = min(WIDTH, size - tile * WIDTH)
                records = split_entries(read_tile(path, -1, tile, width), width)
                for record in records[offset : offset + stop - position]:
                    body = next(events, None)
                    if body is not None and bodies.decode_record(record).digest != bodies.salted_digest(body):
                        raise IntegrityError(
                            f"leaf {position} of {log} does not match its body", "run leadglass audit verify"
                        )
                    event = None if body is None else body[bodies.SALT_BYTES :]
                    yield Leaf(position, merkle.leaf_hash(record).hex(), event)
                    position += 1

    def _bodies(self, log: Path, first: int, count: int) -> Iterator[bytes]:
        """Random bytes and event bytes of leaves of one segment; nothing at all when it is pruned."""
        segment, skip = divmod(first, bodies.SEGMENT_LEAVES)
        offset = 0
        if self._place[:2] == (log.name, first):
            skip, offset = 0, self._place[2]
        try:
            with bodies.segment_path(log, segment).open("rb") as file:
                file.seek(offset)
                data = file.read()
        except FileNotFoundError:
            return
        for number, body in enumerate(bodies.parse(data, skip, count), first + 1):
            yield body.salted
            if number % bodies.SEGMENT_LEAVES:
                self._place = (log.name, number, offset + body.end)

    def leaf(self, log: str, position: int) -> Leaf:
        """One leaf.

        Raises:
            LeadglassError: no such leaf.
        """
        for leaf in self.read(log, position, 1):
            return leaf
        raise LeadglassError(f"the ledger has no leaf {position} in {log}")

    def inclusion_proof(self, log: str, position: int, size: int) -> list[bytes]:
        """RFC 6962 audit path of a leaf in the first ``size`` leaves, lowest sibling first.

        Raises:
            ValueError: no such leaf.
            IntegrityError: a tile is missing.
        """
        path, present = self._log(log), self.size(log)
        if size > present:
            raise ValueError(f"{log} has {present} leaves, not {size}")
        return merkle.inclusion_proof(position, size, lambda level, index: stored_node(path, present, level, index))

    def _log(self, log: str) -> Path:
        if not _LOG.fullmatch(log):
            raise LeadglassError(f"{log!r} is no month's log", "logs are named YYYY-MM")
        return self.path / log
