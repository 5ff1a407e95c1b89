"""Associations that an archive opens to a device: admitted for what somebody asked; each object is judged for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.flow.messages import (
    CT,
    EVERYTHING,
    MR,
    N_EVENT_REPORT,
    TRANSACTION,
    associate_rq,
    commit,
    echo,
    echo_rsp,
    elements,
    event_report,
    identifier,
    kinds,
    messages,
    move,
    object_of,
    procedure_step,
    query,
)
from tests.flow.playbook import (
    ADDRESS,
    ARCHIVE,
    NOT_P9,
    PACS,
    PEERS,
    ROUTE,
    WORKSTATION,
    Playbook,
    committed,
    moved,
    observing,
    rules,
)
from tests.wire.dataset.data_sets import IMPLICIT

from leadglass.flow.judge import Told
from leadglass.flow.surroundings import Rules
from leadglass.model.certificate import Certificate
from leadglass.model.event import (
    Operation,
    Refusal,
    TransferBegun,
)
from leadglass.model.expectation import ExpectedMove
from leadglass.model.peer import Peer
from leadglass.model.route import Mode, Route
from leadglass.wire.dicom.pdu import parse_associate_rq

AUTOROUTER = Peer("pacs-itself", "ORTHANC", ("10.20.0.5/32",), operations=("C-STORE",), sop_classes=(CT,), plain=True)


def reversed_for(*moves: ExpectedMove, **settings: Any) -> Playbook:
    return Playbook.reversed(*moves, rq=associate_rq("ORTHANC", "WS", contexts=EVERYTHING), **settings)


def called(moves: tuple[ExpectedMove, ...] = (), given: Rules | None = None, **of_request: Any) -> Playbook:
    """What the archive called is answered by the registrar, and no further."""
    book = Playbook(given or rules(), PACS.host)
    book.caller(associate_rq("ORTHANC", "WS", **of_request))
    book.expected(Told(moves))
    return book


def proposed(book: Playbook) -> set[str]:
    """SOP classes that reach the device."""
    book.connected()
    return {context.abstract_syntax for context in parse_associate_rq(book.to_archive).contexts}


def with_peers(*peers: Peer, route: Route = ROUTE, policies: str = "") -> Rules:
    return rules(route, peers=peers, policies=policies)


def statuses(book: Playbook) -> list[int]:
    return [message.command.status for message in messages(book.to_caller)]


# --- the opening ---------------------------------------------------------------------------------------------------


def test_the_registrar_is_asked_what_the_archive_may_send_to_the_device() -> None:
    book = Playbook(address=PACS.host)
    book.caller(associate_rq("ORTHANC", "WS"))
    (asked,) = book.asked
    assert (asked.archive, asked.destination, asked.transaction) == ("pacs", "WS", "")
    assert not book.connects
    assert not book.questions


def test_where_a_move_is_expected_storage_echo_and_reports_are_proposed_to_the_device() -> None:
    book = called((moved(),), contexts=EVERYTHING)
    assert book.connects == ["peer:ws"]
    services = proposed(book)
    assert {"1.2.840.10008.1.1", CT, MR, "1.2.840.10008.1.20.1"} == services
    refusal = book.only(Refusal)
    assert (refusal.scope, refusal.cause, refusal.would) == ("context", "unexpected-move", False)


def test_where_nobody_asked_only_what_is_no_object_is_proposed() -> None:
    assert proposed(called(contexts=EVERYTHING)) == {"1.2.840.10008.1.1", "1.2.840.10008.1.20.1"}


def test_a_reversed_association_for_objects_nobody_asked_for_is_rejected() -> None:
    book = called(contexts=((1, CT, (IMPLICIT,)), (3, MR, (IMPLICIT,))))
    assert kinds(book.to_caller) == [3]
    assert book.to_caller.endswith(bytes((0, 1, 1, 1)))
    refusal = book.records(Refusal)[-1]
    assert (refusal.scope, refusal.cause) == ("association", "unexpected-move")
    assert refusal.judgement.failed == "no C-MOVE asks pacs to send anything to WS"
    assert refusal.tried == (CT, MR)
    assert not book.connects


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ALERT])
def test_where_the_routes_observe_what_nobody_asked_for_is_let_in_and_told_of(mode: Mode) -> None:
    book = called(given=observing(mode), contexts=((1, CT, (IMPLICIT,)),))
    assert proposed(book) == {CT}
    refusal = book.only(Refusal)
    assert (refusal.cause, refusal.would, bool(book.alarms)) == ("unexpected-move", True, mode is Mode.ALERT)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_registrar_that_is_silent_means_what_the_mode_says(mode: Mode) -> None:
    book = Playbook(observing(mode), PACS.host)
    book.caller(associate_rq("ORTHANC", "WS"))
    book.passes(2.1)
    if mode is Mode.ENFORCE:
        assert book.to_caller.endswith(bytes((0, 2, 3, 2)))
    assert bool(book.connects) == (mode is not Mode.ENFORCE)
    assert book.records(Refusal)[0].cause == "registrar-silent"
    before = len(book.log)
    book.association.expected(0, book.asked[0].side, Told((moved(),)))
    assert len(book.log) == before, "an answer that comes too late changes nothing"


def test_an_archives_title_from_elsewhere_is_an_unknown_caller() -> None:
    book = Playbook(address=ADDRESS)
    book.caller(associate_rq("ORTHANC", "WS"))
    assert not book.asked
    book.admitted(None)
    assert book.only(Refusal).cause == "unknown-caller"


def test_another_title_from_the_archives_address_is_an_unknown_caller() -> None:
    book = Playbook(address=PACS.host)
    book.caller(associate_rq("SOMEONE", "WS"))
    assert not book.asked


def test_an_archive_that_calls_a_device_we_do_not_reach_is_rejected() -> None:
    book = Playbook(address=PACS.host)
    book.caller(associate_rq("ORTHANC", "PRINTER"))
    assert book.only(Refusal).cause == "unknown-called"


def test_an_archive_that_calls_itself_is_no_archive_that_calls_a_device() -> None:
    book = Playbook(address=PACS.host)
    book.caller(associate_rq("ORTHANC", "PACS"))
    assert not book.asked


def test_a_blocked_device_is_no_destination() -> None:
    book = Playbook(with_peers(replace(WORKSTATION, status="blocked")), PACS.host)
    book.caller(associate_rq("ORTHANC", "WS"))
    assert book.only(Refusal).cause == "unknown-called"


def test_an_archive_that_is_blocked_as_a_peer_is_rejected_in_every_mode() -> None:
    for mode in Mode:
        given = with_peers(*PEERS, replace(AUTOROUTER, status="blocked"), route=replace(ROUTE, mode=mode))
        book = Playbook(given, PACS.host)
        book.caller(associate_rq("ORTHANC", "WS"))
        assert book.only(Refusal).cause == "blocked-peer"
        assert kinds(book.to_caller) == [3]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_certificate_that_is_revoked_is_rejected_in_every_mode(mode: Mode) -> None:
    book = Playbook(observing(mode), PACS.host)
    book.association.secured(Certificate("sha256:" + "0" * 64, revoked=True), "TLSv1.3 X")
    book.caller(associate_rq("ORTHANC", "WS"))
    assert kinds(book.to_caller) == [3]
    assert book.only(Refusal).cause == "certificate"


# --- autorouting, and other operations -----------------------------------------------------------------------------


def test_an_archive_that_is_a_peer_may_send_unasked_what_policy_permits() -> None:
    book = reversed_for(given=with_peers(*PEERS, AUTOROUTER), tell=lambda _: Told())
    book.caller(object_of(1))
    assert book.to_archive == object_of(1)
    begun = book.only(TransferBegun)
    assert (begun.operation, begun.requester, begun.judgement.rule) == ("C-STORE", "", "store-permitted")
    assert begun.association.peer == "pacs-itself"


def test_what_policy_does_not_permit_it_is_an_unexpected_move() -> None:
    book = reversed_for(
        moved("1.2.4"), given=with_peers(*PEERS, AUTOROUTER, policies=NOT_P9), tell=lambda _: Told((moved("1.2.4"),))
    )
    book.caller(object_of(1, patient="P9"))
    assert statuses(book) == [0x0124]
    assert book.only(Refusal).cause == "unexpected-move"


def test_an_echo_of_an_archive_reaches_the_device() -> None:
    book = reversed_for()
    book.caller(echo())
    book.archive(echo_rsp())
    assert (book.to_archive, book.to_caller) == (echo(), echo_rsp())


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ENFORCE])
def test_what_an_archive_asks_of_a_device_besides_is_refused_or_told_of(mode: Mode) -> None:
    book = reversed_for(moved(), given=observing(mode))
    for said in (query(1), move(2, "VIEWER"), procedure_step(3)):
        if messages(said)[0].context in book.association.dialogue.accepted:  # type: ignore[union-attr]  # it is open
            book.caller(said)
    refusals = book.records(Refusal)
    assert all(refusal.would is (mode is Mode.OBSERVE) for refusal in refusals)
    assert len(refusals) == (3 if mode is Mode.OBSERVE else 0), "in enforce their contexts are refused"


def test_an_operation_on_a_context_that_was_let_in_for_another_is_refused_or_told_of() -> None:
    book = reversed_for()
    book.caller(commit(1))
    assert statuses(book) == [0x0124]
    assert not book.to_archive
    observed = Playbook.reversed(
        given=observing(), rq=associate_rq("ORTHANC", "WS", contexts=((9, "1.2.840.10008.1.20.1", (IMPLICIT,)),))
    )
    observed.caller(commit(1))
    assert observed.to_archive == commit(1)
    assert observed.only(Refusal).would


def test_what_a_device_sends_back_on_it_is_refused() -> None:
    book = reversed_for(moved())
    book.archive(object_of(1))
    (answer,) = messages(book.to_archive)
    assert answer.command.status == 0x0124
    assert not book.to_caller


# --- reports of storage commitment ---------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [0, 1])
def test_a_report_on_a_later_association_passes_for_a_transaction_of_the_device(cut: int) -> None:
    book = reversed_for()
    book.caller(event_report(4), cut)
    (asked,) = book.asked
    assert (asked.archive, asked.transaction) == ("pacs", TRANSACTION)
    assert not book.to_archive
    book.expected(Told(report=committed()))
    assert book.to_archive == event_report(4)
    told = book.only(Operation)
    assert (told.operation, told.transaction) == ("N-EVENT-REPORT", TRANSACTION)


@pytest.mark.parametrize(
    "told",
    [
        Told(), Told(report=committed(calling="VIEWER")), Told(report=committed(archive="pacs2")),
        Told(report=committed(until=1_789_999_999_000_000_000)), Told((moved(),)),
    ],
    ids=["never seen", "a stranger's", "asked of another archive", "its time is over", "moves instead"],
)  # fmt: skip
def test_a_report_of_a_transaction_that_is_not_the_devices_is_answered_0110(told: Told) -> None:
    book = reversed_for(tell=lambda _: told)
    book.caller(event_report(4))
    (answer,) = messages(book.to_caller)
    assert (answer.command.command_field, answer.command.status) == (N_EVENT_REPORT | 0x8000, 0x0110)
    refusal = book.only(Refusal)
    assert (refusal.cause, refusal.operation) == ("unexpected-report", "N-EVENT-REPORT")
    assert TRANSACTION in refusal.judgement.failed
    assert not book.to_archive


def test_where_the_routes_observe_a_strangers_report_goes_on_and_is_told_of() -> None:
    book = reversed_for(given=observing(), tell=lambda _: Told())
    book.caller(event_report(4))
    assert book.to_archive == event_report(4)
    assert (book.only(Refusal).cause, book.only(Refusal).would) == ("unexpected-report", True)


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ENFORCE])
def test_a_registrar_that_is_silent_about_a_report_means_what_the_mode_says(mode: Mode) -> None:
    book = reversed_for(given=observing(mode))
    book.caller(event_report(4))
    book.passes(2.1)
    if mode is Mode.ENFORCE:
        assert statuses(book) == [0x0213]
    assert bool(book.to_archive) == (mode is Mode.OBSERVE)


@pytest.mark.parametrize(
    "data",
    [elements((0x0008_1195, "UI", "1.2.99\\1.2.98")), elements(), identifier(), b"\x08\0\x95\x11\xff\xff\xff\x7f"],
)
def test_a_report_without_one_transaction_that_can_be_read_is_refused_unasked(data: bytes) -> None:
    book = reversed_for()
    book.caller(event_report(4, data=data))
    assert statuses(book) == [0x0110]
    assert not book.asked


def test_a_report_that_names_another_class_on_the_context_of_commitment_is_one_all_the_same() -> None:
    book = reversed_for(
        tell=lambda _: Told(), given=with_peers(*PEERS, replace(AUTOROUTER, operations=("*",), sop_classes=("*",)))
    )
    book.caller(event_report(4, sop_class="1.2.840.10008.3.1.2.3.3"))
    assert statuses(book) == [0x0110]
    assert not book.to_archive


# --- the end -------------------------------------------------------------------------------------------------------


def test_an_archive_lost_inside_an_object_leaves_it_cut_off() -> None:
    book = reversed_for(moved())
    book.caller(object_of(1, pixels=40_000)[:20_000])
    book.closes(book.association.streams[0].side)
    assert book.outcomes() == ["cut-off"]
    assert ARCHIVE in book.closed
    book.accounts()
