"""The verdict on one control, computed from its evidence by the truth table. Never changes a record, never guesses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadglass.assess.control import ASSURANCE, Assurance, Claim, Control, Kind
from leadglass.assess.counting import SetAside, sift
from leadglass.assess.evidence import Evidence, Exemption, Outcome, Settlement
from leadglass.assess.question import Bearing
from leadglass.assess.truth import Exempt, Facts, Shown, TruthTable, Verdict

STRENGTH = {kind: rank for rank, kind in enumerate(Kind)}
"""How much each kind of evidence weighs; an answer weighs least."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its because.

    Attributes:
        control: id.
        verdict: what is said.
        assurance: how far it can be relied on; None where nothing is asserted.
        row: id of the truth table's row; because: its words.
        facts: what the row looked at.
        confirming, refuting: fresh records; one that says "partly" stands in both.
        neutral, stale: fresh records that say neither, and records no longer fresh.
        aside: records that do not count.
        exemption: the decision that it does not apply, lapsed or not.
        disputed: settlements that dispute a record that counts.
    """

    control: str
    verdict: Verdict
    assurance: Assurance | None
    row: str
    because: str
    facts: Facts
    confirming: tuple[Evidence, ...]
    refuting: tuple[Evidence, ...]
    neutral: tuple[Evidence, ...]
    stale: tuple[Evidence, ...]
    aside: tuple[SetAside, ...]
    exemption: Exemption | None
    disputed: tuple[Settlement, ...]

    @property
    def claimed_only(self) -> bool:
        """Met by the survey's word alone: counted apart."""
        return self.verdict is Verdict.MET and self.assurance is Assurance.CLAIMED


def judge(
    control: Control,
    table: TruthTable,
    evidence: Iterable[Evidence],
    at: datetime,
    *,
    things: frozenset[str] = frozenset(),
    exemption: Exemption | None = None,
    settlements: Iterable[Settlement] = (),
) -> Judgement:
    """The verdict on ``control`` at a time.

    Args:
        control: what is judged.
        table: the truth table.
        evidence: records about it, in any order; those about other controls are left out.
        at: aware; records seen later do not count.
        things: all the control speaks of here, by name; empty where nobody listed them: then no record that covers
            named things alone covers all.
        exemption: the decision in force or lapsed, if there is one.
        settlements: what people said of contradicting records.
    """
    records = sorted((one for one in evidence if one.control == control.id), key=lambda one: (one.seen, one.id))
    settled = sorted(settlements, key=lambda one: one.at)
    aside, counted = sift(control, records, at, settled)
    fresh = [one for one in counted if _fresh(control, one, at)]
    stale = [one for one in counted if one not in fresh and one.bearing is not Bearing.NEUTRAL]
    confirming = [one for one in fresh if one.bearing in {Bearing.CONFIRMS, Bearing.PARTLY}]
    refuting = [one for one in fresh if one.bearing in {Bearing.REFUTES, Bearing.PARTLY}]
    neutral = [one for one in fresh if one.bearing is Bearing.NEUTRAL]
    facts = Facts(
        claim=control.claim,
        exempt=_exempt(exemption, at),
        confirmed=_shown(confirming, things),
        refuted=_shown(refuting, things),
        conflict=_conflict(control.claim, confirming, refuting),
        stale=bool(stale),
        asked=bool(neutral),
    )
    row = table.row(facts)
    counting = {one.id for one in counted}
    return Judgement(
        control=control.id,
        verdict=row.verdict,
        assurance=_assurance(row.verdict, control, confirming, refuting, stale, things),
        row=row.id,
        because=row.because,
        facts=facts,
        confirming=tuple(confirming),
        refuting=tuple(refuting),
        neutral=tuple(neutral),
        stale=tuple(stale),
        aside=tuple(aside),
        exemption=exemption,
        disputed=tuple(one for one in settled if one.outcome is Outcome.DISPUTED and one.evidence in counting),
    )


def _fresh(control: Control, record: Evidence, at: datetime) -> bool:
    ground = control.ground(record.kind)
    return ground is not None and at - record.seen <= timedelta(days=ground.fresh_days)


def _exempt(exemption: Exemption | None, at: datetime) -> Exempt:
    if exemption is None or exemption.decided > at.date():
        return Exempt.NO
    return Exempt.IN_FORCE if at.date() <= exemption.review else Exempt.LAPSED


def _covers(records: Iterable[Evidence], things: frozenset[str]) -> bool:
    """Whether records together reach all things."""
    scopes = [record.scope for record in records]
    return any(not scope for scope in scopes) or (bool(things) and things <= frozenset().union(*scopes))


def _shown(records: list[Evidence], things: frozenset[str]) -> Shown:
    if not records:
        return Shown.NO
    if _covers((one for one in records if one.kind is not Kind.SURVEY and one.bearing is not Bearing.PARTLY), things):
        return Shown.WHOLE
    return Shown.CLAIM if any(one.kind is Kind.SURVEY for one in records) else Shown.PART


def _conflict(claim: Claim, confirming: list[Evidence], refuting: list[Evidence]) -> bool:
    """Whether different sources say opposite things of one thing. What is partly so agrees with either in its part."""
    yes = {(one.source, one.scope): one for one in confirming if one.bearing is Bearing.CONFIRMS}
    no = {(one.source, one.scope): one for one in refuting if one.bearing is Bearing.REFUTES}
    return any(
        one.source != other.source and one.overlaps(other) and not _elsewhere(claim, one, other)
        for one in yes.values()
        for other in no.values()
    )


def _elsewhere(claim: Claim, yes: Evidence, no: Evidence) -> bool:
    """Whether an answer that names no part leaves room for what the other shows of a part.

    "No" to "every one is" says that one is not, and "yes" to "there is one" that one is: not which.
    """
    answer, shown = (no, yes) if claim is Claim.EVERY else (yes, no)
    return answer.kind is Kind.SURVEY and not answer.scope and bool(shown.scope)


def _assurance(
    verdict: Verdict,
    control: Control,
    confirming: list[Evidence],
    refuting: list[Evidence],
    stale: list[Evidence],
    things: frozenset[str],
) -> Assurance | None:
    """How far the verdict can be relied on: as far as the weakest record that it needs."""
    if verdict is Verdict.MET:
        return _reach(confirming, things if control.claim is Claim.EVERY else None)
    if verdict is Verdict.NOT_MET:
        return _reach(refuting, things if control.claim is Claim.SOME else None)
    if verdict is Verdict.PARTLY:
        return ASSURANCE[min(_strongest(confirming), _strongest(refuting), key=STRENGTH.__getitem__)]
    if verdict is Verdict.CONTRADICTED:
        return ASSURANCE[_strongest([*confirming, *refuting])]
    if verdict is Verdict.STALE and stale:
        return ASSURANCE[_strongest(stale)]
    return None


def _reach(records: list[Evidence], things: frozenset[str] | None) -> Assurance:
    """The strength down to which records must be taken until they cover ``things``; None: the strongest is enough."""
    strongest = _strongest(records)
    if things is not None:
        for kind in sorted({record.kind for record in records}, key=STRENGTH.__getitem__, reverse=True):
            if _covers((one for one in records if STRENGTH[one.kind] >= STRENGTH[kind]), things):
                return ASSURANCE[kind]
    return ASSURANCE[strongest]


def _strongest(records: list[Evidence]) -> Kind:
    return max((record.kind for record in records), key=STRENGTH.__getitem__)
