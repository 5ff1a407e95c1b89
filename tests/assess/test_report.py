"""Claims about the report as one object."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assess import cases
from tests.assess.data import CATALOGUE, INSTRUMENT, NOW, PUBLISHED

from leadglass.assess import report_csv, report_json, report_markdown, report_oscal
from leadglass.assess.answers import AnswerSet
from leadglass.assess.branch import view
from leadglass.assess.control import Assurance, Kind, Level
from leadglass.assess.question import Bearing
from leadglass.assess.report import Report
from leadglass.assess.report_judged import MAX_RECORDS, inside
from leadglass.assess.risk import RiskState
from leadglass.assess.summary import Standing
from leadglass.assess.truth import Verdict

ROOT = Path(__file__).parents[2]
REPORT = cases.report()
RENDERINGS = (report_json.write, report_markdown.write, report_csv.write, report_oscal.write)


@pytest.mark.parametrize("write", RENDERINGS, ids=lambda write: write.__module__.rpartition("_")[2])
def test_the_same_input_gives_the_same_bytes(write: object) -> None:
    assert callable(write)
    for text in ("", cases.HOSTILE):
        assert write(cases.report(text)) == write(cases.report(text))
    assert write(REPORT) != write(cases.report(at=NOW + timedelta(seconds=1)))


def test_another_process_with_another_order_of_sets_writes_the_same_bytes() -> None:
    names = ("json", "markdown", "csv", "oscal")
    program = "\n".join(
        (
            "import hashlib",
            f"from leadglass.assess import {', '.join(f'report_{name}' for name in names)}",
            "from tests.assess import cases",
            f"for write in ({', '.join(f'report_{name}.write' for name in names)}):",
            "    print(hashlib.sha256(write(cases.report(cases.HOSTILE))).hexdigest())",
        )
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "src:.", "TZ": "Asia/Tokyo"}
        done = subprocess.run(
            (sys.executable, "-c", program), env=environment, capture_output=True, cwd=ROOT, check=True
        )
        assert done.stdout.decode().split() == [
            hashlib.sha256(write(cases.report(cases.HOSTILE))).hexdigest() for write in RENDERINGS
        ]


def test_the_id_names_the_content() -> None:
    assert REPORT.id == cases.report().id
    others = [cases.report(by="somebody else"), cases.report(at=NOW + timedelta(seconds=1)), cases.report(risks=())]
    assert len({REPORT.id, *(one.id for one in others)}) == 4


def test_every_control_is_found_once_and_the_counts_are_those_of_the_findings() -> None:
    assert [one.control for one in REPORT.findings] == [one.id for one in CATALOGUE.controls]
    standing, findings = REPORT.standing, REPORT.findings

    def number(*verdicts: Verdict) -> int:
        return sum(one.verdict in verdicts for one in findings)

    assert standing.met + standing.claimed == number(Verdict.MET)
    assert standing.claimed == sum(one.claimed_only for one in findings)
    assert standing.unknowns == number(Verdict.UNKNOWN, Verdict.STALE, Verdict.NOT_ASSESSED) == len(REPORT.unseen)
    assert standing.partly + standing.not_met + standing.contradicted == len(REPORT.gaps)
    assert standing.contradicted == len(REPORT.contradictions) == 1
    assert standing.not_applicable == 1
    assert standing.denominator + standing.unknowns + standing.not_applicable == len(findings)
    for name in ("met", "claimed", "partly", "not_met", "contradicted", "unknown", "stale", "not_assessed"):
        assert getattr(standing, name) == sum(getattr(area.counts, name) for area in REPORT.areas)


def test_no_score_stands_without_numerator_denominator_and_unknowns() -> None:
    for counts in (REPORT.standing, *(area.counts for area in REPORT.areas)):
        assert counts.words == (
            f"{counts.numerator} of {counts.denominator} proven, {counts.claimed} claimed only, "
            f"{counts.unknowns} unknown"
        )
    first, second = REPORT.summary.lines[:2]
    assert f"Of {REPORT.standing.denominator} measures" in first
    assert f"{REPORT.standing.numerator} are proven" in first
    assert f"About {REPORT.standing.unknowns} further measures" in second


def test_the_summary_names_what_to_do_first_in_the_order_of_the_gaps() -> None:
    assert REPORT.summary.first == tuple(gap.control for gap in REPORT.gaps[:5])
    assert any("All DICOM associations are encrypted" in line for line in REPORT.summary.lines)


def test_a_contradiction_stands_there_with_both_sides_their_words_links_and_what_was_said_of_it() -> None:
    one = REPORT.by_control[cases.ENCRYPTED]
    assert (one.verdict, one.assurance) == (Verdict.CONTRADICTED, Assurance.OBSERVED)
    claim = next(record for record in one.confirming if record.kind is Kind.SURVEY)
    assert claim.by == cases.PLAIN
    assert "encrypted" in claim.words
    (seen,) = one.refuting
    assert (seen.words, seen.link) == ("CT2 opened a clear association", "/events/w0-1-7")
    assert [settled.outcome.value for settled in one.settled] == ["disputed"]


@pytest.mark.parametrize(
    "link",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a b", "/a\n", "\t/a", ""],
)
def test_a_link_leads_nowhere_but_into_the_console(link: str) -> None:
    assert inside(link) == ""
    assert inside("/events/w0-1-7?a=b") == "/events/w0-1-7?a=b"


def test_links_from_outside_are_not_in_the_report() -> None:
    links = {record.id: record.link for one in REPORT.findings for record in (*one.confirming, *one.refuting)}
    assert links["e1"] == "/events/w0-1-7"
    assert links["e3"] == ""
    assert b"evil.example" not in report_json.write(REPORT)


def test_references_say_how_they_are_known_and_proposed_rules_stand_apart() -> None:
    for one in REPORT.findings:
        assert {reference.level for reference in one.law} <= {Level.REQUIRED, Level.ADDRESSABLE}
        assert {reference.level for reference in one.proposed} <= {Level.PROPOSED}
        assert {*one.law, *one.guidance, *one.proposed} == set(one.references)
    references = {reference.id: reference for one in REPORT.findings for reference in one.references}
    for name, reference in references.items():
        verified_on = CATALOGUE.reference(name).verified_on
        assert (reference.verified == "unverified") == (verified_on is None)
        assert reference.words.endswith(f"({reference.verified})")
    assert any(one.proposed for one in REPORT.findings)


def test_what_could_not_be_seen_says_what_would_show_it() -> None:
    for name in REPORT.unseen:
        one = REPORT.by_control[name]
        assert one.verdict in {Verdict.UNKNOWN, Verdict.STALE, Verdict.NOT_ASSESSED}
        assert one.would_show


def test_the_register_is_that_of_the_day() -> None:
    states = [row.state for row in REPORT.risks]
    assert sorted(states) == sorted(
        [RiskState.OPEN, RiskState.OPEN, RiskState.IN_TREATMENT, RiskState.ACCEPTED, RiskState.CLOSED]
    )
    assert states == sorted(states, key=list(RiskState).index)
    lapsed = next(row for row in REPORT.risks if row.risk.accepted_until == date(2026, 11, 23))
    assert lapsed.state is RiskState.OPEN
    assert any("the acceptance ended" in words for words in lapsed.waits)
    assert set(REPORT.unregistered) == {gap.control for gap in REPORT.gaps} - {row.risk.control for row in REPORT.risks}
    assert all(row.score == row.risk.likelihood * row.risk.impact for row in REPORT.risks)


def test_a_risk_of_a_control_that_is_no_more_stays_in_the_register_and_says_so() -> None:
    old = replace(REPORT.risks[0].risk, id="old", control="gone")
    (row,) = cases.report(risks=[old]).risks
    assert row.title == ""
    assert "this version has no such control" in row.waits


def test_the_comparison_has_each_n_and_date_and_no_hidden_row() -> None:
    shown = {one.published_row: one for one in REPORT.comparison}
    assert set(shown) == {item.row for item in PUBLISHED.items}
    for one in shown.values():
        assert sum(share.count for share in one.published) == one.published_n
        assert sum(share.count for share in one.cohort) == one.cohort_n == 20
        assert one.cohort_date == NOW.date()
        assert one.ours_text
        assert sum(share.percent for share in one.cohort) == 100
        assert all(share.low is not None and share.low <= share.percent + 1 for share in one.cohort)
    hidden = cases.report(beside=cases.beside_rows(hidden=True)).comparison
    assert all(one.cohort == () and one.cohort_hidden for one in hidden)


def test_a_row_that_is_said_to_be_hidden_is_hidden_although_its_tally_came_along() -> None:
    (first, *_) = cases.beside_rows()
    (one,) = cases.report(beside=[replace(first, cohort_hidden="held back")]).comparison
    assert one.cohort == ()
    assert one.cohort_hidden == "held back"


def test_the_profile_prints_numbers_with_their_unit_and_band_and_what_was_not_answered() -> None:
    values = {fact.question: fact.value for fact in REPORT.profile}
    assert values["beds"] == "420 beds (300 to 499)"
    empty = AnswerSet(INSTRUMENT.version, {})
    blank = cases.report(answers=empty, view=view(INSTRUMENT, {}))
    assert {fact.value for fact in blank.profile} == {"not answered"}
    assert blank.progress.unanswered == blank.progress.asked


def test_a_hospital_of_which_nothing_is_known_has_a_report_with_no_success_and_no_gap() -> None:
    empty = AnswerSet(INSTRUMENT.version, {})
    one = cases.report(
        answers=empty, view=view(INSTRUMENT, {}), judgements=cases.judged(empty), risks=(), settlements=()
    )
    assert (one.standing.numerator, one.standing.denominator) == (0, 0)
    assert one.standing.unknowns == len(CATALOGUE.controls) - 1
    assert one.gaps == ()
    for write in RENDERINGS:
        assert write(one)


def test_many_records_are_counted_and_the_newest_are_listed() -> None:
    records = [
        replace(cases.seen("aud-central", f"e{index:04}", Kind.CONFIGURATION, Bearing.REFUTES, f"host-{index:04}"),
                seen=NOW - timedelta(hours=1 + index))
        for index in range(1_000)
    ]  # fmt: skip
    one = cases.report(judgements=cases.judged(cases.answers(), records)).by_control["aud-central"]
    assert [record.id for record in one.refuting] == [f"e{index:04}" for index in range(MAX_RECORDS)]
    assert one.omitted == 1_000 - MAX_RECORDS


def test_the_day_is_that_of_the_facility_and_the_time_is_utc() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC).astimezone(ZoneInfo("Europe/Amsterdam"))
    one = cases.report(at=late)
    assert one.day == date(2026, 11, 25)
    assert one.at.utcoffset() == timedelta(0)
    assert one.at == late


def test_no_text_of_the_hostile_report_has_a_control_character_or_a_line_break() -> None:
    def texts(value: object) -> list[str]:
        if isinstance(value, str):
            return [value]
        if isinstance(value, tuple | list):
            return [text for one in value for text in texts(one)]
        names: Iterable[str] = getattr(value, "__struct_fields__", ()) or getattr(value, "__dataclass_fields__", ())
        return [text for name in names for text in texts(getattr(value, name))]

    found = texts(cases.report(cases.HOSTILE))
    assert len(found) > 1_000
    assert all(text.isprintable() for text in found)


@given(st.text(st.characters(codec=None), max_size=40))
@settings(deadline=None, max_examples=25)
def test_any_text_can_be_written_in_every_form_and_read_again(text: str) -> None:
    one = cases.report(text)
    assert report_json.read(report_json.write(one)) == one
    for write in RENDERINGS:
        write(one).decode("utf-8")


def test_the_counts_have_a_field_for_every_verdict() -> None:
    assert set(Standing.__slots__) <= set(REPORT.standing.__struct_fields__)


def test_a_facility_without_a_name_is_called_so() -> None:
    one: Report = cases.report(facility=" ")
    assert one.facility == "a hospital without a name"
