"""Reads the head of one data set as its fragments come, within bounds. Never buffers what it does not need."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from leadglass.model.patient import Head
from leadglass.wire.dataset.containers import Buffer
from leadglass.wire.dataset.encoding import syntax
from leadglass.wire.dataset.finding import Deviation, Finding
from leadglass.wire.dataset.identity import UnclearIdentityError, head_of
from leadglass.wire.dataset.layout import LayoutMemory
from leadglass.wire.dataset.tags import IDENTITY, Wanted
from leadglass.wire.dataset.walker import Walker

MAX_BYTES = 262_144
MAX_INFLATED = 1_048_576

_INFLATE_STEP = 16_384
"""Bytes inflated at a time, so that no more than a step is inflated beyond identity."""


class HeadReader:
    """Reads whose instance a data set is (PS3.5 7), one reader a data set.

    Identity is what stands at the top level up to Series Instance UID (0020,000E); tags ascend (PS3.5 7.1), and what
    follows is not looked at. The result does not depend on how the data set is cut into fragments, except that a
    corrupt deflated stream may be found out sooner in larger ones.

    Args:
        transfer_syntax: UID of the presentation context's transfer syntax.
        max_bytes: of the data set as sent, to look at.
        max_inflated: of a deflated data set, to look at once inflated.
        memory: of the stream's earlier layouts; None remembers nothing.
        wanted: elements to read; with others than those of identity there is no `head`, only `values`.

    Attributes:
        head: the identity; None until `feed` returned True or `finish` was called, and when there is a finding.
        values: of the wanted elements, by tag, as sent.
        finding: why no identity is claimed (a `Finding` value); empty when it is.
    """

    def __init__(
        self,
        transfer_syntax: str,
        *,
        max_bytes: int = MAX_BYTES,
        max_inflated: int = MAX_INFLATED,
        memory: LayoutMemory | None = None,
        wanted: Wanted = IDENTITY,
    ) -> None:
        how = syntax(transfer_syntax)
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS) if how.deflated else None
        self._syntax = transfer_syntax
        self._memory = None if how.deflated or wanted is not IDENTITY else memory
        self._wanted = wanted
        self._walker = Walker(how, max_inflated if how.deflated else max_bytes, wanted)
        self._room = max_bytes
        self._fresh = True
        self._decided = False
        self._tolerated = self._walker.tolerated
        self.head: Head | None = None
        self.values: Mapping[int, bytes] = {}
        self.finding = ""

    @property
    def tolerated(self) -> tuple[str, ...]:
        """Deviations passed over (`Deviation` values), each once, sorted."""
        return tuple(sorted(map(str, self._tolerated))) if self._tolerated else ()

    def feed(self, data: Buffer) -> bool:
        """Take the payload of the next PDV.

        Returns:
            True when decided: identity is read, or given up. Later fragments need not be fed, and are ignored.
        """
        if self._decided:
            return True
        walker = self._walker
        first, self._fresh = self._fresh, False
        if self._inflater is not None:
            self._inflate(self._inflater, data)
        elif not (first and self._recall(data)):
            walker.feed(data)
            if first and walker.done and not walker.finding:
                self._remember(data)
        if walker.done and not self._decided:
            self._decide(walker.values)
        return self._decided

    def finish(self) -> None:
        """The data set has ended: decide with what was seen."""
        if not self._decided:
            self._walker.finish()
            self._decide(self._walker.values)

    def _recall(self, data: Buffer) -> bool:
        """Decide by an earlier layout, where this data set has it."""
        if self._memory is None:
            return False
        found = self._memory.recall(self._syntax, data)
        if found is None:
            return False
        values, deviations = found
        self._tolerated = dict.fromkeys(deviations)
        self._decide(values)
        return True

    def _remember(self, data: Buffer) -> None:
        walker = self._walker
        if self._memory is not None and Deviation.DUPLICATE not in walker.tolerated:
            self._memory.remember(self._syntax, walker.encoding, data, walker.position, tuple(walker.tolerated))

    def _inflate(self, inflater: zlib._Decompress, data: Buffer) -> None:
        walker = self._walker
        beyond = len(data) > self._room
        rest: Buffer = data[: self._room]
        self._room -= len(rest)
        while not walker.done and not inflater.eof:
            try:
                inflated = inflater.decompress(rest, _INFLATE_STEP)
            except zlib.error:
                self._give_up(Finding.DEFLATE_CORRUPT)
                return
            rest = inflater.unconsumed_tail
            walker.feed(inflated)
            if len(inflated) < _INFLATE_STEP and not rest:
                break
        if inflater.eof:
            walker.finish()  # the data set ends with its stream, whatever padding follows
        if walker.finding is Finding.HEAD_TOO_LONG:
            self._give_up(Finding.DEFLATE_BOMB)
        elif beyond and not walker.done:
            self._give_up(Finding.HEAD_TOO_LONG)

    def _give_up(self, finding: Finding) -> None:
        self.finding = finding.value
        self._decided = True

    def _decide(self, values: Mapping[int, bytes]) -> None:
        if self._walker.finding:
            self._give_up(self._walker.finding)
            return
        self.values = values
        self._decided = True
        if self._wanted is not IDENTITY:
            return
        try:
            self.head = head_of(values, self._tolerated)
        except UnclearIdentityError as unclear:
            self._give_up(unclear.finding)


def read_head(transfer_syntax: str, data: Buffer) -> HeadReader:
    """Read a data set that is at hand whole."""
    reader = HeadReader(transfer_syntax)
    if not reader.feed(data):
        reader.finish()
    return reader
