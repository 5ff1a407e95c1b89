"""Association PDUs against pynetdicom, both ways: its bytes read by us, ours read by it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynetdicom import pdu, pdu_primitives
from pynetdicom.presentation import build_context

from leadglass.model.ae_title import ae_field
from leadglass.wire.dicom import pdu as ours
from leadglass.wire.dicom.negotiation import answer, check_answer, propose
from leadglass.wire.dicom.uids import (
    CT_IMAGE_STORAGE,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    MR_IMAGE_STORAGE,
    VERIFICATION,
)
from leadglass.wire.dicom.user_information import CommonExtendedNegotiation, ExtendedNegotiation, Role

PACS, CT1 = ae_field("PACS"), ae_field("CT1")
SYNTAXES = [IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN]
CONTEXTS = [(1, VERIFICATION, SYNTAXES[:1]), (3, CT_IMAGE_STORAGE, SYNTAXES), (7, MR_IMAGE_STORAGE, SYNTAXES[1:])]
UIDS = st.from_regex(r"[1-2](\.(0|[1-9][0-9]{0,5})){1,8}", fullmatch=True)


def user_information() -> list[Any]:
    """One of each kind of sub-item there is."""
    length = pdu_primitives.MaximumLengthNotification()
    length.maximum_length_received = 16382
    implementation = pdu_primitives.ImplementationClassUIDNotification()
    implementation.implementation_class_uid = "1.2.3.4"
    version = pdu_primitives.ImplementationVersionNameNotification()
    version.implementation_version_name = "PEER_1"
    window = pdu_primitives.AsynchronousOperationsWindowNegotiation()
    window.maximum_number_operations_invoked = 3
    window.maximum_number_operations_performed = 2
    role = pdu_primitives.SCP_SCU_RoleSelectionNegotiation()
    role.sop_class_uid, role.scu_role, role.scp_role = CT_IMAGE_STORAGE, False, True
    extended = pdu_primitives.SOPClassExtendedNegotiation()
    extended.sop_class_uid, extended.service_class_application_information = MR_IMAGE_STORAGE, b"\2\0\1"
    common = pdu_primitives.SOPClassCommonExtendedNegotiation()
    common.sop_class_uid, common.service_class_uid = CT_IMAGE_STORAGE, "1.2.840.10008.4.2"
    common.related_general_sop_class_identification = ["1.2.840.10008.5.1.4.1.1.88.22"]
    identity = pdu_primitives.UserIdentityNegotiation()
    identity.user_identity_type, identity.primary_field, identity.secondary_field = 2, b"anna", b"sesame"
    identity.positive_response_requested = True
    return [length, implementation, version, window, role, extended, common, identity]


def their_request() -> bytes:
    """An A-ASSOCIATE-RQ with everything in it, by pynetdicom."""
    primitive = pdu_primitives.A_ASSOCIATE()
    primitive.application_context_name = "1.2.840.10008.3.1.1.1"
    primitive.calling_ae_title, primitive.called_ae_title = "CT1", "PACS"
    contexts = []
    for number, abstract, syntaxes in CONTEXTS:
        context = build_context(abstract, syntaxes)
        context.context_id = number
        contexts.append(context)
    primitive.presentation_context_definition_list = contexts
    primitive.user_information = user_information()
    request = pdu.A_ASSOCIATE_RQ()
    request.from_primitive(primitive)
    return bytes(request.encode())


def decoded(kind: type[Any], data: bytes) -> Any:
    """``data`` as pynetdicom reads it; and it writes the same bytes again."""
    found = kind()
    found.decode(data)
    assert found.encode() == data
    return found


def window_of(found: Any) -> tuple[int, int] | None:
    item = found.user_information.async_ops_window
    return item and (item.maximum_number_operations_invoked, item.maximum_number_operations_performed)


def test_reads_every_item_of_their_request() -> None:
    rq = ours.parse_associate_rq(their_request())
    assert rq.tolerated == ()
    assert (rq.called, rq.calling) == (PACS, CT1)
    assert [(c.id, c.abstract_syntax, list(c.transfer_syntaxes)) for c in rq.contexts] == CONTEXTS
    information = rq.user_information
    assert information.maximum_length == 16382
    assert information.implementation_class_uid == "1.2.3.4"
    assert information.implementation_version_name == "PEER_1"
    assert information.asynchronous_window == (3, 2)
    assert information.roles == (Role(CT_IMAGE_STORAGE, False, True),)
    assert information.extended == (ExtendedNegotiation(MR_IMAGE_STORAGE, b"\2\0\1"),)
    assert information.common_extended == (
        CommonExtendedNegotiation(CT_IMAGE_STORAGE, "1.2.840.10008.4.2", ("1.2.840.10008.5.1.4.1.1.88.22",)),
    )
    assert information.user_identity is not None
    assert (information.user_identity.type, information.user_identity.response_requested) == (2, True)


def test_their_request_proposed_whole_is_their_request() -> None:
    data = their_request()
    assert propose(ours.parse_associate_rq(data), frozenset((1, 3, 7)), 16382) == data


@pytest.mark.parametrize("keep", [(), (1,), (3,), (1, 7), (1, 3, 7)])
def test_they_read_what_we_propose(keep: tuple[int, ...]) -> None:
    rq = ours.parse_associate_rq(their_request())
    found = decoded(pdu.A_ASSOCIATE_RQ, propose(rq, frozenset(keep), 131072))
    assert [context.context_id for context in found.presentation_context] == list(keep)
    information = found.user_information
    assert information.maximum_length == 131072
    assert set(information.role_selection or {}) == ({CT_IMAGE_STORAGE} if 3 in keep else set())
    assert [item.uid for item in information.ext_neg or []] == ([MR_IMAGE_STORAGE] if 7 in keep else [])
    assert [item.sop_class_uid for item in information.common_ext_neg or []] == (
        [CT_IMAGE_STORAGE] if 3 in keep else []
    )
    assert information.user_identity.secondary_field == b"sesame"


@given(
    abstracts=st.lists(UIDS, min_size=1, max_size=6),
    syntaxes=st.lists(UIDS, min_size=1, max_size=3),
    length=st.just(0) | st.integers(8, 0xFFFFFFFF),
    window=st.none() | st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF)),
)
def test_they_read_the_requests_we_build(
    abstracts: list[str], syntaxes: list[str], length: int, window: tuple[int, int] | None
) -> None:
    contexts = [(2 * place + 1, uid, syntaxes) for place, uid in enumerate(abstracts)]
    found = decoded(
        pdu.A_ASSOCIATE_RQ, ours.build_associate_rq(PACS, CT1, contexts, length, asynchronous_window=window)
    )
    assert (found.called_ae_title, found.calling_ae_title) == ("PACS", "CT1")
    assert [
        (context.context_id, context.abstract_syntax, list(context.transfer_syntax))
        for context in found.presentation_context
    ] == contexts
    assert found.user_information.maximum_length == length
    assert window_of(found) == window


def their_accept() -> bytes:
    """An A-ASSOCIATE-AC by pynetdicom: CT accepted in explicit VR with the SCP role, MR refused, window 2/2."""
    primitive = pdu_primitives.A_ASSOCIATE()
    primitive.application_context_name = "1.2.840.10008.3.1.1.1"
    primitive.calling_ae_title, primitive.called_ae_title = "CT1", "PACS"
    primitive.result, primitive.result_source = 0, 1
    results = []
    for number, result, syntax in ((3, 0, SYNTAXES[1]), (7, 3, SYNTAXES[1])):
        context = build_context(CT_IMAGE_STORAGE, [syntax])
        context.context_id, context.result = number, result
        results.append(context)
    primitive.presentation_context_definition_results_list = results
    length, implementation, version, window, role, *_ = user_information()
    window.maximum_number_operations_invoked = 2
    response = pdu_primitives.UserIdentityNegotiation()
    response.server_response = b"token"
    primitive.user_information = [length, implementation, version, window, role, response]
    accept = pdu.A_ASSOCIATE_AC()
    accept.from_primitive(primitive)
    return bytes(accept.encode())


def test_reads_their_accept_and_they_read_the_answer_made_of_it() -> None:
    rq = ours.parse_associate_rq(their_request())
    ac = ours.parse_associate_ac(their_accept())
    keep = frozenset((3, 7))
    assert ac.tolerated == ()
    assert [(c.id, c.result, c.transfer_syntax) for c in ac.contexts] == [(3, 0, SYNTAXES[1]), (7, 3, "")]
    assert ac.user_information.asynchronous_window == (2, 2)
    assert check_answer(rq, keep, ac) == ""
    found = decoded(pdu.A_ASSOCIATE_AC, answer(rq, ac, keep, 65536))
    assert [(context.context_id, context.result) for context in found.presentation_context] == [(1, 1), (3, 0), (7, 3)]
    information = found.user_information
    assert information.maximum_length == 65536
    assert window_of(found) == (2, 2)
    assert (information.role_selection[CT_IMAGE_STORAGE].scu_role, information.implementation_version_name) == (
        False,
        "PEER_1",
    )
    assert information.user_identity.server_response == b"token"


def test_they_read_the_accepts_we_build() -> None:
    results = [(1, 0, SYNTAXES[0]), (3, 3, SYNTAXES[0]), (5, 4, SYNTAXES[1])]
    built = ours.build_associate_ac(PACS, CT1, results, 0, roles=[Role(VERIFICATION, True, False)])
    found = decoded(pdu.A_ASSOCIATE_AC, built)
    assert [(context.context_id, context.result) for context in found.presentation_context] == [(1, 0), (3, 3), (5, 4)]
    assert found.user_information.maximum_length == 0


@pytest.mark.parametrize("result", [1, 2])
@pytest.mark.parametrize(("source", "reasons"), [(1, (1, 2, 3, 7)), (2, (1, 2)), (3, (1, 2))])
def test_rejections_read_the_same_both_ways(result: int, source: int, reasons: tuple[int, ...]) -> None:
    for reason in reasons:
        found = decoded(pdu.A_ASSOCIATE_RJ, ours.associate_rj(result, source, reason))
        assert (found.result, found.source, found.reason_diagnostic) == (result, source, reason)
        assert ours.parse_associate_rj(found.encode()) == ours.AssociateRJ(result, source, reason)


def test_aborts_and_releases_read_the_same_both_ways() -> None:
    for source, reason in ((0, 0), (2, 0), (2, 1), (2, 2), (2, 4), (2, 5), (2, 6)):
        found = decoded(pdu.A_ABORT_RQ, ours.abort(source, reason))
        assert (found.source, found.reason_diagnostic) == (source, reason)
    decoded(pdu.A_RELEASE_RQ, ours.RELEASE_RQ)
    decoded(pdu.A_RELEASE_RP, ours.RELEASE_RP)


@given(st.lists(st.tuples(st.integers(0, 127), st.booleans(), st.booleans(), st.binary(max_size=40)), min_size=1))
def test_reads_the_data_pdus_they_write(parts: list[tuple[int, bool, bool, bytes]]) -> None:
    primitive = pdu_primitives.P_DATA()
    primitive.presentation_data_value_list = [
        [number * 2 + 1, bytes((command | last << 1,)) + fragment] for number, command, last, fragment in parts
    ]
    data = pdu.P_DATA_TF()
    data.from_primitive(primitive)
    assert ours.parse_p_data(data.encode(), 1 << 20) == tuple(
        ours.PresentationDataValue(number * 2 + 1, command, last, fragment) for number, command, last, fragment in parts
    )
