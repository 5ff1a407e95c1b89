"""Claims about what changed since an earlier report."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.assess import cases
from tests.assess.data import NOW

from leadglass.assess import report_json
from leadglass.assess.control import Assurance
from leadglass.assess.report import Report
from leadglass.assess.report_change import MAX_FILE
from leadglass.assess.report_parts import Change, Direction
from leadglass.assess.truth import Verdict

FIRST = cases.report(at=NOW - timedelta(days=30))
JUDGED = cases.judged(cases.answers())
NAME = "fw-pacs"


def since(previous: bytes, **changed: Any) -> Change:
    change = cases.report(previous=previous, **changed).change
    assert change is not None
    return change


def document(report: Report = FIRST) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(report_json.write(report))
    return found


def with_verdict(verdict: Verdict, assurance: Assurance | None) -> list[Any]:
    return [replace(one, verdict=verdict, assurance=assurance) if one.control == NAME else one for one in JUDGED]


def test_a_first_report_has_no_change_and_says_so() -> None:
    assert FIRST.change is None
    assert "first report" in FIRST.summary.lines[-1]


def test_the_same_hospital_has_not_moved() -> None:
    change = since(report_json.write(FIRST))
    assert (change.moved, change.appeared, change.gone) == ((), (), ())
    assert change.compared == len(FIRST.findings)
    assert (change.report, change.at) == (FIRST.id, FIRST.at)
    assert change.before == FIRST.standing.words
    assert change.words.startswith("Same questions")


_CLAIMED, _TESTED = Assurance.CLAIMED, Assurance.TESTED


@pytest.mark.parametrize(
    ("before", "now", "direction"),
    [
        ((Verdict.NOT_MET, _CLAIMED), (Verdict.MET, _CLAIMED), Direction.BETTER),
        ((Verdict.MET, _CLAIMED), (Verdict.MET, _TESTED), Direction.BETTER),
        ((Verdict.NOT_MET, _TESTED), (Verdict.PARTLY, _TESTED), Direction.BETTER),
        ((Verdict.MET, _TESTED), (Verdict.MET, _CLAIMED), Direction.WORSE),
        ((Verdict.MET, _CLAIMED), (Verdict.CONTRADICTED, _TESTED), Direction.WORSE),
        ((Verdict.UNKNOWN, None), (Verdict.NOT_MET, _TESTED), Direction.NOW_SEEN),
        ((Verdict.NOT_ASSESSED, None), (Verdict.MET, _CLAIMED), Direction.NOW_SEEN),
        ((Verdict.MET, _TESTED), (Verdict.STALE, _TESTED), Direction.NO_LONGER_SEEN),
        ((Verdict.NOT_MET, _CLAIMED), (Verdict.UNKNOWN, None), Direction.NO_LONGER_SEEN),
        ((Verdict.UNKNOWN, None), (Verdict.STALE, _TESTED), Direction.OTHER),
        ((Verdict.NOT_MET, _CLAIMED), (Verdict.NOT_MET, _TESTED), Direction.OTHER),
        ((Verdict.NOT_MET, _CLAIMED), (Verdict.NOT_APPLICABLE, None), Direction.OTHER),
    ],
)
def test_a_verdict_moves_in_a_direction_and_unknown_is_no_place_to_fall_from(
    before: tuple[Verdict, Assurance | None], now: tuple[Verdict, Assurance | None], direction: Direction
) -> None:
    previous = report_json.write(cases.report(judgements=with_verdict(*before)))
    (moved,) = since(previous, judgements=with_verdict(*now)).moved
    assert (moved.control, moved.direction) == (NAME, direction)
    assert moved.before.startswith(before[0].value)
    assert moved.now.startswith(now[0].value)


def test_the_worse_goes_before_what_is_neither() -> None:
    found = cases.report(previous=report_json.write(cases.report(judgements=JUDGED))).change
    assert found is not None
    order = [list(Direction).index(one.direction) for one in found.moved]
    assert order == sorted(order)
    assert found.moved


def test_controls_that_came_and_went_are_named_and_not_compared() -> None:
    earlier = document()
    earlier["findings"][0]["control"] = "gone-1"
    change = since(json.dumps(earlier).encode())
    assert change.gone == ("gone-1",)
    assert change.appeared == (FIRST.findings[0].title,)
    assert change.compared == len(FIRST.findings) - 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"instrument": "2025.3"}, "another version (2025.3, now"),
        ({"truth_table": 9}, "another truth table (9, now"),
        ({"format": "leadglass-report-0"}, "another format (leadglass-report-0"),
        ({"format": "leadglass-report-7", "more": {"a": []}}, "another format (leadglass-report-7"),
        ({"instrument": ""}, "not named"),
    ],
)
def test_a_report_of_another_version_is_compared_with_a_word_on_it(changed: dict[str, Any], words: str) -> None:
    change = since(json.dumps({**document(), **changed}).encode())
    assert words in change.words
    assert change.words.endswith("What differs may be due to that.")
    assert change.compared == len(FIRST.findings)


def test_of_an_earlier_format_verdicts_are_enough() -> None:
    rows = [{"control": NAME, "verdict": "fine"}, {"control": "fw-ris", "verdict": "met"}]
    change = since(json.dumps({"format": "leadglass-report-0", "findings": rows}).encode())
    assert change.compared == 2
    assert change.at is None
    assert {one.direction for one in change.moved if one.control == NAME} == {Direction.OTHER}


@pytest.mark.parametrize(
    "previous",
    [
        b"",
        b"no",
        b"\xff",
        b"[" * 100_000,
        b'{"format": "leadglass-answers-1", "findings": []}',
        b'{"format": "leadglass-report-1"}',
        b'{"format": "leadglass-report-1", "findings": [1]}',
        b'{"format": "leadglass-report-1", "findings": [], "at": "2026-01-01T00:00:00"}',
        b" " * (MAX_FILE + 1),
    ],
    ids=["empty", "text", "no-utf8", "deep", "answers", "bare", "row", "naive", "large"],
)
def test_what_cannot_be_read_is_said_and_nothing_is_compared(previous: bytes) -> None:
    report = cases.report(previous=previous)
    assert report.change is not None
    assert "could not be read" in report.change.words
    assert report.change.compared == 0
    assert report.change.words in report.summary.lines
    assert report_json.read(report_json.write(report)) == report


def test_hostile_text_of_the_earlier_report_is_made_plain() -> None:
    earlier = document()
    earlier["id"] = earlier["instrument"] = cases.HOSTILE.replace("\ud800", "")
    earlier["findings"][0] |= {"control": "<b>\x00", "verdict": "\x1b[31m"}
    earlier["findings"][1]["verdict"] = "\x1b[31m"
    change = since(json.dumps(earlier).encode())
    assert all(text.isprintable() for text in (change.report, change.instrument, change.words, *change.gone))
    assert all(one.before.isprintable() for one in change.moved)
