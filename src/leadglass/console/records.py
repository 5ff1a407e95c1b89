"""Evidence about a control as people read it: what was said or seen, by whom, when, how long it counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from leadglass.assess.answers import AnswerSet
from leadglass.assess.control import ASSURANCE, Control, Kind
from leadglass.assess.evidence import Evidence
from leadglass.assess.instrument import Instrument
from leadglass.assess.question import Bearing
from leadglass.assess.verdict import Judgement
from leadglass.assessor.current import Assessment
from leadglass.console.survey_view import answer_words

SAYS = {
    Bearing.CONFIRMS: ("good", "confirms"),
    Bearing.REFUTES: ("bad", "refutes"),
    Bearing.PARTLY: ("warn", "partly"),
    Bearing.NEUTRAL: ("info", "says neither"),
}
KINDS = {
    Kind.SURVEY: "answer",
    Kind.DOCUMENT: "document",
    Kind.CONFIGURATION: "configuration",
    Kind.TRAFFIC: "traffic",
    Kind.CHECK: "active check",
}
MAX_SCOPE = 12  # names shown of what a record covers


@dataclass(frozen=True, slots=True)
class Record:
    """One piece of evidence.

    Attributes:
        evidence: as it counts.
        kind, assurance: in words.
        says: tone and word.
        words: what was answered or seen, in a sentence; where: the exact place, empty where the words hold it.
        by: who answered; empty for anything else. note: what was written beside the answer.
        link: page that shows it; empty where there is none.
        left: days for which it still counts, below 0 when it no longer does; None where that says nothing.
        aside: why it does not count; empty where it does.
        scope: names of what it covers, some of them; more: how many others.
    """

    evidence: Evidence
    kind: str
    assurance: str
    says: tuple[str, str]
    words: str
    where: str
    by: str
    note: str
    link: str
    left: int | None
    aside: str
    scope: tuple[str, ...]
    more: int

    @property
    def seen(self) -> int:
        """UTC ns."""
        return nanoseconds(self.evidence.seen)


def nanoseconds(at: datetime) -> int:
    """UTC ns, as pages tell times."""
    return int(at.timestamp()) * 1_000_000_000


def records(assessment: Assessment, instrument: Instrument, control: Control, judgement: Judgement) -> list[Record]:
    """Everything that is known about a control: what counts first, then what no longer or never did."""
    counted = dict.fromkeys(
        (*judgement.refuting, *judgement.confirming, *judgement.neutral, *judgement.stale)
    )  # what says "partly" stands in two of them
    shown = [_record(one, assessment, instrument, control) for one in counted]
    return [*shown, *(_record(one.evidence, assessment, instrument, control, one.reason) for one in judgement.aside)]


def record(evidence: Evidence, assessment: Assessment, instrument: Instrument, control: Control) -> Record:
    """One that counts."""
    return _record(evidence, assessment, instrument, control)


def sides(judgement: Judgement) -> tuple[list[Evidence], list[Evidence]]:
    """Of a contradiction, the records that say so and those that deny it of the same things.

    Where it is a person's word alone that is contradicted, that it does not apply, all that was seen denies that.
    """
    said, denied = judgement.confirming, judgement.refuting
    if not judgement.facts.conflict:
        return list(said), [one for one in denied if one not in said]
    return list(_opposed(said, denied)), list(_opposed(denied, said))


def contested(judgement: Judgement) -> list[Evidence]:
    """Records other than answers of either side: what a person can accept, dispute or call fixed."""
    said, denied = sides(judgement)
    return [one for one in (*said, *denied) if one.kind is not Kind.SURVEY]


def _opposed(ours: Iterable[Evidence], theirs: Iterable[Evidence]) -> Iterator[Evidence]:
    """Those of ours that another source denies for the same things."""
    others = [one for one in theirs if one.bearing is not Bearing.PARTLY]
    for one in ours:
        if one.bearing is not Bearing.PARTLY and any(
            one.source != other.source and one.overlaps(other) for other in others
        ):
            yield one


def _record(
    evidence: Evidence, assessment: Assessment, instrument: Instrument, control: Control, aside: str = ""
) -> Record:
    ground = control.ground(evidence.kind)
    left = None if ground is None or aside else ground.fresh_days - (assessment.at - evidence.seen).days
    scope = sorted(evidence.scope)
    words, by, note = _said(evidence, assessment.answers, instrument)
    told = words or assessment.words.get(evidence.id, "")
    return Record(
        evidence=evidence,
        kind=KINDS[evidence.kind],
        assurance=ASSURANCE[evidence.kind].value,
        says=SAYS[evidence.bearing],
        words=told or evidence.where,
        where=evidence.where if told and not words else "",
        by=by,
        note=note,
        link=assessment.links.get(evidence.id, ""),
        left=left,
        aside=aside,
        scope=tuple(scope[:MAX_SCOPE]),
        more=max(0, len(scope) - MAX_SCOPE),
    )


def _said(evidence: Evidence, answers: AnswerSet, instrument: Instrument) -> tuple[str, str, str]:
    """Question and answer in words, who answered, and the note; empty for what is no answer."""
    question = instrument.by_id.get(evidence.where) if evidence.kind is Kind.SURVEY else None
    answer = answers.answers.get(evidence.where) if question is not None else None
    if question is None or answer is None:
        return "", "", ""
    return f"{question.text} – {answer_words(question, answer.value)}", answer.by, answer.note
