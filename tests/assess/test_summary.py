from __future__ import annotations

from tests.assess.data import CATALOGUE, FRESH, NOW, TABLE, control, seen

from leadglass.assess.control import Claim, Kind
from leadglass.assess.question import Bearing
from leadglass.assess.summary import Standing, by_area, standing
from leadglass.assess.verdict import judge

YES, NO, NEITHER = Bearing.CONFIRMS, Bearing.REFUTES, Bearing.NEUTRAL

JUDGED = [
    judge(control(Claim.EVERY), TABLE, records, NOW)
    for records in (
        [seen(Kind.CHECK, YES)],
        [seen(Kind.SURVEY, YES)],
        [seen(Kind.SURVEY, YES), seen(Kind.TRAFFIC, NO)],
        [seen(Kind.SURVEY, NO)],
        [seen(Kind.SURVEY, Bearing.PARTLY)],
        [seen(Kind.SURVEY, NEITHER)],
        [seen(Kind.CHECK, YES, days_ago=FRESH + 1)],
        [],
    )
]


def test_what_is_claimed_only_is_counted_apart_and_unknowns_stand_beside() -> None:
    found = standing(JUDGED)
    assert found == Standing(met=1, claimed=1, contradicted=1, not_met=1, partly=1, unknown=1, stale=1, not_assessed=1)
    assert (found.numerator, found.denominator, found.unknowns) == (1, 5, 3)
    assert found.words == "1 of 5 proven, 1 claimed only, 3 unknown"


def test_every_control_is_in_its_area_once() -> None:
    judged = [judge(one, TABLE, [], NOW) for one in CATALOGUE.controls]
    areas = by_area(CATALOGUE, judged)
    assert list(areas) == [area.id for area in CATALOGUE.areas]
    assert sum(one.not_assessed for one in areas.values()) == len(CATALOGUE.controls)
    assert areas["firewall"] == Standing(not_assessed=7)
