"""What a relay proposes upstream, checks, and answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadglass.model.ae_title import ae_field
from leadglass.wire.dicom.associate import (
    AssociateAC,
    AssociateRQ,
    parse_associate_ac,
    parse_associate_rq,
)
from leadglass.wire.dicom.associate_building import build_associate_ac, build_associate_rq
from leadglass.wire.dicom.item import encode_item
from leadglass.wire.dicom.negotiation import announced, answer, check_answer, propose
from leadglass.wire.dicom.uids import (
    CT_IMAGE_STORAGE,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    MR_IMAGE_STORAGE,
    VERIFICATION,
)
from leadglass.wire.dicom.user_information import Role

PACS, CT1 = ae_field("PACS"), ae_field("CT1")
CONTEXTS = [
    (1, VERIFICATION, [IMPLICIT_VR_LITTLE_ENDIAN]),
    (5, CT_IMAGE_STORAGE, [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN]),
    (3, MR_IMAGE_STORAGE, [EXPLICIT_VR_LITTLE_ENDIAN]),
]
ALL = frozenset((1, 3, 5))
IDENTITY = encode_item(0x58, b"\2\1\0\4anna\0\6sesame")


def counted(uid: str) -> bytes:
    return len(uid).to_bytes(2, "big") + uid.encode()


EXTENDED_CT = encode_item(0x56, counted(CT_IMAGE_STORAGE) + b"\2\0")
EXTENDED_MR = encode_item(0x56, counted(MR_IMAGE_STORAGE) + b"\1\0")
COMMON_MR = encode_item(0x57, counted(MR_IMAGE_STORAGE) + counted("1.2.840.10008.4.2") + b"\0\0")
UNKNOWN = encode_item(0x7A, b"future")
FURTHER = [IDENTITY, EXTENDED_CT, EXTENDED_MR, COMMON_MR, UNKNOWN]


def request(
    roles: tuple[Role, ...] = (), window: tuple[int, int] | None = None, further: list[bytes] | None = None
) -> AssociateRQ:
    return parse_associate_rq(
        build_associate_rq(PACS, CT1, CONTEXTS, 16384, asynchronous_window=window, roles=roles, further=further or [])
    )


def accepted(
    *results: tuple[int, int, str],
    roles: tuple[Role, ...] = (),
    window: tuple[int, int] | None = None,
    further: tuple[bytes, ...] = (),
) -> AssociateAC:
    return parse_associate_ac(
        build_associate_ac(PACS, CT1, results, 32768, asynchronous_window=window, roles=roles, further=further)
    )


def test_keeping_everything_with_the_same_length_changes_no_byte() -> None:
    pdu = build_associate_rq(PACS, CT1, CONTEXTS, 16384, further=FURTHER, roles=[Role(CT_IMAGE_STORAGE, True, True)])
    assert propose(parse_associate_rq(pdu), ALL, 16384) == pdu


def test_reserved_bytes_and_padding_of_the_caller_pass_unchanged() -> None:
    pdu = bytearray(build_associate_rq(PACS, CT1, [(1, VERIFICATION, [IMPLICIT_VR_LITTLE_ENDIAN])], 16384))
    pdu[8:10] = b"\xaa\xbb"
    pdu[42:74] = b"\xcc" * 32
    pdu[75] = 0xDD
    rq = parse_associate_rq(bytes(pdu))
    assert rq.tolerated == ("reserved-bytes",)
    assert propose(rq, frozenset((1,)), 16384) == bytes(pdu)


def test_only_kept_contexts_are_proposed_with_their_ids_and_bytes() -> None:
    rq = request()
    upstream = parse_associate_rq(propose(rq, frozenset((3, 5, 99)), 131072))
    assert upstream.contexts == rq.contexts[1:]
    assert [context.raw for context in upstream.contexts] == [context.raw for context in rq.contexts[1:]]


def test_items_of_sop_classes_no_longer_proposed_are_left_out() -> None:
    rq = request(roles=(Role(CT_IMAGE_STORAGE, True, True), Role(MR_IMAGE_STORAGE, False, True)), further=FURTHER)
    upstream = parse_associate_rq(propose(rq, frozenset((1, 5)), 131072))
    raws = [item.raw for item in upstream.user_information.sub_items]
    assert upstream.user_information.roles == (Role(CT_IMAGE_STORAGE, True, True),)
    assert EXTENDED_CT in raws
    assert EXTENDED_MR not in raws
    assert COMMON_MR not in raws
    assert IDENTITY in raws
    assert UNKNOWN in raws


def test_our_maximum_length_stands_where_theirs_stood() -> None:
    rq = request(further=FURTHER)
    upstream = parse_associate_rq(propose(rq, ALL, 131072))
    assert upstream.user_information.maximum_length == 131072
    before = [item.raw for item in rq.user_information.sub_items]
    after = [item.raw for item in upstream.user_information.sub_items]
    assert [(x, y) for x, y in zip(before, after, strict=True) if x != y] == [
        (b"\x51\0\0\4\0\0\x40\0", b"\x51\0\0\4\0\2\0\0")
    ]


def test_a_missing_maximum_length_and_application_context_are_supplied() -> None:
    whole = build_associate_rq(PACS, CT1, CONTEXTS, 0)
    body = whole[6:74] + b"".join(context.raw for context in parse_associate_rq(whole).contexts)
    rq = parse_associate_rq(b"\1\0" + len(body).to_bytes(4, "big") + body)
    upstream = parse_associate_rq(propose(rq, ALL, 131072))
    assert upstream.tolerated == ()
    assert upstream.application_context == "1.2.840.10008.3.1.1.1"
    assert upstream.user_information.maximum_length == 131072


def test_titles_change_only_when_given() -> None:
    rq = request()
    assert propose(rq, ALL, 16384)[10:42] == PACS + CT1
    assert propose(rq, ALL, 16384, called=ae_field("ARCHIVE"))[10:42] == ae_field("ARCHIVE") + CT1
    assert propose(rq, ALL, 16384, calling=ae_field("GATE"))[10:42] == PACS + ae_field("GATE")
    with pytest.raises(ValueError, match="16 bytes"):
        propose(rq, ALL, 16384, called=b"ARCHIVE")


def test_an_answer_within_the_proposal_is_fine() -> None:
    ac = accepted((1, 0, IMPLICIT_VR_LITTLE_ENDIAN), (5, 0, IMPLICIT_VR_LITTLE_ENDIAN), (3, 3, ""))
    assert check_answer(request(), ALL, ac) == ""


def test_a_context_that_was_not_proposed_may_be_refused_but_not_accepted() -> None:
    rq = request()
    keep = frozenset((1,))
    assert check_answer(rq, keep, accepted((1, 0, IMPLICIT_VR_LITTLE_ENDIAN), (3, 3, "1.2"))) == ""
    for number in (3, 7):  # refused by policy; never mentioned by the caller
        ac = accepted((1, 0, IMPLICIT_VR_LITTLE_ENDIAN), (number, 0, EXPLICIT_VR_LITTLE_ENDIAN))
        assert check_answer(rq, keep, ac) == "context-not-proposed"


def test_a_transfer_syntax_of_another_context_is_not_proposed_for_this_one() -> None:
    ac = accepted((3, 0, IMPLICIT_VR_LITTLE_ENDIAN))
    assert check_answer(request(), ALL, ac) == "transfer-syntax-not-proposed"


@pytest.mark.parametrize(
    ("proposed", "granted", "finding"),
    [
        ((Role(CT_IMAGE_STORAGE, True, True),), (Role(CT_IMAGE_STORAGE, True, True),), ""),
        ((Role(CT_IMAGE_STORAGE, True, True),), (Role(CT_IMAGE_STORAGE, False, False),), ""),
        ((Role(CT_IMAGE_STORAGE, False, True),), (Role(CT_IMAGE_STORAGE, True, True),), "role-not-proposed"),
        ((Role(CT_IMAGE_STORAGE, True, False),), (Role(CT_IMAGE_STORAGE, True, True),), "role-not-proposed"),
        ((Role(CT_IMAGE_STORAGE, True, True),), (Role(MR_IMAGE_STORAGE, True, True),), "role-not-proposed"),
        ((), (Role(CT_IMAGE_STORAGE, False, True),), "role-not-proposed"),
        ((), (Role(CT_IMAGE_STORAGE, True, False),), ""),  # the default role
    ],
)
def test_a_role_must_have_been_proposed(proposed: tuple[Role, ...], granted: tuple[Role, ...], finding: str) -> None:
    ac = accepted((5, 0, IMPLICIT_VR_LITTLE_ENDIAN), roles=granted)
    assert check_answer(request(roles=proposed), ALL, ac) == finding


def test_a_role_of_a_class_that_was_left_out_was_not_proposed() -> None:
    ac = accepted((1, 0, IMPLICIT_VR_LITTLE_ENDIAN), roles=(Role(CT_IMAGE_STORAGE, True, True),))
    rq = request(roles=(Role(CT_IMAGE_STORAGE, True, True),))
    assert check_answer(rq, ALL, ac) == ""
    assert check_answer(rq, frozenset((1,)), ac) == "role-not-proposed"


@pytest.mark.parametrize(
    ("asked", "granted", "finding"),
    [
        (None, None, ""),
        (None, (1, 1), ""),
        (None, (2, 1), "async-window-exceeded"),
        (None, (1, 0), "async-window-exceeded"),
        ((4, 4), (4, 4), ""),
        ((4, 4), (1, 1), ""),
        ((4, 4), None, ""),
        ((4, 4), (5, 4), "async-window-exceeded"),
        ((4, 4), (4, 5), "async-window-exceeded"),
        ((4, 4), (0, 4), "async-window-exceeded"),
        ((0, 0), (0, 0), ""),
        ((0, 0), (9, 0), ""),
        ((0, 2), (0, 0), "async-window-exceeded"),
    ],
)
def test_the_window_granted_never_exceeds_the_one_asked(
    asked: tuple[int, int] | None, granted: tuple[int, int] | None, finding: str
) -> None:
    ac = accepted((1, 0, IMPLICIT_VR_LITTLE_ENDIAN), window=granted)
    assert check_answer(request(window=asked), ALL, ac) == finding


def test_the_caller_hears_one_result_a_context_in_its_order() -> None:
    rq = request()
    ac = accepted((5, 4, ""), (1, 0, IMPLICIT_VR_LITTLE_ENDIAN))
    reply = parse_associate_ac(answer(rq, ac, frozenset((1, 5)), 131072))
    assert [(context.id, context.result) for context in reply.contexts] == [(1, 0), (5, 4), (3, 1)]
    assert reply.contexts[0].transfer_syntax == IMPLICIT_VR_LITTLE_ENDIAN


def test_what_upstream_left_unanswered_is_refused_without_reason() -> None:
    reply = parse_associate_ac(answer(request(), accepted((1, 0, IMPLICIT_VR_LITTLE_ENDIAN)), ALL, 131072))
    assert [(context.id, context.result) for context in reply.contexts] == [(1, 0), (5, 2), (3, 2)]


def test_upstream_cannot_answer_for_a_context_that_was_refused() -> None:
    ac = accepted((1, 0, IMPLICIT_VR_LITTLE_ENDIAN), (3, 0, EXPLICIT_VR_LITTLE_ENDIAN))
    reply = parse_associate_ac(answer(request(), ac, frozenset((1,)), 131072))
    assert [(context.id, context.result) for context in reply.contexts] == [(1, 0), (5, 1), (3, 1)]


def test_the_answer_echoes_title_and_reserved_bytes_of_the_caller() -> None:
    pdu = bytearray(build_associate_rq(b"  PACS".ljust(16), b"CT1".ljust(16, b"\0"), CONTEXTS, 16384))
    pdu[42:74] = b"\x77" * 32
    rq = parse_associate_rq(bytes(pdu))
    ac = parse_associate_ac(build_associate_ac(ae_field("OTHER"), ae_field("GATE"), [], 0))
    assert answer(rq, ac, ALL, 131072)[10:74] == bytes(pdu[10:74])


def test_user_information_of_upstream_passes_but_for_the_maximum_length() -> None:
    response = encode_item(0x59, b"\0\5token")
    ac = accepted((5, 0, IMPLICIT_VR_LITTLE_ENDIAN), window=(1, 1), further=(response, EXTENDED_CT, UNKNOWN))
    reply = parse_associate_ac(answer(request(), ac, ALL, 131072))
    assert reply.user_information.maximum_length == 131072
    assert [item.raw for item in reply.user_information.sub_items[1:]] == [
        item.raw for item in ac.user_information.sub_items[1:]
    ]


@given(st.lists(st.sampled_from((1, 3, 5)), unique=True), st.integers(0, 0xFFFFFFFF))
def test_every_kept_set_gives_pdus_that_parse(keep: list[int], length: int) -> None:
    rq = request(roles=(Role(CT_IMAGE_STORAGE, True, True),), further=FURTHER)
    kept = frozenset(keep)
    limit = length if length == 0 or length >= 8 else 8
    upstream = parse_associate_rq(propose(rq, kept, limit))
    assert {context.id for context in upstream.contexts} == kept
    ac = accepted(*((context.id, 0, context.transfer_syntaxes[0]) for context in upstream.contexts))
    assert check_answer(rq, kept, ac) == ""
    reply = parse_associate_ac(answer(rq, ac, kept, limit))
    assert {context.id for context in reply.contexts if context.result == 0} == kept
    assert [context.id for context in reply.contexts] == [context.id for context in rq.contexts]


def test_each_side_is_told_what_the_other_takes_but_never_more_than_the_cap() -> None:
    assert announced(16384, 131072) == 16384
    assert announced(131072, 131072) == 131072
    assert announced(1_000_000, 131072) == 131072
    assert announced(0, 131072) == 131072
