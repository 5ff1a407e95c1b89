"""Short PDUs and P-DATA: exact bytes, and fragments within what the peer takes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadglass.wire.dicom.pdu import (
    RELEASE_RP,
    RELEASE_RQ,
    Abort,
    AssociateRJ,
    PresentationDataValue,
    abort,
    associate_rj,
    p_data,
    parse_abort,
    parse_associate_rj,
    parse_p_data,
    parse_release,
)
from leadglass.wire.dicom.violation import PduError

BYTES = st.integers(0, 255)
LIMIT = 1 << 20


def split(stream: bytes) -> list[bytes]:
    """The PDUs of a stream."""
    pdus = []
    while stream:
        end = 6 + int.from_bytes(stream[2:6], "big")
        pdus.append(stream[:end])
        stream = stream[end:]
    return pdus


def values(stream: bytes) -> list[PresentationDataValue]:
    return [value for pdu in split(stream) for value in parse_p_data(pdu, LIMIT)]


def test_release_pdus_are_ten_fixed_bytes() -> None:
    assert bytes.fromhex("05 00 00000004 00000000") == RELEASE_RQ
    assert bytes.fromhex("06 00 00000004 00000000") == RELEASE_RP
    assert parse_release(RELEASE_RQ) == parse_release(RELEASE_RP) == ()


@given(BYTES, BYTES, BYTES)
def test_parses_every_rejection_and_abort_it_builds(result: int, source: int, reason: int) -> None:
    assert parse_associate_rj(associate_rj(result, source, reason)) == AssociateRJ(result, source, reason)
    assert parse_abort(abort(source, reason)) == Abort(source, reason)


@given(
    command=st.binary(min_size=1, max_size=300),
    data_set=st.none() | st.binary(max_size=2000),
    max_length=st.just(0) | st.integers(8, 600),
)
def test_fragments_fit_the_peer_and_join_again(command: bytes, data_set: bytes | None, max_length: int) -> None:
    stream = p_data(3, command, data_set, max_length)
    for pdu in split(stream):
        assert not max_length or len(pdu) - 6 <= max_length
    found = values(stream)
    assert {value.context_id for value in found} == {3}
    commands = [value for value in found if value.is_command]
    data = [value for value in found if not value.is_command]
    assert found == commands + data
    assert b"".join(value.fragment for value in commands) == command
    assert b"".join(value.fragment for value in data) == (data_set or b"")
    assert [value.is_last for value in commands] == [False] * (len(commands) - 1) + [True]
    assert [value.is_last for value in data] == ([False] * (len(data) - 1) + [True] if data_set is not None else [])
    assert all(len(value.fragment) % 2 == 0 for value in found if not value.is_last)


def test_a_length_that_takes_no_fragment_is_refused() -> None:
    with pytest.raises(ValueError, match="takes no fragment"):
        p_data(1, b"ab", None, 7)


@given(st.binary(max_size=64), st.sampled_from((3, 4, 5, 6, 7)))
def test_arbitrary_bodies_raise_nothing_but_pdu_errors(body: bytes, kind: int) -> None:
    pdu = bytes((kind, 0)) + len(body).to_bytes(4, "big") + body
    with suppress(PduError):
        if kind == 3:
            parse_associate_rj(pdu)
        elif kind == 4:
            parse_p_data(pdu, LIMIT)
        elif kind == 7:
            parse_abort(pdu)
        else:
            parse_release(pdu)


def test_pixels_show_in_no_text_made_of_a_pdv() -> None:
    (value,) = values(p_data(1, b"PATIENT^NAME"))
    assert "PATIENT" not in repr(value)
