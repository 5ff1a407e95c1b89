"""Checks one month's log against its checkpoint, every byte, in one pass of bounded memory. Never repairs anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from leadglass.errors import IntegrityError
from leadglass.ledger.counters import Counters
from leadglass.model.event import Event, LedgerContinued, RecordGap, decode
from leadglass.store import bodies
from leadglass.store.merkle import HASH_BYTES, leaf_hash, subtree_root
from leadglass.store.note import Checkpoint
from leadglass.store.tiles import TILE_LEVELS, WIDTH, edge_root, read_tile, split_entries, tile_path

_ENTRIES = -1


class LogCheck:
    """One pass over a log.

    Attributes:
        bodies: leaves whose body was there and fits.
        first_event: event of leaf 0, None when pruned.
        unproven: in words.
    """

    def __init__(
        self, log: Path, head: Checkpoint, counters: Counters, older: Checkpoint | None, *, first_log: bool = True
    ) -> None:
        self._first_log = first_log
        self.bodies = 0
        self.first_event: Event | None = None
        self.unproven: list[str] = []
        self._log = log
        self._head = head
        self._older = older
        self._counters = counters
        self._levels: list[list[bytes]] = [[] for _ in range(TILE_LEVELS)]
        self._pruned = 0

    def run(self, progress: Callable[[str, int, int], None]) -> None:
        """Check everything.

        Raises:
            IntegrityError: at the first leaf or file that does not hold.
        """
        name, size, older = self._log.name, self._head.size, self._older
        if older is not None and older.size > size:
            raise IntegrityError(f"{name} has {size} leaves; the given checkpoint covered {older.size}")
        events = self._bodies(size)
        older_root = b"" if older is None or older.size else edge_root([])
        for tile in range((size + WIDTH - 1) // WIDTH):
            first = tile * WIDTH
            hashes = self._tile(tile, min(WIDTH, size - first), events)
            if older is not None and first < older.size <= first + len(hashes):
                older_root = edge_root([hashes[: older.size - first], *self._levels[1:]])
            self._add(tile, hashes)
            progress(name, first + len(hashes), size)
        next(events, None)  # lets it look at what stands behind the last leaf
        self._edge(size)
        root = edge_root(self._levels)
        if root != self._head.root:
            raise IntegrityError(
                f"{name}: the leaves' root is {root.hex()}, the checkpoint says {self._head.root.hex()}"
            )
        if older is not None and older_root != older.root:
            raise IntegrityError(f"{name}: its first {older.size} leaves are not those of the given checkpoint")
        if self._pruned:
            self.unproven.append(f"{self._pruned} bodies are pruned: that they existed is proven, not what they said")
        self.unproven += self._counters.unproven
        self._counters.unproven.clear()

    def _tile(self, tile: int, width: int, events: Iterator[bytes | None]) -> list[bytes]:
        """Leaf hashes of one entry bundle, its records and bodies checked."""
        records = split_entries(read_tile(self._log, _ENTRIES, tile, width), width)
        self._files(_ENTRIES, tile, [len(record).to_bytes(2, "big") + record for record in records])
        for position, record in enumerate(records, tile * WIDTH):
            self._leaf(position, record, next(events))
        return [leaf_hash(record) for record in records]

    def _leaf(self, position: int, data: bytes, salted: bytes | None) -> None:
        where = f"{self._log.name} leaf {position}"
        try:
            record = bodies.decode_record(data)
        except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
            raise IntegrityError(f"{where}: its record is unreadable ({fault})") from fault
        if salted is None:
            self._pruned += 1
            self._counters.allow_holes()
        else:
            if bodies.salted_digest(salted) != record.digest:
                raise IntegrityError(f"{where}: its body was changed")
            self._event(position, where, record, salted[bodies.SALT_BYTES :])
        self._counters.follow(record.id, where)

    def _event(self, position: int, where: str, record: bodies.LeafRecord, data: bytes) -> None:
        try:
            event = decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
            raise IntegrityError(f"{where}: its event is unreadable ({fault})") from fault
        if event.id != record.id:
            raise IntegrityError(f"{where}: its body is of event {event.id}, its record of {record.id}")
        self.bodies += 1
        if position == 0:
            self.first_event = event
            if isinstance(event.body, LedgerContinued) and self._first_log:
                self._counters.allow_late_starts()
        if isinstance(event.body, RecordGap) and record.id.writer == "ledger":
            self._counters.declare(event.body)

    def _bodies(self, size: int) -> Iterator[bytes | None]:
        """Random bytes and event bytes of each leaf in turn, None where they are pruned."""
        for segment in range((size + bodies.SEGMENT_LEAVES - 1) // bodies.SEGMENT_LEAVES):
            first = segment * bodies.SEGMENT_LEAVES
            count = min(bodies.SEGMENT_LEAVES, size - first)
            path = bodies.segment_path(self._log, segment)
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                yield from [None] * count
                continue
            end = number = 0
            try:
                for number, body in enumerate(bodies.parse(data, 0, count), 1):  # noqa: B007 - told below where it broke
                    yield body.salted
                    end = body.end
            except IntegrityError as fault:
                raise IntegrityError(f"{self._log.name} leaf {first + number}: {fault.message}") from fault
            if end < len(data):
                if count == bodies.SEGMENT_LEAVES:
                    raise IntegrityError(f"{path} has {len(data) - end} bytes behind its last body")
                self.unproven.append(f"{len(data) - end} bytes in {path.name} are not under a checkpoint yet")

    def _files(self, level: int, tile: int, parts: list[bytes]) -> None:
        """Every file of this tile, full or partial, says what was computed."""
        full = self._log / tile_path(level, tile)
        partial = full.with_name(full.name + ".p")
        found = [(WIDTH, full), *((int(path.name), path) for path in partial.glob("*") if path.name.isdecimal())]
        for width, path in found:
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                continue  # not there, or superseded by a running ledger; `read_tile` says when it is missed
            expected = b"".join(parts[:width])
            if width > len(parts):  # ahead of the checkpoint
                data = data[: len(expected)]
            if data != expected:
                raise IntegrityError(f"{path} was changed, in leaves {self._span(level, tile)}")

    def _span(self, level: int, tile: int) -> str:
        leaves = WIDTH ** (max(level, 0) + 1)
        return f"{tile * leaves} to {min((tile + 1) * leaves, self._head.size) - 1}"

    def _add(self, tile: int, hashes: list[bytes]) -> None:
        self._files(0, tile, hashes)
        self._levels[0] = hashes
        for level in range(TILE_LEVELS - 1):
            complete = self._levels[level]
            if len(complete) < WIDTH:
                return
            index = tile >> (8 * level)
            if level:
                self._files(level, index, complete)
            self._require(level, index, WIDTH)
            self._levels[level + 1].append(subtree_root(complete))
            self._levels[level] = []

    def _edge(self, size: int) -> None:
        """Check the unfinished tiles of the upper levels, and that those of all levels are there."""
        for level, hashes in enumerate(self._levels):
            if hashes:
                index = size >> (8 * (level + 1))
                self._files(level, index, hashes)
                self._require(level, index, len(hashes))

    def _require(self, level: int, index: int, width: int) -> None:
        if len(read_tile(self._log, level, index, width)) < width * HASH_BYTES:
            raise IntegrityError(f"{self._log.name}: tile {tile_path(level, index, width)} is too short")
