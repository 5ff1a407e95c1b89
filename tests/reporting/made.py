"""A hospital's report made of shipped controls and invented answers: every verdict, hostile or plain words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from tests.assess.data import CATALOGUE, INSTRUMENT, PUBLISHED, TABLE

from leadglass.assess import report_json
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

AT = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
HOSTILE = '<b onclick="alert(1)">A</b>#read("/etc/passwd") $x$ *b* _i_ @ref \\include "x" \u202egnp.exe ]} {{ 7*7 }}'


def answers(by: Sequence[str] = ("a.visser", "j.deboer"), note: str = "") -> AnswerSet:
    """Two of three questions answered, in a way that gives every verdict."""
    given = {}
    for place, question in enumerate(INSTRUMENT.questions):
        if place % 3 == 2:
            continue
        codes = list(question.codes)
        value: str | int = codes[place % len(codes)] if question.form != "number" else 100 * (place + 1)
        who = by[place % len(by)]
        given[question.id] = Answer(value, who, AT - timedelta(days=place % 40), note if place % 5 == 0 else "")
    return AnswerSet(INSTRUMENT.version, given)


def judged(
    answered: AnswerSet, extra: Iterable[Evidence] = (), exemptions: dict[str, Exemption] | None = None
) -> list[Judgement]:
    asked = view(INSTRUMENT, answered.values()).asked
    evidence = [*claims(INSTRUMENT, answered, asked), *extra]
    decided = exemptions or {}
    return [judge(one, TABLE, evidence, AT, exemption=decided.get(one.id)) for one in CATALOGUE.controls]


def against(answered: AnswerSet, most: int = 3, source: str = "gateway gw-1", where: str = "") -> list[Evidence]:
    """Traffic and configuration that refute what answers claim, and configuration that confirms the rest."""
    found: list[Evidence] = []
    asked = view(INSTRUMENT, answered.values()).asked
    said = claims(INSTRUMENT, answered, asked)
    for control in CATALOGUE.controls:
        yes = any(one.control == control.id and one.bearing is Bearing.CONFIRMS for one in said)
        ground = control.ground(Kind.TRAFFIC)
        setting = control.ground(Kind.CONFIGURATION)
        if yes and ground is not None and ground.refutes and len(found) < most:
            found.append(
                Evidence(
                    f"plain:{control.id}", control.id, Kind.TRAFFIC, Bearing.REFUTES, source,
                    where or f"association w0-{len(found)}", AT - timedelta(hours=27), frozenset({"10.20.0.17"}),
                )
            )  # fmt: skip
        elif yes and setting is not None and setting.confirms:
            found.append(
                Evidence(
                    f"set:{control.id}", control.id, Kind.CONFIGURATION, Bearing.CONFIRMS, "leadglass.toml",
                    "line 12", AT - timedelta(days=2),
                )
            )  # fmt: skip
    return found


def compared(hidden: bool = False) -> list[Beside]:
    """All published items, beside a cohort of 40 hospitals or beside none that may be printed."""
    rows = []
    for item in PUBLISHED.items:
        question = INSTRUMENT.by_id[item.question]
        codes = list(question.answers)
        counts = {code: 18 if code == codes[0] else 11 for code in item.counts}
        figures = tuple(one for one in PUBLISHED.figures if one.question == item.question)
        ours = codes[item.row % 2] if item.row % 4 else None
        tally = Tally(counts)
        shown = None if hidden or item.row == 5 else tally
        rows.append(
            Beside(
                question=item.question,
                text=question.text,
                ours=ours,
                at=AT,
                cohort=shown,
                cohort_n=tally.n,
                cohort_hidden="" if shown else "few hospitals",
                cohort_date=AT,
                published=item,
                figures=figures,
            )
        )
    return rows


def report(
    facility: str = "St. Elsewhere",
    by: str = "a.visser",
    words: str = "CT2 at 10.20.0.17 opened an association without TLS on 23 November 2026 at 10:30",
    conflicts: int = 3,
    names: Sequence[str] = ("a.visser", "j.deboer"),
    note: str = "",
    previous: bytes | None = None,
    at: datetime = AT,
    risks: int = 3,
) -> Report:
    answered = answers(names, note)
    extra = against(answered, conflicts)
    outside = CATALOGUE.controls[-1].id
    exemptions = {
        outside: Exemption(outside, note or "No test system is kept.", by, date(2026, 10, 1), date(2027, 3, 1))
    }
    judgements = judged(answered, extra, exemptions)
    register = [
        replace(
            one,
            owner=by,
            rationale=note,
            due=date(2026, 11, 1 + place % 28),
            state=RiskState.ACCEPTED if place == 1 else RiskState.OPEN,
            accepted_by=by if place == 1 else "",
            accepted_until=date(2027, 1, 31) if place == 1 else None,
        )
        for place, one in enumerate(proposals(CATALOGUE, judgements, ())[:risks])
    ]
    more = [replace(register[0], id=f"r{number}") for number in range(max(0, risks - len(register)))]
    seen = [one for one in extra if one.kind is Kind.TRAFFIC]
    return build(
        facility=facility,
        by=by,
        at=at,
        catalogue=CATALOGUE,
        instrument=INSTRUMENT,
        truth_table=TABLE,
        published=PUBLISHED,
        answers=answered,
        view=view(INSTRUMENT, answered.values()),
        judgements=judgements,
        settlements=[
            Settlement(one.id, Outcome.DISPUTED, by, AT, note or "The device is a test device.") for one in seen[:1]
        ],
        words={one.id: words for one in seen},
        links={one.id: f"/associations?text={number}" for number, one in enumerate(seen)},
        risks=[*register, *more],
        beside=compared(),
        previous=previous,
    )


def before() -> bytes:
    """An earlier report in which more was claimed."""
    return report_json.write(report(conflicts=0, at=AT - timedelta(days=180)))


__all__ = ["AT", "HOSTILE", "Risk", "before", "report"]
