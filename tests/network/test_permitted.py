"""The four answers, as they follow from the two bounds."""

from __future__ import annotations

import pytest

from leadglass.network.address import network
from leadglass.network.flight import Flight
from leadglass.network.headers import Headers, headers
from leadglass.network.intervals import one, span
from leadglass.network.permitted import Expectation, Permitted, permitted, real


def ports(first: int, last: int) -> Headers:
    return headers(network("10.0.0.0/24"), network("10.1.0.0/24"), one(6), destination_port=span(first, last))


REQUIRED, ALLOWED, FORBIDDEN = Expectation


@pytest.mark.parametrize(
    ("may", "must", "answers"),
    [
        ((), (), ("none", "none", "none")),
        (ports(100, 200), (), ("not covered", "not covered", "not covered")),
        (ports(100, 200), ports(104, 111), ("all", "all", "all")),
        (ports(100, 200), ports(104, 105), ("not covered", "not covered", "some")),
        (ports(104, 105), (), ("some", "not covered", "not covered")),
        (ports(104, 105), ports(104, 105), ("some", "some", "some")),
        (ports(300, 400), ports(300, 400), ("none", "none", "none")),
    ],
)
def test_each_pair_of_bounds_has_its_answer(may: Headers, must: Headers, answers: tuple[str, str, str]) -> None:
    found = tuple(permitted(may, must, ports(104, 111), one) for one in (REQUIRED, ALLOWED, FORBIDDEN))
    assert tuple(answer.value for answer in found) == answers


def test_the_source_is_who_began_and_not_what_translation_made_of_it() -> None:
    (box,) = headers(network("192.0.2.1"), network("10.1.0.5"), one(6))
    (found,) = real((Flight(box, network("10.0.0.0/24")),))
    assert found.source == network("10.0.0.0/24")
    assert found.destination == network("10.1.0.5")
    assert Permitted.NONE.value == "none"
