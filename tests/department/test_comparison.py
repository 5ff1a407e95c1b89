"""The comparison itself: whatever is changed in a day, it says so, and only that."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.department.comparison import UNCOUNTED, Day, Outcome, counters, differences

QUERY = Outcome(("FF00", "FF00", "0000"), (), ('{"a": 1}', '{"a": 2}'))
MOVE = Outcome(("FF00", "0000"), ((1, 1, 0, 0), (-1, 2, 0, 0)))
COMMIT = Outcome(("0000",), reports=("on an association of PACS", "event type 1", "kept 1.2.3"))
DAY = Day(
    {"query": QUERY, "move": MOVE, "commit": COMMIT},
    {"PACS": {"1.2.3": "aa", "1.2.4": "bb"}, "WS1": {}},
    {"WS1": (("PACS", "WS1", "1.2.3", "WS1", "7"),)},
)


def with_outcome(step: str, outcome: Outcome) -> Day:
    return replace(DAY, outcomes={**DAY.outcomes, step: outcome})


def with_place(place: str, objects: dict[str, str]) -> Day:
    return replace(DAY, places={**DAY.places, place: objects})


PLANTED = {
    "a status": with_outcome("query", replace(QUERY, statuses=("FF00", "FF00", "A700"))),
    "the order of statuses": with_outcome("query", replace(QUERY, statuses=("FF00", "0000", "FF00"))),
    "a response fewer": with_outcome("query", replace(QUERY, responses=QUERY.responses[:1])),
    "a response's data set": with_outcome("query", replace(QUERY, responses=('{"a": 1}', '{"a": 3}'))),
    "a response twice": with_outcome("query", replace(QUERY, responses=(*QUERY.responses, '{"a": 2}'))),
    "a counter": with_outcome("move", replace(MOVE, counters=((1, 1, 0, 0), (-1, 1, 1, 0)))),
    "a counter that is not said": with_outcome("move", replace(MOVE, counters=((-1, 1, 0, 0), (-1, 2, 0, 0)))),
    "where a report came": with_outcome("commit", replace(COMMIT, reports=("here", *COMMIT.reports[1:]))),
    "a step more": with_outcome("another", MOVE),
    "an object missing": with_place("PACS", {"1.2.3": "aa"}),
    "an object more": with_place("WS1", {"1.2.3": "aa"}),
    "a byte of an object": with_place("PACS", {"1.2.3": "aa", "1.2.4": "bc"}),
    "a place more": with_place("WS2", {}),
    "an object sent twice": replace(DAY, received={"WS1": DAY.received["WS1"] * 2}),
    "who asked for an object": replace(DAY, received={"WS1": (("PACS", "WS1", "1.2.3", "WS2", "7"),)}),
    "a device more": replace(DAY, received={**DAY.received, "WS2": (("PACS", "WS2", "1.2.3", "", ""),)}),
}


def test_a_day_differs_in_nothing_from_itself() -> None:
    assert differences(DAY, replace(DAY)) == ()


@pytest.mark.parametrize("what", PLANTED)
def test_one_change_is_one_difference_in_either_direction(what: str) -> None:
    (there,) = differences(DAY, PLANTED[what])
    (back,) = differences(PLANTED[what], DAY)
    assert there != ""
    assert there.partition(":")[0] == back.partition(":")[0]


def test_every_difference_is_reported() -> None:
    changed = Day(
        {"query": replace(QUERY, statuses=("0000",), responses=()), "commit": COMMIT},
        {"PACS": {"1.2.4": "cc"}},
        {},
    )
    said = differences(DAY, changed)
    assert [line.partition(":")[0] for line in said] == ["move", "query", "query", "PACS", "PACS", "WS1", "WS1"]


def test_zero_counted_is_nothing_counted_and_a_count_is_a_count() -> None:
    assert counters([(-1, 0, 0, 0)]) == counters([UNCOUNTED]) == ()
    assert counters([(-1, 0, 1, 0)]) == ((-1, 0, 1, 0),)
    assert counters([(2, 1, 0, 0), UNCOUNTED]) == ((2, 1, 0, 0), UNCOUNTED)


@pytest.mark.parametrize(
    ("step", "status", "told"),
    [
        ("148 WS3 cancel-find PACS", "0000", 0),
        ("148 WS3 cancel-find PACS", "C001", 1),
        ("148 WS3 find PACS", "0000", 1),
    ],
)
def test_only_a_cancel_may_come_too_late(step: str, status: str, told: int) -> None:
    cancelled, other = (Day({step: Outcome((said,))}, {}, {}) for said in ("FE00", status))
    assert len(differences(cancelled, other)) == len(differences(other, cancelled)) == told
