"""What leaves is read by pynetdicom as it is meant. It is an oracle here, without sockets."""

from __future__ import annotations

from io import BytesIO

import pytest
from pynetdicom.dimse_messages import DIMSEMessage
from pynetdicom.pdu import A_ABORT_RQ, A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ, A_RELEASE_RP, P_DATA_TF
from tests.flow.messages import (
    CT_CONTEXT,
    MR,
    associate_ac,
    associate_rq,
    data_set,
    fragmented,
    pdus,
    store,
    store_command,
    store_rsp,
)
from tests.flow.playbook import Playbook

from leadglass.wire.dicom.pdu import RELEASE_RQ


def test_request_and_acceptance_read_as_they_were_negotiated() -> None:
    book = Playbook()
    book.caller(associate_rq(asynchronous_window=(3, 3)))
    book.connected()
    rq = A_ASSOCIATE_RQ()
    rq.decode(book.to_archive)
    assert (rq.calling_ae_title, rq.called_ae_title) == ("CT2", "PACS")
    assert [context.context_id for context in rq.presentation_context] == [1, 3]
    assert rq.user_information.maximum_length == 16_384
    book.archive(associate_ac(book.to_archive, refuse=(1,)))
    ac = A_ASSOCIATE_AC()
    ac.decode(book.to_caller)
    assert [(context.context_id, context.result) for context in ac.presentation_context] == [
        (1, 3), (3, 0), (5, 1), (7, 1), (9, 1),
    ]  # fmt: skip
    assert ac.user_information.maximum_length == 32_768


def test_a_rejection_reads_as_its_reason() -> None:
    book = Playbook()
    book.caller(associate_rq(called="ELSEWHERE"))
    rj = A_ASSOCIATE_RJ()
    rj.decode(book.to_caller)
    assert rj.reason_str == "Called AE title not recognised"


def test_an_abort_of_ours_reads_as_the_providers() -> None:
    book = Playbook.opened()
    book.caller(b"\x09\0\0\0\0\0")
    for out in (book.to_caller, book.to_archive):
        abort = A_ABORT_RQ()
        abort.decode(out)
        assert abort.source == 2


def read(data: bytes) -> list[DIMSEMessage]:
    """The messages of these PDUs, by pynetdicom."""
    found, message = [], DIMSEMessage()
    for kind, whole in pdus(data):
        if kind != 4:
            continue
        pdu = P_DATA_TF()
        pdu.decode(whole)
        if message.decode_msg(pdu.to_primitive()):
            found.append(message)
            message = DIMSEMessage()
    return found


@pytest.mark.parametrize("size", [16, 300, 4_000])
def test_messages_passed_on_and_answered_read_as_they_are_meant(size: int) -> None:
    book = Playbook.opened("CT2")
    data = data_set(1, pixels=9_000)
    book.caller(fragmented(CT_CONTEXT, store_command(1), data, size))
    book.archive(store_rsp(1))
    book.caller(fragmented(CT_CONTEXT, store_command(2), data_set(2, sop_class=MR), size))
    (passed,) = read(book.to_archive)
    assert isinstance(passed.data_set, BytesIO)
    assert passed.data_set.getvalue() == data
    success, refused = (message.message_to_primitive() for message in read(book.to_caller))
    assert (success.Status, refused.Status) == (0x0000, 0x0124)
    assert (refused.MessageIDBeingRespondedTo, refused.AffectedSOPInstanceUID) == (2, "1.2.9.2")


def test_a_release_reads_as_one() -> None:
    book = Playbook.opened("CT2")
    book.caller(store())
    book.archive(store_rsp())
    book.forget()
    book.releases()
    assert book.to_archive == RELEASE_RQ
    rp = A_RELEASE_RP()
    rp.decode(book.to_caller)
    assert rp.encode() == book.to_caller
