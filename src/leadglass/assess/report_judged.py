"""A judgement as the finding that a report shows: references, evidence in words, what was decided. Never judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from leadglass.assess.answers import AnswerSet
from leadglass.assess.control import ASSURANCE, Catalogue, Control, Kind, Reading, Reference
from leadglass.assess.evidence import Evidence, Exemption, Settlement
from leadglass.assess.instrument import Instrument
from leadglass.assess.plain import plain
from leadglass.assess.report_finding import Aside, Cited, Exempted, Finding, Record, Settled
from leadglass.assess.truth import Exempt
from leadglass.assess.verdict import Judgement

MAX_RECORDS = 25  # listed of each kind in a finding; the rest are counted


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of records beside themselves.

    Attributes:
        instrument, answers: give answers their words.
        words: by evidence id, what was seen. links: by evidence id, a path in the console.
        settlements: people's words on contradicting records.
    """

    instrument: Instrument
    answers: AnswerSet
    words: Mapping[str, str]
    links: Mapping[str, str]
    settlements: tuple[Settlement, ...]


def finding(catalogue: Catalogue, control: Control, judgement: Judgement, said: Said) -> Finding:
    """The finding on a control."""
    groups = (judgement.confirming, judgement.refuting, judgement.neutral, judgement.stale)
    confirming, refuting, neutral, stale = (_records(group, said) for group in groups)
    named = {one.id for group in groups for one in group} | {one.evidence.id for one in judgement.aside}
    place = next(one for one in catalogue.places if one.id == control.place)
    return Finding(
        control=control.id,
        title=control.title,
        area=control.area,
        place=place.role,
        table1=control.table1,
        recommendations=control.recommendations,
        verdict=judgement.verdict,
        assurance=judgement.assurance,
        row=judgement.row,
        because=judgement.because,
        patients=control.patients,
        remedy=control.remedy,
        effort=control.effort,
        effect=control.effect,
        references=tuple(cited(catalogue.reference(name)) for name in control.references),
        would_show=_would_show(control),
        confirming=confirming,
        refuting=refuting,
        neutral=neutral,
        stale=stale,
        aside=tuple(
            Aside(record=record(one.evidence, said), reason=plain(one.reason)) for one in judgement.aside[-MAX_RECORDS:]
        ),
        omitted=sum(max(0, len(group) - MAX_RECORDS) for group in (*groups, judgement.aside)),
        exemption=_exemption(judgement.exemption, judgement.facts.exempt),
        settled=tuple(_settled(one) for one in _by_time(said.settlements) if one.evidence in named),
    )


def cited(one: Reference) -> Cited:
    """A reference as it is printed."""
    return Cited(
        id=one.id,
        standard=one.standard,
        edition=one.edition,
        clause=one.clause,
        says=one.says,
        level=one.level,
        verified=_VERIFIED[one.reading],
        known=one.verified,
    )


_VERIFIED = {
    Reading.READ: "verified",
    Reading.SECOND_HAND: "verified second-hand",
    Reading.RECOLLECTED: "unverified",
}


def _would_show(control: Control) -> tuple[str, ...]:
    return tuple(
        f"{ground.kind.value}: {', '.join(part for part in parts if part)}"
        for ground in control.evidence
        for parts in [
            (
                f"confirmed by “{ground.confirms}”" if ground.confirms else "",
                f"refuted by “{ground.refutes}”" if ground.refutes else "",
            )
        ]
    )


def _records(records: tuple[Evidence, ...], said: Said) -> tuple[Record, ...]:
    """The newest of them, newest first."""
    newest = sorted(records, key=lambda one: (one.seen, one.id), reverse=True)
    return tuple(record(one, said) for one in newest[:MAX_RECORDS])


def record(one: Evidence, said: Said) -> Record:
    """A record of evidence with its words and its link."""
    words, by = _words(one, said)
    return Record(
        id=plain(one.id),
        kind=one.kind,
        assurance=ASSURANCE[one.kind],
        bearing=one.bearing,
        source=plain(one.source),
        where=plain(one.where),
        seen=one.seen.astimezone(UTC),
        scope=tuple(sorted(plain(name) for name in one.scope)),
        digest=plain(one.digest),
        words=plain(words),
        by=plain(by),
        link=inside(said.links.get(one.id, "")),
    )


def _words(one: Evidence, said: Said) -> tuple[str, str]:
    """What a record says, and who says so; an answer is its question, the answer, and its note."""
    if one.kind is not Kind.SURVEY:
        return said.words.get(one.id, ""), ""
    question = said.instrument.by_id.get(one.where)
    answer = said.answers.answers.get(one.where)
    code = question.code(answer.value) if question is not None and answer is not None else None
    if question is None or answer is None or code is None:
        return said.words.get(one.id, ""), ""
    note = f" ({answer.note})" if answer.note else ""
    return f"{question.text} {question.answers.get(code, question.codes.get(code, code))}{note}", answer.by


def inside(link: str) -> str:
    """A link as long as it is a path in the console; empty for what leads elsewhere."""
    path = plain(link)
    within = path == link and path.startswith("/") and not path.startswith(("//", "/\\")) and " " not in path
    return path if within else ""


def _exemption(one: Exemption | None, exempt: Exempt) -> Exempted | None:
    if one is None:
        return None
    return Exempted(
        reason=plain(one.reason),
        approver=plain(one.approver),
        decided=one.decided,
        review=one.review,
        in_force=exempt is Exempt.IN_FORCE,
    )


def _by_time(settlements: tuple[Settlement, ...]) -> list[Settlement]:
    return sorted(settlements, key=lambda one: (one.at, one.evidence))


def _settled(one: Settlement) -> Settled:
    return Settled(
        evidence=plain(one.evidence),
        outcome=one.outcome,
        by=plain(one.by),
        at=one.at.astimezone(UTC),
        note=plain(one.note),
    )
