from __future__ import annotations

from datetime import timedelta

from tests.assess.data import FRESH, NOW, TABLE, control, seen

from leadglass.assess.because import MAX_RECORDS, lines
from leadglass.assess.control import Claim, Kind
from leadglass.assess.evidence import Exemption, Outcome, Settlement
from leadglass.assess.question import Bearing
from leadglass.assess.verdict import judge

EVERY = control(Claim.EVERY)


def test_a_contradiction_names_both_sides_and_who_disputes_it() -> None:
    sight = seen(Kind.TRAFFIC, Bearing.REFUTES, "CT2", where="association at 10:04", name="sight")
    word = Settlement("sight", Outcome.DISPUTED, "A. Chief", NOW, "a test")
    found = lines(judge(EVERY, TABLE, [seen(Kind.SURVEY, Bearing.CONFIRMS), sight], NOW, settlements=[word]))
    assert found == [
        "Different sources confirm and refute it for the same things.",
        "Confirmed by survey (claimed), survey: there, 2026-11-23.",
        "Refuted by traffic (observed), traffic: association at 10:04, 2026-11-23, of CT2.",
        "Disputed by A. Chief on 2026-11-24: a test.",
    ]


def test_what_does_not_count_stands_there_with_its_reason() -> None:
    found = lines(
        judge(
            EVERY,
            TABLE,
            [seen(Kind.TRAFFIC, Bearing.CONFIRMS), seen(Kind.CHECK, Bearing.CONFIRMS, days_ago=FRESH + 1)],
            NOW,
        )
    )
    assert found == [
        "There was evidence, and it is too old to count.",
        "Too old: check (tested), check: there, 2026-10-24.",
        "Not counted, traffic cannot confirm this control: traffic (observed), traffic: there, 2026-11-23.",
    ]


def test_an_exemption_has_its_reason_its_approver_and_its_review() -> None:
    today = NOW.date()
    exemption = Exemption("made", "no dial-up lines exist", "A. Chief", today, today + timedelta(days=365))
    assert lines(judge(EVERY, TABLE, [], NOW, exemption=exemption))[1] == (
        "Not applicable, says A. Chief on 2026-11-24, to be reviewed by 2027-11-24: no dial-up lines exist"
    )


def test_partly_and_neither_are_said_so() -> None:
    records = [seen(Kind.SURVEY, Bearing.PARTLY), seen(Kind.CHECK, Bearing.NEUTRAL)]
    found = lines(judge(EVERY, TABLE, records, NOW))
    assert [line.partition(" survey")[0] for line in found[1:3]] == [
        "Confirmed, for a part, by",
        "Refuted, for a part, by",
    ]
    assert found[3].startswith("Says neither: check")


def test_many_records_are_counted() -> None:
    many = [seen(Kind.TRAFFIC, Bearing.REFUTES, f"ct{index}") for index in range(MAX_RECORDS + 5)]
    found = lines(judge(EVERY, TABLE, many, NOW))
    assert len(found) == 1 + MAX_RECORDS + 1
    assert found[-1] == "And 5 more."
