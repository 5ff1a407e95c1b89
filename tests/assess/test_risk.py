"""Claims about the risk register as values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.assess import cases
from tests.assess.data import CATALOGUE

from leadglass.assess.control import Assurance, Level
from leadglass.assess.gaps import GAPS, gaps
from leadglass.assess.risk import (
    IMPACTS,
    LIKELIHOODS,
    MAX_ID,
    MAX_NAME,
    MAX_TEXT,
    Risk,
    RiskLevel,
    RiskState,
    addressable,
    attention,
    faults,
    proposals,
)
from leadglass.assess.truth import Verdict
from leadglass.assess.verdict import Judgement

TODAY = date(2026, 11, 24)
JUDGED = cases.judged(cases.answers())
ASKS = next(one.id for one in CATALOGUE.controls if addressable(CATALOGUE, one.id))
FREE = next(one.id for one in CATALOGUE.controls if not addressable(CATALOGUE, one.id))


def risk(control: str = FREE, **changed: object) -> Risk:
    """A sound one."""
    one = Risk("r1", control, "the archive", "ransomware", "no firewall", 3, "seen elsewhere", 4, "no images")
    return replace(one, **changed)  # type: ignore[arg-type]  # the fields of Risk, by name


def accepted(control: str = FREE, **changed: object) -> Risk:
    fields = {"state": RiskState.ACCEPTED, "accepted_until": date(2027, 1, 1), "accepted_by": "Director"}
    return risk(control, **{**fields, **changed})


def said(verdict: Verdict, assurance: Assurance | None) -> list[Judgement]:
    return [replace(JUDGED[0], control=one.id, verdict=verdict, assurance=assurance) for one in CATALOGUE.controls]


def test_every_gap_gets_a_proposal_that_can_be_kept_as_it_is() -> None:
    found = proposals(CATALOGUE, JUDGED, ())
    assert [one.control for one in found] == [gap.control for gap in gaps(CATALOGUE, JUDGED)]
    assert found
    assert [faults(one, CATALOGUE, Verdict.NOT_MET) for one in found] == [[]] * len(found)
    assert {(one.state, one.number, one.owner) for one in found} == {(RiskState.OPEN, 0, "")}


@pytest.mark.parametrize("verdict", GAPS)
@pytest.mark.parametrize("assurance", [None, *Assurance])
def test_a_proposal_of_any_control_is_sound_and_says_that_it_was_proposed(
    verdict: Verdict, assurance: Assurance | None
) -> None:
    found = proposals(CATALOGUE, said(verdict, assurance), ())
    assert len(found) == len(CATALOGUE.controls)
    assert all(not faults(one, CATALOGUE, verdict) for one in found)
    assert all(one.likelihood_reason.startswith("Proposed") for one in found)
    assert all(one.impact_reason.startswith("Proposed") for one in found)


def test_a_proposal_names_asset_threat_and_what_it_does_to_patients_by_the_catalogue() -> None:
    one = next(one for one in proposals(CATALOGUE, said(Verdict.NOT_MET, Assurance.TESTED), ()) if "fw-" in one.id)
    control = CATALOGUE.control(one.control)
    assert control is not None
    assert one.asset in {place.asset for place in CATALOGUE.places if place.id == control.place}
    assert one.threat in {area.threat for area in CATALOGUE.areas if area.id == control.area}
    assert control.title in one.vulnerability
    assert control.patients in one.impact_reason


def test_what_was_seen_is_likelier_than_what_is_said_and_all_likelier_than_a_part() -> None:
    def likelihood(verdict: Verdict, assurance: Assurance) -> int:
        return proposals(CATALOGUE, said(verdict, assurance), ())[0].likelihood

    assert likelihood(Verdict.NOT_MET, Assurance.TESTED) > likelihood(Verdict.NOT_MET, Assurance.CLAIMED)
    assert likelihood(Verdict.NOT_MET, Assurance.TESTED) > likelihood(Verdict.PARTLY, Assurance.TESTED)


@pytest.mark.parametrize("state", RiskState)
def test_a_gap_with_a_risk_in_any_state_gets_no_second_one(state: RiskState) -> None:
    first = proposals(CATALOGUE, JUDGED, ())[0]
    assert first.control not in {
        one.control for one in proposals(CATALOGUE, JUDGED, [replace(first, id="own-1", state=state)])
    }


def test_unknown_gets_no_risk() -> None:
    for verdict in set(Verdict) - set(GAPS):
        assert proposals(CATALOGUE, said(verdict, None), ()) == ()


def test_a_sound_risk_has_no_fault() -> None:
    assert faults(risk(), CATALOGUE) == []
    assert faults(accepted(), CATALOGUE) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"control": "none"}, "no control"),
        ({"id": ""}, "id"),
        ({"id": "x" * (MAX_ID + 1)}, "id"),
        ({"asset": " "}, "asset"),
        ({"threat": ""}, "threat"),
        ({"vulnerability": "\t"}, "vulnerability"),
        ({"likelihood_reason": ""}, "likelihood"),
        ({"impact_reason": ""}, "impact"),
        ({"likelihood": 0}, "likelihood"),
        ({"likelihood": 6}, "likelihood"),
        ({"impact": -1}, "impact"),
        ({"impact": True}, "impact"),
        ({"threat": "x" * (MAX_TEXT + 1)}, "threat"),
        ({"rationale": "x" * (MAX_TEXT + 1)}, "rationale"),
        ({"owner": "x" * (MAX_NAME + 1)}, "owner"),
        ({"accepted_by": "x" * (MAX_NAME + 1)}, "accepts"),
    ],
)
def test_each_fault_is_told(changed: dict[str, object], words: str) -> None:
    (fault,) = faults(risk(**changed), CATALOGUE)  # type: ignore[arg-type]  # as above
    assert words in fault


def test_an_acceptance_needs_an_end_and_a_name() -> None:
    assert len(faults(accepted(accepted_until=None), CATALOGUE)) == 1
    assert len(faults(accepted(accepted_by=" "), CATALOGUE)) == 1
    assert len(faults(accepted(accepted_by="", accepted_until=None), CATALOGUE)) == 2


@pytest.mark.parametrize("one", [accepted(ASKS), risk(ASKS, state=RiskState.CLOSED)], ids=["accepted", "closed"])
def test_where_hipaa_is_addressable_no_risk_is_accepted_or_closed_without_a_rationale(one: Risk) -> None:
    for verdict in (None, *GAPS):
        (fault,) = faults(one, CATALOGUE, verdict)
        assert "addressable" in fault
        assert addressable(CATALOGUE, ASKS)[0].clause in fault
        assert faults(replace(one, rationale="  "), CATALOGUE, verdict) == [fault]
        assert faults(replace(one, rationale="A jump host instead."), CATALOGUE, verdict) == []


def test_no_rationale_is_asked_for_where_nothing_is_addressable_or_it_is_met() -> None:
    assert faults(risk(ASKS, state=RiskState.CLOSED), CATALOGUE, Verdict.MET) == []
    assert faults(risk(FREE, state=RiskState.CLOSED), CATALOGUE, Verdict.NOT_MET) == []
    assert faults(risk(ASKS), CATALOGUE, Verdict.NOT_MET) == []


def test_only_specifications_in_force_ask_for_a_rationale() -> None:
    levels = {one.level for control in CATALOGUE.controls for one in addressable(CATALOGUE, control.id)}
    assert levels == {Level.ADDRESSABLE}
    assert addressable(CATALOGUE, "none") == ()


def test_an_acceptance_holds_on_its_last_day_and_lapses_after_it() -> None:
    one = accepted(accepted_until=TODAY)
    assert one.effective(TODAY) is RiskState.ACCEPTED
    assert attention(one, Verdict.NOT_MET, TODAY) == ()
    after = date(2026, 11, 25)
    assert one.effective(after) is RiskState.OPEN
    assert "the acceptance ended on 2026-11-24" in attention(one, Verdict.NOT_MET, after)[0]
    assert one.state is RiskState.ACCEPTED, "what was decided is not changed"


def test_an_acceptance_without_an_end_never_holds() -> None:
    assert accepted(accepted_until=None).effective(TODAY) is RiskState.OPEN


@pytest.mark.parametrize(
    ("one", "verdict", "words"),
    [
        (risk(owner="Ana", due=date(2026, 11, 23)), Verdict.NOT_MET, "due on 2026-11-23"),
        (risk(), Verdict.NOT_MET, "nobody owns"),
        (risk(state=RiskState.CLOSED), Verdict.NOT_MET, "closed, and its control is not met"),
        (risk(owner="Ana"), Verdict.MET, "can be closed"),
        (risk(owner="Ana"), None, "no such control"),
    ],
)
def test_what_waits_is_told(one: Risk, verdict: Verdict | None, words: str) -> None:
    (found,) = attention(one, verdict, TODAY)
    assert words in found


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (risk(owner="Ana", due=TODAY), Verdict.NOT_MET),
        (risk(state=RiskState.CLOSED, due=date(2026, 1, 1)), Verdict.MET),
        (accepted(due=date(2026, 1, 1)), Verdict.NOT_MET),
        (risk(owner="Ana", state=RiskState.IN_TREATMENT), Verdict.UNKNOWN),
    ],
)
def test_what_does_not_wait_is_not_told(one: Risk, verdict: Verdict) -> None:
    assert attention(one, verdict, TODAY) == ()


def test_a_verdict_that_becomes_a_gap_asks_for_the_rationale_of_an_acceptance() -> None:
    one, specifications = accepted(ASKS), addressable(CATALOGUE, ASKS)
    assert attention(one, Verdict.UNKNOWN, TODAY, specifications) == ()
    (words,) = attention(one, Verdict.PARTLY, TODAY, specifications)
    assert specifications[0].clause in words
    assert attention(replace(one, rationale="Because."), Verdict.PARTLY, TODAY, specifications) == ()


def test_the_score_is_the_product_and_its_level_rises_with_it() -> None:
    levels = [risk(likelihood=a, impact=b).level for a in LIKELIHOODS for b in IMPACTS]
    scores = [risk(likelihood=a, impact=b).score for a in LIKELIHOODS for b in IMPACTS]
    assert scores == [a * b for a in LIKELIHOODS for b in IMPACTS]
    order = [list(RiskLevel).index(level) for _, level in sorted(zip(scores, levels, strict=True))]
    assert order == sorted(order)
    assert risk(likelihood=5, impact=5).level is RiskLevel.HIGH
    assert risk(likelihood=1, impact=5).level is RiskLevel.LOW
