from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.fields import LATEST, moment, nanoseconds, text

OURS = st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30))  # noqa: DTZ001 (the zone is drawn beside)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(OURS, ZONES)
def test_a_moment_comes_back_to_the_microsecond_whatever_its_zone(at: datetime, zone: timezone) -> None:
    aware = at.replace(tzinfo=zone)
    assert moment(nanoseconds(aware)) == aware
    assert moment(nanoseconds(aware)).tzinfo is UTC


def test_later_is_larger_and_fits_into_64_bits() -> None:
    last = LATEST - timedelta(microseconds=1)
    assert 0 == nanoseconds(datetime(1970, 1, 1, tzinfo=UTC)) < nanoseconds(last) < 2**63
    for at in (LATEST, datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC), datetime(2026, 1, 1)):  # noqa: DTZ001 (that it has none is the point)
        with pytest.raises(AppStateConflictError):
            nanoseconds(at)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
def test_whatever_is_text_is_taken_as_it_stands(value: str) -> None:
    assert text("it", value, 20) == value


def test_what_no_engine_or_file_could_hold_is_refused() -> None:
    for value, most, least in (("abc", 2, 0), ("", 9, 1), (" \n", 9, 1), ("a\0", 9, 0), ("\udfff", 9, 0)):
        with pytest.raises(AppStateConflictError, match="it") as caught:
            text("it", value, most, least=least)
        assert caught.value.hint
