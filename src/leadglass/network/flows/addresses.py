"""Addresses as they are written become numbers, each text once. Never looks at what they mean."""

from __future__ import annotations

import polars as pl

from leadglass.network.address import number

MAX_ADDRESSES = 2_000_000  # different ones in one import; lines with others are skipped
MAX_TEXT = 64  # characters of an address with its interface ("fe80::1%eth0")


class Book:
    """Addresses by their text, and by their index."""

    def __init__(self) -> None:
        self.places: list[int] = []
        self._by_place: dict[int, int] = {}
        self._by_text: dict[str, int | None] = {}

    def index(self, texts: pl.Series) -> pl.Series:
        """Indexes of addresses; null where a text is none."""
        unique = texts.drop_nulls().unique(maintain_order=True)
        known = [self._of(text) for text in unique.to_list()]
        old, new = unique, pl.Series(known, dtype=pl.UInt32)
        return texts.replace_strict(old, new, default=None, return_dtype=pl.UInt32)

    def of(self, place: int) -> int | None:
        """The index of a place; None past `MAX_ADDRESSES`."""
        index = self._by_place.get(place)
        if index is None and len(self.places) < MAX_ADDRESSES:
            index = self._by_place[place] = len(self.places)
            self.places.append(place)
        return index

    def _of(self, text: str) -> int | None:
        if text in self._by_text:
            return self._by_text[text]
        try:
            found = self.of(number(text.strip())) if len(text) <= MAX_TEXT else None
        except ValueError:
            found = None
        if len(self._by_text) < MAX_ADDRESSES:
            self._by_text[text] = found
        return found
