"""Which gaps to close first: what closing one buys, against what it costs and risks. Never what a gap is.

Worth is counted in points that anybody can follow: paths that close, how much patient data they lead to, and whether
they begin outside; against effort (a rule, several filters, work by hand) and clinical risk (is it in use?).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from leadglass.network.bundles import Bundle
from leadglass.network.compare import Comparison
from leadglass.network.observed import Observed
from leadglass.network.permitted import Expectation

DATA = {"images": 3, "record": 3, "orders": 2, "passing": 1, "none": 0}
"""By what a role of either end holds; the larger counts."""

BY_HAND = 4  # effort where no rule closes it
MAX_PATHS = 5  # points: each doubling of the number of services is one more
OUTSIDE = 3  # times as much, where it begins outside the hospital


@dataclass(frozen=True, slots=True)
class Advice:
    """One bundle of gaps with its worth.

    Attributes:
        paths: services that close, from one zone to another.
        data: 0 to 3. outside: it begins outside the hospital.
        effort: 1 for a rule on one filter, one more for each further filter, `BY_HAND` where no rule closes it.
        risk: 0 nothing needed it in 30 days, or it opens what is needed; 1 nobody could see; 2 it is in use.
        words: why it stands where it stands.
    """

    bundle: Bundle
    paths: int
    data: int
    outside: bool
    effort: int
    risk: int
    words: str

    @property
    def buys(self) -> int:
        """Points for it: severity doubles with each grade, times data, times `OUTSIDE`; then the paths."""
        grade = 1 << max(self.bundle.severity.rank - 1, 0)
        weight = grade * (1 + self.data) * (OUTSIDE if self.outside else 1)
        return weight + min(self.paths.bit_length(), MAX_PATHS)

    @property
    def worth(self) -> float:
        """What it buys for each point of effort and risk."""
        return self.buys / (self.effort + self.risk)


def ranked(comparison: Comparison, bundles: Iterable[Bundle], filters: Mapping[str, int]) -> tuple[Advice, ...]:
    """Bundles of gaps, the most worth first, then by id.

    Args:
        comparison: that found them.
        bundles: of its gaps.
        filters: by gap id, on how many filters a rule closes it; a gap that is missing is closed by hand.
    """
    found = [_advice(comparison, bundle, filters) for bundle in bundles]
    return tuple(sorted(found, key=lambda one: (-one.worth, one.bundle.id)))


def _advice(comparison: Comparison, bundle: Bundle, filters: Mapping[str, int]) -> Advice:
    data, outside = _held(comparison, bundle)
    needed = [filters.get(gap.id, 0) for gap in bundle.gaps]
    effort = max(needed) if all(needed) else BY_HAND
    risk = max(_risk(gap.cell.expectation, gap.cell.observed) for gap in bundle.gaps)
    paths = len(bundle.gaps)
    words = [
        f"{paths} {'path' if paths == 1 else 'paths'}",
        ("no patient data", "passing patient data", "orders", "images or records")[data],
        *(["from outside"] if outside else []),
        "by hand" if not all(needed) else f"a rule on {effort} {'filter' if effort == 1 else 'filters'}",
        ("nothing in use is stopped", "whether it is in use nobody could see", "it is in use: ask first")[risk],
    ]
    return Advice(bundle, paths, data, outside, effort, risk, "; ".join(words))


def _held(comparison: Comparison, bundle: Bundle) -> tuple[int, bool]:
    roles = {part.name: part.roles for part in comparison.partition.parts}
    both = (*roles.get(bundle.source, ()), *roles.get(bundle.destination, ()))
    known = [role for name in both if (role := comparison.model.role(name)) is not None]
    begins = [comparison.model.role(name) for name in roles.get(bundle.source, ())]
    return max((DATA[role.holds] for role in known), default=0), any(
        role is not None and role.outside for role in begins
    )


def _risk(expectation: Expectation, observed: Observed) -> int:
    if expectation is Expectation.REQUIRED:
        return 0  # nothing is taken away
    return {Observed.UNSEEN: 0, Observed.NOT_VISIBLE: 1, Observed.SEEN: 2}[observed]
