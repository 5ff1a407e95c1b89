"""What comes first: outside before inside, images before none, a rule before work by hand, unused before in use."""

from __future__ import annotations

from tests.network.generate.site import CT, WARD, Site, firewall, packet, permit, site

from leadglass.network.advise.order import BY_HAND, Advice, ranked
from leadglass.network.bundles import bundles
from leadglass.network.headers import Packet
from leadglass.network.observed import NOTHING_SEEN, Observations, Sighting

OPEN = permit("0.0.0.0/0", "0.0.0.0/0", 6)


def advice(found: Site, filters: dict[str, int]) -> dict[str, Advice]:
    together = bundles(found.gaps, found.comparison.model, found.comparison.partition)
    return {one.bundle.id: one for one in ranked(found.comparison, together, filters)}


def seen(one: Packet) -> Observations:
    return Observations({("ward", "ct", "other"): Sighting(one, "f", 0.0, 1.0, 3, 9, "v", answered=True)}, {})


def test_what_begins_outside_is_worth_more_than_the_same_from_inside() -> None:
    found = site(firewall(OPEN))
    filters = {gap.id: 1 for gap in found.gaps}
    by_id = advice(found, filters)
    outside, inside = by_id["internet--ct--needless-opening"], by_id["ward--ct--needless-opening"]
    assert outside.outside
    assert not inside.outside
    assert outside.worth > inside.worth


def test_a_rule_is_less_effort_than_work_by_hand() -> None:
    found = site(firewall(OPEN))
    by_hand = advice(found, {})["ward--ct--needless-opening"]
    rule = advice(found, {gap.id: 1 for gap in found.gaps})["ward--ct--needless-opening"]
    assert by_hand.effort == BY_HAND
    assert rule.worth > by_hand.worth


def test_what_is_in_use_is_a_risk_and_said_to_be() -> None:
    def risk(observations: Observations) -> int:
        found = site(firewall(permit(WARD, CT, port=22)), observations=observations)
        (one,) = [each for each in advice(found, {}).values() if each.bundle.source == "ward"]
        assert ("ask first" in one.words) is (one.risk == 2)
        return one.risk

    assert risk(NOTHING_SEEN) == 1
    assert risk(seen(packet(WARD, CT, 22))) == 2
    assert risk(Observations({}, {}, frozenset({("ward", "ct")}))) == 0
