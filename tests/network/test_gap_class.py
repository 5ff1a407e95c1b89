"""The table of classes: all 36 combinations, each with the class that the issue asks for."""

from __future__ import annotations

from itertools import product

import msgspec
import pytest

from leadglass.config.network_models import load_gap_classes
from leadglass.network.gap_class import Combination, faults
from leadglass.network.observed import Observed
from leadglass.network.permitted import Expectation, Permitted

CLASSES = load_gap_classes()
EVERY = list(product(Expectation, Permitted, Observed))


def expected(combination: Combination) -> tuple[str, str]:
    """By the issue's words, as a person would go through them."""
    model, permitted, observed = combination
    if model == "forbidden" and observed == "seen" and permitted != "none":
        return "violation-in-use", ""
    if permitted == "none" and observed == "seen":
        return "contradiction", ""
    if permitted == "not covered" and not (model == "allowed" and observed == "seen"):
        return "cannot-tell", ""
    if model == "forbidden":
        return ("fine", "") if permitted == "none" else ("needless-opening", "")
    if model == "required" and permitted in {"none", "some"}:
        return "blocked", ""
    if model == "allowed" and permitted == "none":
        return "fine", ""
    if model == "allowed" and observed == "unseen":
        return "unused", ""
    return "fine", "unproven"


@pytest.mark.parametrize("combination", EVERY, ids="-".join)
def test_each_combination_has_its_class(combination: Combination) -> None:
    row = CLASSES.table[combination]
    assert (row.kind, row.obliged) == expected(combination)


def test_there_are_36_and_each_stands_in_one_row() -> None:
    assert len(EVERY) == 36
    assert sum(len(row.combinations) for row in CLASSES.rows) == 36
    assert faults(CLASSES) == []


def test_what_is_not_covered_and_not_seen_never_counts_as_fine() -> None:
    for model, observed in product(Expectation, (Observed.UNSEEN, Observed.NOT_VISIBLE)):
        assert CLASSES.table[model, Permitted.NOT_COVERED, observed].kind == "cannot-tell"


def test_every_class_is_one_of_the_issue_and_all_but_fine_are_gaps() -> None:
    assert {one.id for one in CLASSES.classes} == {
        "violation-in-use", "needless-opening", "contradiction", "blocked", "unused", "unproven", "fine", "cannot-tell",
    }  # fmt: skip
    assert [one.id for one in CLASSES.classes if not one.gap] == ["fine"]


@pytest.mark.parametrize("index", range(len(CLASSES.rows)))
def test_a_table_without_a_row_is_refused(index: int) -> None:
    rows = (*CLASSES.rows[:index], *CLASSES.rows[index + 1 :])
    assert any("0 rows speak of" in fault for fault in faults(msgspec.structs.replace(CLASSES, rows=rows)))


def test_two_rows_for_one_combination_are_refused() -> None:
    doubled = msgspec.structs.replace(CLASSES, rows=(*CLASSES.rows, CLASSES.rows[0]))
    assert any("2 rows speak of forbidden × some × seen" in fault for fault in faults(doubled))


def test_unknown_words_in_braces_and_unknown_classes_are_refused() -> None:
    first = msgspec.structs.replace(CLASSES.classes[0], what="{nobody} knows")
    assert any("unknown word" in fault for fault in faults(msgspec.structs.replace(CLASSES, classes=(first,))))
    row = msgspec.structs.replace(CLASSES.rows[0], kind="no-such")
    assert "no class 'no-such'" in faults(msgspec.structs.replace(CLASSES, rows=(row, *CLASSES.rows[1:])))
