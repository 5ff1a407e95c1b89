from __future__ import annotations

import itertools
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assess.data import INSTRUMENT

from leadglass.assess.tally import Z_95, Tally, columns, folded, wilson

COUNTS = st.lists(st.integers(0, 200), min_size=1, max_size=6)


@given(COUNTS)
def test_percentages_add_up_and_are_near_the_shares(counts: list[int]) -> None:
    tally = Tally({str(index): count for index, count in enumerate(counts)})
    if tally.n == 0:
        assert tally.percentages == {}
        return
    assert sum(tally.percentages.values()) == 100
    for code, count in tally.counts.items():
        assert abs(tally.percentages[code] - 100 * count / tally.n) < 1


@given(COUNTS)
def test_more_answers_never_get_a_smaller_percentage(counts: list[int]) -> None:
    tally = Tally({str(index): count for index, count in enumerate(counts)})
    for (less, small), (more, large) in itertools.product(tally.counts.items(), repeat=2):
        if small < large:
            assert tally.percentages[less] <= tally.percentages[more]


def test_ties_go_to_the_earlier_column() -> None:
    assert Tally({"yes": 36, "no": 1, "unknown": 1}).percentages == {"yes": 95, "no": 3, "unknown": 2}
    assert Tally({"yes": 1, "no": 1, "unknown": 1}).percentages == {"yes": 34, "no": 33, "unknown": 33}


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_wilson_interval_is_where_the_score_test_does_not_reject(case: tuple[int, int]) -> None:
    count, n = case
    found = wilson(count, n)
    assert found is not None
    share = count / n
    assert 0 <= found.low <= share <= found.high <= 1
    for bound in (found.low, found.high):
        if 0 < bound < 1:  # its ends solve |share - p| = z sqrt(p (1 - p) / n)
            assert abs(share - bound) == pytest.approx(Z_95 * sqrt(bound * (1 - bound) / n), rel=1e-9)


def test_a_wilson_interval_that_is_printed_in_textbooks() -> None:
    found = wilson(1, 10)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (0.0179, 0.4042)


def test_without_answers_there_is_no_interval() -> None:
    assert wilson(0, 0) is None
    assert Tally({"yes": 0, "no": 0}).interval("yes") is None


def test_none_of_ten_is_not_surely_none() -> None:
    found = Tally({"yes": 0, "no": 10}).interval("yes")
    assert found is not None
    assert (found.low, round(found.high, 3)) == (0.0, 0.278)


def test_not_applicable_and_skipped_leave_n_and_unknown_stays() -> None:
    tally = folded(INSTRUMENT.by_id["sso"], {"yes": 3, "no": 2, "unknown": 1, "not-applicable": 7})
    assert (tally.n, tally.counts) == (6, {"yes": 3, "no": 2, "unknown": 1})


def test_partly_is_a_column_where_it_is_offered() -> None:
    assert list(columns(INSTRUMENT.by_id["dicom-encrypted"]).values()) == ["yes", "partly", "no", "unknown"]
    assert list(columns(INSTRUMENT.by_id["sso"]).values()) == ["yes", "no", "unknown"]


def test_maintenance_folds_monthly_and_quarterly() -> None:
    given_codes = {"daily": 21, "weekly": 6, "monthly": 4, "quarterly": 2, "less-often": 0, "not-applicable": 5}
    tally = folded(INSTRUMENT.by_id["firewall-maintenance"], given_codes)
    assert tally.counts == {"daily": 21, "weekly": 6, "monthly-or-quarterly": 6, "less-often": 0, "unknown": 0}
    assert tally.n == 33
    assert [tally.percentages[code] for code in ("daily", "weekly", "monthly-or-quarterly")] == [64, 18, 18]


def test_numbers_are_counted_by_band() -> None:
    tally = folded(INSTRUMENT.by_id["beds"], {"under-100": 1, "over-1000": 2})
    assert (tally.n, next(iter(tally.counts)), tally.counts["over-1000"]) == (3, "under-100", 2)
