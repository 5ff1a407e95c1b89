from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assess.data import INSTRUMENT

from leadglass.assess.cohort import Size, by_size, coded, tallies

RESPONSES = [
    {"beds": "under-100", "exams": "under-50k", "sso": "yes"},
    {"beds": "under-100", "sso": "no"},
    {"beds": "over-1000", "sso": "unknown"},
    {"beds": "unknown", "sso": "yes"},
    {"sso": "not-applicable"},
    {},
]


def test_each_item_has_its_own_n() -> None:
    found = tallies(INSTRUMENT, RESPONSES)
    assert found["sso"].counts == {"yes": 2, "no": 1, "unknown": 1}
    assert (found["sso"].n, found["beds"].n, found["exams"].n, found["firewall-ris"].n) == (4, 4, 1, 0)


def test_bands_rise_and_hold_those_whose_size_is_known() -> None:
    found = by_size(INSTRUMENT, RESPONSES, Size.BEDS)["sso"]
    assert list(found) == ["under-100", "100-299", "300-499", "500-1000", "over-1000"]
    assert found["under-100"].counts == {"yes": 1, "no": 1, "unknown": 0}
    assert found["over-1000"].counts == {"yes": 0, "no": 0, "unknown": 1}
    assert sum(tally.n for tally in found.values()) == 3


def test_codes_and_questions_that_are_not_known_count_nowhere() -> None:
    found = tallies(INSTRUMENT, [{"sso": "perhaps", "no-such": "yes"}])
    assert sum(tally.n for tally in found.values()) == 0


def test_a_response_holds_codes_and_bands_of_questions_that_were_asked() -> None:
    values: dict[str, str | int] = {
        "beds": 320,
        "exams": 60_000,
        "map-checked": "no-map",
        "map-exits": "yes",
        "sso": "?",
    }
    assert coded(INSTRUMENT, values) == {"beds": "300-499", "exams": "50k-149k", "map-checked": "no-map"}


CODES = st.dictionaries(
    st.sampled_from(["sso", "vpn-ssl"]), st.sampled_from(["yes", "no", "unknown", "not-applicable"])
)
BEDS = st.fixed_dictionaries({"beds": st.sampled_from(["under-100", "100-299", "unknown"])})


@settings(max_examples=50, deadline=None)
@given(st.lists(st.builds(lambda codes, beds: {**codes, **beds}, CODES, BEDS), max_size=20))
def test_bands_add_up_to_those_who_have_one(responses: list[dict[str, str]]) -> None:
    banded = [one for one in responses if one["beds"] != "unknown"]
    whole, parts = tallies(INSTRUMENT, banded), by_size(INSTRUMENT, responses, Size.BEDS)
    for name in ("sso", "vpn-ssl"):
        for code, count in whole[name].counts.items():
            assert sum(tally.counts[code] for tally in parts[name].values()) == count
