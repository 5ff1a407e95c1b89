"""Claims about gaps and their order."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assess import cases
from tests.assess.data import CATALOGUE

from leadglass.assess.control import Assurance, Grade
from leadglass.assess.gaps import GAPS, SURENESS, UNSEEN, gaps, unseen
from leadglass.assess.truth import Verdict
from leadglass.assess.verdict import Judgement

JUDGED = cases.judged(cases.answers())
CONTROLS = {control.id: control for control in CATALOGUE.controls}


def said(name: str, verdict: Verdict, assurance: Assurance | None = None) -> Judgement:
    return replace(JUDGED[0], control=name, verdict=verdict, assurance=assurance)


def alike(number: int) -> list[str]:
    """Controls of one effort and effect."""
    found = [one.id for one in CATALOGUE.controls if (one.effort, one.effect) == (Grade.MEDIUM, Grade.HIGH)]
    assert len(found) >= number
    return found[:number]


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(CONTROLS)), st.sampled_from(Verdict), st.sampled_from(Assurance)),
        unique_by=lambda row: row[0],
    ),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=60)
def test_the_order_is_total_and_does_not_depend_on_that_of_the_judgements(
    rows: list[tuple[str, Verdict, Assurance]], random: Random
) -> None:
    judgements = [said(*row) for row in rows]
    found = gaps(CATALOGUE, judgements)
    shuffled = list(judgements)
    random.shuffle(shuffled)
    assert gaps(CATALOGUE, shuffled) == found
    assert [one.rank for one in found] == list(range(1, len(found) + 1))
    assert {one.control for one in found} == {name for name, verdict, _ in rows if verdict in GAPS}
    assert [one.yields for one in found] == sorted((one.yields for one in found), reverse=True)


def test_every_judgement_is_a_gap_or_unseen_or_neither_and_never_both() -> None:
    found, hidden = gaps(CATALOGUE, JUDGED), unseen(CATALOGUE, JUDGED)
    assert found
    assert hidden
    assert {one.control for one in found}.isdisjoint(one.control for one in hidden)
    assert {*GAPS, *UNSEEN, Verdict.MET, Verdict.NOT_APPLICABLE} == set(Verdict)


def test_low_effort_with_high_effect_goes_before_high_effort_with_high_effect() -> None:
    found = gaps(CATALOGUE, [said(name, Verdict.NOT_MET, Assurance.CLAIMED) for name in CONTROLS])
    assert found[0].yields == max(one.yields for one in found) > 1
    assert found[-1].yields == min(one.yields for one in found)
    assert Fraction(1, 3) <= found[-1].yields < found[0].yields <= 3


def test_of_equal_effort_and_effect_the_surest_goes_first() -> None:
    names = alike(5)
    given = [said(name, Verdict.NOT_MET, assurance) for name, assurance in zip(names, Assurance, strict=True)]
    assert [one.control for one in gaps(CATALOGUE, given)] == names[::-1]
    assert list(SURENESS) == list(Assurance)


def test_among_equals_contradicted_goes_first_then_not_met_then_partly() -> None:
    one, two, three = alike(3)
    given = [
        said(one, Verdict.PARTLY, Assurance.OBSERVED),
        said(two, Verdict.NOT_MET, Assurance.OBSERVED),
        said(three, Verdict.CONTRADICTED, Assurance.OBSERVED),
    ]
    assert [gap.control for gap in gaps(CATALOGUE, given)] == [three, two, one]


def test_what_is_equal_in_everything_stands_in_the_catalogues_order() -> None:
    names = alike(4)
    given = [said(name, Verdict.NOT_MET, Assurance.CLAIMED) for name in reversed(names)]
    assert [gap.control for gap in gaps(CATALOGUE, given)] == names


def test_what_could_not_be_seen_lists_the_stale_first() -> None:
    one, two, three = alike(3)
    given = [said(one, Verdict.NOT_ASSESSED), said(two, Verdict.UNKNOWN), said(three, Verdict.STALE)]
    assert [judgement.control for judgement in unseen(CATALOGUE, given)] == [three, two, one]


def test_a_control_that_is_no_more_is_no_gap() -> None:
    assert gaps(CATALOGUE, [said("gone", Verdict.NOT_MET)]) == ()
    assert unseen(CATALOGUE, [said("gone", Verdict.UNKNOWN)]) == ()
