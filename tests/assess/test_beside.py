from __future__ import annotations

from tests.assess.data import INSTRUMENT, NOW, PUBLISHED
from tests.assess.test_printed import Keeper

from bench import hospitals
from leadglass.assess.beside import NO_COHORT, Beside, beside


def rows(
    codes: dict[str, str], keeper: Keeper | None = None, responses: dict[str, dict[str, str]] | None = None
) -> dict[str, Beside]:
    cohort = keeper.shown(responses or {}) if keeper else None
    return {row.question: row for row in beside(INSTRUMENT, PUBLISHED, codes, cohort, NOW)}


def test_every_question_stands_there_in_order_also_without_a_cohort() -> None:
    found = rows({"sso": "yes"})
    assert list(found) == [question.id for question in INSTRUMENT.questions]
    assert found["sso"].ours == "yes"
    assert (found["sso"].cohort, found["sso"].cohort_n, found["sso"].cohort_hidden) == (None, 0, NO_COHORT)
    assert rows({}, Keeper(), {})["sso"].cohort_hidden == NO_COHORT


def test_the_published_rows_are_exempt_and_stand_with_their_n() -> None:
    found = rows({})
    published = {row.published.row: row for row in found.values() if row.published}
    assert sorted(published) == list(range(1, 18))
    assert found["firewall-ris"].published is not None
    assert found["firewall-ris"].published.n == 31
    assert found["vpn-dialup"].published is not None
    assert found["vpn-dialup"].published.counts["yes"] == 12, (
        "shown, though one answer is rarer than the cohort's least"
    )


def test_the_figure_of_2005_stands_beside_its_question_with_n_and_year() -> None:
    (figure,) = rows({})["firewall-ris"].figures
    assert (figure.year, figure.percent, figure.code, figure.n) == (2005, 90, "no", "more than 40; not given exactly")
    assert not rows({})["sso"].figures


def test_ours_is_the_column_it_is_counted_in() -> None:
    found = rows({"firewall-maintenance": "quarterly", "beds": "not-applicable", "sso": "unknown"})
    assert found["firewall-maintenance"].ours == "monthly-or-quarterly"
    assert found["beds"].ours is None, "it is counted nowhere"
    assert found["sso"].ours == "unknown", "I do not know is an answer"
    assert found["vpn-ssl"].ours is None


def test_the_cohort_stands_with_the_n_and_date_of_its_printing_or_with_its_n_alone() -> None:
    responses = hospitals.responses(INSTRUMENT, 60, seed=3)
    keeper = Keeper()
    keeper.print(responses)
    found = rows({}, keeper, responses)
    row = found["sso"]
    assert row.cohort is not None
    assert (row.cohort_n, row.cohort_date, row.cohort_hidden) == (row.cohort.n, NOW, "")
    few = dict(list(responses.items())[:5])
    hidden = rows({}, Keeper(), few)["sso"]
    assert hidden.cohort is None
    assert 0 < hidden.cohort_n <= 5
    assert hidden.cohort_hidden == "fewer than 10 hospitals"
    assert hidden.cohort_date is None
