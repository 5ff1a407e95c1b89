"""The report as one object: everything that page, print, tables and files show. Never renders, never judges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from leadglass.assess.answers import AnswerSet
from leadglass.assess.beside import Beside
from leadglass.assess.branch import Progress, View
from leadglass.assess.control import Catalogue
from leadglass.assess.evidence import Settlement
from leadglass.assess.gaps import Gap, gaps, unseen
from leadglass.assess.instrument import Instrument
from leadglass.assess.plain import plain
from leadglass.assess.published import Published
from leadglass.assess.question import Form, Question
from leadglass.assess.report_beside import compared
from leadglass.assess.report_change import changed
from leadglass.assess.report_finding import Finding
from leadglass.assess.report_judged import Said, finding
from leadglass.assess.report_parts import (
    Answered,
    AreaCounts,
    Change,
    Compared,
    Counts,
    Fact,
    Part,
    RiskRow,
    Summary,
    When,
    counts,
)
from leadglass.assess.report_summary import summary
from leadglass.assess.risk import Risk, RiskState, addressable, attention
from leadglass.assess.summary import by_area, standing
from leadglass.assess.truth import TruthTable, Verdict
from leadglass.assess.verdict import Judgement

FORMAT: Literal["leadglass-report-1"] = "leadglass-report-1"
NAMESPACE = UUID("6d6f5c8e-5b0a-5b3e-9a55-0c2a7f1f4e11")
"""Of the ids that are made from what they name."""

NOTES = (
    "A verdict is computed from evidence by the published truth table. A measure that only the survey speaks for is "
    "counted as claimed, not as proven.",
    "“Unknown”, “stale” and “not assessed” say that nothing is known now. They are no gaps, and no successes.",
    "A reference marked “unverified” was recollected and not read. Proposed rules are not law and count in no score.",
    "Links lead to the console of the hospital's own system.",
)


class Report(Part, frozen=True):
    """An assessment on a day.

    Attributes:
        format: of the file. id: made from all the rest, so that the same report has the same.
        facility: whose. by: who made it. at: when. day: the date at the facility.
        instrument, truth_table: versions.
        progress: of the survey. summary: for a director. profile: of the facility.
        standing: all verdicts, counted. areas: by area, in the catalogue's order.
        findings: every control, in the catalogue's order.
        contradictions, unseen, unregistered: ids of controls: contradicted; of which nothing is known now; gaps that
            have no entry in the register.
        gaps: in the order in which to close them.
        risks: the register, what waits and weighs most first.
        comparison: the hospital beside others.
        change: since the report before; None for a first one.
        notes: what is to be kept in mind, printed with it.
    """

    format: Literal["leadglass-report-1"]
    id: str
    facility: str
    by: str
    at: When
    day: date
    instrument: str
    truth_table: int
    progress: Answered
    summary: Summary
    profile: tuple[Fact, ...]
    standing: Counts
    areas: tuple[AreaCounts, ...]
    findings: tuple[Finding, ...]
    contradictions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    unseen: tuple[str, ...]
    risks: tuple[RiskRow, ...]
    unregistered: tuple[str, ...]
    comparison: tuple[Compared, ...]
    change: Change | None
    notes: tuple[str, ...]

    @property
    def title(self) -> str:
        """What it is called."""
        return f"Security of the imaging network: {self.facility}"

    @property
    def by_control(self) -> dict[str, Finding]:
        """The findings by control id."""
        return {one.control: one for one in self.findings}


def build(
    *,
    facility: str,
    by: str,
    at: datetime,
    catalogue: Catalogue,
    instrument: Instrument,
    truth_table: TruthTable,
    published: Published,
    answers: AnswerSet,
    view: View,
    judgements: Sequence[Judgement],
    settlements: Iterable[Settlement] = (),
    words: Mapping[str, str] | None = None,
    links: Mapping[str, str] | None = None,
    risks: Iterable[Risk] = (),
    beside: Iterable[Beside] = (),
    previous: bytes | None = None,
) -> Report:
    """The report; the same input gives the same report, id included.

    Args:
        facility: the hospital's name.
        by: who makes the report.
        at: aware, in the facility's time zone: its date is the report's.
        catalogue: the controls.
        instrument: the questions.
        truth_table: that judged.
        published: Table 1.
        answers: of record.
        view: the survey as they make it.
        judgements: one a control; those of controls that the catalogue does not have are left out.
        settlements: what people said of contradicting records.
        words: by evidence id, what was seen.
        links: by evidence id, a path in the console.
        risks: the register.
        beside: the comparison, as `beside.beside` gives it.
        previous: the report before, as JSON.
    """
    judged = {one.control: one for one in judgements}
    said = Said(instrument, answers, words or {}, links or {}, tuple(settlements))
    controls = [control for control in catalogue.controls if control.id in judged]
    findings = {one.id: finding(catalogue, one, judged[one.id], said) for one in controls}
    present = [judged[one.id] for one in controls]
    ranked = gaps(catalogue, present)
    day = at.date()
    register = tuple(_register(catalogue, risks, findings, day))
    known = {row.risk.control for row in register}
    total = counts(standing(present))
    progress = _progress(view.progress)
    change = (
        None
        if previous is None
        else changed(previous, findings, format_=FORMAT, instrument=instrument.version, truth_table=truth_table.version)
    )
    report = Report(
        format=FORMAT,
        id="",
        facility=plain(facility) or "a hospital without a name",
        by=plain(by),
        at=at.astimezone(UTC),
        day=day,
        instrument=instrument.version,
        truth_table=truth_table.version,
        progress=progress,
        summary=summary(total, progress, findings, ranked, register, change),
        profile=tuple(_profile(instrument, answers, view)),
        standing=total,
        areas=_areas(catalogue, present),
        findings=tuple(findings.values()),
        contradictions=tuple(one.control for one in present if one.verdict is Verdict.CONTRADICTED),
        gaps=ranked,
        unseen=tuple(one.control for one in unseen(catalogue, present)),
        risks=register,
        unregistered=tuple(gap.control for gap in ranked if gap.control not in known),
        comparison=compared(instrument, published, beside),
        change=change,
        notes=NOTES,
    )
    return msgspec.structs.replace(report, id=str(uuid5(NAMESPACE, msgspec.json.encode(report).decode())))


def _progress(one: Progress) -> Answered:
    return Answered(
        asked=one.asked,
        answered=one.answered,
        unknown=one.unknown,
        not_applicable=one.not_applicable,
        unanswered=one.unanswered,
    )


def _areas(catalogue: Catalogue, judgements: Sequence[Judgement]) -> tuple[AreaCounts, ...]:
    found = by_area(catalogue, judgements)
    return tuple(AreaCounts(id=area.id, title=area.title, counts=counts(found[area.id])) for area in catalogue.areas)


def _profile(instrument: Instrument, answers: AnswerSet, view: View) -> Iterator[Fact]:
    for question in instrument.questions:
        if question.profile and question.id in view.asked:
            yield Fact(question=question.id, text=question.text, value=_value(question, answers))


def _value(question: Question, answers: AnswerSet) -> str:
    answer = answers.answers.get(question.id)
    code = question.code(answer.value) if answer is not None else None
    if answer is None or code is None:
        return "not answered"
    if question.form is Form.NUMBER and not isinstance(answer.value, str):
        unit = f" {question.unit}" if question.unit else ""
        return f"{answer.value:,}{unit} ({question.codes[code]})"
    return question.answers.get(code, code)


def _register(
    catalogue: Catalogue, risks: Iterable[Risk], findings: Mapping[str, Finding], day: date
) -> Iterator[RiskRow]:
    """The register on ``day``: by state, then what weighs most."""
    rows = []
    for risk in risks:
        about = findings.get(risk.control)
        specifications = addressable(catalogue, risk.control)
        rows.append(
            RiskRow(
                risk=_plain(risk),
                title=about.title if about is not None else "",
                score=risk.score,
                level=risk.level,
                state=risk.effective(day),
                waits=attention(risk, about.verdict if about is not None else None, day, specifications),
                addressable=tuple(one.clause for one in specifications),
            )
        )
    states = list(RiskState)
    yield from sorted(rows, key=lambda row: (states.index(row.state), -row.score, row.risk.id))


def _plain(risk: Risk) -> Risk:
    """The risk with its texts made plain."""
    return replace(
        risk,
        id=plain(risk.id),
        control=plain(risk.control),
        asset=plain(risk.asset),
        threat=plain(risk.threat),
        vulnerability=plain(risk.vulnerability),
        likelihood_reason=plain(risk.likelihood_reason),
        impact_reason=plain(risk.impact_reason),
        rationale=plain(risk.rationale),
        owner=plain(risk.owner),
        accepted_by=plain(risk.accepted_by),
    )
