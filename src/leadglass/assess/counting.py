"""Which records about a control count, and why the others do not. Never weighs those that do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leadglass.assess.control import Control, Kind
from leadglass.assess.evidence import Evidence, Outcome, Settlement
from leadglass.assess.question import Bearing

_Spot = tuple[str, str, frozenset[str]]  # source, where, scope


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that does not count, and why."""

    evidence: Evidence
    reason: str


def sift(
    control: Control, records: list[Evidence], at: datetime, settlements: list[Settlement]
) -> tuple[list[SetAside], list[Evidence]]:
    """Records that do not count, with the reason, and the others.

    Args:
        control: what they are about.
        records: about it, oldest first.
        at: the time of the assessment.
        settlements: what people said of records, oldest first.
    """
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
        elif record.kind is Kind.SURVEY and _opposite(record, named):
            accepted = settlement.outcome is Outcome.ACCEPTED
            reason = f"{settlement.by} accepted the evidence that says otherwise" if accepted else ""
    return reason


def _opposite(one: Evidence, other: Evidence) -> bool:
    return {one.bearing, other.bearing} == {Bearing.CONFIRMS, Bearing.REFUTES}
