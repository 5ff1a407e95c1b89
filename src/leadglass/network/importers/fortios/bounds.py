"""What an object may stand for and what it certainly does: addresses, headers. Never whose object it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from leadglass.network.headers import EVERYTHING, NOTHING, Headers, without
from leadglass.network.intervals import EMPTY, Intervals, union


class Addresses(NamedTuple):
    """Addresses of one IP version; must ⊆ truth ⊆ may."""

    may: Intervals
    must: Intervals

    def negated(self, every: Intervals) -> Addresses:
        """All others of ``every``."""
        return Addresses(every.without(self.must), every.without(self.may))

    def less(self, others: Addresses) -> Addresses:
        """Those that are not among ``others``."""
        return Addresses(self.may.without(others.must), self.must.without(others.may))


def exactly(addresses: Intervals) -> Addresses:
    """Known ones."""
    return Addresses(addresses, addresses)


def unknown(every: Intervals) -> Addresses:
    """An object that was not understood is both empty and any."""
    return Addresses(every, EMPTY)


def together(parts: Iterable[Addresses]) -> Addresses:
    """What any of them has."""
    found = list(parts)
    return Addresses(union(one.may for one in found), union(one.must for one in found))


class Matched(NamedTuple):
    """Headers; must ⊆ truth ⊆ may."""

    may: Headers
    must: Headers

    @property
    def negated(self) -> Matched:
        """All other headers."""
        return Matched(without(EVERYTHING, self.must), without(EVERYTHING, self.may))


ANYTHING = Matched(EVERYTHING, EVERYTHING)
UNCLEAR = Matched(EVERYTHING, NOTHING)
