from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assess.data import INSTRUMENT

from leadglass.assess.cohort import Size, by_size, tallies
from leadglass.assess.strata import TOTAL, Row, Standing, counts, members, moved, tables

RESPONSES = {
    "a": {"sso": "yes", "beds": "under-100", "exams": "over-1m"},
    "b": {"sso": "unknown", "beds": "unknown"},
    "c": {"sso": "not-applicable", "beds": "under-100"},
    "d": {"beds": "under-100"},
    "e": {"sso": "perhaps"},
}


def test_a_table_leaves_out_what_is_no_answer() -> None:
    found = {question.id: table for question, table in tables(INSTRUMENT, RESPONSES)}
    assert found["sso"] == {"a": Standing("yes", "under-100", "over-1m"), "b": Standing("unknown")}
    assert list(found) == [question.id for question in INSTRUMENT.questions]


def test_a_table_folds_what_the_published_table_folds() -> None:
    name = "firewall-maintenance"
    responses = {"a": {name: "monthly"}, "b": {name: "quarterly"}}
    found = {question.id: table for question, table in tables(INSTRUMENT, responses)}[name]
    assert {standing.column for standing in found.values()} == {"monthly-or-quarterly"}


CODES = st.fixed_dictionaries(
    {},
    optional={
        "sso": st.sampled_from(["yes", "no", "unknown", "not-applicable"]),
        "beds": st.sampled_from(["under-100", "100-299", "unknown", "not-applicable"]),
        "exams": st.sampled_from(["under-50k", "over-1m", "unknown"]),
    },
)


@settings(max_examples=50, deadline=None)
@given(st.lists(CODES, max_size=20))
def test_rows_hold_what_the_tallies_say_and_each_size_adds_up_to_the_total(responses: list[dict[str, str]]) -> None:
    named = {str(index): response for index, response in enumerate(responses)}
    found = counts(next(table for question, table in tables(INSTRUMENT, named) if question.id == "sso"))
    assert dict(found[TOTAL]) == {code: n for code, n in tallies(INSTRUMENT, responses)["sso"].counts.items() if n}
    for size in Size:
        of_size = {row.band: cells for row, cells in found.items() if row.size is size}
        assert sum((cells for cells in of_size.values()), Counter()) == found[TOTAL]
        for band, tally in by_size(INSTRUMENT, responses, size)["sso"].items():
            assert of_size.get(band, Counter()).total() == tally.n


TABLES = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(Standing, st.sampled_from(["yes", "no"]), st.sampled_from(["", "s"]), st.sampled_from(["", "m"])),
)


def of(table: dict[str, Standing], row: Row) -> dict[str, str]:
    return {name: standing.column for name, standing in table.items() if row in standing.rows}


@settings(max_examples=200, deadline=None)
@given(TABLES, TABLES)
def test_joiners_and_leavers_are_those_of_each_row_and_a_changed_answer_is_both(
    before: dict[str, Standing], now: dict[str, Standing]
) -> None:
    joined, left = moved(before, now)
    numbers = members(before), members(now)
    for row in {TOTAL, *counts(before), *counts(now)}:
        was, here = of(before, row), of(now, row)
        assert joined.get(row, Counter()) == Counter(c for name, c in here.items() if was.get(name) != c)
        assert left.get(row, Counter()) == Counter(c for name, c in was.items() if here.get(name) != c)
        if was and here:
            assert (numbers[0][row] == numbers[1][row]) == (was == here)
