"""Objects that an archive sends to a device for a C-MOVE: matched by what was asked for, judged for who asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.flow.messages import (
    C_STORE,
    CT_CONTEXT,
    EVERYTHING,
    MR,
    associate_rq,
    data_set,
    fragmented,
    messages,
    object_of,
    store_command,
    store_rsp,
)
from tests.flow.playbook import (
    NOT_P9,
    PEERS,
    ROUTE,
    WORKSTATION,
    Playbook,
    moved,
    observing,
    rules,
)

from leadglass.flow.judge import Told
from leadglass.flow.surroundings import Rules
from leadglass.model.event import (
    AssociationClosed,
    InstanceBegun,
    Refusal,
    TransferBegun,
    TransferClosed,
)
from leadglass.model.expectation import ExpectedMove
from leadglass.model.peer import Peer
from leadglass.model.route import Mode, Route


def reversed_for(*moves: ExpectedMove, **settings: Any) -> Playbook:
    return Playbook.reversed(*moves, rq=associate_rq("ORTHANC", "WS", contexts=EVERYTHING), **settings)


def with_peers(*peers: Peer, route: Route = ROUTE, policies: str = "") -> Rules:
    return rules(route, peers=peers, policies=policies)


def statuses(book: Playbook) -> list[int]:
    return [message.command.status for message in messages(book.to_caller)]


# --- objects -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [0, 1, 70])
@pytest.mark.parametrize(
    "keys",
    [
        {"studies": ("1.2.3",)}, {"studies": ("1.2.3",), "series": ("1.2.3.1",)}, {"instances": ("1.2.9.1", "1.2.9.4")},
        {"patients": ("P1",)}, {"patients": ("P1",), "studies": ("1.2.7", "1.2.3")},
    ],
    ids=["study", "series", "instance", "patient", "one of two studies"],
)  # fmt: skip
def test_an_object_that_was_asked_for_goes_on_as_its_requesters_move(keys: Any, cut: int) -> None:
    book = reversed_for(moved("", **keys))
    book.caller(object_of(1), cut)
    assert book.to_archive == object_of(1)
    begun = book.only(TransferBegun)
    assert (begun.operation, begun.requester, begun.patient.id) == ("C-MOVE", "ws", "P1")
    assert begun.judgement.rule == "retrieved-object-permitted"
    assert begun.association.archive == "peer:ws"
    assert not book.asked, "what was said at the opening is remembered"
    book.archive(store_rsp(1))
    book.releases()
    assert (book.only(TransferClosed).outcomes, book.only(AssociationClosed).instances) == ({"success": 1}, 1)


@pytest.mark.parametrize(
    "keys",
    [
        {"studies": ("1.2.4",)}, {"studies": ("1.2.3",), "series": ("1.2.3.2",)}, {"instances": ("1.2.9.2",)},
        {"patients": ("P2",)}, {"patients": ("P1",), "studies": ("1.2.4",)}, {},
    ],
)  # fmt: skip
def test_an_object_of_nobodys_move_is_refused_once_the_registrar_was_asked_again(
    keys: Any,
) -> None:
    book = reversed_for(moved("", **keys))
    book.caller(object_of(1))
    (asked,) = book.asked
    assert (asked.archive, asked.destination) == ("pacs", "WS")
    assert not book.to_archive
    assert not book.to_caller
    book.expected(Told((moved("", **keys),)))
    (answer,) = messages(book.to_caller)
    assert (answer.command.command_field, answer.command.status) == (C_STORE | 0x8000, 0x0124)
    refusal = book.only(Refusal)
    assert (refusal.cause, refusal.patient.id, refusal.sop_instance) == ("unexpected-move", "P1", "1.2.9.1")
    assert not book.to_archive
    assert len(book.asked) == 1


def test_an_object_of_a_move_that_came_since_goes_on_after_asking() -> None:
    book = reversed_for(moved("1.2.4"))
    book.caller(object_of(1))
    book.expected(Told((moved("1.2.3", peer="lim", calling="LIM"),)))
    assert book.to_archive == object_of(1)
    assert book.only(TransferBegun).requester == "lim"
    book.archive(store_rsp(1))
    book.caller(object_of(2))
    assert len(book.asked) == 1, "what was said is remembered"
    assert book.to_archive == object_of(1) + object_of(2)


def test_a_move_that_is_over_is_asked_for_again() -> None:
    book = reversed_for(moved())
    book.passes(700.0)
    book.caller(object_of(1))
    assert book.asked
    book.expected(Told((moved(),)))
    assert statuses(book) == [0x0124], "its time is over"


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ALERT])
def test_where_the_routes_observe_an_object_of_nobodys_move_goes_on_and_is_told_of(mode: Mode) -> None:
    book = reversed_for(given=observing(mode), tell=lambda _: Told())
    book.alarms.clear()
    book.caller(object_of(1))
    assert book.to_archive == object_of(1)
    assert (book.only(Refusal).cause, book.only(Refusal).would) == ("unexpected-move", True)
    assert bool(book.alarms) == (mode is Mode.ALERT)


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ENFORCE])
def test_a_registrar_that_is_silent_about_an_object_means_what_the_mode_says(mode: Mode) -> None:
    book = reversed_for(moved("1.2.4"), given=observing(mode))
    book.caller(object_of(1))
    book.passes(2.1)
    assert book.only(Refusal).cause == "registrar-silent"
    if mode is Mode.ENFORCE:
        assert statuses(book) == [0xA700]
    assert bool(book.to_archive) == (mode is Mode.OBSERVE)


def test_the_move_originator_fields_choose_between_moves_that_asked_for_the_same() -> None:
    book = reversed_for(moved(message_id=3), moved(message_id=8, peer="lim", calling="LIM"))
    book.caller(object_of(1, "LIM", 8) + object_of(2, "WS", 3) + object_of(3) + object_of(4, "LIM", 3))
    requesters = {begun.transfer: begun.requester for begun in book.records(TransferBegun)}
    assert [requesters[each.transfer] for each in book.records(InstanceBegun)] == ["lim", "ws", "ws", "ws"], (
        "without a hint, or with a wrong one, it is the latest move's: the first that the registrar told"
    )
    assert len(messages(book.to_archive)) == 4


def test_the_move_originator_fields_alone_let_nothing_in() -> None:
    book = reversed_for(moved("1.2.4", message_id=3), tell=lambda _: Told())
    book.caller(object_of(1, "WS", 3))
    assert statuses(book) == [0x0124]


def test_an_object_that_says_it_is_another_than_was_asked_for_is_refused() -> None:
    book = reversed_for(moved("", instances=("1.2.9.1",)), tell=lambda _: Told((moved("", instances=("1.2.9.1",)),)))
    book.caller(object_of(1, data=data_set(77)))
    assert statuses(book) == [0x0124]
    assert not book.to_archive


def test_a_requester_that_was_blocked_since_gets_nothing_in_any_mode() -> None:
    for mode in Mode:
        route = replace(ROUTE, mode=mode)
        book = reversed_for(moved(peer="viewer", calling="VIEWER"), given=rules(route))
        blocked = (*(peer for peer in PEERS if peer.id != "viewer"), replace(PEERS[-2], status="blocked"))
        book.surroundings.rules = with_peers(*blocked, route=route)
        book.caller(object_of(1))
        assert statuses(book) == [0x0124]
        assert not book.to_archive
        refusal = book.only(Refusal)
        assert (refusal.cause, refusal.judgement.failed) == ("blocked-peer", "viewer, who asked for it, is blocked")


def test_what_the_requesters_policy_forbids_is_refused_and_the_other_objects_go_on() -> None:
    book = reversed_for(moved(), given=rules(policies=NOT_P9))
    said = [object_of(1), object_of(2, patient="P9"), object_of(3)]
    for number, each in enumerate(said, 1):
        book.caller(each)
        if number != 2:
            book.archive(store_rsp(number))
    assert statuses(book) == [0, 0x0124, 0]
    assert book.to_archive == said[0] + said[2]
    refusal = book.only(Refusal)
    assert (refusal.patient.id, refusal.judgement.rule, refusal.cause) == ("P9", "not-p9", "operation")


def test_an_object_of_a_class_that_its_requester_may_not_have_is_refused() -> None:
    viewer = replace(PEERS[-2], sop_classes=(MR, "1.2.840.10008.5.1.4.1.2.2.2"))
    book = reversed_for(moved(peer="viewer", calling="VIEWER"), given=with_peers(WORKSTATION, viewer))
    book.caller(object_of(1))
    assert statuses(book) == [0x0124]


def test_a_requester_that_was_removed_since_is_refused() -> None:
    book = reversed_for(moved(peer="gone", calling="GONE"))
    book.caller(object_of(1))
    assert statuses(book) == [0x0124]
    assert book.only(Refusal).cause == "policy-error"


def test_objects_for_an_unknown_requester_go_on_as_its_c_move_did() -> None:
    book = reversed_for(moved(peer="", calling="NOBODY"))
    book.caller(object_of(1))
    assert book.to_archive == object_of(1)
    assert book.only(TransferBegun).requester == "NOBODY"


def unreadable(number: int = 1) -> bytes:
    return fragmented(CT_CONTEXT, store_command(number), b"\x08\0\x16\0\xff\xff\xff\x7f" + bytes(900), 300)


def test_an_object_whose_head_cannot_be_read_is_matched_by_its_instance_only() -> None:
    book = reversed_for(moved("", instances=("1.2.9.1",)))
    book.caller(unreadable())
    assert book.to_archive == unreadable()
    assert not book.only(TransferBegun).patient.known
    by_study = reversed_for(moved(), tell=lambda _: Told((moved(),)))
    by_study.caller(unreadable())
    assert statuses(by_study) == [0x0124]
    assert by_study.only(Refusal).detail


def test_an_unreadable_head_is_refused_where_a_policy_speaks_of_patients() -> None:
    book = reversed_for(moved("", instances=("1.2.9.1",)), given=rules(policies=NOT_P9))
    book.caller(unreadable())
    assert statuses(book) == [0xC000]
    assert not book.to_archive
    assert book.only(Refusal).cause == "unreadable-head"


@pytest.mark.parametrize("route", [ROUTE, replace(ROUTE, store_failure="closed", other_failure="open")])
def test_without_a_record_what_was_moved_is_treated_as_the_other_operations_are(route: Route) -> None:
    book = reversed_for(moved(), given=rules(route), keep=lambda _: False)
    book.caller(object_of(1))
    closed = route.other_failure == "closed"
    assert statuses(book) == ([0xA700] if closed else [])
    assert book.to_archive == (b"" if closed else object_of(1))
    if not closed:
        book.archive(store_rsp(1))
        book.releases()
        assert statuses(book) == [0]
        assert book.only(AssociationClosed).how == "released"


def test_an_answer_that_cannot_be_recorded_is_not_told_as_success() -> None:
    book = reversed_for(moved())
    book.caller(object_of(1))
    book.keep = lambda _: False
    book.archive(store_rsp(1))
    assert statuses(book) == [0xA700]
