"""Messages as they cross: gaps for our answers, correlation, cancels, both directions at once, deviations counted."""

from __future__ import annotations

import pytest
from tests.flow.conversations import answered_find
from tests.flow.messages import (
    C_FIND,
    COMMITMENT,
    COMMITMENT_CONTEXT,
    CT_CONTEXT,
    FIND_CONTEXT,
    MR,
    N_EVENT_REPORT,
    associate_rq,
    cancel,
    command,
    data_set,
    echo,
    echo_rsp,
    event_report,
    find,
    fragmented,
    kinds,
    messages,
    pdu,
    pdus,
    pdv,
    response,
    store,
    store_command,
    store_rsp,
)
from tests.flow.playbook import ARCHIVE, CALLER, Playbook, knows, observing

from leadglass.flow.association import Phase
from leadglass.flow.dialogue import MAX_OUTSTANDING
from leadglass.flow.effects import Gate
from leadglass.model.event import AssociationClosed, ProtocolError
from leadglass.wire.dicom.command import build_command


def refused(number: int, size: int = 4_000) -> bytes:
    """A C-STORE that CT2 may not send, as its head shows."""
    return fragmented(CT_CONTEXT, store_command(number), data_set(number, sop_class=MR), size)


def several(*parts: bytes) -> bytes:
    """All PDVs of these PDUs in one PDU."""
    return pdu(*(whole[6:] for part in parts for _, whole in pdus(part)))


# --- our answers ---------------------------------------------------------------------------------------------------


def test_our_answer_waits_for_the_end_of_a_message_to_the_same_side() -> None:
    book = Playbook.opened("WS")
    book.caller(find(1))
    answer = response(
        C_FIND,
        1,
        0xFF00,
        FIND_CONTEXT,
        data_set(pixels=30_000),
    )
    book.archive(answer[:20_000])
    book.keep = lambda _: False
    book.caller(find(2))  # closed without a record: answered by us
    assert len(messages(book.to_caller)) == 0
    assert book.to_caller == answer[: len(book.to_caller)]
    book.archive(answer[20_000:])
    found = [message.command for message in messages(book.to_caller)]
    assert [(each.message_id_being_responded_to, each.status) for each in found] == [(1, 0xFF00), (2, 0xA700)]
    assert messages(book.to_caller)[0].data == data_set(pixels=30_000)


@pytest.mark.parametrize("cut", [1, 5, 11, 12, 13, 40, 100, 119, 200, 1_000])
def test_our_answer_never_splits_a_message_wherever_the_archives_bytes_end(cut: int) -> None:
    book = Playbook.opened("WS")
    request, answer = answered_find(1, 2)
    book.caller(request)
    book.archive(answer[:cut])
    book.keep = lambda record: record.gate is not Gate.DURABLE
    book.caller(find(2))
    book.archive(answer[cut:])
    found = messages(book.to_caller)
    assert sorted(message.command.message_id_being_responded_to for message in found) == [1, 1, 1, 2]
    assert [message.data for message in found if message.command.status == 0xFF00] == [data_set(0), data_set(1)]
    assert book.phase is Phase.OPEN


def test_our_answer_waits_for_the_end_of_a_message_whose_gate_has_just_opened() -> None:
    book = Playbook.opened("WS", given=observing(), keep=lambda _: None)
    report = command(
        N_EVENT_REPORT, 7, affected_sop_class=COMMITMENT, affected_sop_instance="1.2.3", event_type_id=1
    )  # no data set: its command set is all of it, and of no transaction
    said = fragmented(COMMITMENT_CONTEXT, report, b"", 1_000, 60)
    said = b"".join(whole for _, whole in pdus(said) if whole[11] & 1)
    for _, part in pdus(said):
        book.archive(part)
    book.caller(find(2))
    assert len(book.waiting) == 2
    book.open_gates(but=CALLER)
    found = messages(book.to_caller)
    assert [message.command.operation for message in found] == ["N-EVENT-REPORT", "C-FIND"]
    assert book.to_caller.startswith(said)


def test_our_answers_fit_what_the_side_can_take() -> None:
    book = Playbook.opened("CT2", rq=associate_rq("CT2", maximum_length=20))
    book.caller(refused(1))
    assert all(len(whole) <= 6 + 20 for _, whole in pdus(book.to_caller))
    assert messages(book.to_caller)[0].command.status == 0x0124


def test_refusals_of_both_directions_are_answered_to_who_asked() -> None:
    book = Playbook.opened("WS", tell=knows)
    book.keep = lambda _: False
    book.archive(event_report(7))
    (answer,) = messages(book.to_archive)
    assert (answer.command.command_field, answer.command.status) == (N_EVENT_REPORT | 0x8000, 0x0213)
    assert answer.command.message_id_being_responded_to == 7
    assert not book.to_caller


def test_refused_messages_pile_up_only_so_far() -> None:
    book = Playbook.opened("WS")
    book.caller(find(0))
    answer = response(C_FIND, 0, 0xFF00, FIND_CONTEXT, data_set(pixels=30_000))
    book.archive(answer[:20_000])  # and stops there: our answers find no gap
    book.keep = lambda _: False
    for number in range(1, MAX_OUTSTANDING + 2):
        if book.phase is Phase.OVER:
            break
        book.caller(find(number))
    assert book.only(ProtocolError).finding == "too-many-requests"


# --- correlation ---------------------------------------------------------------------------------------------------


def test_the_two_directions_have_message_ids_of_their_own() -> None:
    book = Playbook.opened("WS", tell=knows)
    book.caller(store(1))
    book.archive(event_report(1))
    book.archive(store_rsp(1))
    book.caller(response(N_EVENT_REPORT, 1, 0, COMMITMENT_CONTEXT))
    assert book.to_archive == store(1) + response(N_EVENT_REPORT, 1, 0, COMMITMENT_CONTEXT)
    assert book.to_caller == event_report(1) + store_rsp(1)
    book.releases()
    assert book.only(AssociationClosed).how == "released"


def test_a_message_id_may_be_used_again_after_its_response() -> None:
    book = Playbook.opened("CT2")
    for _ in range(3):
        book.caller(store(1))
        book.archive(store_rsp(1))
    assert book.outcomes() == ["success"] * 3


def test_responses_may_come_in_any_order() -> None:
    book = Playbook.opened("CT2")
    book.caller(store(1) + store(2) + echo(3))
    book.archive(echo_rsp(3) + store_rsp(2, 0xA700) + store_rsp(1))
    assert book.outcomes() == ["failure", "success"]
    assert book.to_caller == echo_rsp(3) + store_rsp(2, 0xA700) + store_rsp(1)


def violated(book: Playbook, finding: str, side: str) -> None:
    """The side broke the protocol: on record, and A-ABORT to both."""
    error = book.only(ProtocolError)
    assert (error.finding, error.side) == (finding, side)
    assert kinds(book.to_caller)[-1] == kinds(book.to_archive)[-1] == 7
    assert book.phase is Phase.OVER
    book.accounts()


def test_a_message_id_in_use_is_a_violation() -> None:
    book = Playbook.opened("CT2")
    book.caller(store(1))
    book.caller(store(1))
    violated(book, "message-id-in-use", "caller")
    assert len(messages(book.to_archive)) == 1


@pytest.mark.parametrize("answer", [store_rsp(2), echo_rsp(1), response(C_FIND, 1)])
def test_a_response_nobody_asked_for_is_a_violation(answer: bytes) -> None:
    book = Playbook.opened("CT2")
    book.caller(store(1))
    book.archive(answer)
    violated(book, "response-without-request", "archive")
    assert not messages(book.to_caller)


def test_a_second_response_is_a_violation() -> None:
    book = Playbook.opened("CT2")
    book.caller(store(1))
    book.archive(store_rsp(1) + store_rsp(1))
    violated(book, "response-without-request", "archive")


def test_a_caller_that_answers_what_the_archive_never_asked_is_in_violation() -> None:
    book = Playbook.opened("WS")
    book.caller(store_rsp(1))
    violated(book, "response-without-request", "caller")
    assert not messages(book.to_archive)


@pytest.mark.parametrize("kept", [True, False])
def test_an_archive_cannot_answer_what_it_has_not_been_sent(kept: bool) -> None:
    book = Playbook.opened("CT2", keep=lambda _: None)
    book.caller(store(1))
    book.archive(store_rsp(1))
    violated(book, "response-without-request", "archive")
    assert book.outcomes() == ["cut-off"]
    book.open_gates(kept)
    assert not messages(book.to_archive)


@pytest.mark.parametrize("status", [0, 0xB000])
def test_success_for_an_object_that_was_not_sent_whole_is_never_passed_on(status: int) -> None:
    book = Playbook.opened("CT2")
    book.caller(store(pixels=50_000)[:40_000])
    book.archive(store_rsp(1, status))
    violated(book, "response-before-request", "archive")
    assert book.outcomes() == ["cut-off"]
    assert not messages(book.to_caller)


def test_an_archive_may_say_early_that_it_failed() -> None:
    book = Playbook.opened("CT2")
    said = store(pixels=50_000)
    book.caller(said[:40_000])
    book.archive(store_rsp(1, 0xA700))
    assert book.to_caller == store_rsp(1, 0xA700)
    book.caller(said[40_000:])
    assert book.to_archive == said
    assert book.outcomes() == ["failure"]
    assert book.phase is Phase.OPEN


# --- cancel --------------------------------------------------------------------------------------------------------


def test_a_cancel_of_what_is_under_way_goes_on_and_asks_for_no_answer_of_its_own() -> None:
    book = Playbook.opened("WS")
    book.caller(find(1) + cancel(1))
    assert book.to_archive == find(1) + cancel(1)
    book.archive(response(C_FIND, 1, 0xFE00, FIND_CONTEXT))
    assert book.to_caller == response(C_FIND, 1, 0xFE00, FIND_CONTEXT)


def test_a_cancel_of_what_is_over_reaches_nobody() -> None:
    book = Playbook.opened("WS")
    request, answer = answered_find(1, 0)
    book.caller(request)
    book.archive(answer)
    book.caller(cancel(1) + echo(2))
    assert book.to_archive == request + echo(2)
    assert book.to_caller == answer


# --- how messages are cut into PDVs --------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [0, 1, 7])
def test_one_byte_fragments_arrive_as_they_were(cut: int) -> None:
    said = fragmented(CT_CONTEXT, store_command(1), data_set(1), 1, 1)
    book = Playbook.opened("CT2")
    book.caller(said, cut)
    assert book.to_archive == said
    assert messages(book.to_archive)[0].data == data_set(1)


@pytest.mark.parametrize("cut", [0, 1, 50])
def test_command_and_data_in_one_pdu_are_read_and_counted(cut: int) -> None:
    book = Playbook.opened("CT2")
    book.caller(several(store(1)), cut)
    assert book.to_archive == store(1)
    book.archive(store_rsp(1))
    book.releases()
    assert book.only(AssociationClosed).tolerated["several-pdvs"] == 1


@pytest.mark.parametrize("delayed", [False, True])
def test_the_end_of_a_message_and_the_start_of_the_next_in_one_pdu(delayed: bool) -> None:
    first, second, third = (list(pdus(store(number))) for number in (1, 2, 3))
    said = (
        first[0][1]
        + pdu(first[1][1][6:], second[0][1][6:])
        + pdu(second[1][1][6:], third[0][1][6:], third[1][1][6:])
        + echo(4)
    )
    book = Playbook.opened("CT2", keep=lambda _: None if delayed else True)
    book.caller(said)
    while book.waiting:
        book.open_gates()
    assert book.to_archive == store(1) + store(2) + store(3) + echo(4)


def test_a_refused_message_between_two_permitted_in_one_pdu_is_taken_out() -> None:
    book = Playbook.opened("CT2")
    book.caller(several(store(1), refused(2), store(3)))
    assert book.to_archive == store(1) + store(3)
    assert messages(book.to_caller)[0].command.message_id_being_responded_to == 2


def test_empty_last_fragments_pass_and_are_counted() -> None:
    data = data_set(1)
    said = (
        pdu(pdv(CT_CONTEXT, 3, build_command(store_command(1))))
        + pdu(pdv(CT_CONTEXT, 0, data))
        + pdu(pdv(CT_CONTEXT, 2))
    )
    book = Playbook.opened("CT2")
    book.caller(said)
    assert book.to_archive == said
    book.archive(store_rsp(1))
    book.releases()
    assert book.only(AssociationClosed).tolerated["empty-last-fragment"] == 1


def test_deviations_in_command_sets_are_counted() -> None:
    said = bytearray(echo(1))
    said[12 + 8] ^= 1  # the group length
    book = Playbook.opened("CT2")
    book.caller(bytes(said))
    assert book.to_archive == bytes(said)
    book.archive(echo_rsp(1))
    book.releases()
    assert book.only(AssociationClosed).tolerated == {"group-length": 1}


def test_everything_in_one_read_release_included() -> None:
    book = Playbook.opened("CT2")
    book.caller(store(1) + refused(2) + echo(3) + b"\5\0\0\0\0\4\0\0\0\0")
    assert [kind for kind, _ in pdus(book.to_archive)][-1] == 5
    assert len(messages(book.to_archive)) == 2
    book.archive(store_rsp(1) + echo_rsp(3) + b"\6\0\0\0\0\4\0\0\0\0")
    assert [message.command.status for message in messages(book.to_caller)] == [0x0124, 0, 0]
    assert kinds(book.to_caller) == [6]
    book.accounts()


def test_each_direction_waits_for_its_own_gates_only() -> None:
    book = Playbook.opened("WS", tell=knows)
    book.caller(store(1))
    book.keep = lambda _: None
    book.caller(find(2))
    (gated,) = book.waiting
    assert gated.record.side is CALLER
    book.archive(event_report(9))
    assert [each.record.side for each in book.waiting] == [CALLER, ARCHIVE]
    book.open_gates()
    assert book.to_archive == store(1) + find(2)
    assert book.to_caller == event_report(9)
