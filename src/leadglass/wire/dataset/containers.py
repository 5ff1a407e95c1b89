"""Walks sequences and items with a bounded stack. Never recurses and keeps no value."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.wire.dataset import tags
from leadglass.wire.dataset.encoding import IMPLICIT_LITTLE, UNDEFINED, Encoding
from leadglass.wire.dataset.finding import Finding

Buffer = bytes | bytearray | memoryview

MAX_DEPTH = 64
"""Sequences within sequences; real data sets have at most about 5."""

MAX_MEMBERS = 16_384
"""Items, delimiters and elements in sequences before identity; a thousand references have about 5,000."""

ITEM_MARKS = (b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0")
"""What shows a value to be a sequence where elements have no VR: an item or a delimiter, little endian."""


@dataclass(frozen=True, slots=True)
class _Container:
    """A sequence or an item that is open. Offsets count from the start of the data set.

    Attributes:
        is_sequence: else an item.
        end: where it ends; None until its delimiter.
        bound: where it must have ended: ``end``, or that of what holds it.
        encoding: of its elements.
    """

    is_sequence: bool
    end: int | None
    bound: int
    encoding: Encoding


class Containers:
    """The sequences and items open at a place in a data set.

    Args:
        limit: bytes of data set to look at.

    Attributes:
        finding: why the data set cannot be followed; None while it can.
    """

    def __init__(self, limit: int) -> None:
        self.finding: Finding | None = None
        self._limit = limit
        self._members = 0
        self._open: list[_Container] = []

    def __bool__(self) -> bool:
        """Whether any is open."""
        return bool(self._open)

    def enter_sequence(self, length: int, start: int, encoding: Encoding) -> None:
        """Open a top-level sequence whose value begins at ``start``."""
        self._enter(_Container(True, None, self._limit, encoding), length, start)

    def walk(self, data: Buffer, index: int, base: int) -> int:
        """Go on from ``data[index]`` until all are closed, bytes are wanting or there is a finding.

        Args:
            data: a piece of the data set.
            index: where in it to go on.
            base: offset of ``data`` in the data set.

        Returns:
            Where the next header begins; it may lie past the end of ``data``.
        """
        size = len(data)
        while self._open and self.finding is None:
            container = self._open[-1]
            position = base + index
            if position == container.end:
                self._open.pop()
                continue
            if not self._fits(position + 8, container):
                break
            if size - index < 8:
                break
            if self._members >= MAX_MEMBERS:
                self.finding = Finding.TOO_MANY_ELEMENTS
                break
            group, element, length = container.encoding.implicit_header.unpack_from(data, index)
            if container.is_sequence or group == tags.DELIMITER_GROUP:
                self._item(container, group << 16 | element, length, position + 8)
                self._members += 1
                index += 8
                continue
            width = self._member(container, data, index, position)
            if not width:
                break
            self._members += 1
            index += width
        return index

    def _fits(self, end: int, container: _Container) -> bool:
        if end <= container.bound:
            return True
        self.finding = Finding.ELEMENT_OVERRUN if container.bound < self._limit else Finding.HEAD_TOO_LONG
        return False

    def _enter(self, opened: _Container, length: int, start: int) -> None:
        """Open ``opened``, whose bound is still that of what holds it."""
        if len(self._open) >= 2 * MAX_DEPTH:
            self.finding = Finding.NESTING
        elif length == UNDEFINED:
            self._open.append(opened)
        elif self._fits(start + length, opened):
            end = start + length
            self._open.append(_Container(opened.is_sequence, end, end, opened.encoding))

    def _item(self, container: _Container, tag: int, length: int, start: int) -> None:
        """The header of an item, or a delimiter."""
        if container.is_sequence and tag == tags.ITEM:
            self._enter(_Container(False, None, container.bound, container.encoding), length, start)
        elif container.is_sequence and tag not in (tags.SEQUENCE_DELIMITATION, tags.ITEM_DELIMITATION):
            self.finding = Finding.ITEM_EXPECTED
        elif tag != (tags.SEQUENCE_DELIMITATION if container.is_sequence else tags.ITEM_DELIMITATION):
            self.finding = Finding.DELIMITER
        elif container.end is not None or length:
            self.finding = Finding.DELIMITER  # some readers close here what has a length, some pass it over
        else:
            self._open.pop()

    def _member(self, container: _Container, data: Buffer, index: int, position: int) -> int:
        """An element of an item: the bytes to go on by; 0 where there are not enough of them, or with a finding."""
        encoding = container.encoding
        width: int = 8
        length: int
        inside: Encoding | None = None
        if encoding.explicit:
            _, _, vr, length = encoding.explicit_header.unpack_from(data, index)
            if vr in encoding.long:
                width = 12
                if not self._fits(position + width, container) or len(data) - index < width:
                    return 0
                (length,) = encoding.long_length.unpack_from(data, index + 8)
            elif vr not in encoding.short:
                self.finding = Finding.VR_UNKNOWN
                return 0
            if length:
                inside = encoding.contents(vr, length)
            if inside is None and length == UNDEFINED:
                self.finding = Finding.UNDEFINED_LENGTH
                return 0
        else:
            _, _, length = encoding.implicit_header.unpack_from(data, index)
            if 4 <= length < UNDEFINED:
                if not self._fits(position + width + length, container) or len(data) - index < 12:
                    return 0
                if bytes(data[index + 8 : index + 12]) in ITEM_MARKS:
                    inside = IMPLICIT_LITTLE
            elif length:
                inside = IMPLICIT_LITTLE if length == UNDEFINED else None
        if inside is not None:
            self._enter(_Container(True, None, container.bound, inside), length, position + width)
            return width
        return width + length if self._fits(position + width + length, container) else 0
