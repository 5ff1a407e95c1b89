"""What traffic showed of a cell. Silence proves nothing: where nobody could see, nothing is "unseen"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from leadglass.network.headers import Packet


class Observed(StrEnum):
    """Whether a service was seen between two zones."""

    SEEN = "seen"  # with a reply, or past the last filter where nothing answers
    UNSEEN = "unseen"  # 30 days without gap or sampling on every usable way
    NOT_VISIBLE = "not visible"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One flow that stands for all of a cell.

    Attributes:
        packet: its header with the real endpoints, as far as the vantage point tells.
        source: file or gateway that says so, with the place in it.
        first, last: UTC seconds.
        flows: how many. bytes: of them all.
        vantage: where it was seen.
        answered: a reply was seen; else it is an attempt.
        confidence: that the source of ``packet`` began it: "high" (the handshake was seen), "low" (guessed by ports).
    """

    packet: Packet
    source: str
    first: float
    last: float
    flows: int
    bytes: int
    vantage: str
    answered: bool
    confidence: str = "high"


CellKey = tuple[str, str, str]
"""Source zone, destination zone, service."""


@dataclass(frozen=True, slots=True)
class Observations:
    """What was seen, by cell; every other cell is unseen where all its ways were watched, else not visible.

    Attributes:
        seen: the weightiest sighting of each cell that was answered (or needs no answer).
        attempts: the same of what nobody answered.
        watched: pairs of zones whose every usable way was captured for `UNSEEN_DAYS` days.
    """

    seen: Mapping[CellKey, Sighting]
    attempts: Mapping[CellKey, Sighting]
    watched: frozenset[tuple[str, str]] = frozenset()

    def of(self, key: CellKey) -> Observed:
        """What is known of a cell."""
        if key in self.seen:
            return Observed.SEEN
        return Observed.UNSEEN if key[:2] in self.watched else Observed.NOT_VISIBLE


UNSEEN_DAYS = 30  # of unsampled capture without a gap, before "unused" is said
NOTHING_SEEN = Observations({}, {})
