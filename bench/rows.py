"""Rows of a result, their goals, and which rows there must be. Never rounds a miss into a hit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Goal:
    """What a row is judged by.

    Attributes:
        of: the row's "ratio" or its "value".
        sense: "at most" or "at least" or "under".
    """

    of: Literal["ratio", "value"]
    sense: Literal["at most", "at least", "under"]
    bound: float

    def __str__(self) -> str:
        sign = {"at most": "≤", "at least": "≥", "under": "<"}[self.sense]
        return f"{self.of} {sign} {self.bound:g}"

    def met(self, figure: float) -> bool:
        """Whether ``figure`` reaches the goal."""
        if self.sense == "at least":
            return figure >= self.bound
        return figure < self.bound if self.sense == "under" else figure <= self.bound


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        what: its name, one of a list of required names or more.
        against: what it is compared with, in words with its figure; empty where it stands alone.
        ratio: the median of the rounds' paired ratios.
        goal: None where the figure is only stated.
    """

    what: str
    value: float
    unit: str
    against: str = ""
    ratio: float | None = None
    goal: Goal | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """None where there is no goal."""
        if self.goal is None:
            return None
        figure = self.ratio if self.goal.of == "ratio" else self.value
        return figure is not None and self.goal.met(figure)


GATEWAY: dict[str, Goal | None] = {
    "stock DCMTK store, 16 KiB PDUs": Goal("ratio", "at least", 10),
    "DCMTK store, TCP_NODELAY, 16 KiB PDUs": Goal("ratio", "at least", 0.9),
    "DCMTK store, TCP_NODELAY, 128 KiB PDUs": None,
    "CPU per GB, 16 KiB PDUs": Goal("ratio", "at most", 0.95),
    "CPU per GB, 128 KiB PDUs": Goal("ratio", "at most", 0.8),
    "CPU per GB against tuned HAProxy, 16 KiB PDUs": None,
    "CPU per GB against tuned HAProxy, 128 KiB PDUs": None,
    "console CPU per GB": None,
    "TLS: CPU per GB, 16 KiB PDUs": Goal("ratio", "at most", 1.0),
    "TLS: CPU per GB, 128 KiB PDUs": Goal("ratio", "at most", 0.9),
    "TLS: CPU per GB against tuned HAProxy, 16 KiB PDUs": None,
    "TLS: CPU per GB against tuned HAProxy, 128 KiB PDUs": None,
    "TLS handshakes, 32 at a time": Goal("ratio", "at least", 0.9),
    "CPU per TLS handshake": None,
    "TLS: C-ECHO associations, 32 at a time": None,
    "C-ECHO associations, 32 at a time": Goal("ratio", "at least", 0.6),
    "C-ECHO p50, open association": Goal("ratio", "at most", 2),
    "C-ECHO association p50, 32 at a time": Goal("ratio", "at most", 2),
    "CPU per C-ECHO association": None,
    "memory of an idle association, both legs": Goal("value", "at most", 64),
    "instances a second against pynetdicom store-and-forward": Goal("ratio", "at least", 20),
    "instances a second against pynetdicom store-and-forward, TCP_NODELAY": None,
    "added delay of a C-STORE, p99": Goal("value", "under", 1),
    "added delay of a C-STORE, p50": None,
    "added delay of the first C-STORE of a study, p50": None,
    "added delay of the first C-STORE of a study, p99": None,
    "200 associations: told Success or Warning and not in the archive": Goal("value", "at most", 0),
    "200 associations: in the archive, untold and not outcome unknown": Goal("value", "at most", 0),
    "200 associations: not accounted for in the ledger": Goal("value", "at most", 0),
    "200 associations: objects changed on the way": Goal("value", "at most", 0),
    "200 associations: instances told Success or Warning": None,
    "200 associations: outcome unknown": None,
    "200 associations: memory growth over the later passes": Goal("value", "at most", 2),
    "C-FIND, 1,000 responses": Goal("ratio", "at least", 0.9),
    "C-MOVE, 300 instances": Goal("ratio", "at least", 0.9),
    "C-GET, 300 instances": Goal("ratio", "at least", 0.9),
    "fsync p50": None,
    "fsync p99": None,
}
"""The rows `make bench-gateway` must have, with their goals."""


ASSESS: dict[str, Goal | None] = {
    "aggregate 10,000 responses": Goal("value", "under", 2),
    "aggregate 100,000 responses": None,
    "cost of a response among 100,000": Goal("ratio", "at most", 1.25),
    "page p95, demonstration's data": Goal("value", "under", 100),
    "page p95, 1,000 contributions": Goal("value", "under", 100),
    "first look at 1,000 contributions": None,
    "printing 1,000 contributions": None,
}
"""The rows `make bench-assess` must have, with their goals."""


NETWORK: dict[str, Goal | None] = {
    "compare 10,000 rules, 500 zones, 8 firewalls": Goal("value", "under", 10),
    "memory of that, peak": Goal("value", "under", 2_048),
    "pairs of zones of that left to the exact engine": None,
    "compare 5,000 rules": None,
    "compare 20,000 rules": None,
    "cost of a rule among 20,000": Goal("ratio", "at most", 1.25),
    "small hospital: 20 zones, 3 firewalls of 500 rules": Goal("value", "under", 2),
    "10,000 parts denied before all is permitted": Goal("value", "under", 10),
    "cells of that not covered": None,
    "cells of that said to pass": Goal("value", "at most", 0),
    "a million flows of Zeek, 500 zones": Goal("value", "under", 10),
    "a million records of NetFlow, 500 zones": Goal("value", "under", 10),
}
"""The rows `make bench-network` must have, with their goals."""


def missing(rows: Iterable[Row], required: Iterable[str] = GATEWAY) -> list[str]:
    """Required names without a row."""
    present = {row.what for row in rows}
    return [name for name in required if name not in present]


def row(
    what: str,
    value: float,
    unit: str,
    against: str = "",
    ratio: float | None = None,
    *,
    note: str = "",
    judged: bool = True,
    required: Mapping[str, Goal | None] = GATEWAY,
) -> Row:
    """A row of ``required`` with its goal; ``judged`` False leaves the goal out (a smoke run)."""
    return Row(what, value, unit, against, ratio, required[what] if judged else None, note)


def median(values: Sequence[float]) -> float:
    """The median; the mean of the middle two of an even number.

    Raises:
        ValueError: there are none.
    """
    if not values:
        raise ValueError("a median of nothing")
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def paired(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios ours/theirs, round by round."""
    return median([a / b for a, b in zip(ours, theirs, strict=True)])
