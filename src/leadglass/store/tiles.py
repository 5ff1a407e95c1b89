"""A log's tree on disk in the C2SP tlog-tiles layout. Never decides what is committed: the caller's state does.

Full tiles hold 256 hashes (level) or 256 records (entries); the right edge lies in partial tiles ``….p/W``. Files ahead
of the committed size are harmless: nobody looks at them, and `TileTree.resume` removes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leadglass.errors import IntegrityError
from leadglass.store.durable import fsync_directory, write_file
from leadglass.store.merkle import EMPTY_ROOT, HASH_BYTES, MAX_LEVEL, leaf_hash, node_hash, root, subtree_root

WIDTH = 256
_BITS = 8
TILE_LEVELS = MAX_LEVEL // _BITS
_ENTRIES = -1  # the "level" of entry bundles
MAX_RECORD = 65535  # u16 length prefix of an entry


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """``tile/<L>/<N>[.p/<W>]`` below the log, N as ``x001/x234/067``; level -1 is ``entries``."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03d}")
    name = "entries" if level == _ENTRIES else str(level)
    suffix = "" if width == WIDTH else f".p/{width}"
    return f"tile/{name}/{'/'.join(reversed(groups))}{suffix}"


def read_tile(log: Path, level: int, index: int, width: int) -> bytes:
    """Bytes of a tile at least ``width`` wide: the exact one, the full one, or any wider partial one.

    Raises:
        IntegrityError: none is there.
    """
    for candidate in (width, WIDTH):
        try:
            return (log / tile_path(level, index, candidate)).read_bytes()
        except FileNotFoundError:
            continue
    partial = log / (tile_path(level, index) + ".p")
    wider = [int(p.name) for p in partial.glob("*") if p.name.isdecimal() and int(p.name) > width]
    if wider:
        try:
            return (partial / str(min(wider))).read_bytes()
        except FileNotFoundError:
            pass
    raise IntegrityError(
        f"tile missing: {log.name}/{tile_path(level, index, width)}", "restore the ledger from its backup"
    )


def split_entries(bundle: bytes, count: int) -> list[bytes]:
    """The first ``count`` records of an entry bundle.

    Raises:
        IntegrityError: the bundle is shorter.
    """
    records = []
    offset = 0
    for _ in range(count):
        start = offset + 2
        end = start + int.from_bytes(bundle[offset:start], "big")
        if start > len(bundle) or end > len(bundle):
            raise IntegrityError("an entry bundle is shorter than its records")
        records.append(bundle[start:end])
        offset = end
    return records


def stored_node(log: Path, size: int, level: int, index: int) -> bytes:
    """Hash of the complete subtree (level, index) of a log of ``size`` leaves, from its tiles.

    Raises:
        IntegrityError: the tile is missing or short.
    """
    tile_level, height = divmod(level, _BITS)
    first = index << height  # in units of the tile level
    tile, offset = divmod(first, WIDTH)
    width = min(WIDTH, (size >> (_BITS * tile_level)) - tile * WIDTH)
    data = read_tile(log, tile_level, tile, width)[offset * HASH_BYTES : (offset + (1 << height)) * HASH_BYTES]
    if len(data) != HASH_BYTES << height:
        raise IntegrityError(f"tile too short: {log.name}/{tile_path(tile_level, tile, width)}")
    return subtree_root([data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)])


def edge_root(levels: Sequence[Sequence[bytes]]) -> bytes:
    """Root of a tree from the hashes in the unfinished tile of each level (of level 0 they are leaf hashes)."""
    result = b""
    for hashes in levels:
        # Complete subtrees of the tile, from the right, join the smaller ones of the levels below.
        end = len(hashes)
        while end:
            width = end & -end
            part = subtree_root(hashes[end - width : end])
            result = node_hash(part, result) if result else part
            end -= width
    return result or EMPTY_ROOT


class TileTree:
    """A growing log: its right edge in memory, everything else on disk.

    Attributes:
        size: leaves appended, written or not.
    """

    def __init__(self, log: Path) -> None:
        self.log = log
        self.size = 0
        self._hashes: list[list[bytes]] = [[] for _ in range(TILE_LEVELS)]  # unfinished tile of each level
        self._entries: list[bytes] = []
        self._written: dict[int, int] = {}  # level -> width of its partial tile on disk
        self._old: list[Path] = []  # partial tiles of the checkpoint before, removed one commit later
        self._superseded: list[Path] = []
        self._directories: set[Path] = set()

    @classmethod
    def resume(cls, log: Path, size: int) -> TileTree:
        """The tree as it was at ``size``; whatever lies beyond on disk is removed.

        Raises:
            IntegrityError: the right edge is missing or damaged.
        """
        tree = cls(log)
        tree.size = size
        for level in (_ENTRIES, *range(TILE_LEVELS)):
            count = size >> (_BITS * max(level, 0))
            index, width = divmod(count, WIDTH)
            if width:
                data = read_tile(log, level, index, width)
                if level == _ENTRIES:
                    tree._entries = [len(r).to_bytes(2, "big") + r for r in split_entries(data, width)]
                else:
                    if len(data) < width * HASH_BYTES:
                        raise IntegrityError(f"tile too short: {log.name}/{tile_path(level, index, width)}")
                    tree._hashes[level] = [data[i * HASH_BYTES : (i + 1) * HASH_BYTES] for i in range(width)]
                if not (log / tile_path(level, index, width)).exists():  # a wider one stood in for it
                    tree._write(log / tile_path(level, index, width), data[: tree._bytes(level, width)])
                tree._written[level] = width
            _remove_beyond(log, level, index, width)
        tree._sync_directories()
        return tree

    def _bytes(self, level: int, width: int) -> int:
        return width * HASH_BYTES if level != _ENTRIES else sum(map(len, self._entries[:width]))

    def append(self, record: bytes) -> bytes:
        """Add a leaf and return its hash. Full tiles go to disk, not yet synchronised as to their directory."""
        if len(record) > MAX_RECORD:
            raise ValueError(f"a record has at most {MAX_RECORD} bytes")
        digest = leaf_hash(record)
        self._entries.append(len(record).to_bytes(2, "big") + record)
        level0 = self._hashes[0]
        level0.append(digest)
        self.size += 1
        if len(level0) == WIDTH:
            self._complete()
        return digest

    def _complete(self) -> None:
        index = (self.size >> _BITS) - 1
        self._finish(_ENTRIES, index, b"".join(self._entries))
        self._entries.clear()
        for level, hashes in enumerate(self._hashes):
            if len(hashes) < WIDTH:
                break
            self._finish(level, (self.size >> (_BITS * (level + 1))) - 1, b"".join(hashes))
            self._hashes[level + 1].append(subtree_root(hashes))
            hashes.clear()

    def _finish(self, level: int, index: int, data: bytes) -> None:
        self._write(self.log / tile_path(level, index), data)
        if self._written.pop(level, 0):
            self._superseded.append(self.log / (tile_path(level, index) + ".p"))

    def _write(self, path: Path, data: bytes) -> None:
        self._directories.update(write_file(path, data, self.log))

    def _sync_directories(self) -> None:
        for directory in self._directories:
            fsync_directory(directory)
        self._directories.clear()

    def write_edge(self) -> None:
        """Make every tile of the present size durable."""
        for level in (_ENTRIES, *range(TILE_LEVELS)):
            index, width = divmod(self.size >> (_BITS * max(level, 0)), WIDTH)
            before = self._written.get(level, 0)
            if width in {0, before}:
                continue
            data = b"".join(self._entries if level == _ENTRIES else self._hashes[level])
            self._write(self.log / tile_path(level, index, width), data)
            if before:
                self._superseded.append(self.log / tile_path(level, index, before))
            self._written[level] = width
        self._sync_directories()

    def remove_superseded(self) -> None:
        """Drop partial tiles that neither this checkpoint nor the one before it needs."""
        for path in self._old:
            _remove(path)
        self._old, self._superseded = self._superseded, []

    def root(self) -> bytes:
        """RFC 6962 root of the present size."""
        return edge_root(self._hashes)

    def root_at(self, size: int) -> bytes:
        """Root of the first ``size`` leaves, read from disk."""
        return root(size, lambda level, index: stored_node(self.log, self.size, level, index))


def _remove(path: Path) -> None:
    if path.is_dir():
        for child in path.iterdir():
            child.unlink(missing_ok=True)
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def _remove_beyond(log: Path, level: int, index: int, width: int) -> None:
    partial = log / (tile_path(level, index) + ".p")
    for stale in partial.glob("*"):
        if stale.name != str(width):
            stale.unlink()
    while True:
        full, edge = log / tile_path(level, index), log / (tile_path(level, index) + ".p")
        if not full.exists() and (not edge.exists() or width):
            return
        if full.exists():
            full.unlink()
        if edge.exists() and not width:
            _remove(edge)
        index, width = index + 1, 0
