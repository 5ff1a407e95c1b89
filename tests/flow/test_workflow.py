"""The day of a modality: storage commitment, performed procedure steps, and the other N-services."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.flow.messages import (
    COMMITMENT_CONTEXT,
    MPPS,
    MPPS_CONTEXT,
    N_ACTION,
    N_CREATE,
    N_EVENT_REPORT,
    N_SET,
    TRANSACTION,
    command,
    commit,
    data_set,
    elements,
    event_report,
    messages,
    procedure_step,
    response,
)
from tests.flow.playbook import ADDRESS, NOT_P9, PEERS, ROUTE, Playbook, committed, observing, rules

from leadglass.flow.effects import Gate
from leadglass.flow.expectations import SECOND
from leadglass.flow.judge import MAX_TRANSACTIONS, Told
from leadglass.model.event import AssociationClosed, Operation, Refusal
from leadglass.model.expectation import ExpectedReport
from leadglass.model.peer import Peer
from leadglass.model.route import Mode
from leadglass.wire.dicom.command import build_command
from leadglass.wire.dicom.pdu import RELEASE_RP, RELEASE_RQ, p_data

SEVEN_DAYS = 7 * 86_400 * SECOND
STEPS_ONLY = Peer("steps", "STEPS", ("10.2.0.0/16",), operations=("N-CREATE",), sop_classes=(MPPS,), plain=True)
opened = Playbook.departmental


def statuses(book: Playbook) -> list[int]:
    return [message.command.status for message in messages(book.to_caller)]


def refused_report(book: Playbook) -> int:
    (answer,) = messages(book.to_archive)
    assert answer.command.command_field == N_EVENT_REPORT | 0x8000
    return answer.command.status


# --- storage commitment --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [0, 1])
def test_a_commitment_is_kept_by_the_registrar_then_recorded_and_then_goes_on(cut: int) -> None:
    book = opened(keep_expected=lambda _: None, keep=lambda _: None)
    book.caller(commit(3), cut)
    assert not book.records(Operation)
    (expect,) = book.expects
    assert expect.expectation == ExpectedReport(
        TRANSACTION, "pacs", "ws", ADDRESS, "WS", book.surroundings.utc + SEVEN_DAYS
    )
    book.kept()
    asked = book.only(Operation)
    assert (asked.operation, asked.transaction, asked.judgement.rule) == (
        "N-ACTION",
        TRANSACTION,
        "commitment-permitted",
    )
    assert book.waiting[0].record.gate is Gate.DURABLE
    assert not book.to_archive
    book.open_gates()
    assert book.to_archive == commit(3)


def test_its_report_on_the_same_association_passes_without_asking() -> None:
    book = opened()
    book.caller(commit(3))
    book.archive(response(N_ACTION, 3, 0, COMMITMENT_CONTEXT) + event_report(1))
    assert not book.asked
    assert book.to_caller == response(N_ACTION, 3, 0, COMMITMENT_CONTEXT) + event_report(1)
    book.caller(response(N_EVENT_REPORT, 1, 0, COMMITMENT_CONTEXT))
    told = [(each.operation, each.status, each.transaction) for each in book.records(Operation)]
    assert told == [
        ("N-ACTION", -1, TRANSACTION), ("N-ACTION", 0, TRANSACTION), ("N-EVENT-REPORT", -1, TRANSACTION),
        ("N-EVENT-REPORT", 0, TRANSACTION),
    ]  # fmt: skip


def test_its_report_may_come_before_the_answer_to_the_request() -> None:
    book = opened()
    book.caller(commit(3))
    book.archive(event_report(1) + response(N_ACTION, 3, 0, COMMITMENT_CONTEXT))
    assert len(messages(book.to_caller)) == 2


def test_a_report_on_an_association_of_the_device_is_asked_for_and_passes() -> None:
    book = opened()
    book.archive(event_report(1))
    assert (book.asked[0].archive, book.asked[0].transaction) == ("pacs", TRANSACTION)
    book.expected(Told(report=committed()))
    assert book.to_caller == event_report(1)


@pytest.mark.parametrize("told", [Told(), Told(report=committed(calling="VIEWER"))], ids=["never seen", "a stranger's"])
def test_a_report_that_this_device_never_asked_for_is_answered_0110(told: Told) -> None:
    book = opened(tell=lambda _: told)
    book.archive(event_report(1))
    assert refused_report(book) == 0x0110
    assert book.only(Refusal).cause == "unexpected-report"
    assert not book.to_caller


def test_a_report_that_nobody_asked_for_is_told_of_where_the_route_observes() -> None:
    book = opened(given=observing(), tell=lambda _: Told())
    book.archive(event_report(1))
    assert book.to_caller == event_report(1)
    assert book.only(Refusal).would


def test_a_registrar_silent_about_a_report_is_a_refusal_with_0213() -> None:
    book = opened()
    book.archive(event_report(1))
    book.passes(2.1)
    assert refused_report(book) == 0x0213


def test_a_report_of_the_devices_own_making_is_refused() -> None:
    book = opened()
    book.caller(commit(3))
    book.forget()
    book.caller(event_report(4))
    assert statuses(book) == [0x0110]
    assert not book.to_archive


@pytest.mark.parametrize("silent", [False, True])
def test_a_commitment_that_cannot_be_kept_is_answered_0213(silent: bool) -> None:
    book = opened(keep_expected=lambda _: None if silent else "the disk is full")
    book.caller(commit(3))
    if silent:
        book.passes(2.1)
    assert statuses(book) == [0x0213]
    assert not book.to_archive
    book.archive(event_report(1))
    assert book.asked, "what was refused was not asked for"


def test_without_a_transaction_uid_a_commitment_goes_on_and_nothing_is_expected() -> None:
    request = command(
        N_ACTION, 1, requested_sop_class="1.2.840.10008.1.20.1", requested_sop_instance="1.2.840.10008.1.20.1.1",
        action_type_id=1, data_set_present=True,
    )  # fmt: skip
    said = p_data(COMMITMENT_CONTEXT, build_command(request), elements((0x0008_0060, "CS", "CT")))
    book = opened()
    book.caller(said)
    assert book.to_archive == said
    assert not book.expects
    assert book.only(Operation).transaction == ""


def test_only_so_many_transactions_of_an_association_are_known_without_asking() -> None:
    book = opened()
    for number in range(MAX_TRANSACTIONS + 1):
        book.caller(commit(1, f"1.2.98.{number}"))
        book.archive(response(N_ACTION, 1, 0, COMMITMENT_CONTEXT))
    book.archive(event_report(1, f"1.2.98.{MAX_TRANSACTIONS}"))
    assert not book.asked
    book.archive(event_report(2, "1.2.98.0"))
    assert book.asked


def test_the_archive_answers_for_itself_only() -> None:
    book = opened()
    book.caller(commit(3))
    assert not book.to_caller
    book.archive(response(N_ACTION, 3, 0x0119, COMMITMENT_CONTEXT))
    assert book.to_caller == response(N_ACTION, 3, 0x0119, COMMITMENT_CONTEXT)


def test_a_report_under_way_at_release_still_passes() -> None:
    book = opened()
    book.caller(commit(3))
    book.archive(response(N_ACTION, 3, 0, COMMITMENT_CONTEXT))
    book.caller(RELEASE_RQ)
    book.archive(event_report(1))
    assert book.to_caller.endswith(event_report(1))
    book.archive(RELEASE_RP)
    assert book.only(AssociationClosed).how == "released"


# --- procedure steps -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", [N_CREATE, N_SET])
def test_a_step_is_on_record_with_its_patient_before_it_goes_on(field: int) -> None:
    book = opened(keep=lambda _: None)
    said = procedure_step(2, field)
    book.caller(said)
    asked = book.only(Operation)
    assert (asked.sop_class, asked.sop_instance, asked.patient.id, asked.patient.name) == (MPPS, "1.2.8.1", "P1", "A^B")
    assert asked.judgement.rule == "procedure-step-permitted"
    assert not book.to_archive
    book.open_gates()
    assert book.to_archive == said
    book.archive(response(field, 2, 0, MPPS_CONTEXT))
    assert [each.status for each in book.records(Operation)] == [-1, 0]


def test_a_step_of_a_patient_that_is_forbidden_is_answered_0124() -> None:
    book = opened(given=rules(policies=NOT_P9))
    book.caller(procedure_step(1, data=data_set(1, patient="P9")))
    assert statuses(book) == [0x0124]


def test_each_operation_of_a_step_is_judged_by_itself() -> None:
    book = opened("STEPS", given=rules(peers=(*PEERS, STEPS_ONLY)))
    book.caller(procedure_step(1) + procedure_step(2, N_SET))
    assert book.to_archive == procedure_step(1)
    assert statuses(book) == [0x0124]
    assert book.only(Refusal).operation == "N-SET"


@pytest.mark.parametrize(
    "said", [procedure_step(1), procedure_step(1, N_SET), commit(1)], ids=["create", "set", "action"]
)
def test_without_a_record_an_n_service_is_answered_0213(said: bytes) -> None:
    book = opened(keep=lambda _: False)
    book.caller(said)
    assert statuses(book) == [0x0213]
    assert not book.to_archive


@pytest.mark.parametrize("mode", list(Mode))
def test_a_head_unreadable_is_refused_with_0110_where_the_route_says_so(mode: Mode) -> None:
    book = opened(given=observing(mode, unreadable_head="refuse"))
    book.caller(procedure_step(1, data=b"\x08\0\x16\0\xff\xff\xff\x7f"))
    assert statuses(book) == [0x0110]


def test_a_time_window_is_looked_at_for_each_operation() -> None:
    given = rules(
        policies="""
@id("not-in-the-evening")
@why("Steps are reported by day.")
forbid (principal, action == Action::"N-SET", resource) when { context.minuteOfDay >= 1080 };
"""
    )
    book = opened(given=given)
    book.caller(procedure_step(1, N_SET))
    book.archive(response(N_SET, 1, 0, MPPS_CONTEXT))
    for _ in range(9):
        book.surroundings.now += 3_000.0
        book.surroundings.at = book.surroundings.at.replace(hour=book.surroundings.at.hour + 1)
    book.caller(procedure_step(2, N_SET))
    assert statuses(book) == [0, 0x0124]
    assert book.only(Refusal).judgement.rule == "not-in-the-evening"


def test_the_route_of_an_open_flow_lets_n_services_on_without_a_record() -> None:
    book = opened(given=rules(replace(ROUTE, other_failure="open")), keep=lambda _: False)
    book.caller(procedure_step(1))
    assert book.to_archive == procedure_step(1)
    assert book.counts["record_waived"] == 1
