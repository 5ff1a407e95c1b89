"""Goals, required rows, medians."""

from __future__ import annotations

import pytest
from bench.rows import GATEWAY, Goal, Row, median, missing, paired, row


@pytest.mark.parametrize(
    ("goal", "figure", "met"),
    [
        (Goal("ratio", "at least", 10), 10.0, True),
        (Goal("ratio", "at least", 10), 9.999, False),
        (Goal("ratio", "at most", 0.95), 0.95, True),
        (Goal("ratio", "at most", 0.95), 0.9501, False),
        (Goal("value", "under", 1), 1.0, False),
        (Goal("value", "under", 1), 0.999, True),
    ],
)
def test_a_goal_is_judged_at_its_bound(goal: Goal, figure: float, met: bool) -> None:
    assert goal.met(figure) is met


def test_a_row_is_judged_by_what_its_goal_names() -> None:
    assert Row("w", 5.0, "1/s", ratio=0.5, goal=Goal("ratio", "at least", 1)).met is False
    assert Row("w", 5.0, "1/s", ratio=0.5, goal=Goal("value", "at least", 1)).met is True


def test_a_goal_for_a_ratio_that_is_not_there_is_missed() -> None:
    assert Row("w", 5.0, "1/s", goal=Goal("ratio", "at least", 1)).met is False


def test_a_row_without_a_goal_is_not_judged() -> None:
    assert row("fsync p50", 0.1, "ms").met is None
    assert row("CPU per GB, 16 KiB PDUs", 0.1, "s/GB", ratio=9.0, judged=False).met is None


def test_missing_names_each_required_row_that_is_absent() -> None:
    rows = [row(name, 1.0, "1") for name in GATEWAY if not name.startswith("fsync")]
    assert missing(rows) == ["fsync p50", "fsync p99"]


def test_the_goals_are_those_of_the_issue() -> None:
    goals = {name: str(goal) for name, goal in GATEWAY.items() if goal}
    assert goals["stock DCMTK store, 16 KiB PDUs"] == "ratio ≥ 10"
    assert goals["DCMTK store, TCP_NODELAY, 16 KiB PDUs"] == "ratio ≥ 0.9"
    assert goals["CPU per GB, 16 KiB PDUs"] == "ratio ≤ 0.95"
    assert goals["CPU per GB, 128 KiB PDUs"] == "ratio ≤ 0.8"
    assert goals["C-ECHO associations, 32 at a time"] == "ratio ≥ 0.6"
    assert goals["C-ECHO p50, open association"] == "ratio ≤ 2"
    assert goals["memory of an idle association, both legs"] == "value ≤ 64"
    assert goals["instances a second against pynetdicom store-and-forward"] == "ratio ≥ 20"
    assert goals["added delay of a C-STORE, p99"] == "value < 1"
    for retrieve in ("C-FIND, 1,000 responses", "C-MOVE, 300 instances", "C-GET, 300 instances"):
        assert goals[retrieve] == "ratio ≥ 0.9"


def test_paired_is_the_median_of_the_rounds_ratios_not_the_ratio_of_medians() -> None:
    assert paired([1.0, 8.0, 9.0], [1.0, 2.0, 9.0]) == 1.0
    assert median([4.0, 1.0, 3.0, 2.0]) == 2.5
    with pytest.raises(ValueError, match="nothing"):
        median([])
