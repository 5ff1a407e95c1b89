"""C-GET: its objects come back on the same association, each judged for the requester on its own head (PS3.4 C.4.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.flow.messages import (
    C_GET,
    C_STORE,
    CT,
    CT_CONTEXT,
    EVERYTHING,
    GET,
    MR,
    answered,
    associate_rq,
    cancel,
    data_set,
    fragmented,
    get,
    identifier,
    messages,
    pending,
    store,
    store_command,
    store_rsp,
)
from tests.flow.playbook import ARCHIVE, CALLER, NOT_P9, PEERS, ROUTE, VIEWER, Playbook, observing, rules

from leadglass.flow.effects import Side
from leadglass.flow.surroundings import Rules
from leadglass.model.event import (
    AssociationClosed,
    InstanceOutcome,
    Operation,
    Refusal,
    TransferBegun,
    TransferClosed,
)
from leadglass.model.route import Mode
from leadglass.wire.dicom.associate import parse_associate_rq
from leadglass.wire.dicom.pdu import abort
from leadglass.wire.dicom.user_information import Role

opened = Playbook.departmental


def getting(calling: str = "WS", **settings: Any) -> Playbook:
    """An association with a C-GET under way, Message ID 7."""
    book = opened(calling, **settings)
    book.caller(get(7))
    assert book.to_archive == get(7)
    book.forget()
    return book


def to(book: Playbook, side: Side) -> list[int]:
    return [message.command.status for message in messages(bytes(book.sent[side]))]


# --- the opening ---------------------------------------------------------------------------------------------------


def proposed(calling: str, roles: tuple[Role, ...], given: Rules) -> set[str]:
    book = Playbook(given)
    book.caller(associate_rq(calling, contexts=EVERYTHING, roles=roles))
    book.connected()
    return {context.abstract_syntax for context in parse_associate_rq(book.to_archive).contexts}


def test_storage_is_proposed_for_who_may_get_in_both_roles() -> None:
    book = Playbook()
    roles = (Role(CT, scu=True, scp=True), Role(MR, scu=False, scp=True))
    book.caller(associate_rq("VIEWER", contexts=EVERYTHING, roles=roles))
    book.connected()
    rq = parse_associate_rq(book.to_archive)
    assert {GET, CT, MR} <= {context.abstract_syntax for context in rq.contexts}
    assert rq.user_information.roles == roles


def test_who_may_neither_get_nor_store_is_proposed_no_storage() -> None:
    asking = replace(VIEWER, operations=("C-FIND",))
    given = rules(peers=(asking,))
    assert proposed("VIEWER", (Role(CT, scu=False, scp=True),), given) <= {
        "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.31",
    }  # fmt: skip


# --- the request ---------------------------------------------------------------------------------------------------


def test_a_get_is_on_disk_before_it_goes_on_and_expects_nothing_elsewhere() -> None:
    book = opened(keep=lambda _: None)
    book.caller(get(7, identifier("SERIES", study="1.2.3", series="1.2.3.1")))
    asked = book.only(Operation)
    assert (asked.operation, asked.level, asked.study, asked.uids) == ("C-GET", "SERIES", "1.2.3", ("1.2.3", "1.2.3.1"))
    assert not book.to_archive
    assert not book.expects
    book.open_gates()
    assert messages(book.to_archive)[0].command.operation == "C-GET"


def test_a_get_that_policy_refuses_is_answered_0124_and_lets_no_object_through() -> None:
    book = opened("VIEWER")
    book.caller(get(7, identifier("PATIENT", patient="P1")))
    assert to(book, CALLER) == [0x0124]
    book.archive(store(1))
    assert to(book, ARCHIVE) == [0x0124]
    assert [refusal.operation for refusal in book.records(Refusal)] == ["C-GET", "C-STORE"]


def test_without_a_record_a_get_is_answered_a702() -> None:
    book = opened(keep=lambda _: False)
    book.caller(get(7))
    assert to(book, CALLER) == [0xA702]
    assert not book.to_archive


# --- objects -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [0, 1, 90])
def test_objects_reach_the_caller_and_their_outcomes_are_what_it_says(cut: int) -> None:
    book = getting("VIEWER")
    book.archive(store(1) + store(2), cut)
    assert book.to_caller == store(1) + store(2)
    book.caller(store_rsp(1) + store_rsp(2, 0xA700), cut)
    assert book.to_archive == store_rsp(1) + store_rsp(2, 0xA700)
    said = pending(C_GET, 7, remaining=0) + answered(C_GET, 7, 0xB000, completed=1, failed=1)
    book.archive(said, cut)
    assert book.to_caller.endswith(said)
    begun = book.only(TransferBegun)
    assert (begun.operation, begun.requester, begun.judgement.rule) == (
        "C-GET", "viewer", "retrieved-object-permitted",
    )  # fmt: skip
    assert book.outcomes() == ["success", "failure"]
    assert (book.only(Operation).completed, book.only(Operation).failed) == (1, 1)
    book.releases()
    closed = book.only(TransferClosed)
    assert (closed.outcomes, closed.bytes) == ({"success": 1, "failure": 1}, 2 * len(data_set(1)))
    assert (book.only(AssociationClosed).instances, book.only(AssociationClosed).operations) == (2, 1)


def test_an_object_waits_for_its_record() -> None:
    book = getting(keep=lambda record: True)
    book.keep = lambda _: None
    book.archive(store(1))
    assert not book.to_caller
    book.open_gates()
    assert book.to_caller == store(1)


def test_what_the_requesters_policy_forbids_is_drained_answered_and_the_get_goes_on() -> None:
    book = getting(given=rules(policies=NOT_P9))
    book.archive(store(1) + store(2, patient="P9", pixels=40_000) + store(3))
    assert book.to_caller == store(1) + store(3)
    (answer,) = messages(book.to_archive)
    assert (answer.command.command_field, answer.command.status) == (C_STORE | 0x8000, 0x0124)
    assert answer.command.message_id_being_responded_to == 2
    assert (book.only(Refusal).patient.id, book.only(Refusal).judgement.rule) == ("P9", "not-p9")
    book.caller(store_rsp(1) + store_rsp(3))
    book.archive(answered(C_GET, 7, 0xB000, completed=2, failed=1))
    assert to(book, CALLER)[-1] == 0xB000
    assert (book.only(Operation).completed, book.only(Operation).failed) == (2, 1)


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ALERT])
def test_where_the_route_observes_a_forbidden_object_goes_on_and_is_told_of(mode: Mode) -> None:
    route = replace(ROUTE, mode=mode)
    book = getting(given=rules(route, policies=NOT_P9))
    book.alarms.clear()
    book.archive(store(1, patient="P9"))
    assert book.to_caller == store(1, patient="P9")
    assert (book.only(Refusal).would, bool(book.alarms)) == (True, mode is Mode.ALERT)
    assert book.only(TransferBegun).operation == "C-GET"


def test_an_object_of_a_class_the_requester_may_not_have_is_refused() -> None:
    viewer = replace(VIEWER, sop_classes=(GET, MR))
    book = opened("VIEWER", given=observing())
    book.caller(get(7))
    book.surroundings.rules = rules(peers=(viewer,))
    book.forget()
    book.archive(store(1))
    assert to(book, ARCHIVE) == [0x0124]
    assert not book.to_caller


def unreadable() -> bytes:
    return fragmented(CT_CONTEXT, store_command(1), b"\x08\0\x16\0\xff\xff\xff\x7f" + bytes(900), 300)


def test_an_unreadable_head_is_refused_only_where_a_policy_speaks_of_patients() -> None:
    book = getting()
    book.archive(unreadable())
    assert book.to_caller == unreadable()
    strict = getting(given=rules(policies=NOT_P9))
    strict.archive(unreadable())
    assert to(strict, ARCHIVE) == [0xC000]
    assert not strict.to_caller
    assert (strict.only(Refusal).cause, bool(strict.only(Refusal).detail)) == ("unreadable-head", True)


def test_objects_without_a_get_under_way_are_refused() -> None:
    book = opened()
    book.archive(store(1))
    assert to(book, ARCHIVE) == [0x0124]
    assert (book.only(Refusal).cause, book.only(Refusal).judgement.failed) == (
        "unexpected-move", "no C-GET is under way",
    )  # fmt: skip
    assert not book.to_caller
    assert not book.records(TransferBegun)


def test_objects_after_the_final_response_are_refused() -> None:
    book = getting()
    book.archive(store(1) + answered(C_GET, 7, completed=1) + store(2))
    assert to(book, ARCHIVE) == [0x0124]
    assert book.to_caller == store(1) + answered(C_GET, 7, completed=1)
    book.caller(store_rsp(1))
    assert book.outcomes() == ["success"], "what was under way ends as it would"


def test_objects_before_the_get_itself_went_on_are_refused() -> None:
    book = opened(keep=lambda _: None)
    book.caller(get(7))
    book.archive(store(1))
    book.open_gates()
    assert [message.command.operation for message in messages(book.to_archive)] == ["C-GET", "C-STORE"]
    assert to(book, ARCHIVE)[1] == 0x0124
    assert not book.to_caller


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ALERT])
def test_where_the_route_observes_objects_nobody_asked_for_go_on_and_are_told_of(mode: Mode) -> None:
    book = opened(given=observing(mode))
    book.archive(store(1))
    assert book.to_caller == store(1)
    assert (book.only(Refusal).cause, book.only(Refusal).would) == ("unexpected-move", True)


def test_objects_for_an_unknown_caller_go_on_where_the_route_observes() -> None:
    book = getting("NOBODY", given=observing())
    book.archive(store(1))
    assert book.to_caller == store(1)
    assert (book.only(TransferBegun).operation, book.only(TransferBegun).requester) == ("C-GET", "NOBODY")
    assert not book.records(Refusal)


def test_a_requester_blocked_since_gets_no_further_object() -> None:
    book = getting("VIEWER")
    blocked = (*(peer for peer in PEERS if peer is not VIEWER), replace(VIEWER, status="blocked"))
    book.surroundings.rules = rules(peers=blocked)
    book.archive(store(1))
    assert to(book, ARCHIVE) == [0x0124]
    assert book.only(Refusal).cause == "blocked-peer"


def test_objects_and_a_store_of_the_callers_own_have_message_ids_of_their_own() -> None:
    book = getting()
    book.caller(store(1))
    book.archive(store(1) + store_rsp(1))
    book.caller(store_rsp(1, 0xB000))
    assert book.outcomes() == ["success", "warning"]
    assert book.to_archive == store(1) + store_rsp(1, 0xB000)
    assert book.to_caller == store(1) + store_rsp(1)
    assert [begun.operation for begun in book.records(TransferBegun)] == ["C-STORE", "C-GET"]


@pytest.mark.parametrize(("other", "told"), [("closed", 0xA700), ("open", 0)])
def test_without_a_record_objects_are_treated_as_the_other_operations_are(other: str, told: int) -> None:
    route = replace(ROUTE, other_failure=other, store_failure="closed" if other == "open" else "open")  # type: ignore[arg-type]  # a Literal
    book = getting(given=rules(route))
    book.keep = lambda _: False
    book.archive(store(1))
    if told:
        assert to(book, ARCHIVE) == [0xA700]
        assert not book.to_caller
        assert book.outcomes() == ["refused"]
        return
    book.caller(store_rsp(1))
    assert to(book, ARCHIVE) == [0]


def test_an_outcome_that_cannot_be_recorded_is_not_told_as_success() -> None:
    book = getting()
    book.archive(store(1))
    book.keep = lambda record: not isinstance(record.body, InstanceOutcome)
    book.caller(store_rsp(1))
    assert to(book, ARCHIVE) == [0xA700]


# --- time and the end ----------------------------------------------------------------------------------------------


def test_each_object_and_its_answer_begin_the_time_anew() -> None:
    book = getting()
    for number in range(1, 4):
        book.passes(400.0)
        book.archive(store(number))
        book.passes(400.0)
        book.caller(store_rsp(number))
    book.passes(599.0)
    assert not book.records(AssociationClosed)
    book.passes(2.0)
    assert book.only(AssociationClosed).how == "aborted-by-leadglass"


def test_an_object_that_takes_longer_than_a_response_may_is_no_silence() -> None:
    book = getting()
    said = store(1, pixels=200_000)
    for at in range(0, len(said), 10_000):
        book.archive(said[at : at + 10_000])
        book.passes(50.0)
    assert book.to_caller == said
    assert not book.records(AssociationClosed)


def test_a_cancel_of_a_get_goes_on_and_objects_under_way_still_come() -> None:
    book = getting()
    book.caller(cancel(7))
    assert book.to_archive == cancel(7)
    book.archive(store(1) + answered(C_GET, 7, 0xFE00, completed=1, remaining=4))
    book.caller(store_rsp(1))
    assert (book.only(Operation).status, book.only(Operation).remaining) == (0xFE00, 4)
    assert book.outcomes() == ["success"]


def test_a_caller_that_aborts_inside_an_object_leaves_it_cut_off() -> None:
    book = getting()
    book.archive(store(1) + store(2, pixels=40_000)[:20_000])
    book.caller(abort(0, 0))
    assert sorted(book.outcomes()) == ["cut-off", "unknown"]
    book.accounts()


def test_an_archive_lost_inside_an_object_never_completes_it() -> None:
    book = getting()
    book.archive(store(1, pixels=40_000)[:20_000])
    book.closes(ARCHIVE)
    assert not messages(book.to_caller)
    assert book.outcomes() == ["cut-off"]
    book.accounts()
