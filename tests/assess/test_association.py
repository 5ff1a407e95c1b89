from __future__ import annotations

import itertools
from collections import Counter
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadglass.assess.association import MAX_PERMUTATIONS, Draw, associate, surplus, table
from leadglass.assess.tally import Tally

TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 6), min_size=width, max_size=width), min_size=1, max_size=4)
)


def pairs(counts: list[list[int]]) -> list[tuple[int, int]]:
    """Each hospital as (band, answer)."""
    return [(band, answer) for band, row in enumerate(counts) for answer, count in enumerate(row) for _ in range(count)]


def surplus_by_pairs(hospitals: list[tuple[int, int]]) -> int:
    return sum(
        ((a[0] > b[0]) - (a[0] < b[0])) * ((a[1] > b[1]) - (a[1] < b[1]))
        for a, b in itertools.combinations(hospitals, 2)
    )


def draw(seed: int = 1) -> Draw:
    return np.random.default_rng(seed).hypergeometric


@settings(max_examples=100, deadline=None)
@given(TABLES)
def test_tau_is_its_definition_over_pairs(counts: list[list[int]]) -> None:
    hospitals = pairs(counts)
    assert list(surplus(np.array([counts, counts]))) == [surplus_by_pairs(hospitals)] * 2
    n = len(hospitals)
    ties = [
        sum(count * (count - 1) // 2 for count in Counter(side).values())
        for side in ([a for a, _ in hospitals], [b for _, b in hospitals])
    ]
    total = n * (n - 1) // 2
    scale = sqrt((total - ties[0]) * (total - ties[1]))
    found = associate(counts, draw(), 1)
    if scale == 0:
        assert found is None
    else:
        assert found is not None
        assert found.n == n
        assert found.tau == pytest.approx(surplus_by_pairs(hospitals) / scale)
        assert -1 <= found.tau <= 1


def test_larger_hospitals_that_say_yes_give_one_and_smaller_ones_minus_one() -> None:
    up, down = [[9, 0, 0], [0, 0, 9]], [[0, 0, 9], [9, 0, 0]]
    for counts, tau in ((up, 1), (down, -1)):
        found = associate(counts, draw())
        assert found is not None
        assert found.tau == tau
        assert found.p == 1 / 1000, "the observed table is counted"


@pytest.mark.parametrize(
    "counts",
    [
        [[3, 0, 0], [0, 0, 3]],
        [[4, 0, 0], [1, 0, 2]],
        [[1, 0, 2], [2, 0, 0], [0, 1, 1]],
        [[0, 2, 1], [0, 0, 4]],
        [[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 0, 4]],
    ],
)
def test_the_p_is_near_that_of_all_permutations(counts: list[list[int]]) -> None:
    hospitals = pairs(counts)
    bands = [band for band, _ in hospitals]
    observed = abs(surplus_by_pairs(hospitals))
    far = [
        abs(surplus_by_pairs(list(zip(bands, answers, strict=True)))) >= observed
        for answers in itertools.permutations([answer for _, answer in hospitals])
    ]
    found = associate(counts, draw(), 10_000)
    assert found is not None
    assert found.p == pytest.approx(sum(far) / len(far), abs=0.015)


def test_a_seed_decides_the_p() -> None:
    counts = [[5, 2, 3], [2, 2, 6]]
    assert associate(counts, draw(3)) == associate(counts, draw(3))


def test_large_tables_are_drawn_too() -> None:
    found = associate([[4_000, 0, 1_000], [3_900, 0, 1_100]], draw(), 99)
    assert found is not None
    assert found.p < 0.1


def test_where_nothing_differs_there_is_no_association() -> None:
    for counts in ([], [[0, 0, 0]], [[3, 0, 0], [2, 0, 0]], [[1, 1, 1], [0, 0, 0]]):
        assert associate(counts, draw()) is None


@pytest.mark.parametrize("permutations", [0, MAX_PERMUTATIONS + 1])
def test_the_number_of_permutations_is_bounded(permutations: int) -> None:
    with pytest.raises(ValueError, match="permutations"):
        associate([[1, 0, 0], [0, 0, 1]], draw(), permutations)


def test_i_do_not_know_is_left_out_and_partly_lies_between() -> None:
    bands = {"small": Tally({"yes": 1, "partly": 2, "no": 3, "unknown": 9}), "large": Tally({"yes": 4, "no": 5})}
    assert table(bands) == [[3, 2, 1], [5, 0, 4]]
