"""Reads a writer's journal while it is written. Never writes; deletes only what its caller says is merged."""

from __future__ import annotations

import os
from pathlib import Path

from leadglass.store.journal_format import (
    FRAME_BYTES,
    HEADER_BYTES,
    MAX_PAYLOAD,
    Position,
    frames,
    header,
    parse_name,
    seed,
    segment_name,
)
from leadglass.store.journal_lock import writer_alive

_CHUNK = 256 * 1024


class JournalReader:
    """Iterates the frames of ``<data>/journal/<writer>`` in order.

    A torn tail (zero length, bad CRC, end of file) is where a segment ends for now. It ends for good when a later
    segment of the boot holds a frame, or the boot is over.

    Attributes:
        position: of the next frame.
    """

    def __init__(self, directory: Path, position: Position | None = None) -> None:
        self.directory = directory
        self.position = position or Position()
        self._descriptor = -1
        self._seed = 0
        self._behind = False  # the last read left something unread

    def read(self, limit: int = 4096) -> list[bytes]:
        """The next frames, all of one segment; empty when there are none now. Goes on to the next segment by itself."""
        payloads = self._read_here(limit)
        while not payloads:
            following = self._following()
            if following is None:
                break
            payloads = self._read_here(limit)  # what was written between the look and the discovery of the next segment
            if not payloads:
                self._go_to(Position(*following))
                payloads = self._read_here(limit)
        return payloads

    def writer_alive(self) -> bool:
        """Whether the writer's process lives. If not, what is read from now on up to an empty `read` is its last."""
        return writer_alive(self.directory)

    def unread(self) -> int:
        """Upper estimate of the bytes not read yet."""
        later = [place for place in self._segments() if place > (self.position.boot, self.position.sequence)]
        total = sum(self._size(place) for place in later if self._holds_frame(place))
        if self._behind:
            total += max(0, self._size((self.position.boot, self.position.sequence)) - self.position.offset)
        return total

    def delete_before(self, position: Position, *, inclusive: bool = False) -> None:
        """Delete segments before the one of ``position`` (with it, if ``inclusive``): they are merged and committed."""
        place = (position.boot, position.sequence)
        for segment in self._segments():
            if segment < place or (inclusive and segment[0] <= place[0]):
                if segment == (self.position.boot, self.position.sequence):
                    self.close()
                (self.directory / segment_name(*segment)).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the segment that is open."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _segments(self) -> list[tuple[int, int]]:
        try:
            names = [path.name for path in self.directory.iterdir()]
        except FileNotFoundError:
            return []
        return sorted(parsed for parsed in map(parse_name, names) if parsed)

    def _size(self, place: tuple[int, int]) -> int:
        try:
            return (self.directory / segment_name(*place)).stat().st_size
        except FileNotFoundError:
            return 0

    def _go_to(self, position: Position) -> None:
        self.close()
        self.position = position

    def _open(self) -> bool:
        if self._descriptor < 0:
            boot, sequence = self.position.boot, self.position.sequence
            try:
                self._descriptor = os.open(self.directory / segment_name(boot, sequence), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return False
            self._seed = seed(boot, sequence)
        return True

    def _read_here(self, limit: int) -> list[bytes]:
        self._behind = False
        if not self._open():
            return []
        offset = self.position.offset
        length = int.from_bytes(os.pread(self._descriptor, 4, offset), "little")
        if length == 0 or length > MAX_PAYLOAD:
            return []
        data = os.pread(self._descriptor, max(_CHUNK, length + FRAME_BYTES), offset)
        payloads, taken = frames(data, self._seed, limit)
        self._behind = taken < len(data) and bool(payloads) and len(data) > _CHUNK // 2
        self.position = Position(self.position.boot, self.position.sequence, offset + taken)
        return payloads

    def _holds_frame(self, place: tuple[int, int]) -> bool:
        try:
            with (self.directory / segment_name(*place)).open("rb") as file:
                start = file.read(HEADER_BYTES + 4)
        except FileNotFoundError:
            return False
        return start[:HEADER_BYTES] == header(*place) and any(start[HEADER_BYTES:])

    def _following(self) -> tuple[int, int] | None:
        """The next segment to read, once the present one cannot get another frame."""
        boot, sequence = self.position.boot, self.position.sequence
        later = [place for place in self._segments() if place > (boot, sequence)]
        for place in later:
            if place[0] > boot or self._holds_frame(place):
                return place
        return None
