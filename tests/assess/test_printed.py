from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pytest
from tests.assess.data import INSTRUMENT, NOW

from bench import hospitals
from leadglass.assess.association import Draw
from leadglass.assess.cohort import Size, tallies
from leadglass.assess.disclosure import Edition, Limits
from leadglass.assess.printed import HELD_BACK, NOT_PRINTED, PrintedCohort, column_names, layout, printed, printing
from leadglass.assess.strata import TOTAL, Row
from leadglass.assess.tally import headings

LIMITS = Limits()
BANDS = list(INSTRUMENT.by_id["beds"].codes)
Responses = dict[str, dict[str, str]]


def drawing(name: str) -> Draw:
    return np.random.default_rng(len(name)).hypergeometric


class Keeper:
    """Keeps what is printed, as a store would."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self.kept: dict[str, list[Edition]] = {}

    def editions(self, question: str) -> Sequence[Edition]:
        return self.kept.get(question, [])

    def print(self, responses: Responses, at: datetime = NOW) -> dict[str, Edition]:
        found = dict(printing(INSTRUMENT, responses, self.editions, self.limits, at))
        for question, edition in found.items():
            self.kept.setdefault(question, []).append(edition)
        return found

    def shown(self, responses: Responses) -> PrintedCohort:
        return printed(INSTRUMENT, responses, self.editions, self.limits, drawing)


def group(first: int, answers: str, **codes: str) -> Responses:
    """Hospitals that answer "sso" with y(es), n(o) or u(nknown), numbered from ``first``."""
    said = {"y": "yes", "n": "no", "u": "unknown"}
    return {f"{first + place:032x}": {"sso": said[one], **codes} for place, one in enumerate(answers)}


def test_before_the_first_printing_nothing_but_n_is_shown() -> None:
    shown = Keeper().shown({**group(0, "yyyyyynnnnnn", beds="100-299"), **group(50, "yn", beds="over-1000")})
    item = shown.items["sso"]
    assert shown.at is None
    assert (item.total.n, item.total.tally, item.total.held) == (14, None, NOT_PRINTED)
    assert item.rows[Row(Size.BEDS, "over-1000")].held == "fewer than 10 hospitals"
    assert item.rows[Row(Size.BEDS, "300-499")].held == "no hospital"
    assert item.associations == {}


def test_a_printed_row_stands_with_its_n_and_date_until_enough_have_come() -> None:
    keeper, first = Keeper(), group(0, "yyyyyynnnnnn", beds="100-299")
    keeper.print(first)
    more = {**first, **group(50, "y", beds="100-299")}
    assert not keeper.print(more, NOW + timedelta(days=1)), "one that joined would be told by the difference"
    total = keeper.shown(more).items["sso"].total
    assert total.tally is not None
    assert (total.tally.n, total.n, total.at, total.held) == (12, 13, NOW, "")
    enough = {**more, **group(60, "yyyyyynnnn", beds="100-299")}
    assert "sso" in keeper.print(enough, NOW + timedelta(days=2))
    again = keeper.shown(enough)
    assert again.items["sso"].total.tally == again.items["sso"].rows[Row(Size.BEDS, "100-299")].tally
    assert again.items["sso"].total.at == again.at == NOW + timedelta(days=2)
    assert again.items["sso"].total.n == 23


def test_why_a_row_is_held_back_is_not_told() -> None:
    """That all answer alike, or that one differs, is what the row would have said."""
    keeper = Keeper()
    responses = {
        **group(0, "yyyyyynnnnnn", beds="100-299"),
        **group(20, "y" * 12, beds="300-499"),
        **group(40, "y" * 11 + "n", beds="500-1000"),
    }
    keeper.print(responses)
    rows = keeper.shown(responses).items["sso"].rows
    alike, differs = rows[Row(Size.BEDS, "300-499")], rows[Row(Size.BEDS, "500-1000")]
    assert alike == differs
    assert (alike.n, alike.tally, alike.held) == (12, None, HELD_BACK)


def test_no_association_is_given_while_a_band_is_hidden() -> None:
    both = {**group(0, "yyynnnnnnn", beds="under-100"), **group(20, "yyyyyyynnn", beds="over-1000")}
    keeper = Keeper()
    keeper.print(both)
    found = keeper.shown(both).items["sso"].associations
    assert list(found) == [Size.BEDS]
    assert found[Size.BEDS].n == 20
    assert found[Size.BEDS].tau == pytest.approx(0.4)
    third = {**both, **group(40, "yn", beds="300-499")}
    keeper = Keeper()
    keeper.print(third)
    assert keeper.shown(third).items["sso"].associations == {}


def test_an_association_is_of_bands_that_were_printed_together() -> None:
    """In the second printing two bands are hidden, so that the rows shown are of two dates."""
    first = {
        **group(0, "yyynnnnnnn", beds="under-100"),
        **group(20, "yyyyynnnnn", beds="300-499"),
        **group(40, "yyyyyyynnn", beds="over-1000"),
    }
    keeper = Keeper()
    keeper.print(first)
    assert list(keeper.shown(first).items["sso"].associations) == [Size.BEDS]
    second = {
        **first,
        **group(60, "y", beds="under-100"),
        **group(70, "n", beds="300-499"),
        **group(80, "yyyyynnnnn", beds="over-1000"),
    }
    later = NOW + timedelta(days=1)
    keeper.print(second, later)
    item = keeper.shown(second).items["sso"]
    assert item.rows[Row(Size.BEDS, "under-100")].at == item.rows[Row(Size.BEDS, "300-499")].at == NOW
    assert item.rows[Row(Size.BEDS, "over-1000")].at == item.total.at == later
    assert item.associations == {}


def test_hospitals_of_unknown_size_are_a_row_and_no_band() -> None:
    both = {
        **group(0, "yyynnnnnnn", beds="under-100"),
        **group(20, "yyyyyyynnn", beds="over-1000"),
        **group(40, "yyyyyyyyyy" + "nnn"),
    }
    keeper = Keeper()
    keeper.print(both)
    item = keeper.shown(both).items["sso"]
    assert item.rows[Row(Size.BEDS)].n == 13
    assert item.associations[Size.BEDS].n == 20


def test_a_question_of_size_is_not_set_beside_itself() -> None:
    rows = layout(INSTRUMENT, INSTRUMENT.by_id["beds"])
    assert {row.size for row in rows} == {None, Size.EXAMS}
    every = layout(INSTRUMENT, INSTRUMENT.by_id["sso"])
    assert [row.band for row in every if row.size is Size.BEDS] == [*BANDS, ""]


def test_both_numbers_are_settings() -> None:
    responses = group(0, "yyynn", beds="100-299")
    assert not Keeper().print(responses)
    keeper = Keeper(Limits(hospitals=5, cell=2))
    assert "sso" in keeper.print(responses)
    assert keeper.shown(responses).limits == Limits(5, 2)


def test_printed_totals_of_a_whole_cohort_are_its_tallies_and_every_printed_row_passes_both_numbers() -> None:
    responses = hospitals.responses(INSTRUMENT, 400, seed=7)
    keeper = Keeper()
    keeper.print(responses)
    shown, counted = keeper.shown(responses), tallies(INSTRUMENT, responses.values())
    totals = 0
    for question, item in shown.items.items():
        for place, row in item.rows.items():
            if row.tally is None:
                assert row.at is None
                assert row.held
                continue
            assert row.tally.n >= LIMITS.hospitals
            assert min(count for count in row.tally.counts.values() if count) >= LIMITS.cell
            assert row.n == row.tally.n
            if place == TOTAL:
                totals += 1
                assert row.tally == counted[question]
    assert totals > 80


def test_printing_the_same_again_says_nothing_new() -> None:
    responses = hospitals.responses(INSTRUMENT, 60, seed=3)
    keeper = Keeper()
    assert keeper.print(responses)
    assert not keeper.print(responses)


def test_columns_have_words_and_answers_that_share_one_are_named_together() -> None:
    question = INSTRUMENT.by_id["firewall-maintenance"]
    assert headings(question)["monthly-or-quarterly"] == "Monthly or every quarter"
    for one in INSTRUMENT.questions:
        assert tuple(headings(one)) == column_names(one)
        assert Counter(column_names(one)).most_common(1)[0][1] == 1
