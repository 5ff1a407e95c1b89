"""Each operation judged: forwarded, refused, or told of; and what a new generation changes for an open association."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.flow.messages import (
    C_FIND,
    C_STORE,
    CT,
    CT_CONTEXT,
    FIND_CONTEXT,
    MR,
    data_set,
    echo,
    echo_rsp,
    find,
    fragmented,
    kinds,
    messages,
    response,
    store,
    store_command,
    store_rsp,
)
from tests.flow.playbook import ARCHIVE, PEERS, ROUTE, Playbook, observing, rules

from leadglass.flow.association import Phase
from leadglass.flow.surroundings import Rules
from leadglass.model.event import AssociationClosed, Operation, Refusal, TransferBegun
from leadglass.model.peer import Peer
from leadglass.model.route import Mode

DISGUISED = fragmented(CT_CONTEXT, store_command(1), data_set(1, sop_class=MR, pixels=9_000), 4_000)
"""An MR object in a C-STORE of CT, which CT2 may send."""


def with_peers(*peers: Peer, mode: Mode = Mode.ENFORCE) -> Rules:
    return Rules.build(replace(rules(replace(ROUTE, mode=mode)).generation, number=8, peers=peers))


@pytest.mark.parametrize("cut", [0, 1, 500])
def test_a_refused_store_is_drained_then_answered_0124_and_nothing_of_it_goes_on(cut: int) -> None:
    book = Playbook.opened("CT2")
    book.caller(DISGUISED[:-1], cut)
    assert not book.to_caller, "the answer comes after the message"
    book.caller(DISGUISED[-1:])
    (answer,) = messages(book.to_caller)
    assert (answer.context, answer.command.command_field, answer.command.status) == (
        CT_CONTEXT,
        C_STORE | 0x8000,
        0x0124,
    )
    assert answer.command.message_id_being_responded_to == 1
    assert answer.command.affected_sop_instance == "1.2.9.1"
    assert answer.command.error_comment == "refused by the gateway, nearest rule store-permitted"
    assert not book.to_archive
    refusal = book.only(Refusal)
    assert (refusal.scope, refusal.cause, refusal.said, refusal.would) == (
        "operation",
        "operation",
        "status 0124H",
        False,
    )
    assert (refusal.patient.id, refusal.study, refusal.sop_instance) == ("P1", "1.2.3", "1.2.9.1")
    assert refusal.judgement.nearest == "store-permitted"
    assert not book.records(TransferBegun)


def test_the_association_goes_on_after_a_refusal_and_the_message_id_is_free() -> None:
    book = Playbook.opened("CT2")
    book.caller(DISGUISED + store(1))
    assert book.to_archive == store(1)
    book.archive(store_rsp(1))
    assert [message.command.status for message in messages(book.to_caller)] == [0x0124, 0]


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ALERT])
def test_where_the_route_observes_a_refused_operation_goes_on_and_is_told_of(mode: Mode) -> None:
    book = Playbook.opened("CT2", given=observing(mode))
    book.alarms.clear()
    book.caller(DISGUISED)
    assert book.to_archive == DISGUISED
    refusal = book.only(Refusal)
    assert (refusal.cause, refusal.said, refusal.would) == ("operation", "", True)
    assert book.at(Refusal) < book.first_data(ARCHIVE)
    assert bool(book.alarms) == (mode is Mode.ALERT)


def test_an_unknown_caller_on_a_route_that_observes_is_judged_by_nothing_more() -> None:
    book = Playbook.opened("NOBODY", given=observing())
    book.caller(store())
    assert book.to_archive == store()
    assert not book.records(Refusal)


def test_a_refused_query_is_drained_with_its_identifier_and_answered() -> None:
    book = Playbook.opened("CT2", given=observing())
    book.surroundings.rules = rules()  # the route enforces from now on
    book.caller(find(max_length=30))
    (answer,) = messages(book.to_caller)
    assert (answer.command.command_field, answer.command.status) == (C_FIND | 0x8000, 0xC001)
    assert not book.to_archive
    book.caller(store())
    assert book.to_archive == store()


def test_an_echo_refused_later_is_an_abort() -> None:
    book = Playbook.opened("CT2")
    book.surroundings.rules = with_peers(*(replace(peer, operations=("C-STORE",)) for peer in PEERS))
    book.caller(echo())
    assert kinds(book.to_caller) == kinds(book.to_archive) == [7]
    assert book.only(Refusal).said == "A-ABORT"
    assert book.only(AssociationClosed).how == "aborted-by-leadglass"
    assert book.phase is Phase.OVER


def test_whole_messages_before_an_echo_that_aborts_still_go_on() -> None:
    book = Playbook.opened("CT2")
    book.surroundings.rules = with_peers(*(replace(peer, operations=("C-STORE",)) for peer in PEERS))
    book.caller(store(1, pixels=40_000) + echo(2))
    assert book.to_archive.startswith(store(1, pixels=40_000))
    assert book.outcomes() == ["unknown"]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_peer_blocked_while_it_sends_is_refused_from_its_next_operation_in_every_mode(mode: Mode) -> None:
    book = Playbook.opened("CT2", given=observing(mode))
    book.caller(store(1))
    book.archive(store_rsp(1))
    book.forget()
    book.surroundings.rules = with_peers(replace(PEERS[0], status="blocked"), *PEERS[1:], mode=mode)
    book.caller(store(2))
    assert not book.to_archive
    assert messages(book.to_caller)[0].command.status == 0x0124
    assert book.only(Refusal).cause == "blocked-peer"


def test_a_message_under_way_is_not_judged_twice() -> None:
    book = Playbook.opened("CT2")
    said = store(pixels=40_000)
    book.caller(said[:20_000])
    book.surroundings.rules = with_peers(*PEERS[1:])
    book.caller(said[20_000:])
    assert book.to_archive == said


def test_an_unknown_caller_is_refused_once_the_route_enforces() -> None:
    book = Playbook.opened("NOBODY", given=observing())
    book.surroundings.rules = rules()
    book.caller(store())
    assert not book.to_archive
    assert book.only(Refusal).cause == "unknown-caller"
    assert messages(book.to_caller)[0].command.status == 0x0124


def test_a_caller_approved_meanwhile_is_judged_as_the_peer_it_is() -> None:
    book = Playbook.opened("NOBODY", given=observing())
    book.surroundings.rules = with_peers(*PEERS, replace(PEERS[0], id="new", title="NOBODY"))
    book.caller(store(1))
    assert book.to_archive == store(1)
    book.archive(store_rsp(1))
    book.caller(DISGUISED)
    assert messages(book.to_caller)[-1].command.status == 0x0124


def test_a_peer_removed_meanwhile_is_a_policy_error_and_refused() -> None:
    book = Playbook.opened("CT2")
    book.surroundings.rules = with_peers(*PEERS[1:])
    book.caller(store())
    assert not book.to_archive
    assert book.only(Refusal).cause == "policy-error"


# --- heads ---------------------------------------------------------------------------------------------------------


def unreadable() -> bytes:
    """An object whose first element cannot be in the negotiated transfer syntax."""
    return fragmented(CT_CONTEXT, store_command(1), b"\x08\0\x16\0\xff\xff\xff\x7f" + bytes(30_000), 8_000)


def test_a_head_unreadable_goes_on_as_patient_unknown_by_default() -> None:
    book = Playbook.opened("CT2")
    book.caller(unreadable())
    assert book.to_archive == unreadable()
    assert not book.only(TransferBegun).patient.known
    assert book.counts["heads_unreadable"] == 1


def test_a_head_unreadable_is_answered_c000_where_the_route_says_so() -> None:
    book = Playbook.opened("CT2", given=rules(replace(ROUTE, unreadable_head="refuse")))
    book.caller(unreadable())
    assert not book.to_archive
    assert messages(book.to_caller)[0].command.status == 0xC000
    refusal = book.only(Refusal)
    assert refusal.cause == "unreadable-head"
    assert refusal.detail


def test_a_head_that_ends_before_identity_is_decided_with_what_was_seen() -> None:
    book = Playbook.opened("CT2")
    said = fragmented(CT_CONTEXT, store_command(1), data_set(1)[:40], 10)
    book.caller(said)
    assert book.to_archive == said
    assert not book.only(TransferBegun).patient.known


def test_an_object_that_calls_itself_otherwise_than_its_command_is_counted() -> None:
    book = Playbook.opened("CT2")
    book.caller(fragmented(CT_CONTEXT, store_command(1), data_set(2), 500))
    book.stops()
    assert book.only(AssociationClosed).tolerated["sop-instance-mismatch"] == 1


def test_a_store_without_a_data_set_goes_on_as_patient_unknown() -> None:
    book = Playbook.opened("CT2")
    said = fragmented(CT_CONTEXT, store_command(1), b"", 10)
    alone = said[: -len(b"\4\0\0\0\0\6\0\0\0\2\3\2")]
    alone = alone.replace(b"\0\0\0\x08\2\0\0\0\1\0", b"\0\0\0\x08\2\0\0\0\1\1")  # Command Data Set Type 0101H
    book.caller(alone)
    assert book.to_archive == alone
    assert not book.only(TransferBegun).patient.known


# --- other operations ----------------------------------------------------------------------------------------------


def test_an_operation_is_on_record_when_forwarded_and_when_answered() -> None:
    book = Playbook.opened("WS")
    book.caller(find(5))
    book.archive(response(C_FIND, 5, 0xFF00, FIND_CONTEXT, data_set(1)) + response(C_FIND, 5, 0, FIND_CONTEXT))
    forwarded, answered = book.records(Operation)
    assert (forwarded.operation, forwarded.status, forwarded.message_id) == ("C-FIND", -1, 5)
    assert (answered.operation, answered.status, answered.sop_class) == ("C-FIND", 0, "1.2.840.10008.5.1.4.1.2.2.1")
    assert len(messages(book.to_caller)) == 2
    book.releases()
    assert book.only(AssociationClosed).operations == 1


def test_an_echo_is_counted_and_not_recorded() -> None:
    book = Playbook.opened("CT2")
    for number in range(3):
        book.caller(echo(number))
        book.archive(echo_rsp(number))
    assert not [entry for entry in book.log if not isinstance(entry, tuple)]
    book.releases()
    assert book.only(AssociationClosed).echoes == 3


def test_what_the_decision_named_is_on_record() -> None:
    book = Playbook.opened("CT2")
    book.caller(store())
    assert book.only(TransferBegun).judgement.rule == "store-permitted"
    assert book.only(TransferBegun).sop_class == CT
