"""A contradiction as people read it: what was said, what was seen, and what somebody made of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leadglass.assess.control import Control, Kind
from leadglass.assess.evidence import Evidence, Outcome, Settlement
from leadglass.assess.instrument import Instrument
from leadglass.assess.verdict import Judgement
from leadglass.assessor.current import Assessment
from leadglass.assessor.knowledge import Knowledge
from leadglass.console.judged import Judged
from leadglass.console.records import Record, contested, record, sides

MAX_SIDE = 20  # records shown of each side

OUTCOMES: dict[Outcome, tuple[str, str]] = {
    Outcome.ACCEPTED: (
        "accept",
        "What was seen is right. Answers that say otherwise no longer count; they stay on record.",
    ),
    Outcome.DISPUTED: ("dispute", "What was seen is doubted. The contradiction stays, with your word beside it."),
    Outcome.FIXED: ("fixed", "It was right, and is so no longer. What was seen until now no longer counts."),
}


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A control of which sources say opposite things.

    Attributes:
        said: what says that it is so; denied: what says that it is not, of the same things. At most `MAX_SIDE` of each.
        more: the other records about it, which contradict nothing or are too many.
        contested: records that can be settled.
        opposed: ids of those that contradict an answer.
        words: what was said of them last, and leaves the contradiction as it is.
    """

    judged: Judged
    said: tuple[Record, ...]
    denied: tuple[Record, ...]
    more: int
    contested: tuple[Record, ...]
    opposed: frozenset[str]
    words: tuple[Settlement, ...]

    @property
    def settled(self) -> bool:
        """Whether somebody has looked at every record that can be settled."""
        looked = {one.evidence for one in self.words}
        return bool(self.contested) and all(one.evidence.id in looked for one in self.contested)


@dataclass(frozen=True, slots=True)
class Settled:
    """A line of the history.

    Attributes:
        control: what the record is about; None where it is no longer known. words: what it showed.
    """

    settlement: Settlement
    control: Control | None
    words: str
    link: str


def contradictions(assessment: Assessment, known: Knowledge) -> list[Contradiction]:
    """All of them, in the catalogue's order; those at which nobody looked come first."""
    controls = {control.id: control for control in known.catalogue.controls}
    pairs = [(controls[one.control], one) for one in assessment.contradictions]
    found = [_contradiction(assessment, known.instrument, *pair) for pair in pairs]
    return sorted(found, key=lambda one: one.settled)


def _contradiction(
    assessment: Assessment, instrument: Instrument, control: Control, judgement: Judgement
) -> Contradiction:
    def shown(records: Sequence[Evidence]) -> tuple[Record, ...]:
        answers_first = sorted(records, key=lambda one: one.kind is not Kind.SURVEY)  # stable
        return tuple(record(one, assessment, instrument, control) for one in answers_first[:MAX_SIDE])

    said, denied = sides(judgement)
    words = _words(assessment.settlements, {one.id for one in contested(judgement)})
    looked = {one.evidence for one in words}
    every = {one.id for one in (*judgement.confirming, *judgement.refuting)}
    return Contradiction(
        judged=Judged(control, judgement),
        said=shown(said),
        denied=shown(denied),
        more=len(every) - len(said[:MAX_SIDE]) - len(denied[:MAX_SIDE]),
        contested=shown(sorted(contested(judgement), key=lambda one: one.id in looked)),  # beyond the bound: later
        opposed=frozenset(
            one.id for side, other in ((said, denied), (denied, said)) if _answers(other) for one in side
        ),
        words=words,
    )


def _answers(records: Sequence[Evidence]) -> bool:
    return any(one.kind is Kind.SURVEY for one in records)


def _words(settlements: Sequence[Settlement], records: set[str]) -> tuple[Settlement, ...]:
    """The last word on each record. What was fixed and is contradicted all the same was seen again: look again."""
    last = {one.evidence: one for one in sorted(settlements, key=lambda one: one.at) if one.evidence in records}
    return tuple(one for one in last.values() if one.outcome is not Outcome.FIXED)


def history(assessment: Assessment, known: Knowledge, most: int) -> list[Settled]:
    """What people said of records, the newest first."""
    by_id = {one.id: one for one in assessment.evidence}
    newest = sorted(assessment.settlements, key=lambda one: one.at, reverse=True)
    return [_settled(one, by_id.get(one.evidence), assessment, known) for one in newest[:most]]


def _settled(settlement: Settlement, evidence: Evidence | None, assessment: Assessment, known: Knowledge) -> Settled:
    if evidence is None:
        return Settled(settlement, None, settlement.evidence, "")
    words = assessment.words.get(evidence.id, "") or evidence.where
    return Settled(settlement, known.catalogue.control(evidence.control), words, assessment.links.get(evidence.id, ""))
