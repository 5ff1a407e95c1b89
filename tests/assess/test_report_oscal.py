"""Claims about the report as OSCAL that need no other program; `oscal/test_trestle.py` asks one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.assess import cases
from tests.assess.data import NOW

from leadglass.assess.report import Report
from leadglass.assess.report_oscal import write
from leadglass.assess.risk import Risk
from leadglass.assess.truth import Verdict


def results(report: Report) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(write(report))["assessment-results"]
    return found


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield name, one
            yield from walk(one)
    elif isinstance(value, list):
        for one in value:
            yield from walk(one)


def test_met_not_met_and_partly_are_findings_and_all_else_is_an_observation_alone() -> None:
    judged = cases.judged(cases.answers())
    verdicts = list(Verdict)
    mixed = [replace(one, verdict=verdicts[index % len(verdicts)]) for index, one in enumerate(judged)]
    report = cases.report(judgements=mixed)
    (result,) = results(report)["results"]
    findings = {one["target"]["target-id"]: one["target"]["status"] for one in result["findings"]}
    expected = {
        Verdict.MET: ("satisfied", "pass"),
        Verdict.NOT_MET: ("not-satisfied", "fail"),
        Verdict.PARTLY: ("not-satisfied", "other"),
    }
    assert {name: (one["state"], one["reason"]) for name, one in findings.items()} == {
        one.control: expected[one.verdict] for one in report.findings if one.verdict in expected
    }
    assert len(result["observations"]) == len(report.findings)


def test_every_id_is_a_uuid_of_version_5_and_stands_once() -> None:
    found = [one for name, one in walk(results(cases.report())) if name == "uuid"]
    assert {UUID(one).version for one in found} == {5}
    assert len(set(found)) == len(found)


def test_every_reference_inside_the_file_leads_somewhere() -> None:
    document = results(cases.report())
    known = {one for name, one in walk(document) if name == "uuid"}
    pointing = {one for name, one in walk(document) if name in {"observation-uuid", "risk-uuid", "actor-uuid"}}
    inner = {one.removeprefix("#") for name, one in walk(document) if name == "href" and one.startswith("#")}
    assert pointing <= known
    assert inner <= known
    assert len(inner) == 2


def test_the_same_risk_keeps_its_id_in_the_next_report_and_the_results_do_not() -> None:
    first, second = results(cases.report()), results(cases.report(at=NOW + timedelta(days=1)))
    assert first["uuid"] != second["uuid"]
    (one,), (other,) = first["results"], second["results"]
    assert {risk["uuid"] for risk in one["risks"]} == {risk["uuid"] for risk in other["risks"]}
    assert {find["uuid"] for find in one["findings"]}.isdisjoint(find["uuid"] for find in other["findings"])


def test_nothing_is_empty_and_no_text_breaks_what_oscal_allows() -> None:
    blank = Risk("r1", "aud-central", "", " ", "", 1, "", 1, "")
    for report in (cases.report(), cases.report(cases.HOSTILE), cases.report(" "), cases.report(risks=[blank])):
        for name, one in walk(results(report)):
            assert one not in (None, "", []), name
            if name in {"value", "title"}:
                assert re.fullmatch(r"\S(.*\S)?", one), name


def test_evidence_links_into_the_console_only() -> None:
    links = [one for name, one in walk(results(cases.report())) if name == "href"]
    assert "/events/w0-1-7" in links
    assert all(one.startswith(("/events/", "#")) for one in links)


def test_the_score_has_numerator_denominator_claims_and_unknowns() -> None:
    report = cases.report()
    (result,) = results(report)["results"]
    assert {prop["name"]: prop["value"] for prop in result["props"]} == {
        "proven": str(report.standing.numerator),
        "known": str(report.standing.denominator),
        "claimed-only": str(report.standing.claimed),
        "unknown": str(report.standing.unknowns),
        "not-applicable": str(report.standing.not_applicable),
    }


def test_a_hospital_without_risks_or_answers_leaves_out_what_is_empty() -> None:
    (result,) = results(cases.report(judgements=cases.judged(cases.answers())[:1], risks=(), beside=()))["results"]
    assert "risks" not in result
    assert len(result["observations"]) == 1
