"""How the hospital stands now: all evidence gathered and judged. Changes nothing, and keeps nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from leadglass.assess.answers import AnswerSet, claims
from leadglass.assess.branch import View, view
from leadglass.assess.evidence import Evidence, Exemption, Settlement
from leadglass.assess.instrument import Instrument
from leadglass.assess.summary import Standing, by_area, standing
from leadglass.assess.truth import Verdict
from leadglass.assess.verdict import Judgement, judge
from leadglass.assessor.knowledge import Knowledge
from leadglass.assessor.noted import Noted
from leadglass.store.appstate.findings import documents, exemptions, settlements
from leadglass.store.appstate.survey import answer_set

ELSEWHERE = "all that does not pass the gateway"
"""A thing of which the gateway knows nothing: what covers it comes from people, or from a check."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """A hospital at a time.

    Attributes:
        facility: its name. at: aware.
        answers: of record. view: the survey as they make it.
        evidence: answers, documents and what was noted, in this order.
        links: by evidence id, the console's page that shows what it rests on.
        words: by evidence id, what was noted, in a sentence; answers and documents have none.
        judgements: one a control, in the catalogue's order.
        standing: of all controls. areas: by area, in the catalogue's order.
        contradictions: the judgements that say so.
        exemptions: decisions by control. settlements: what was said of contradicting records.
    """

    facility: str
    at: datetime
    answers: AnswerSet
    view: View
    evidence: tuple[Evidence, ...]
    links: dict[str, str]
    words: dict[str, str]
    judgements: tuple[Judgement, ...]
    standing: Standing
    areas: dict[str, Standing]
    contradictions: tuple[Judgement, ...]
    exemptions: dict[str, Exemption]
    settlements: tuple[Settlement, ...]


def assess_now(
    engine: Engine,
    knowledge: Knowledge,
    facility: str,
    at: datetime,
    gathered: Sequence[Noted],
) -> Assessment:
    """The assessment at a time, from the answers and decisions of record and from what was gathered.

    Args:
        engine: the application state.
        knowledge: controls, questions, truth table.
        facility: the hospital's name.
        at: aware; what is dated later does not count.
        gathered: what this system noted, as `gateway.gather` gives it.
    """
    catalogue, instrument = knowledge.catalogue, knowledge.instrument
    answers = answer_set(engine, instrument)
    seen = view(instrument, answers.values())
    said = claims(instrument, answers, seen.asked)
    filed = documents(engine)
    decided, settled = exemptions(engine), settlements(engine)
    evidence = (*said, *filed, *(one.evidence for one in gathered))
    things = _things(gathered)
    by_control: dict[str, list[Evidence]] = {control.id: [] for control in catalogue.controls}
    for record in evidence:
        by_control.get(record.control, []).append(record)  # of a control that is no more: kept, and judged by none
    judgements = tuple(
        judge(
            control,
            knowledge.truth_table,
            by_control[control.id],
            at,
            things=things.get(control.id, frozenset()),
            exemption=decided.get(control.id),
            settlements=settled,
        )
        for control in catalogue.controls
    )
    return Assessment(
        facility=facility,
        at=at,
        answers=answers,
        view=seen,
        evidence=evidence,
        links={**_pages(instrument, said, filed), **{one.evidence.id: one.link for one in gathered}},
        words={one.evidence.id: one.words for one in gathered},
        judgements=judgements,
        standing=standing(judgements),
        areas=by_area(catalogue, judgements),
        contradictions=tuple(one for one in judgements if one.verdict is Verdict.CONTRADICTED),
        exemptions=decided,
        settlements=settled,
    )


def _things(gathered: Sequence[Noted]) -> dict[str, frozenset[str]]:
    """By control, what it speaks of here as far as the gateway lists it, and `ELSEWHERE`.

    So the gateway alone never shows that something holds for every thing of a hospital.
    """
    found: dict[str, frozenset[str]] = {}
    for one in gathered:
        control, scope = one.evidence.control, one.evidence.scope
        if scope:
            found[control] = found.get(control, frozenset({ELSEWHERE})) | scope
    return found


def _pages(instrument: Instrument, said: Sequence[Evidence], filed: Sequence[Evidence]) -> dict[str, str]:
    """Where answers can be read, and documents."""
    section = {question.id: part.id for part in instrument.sections for question in part.questions}
    answered = {one.id: f"/assess/survey/{section[one.where]}/{one.where}" for one in said}
    return answered | {one.id: f"/assess/controls/{one.control}" for one in filed}
