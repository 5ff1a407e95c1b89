"""Association PDUs: what is built is what is parsed, what is secret stays so, and nothing else escapes."""

from __future__ import annotations

import pickle
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadglass.model.ae_title import ae_field
from leadglass.wire.dicom import associate
from leadglass.wire.dicom.associate import (
    parse_associate_ac,
    parse_associate_rq,
)
from leadglass.wire.dicom.associate_building import build_associate_ac, build_associate_rq
from leadglass.wire.dicom.header import MAX_ASSOCIATE_PDU
from leadglass.wire.dicom.item import encode_item
from leadglass.wire.dicom.uids import CT_IMAGE_STORAGE, EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN
from leadglass.wire.dicom.user_information import USER_IDENTITY, USER_IDENTITY_RESPONSE, Role
from leadglass.wire.dicom.violation import PduError

PACS, CT1 = ae_field("PACS"), ae_field("CT1")
UIDS = st.from_regex(r"[1-9]{1,4}(\.(0|[1-9][0-9]{0,5})){1,8}", fullmatch=True)
TITLES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabc_-0123456789. ", min_size=1, max_size=16).filter(
    lambda title: title.strip() not in {"", ".", ".."}
)
IDS = st.lists(st.integers(0, 127).map(lambda half: half * 2 + 1), unique=True, max_size=128)
WINDOWS = st.none() | st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
ROLES = st.lists(st.builds(Role, UIDS, st.booleans(), st.booleans()), max_size=4, unique_by=lambda role: role.sop_class)
LENGTHS = st.just(0) | st.integers(8, 0xFFFFFFFF)


@given(data=st.data(), called=TITLES, calling=TITLES, ids=IDS, length=LENGTHS, window=WINDOWS, roles=ROLES)
def test_parses_every_request_it_builds(
    *,
    data: st.DataObject,
    called: str,
    calling: str,
    ids: list[int],
    length: int,
    window: tuple[int, int] | None,
    roles: list[Role],
) -> None:
    contexts = [(number, data.draw(UIDS), data.draw(st.lists(UIDS, min_size=1, max_size=2))) for number in ids[:8]]
    rq = parse_associate_rq(
        build_associate_rq(
            ae_field(called), ae_field(calling), contexts, length, asynchronous_window=window, roles=roles
        )
    )
    assert rq.tolerated == ()
    assert (rq.called, rq.calling) == (ae_field(called), ae_field(calling))
    assert [(c.id, c.abstract_syntax, list(c.transfer_syntaxes)) for c in rq.contexts] == contexts
    assert rq.user_information.maximum_length == length
    assert rq.user_information.asynchronous_window == window
    assert list(rq.user_information.roles) == roles


@given(
    results=st.lists(
        st.tuples(st.integers(0, 127).map(lambda half: half * 2 + 1), st.integers(0, 4), UIDS),
        max_size=8,
        unique_by=lambda result: result[0],
    ),
    length=LENGTHS,
)
def test_parses_every_answer_it_builds(results: list[tuple[int, int, str]], length: int) -> None:
    ac = parse_associate_ac(build_associate_ac(PACS, CT1, results, length))
    assert ac.tolerated == ()
    assert [(c.id, c.result) for c in ac.contexts] == [(number, result) for number, result, _ in results]
    assert [c.transfer_syntax for c in ac.contexts] == ["" if result else syntax for _, result, syntax in results], (
        "a refused context has no transfer syntax"
    )
    assert ac.user_information.maximum_length == length


@given(st.binary(max_size=300), st.sampled_from((1, 2)))
def test_arbitrary_items_raise_nothing_but_pdu_errors(items: bytes, kind: int) -> None:
    body = b"\0\1\0\0" + PACS + CT1 + bytes(32) + items
    pdu = bytes((kind, 0)) + len(body).to_bytes(4, "big") + body
    with suppress(PduError):
        (parse_associate_rq if kind == 1 else parse_associate_ac)(pdu)


@given(st.data())
def test_damaged_requests_raise_nothing_but_pdu_errors(data: st.DataObject) -> None:
    pdu = bytearray(
        build_associate_rq(
            PACS,
            CT1,
            [(1, CT_IMAGE_STORAGE, [IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN])],
            16384,
            asynchronous_window=(1, 1),
            roles=[Role(CT_IMAGE_STORAGE, True, True)],
            further=[encode_item(USER_IDENTITY, b"\1\0\0\4anna\0\0")],
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        pdu[data.draw(st.integers(6, len(pdu) - 1))] = data.draw(st.integers(0, 255))
    with suppress(PduError):
        parse_associate_rq(bytes(pdu))


def test_the_bound_of_the_caller_holds() -> None:
    pdu = build_associate_rq(PACS, CT1, [(1, CT_IMAGE_STORAGE, [IMPLICIT_VR_LITTLE_ENDIAN])], 16384)
    assert parse_associate_rq(pdu, len(pdu)).contexts
    with pytest.raises(PduError) as caught:
        parse_associate_rq(pdu, len(pdu) - 1)
    assert caught.value.finding == "pdu-too-long"


def test_builders_refuse_a_title_that_is_not_16_bytes() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        build_associate_rq(b"PACS", CT1, [], 0)
    with pytest.raises(ValueError, match="16 bytes"):
        build_associate_ac(PACS, CT1 + b" ", [], 0)


def test_credentials_show_in_no_text_made_of_an_association() -> None:
    secret = b"sesame-4711"
    identity = encode_item(USER_IDENTITY, b"\2\1\0\x0b" + secret + b"\0\x0b" + secret)
    response = encode_item(USER_IDENTITY_RESPONSE, b"\0\x0b" + secret)
    rq = parse_associate_rq(build_associate_rq(PACS, CT1, [], 0, further=[identity]))
    ac = parse_associate_ac(build_associate_ac(PACS, CT1, [], 0, further=[response]))
    assert rq.user_information.user_identity is not None
    assert rq.user_information.user_identity.type == 2
    assert rq.user_information.user_identity.response_requested
    for shown in (rq, ac, rq.user_information, *rq.user_information.sub_items, *ac.user_information.sub_items):
        for text in (repr(shown), str(shown), f"{shown}"):
            assert "sesame" not in text
            assert secret.hex() not in text
    assert rq.user_information.sub_items[-1].raw == identity


def test_credentials_show_in_no_error() -> None:
    secret = b"sesame-4711"
    for broken in (b"\2\1\0\x0b" + secret + b"\0\xff" + secret, b"\2\1\xff\xff" + secret, secret[:5]):
        pdu = build_associate_rq(PACS, CT1, [], 0, further=[encode_item(USER_IDENTITY, broken)])
        with pytest.raises(PduError) as caught:
            parse_associate_rq(pdu)
        assert "sesam" not in str(caught.value)
        assert secret[:4].hex() not in str(caught.value)


def test_unknown_and_negotiation_sub_items_are_kept_in_their_order() -> None:
    items = [encode_item(0x7A, b"abc"), encode_item(0x56, b"\0\3" + b"1.2" + b"\1\2"), encode_item(0x7B, b"")]
    rq = parse_associate_rq(build_associate_rq(PACS, CT1, [], 0, further=items))
    assert [item.raw for item in rq.user_information.sub_items][-3:] == items
    assert rq.user_information.extended[0].application_information == b"\1\2"
    assert rq.tolerated == ("unknown-item",)


def test_common_extended_negotiation_names_its_related_classes() -> None:
    counted = b"".join(len(uid).to_bytes(2, "big") + uid for uid in (b"1.2.9", b"1.2.10"))
    item = encode_item(0x57, b"\0\3" + b"1.2" + b"\0\3" + b"1.3" + len(counted).to_bytes(2, "big") + counted)
    rq = parse_associate_rq(build_associate_rq(PACS, CT1, [], 0, further=[item]))
    (common,) = rq.user_information.common_extended
    assert (common.sop_class, common.service_class) == ("1.2", "1.3")
    assert common.related_general_sop_classes == ("1.2.9", "1.2.10")


def test_a_version_name_is_shown_without_control_characters() -> None:
    item = encode_item(0x55, b"V\x1b[2J\n1")
    rq = parse_associate_rq(build_associate_rq(PACS, CT1, [], 0, implementation_version_name="", further=[item]))
    assert rq.user_information.implementation_version_name == r"V\x1b[2J\n1"


def test_a_missing_maximum_length_in_a_full_user_information_is_an_error() -> None:
    pdu = build_associate_rq(PACS, CT1, [], 0, implementation_class_uid="", implementation_version_name="")
    fixed = pdu[6:-12]  # without the user information
    user_information = encode_item(0x50, encode_item(0x7A, bytes(65_525)))
    body = fixed + user_information
    with pytest.raises(PduError) as caught:
        parse_associate_rq(b"\1\0" + len(body).to_bytes(4, "big") + body)
    assert caught.value.finding == "sub-item-length"


def test_a_parsed_association_can_cross_a_process() -> None:
    rq = parse_associate_rq(build_associate_rq(PACS, CT1, [(1, CT_IMAGE_STORAGE, ["1.2"])], 0))
    assert pickle.loads(pickle.dumps(rq)) == rq


@pytest.mark.parametrize(
    ("syntax", "count"), [(b"", 1000), (b"1.2.%d.%d", 500), (b"1.2.%d.%d." + b"3" * 90, 65), (b"x.%d.%d", 500)]
)
def test_a_hostile_request_of_1_mib_costs_little_memory(syntax: bytes, count: int) -> None:
    items = b"".join(
        encode_item(
            0x20,
            bytes((number, 0, 0, 0, 0x30, 0, 0, 3))
            + b"1.2"
            + b"".join(encode_item(0x40, syntax % (number, i) if syntax else b"") for i in range(count)),
        )
        for number in range(1, 256, 2)
    )
    body = b"\0\1\0\0" + PACS + CT1 + bytes(32) + items
    pdu = b"\1\0" + len(body).to_bytes(4, "big") + body
    assert 500_000 < len(pdu) <= MAX_ASSOCIATE_PDU
    tracemalloc.start()
    try:
        rq = parse_associate_rq(pdu)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(rq.contexts) == 128
    assert len(rq.tolerated) <= 3
    assert peak < 32 * len(pdu)


def test_a_request_with_a_user_identity_is_never_kept_in_memory() -> None:
    secret = b"s3cret-passcode"
    item = b"\x58\x07" + (10 + len(secret)).to_bytes(2, "big")  # its reserved byte is set, which is tolerated
    item += b"\x02\x00\x00\x04user" + len(secret).to_bytes(2, "big") + secret
    plain = build_associate_rq(
        ae_field("CALLED"), ae_field("CALLING"), [(1, CT_IMAGE_STORAGE, [IMPLICIT_VR_LITTLE_ENDIAN])], 16_384
    )
    start = plain.rindex(b"\x50\x00")
    inside = plain[start + 4 :] + item
    body = plain[6:start] + b"\x50\x00" + len(inside).to_bytes(2, "big") + inside
    request = plain[:2] + len(body).to_bytes(4, "big") + body
    parsed = parse_associate_rq(request)
    assert parsed.user_information.user_identity is not None
    assert not any(secret in kept for kept in associate._requests)
    parse_associate_rq(plain)
    assert plain in associate._requests
