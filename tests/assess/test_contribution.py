from __future__ import annotations

import json

import msgspec
import pytest
from tests.assess.data import INSTRUMENT

from leadglass.assess.cohort import coded
from leadglass.assess.contribution import MAX_CODES, MAX_FILE, ContributionError, read, schema, write
from leadglass.assess.instrument import Change

ID = "00112233445566778899aabbccddeeff"
CODES = coded(INSTRUMENT, {"beds": 320, "exams": "unknown", "sso": "no", "vpn-dialup": "not-applicable"})


def file(**changed: object) -> bytes:
    return json.dumps({**json.loads(write(ID, INSTRUMENT, CODES)), **changed}).encode()


def test_what_is_written_is_read_back() -> None:
    found = read(write(ID, INSTRUMENT, CODES), INSTRUMENT)
    assert (found.id, found.instrument, found.codes) == (ID, INSTRUMENT.version, CODES)


def test_a_contribution_holds_codes_bands_version_and_a_random_id_and_nothing_else() -> None:
    assert json.loads(write(ID, INSTRUMENT, CODES)) == {
        "format": "leadglass-contribution-1",
        "id": ID,
        "instrument": "2026.1",
        "codes": {"beds": "300-499", "exams": "unknown", "sso": "no", "vpn-dialup": "not-applicable"},
    }


def test_the_same_response_gives_the_same_bytes() -> None:
    assert write(ID, INSTRUMENT, dict(reversed(CODES.items()))) == write(ID, INSTRUMENT, CODES)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (file(note="St. Elsewhere"), "no contribution"),
        (file(codes={"sso": "We are St. Elsewhere"}), "no contribution"),
        (file(codes={"sso": "<b>"}), "no contribution"),
        (file(codes={"beds": 320}), "no contribution"),
        (file(codes={"sso": "partly"}), "'partly' is no answer to 'sso'"),
        (file(codes={"st-elsewhere": "yes"}), "'yes' is no answer to 'st-elsewhere'"),
        (file(id="St. Elsewhere"), "no contribution"),
        (file(instrument="2099.1"), "answers to instrument 2099.1"),
        (file(codes={f"q{index}": "yes" for index in range(MAX_CODES + 1)}), "no contribution"),
        (file(codes={f"q{index}": "yes" for index in range(30)}), "and 10 more"),
        (b"[" * 50_000, "no contribution"),
        (b"\xff", "no contribution"),
        (b" " * (MAX_FILE + 1), "larger than"),
    ],
)
def test_what_is_no_contribution_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ContributionError) as raised:
        read(data, INSTRUMENT)
    assert message in raised.value.message
    assert raised.value.hint


def test_an_older_contribution_is_brought_over_and_what_has_no_place_left_out() -> None:
    change = Change(since="2026.1", question="single-login", to="sso", codes={"true": "yes"})
    made = msgspec.structs.replace(INSTRUMENT, changes=(change,))
    old = {"single-login": "true", "gone": "yes", "beds": "300-499"}
    found = read(file(instrument="2025.1", codes=old), made)
    assert (found.instrument, found.codes) == ("2026.1", {"sso": "yes", "beds": "300-499"})


def test_the_schema_leaves_no_place_for_text() -> None:
    found = schema()["$defs"]["Contribution"]
    assert found["additionalProperties"] is False
    assert set(found["properties"]) == {"format", "id", "instrument", "codes"}
