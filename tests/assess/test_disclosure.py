from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadglass.assess.cohort import Size
from leadglass.assess.disclosure import MAX_EDITIONS, Edition, Hidden, Limits, bounds, decide, news
from leadglass.assess.strata import TOTAL, Row, Standing, Table, counts

CODES = ("yes", "no", "unknown")
SMALL, LARGE, NONE = Row(Size.BEDS, "small"), Row(Size.BEDS, "large"), Row(Size.BEDS)
FEW, MANY, UNSIZED = Row(Size.EXAMS, "few"), Row(Size.EXAMS, "many"), Row(Size.EXAMS)
LIMITS = Limits()


def table(hospitals: Sequence[tuple[Row, Row, str]]) -> dict[str, Standing]:
    """Hospitals, each with its beds, its exams and its answer."""
    return {f"h{index}": Standing(code, beds.band, exams.band) for index, (beds, exams, code) in enumerate(hospitals)}


def group(beds: Row, yes: int, no: int, unknown: int = 0, exams: Row = UNSIZED) -> list[tuple[Row, Row, str]]:
    counts = zip(CODES, (yes, no, unknown), strict=True)
    return [(beds, exams, code) for code, count in counts for _ in range(count)]


def shown(decided: dict[Row, Hidden | None]) -> set[Row]:
    return {row for row, hidden in decided.items() if hidden is None}


@pytest.mark.parametrize(
    ("counts", "fault"),
    [
        ({"yes": 5, "no": 4}, Hidden.FEW),
        ({"yes": 8, "no": 2}, Hidden.SMALL_CELL),
        ({"yes": 10, "no": 0}, Hidden.ONE_ANSWER),
        ({"yes": 7, "no": 3, "unknown": 0}, None),
        ({}, Hidden.FEW),
    ],
)
def test_a_row_passes_both_numbers_and_has_two_answers(counts: dict[str, int], fault: Hidden | None) -> None:
    assert LIMITS.fault(counts) is fault


def test_both_numbers_are_settings() -> None:
    made = table([*group(SMALL, 2, 2), *group(LARGE, 3, 2)])
    assert shown(decide(made, CODES)) == set()
    assert shown(decide(made, CODES, limits=Limits(hospitals=4, cell=2))) == {TOTAL, SMALL, LARGE, UNSIZED}


def test_rows_that_pass_are_printed_when_nothing_is_hidden() -> None:
    made = table([*group(SMALL, 5, 5), *group(LARGE, 6, 6)])
    assert shown(decide(made, CODES)) == {TOTAL, SMALL, LARGE, UNSIZED}


def test_a_small_stratum_is_not_given_away_by_the_total_and_the_other() -> None:
    made = table([*group(SMALL, 1, 1), *group(LARGE, 6, 6)])
    decided = decide(made, CODES)
    assert decided[SMALL] is Hidden.FEW
    assert decided[LARGE] is Hidden.WOULD_TELL
    assert decided[TOTAL] is None


def test_hospitals_of_unknown_size_are_a_hidden_row() -> None:
    made = table([*group(SMALL, 5, 5), *group(LARGE, 6, 6), *group(NONE, 1, 0)])
    decided = decide(made, CODES)
    assert decided[NONE] is Hidden.FEW
    assert shown(decided) == {LARGE, TOTAL, UNSIZED}, "two hidden rows beside each other keep their secret"


def test_an_answer_that_nobody_gave_is_no_secret_and_an_empty_stratum_none_either() -> None:
    made = table(group(SMALL, 5, 5))
    assert decide(made, CODES)[TOTAL] is None
    assert decide(made, CODES)[SMALL] is None


BEFORE = table([*group(SMALL, 5, 5), *group(LARGE, 6, 6)])


def later(*joined: tuple[Row, Row, str]) -> dict[str, Standing]:
    return table([*group(SMALL, 5, 5), *group(LARGE, 6, 6), *joined])


def test_a_row_is_printed_again_when_nothing_changed() -> None:
    printed = [Edition(BEFORE, frozenset({TOTAL, SMALL, LARGE, UNSIZED}))]
    assert shown(decide(BEFORE, CODES, printed)) == {TOTAL, SMALL, LARGE, UNSIZED}


def test_one_that_joins_is_not_given_away_by_the_difference() -> None:
    printed = [Edition(BEFORE, frozenset({TOTAL}))]
    now = later(*group(LARGE, 1, 0))
    assert decide(now, CODES, printed)[TOTAL] is Hidden.LITTLE_CHANGED
    assert decide(now, CODES)[TOTAL] is None, "without the earlier printing it may be"


def test_enough_that_join_may_be_seen() -> None:
    printed = [Edition(BEFORE, frozenset({TOTAL}))]
    assert decide(later(*group(LARGE, 6, 6)), CODES, printed)[TOTAL] is None


def test_a_changed_answer_joins_and_leaves() -> None:
    now = {**BEFORE, "h0": BEFORE["h0"]._replace(column="no")}
    assert decide(now, CODES, [Edition(BEFORE, frozenset({TOTAL}))])[TOTAL] is Hidden.LITTLE_CHANGED


def test_those_who_change_to_an_answer_pass_both_numbers_too() -> None:
    """Twelve leave their answers in a way that passes; one of them alone comes to another."""
    then = table([*group(LARGE, 10, 10, 5)])
    names = {code: [name for name, standing in then.items() if standing.column == code] for code in CODES}
    becomes = {
        **dict.fromkeys(names["yes"][:6], "no"),
        **dict.fromkeys(names["no"][:5], "yes"),
        names["no"][5]: "unknown",
    }
    now = {name: standing._replace(column=becomes.get(name, standing.column)) for name, standing in then.items()}
    assert decide(now, CODES, [Edition(then, frozenset({TOTAL}))])[TOTAL] is Hidden.LITTLE_CHANGED


def test_what_was_told_before_hides_nothing_more() -> None:
    made = table([*group(SMALL, 1, 0), *group(LARGE, 6, 6)])
    assert shown(decide(made, CODES, [Edition(made, frozenset({TOTAL, LARGE}))])) == {TOTAL, LARGE, UNSIZED}


def test_every_earlier_printing_counts_and_not_the_last_alone() -> None:
    middle, now = later(*group(LARGE, 6, 6)), later(*group(LARGE, 6, 6), *group(SMALL, 5, 6))
    printed = [Edition(BEFORE, frozenset({TOTAL})), Edition(middle, frozenset({TOTAL}))]
    assert decide(now, CODES, printed)[TOTAL] is None
    almost = later(*group(LARGE, 6, 6), *group(SMALL, 0, 1))
    assert decide(almost, CODES, printed)[TOTAL] is Hidden.LITTLE_CHANGED


def test_what_was_printed_and_has_not_changed_is_known_and_hides_others() -> None:
    """LARGE was printed and is as it was; with the total, it would tell the one hospital of SMALL."""
    now = table([*group(SMALL, 1, 0), *group(LARGE, 6, 6)])
    decided = decide(now, CODES, [Edition(now, frozenset({LARGE}))])
    assert decided[TOTAL] is Hidden.WOULD_TELL


def test_an_earlier_table_is_not_told_by_a_row_of_today() -> None:
    """Then, B kept A's secret; today B would be printed alone, unchanged, and tell A as it was."""
    a, b, c = SMALL, LARGE, NONE
    then = table([*group(a, 1, 1), *group(b, 5, 5), *group(c, 6, 6)])
    first = decide(then, CODES)
    assert first[a] is Hidden.FEW
    assert first[b] is Hidden.WOULD_TELL
    assert first[TOTAL] is first[c] is None
    edition = Edition(then, frozenset(shown(first)))
    today = table([*group(a, 1, 1), *group(b, 5, 5), *group(c, 6, 7)])
    decided = decide(today, CODES, [edition])
    assert decided[TOTAL] is decided[c] is Hidden.LITTLE_CHANGED
    assert decided[b] is Hidden.WOULD_TELL


def fill(sizes: Sequence[int], width: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every way to fill rows of these sizes."""
    ways = [
        [cells for cells in itertools.product(range(size + 1), repeat=width) if sum(cells) == size] for size in sizes
    ]
    return itertools.product(*ways)


def possible(counts: dict[Row, list[int]], known: set[Row]) -> list[dict[Row, tuple[int, ...]]]:
    """Every table a reader cannot tell from this one: same n everywhere, same known rows, both sizes add up."""
    width = len(counts[TOTAL])
    beds = [row for row in counts if row.size is Size.BEDS]
    exams = [row for row in counts if row.size is Size.EXAMS]
    found = []
    for left in fill([sum(counts[row]) for row in beds], width):
        total = tuple(map(sum, zip(*left, strict=True)))
        for right in fill([sum(counts[row]) for row in exams], width):
            if tuple(map(sum, zip(*right, strict=True))) != total:
                continue
            one = {**dict(zip(beds, left, strict=True)), **dict(zip(exams, right, strict=True)), TOTAL: total}
            if all(list(one[row]) == counts[row] for row in known):
                found.append(one)
    return found


TINY = st.lists(
    st.tuples(st.sampled_from([SMALL, LARGE, NONE]), st.sampled_from([FEW, MANY]), st.sampled_from(CODES[:2])),
    min_size=1,
    max_size=5,
)


def counted(made: Table) -> dict[Row, list[int]]:
    return {row: [found[code] for code in CODES[:2]] for row, found in counts(made).items()}


def members(made: Table, row: Row) -> dict[str, str]:
    return {name: standing.column for name, standing in made.items() if row in standing.rows}


@settings(max_examples=150, deadline=None)
@given(TINY, st.sets(st.sampled_from([TOTAL, SMALL, LARGE, FEW, MANY])))
def test_bounds_are_those_of_all_tables_a_reader_can_imagine(
    hospitals: list[tuple[Row, Row, str]], known: set[Row]
) -> None:
    cells = counted(table(hospitals))
    known &= set(cells)
    worlds = possible(cells, known)
    assert worlds
    for row in set(cells) - known:
        for column in range(2):
            found = [one[row][column] for one in worlds]
            assert bounds(cells, row, column, known) == (min(found), max(found))


@settings(max_examples=150, deadline=None)
@given(TINY)
def test_no_hidden_cell_follows_from_what_is_printed(hospitals: list[tuple[Row, Row, str]]) -> None:
    made = table(hospitals)
    printed = shown(decide(made, CODES[:2], limits=Limits(hospitals=2, cell=1)))
    cells = counted(made)
    worlds = possible(cells, printed)
    for row in set(cells) - printed:
        for column in range(2):
            if TOTAL in printed and cells[TOTAL][column] == 0:
                continue
            assert len({one[row][column] for one in worlds}) > 1, (row, column)


@settings(max_examples=100, deadline=None)
@given(TINY, TINY, st.lists(st.sampled_from(CODES[:2]), min_size=1, max_size=5))
def test_no_hidden_cell_follows_from_all_that_was_ever_printed(
    first: list[tuple[Row, Row, str]], joined: list[tuple[Row, Row, str]], changed: list[str]
) -> None:
    limits = Limits(hospitals=1, cell=1)
    codes = CODES[:2]
    then = table(first)
    edition = Edition(then, frozenset(shown(decide(then, codes, limits=limits))))
    again = [(beds, exams, code) for (beds, exams, _), code in zip(first, changed, strict=False)]
    now = table([*again, *first[len(again) :], *joined][:6])
    printed = Edition(now, frozenset(shown(decide(now, codes, [edition], limits))))
    for one in (edition, printed):
        cells = counted(one.table)
        known = {
            row
            for row in cells
            for other in (edition, printed)
            if row in other.printed and members(other.table, row) == members(one.table, row)
        }
        worlds = possible(cells, known)
        for row in set(cells) - known:
            for column in range(2):
                if TOTAL in known and cells[TOTAL][column] == 0:
                    continue
                assert len({world[row][column] for world in worlds}) > 1, (row, column)


def test_a_printing_is_news_when_a_row_was_never_printed_as_it_is() -> None:
    printed = frozenset({TOTAL, SMALL})
    edition = Edition(BEFORE, printed)
    assert news(BEFORE, printed, [])
    assert not news(BEFORE, frozenset(), [])
    assert not news(BEFORE, printed, [edition])
    assert news(BEFORE, printed | {LARGE}, [edition])
    now = later(*group(LARGE, 6, 6))
    assert not news(now, {SMALL}, [edition])
    assert news(now, {TOTAL}, [edition])


def test_more_printings_than_are_taken_into_account_are_refused() -> None:
    with pytest.raises(ValueError, match="printings"):
        decide(BEFORE, CODES, [Edition(BEFORE, frozenset())] * (MAX_EDITIONS + 1))
