"""What an archive, a device or a requester could try with the services. Ways in that were found stay closed here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from tests.flow.messages import (
    C_FIND,
    COMMITMENT_CONTEXT,
    EVERYTHING,
    FIND,
    FIND_CONTEXT,
    N_ACTION,
    WORKLIST,
    answered,
    associate_rq,
    command,
    commit,
    data_set,
    elements,
    event_report,
    get,
    identifier,
    messages,
    move,
    object_of,
    pdus,
    pending,
    query,
    response,
    store_rsp,
)
from tests.flow.playbook import (
    ADDRESS,
    CALLER,
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

from leadglass.flow.association import Phase
from leadglass.flow.destinations import Callers
from leadglass.flow.judge import Told
from leadglass.flow.surroundings import Rules
from leadglass.model.certificate import Certificate
from leadglass.model.event import AssociationClosed, Operation, PatientsListed, Refusal
from leadglass.model.expectation import ExpectedMove
from leadglass.model.peer import Peer
from leadglass.model.route import Mode, Timers
from leadglass.wire.dicom.command import Command, build_command
from leadglass.wire.dicom.pdu import p_data

NO_PATIENT_LEVEL = """
@id("no-queries-by-patient")
@why("This hospital asks by study.")
forbid (principal, action in [Action::"C-FIND", Action::"C-MOVE", Action::"C-GET"], resource)
when { context.level == "PATIENT" };
"""
SILENT = Timers(dimse_response=10.0, stall=5.0, idle=100.0)


def statuses(data: bytes) -> list[int]:
    return [message.command.status for message in messages(data)]


# --- the level a policy sees is the level an archive acts on --------------------------------------------------------


@pytest.mark.parametrize(
    "level", ["patient", "Patient", "PATIENTS", "WORKLIST", "PATIENT\\STUDY", "PATIENT" + " " * 40 + "X", ""]
)
def test_a_level_spelt_otherwise_slips_past_no_policy_about_levels(level: str) -> None:
    book = Playbook.departmental(given=rules(policies=NO_PATIENT_LEVEL))
    data = identifier(level, patient="P1") if level else elements((0x0010_0020, "LO", "P1"))
    book.caller(query(1, data) + get(2, data))
    assert [status in {0xC001, 0xC000, 0x0124} for status in statuses(book.to_caller)] == [True, True]
    assert not book.to_archive
    assert {refusal.operation for refusal in book.records(Refusal)} == {"C-FIND", "C-GET"}


def test_without_such_a_policy_a_level_spelt_otherwise_goes_on() -> None:
    book = Playbook.departmental()
    book.caller(query(1, identifier("patient", patient="P1")))
    assert book.to_archive == query(1, identifier("patient", patient="P1"))
    assert book.only(Operation).level == "PATIENT"


def test_an_identifier_that_cannot_be_read_slips_past_no_policy_about_levels() -> None:
    unreadable = elements((0x0008_0006, "CS", "X" * 300_000), (0x0008_0052, "CS", "PATIENT"))
    book = Playbook.departmental(given=rules(policies=NO_PATIENT_LEVEL))
    book.caller(query(1, unreadable))
    assert statuses(book.to_caller) == [0xC000]
    assert not book.to_archive
    assert book.only(Refusal).cause == "unreadable-head"


def test_a_query_that_calls_itself_a_worklist_on_another_context_has_the_level_it_names() -> None:
    request = command(C_FIND, 1, affected_sop_class=WORKLIST, data_set_present=True, priority=0)
    disguised = p_data(FIND_CONTEXT, build_command(request), identifier("PATIENT", patient="P1"), 16_384)
    book = Playbook.departmental(given=rules(policies=NO_PATIENT_LEVEL))
    book.caller(disguised)
    assert statuses(book.to_caller) == [0xC001]
    assert not book.to_archive
    assert book.only(Refusal).level == "PATIENT"


# --- storage commitment --------------------------------------------------------------------------------------------


def test_an_archive_makes_no_transaction_known_by_asking_the_device_for_it() -> None:
    book = Playbook.departmental(given=observing(), tell=lambda _: Told())
    book.archive(commit(1, "1.2.666"))
    book.caller(response(N_ACTION, 1, 0, COMMITMENT_CONTEXT))
    book.archive(event_report(2, "1.2.666"))
    assert "unexpected-report" in {refusal.cause for refusal in book.records(Refusal)}


TWIN = replace(WORKSTATION, id="ws-elsewhere", networks=("10.9.0.0/16",), host="")


def test_a_report_reaches_no_other_device_of_the_same_title() -> None:
    book = Playbook.departmental(
        given=rules(peers=(*PEERS, TWIN)), address="10.9.0.1", tell=lambda _: Told(report=committed())
    )
    assert book.association.who.peer == "ws-elsewhere"
    book.archive(event_report(4))
    assert statuses(book.to_archive) == [0x0110]
    assert not book.to_caller


def test_a_report_still_reaches_a_device_that_was_entered_anew_since() -> None:
    anew = tuple(replace(peer, id="ws-anew") if peer.id == "ws" else peer for peer in PEERS)
    book = Playbook.departmental(given=rules(peers=anew), tell=lambda _: Told(report=committed()))
    book.archive(event_report(4))
    assert book.to_caller == event_report(4)


# --- who may be sent to, at the next message ------------------------------------------------------------------------


def reversed_for(*moves: ExpectedMove, **settings: Any) -> Playbook:
    return Playbook.reversed(*moves, rq=associate_rq("ORTHANC", "WS", contexts=EVERYTHING), **settings)


@pytest.mark.parametrize("mode", Mode)
def test_a_destination_that_was_blocked_since_gets_no_further_object_in_any_mode(mode: Mode) -> None:
    route = replace(ROUTE, mode=mode)
    book = reversed_for(moved(peer="lim", calling="LIM"), given=rules(route))
    book.caller(object_of(1))
    assert book.to_archive == object_of(1)
    book.archive(store_rsp(1))
    blocked = tuple(replace(peer, status="blocked") if peer.id == "ws" else peer for peer in PEERS)
    book.surroundings.rules = rules(route, peers=blocked)
    book.caller(object_of(2) + event_report(3))
    assert book.to_archive == object_of(1)
    assert [refusal.cause for refusal in book.records(Refusal)] == ["blocked-peer", "blocked-peer"]
    assert "ws, to which it goes, is blocked" in book.records(Refusal)[0].judgement.failed


def test_a_destination_that_was_removed_since_gets_no_further_object() -> None:
    book = reversed_for(moved(peer="lim", calling="LIM"))
    book.surroundings.rules = rules(peers=tuple(peer for peer in PEERS if peer.id != "ws"))
    book.caller(object_of(1))
    assert statuses(book.to_caller) == [0x0124]
    assert not book.to_archive


def test_an_archive_that_was_taken_out_since_sends_nothing_more() -> None:
    book = reversed_for(moved())
    book.caller(object_of(1))
    assert book.to_archive == object_of(1)
    book.archive(store_rsp(1))
    elsewhere = replace(PACS, host="10.20.0.6")
    book.surroundings.rules = Rules.build(replace(rules().generation, archives=(elsewhere,)))
    book.caller(object_of(2))
    assert statuses(book.to_caller)[-1] == 0x0124
    assert book.to_archive == object_of(1)
    assert book.only(Refusal).cause == "unknown-caller"


def test_an_unknown_requester_that_was_blocked_since_gets_nothing_more() -> None:
    book = reversed_for(moved(peer="", calling="STRANGE"))
    strange = Peer("strange", "STRANGE", (ADDRESS + "/32",), "blocked")
    book.surroundings.rules = rules(peers=(*PEERS, strange))
    book.caller(object_of(1))
    assert statuses(book.to_caller) == [0x0124]
    assert book.only(Refusal).cause == "blocked-peer"
    assert not book.to_archive


# --- requests in the wrong direction --------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [query(1), move(1), get(1), commit(1)])
def test_what_an_archive_asks_of_a_device_is_not_taken_for_what_the_device_asks(said: bytes) -> None:
    book = Playbook.departmental()
    book.archive(said)
    assert statuses(book.to_archive)[0] in {0xC001, 0x0124}
    assert not book.to_caller
    assert not book.expects
    assert not book.records(Operation)
    refusal = book.only(Refusal)
    assert (refusal.cause, refusal.said != "") == ("operation", True)
    assert "archive" in refusal.judgement.failed


# --- a conversation that never ends ---------------------------------------------------------------------------------


def test_a_message_that_is_never_finished_does_not_hold_back_a_response_for_ever() -> None:
    book = Playbook.departmental(given=rules(timers=SILENT))
    book.caller(query(1))
    half = pending(C_FIND, 1, data_set(1))
    book.archive(next(pdus(half))[1])
    for _ in range(30):
        book.passes(1.0)
    assert book.phase is Phase.OVER
    assert "no response" in book.only(AssociationClosed).reason


def test_a_message_that_goes_on_slowly_is_no_silence() -> None:
    book = Playbook.departmental(given=rules(timers=SILENT))
    book.caller(query(1))
    parts = [part for _, part in pdus(p_data(FIND_CONTEXT, build_command(
        Command(C_FIND | 0x8000, message_id_being_responded_to=1, affected_sop_class=FIND, data_set_present=True,
                status=0xFF00)), data_set(1, pixels=900), 64))]  # fmt: skip
    for part in parts:
        book.archive(part)
        book.passes(4.0)
    assert book.phase is Phase.OPEN
    assert len(messages(book.to_caller)) == 1


# --- what the record says -------------------------------------------------------------------------------------------


def test_a_caller_that_goes_while_its_request_is_unanswered_did_not_close_in_order() -> None:
    book = Playbook.departmental()
    book.caller(get(1))
    book.closes(CALLER)
    assert book.only(AssociationClosed).how == "connection-lost"


def test_patients_in_a_final_response_are_on_record_too() -> None:
    book = Playbook.departmental()
    book.caller(query(1))
    book.archive(answered(C_FIND, 1, 0, data_set(1, patient="P7")))
    assert [patient.id for patient, _ in book.only(PatientsListed).patients] == ["P7"]
    assert book.records(Operation)[-1].status == 0
    assert len(messages(book.to_caller)) == 1
    book.caller(query(1))
    assert len(messages(book.to_archive)) == 2, "its Message ID is free again"


# --- objects of a move ----------------------------------------------------------------------------------------------


def test_a_level_says_which_key_counts_and_keys_below_it_do_not() -> None:
    by_patient = msgspec.structs.replace(moved("", patients=("P1",), studies=("1.2.4",)), level="PATIENT")
    book = reversed_for(by_patient, tell=lambda _: Told((by_patient,)))
    book.caller(object_of(1) + object_of(2, patient="P2", study="1.2.4"))
    assert book.to_archive == object_of(1)
    assert statuses(book.to_caller) == [0x0124]


def test_what_an_archive_is_asked_to_send_is_asked_for_by_what_the_object_names() -> None:
    book = reversed_for(moved("1.2.4"))
    book.caller(object_of(1))
    (asked,) = book.asked
    assert {"P1", "1.2.3", "1.2.3.1", "1.2.9.1"} <= set(asked.named)


# --- who an archive is ----------------------------------------------------------------------------------------------


def test_a_pinned_certificate_proves_an_archive_for_its_days_of_grace_and_no_longer() -> None:
    end, day = 1_790_000_000, 86_400
    pinned = replace(PACS, certificates=("sha256:" + "a" * 64,))
    generation = replace(rules().generation, archives=(pinned,))
    callers = Callers(generation)
    shown = Certificate("sha256:" + "a" * 64, not_after=end)
    grace = generation.settings.expired_grace_days * day
    assert callers.find(PACS.host, "ORTHANC", shown, end + grace) is pinned
    assert callers.find(PACS.host, "ORTHANC", shown, end + grace + 1) is None
