"""The printed cohort as a file: nothing that was not printed leaves, nothing that does not fit comes in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.assess.data import INSTRUMENT

from bench import hospitals
from leadglass.assess.cohort_file import MAX_FILE, CohortFileError, read, write
from leadglass.assess.disclosure import Edition, Limits
from leadglass.assess.printed import PrintedCohort, printed, printing
from leadglass.assessor.cohort import drawing

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
RESPONSES = {one.id: one.codes for one in hospitals.contributions(INSTRUMENT, 120, seed=5)}
MADE: dict[str, Edition] = dict(printing(INSTRUMENT, RESPONSES, lambda _: (), Limits(), AT))


def cohort() -> PrintedCohort:
    return printed(INSTRUMENT, RESPONSES, lambda name: [MADE[name]] if name in MADE else [], Limits(), drawing)


FILE = write(cohort(), INSTRUMENT)


def changed(**values: Any) -> bytes:
    return json.dumps(json.loads(FILE) | values).encode()


def test_what_was_printed_comes_back_as_it_was() -> None:
    assert read(FILE, INSTRUMENT) == cohort()
    assert write(read(FILE, INSTRUMENT), INSTRUMENT) == FILE


def test_a_row_that_was_not_printed_leaves_with_its_n_alone() -> None:
    rows = [row for item in json.loads(FILE)["items"] for row in item["rows"]]
    hidden = [row for row in rows if row["counts"] is None]
    assert hidden
    assert len(hidden) < len(rows)
    assert all(row["at"] is None and row["held"] for row in hidden)


def test_no_hospital_is_named_in_it() -> None:
    assert not any(name in FILE.decode() for name in RESPONSES)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[1]",
        b"\xff\xfe",
        b" " * (MAX_FILE + 1),
        changed(format="leadglass-contribution-1"),
        changed(hospitals=-1),
        changed(note="St. Elsewhere"),
        changed(instrument="2999.1"),
        changed(items=[*json.loads(FILE)["items"], json.loads(FILE)["items"][0]]),
        changed(items=[json.loads(FILE)["items"][0] | {"question": "no-such-question"}]),
        changed(items=[json.loads(FILE)["items"][0] | {"rows": []}]),
    ],
)
def test_what_is_no_printed_cohort_is_refused_with_what_to_do(data: bytes) -> None:
    with pytest.raises(CohortFileError) as refused:
        read(data, INSTRUMENT)
    assert refused.value.message
    assert refused.value.hint


def test_counts_of_answers_that_the_question_does_not_have_are_refused() -> None:
    items = json.loads(FILE)["items"]
    row = next(row for item in items for row in item["rows"] if row["counts"])
    row["counts"]["sometimes"] = 4
    with pytest.raises(CohortFileError, match="not those of its question"):
        read(changed(items=items), INSTRUMENT)


def test_a_question_that_the_file_lacks_is_not_printed_yet() -> None:
    found = read(changed(items=json.loads(FILE)["items"][1:]), INSTRUMENT)
    first = next(iter(cohort().items))
    assert found.items[first].total.tally is None
    assert found.items[first].total.held == "not printed yet"
