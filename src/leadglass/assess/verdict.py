"""The verdict on one control, computed from its evidence by the truth table. Never changes a record, never guesses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadglass.assess.control import ASSURANCE, Assurance, Claim, Control, Kind
from leadglass.assess.evidence import Evidence, Exemption, Outcome, Settlement
from leadglass.assess.question import Bearing
from leadglass.assess.truth import Exempt, Facts, Shown, TruthTable, Verdict

STRENGTH = {kind: rank for rank, kind in enumerate(Kind)}
"""How much each kind of evidence weighs; an answer weighs least."""

_Spot = tuple[str, str, frozenset[str]]  # source, where, scope


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that does not count, and why."""

    evidence: Evidence
    reason: str


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
    aside, counted = _sift(control, records, at, settled)
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
        conflict=_conflict(confirming, refuting),
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


def _sift(
    control: Control, records: list[Evidence], at: datetime, settlements: list[Settlement]
) -> tuple[list[SetAside], list[Evidence]]:
    """Records that do not count, with the reason, and the others."""
    newest: dict[_Spot, Evidence] = {_spot(one): one for one in records if one.seen <= at and _replaces(one)}
    by_id = {one.id: one for one in records}
    words = [(one, by_id[one.evidence]) for one in settlements if one.evidence in by_id]
    aside: list[SetAside] = []
    counted: list[Evidence] = []
    for record in records:
        reason = _unfit(control, record, at) or _outdated(record, newest) or _settled(record, words)
        if reason:
            aside.append(SetAside(record, reason))
        else:
            counted.append(record)
    return aside, counted


def _spot(record: Evidence) -> _Spot:
    return record.source, record.where, record.scope


def _replaces(record: Evidence) -> bool:
    """Whether a record replaces older ones of its spot. An answer does; a look from which nothing came does not."""
    return record.kind is Kind.SURVEY or record.bearing is not Bearing.NEUTRAL


def _unfit(control: Control, record: Evidence, at: datetime) -> str:
    if record.seen > at:
        return "it is dated after this assessment"
    ground = control.ground(record.kind)
    if ground is None:
        return f"{record.kind.value} can say nothing about this control"
    if record.bearing in {Bearing.CONFIRMS, Bearing.PARTLY} and not ground.confirms:
        return f"{record.kind.value} cannot confirm this control"
    if record.bearing in {Bearing.REFUTES, Bearing.PARTLY} and not ground.refutes:
        return f"{record.kind.value} cannot refute this control"
    return ""


def _outdated(record: Evidence, newest: dict[_Spot, Evidence]) -> str:
    last = newest.get(_spot(record))
    if last is None or last.id == record.id or (last.seen, last.id) < (record.seen, record.id):
        return ""
    return "the same source says something newer of the same place"


def _settled(record: Evidence, words: list[tuple[Settlement, Evidence]]) -> str:
    """What the last settlement that touches a record makes of it; empty when it counts."""
    reason = ""
    for settlement, named in words:
        if record.seen > settlement.at:
            continue
        if record.id == named.id:
            fixed = settlement.outcome is Outcome.FIXED
            reason = f"fixed by {settlement.at.date().isoformat()}, says {settlement.by}" if fixed else ""
        elif record.kind is Kind.SURVEY and _opposite(record, named) and record.overlaps(named):
            accepted = settlement.outcome is Outcome.ACCEPTED
            reason = f"{settlement.by} accepted the evidence that says otherwise" if accepted else ""
    return reason


def _opposite(one: Evidence, other: Evidence) -> bool:
    return {one.bearing, other.bearing} == {Bearing.CONFIRMS, Bearing.REFUTES}


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


def _conflict(confirming: list[Evidence], refuting: list[Evidence]) -> bool:
    """Whether different sources say opposite things of one thing. What is partly so agrees with either in its part."""
    yes = {(one.source, one.scope): one for one in confirming if one.bearing is Bearing.CONFIRMS}
    no = {(one.source, one.scope): one for one in refuting if one.bearing is Bearing.REFUTES}
    return any(one.source != other.source and one.overlaps(other) for one in yes.values() for other in no.values())


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
