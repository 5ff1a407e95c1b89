"""Verdicts counted, in all and by area. Never a share without numerator, denominator and unknowns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from leadglass.assess.control import Catalogue
from leadglass.assess.truth import Verdict
from leadglass.assess.verdict import Judgement


@dataclass(frozen=True, slots=True)
class Standing:
    """How many controls have which verdict.

    Attributes:
        met: by evidence other than answers; claimed: by answers alone; the rest as `Verdict` has them.
    """

    met: int = 0
    claimed: int = 0
    partly: int = 0
    not_met: int = 0
    contradicted: int = 0
    unknown: int = 0
    stale: int = 0
    not_assessed: int = 0
    not_applicable: int = 0

    @property
    def numerator(self) -> int:
        """Controls that are met, and not by answers alone."""
        return self.met

    @property
    def denominator(self) -> int:
        """Controls about which something is known now: met, claimed, partly, not met, contradicted."""
        return self.met + self.claimed + self.partly + self.not_met + self.contradicted

    @property
    def unknowns(self) -> int:
        """Controls that apply and about which nothing is known now: unknown, stale, not assessed."""
        return self.unknown + self.stale + self.not_assessed

    @property
    def words(self) -> str:
        """The score as it is printed."""
        return f"{self.numerator} of {self.denominator} proven, {self.claimed} claimed only, {self.unknowns} unknown"


_FIELDS = {
    Verdict.PARTLY: "partly",
    Verdict.NOT_MET: "not_met",
    Verdict.CONTRADICTED: "contradicted",
    Verdict.UNKNOWN: "unknown",
    Verdict.STALE: "stale",
    Verdict.NOT_ASSESSED: "not_assessed",
    Verdict.NOT_APPLICABLE: "not_applicable",
}


def standing(judgements: Iterable[Judgement]) -> Standing:
    """The verdicts, counted."""
    counts: dict[str, int] = {}
    for judgement in judgements:
        met = "claimed" if judgement.claimed_only else "met"
        name = _FIELDS.get(judgement.verdict, met)
        counts[name] = counts.get(name, 0) + 1
    return Standing(**counts)


def by_area(catalogue: Catalogue, judgements: Iterable[Judgement]) -> dict[str, Standing]:
    """The verdicts of each area, by its id, in the catalogue's order."""
    area = {control.id: control.area for control in catalogue.controls}
    records = list(judgements)
    return {one.id: standing(record for record in records if area[record.control] == one.id) for one in catalogue.areas}
