"""A half-assessed hospital in the shipped catalogue, and its report; and the same with hostile names everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from tests.assess.data import CATALOGUE, INSTRUMENT, NOW, PUBLISHED, TABLE

from leadglass.assess.answers import Answer, AnswerSet, claims
from leadglass.assess.beside import Beside
from leadglass.assess.branch import view
from leadglass.assess.control import Kind
from leadglass.assess.evidence import Evidence, Exemption, Outcome, Settlement
from leadglass.assess.question import Bearing
from leadglass.assess.report import Report, build
from leadglass.assess.risk import Risk, RiskState, proposals
from leadglass.assess.tally import Tally
from leadglass.assess.verdict import Judgement, judge

PLAIN = "Ana Kovač"
HOSTILE = (
    "=cmd|'/C calc'!A0<script>alert(1)</script>|`rm`[x](javascript:alert(1))\x00\x1b[31m\u202e\ud800 "
    "https://evil.example www.evil.example # *b* _i_ &amp; $x$ \r\n- item;=1+1"
)
ENCRYPTED = "exch-dicom-tls"


def answers(by: str = PLAIN, note: str = "") -> AnswerSet:
    """Every second question answered, yes and no in turn; every fifth with "I do not know"."""
    given: dict[str, Answer] = {}
    for index, question in enumerate(INSTRUMENT.questions):
        if index % 2 and not question.profile and ENCRYPTED not in question.bears:
            continue
        codes = list(question.answers)
        value: str | int = "unknown" if index % 5 == 4 else codes[0] if index % 3 else codes[len(question.codes) - 1]
        if question.bands:
            value = 420
        if ENCRYPTED in question.bears:  # the claim that traffic refutes
            value = next(code for code in question.codes if question.bearing(ENCRYPTED, code) is Bearing.CONFIRMS)
        given[question.id] = Answer(value, by, NOW - timedelta(days=index % 7), note)
    return AnswerSet(INSTRUMENT.version, given)


def judged(
    given: AnswerSet, evidence: Iterable[Evidence] = (), settlements: Iterable[Settlement] = ()
) -> list[Judgement]:
    """The verdicts on all controls."""
    records = [*claims(INSTRUMENT, given, view(INSTRUMENT, given.values()).asked), *evidence]
    exempt = Exemption("vlan-mixed-modalities", "one scanner only", PLAIN, date(2026, 10, 1), date(2027, 3, 1))
    return [
        judge(
            control,
            TABLE,
            records,
            NOW,
            exemption=exempt if control.id == exempt.control else None,
            settlements=settlements,
        )
        for control in CATALOGUE.controls
    ]


def seen(control: str, name: str, kind: Kind, bearing: Bearing, text: str = "CT2") -> Evidence:
    """A record about a shipped control."""
    return Evidence(name, control, kind, bearing, text, text, NOW - timedelta(days=1), frozenset({text}), "ab" * 32)


def risks(judgements: list[Judgement], text: str = "") -> tuple[Risk, ...]:
    """A register: open, in treatment, accepted, lapsed, closed."""
    found = list(proposals(CATALOGUE, judgements, ()))[:5]
    found[0] = replace(found[0], owner=text or PLAIN, due=date(2026, 10, 1), number=1)
    found[1] = replace(found[1], state=RiskState.IN_TREATMENT, owner=PLAIN, due=date(2027, 1, 1), number=2)
    for index, until in ((2, date(2027, 6, 1)), (3, date(2026, 11, 23))):
        found[index] = replace(
            found[index],
            state=RiskState.ACCEPTED,
            accepted_by=text or "The director",
            accepted_until=until,
            rationale=text or "Reason.",
            number=1,
        )
    found[4] = replace(found[4], state=RiskState.CLOSED, rationale=text or "Done.", number=3)
    return tuple(found)


def beside_rows(hidden: bool = False) -> list[Beside]:
    """The published items beside ours, with a cohort of 20."""
    rows = []
    for item in PUBLISHED.items:
        tally = Tally(dict.fromkeys(item.counts, 0) | {next(iter(item.counts)): 17, "unknown": 3})
        figures = tuple(one for one in PUBLISHED.figures if one.question == item.question)
        rows.append(
            Beside(
                question=item.question,
                text=INSTRUMENT.by_id[item.question].text,
                ours=next(iter(item.counts)),
                at=NOW,
                cohort=None if hidden else tally,
                cohort_n=20,
                cohort_hidden="held back" if hidden else "",
                cohort_date=None if hidden else NOW,
                published=item,
                figures=figures,
            )
        )
    return rows


def report(text: str = "", at: datetime = NOW, **changed: Any) -> Report:
    """The report of the half-assessed hospital; with ``text``, its people and things are called that."""
    given = answers(text or PLAIN, text)
    extra = [
        seen(ENCRYPTED, "e1", Kind.TRAFFIC, Bearing.REFUTES, text or "CT2"),
        seen("topo-not-exposed", "e2", Kind.CHECK, Bearing.CONFIRMS, text or "scan"),
        seen("aud-central", "e3", Kind.CONFIGURATION, Bearing.REFUTES, text or "gateway"),
    ]
    settlements = (Settlement("e1", Outcome.DISPUTED, text or PLAIN, NOW - timedelta(hours=1), text),)
    judgements = judged(given, extra, settlements)
    inputs: dict[str, Any] = {
        "facility": text or "St. Elsewhere",
        "by": text or PLAIN,
        "at": at,
        "catalogue": CATALOGUE,
        "instrument": INSTRUMENT,
        "truth_table": TABLE,
        "published": PUBLISHED,
        "answers": given,
        "view": view(INSTRUMENT, given.values()),
        "judgements": judgements,
        "settlements": settlements,
        "words": {"e1": text or "CT2 opened a clear association"},
        "links": {"e1": "/events/w0-1-7", "e2": "https://evil.example/", "e3": "//evil.example"},
        "risks": risks(judgements, text),
        "beside": beside_rows(),
    }
    return build(**{**inputs, **changed})
