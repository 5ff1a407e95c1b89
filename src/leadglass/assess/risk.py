"""The risk register as values: a gap's asset, threat, likelihood and impact, and what is decided. Never decides.

A risk is rated by a person. What is proposed for a gap is taken from the catalogue, so that little has to be typed, and
says so in its reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from leadglass.assess.control import Assurance, Catalogue, Control, Grade, Level, Reference
from leadglass.assess.gaps import GAPS, gaps
from leadglass.assess.truth import Verdict
from leadglass.assess.verdict import Judgement

MAX_TEXT = 2_000  # characters of an asset, a reason, a rationale
MAX_NAME = 200
MAX_ID = 80
LEAST, MOST = 1, 5
"""Bounds of likelihood and impact."""

LIKELIHOODS = {1: "rare", 2: "unlikely", 3: "possible", 4: "likely", 5: "to be expected"}
IMPACTS = {1: "negligible", 2: "minor", 3: "noticeable", 4: "severe", 5: "patients are harmed or all data are lost"}


class RiskState(StrEnum):
    """What is done about a risk."""

    OPEN = "open"
    IN_TREATMENT = "in-treatment"
    ACCEPTED = "accepted"  # until a day, by somebody
    CLOSED = "closed"


class RiskLevel(StrEnum):
    """Likelihood × impact, coarse."""

    LOW = "low"  # up to 5
    MEDIUM = "medium"  # up to 14
    HIGH = "high"  # from 15


def level_of(score: int) -> RiskLevel:
    """The level of a likelihood × impact, 1 to 25."""
    return RiskLevel.LOW if score <= 5 else RiskLevel.MEDIUM if score <= 14 else RiskLevel.HIGH


@dataclass(frozen=True, slots=True)
class Risk:
    """An entry of the register.

    Attributes:
        id: unique; that of a proposal is its control's.
        control: id of the control that is not met.
        asset: what holds patient data, or keeps care going. threat: what may happen to it. vulnerability: what lets it.
        likelihood, impact: 1 to 5, see `LIKELIHOODS` and `IMPACTS`; the reasons stand beside them.
        rationale: why an addressable specification is not met as written, and what is done instead.
        owner: who sees to it. due: by when.
        accepted_until: the last day of an acceptance. accepted_by: who accepted.
        state: what is done about it.
        number: version of the record; 0 for one that was never saved.
    """

    id: str
    control: str
    asset: str
    threat: str
    vulnerability: str
    likelihood: int
    likelihood_reason: str
    impact: int
    impact_reason: str
    rationale: str = ""
    owner: str = ""
    due: date | None = None
    accepted_until: date | None = None
    accepted_by: str = ""
    state: RiskState = RiskState.OPEN
    number: int = 0

    @property
    def score(self) -> int:
        """Likelihood × impact, 1 to 25."""
        return self.likelihood * self.impact

    @property
    def level(self) -> RiskLevel:
        """The score, coarse."""
        return level_of(self.score)

    def lapsed(self, day: date) -> bool:
        """Whether it was accepted, and no longer is on ``day``: then it is open again."""
        return self.state is RiskState.ACCEPTED and (self.accepted_until is None or self.accepted_until < day)

    def overdue(self, day: date) -> bool:
        """Whether ``day`` is after its due date and nobody closed or accepted it."""
        return self.due is not None and self.due < day and self.effective(day) in _WAITING

    def effective(self, day: date) -> RiskState:
        """Its state on ``day``: an acceptance that lapsed leaves it open."""
        return RiskState.OPEN if self.lapsed(day) else self.state


_WAITING = (RiskState.OPEN, RiskState.IN_TREATMENT)


def addressable(catalogue: Catalogue, control: str) -> tuple[Reference, ...]:
    """The addressable specifications of the HIPAA Security Rule in force that a control stands for."""
    found = catalogue.control(control)
    references = [catalogue.reference(name) for name in found.references] if found is not None else []
    return tuple(one for one in references if one.level is Level.ADDRESSABLE)


def faults(risk: Risk, catalogue: Catalogue, verdict: Verdict | None = None) -> list[str]:
    """Why a risk cannot be kept like this, one line each. Empty when sound.

    Args:
        risk: as somebody wants it kept.
        catalogue: the controls.
        verdict: on its control; None is taken for a gap.
    """
    found = [] if 0 < len(risk.id) <= MAX_ID else [f"the id has 1 to {MAX_ID} characters"]
    if catalogue.control(risk.control) is None:
        found.append(f"there is no control {risk.control!r}")
    found += [f"{name} is empty" for name, text in _needed(risk) if not text.strip()]
    found += [f"{name} is longer than {most} characters" for name, text, most in _bounded(risk) if len(text) > most]
    for name, value in (("likelihood", risk.likelihood), ("impact", risk.impact)):
        if isinstance(value, bool) or not LEAST <= value <= MOST:
            found.append(f"{name} is {LEAST} to {MOST}")
    if risk.state is RiskState.ACCEPTED:
        if risk.accepted_until is None:
            found.append("an acceptance needs the day until which it holds")
        if not risk.accepted_by.strip():
            found.append("an acceptance needs the name of who accepts")
    if risk.state in {RiskState.ACCEPTED, RiskState.CLOSED} and not risk.rationale.strip():
        clauses = ", ".join(one.clause for one in addressable(catalogue, risk.control))
        if clauses and (verdict is None or verdict in GAPS):
            found.append(
                f"HIPAA {clauses} is addressable and not met: write down why, and what is done instead, "
                f"before the risk is {risk.state.value}"
            )
    return found


def _needed(risk: Risk) -> tuple[tuple[str, str], ...]:
    return (
        ("the asset", risk.asset),
        ("the threat", risk.threat),
        ("the vulnerability", risk.vulnerability),
        ("the reason for the likelihood", risk.likelihood_reason),
        ("the reason for the impact", risk.impact_reason),
    )


def _bounded(risk: Risk) -> tuple[tuple[str, str, int], ...]:
    return (
        *((name, text, MAX_TEXT) for name, text in (*_needed(risk), ("the rationale", risk.rationale))),
        ("the owner's name", risk.owner, MAX_NAME),
        ("the name of who accepts", risk.accepted_by, MAX_NAME),
    )


def proposals(catalogue: Catalogue, judgements: Sequence[Judgement], risks: Iterable[Risk]) -> tuple[Risk, ...]:
    """A risk for each gap that has none in the register, in the order of the gaps.

    A gap whose risk was closed has one: `attention` says that it is there again.
    """
    known = {risk.control for risk in risks}
    found = []
    for gap in gaps(catalogue, judgements):
        control = catalogue.control(gap.control)
        if control is not None and control.id not in known:
            found.append(_proposal(catalogue, control, gap.verdict, gap.assurance))
    return tuple(found)


_IMPACT = {Grade.LOW: 2, Grade.MEDIUM: 3, Grade.HIGH: 4}
_SEEN = (Assurance.CONFIGURED, Assurance.OBSERVED, Assurance.TESTED)


def _proposal(catalogue: Catalogue, control: Control, verdict: Verdict, assurance: Assurance | None) -> Risk:
    threat = next(area.threat for area in catalogue.areas if area.id == control.area)
    asset = next(place.asset for place in catalogue.places if place.id == control.place)
    likelihood = 3 if assurance in _SEEN else 2
    if verdict is not Verdict.PARTLY:
        likelihood += 1
    sure = assurance.value if assurance is not None else "not sure"
    return Risk(
        id=control.id,
        control=control.id,
        asset=asset,
        threat=threat,
        vulnerability=f"{_LACKS[verdict]} {control.title}.",
        likelihood=likelihood,
        likelihood_reason=f"Proposed: the control is {verdict.value} ({sure}).",
        impact=_IMPACT[control.effect],
        impact_reason=f"Proposed, as the remedy's effect is {control.effect.value}: {control.patients}",
    )


_LACKS = {
    Verdict.NOT_MET: "Not so here:",
    Verdict.PARTLY: "Only partly so here:",
    Verdict.CONTRADICTED: "Said and contradicted here:",
}


def attention(
    risk: Risk, verdict: Verdict | None, day: date, specifications: Iterable[Reference] = ()
) -> tuple[str, ...]:
    """What somebody has to look at, in words; empty when nothing waits.

    Args:
        risk: of the register.
        verdict: on its control now; None where the catalogue no longer has it.
        day: today, in the facility's time.
        specifications: what `addressable` gives for its control: its verdict can become a gap after the acceptance.
    """
    found = []
    if risk.lapsed(day):
        until = f" on {risk.accepted_until.isoformat()}" if risk.accepted_until is not None else ""
        found.append(f"the acceptance ended{until}: it is open again")
    if risk.overdue(day) and risk.due is not None:
        found.append(f"it was due on {risk.due.isoformat()}")
    if risk.effective(day) in _WAITING and not risk.owner.strip():
        found.append("nobody owns it")
    if risk.state is RiskState.CLOSED and verdict in GAPS:
        found.append(f"it is closed, and its control is {verdict}")
    clauses = ", ".join(one.clause for one in specifications)
    if clauses and risk.effective(day) is RiskState.ACCEPTED and verdict in GAPS and not risk.rationale.strip():
        found.append(f"it is accepted without the rationale that HIPAA {clauses} asks for")
    if risk.effective(day) in _WAITING and verdict is Verdict.MET:
        found.append("its control is met: it can be closed")
    if verdict is None:
        found.append("this version has no such control")
    return tuple(found)
