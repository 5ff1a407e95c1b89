from __future__ import annotations

import itertools

import msgspec
import pytest
from tests.assess.data import INSTRUMENT, PUBLISHED

from leadglass.assess import published as module
from leadglass.assess.published import Item
from leadglass.assess.tally import Tally

TABLE_1 = {
    1: (38, 94, 3, 3),
    2: (31, 0, 71, 29),
    3: (38, 26, 50, 24),
    4: (38, 24, 50, 26),
    5: (37, 41, 27, 32),
    6: (33, 64, 18, 18),  # daily, weekly, monthly or quarterly
    7: (37, 62, 16, 22),
    8: (37, 32, 14, 54),
    9: (38, 47, 19, 34),
    10: (35, 86, 8, 6),
    11: (33, 36, 64, 0),
    12: (29, 66, 24, 10),
    13: (29, 55, 35, 10),
    14: (33, 6, 45, 49),
    15: (33, 70, 12, 18),
    16: (35, 43, 14, 43),
    17: (35, 23, 66, 11),
}
ITEMS = {item.row: item for item in PUBLISHED.items}


@pytest.mark.parametrize("row", sorted(set(TABLE_1) - {1}))
def test_the_counts_give_the_percentages_of_table_1(row: int) -> None:
    item = ITEMS[row]
    assert (item.n, *item.tally.percentages.values()) == TABLE_1[row]
    assert item.percentages == {}


@pytest.mark.parametrize("row", sorted(set(TABLE_1) - {1}))
def test_no_other_counts_give_them(row: int) -> None:
    n, *printed = TABLE_1[row]
    solutions = [
        (first, second, n - first - second)
        for first, second in itertools.product(range(n + 1), repeat=2)
        if first + second <= n
        and list(Tally({"a": first, "b": second, "c": n - first - second}).percentages.values()) == printed
    ]
    assert solutions == [tuple(ITEMS[row].counts.values())]


def test_the_first_row_is_the_articles_own_inconsistency_and_shown_as_such() -> None:
    item = ITEMS[1]
    assert tuple(item.counts.values()) == (36, 1, 1)
    assert tuple(item.tally.percentages.values()) == (95, 3, 2)
    assert tuple(item.percentages.values()) == (94, 3, 3)
    assert tuple(Tally({"yes": 35, "no": 1, "unknown": 1}).percentages.values()) == (94, 3, 3)
    assert "37" in item.note


def test_the_blank_cell_of_dial_up_is_marked() -> None:
    assert ITEMS[11].blank == ("unknown",)
    assert "read as 0" in ITEMS[11].note


def test_the_figure_of_2005_stands_beside_and_not_in_the_table() -> None:
    (figure,) = PUBLISHED.figures
    assert (figure.year, figure.question, figure.code, figure.percent) == (2005, "firewall-ris", "no", 90)
    assert ITEMS[2].counts == {"yes": 0, "no": 22, "unknown": 9}


def test_the_results_are_sound() -> None:
    assert module.faults(PUBLISHED, INSTRUMENT) == []


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"question": "sso"}, "does not keep it"),
        ({"n": 39}, "do not add up"),
        ({"counts": {"yes": 36, "no": 1, "perhaps": 1}}, "no answer 'perhaps'"),
        ({"row": 2}, "rows are not 1 to 17"),
    ],
)
def test_a_fault_of_the_results_is_named(fields: dict[str, object], fault: str) -> None:
    items: tuple[Item, ...] = (msgspec.structs.replace(PUBLISHED.items[0], **fields), *PUBLISHED.items[1:])
    found = module.faults(msgspec.structs.replace(PUBLISHED, items=items), INSTRUMENT)
    assert any(fault in one for one in found)
