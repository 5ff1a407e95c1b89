"""Claims about the report as JSON."""

from __future__ import annotations

import json

import pytest
from tests.assess import cases

from leadglass.assess import report_json
from leadglass.assess.report_change import MAX_FILE
from leadglass.assess.report_json import ReportError


@pytest.mark.parametrize("text", ["", cases.HOSTILE], ids=["plain", "hostile"])
def test_what_is_read_back_is_the_same_object(text: str) -> None:
    first = cases.report(text)
    second = cases.report(text, previous=report_json.write(first))
    for one in (first, second):
        assert report_json.read(report_json.write(one)) == one
        assert report_json.write(report_json.read(report_json.write(one))) == report_json.write(one)


def test_the_file_can_be_read_by_a_person_and_any_json_parser() -> None:
    data = report_json.write(cases.report())
    document = json.loads(data)
    assert document["facility"] == "St. Elsewhere"
    assert document["standing"]["denominator"] > 0
    assert data.count(b"\n") > 1_000


def test_the_schema_names_every_field_of_the_file() -> None:
    schema = report_json.schema()
    report = schema["$defs"]["Report"]
    assert set(report["properties"]) == set(json.loads(report_json.write(cases.report())))
    assert report["additionalProperties"] is False


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no report"),
        (b"{}", "no report"),
        (b"[]", "no report"),
        (b"\xff\xfe", "no report"),
        (b"[" * 100_000, "no report"),
        (b'{"format": "leadglass-answers-1"}', "no report"),
        (b'{"format": "leadglass-report-1"}', "no report"),
        (b'{"format": "leadglass-report-2", "more": 1}', "leadglass-report-2"),
        (b" " * (MAX_FILE + 1), "larger"),
    ],
    ids=["empty", "object", "list", "no-utf8", "deep", "answers", "bare", "later", "large"],
)
def test_what_is_no_report_is_refused_with_a_hint(data: bytes, words: str) -> None:
    with pytest.raises(ReportError, match=words) as caught:
        report_json.read(data)
    assert caught.value.hint


def test_a_field_that_nobody_knows_is_refused() -> None:
    document = json.loads(report_json.write(cases.report()))
    with pytest.raises(ReportError, match="score"):
        report_json.read(json.dumps({**document, "score": 100}).encode())
