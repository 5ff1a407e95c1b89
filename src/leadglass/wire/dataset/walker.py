"""Walks the elements of a data set, fragment by fragment, and keeps wanted values. Never recurses or decodes.

Top-level elements run through one of two tight loops that only move an index. What has a length is skipped by it and
never buffered; sequences are walked, because a reader that walks them must not end up elsewhere than one that skips.
"""

from __future__ import annotations

from leadglass.wire.dataset import tags
from leadglass.wire.dataset.containers import ITEM_MARKS, Buffer, Containers
from leadglass.wire.dataset.encoding import IMPLICIT_LITTLE, UNDEFINED, Encoding, Syntax
from leadglass.wire.dataset.finding import Deviation, Finding

MAX_DESCENTS = 1_000
"""Tags not greater than the one before: without them a deflated stream cannot repeat an element 100,000 times."""


class Walker:
    """Takes a data set in pieces until the last wanted element is passed.

    Args:
        syntax: how the data set is encoded.
        limit: bytes of data set to look at.
        wanted: elements to keep; those of identity.

    Attributes:
        values: of the wanted elements seen, by tag, as sent.
        tolerated: deviations passed over, as an ordered set.
        done: what is wanted is passed, or there is a finding.
        finding: why nothing may be claimed; None while all is well.
    """

    def __init__(self, syntax: Syntax, limit: int, wanted: tags.Wanted = tags.IDENTITY) -> None:
        self._wanted = wanted
        self._kept = wanted.kept
        self.values: dict[int, bytes] = {}
        self.tolerated: dict[str, None] = {}
        self.done = False
        self.finding: Finding | None = None
        self._encoding = syntax.encoding
        self._certain = syntax.certain
        self._limit = limit
        self._fed = 0  # bytes taken in so far
        self._base = 0  # offset in the data set of the first byte not yet walked and kept
        self._tail = b""  # a header, or an identity element, that is not yet whole
        self._skip = 0  # bytes still to come of a value that is passed over
        self._previous = tags.FIRST_GROUP - 1  # the tag before
        self._highest = 0  # the greatest tag from which tags went down
        self._descents = 0
        self._descended = -1  # where the last one is
        self._opened = False
        self._containers = Containers(limit)

    @property
    def encoding(self) -> Encoding:
        """Of the elements, as it turned out."""
        return self._encoding

    @property
    def position(self) -> int:
        """Offset in the data set of the first byte not walked."""
        return self._base

    def feed(self, data: Buffer) -> None:
        """Take the next piece; nothing of it is kept but an element that is not whole."""
        if self.done:
            return
        beyond = self._fed + len(data) > self._limit
        if beyond:
            data = data[: self._limit - self._fed]
        self._fed += len(data)
        if self._tail:
            data = b"".join((self._tail, data))
            self._tail = b""
        size = len(data)
        index = self._skip
        if not self._opened and size >= 8:
            self._begin(data)
        while self._opened and not self.done:
            nested = bool(self._containers)
            if nested:
                index = self._containers.walk(data, index, self._base)
                if self._containers.finding:
                    self._fail(self._containers.finding)
            elif self._encoding.explicit:
                index = self._explicit_elements(data, index, size)
            else:
                index = self._implicit_elements(data, index, size)
            if bool(self._containers) == nested:
                break  # needs more bytes
        if not self.done and beyond:
            self._fail(Finding.HEAD_TOO_LONG)
        walked = min(index, size)
        self._base += walked
        self._skip = index - walked
        if not self.done:
            self._tail = bytes(data[walked:])

    def finish(self) -> None:
        """The data set has ended."""
        if self.done:
            return
        if self._skip:
            self._fail(Finding.ELEMENT_OVERRUN)
        elif self._tail or self._containers:
            self._fail(Finding.TRUNCATED)
        self.done = True

    def _fail(self, finding: Finding) -> None:
        self.finding = finding
        self.done = True

    def _begin(self, data: Buffer) -> None:
        """Compare the first element with what the transfer syntax promises."""
        self._opened = True
        encoding = self._encoding
        group, _, vr, _ = encoding.explicit_header.unpack_from(data)
        has_vr = vr in encoding.short or vr in encoding.long
        if group & 0xFF == 0 and 0 < group <= 0x2000:
            self._fail(Finding.ENCODING_MISMATCH)  # groups 0002 to 0020 in the other byte order
        elif has_vr == encoding.explicit or (encoding.explicit and bytes(data[4:6]).isupper()):
            return
        elif self._certain:
            # An archive that goes by the transfer syntax and one that goes by the data would read two patients.
            self._fail(Finding.ENCODING_MISMATCH)
        else:
            self._encoding = IMPLICIT_LITTLE
            self.tolerated[Deviation.IMPLICIT_IN_EXPLICIT] = None

    def _explicit_elements(self, data: Buffer, index: int, size: int) -> int:
        """Top-level elements with VR, until a sequence opens, identity is passed or bytes are wanting."""
        encoding = self._encoding
        unpack, short, long = encoding.explicit_header.unpack_from, encoding.short, encoding.long
        wanted, final, previous, lengths = self._kept, self._wanted.last, self._previous, 0
        last_header = size - 8
        while index <= last_header:
            group, element, vr, length = unpack(data, index)
            tag = group << 16 | element
            if not previous < tag <= final and not self._goes_on(
                tag, previous, self._base + index, vr in short or vr in long
            ):
                break
            if vr in short:
                start = index + 8
            elif vr not in long:
                self._fail(Finding.VR_UNKNOWN)
                break
            elif index + 12 > size:
                break
            else:
                (length,) = encoding.long_length.unpack_from(data, index + 8)
                start = index + 12
                if length == UNDEFINED or (vr == encoding.sequence and length):
                    if self._enter(tag, length, start, encoding.contents(vr, length)):
                        previous, index = tag, start
                    break
            if tag in wanted and not self._keep(
                tag, previous, encoding.names[vr], length, data[start : start + length]
            ):
                break
            previous = tag
            lengths |= length
            index = start + length
        self._leave(previous, lengths, index)
        return index

    def _implicit_elements(self, data: Buffer, index: int, size: int) -> int:
        """The same without VR (PS3.5 7.1.3): a sequence shows only by what its value begins with."""
        unpack = self._encoding.implicit_header.unpack_from
        wanted, final, previous, lengths = self._kept, self._wanted.last, self._previous, 0
        last_header = size - 8
        while index <= last_header:
            group, element, length = unpack(data, index)
            tag = group << 16 | element
            if not previous < tag <= final and not self._goes_on(tag, previous, self._base + index, True):
                break
            start = index + 8
            if length >= 4:
                if start + 4 > size:
                    break
                if length == UNDEFINED or (data[start] == 0xFE and bytes(data[start : start + 4]) in ITEM_MARKS):
                    if self._enter(tag, length, start, IMPLICIT_LITTLE):
                        previous, index = tag, start
                    break
            if tag in wanted and not self._keep(tag, previous, "", length, data[start : start + length]):
                break
            previous = tag
            lengths |= length
            index = start + length
        self._leave(previous, lengths, index)
        return index

    def _leave(self, previous: int, lengths: int, index: int) -> None:
        """A loop over top-level elements ends; ``lengths`` are all of theirs, or-ed."""
        self._previous = previous
        if lengths & 1:
            self.tolerated[Deviation.ODD_LENGTH] = None
        if self._base + index > self._limit and not self.done:
            self._fail(Finding.HEAD_TOO_LONG)

    def _goes_on(self, tag: int, previous: int, position: int, has_vr: bool) -> bool:
        """Judge a tag that is past all of identity, or not greater than the one before."""
        if tag > self._wanted.last:
            if tag >> 16 == tags.DELIMITER_GROUP:
                self._fail(Finding.DELIMITER)
            elif not has_vr:
                self._fail(Finding.VR_UNKNOWN)  # astray
            elif tag >> 16 == tags.PIXEL_DATA_GROUP or self.values.keys() >= self._wanted.complete:
                self.done = True
            elif tag > previous:
                return True  # what is missing may yet come out of order, and others would read it
            if self.done:
                return False
        if tag < tags.FIRST_GROUP:
            self._fail(Finding.GROUP_RESERVED)
            return False
        self._highest = max(self._highest, previous)
        if position > self._descended:  # else it is judged again, with more of its bytes
            self._descended = position
            self._descents += 1
        if self._descents > MAX_DESCENTS:
            self._fail(Finding.TOO_MANY_ELEMENTS)
        elif tag not in self._wanted.vrs:
            self.tolerated[Deviation.TAG_ORDER] = None
        return not self.done

    def _keep(self, tag: int, previous: int, vr: str, length: int, value: Buffer) -> bool:
        """Keep a wanted element; False when it is not whole yet, or with a finding. ``vr`` may be empty."""
        if length > self._wanted.longest:
            self._fail(Finding.VALUE_TOO_LONG)
            return False
        if len(value) < length:
            return False
        if tag in tags.GROUP_LENGTHS:
            self.tolerated[Deviation.GROUP_LENGTH] = None
            return True
        if vr and vr != self._wanted.vrs[tag]:
            if vr not in tags.TEXT_VRS:
                self._fail(Finding.IDENTITY_VR)
                return False
            self.tolerated[Deviation.IDENTITY_VR] = None
        kept = bytes(value)
        if tag <= previous or tag <= self._highest:
            if self.values.get(tag) != kept:
                self._fail(Finding.IDENTITY_AMBIGUOUS)  # readers keep the first, or the last, or refuse
                return False
            self.tolerated[Deviation.DUPLICATE] = None
        self.values[tag] = kept
        return True

    def _enter(self, tag: int, length: int, start: int, inside: Encoding | None) -> bool:
        """A top-level element with items. ``inside`` is None for a VR that cannot have any."""
        if tag in self._wanted.vrs and length != UNDEFINED:
            self._fail(Finding.IDENTITY_VR)
        elif tag in self._wanted.vrs or inside is None:
            self._fail(Finding.UNDEFINED_LENGTH)
        else:
            self._containers.enter_sequence(length, self._base + start, inside)
            if self._containers.finding:
                self._fail(self._containers.finding)
        return not self.done
