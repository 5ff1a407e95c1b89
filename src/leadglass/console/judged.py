"""A control with its verdict, as lists and pages show it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.assess.control import Catalogue, Control
from leadglass.assess.verdict import Judgement
from leadglass.assessor.current import Assessment
from leadglass.console.verdicts import Standing, standing_of


@dataclass(frozen=True, slots=True)
class Judged:
    """A control with its verdict."""

    control: Control
    judgement: Judgement

    @property
    def standing(self) -> Standing:
        """Its verdict, what is only claimed apart."""
        return standing_of(self.judgement)

    @property
    def assurance(self) -> str:
        """In a word; empty where nothing is asserted."""
        return self.judgement.assurance.value if self.judgement.assurance else ""

    @property
    def because(self) -> str:
        """The truth table's words."""
        return self.judgement.because


def judged(catalogue: Catalogue, assessment: Assessment) -> list[Judged]:
    """All controls, in the catalogue's order."""
    found = {one.control: one for one in assessment.judgements}
    return [Judged(control, found[control.id]) for control in catalogue.controls]
