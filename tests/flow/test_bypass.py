"""A bypass relays without policy, records as well as it can, ends by the clock; revocation acts at the next message."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.flow.messages import (
    CT,
    EVERYTHING,
    MR,
    MR_CONTEXT,
    associate_ac,
    associate_rq,
    echo,
    event_report,
    get,
    identifier,
    kinds,
    messages,
    move,
    object_of,
    query,
    store,
    store_rsp,
)
from tests.flow.playbook import (
    ADDRESS,
    CT_SCANNER,
    NOT_P9,
    PACS,
    PEERS,
    ROUTE,
    WORKSTATION,
    Playbook,
    moved,
    rules,
)

from leadglass.flow.effects import Record
from leadglass.flow.judge import Told
from leadglass.flow.surroundings import Rules
from leadglass.model.certificate import Certificate
from leadglass.model.event import AssociationClosed, InstanceOutcome, Operation, Refusal, TransferBegun
from leadglass.model.route import Archive, Mode
from leadglass.wire.dicom.associate import parse_associate_rq
from leadglass.wire.dicom.pdu import RELEASE_RP, RELEASE_RQ
from leadglass.wire.dicom.user_information import Role

NOW = 1_790_000_000_000_000_000
MINUTE = 60_000_000_000
BYPASS = replace(ROUTE, bypassed_until=NOW + MINUTE, store_failure="closed", unreadable_head="refuse")


def never(_: Record) -> bool:
    return False


def statuses(book: Playbook) -> list[int]:
    return [message.command.status for message in messages(book.to_caller)]


def opened(calling: str = "CT2") -> Playbook:
    return Playbook.opened(calling, given=rules(BYPASS), rq=associate_rq(calling, contexts=EVERYTHING))


def test_everything_is_proposed_and_goes_on() -> None:
    book = Playbook(rules(BYPASS))
    book.caller(associate_rq("CT2", contexts=EVERYTHING))
    book.connected()
    assert len(parse_associate_rq(book.to_archive).contexts) == len(EVERYTHING)
    book.archive(associate_ac(book.to_archive))
    book.forget()
    for said in (store(1), store(2, MR_CONTEXT), query(3), move(4, "NOWHERE"), echo(5)):
        book.caller(said)
    assert len(messages(book.to_archive)) == 5
    assert not book.records(Refusal)
    assert [body.judgement.rule for body in book.records(Operation)] == ["bypass", "bypass"]
    assert {body.judgement.rule for body in book.records(TransferBegun)} == {"bypass"}


def test_an_unknown_caller_is_let_in_and_told_of() -> None:
    book = Playbook(rules(BYPASS))
    book.caller(associate_rq("NOBODY"))
    book.admitted(None)
    assert book.connects == ["pacs"]
    assert (book.only(Refusal).cause, book.only(Refusal).would) == ("unknown-caller", True)


def test_a_blocked_peer_is_not() -> None:
    book = Playbook(rules(BYPASS))
    book.caller(associate_rq("ROGUE"))
    assert kinds(book.to_caller) == [3]
    opened_before = opened()
    opened_before.surroundings.rules = rules(BYPASS, peers=(replace(CT_SCANNER, status="blocked"),))
    opened_before.caller(store(1))
    assert statuses(opened_before) == [0x0124]
    assert not opened_before.to_archive


def test_a_record_that_is_impossible_stops_nothing() -> None:
    book = Playbook(rules(BYPASS), keep=never)
    book.surroundings.impaired = "no space left on device"
    book.caller(associate_rq("WS", contexts=EVERYTHING))
    book.connected()
    assert len(parse_associate_rq(book.to_archive).contexts) == len(EVERYTHING)
    book.archive(associate_ac(book.to_archive))
    book.forget()
    book.caller(store(1) + query(2))
    book.archive(store_rsp(1))
    assert book.to_archive == store(1) + query(2)
    assert book.to_caller == store_rsp(1)
    assert book.records(InstanceOutcome)
    book.caller(RELEASE_RQ)
    book.archive(RELEASE_RP)
    assert book.only(AssociationClosed).how == "released"


def test_a_registrar_that_cannot_keep_what_is_expected_stops_nothing() -> None:
    book = opened("WS")
    book.keep_expected = lambda _: "its table is full"
    book.caller(move(1))
    assert book.to_archive == move(1)
    assert book.only(Refusal).would


def test_heads_that_cannot_be_read_go_on() -> None:
    book = opened("WS")
    said = query(1, b"\x08\0\x05\0\xff\xff\xff\x7f")
    book.caller(said)
    assert book.to_archive == said


def test_it_ends_by_the_clock_at_the_next_message() -> None:
    book = opened()
    book.caller(store(1, MR_CONTEXT))
    assert len(messages(book.to_archive)) == 1
    book.archive(store_rsp(1, context=MR_CONTEXT))
    book.forget()
    book.surroundings.utc = NOW + MINUTE
    book.caller(store(2, MR_CONTEXT) + query(3))
    assert not book.to_archive
    assert statuses(book) == [0x0124, 0xC001]


def test_objects_and_reports_of_the_routes_archive_reach_devices_without_having_been_asked_for() -> None:
    rq = associate_rq("ORTHANC", "WS", contexts=EVERYTHING)
    book = Playbook.reversed(rq=rq, given=rules(BYPASS))
    book.caller(object_of(1) + event_report(2))
    assert len(messages(book.to_archive)) == 2
    assert book.only(TransferBegun).operation == "C-MOVE"
    assert not book.asked


def test_a_bypass_of_another_archives_route_lets_this_one_send_nothing() -> None:
    other = Archive("pacs2", "10.20.0.6", 4242, "OTHER")
    routes = ROUTE, replace(BYPASS, called="PACS2", archive="pacs2")
    given = Rules.build(replace(rules().generation, archives=(PACS, other), routes=routes))
    rq = associate_rq("ORTHANC", "WS", contexts=EVERYTHING)
    book = Playbook.reversed(moved("1.2.4"), rq=rq, given=given, tell=lambda _: Told())
    book.caller(object_of(1))
    assert statuses(book) == [0x0124]
    assert not book.to_archive


def test_objects_of_a_get_keep_their_requester() -> None:
    roles = (Role(CT, scu=True, scp=True),)
    book = Playbook.opened("CT2", given=rules(BYPASS), rq=associate_rq("CT2", contexts=EVERYTHING, roles=roles))
    book.caller(get(1))
    book.archive(store(1))
    assert book.to_caller == store(1)
    assert (book.only(TransferBegun).operation, book.only(TransferBegun).requester) == ("C-GET", "ct2")


def test_it_lets_nobody_else_call_devices() -> None:
    book = Playbook(rules(BYPASS))
    book.caller(associate_rq("NOBODY", "WS"))
    book.admitted(None)
    assert (book.only(Refusal).cause, book.only(Refusal).would) == ("unknown-caller", False)
    assert not book.connects
    scanner = Playbook(rules(BYPASS))
    scanner.caller(associate_rq("CT2", "WS", contexts=EVERYTHING))
    scanner.connected()
    proposed = {context.abstract_syntax for context in parse_associate_rq(scanner.to_archive).contexts}
    assert MR not in proposed
    assert CT in proposed


# --- revocation ----------------------------------------------------------------------------------------------------

SHOWN = "sha256:" + "a" * 64
PINNED = replace(WORKSTATION, certificates=(SHOWN,), plain=False)


def secured(mode: Mode, **of_certificate: object) -> Playbook:
    """An association of WS that is open, with a certificate."""
    book = Playbook(rules(replace(ROUTE, mode=mode), peers=(PINNED, *PEERS[2:])), ADDRESS)
    book.association.secured(Certificate(SHOWN, not_after=NOW // 1_000_000_000 + 60, **of_certificate), "TLSv1.3 X")  # type: ignore[arg-type]  # fields
    book.caller(associate_rq("WS", contexts=EVERYTHING))
    if book.questions:
        book.admitted(None)
    book.connected()
    if book.to_archive:
        book.archive(associate_ac(book.to_archive))
        book.forget()
    return book


def test_a_certificate_admits_its_peer() -> None:
    book = secured(Mode.ENFORCE)
    book.caller(query(1))
    assert book.to_archive == query(1)
    assert book.only(Operation).association.certificate == SHOWN


@pytest.mark.parametrize("mode", list(Mode))
def test_a_revoked_certificate_is_rejected_in_every_mode(mode: Mode) -> None:
    book = secured(mode, revoked=True)
    assert kinds(book.to_caller) == [3]
    assert book.only(Refusal).cause == "certificate"


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ENFORCE])
def test_a_certificate_that_expires_while_an_association_is_open_acts_at_the_next_message(mode: Mode) -> None:
    book = secured(mode)
    book.surroundings.utc += 40 * 86_400 * 1_000_000_000  # past its grace
    book.caller(query(1))
    refusal = book.only(Refusal)
    assert (refusal.cause, refusal.would) == ("certificate", mode is Mode.OBSERVE)
    assert bool(book.to_archive) == (mode is Mode.OBSERVE)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_certificate_revoked_while_an_association_is_open_acts_at_the_next_message_in_every_mode(mode: Mode) -> None:
    book = secured(mode)
    book.caller(get(1))
    book.forget()
    book.association.reverified(Certificate(SHOWN, revoked=True))
    book.archive(store(1))
    book.caller(query(2))
    assert [message.command.status for message in messages(book.to_archive)] == [0x0124]
    assert statuses(book) == [0xC001]
    assert [refusal.cause for refusal in book.records(Refusal)] == ["certificate", "certificate"]


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ENFORCE])
def test_it_acts_at_the_next_object_of_a_get_too(mode: Mode) -> None:
    book = secured(mode)
    book.caller(get(1))
    book.surroundings.utc += 40 * 86_400 * 1_000_000_000
    book.archive(store(1))
    assert book.only(Refusal).cause == "certificate"
    assert bool(book.to_caller) == (mode is Mode.OBSERVE)


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ENFORCE])
def test_a_policy_that_changes_acts_at_the_next_message(mode: Mode) -> None:
    route = replace(ROUTE, mode=mode)
    book = Playbook.departmental(given=rules(route))
    said = query(1, identifier(patient="P9"))
    book.caller(said)
    assert book.to_archive == said
    book.surroundings.rules = rules(route, policies=NOT_P9)
    book.caller(query(2, identifier(patient="P9")))
    assert book.only(Refusal).would is (mode is Mode.OBSERVE)
    assert len(messages(book.to_archive)) == (2 if mode is Mode.OBSERVE else 1)


def test_a_route_that_begins_to_observe_acts_at_the_next_message() -> None:
    book = Playbook.reversed(moved("1.2.4"), tell=lambda _: Told())
    book.surroundings.rules = rules(replace(ROUTE, mode=Mode.OBSERVE))
    book.caller(object_of(1))
    assert book.to_archive == object_of(1)
    assert book.only(Refusal).would
