"""Gaps: controls that are not met, partly met or contradicted, in the order in which to close them. Never a guess.

What nobody knows now (unknown, stale, not assessed) is no gap: it could not be seen, and is listed apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from leadglass.assess.control import Assurance, Catalogue, Control, Grade
from leadglass.assess.truth import Verdict
from leadglass.assess.verdict import Judgement

GAPS = (Verdict.CONTRADICTED, Verdict.NOT_MET, Verdict.PARTLY)
"""Verdicts that make a gap; among equals in this order."""

UNSEEN = (Verdict.STALE, Verdict.UNKNOWN, Verdict.NOT_ASSESSED)
"""Verdicts that say nothing of now; in the order in which they are listed."""

WEIGHT = {Grade.LOW: 1, Grade.MEDIUM: 2, Grade.HIGH: 3}
SURENESS = {assurance: rank for rank, assurance in enumerate(Assurance, start=1)}


@dataclass(frozen=True, slots=True)
class Gap:
    """A control to be brought about.

    Attributes:
        rank: from 1; what is done first.
        control: id.
        verdict, assurance: as judged.
        effort, effect: of the remedy.
    """

    rank: int
    control: str
    verdict: Verdict
    assurance: Assurance | None
    effort: Grade
    effect: Grade

    @property
    def yields(self) -> Fraction:
        """Effect against effort: 1/3 (low effect, high effort) to 3."""
        return Fraction(WEIGHT[self.effect], WEIGHT[self.effort])


def gaps(catalogue: Catalogue, judgements: Iterable[Judgement]) -> tuple[Gap, ...]:
    """All gaps, ranked: most effect for its effort first, then the surest, then contradicted, not met, partly.

    What is equal in all of that stands in the catalogue's order. Judgements of controls that the catalogue does not
    have are left out; of one control the last counts.
    """
    judged = {one.control: one for one in judgements}
    found = [
        (control, judged[control.id], position)
        for position, control in enumerate(catalogue.controls)
        if control.id in judged and judged[control.id].verdict in GAPS
    ]
    found.sort(key=_order)
    return tuple(
        Gap(rank, control.id, one.verdict, one.assurance, control.effort, control.effect)
        for rank, (control, one, _) in enumerate(found, start=1)
    )


def _order(found: tuple[Control, Judgement, int]) -> tuple[Fraction, int, int, int, int]:
    control, one, position = found
    effect = WEIGHT[control.effect]
    sure = SURENESS[one.assurance] if one.assurance is not None else 0
    return -Fraction(effect, WEIGHT[control.effort]), -effect, -sure, GAPS.index(one.verdict), position


def unseen(catalogue: Catalogue, judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """What could not be seen: stale, unknown, not assessed; in this order, within each in the catalogue's."""
    place = {control.id: position for position, control in enumerate(catalogue.controls)}
    found = [one for one in judgements if one.control in place and one.verdict in UNSEEN]
    return tuple(sorted(found, key=lambda one: (UNSEEN.index(one.verdict), place[one.control])))
