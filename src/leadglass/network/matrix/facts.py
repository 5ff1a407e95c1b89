"""What is sure of cells, and how it adds up along a way and over several ways. Never where a packet goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from leadglass.network.matrix.sieve import EVERY, Bits, Places

Pairs = NDArray[np.bool_]
"""By piece that begins and piece that is meant."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Of each cell, in bits: may holds the truth, the truth holds must.

    Attributes:
        some_may: a packet of it may pass; without the bit none does.
        all_may: all of its packets may pass, for sure.
        all_must: all must pass, for sure.
        none_must: none must pass, for sure.
        wild: translation may have made other packets of it, so that what comes later tells nothing.
        blind: what becomes of one packet of it is not told by the lines that it meets as it begins.
    """

    some_may: Bits
    all_may: Bits
    all_must: Bits
    none_must: Bits
    wild: Bits
    blind: Bits

    def block(self, down: Places, across: Places) -> Facts:
        """Those of these rows and columns."""
        return Facts(*(getattr(self, one.name)[:, down[:, None], across] for one in fields(self)))

    def then(self, later: Facts) -> Facts:
        """What passes both, one after the other."""
        known = ~self.wild
        return Facts(
            self.some_may & (later.some_may | self.wild),
            self.all_may & later.all_may & known,
            self.all_must & later.all_must & known,
            self.none_must | (later.none_must & known),
            self.wild | later.wild,
            self.blind | later.blind | self.wild,
        )

    def unsure(self) -> Facts:
        """The same where nothing must pass."""
        full = np.full_like(self.some_may, EVERY)
        return Facts(self.some_may, self.all_may, ~full, full, self.wild, self.blind)

    def forget(self, pairs: Pairs, masks: Iterable[int] | None = None) -> None:
        """Nothing is sure any more of these pairs; ``masks``: of these atoms, by word."""
        bits = EVERY if masks is None else np.array(tuple(masks), np.uint64)[:, None]
        for doubt in (self.some_may, self.wild, self.blind):
            doubt[:, pairs] |= bits
        for sure in (self.all_may, self.all_must, self.none_must):
            sure[:, pairs] &= ~bits


def passing(shape: tuple[int, int, int]) -> Facts:
    """Everything passes."""
    full, empty = np.full(shape, EVERY, np.uint64), np.zeros(shape, np.uint64)
    return Facts(full.copy(), full.copy(), full.copy(), empty.copy(), empty.copy(), empty.copy())


def lost(shape: tuple[int, int, int]) -> Facts:
    """Nothing does."""
    full, empty = np.full(shape, EVERY, np.uint64), np.zeros(shape, np.uint64)
    return Facts(empty.copy(), empty.copy(), empty.copy(), full.copy(), empty.copy(), empty.copy())


class Ways:
    """Facts over all ways so far, by piece that began and piece that is meant."""

    def __init__(self, words: int, pieces: int) -> None:
        """No way yet."""
        shape = (words, pieces, pieces)
        self.facts = lost(shape)
        self.facts.all_must[:] = EVERY  # of the ways that there are; see `closed`
        self.facts.none_must[:] = 0
        self.ways = np.zeros(shape[1:], np.int16)
        self.sure = np.zeros(shape[1:], np.int16)  # of these, ways that routes select

    def add(self, down: Places, across: Places, there: Pairs, facts: Facts, *, guessed: bool) -> None:
        """One more way for these pairs; a guessed one lets pass and refuses nothing.

        Args:
            down: pieces that begin, each once.
            across: pieces that are meant, each once.
            there: which of the pairs have this way.
            facts: of the way.
            guessed: see `ways.End`.
        """
        at = (slice(None), down[:, None], across)
        mask = np.where(there, EVERY, np.uint64(0))
        self.facts.some_may[at] |= facts.some_may & mask
        self.facts.all_may[at] |= facts.all_may & mask
        self.facts.wild[at] |= facts.wild & mask
        self.facts.blind[at] |= facts.blind & mask
        self.ways[at[1:]] += there
        if not guessed:
            self.facts.all_must[at] &= facts.all_must | ~mask
            self.facts.none_must[at] |= facts.none_must & mask
            self.sure[at[1:]] += there

    def closed(self) -> Facts:
        """The facts where no further way comes."""
        mask = np.where(self.sure > 0, EVERY, np.uint64(0))
        self.facts.all_must[:] &= mask
        self.facts.none_must[:] |= ~mask
        return self.facts
