"""Remembers how the last data sets of a stream were laid out, so that the next of the same layout need not be walked.

A device sends instance after instance whose heads differ in values alone. `Walker` decides by headers and by what
stands in sequences, never by the values it skips; so where all of those bytes are equal, it would go the same way, and
only the values of identity have to be taken. A differing byte anywhere else means a full walk. It decides nothing.
"""

from __future__ import annotations

from operator import itemgetter
from struct import Struct

from leadglass.wire.dataset import tags
from leadglass.wire.dataset.containers import ITEM_MARKS, Buffer
from leadglass.wire.dataset.encoding import UNDEFINED, Encoding

MAX_LAYOUTS = 4
"""Remembered at a time: a device alternates between few series."""

MAX_BYTES = 65_536
"""Of a head that is remembered."""

MAX_MISSES = 32
"""New layouts in a row after which remembering is not worth its cost on this stream."""


class Layout:
    """One layout: which bytes must be equal, and where the values of identity stand."""

    __slots__ = ("_expected", "_fixed", "_implicit", "_named", "_unpack", "size", "tags")

    def __init__(self, data: bytes, free: list[tuple[int, int, int]], *, implicit: bool) -> None:
        """A layout.

        Args:
            implicit: elements have no VR.
            data: the head, up to and with the header that ended the walk.
            free: (tag, start, end) of each value that may differ, in rising order.
        """
        parts = ["<"]
        fixed: list[int] = []
        named: list[int] = []
        names: list[int] = []
        field = position = 0
        for tag, start, end in [*free, (0, len(data), len(data))]:
            if start > position:
                parts.append(f"{start - position}s")
                fixed.append(field)
                field += 1
            if tag in tags.IDENTITY_VRS:
                parts.append(f"{end - start}s")
                named.append(field)
                names.append(tag)
                field += 1
            elif end > start:
                parts.append(f"{end - start}x")
            position = end
        self.size = len(data)
        self._implicit = implicit
        self.tags = tuple(names)
        self._unpack = Struct("".join(parts)).unpack_from
        self._fixed = itemgetter(*fixed)
        self._named = itemgetter(*named)
        self._expected = self._fixed(self._unpack(data))

    def values(self, data: Buffer) -> dict[int, bytes] | None:
        """The values of identity, by tag; None where the layout differs."""
        if len(data) < self.size:
            return None
        fields = self._unpack(data)
        if self._fixed(fields) != self._expected:
            return None
        values = self._named(fields)
        if self._implicit and any(value.startswith(ITEM_MARKS) for value in values):
            return None  # without VR, what begins so is a sequence
        return dict(zip(self.tags, values, strict=True))


class LayoutMemory:
    """The layouts of one stream, in one transfer syntax at a time."""

    __slots__ = ("_layouts", "_misses", "_syntax")

    def __init__(self) -> None:
        self._layouts: list[tuple[Layout, tuple[str, ...]]] = []
        self._misses = 0
        self._syntax = ""

    def recall(self, transfer_syntax: str, data: Buffer) -> tuple[dict[int, bytes], tuple[str, ...]] | None:
        """Identity values and the walk's deviations, where the layout is known."""
        if transfer_syntax != self._syntax:
            return None
        for layout, tolerated in self._layouts:
            values = layout.values(data)
            if values is not None:
                self._misses = 0
                return values, tolerated
        return None

    def remember(
        self, transfer_syntax: str, encoding: Encoding, data: Buffer, end: int, tolerated: tuple[str, ...]
    ) -> None:
        """Keep the layout of a data set that was walked, from its first byte, with no finding.

        Args:
            transfer_syntax: of the data set.
            encoding: as it turned out.
            data: the data set's beginning.
            end: offset of the header that ended the walk.
            tolerated: the walk's deviations, none of which came from comparing values.
        """
        if self._misses >= MAX_MISSES or end > MAX_BYTES:
            return
        self._misses += 1
        if transfer_syntax != self._syntax:
            self._syntax = transfer_syntax
            self._layouts.clear()
        head = bytes(data[: end + 8])
        free = _free_values(encoding, head, end)
        if free is not None and sum(tag in tags.IDENTITY_VRS for tag, _, _ in free) > 1:
            self._layouts.insert(0, (Layout(head, free, implicit=not encoding.explicit), tolerated))
            del self._layouts[MAX_LAYOUTS:]


def _free_values(encoding: Encoding, head: bytes, end: int) -> list[tuple[int, int, int]] | None:
    """Top-level values the walk skipped by their length; None where only a walk can tell where one ends."""
    free: list[tuple[int, int, int]] = []
    index = 0
    while index < end:
        if encoding.explicit:
            group, element, vr, length = encoding.explicit_header.unpack_from(head, index)
            start = index + 8
            if vr in encoding.long:
                (length,) = encoding.long_length.unpack_from(head, index + 8)
                start = index + 12
            looked_at = length if vr == encoding.sequence else 0
        else:
            group, element, length = encoding.implicit_header.unpack_from(head, index)
            start = index + 8
            looked_at = min(4, length) if length >= 4 else 0
            if head[start : start + 4] in ITEM_MARKS:
                looked_at = length
        if length == UNDEFINED:
            return None
        tag = group << 16 | element
        if tag in tags.IDENTITY_VRS:
            looked_at = 0  # looked at again in `Layout.values`
        if looked_at < length or tag in tags.IDENTITY_VRS:
            free.append((tag, start + looked_at, start + length))
        index = start + length
    return free if index == end else None
