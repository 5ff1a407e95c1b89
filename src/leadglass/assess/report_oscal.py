"""The report as OSCAL assessment results. Never a finding for what nobody knows: that is an observation.

NIST OSCAL, model "assessment-results". There is no assessment plan in OSCAL behind a survey: the file says so where one
is to be named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid5

import msgspec

from leadglass.assess.control import Kind
from leadglass.assess.report import NAMESPACE, Report
from leadglass.assess.report_finding import Cited, Finding, Record
from leadglass.assess.report_parts import RiskRow
from leadglass.assess.risk import RiskState
from leadglass.assess.truth import Verdict

VERSION = "1.2.1"
"""Of OSCAL, as the reader that our tests ask has it."""

NAMES = "urn:leadglass:oscal:1"
"""Namespace of our properties."""

_STATES = {Verdict.MET: "satisfied", Verdict.NOT_MET: "not-satisfied", Verdict.PARTLY: "not-satisfied"}
_REASONS = {Verdict.MET: "pass", Verdict.NOT_MET: "fail", Verdict.PARTLY: "other"}
_METHODS = {
    Kind.SURVEY: "INTERVIEW",
    Kind.DOCUMENT: "EXAMINE",
    Kind.CONFIGURATION: "EXAMINE",
    Kind.TRAFFIC: "EXAMINE",
    Kind.CHECK: "TEST",
}
_STATUSES = {
    RiskState.OPEN: "open",
    RiskState.IN_TREATMENT: "remediating",
    RiskState.ACCEPTED: "deviation-approved",
    RiskState.CLOSED: "closed",
}

Object = dict[str, Any]
"""An object of the file; Any: JSON."""


def write(report: Report) -> bytes:
    """The file, JSON; the same report gives the same bytes."""
    document = {"assessment-results": _results(report)}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _results(report: Report) -> Object:
    plan, catalogue = _id(report, "no-plan"), _id(report, "catalogue")
    return {
        "uuid": _id(report, "document"),
        "metadata": {
            "title": report.title,
            "last-modified": report.at,
            "version": report.day.isoformat(),
            "oscal-version": VERSION,
            "parties": [{"uuid": _lasting(report, "party"), "type": "organization", "name": report.facility}],
            "remarks": " ".join(report.notes),
        },
        "import-ap": {"href": f"#{plan}", "remarks": "There is no assessment plan in OSCAL; see the resource."},
        "results": [_result(report, catalogue)],
        "back-matter": {
            "resources": [
                {
                    "uuid": plan,
                    "title": "No assessment plan",
                    "description": "The assessment is a survey with evidence from documents, configuration, traffic "
                    f"and checks. What is asked and judged is fixed by its questions ({report.instrument}) and its "
                    f"truth table ({report.truth_table}), not by a plan in OSCAL.",
                },
                {
                    "uuid": catalogue,
                    "title": "Controls of Leadglass",
                    "description": "The control ids in this file are those of Leadglass, whose reference lists them "
                    "with their statements and sources; they are not published as an OSCAL catalogue.",
                },
            ]
        },
    }


def _result(report: Report, catalogue: str) -> Object:
    standing = report.standing
    ranks = {gap.control: gap.rank for gap in report.gaps}
    risks: dict[str, list[RiskRow]] = {}
    for row in report.risks:
        risks.setdefault(row.risk.control, []).append(row)
    found: Object = {
        "uuid": report.id,
        "title": report.title,
        "description": " ".join(report.summary.lines),
        "start": report.at,
        "end": report.at,
        "props": [
            _prop("proven", str(standing.numerator)),
            _prop("known", str(standing.denominator)),
            _prop("claimed-only", str(standing.claimed)),
            _prop("unknown", str(standing.unknowns)),
            _prop("not-applicable", str(standing.not_applicable)),
        ],
        "reviewed-controls": {
            "description": "All controls of Leadglass.",
            "links": [{"href": f"#{catalogue}", "rel": "reference"}],
            "control-selections": [{"include-controls": [{"control-id": one.control} for one in report.findings]}],
        },
        "observations": [_observation(report, one) for one in report.findings],
        "risks": [_risk(report, row) for row in report.risks],
        "findings": [
            _finding(report, one, ranks.get(one.control), risks.get(one.control, ()))
            for one in report.findings
            if one.verdict in _STATES
        ],
        "remarks": standing.words,
    }
    return _filled(found)


def _observation(report: Report, one: Finding) -> Object:
    records = (*one.confirming, *one.refuting, *one.neutral, *one.stale)
    newest = max((record.seen for record in records), default=report.at)
    return _filled(
        {
            "uuid": _id(report, f"observation/{one.control}"),
            "title": one.title,
            "description": f"{one.verdict_words}: {one.because}",
            "props": [*_verdict(one), *_decisions(one)],
            "methods": sorted({_METHODS[record.kind] for record in records}) or ["UNKNOWN"],
            "types": ["control-objective"],
            "relevant-evidence": [_evidence(record) for record in records],
            "collected": newest,
            "remarks": _would_show(one),
        }
    )


def _would_show(one: Finding) -> str:
    return f"What would show it: {'; '.join(one.would_show)}"


def _verdict(one: Finding) -> list[Object]:
    found = [_prop("control", one.control), _prop("area", one.area), _prop("verdict", one.verdict.value)]
    if one.assurance is not None:
        found.append(_prop("assurance", one.assurance.value))
    return found


def _decisions(one: Finding) -> list[Object]:
    found = [_prop("settled", settled.words) for settled in one.settled]
    exemption = one.exemption
    if exemption is not None:
        words = f"{exemption.reason} ({exemption.approver}, to be reviewed by {exemption.review.isoformat()})"
        found.append(_prop("not-applicable-because", words))
    return found


def _evidence(record: Record) -> Object:
    props = [_prop("kind", record.kind.value), _prop("bearing", record.bearing.value)]
    if record.digest:
        props.append(_prop("sha256", record.digest))
    return _filled({"href": record.link, "description": record.line, "props": props})


def _finding(report: Report, one: Finding, rank: int | None, risks: Iterable[RiskRow]) -> Object:
    props = [*_verdict(one), *(_reference(cited) for cited in one.references)]
    if rank is not None:
        props += [
            _prop("gap-rank", str(rank)),
            _prop("effect", one.effect.value),
            _prop("effort", one.effort.value),
            _prop("recommendation", one.remedy),
        ]
    return _filled(
        {
            "uuid": _id(report, f"finding/{one.control}"),
            "title": one.title,
            "description": one.because,
            "props": props,
            "target": {
                "type": "objective-id",
                "target-id": one.control,
                "description": one.patients,
                "status": {
                    "state": _STATES[one.verdict],
                    "reason": _REASONS[one.verdict],
                    "remarks": one.verdict_words,
                },
            },
            "related-observations": [{"observation-uuid": _id(report, f"observation/{one.control}")}],
            "related-risks": [{"risk-uuid": _lasting(report, f"risk/{row.risk.id}")} for row in risks],
        }
    )


def _reference(cited: Cited) -> Object:
    return {**_prop("reference", cited.words), "class": cited.level.value}


def _risk(report: Report, row: RiskRow) -> Object:
    risk = row.risk
    until = risk.accepted_until if row.state is RiskState.ACCEPTED else risk.due
    known = {one.control for one in report.findings}
    party = {"actors": [{"type": "party", "actor-uuid": _lasting(report, "party")}]}
    facets = [
        _facet("likelihood", risk.likelihood, risk.likelihood_reason),
        _facet("impact", risk.impact, risk.impact_reason),
        {"name": "risk", "system": NAMES, "value": f"{row.score} of 25, {row.level.value}"},
    ]
    observations = [_id(report, f"observation/{risk.control}")] if risk.control in known else []
    return _filled(
        {
            "uuid": _lasting(report, f"risk/{risk.id}"),
            "title": risk.threat or risk.id,
            "description": risk.vulnerability or "not described",
            "statement": f"{risk.asset}: {risk.threat}".strip(),
            "props": _said(
                {
                    "control": risk.control,
                    "owner": risk.owner,
                    "state": row.state.value,
                    "accepted-by": risk.accepted_by,
                    "accepted-until": risk.accepted_until.isoformat() if risk.accepted_until is not None else "",
                    "rationale": risk.rationale,
                    "to-look-at": "; ".join(row.waits),
                }
            ),
            "status": _STATUSES[row.state],
            "characterizations": [{"origin": party, "facets": facets}],
            "deadline": _last_moment(until) if until is not None else None,
            "related-observations": [{"observation-uuid": one} for one in observations],
        }
    )


def _facet(name: str, value: int, reason: str) -> Object:
    return _filled({"name": name, "system": NAMES, "value": str(value), "remarks": reason})


def _last_moment(day: date) -> datetime:
    """A day's end, so that the day itself still counts."""
    return datetime.combine(day, time(23, 59, 59), UTC)


def _prop(name: str, value: str) -> Object:
    return {"name": name, "ns": NAMES, "value": value.strip()}


def _said(values: Mapping[str, str]) -> list[Object]:
    return [_prop(name, value) for name, value in values.items() if value]


def _filled(one: Object) -> Object:
    """Without what is empty: OSCAL leaves it out."""
    return {name: value for name, value in one.items() if value not in (None, "", [])}


def _id(report: Report, name: str) -> str:
    """An id of something in this report."""
    return str(uuid5(UUID(report.id), name))


def _lasting(report: Report, name: str) -> str:
    """An id that the same thing has in every report of the facility."""
    return str(uuid5(NAMESPACE, f"{report.facility}\n{name}"))
