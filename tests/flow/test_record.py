"""What is on record before what leaves, what happens when it cannot be, and how transfers close."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.flow.messages import (
    C_STORE,
    CT_CONTEXT,
    EVERYTHING,
    MR_CONTEXT,
    associate_ac,
    associate_rq,
    data_set,
    echo,
    find,
    fragmented,
    get,
    kinds,
    messages,
    store,
    store_command,
    store_rsp,
)
from tests.flow.playbook import ARCHIVE, CALLER, ROUTE, Playbook, observing, rules

from leadglass.flow.association import Phase
from leadglass.flow.effects import Gate, Record
from leadglass.flow.transfers import MAX_PATIENTS, MAX_TRANSFERS
from leadglass.model.event import (
    AssociationClosed,
    InstanceBegun,
    InstanceOutcome,
    Operation,
    TransferBegun,
    TransferClosed,
)
from leadglass.model.route import Mode
from leadglass.wire.dicom.pdu import RELEASE_RP, RELEASE_RQ, parse_abort

CLOSED = rules(replace(ROUTE, store_failure="closed"))
OPEN = rules(replace(ROUTE, other_failure="open"))


def later(_: Record) -> None:
    """No record is told of before `open_gates`."""


def never(record: Record) -> bool:
    return False


def durable_later(record: Record) -> bool | None:
    return None if record.gate is Gate.DURABLE else True


# --- before a byte goes on -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [0, 1, 100])
def test_nothing_of_a_patient_goes_on_before_its_beginning_is_on_disk(cut: int) -> None:
    book = Playbook.opened("CT2", keep=durable_later)
    book.caller(store(pixels=3_000), cut)
    assert not book.to_archive
    (gated,) = book.waiting
    assert (type(gated.record.body), gated.record.gate) == (InstanceBegun, Gate.DURABLE)
    assert book.at(TransferBegun) < book.at(InstanceBegun)
    book.open_gates()
    assert book.to_archive == store(pixels=3_000)
    assert book.at(InstanceBegun) < book.first_data(ARCHIVE)


def test_a_beginning_that_was_written_and_an_instance_that_was_not_go_nowhere_on_a_closed_flow() -> None:
    for failing in (TransferBegun, InstanceBegun):
        book = Playbook.opened("CT2", given=CLOSED, keep=lambda record, lost=failing: not isinstance(record.body, lost))
        book.caller(store())
        assert not book.to_archive
        assert messages(book.to_caller)[0].command.status == 0xA700
        assert book.outcomes() == ["refused"]


def test_a_known_study_needs_only_the_journal_for_its_next_instance() -> None:
    book = Playbook.opened("CT2", keep=durable_later)
    book.caller(store(1))
    book.open_gates()
    book.archive(store_rsp(1))
    book.caller(store(2))
    assert not book.waiting
    assert len(messages(book.to_archive)) == 2
    assert len(book.records(TransferBegun)) == 1
    assert [body.instance for body in book.records(InstanceBegun)] == [1, 2]


def test_what_an_archive_sends_of_a_study_waits_for_a_beginning_of_its_own() -> None:
    book = Playbook.opened("WS", rq=associate_rq("WS", contexts=EVERYTHING))
    book.caller(get(7))
    book.forget()
    book.keep = durable_later
    book.caller(store(1))
    book.archive(store(1))
    assert not book.to_archive
    assert not book.to_caller
    assert [(begun.operation, begun.requester) for begun in book.records(TransferBegun)] == [
        ("C-STORE", ""), ("C-GET", "ws"),
    ]  # fmt: skip
    book.open_gates()
    assert (book.to_archive, book.to_caller) == (store(1), store(1))


def test_every_patient_and_study_begins_on_its_own() -> None:
    book = Playbook.opened("CT2")
    for number, (patient, study) in enumerate([("P1", "1.1"), ("P1", "1.2"), ("P2", "2.1"), ("P1", "1.1")], 1):
        book.caller(store(number, patient=patient, study=study))
        book.archive(store_rsp(number))
    assert [(body.patient.id, body.study, body.transfer) for body in book.records(TransferBegun)] == [
        ("P1", "1.1", 1), ("P1", "1.2", 2), ("P2", "2.1", 3),
    ]  # fmt: skip
    assert [body.transfer for body in book.records(InstanceBegun)] == [1, 2, 3, 1]
    book.releases()
    first, second = book.records(TransferClosed)
    assert (first.patient.id, first.transfers, first.studies) == ("P1", (1, 2), ("1.1", "1.2"))
    assert (second.patient.id, second.transfers, second.outcomes) == ("P2", (3,), {"success": 1})
    book.accounts()


def test_patients_without_an_id_are_told_apart_by_name() -> None:
    book = Playbook.opened("CT2")
    for number, name in enumerate(["Doe^Jane", "Roe^John"], 1):
        book.caller(store(number, patient="", name=name))
        book.archive(store_rsp(number))
    assert [body.patient.name for body in book.records(TransferBegun)] == ["Doe^Jane", "Roe^John"]
    book.releases()
    assert [body.patient.name for body in book.records(TransferClosed)] == ["Doe^Jane", "Roe^John"]


def test_an_operation_that_is_no_store_is_on_disk_before_it_goes_on() -> None:
    book = Playbook.opened("WS", keep=later)
    book.caller(find())
    (gated,) = book.waiting
    assert (type(gated.record.body), gated.record.gate) == (Operation, Gate.DURABLE)
    assert not book.to_archive
    book.open_gates()
    assert book.to_archive == find()


def test_an_echo_waits_for_no_record() -> None:
    book = Playbook.opened("WS", keep=later)
    book.caller(echo())
    assert book.to_archive == echo()
    assert not book.waiting


# --- before an answer goes back ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(0, "success"), (0xB000, "warning"), (0xB007, "warning"), (0xA700, "failure"), (0x0110, "failure")],
)
def test_an_outcome_is_written_before_the_answer_goes_back(status: int, outcome: str) -> None:
    book = Playbook.opened("CT2")
    book.caller(store(pixels=500))
    book.keep = later
    book.archive(store_rsp(1, status))
    assert not book.to_caller
    body = book.only(InstanceOutcome)
    assert (body.status, body.outcome, body.bytes) == (status, outcome, len(data_set(1, pixels=500)))
    assert book.waiting[0].record.gate is Gate.WRITTEN
    book.open_gates()
    assert book.to_caller == store_rsp(1, status)


def test_an_answer_that_cannot_be_recorded_is_no_success_on_a_closed_flow() -> None:
    book = Playbook.opened("CT2", given=CLOSED)
    book.caller(store())
    book.keep = never
    book.archive(store_rsp(1))
    (answer,) = messages(book.to_caller)
    assert answer.command.status == 0xA700
    assert answer.command.message_id_being_responded_to == 1
    assert book.counts["record_refused"] == 1


def test_an_answer_that_cannot_be_recorded_goes_back_on_an_open_flow() -> None:
    book = Playbook.opened("CT2")
    book.caller(store())
    book.keep = never
    book.archive(store_rsp(1))
    assert book.to_caller == store_rsp(1)
    assert book.counts["record_waived"] == 1


# --- the record is impossible --------------------------------------------------------------------------------------


def test_without_a_record_a_store_goes_on_by_default_and_is_counted() -> None:
    book = Playbook.opened("CT2", keep=never)
    book.caller(store())
    assert book.to_archive == store()
    assert book.counts["record_waived"] == 1


def test_without_a_record_a_closed_store_is_answered_a700_and_nothing_goes_on() -> None:
    book = Playbook.opened("CT2", given=CLOSED, keep=never)
    book.caller(store(pixels=40_000), cut=10_000)
    assert not book.to_archive
    (answer,) = messages(book.to_caller)
    assert (answer.command.command_field, answer.command.status) == (C_STORE | 0x8000, 0xA700)
    assert book.outcomes() == ["refused"]
    book.keep = lambda _: True
    book.caller(store(2))
    assert book.to_archive == store(2)


@pytest.mark.parametrize(("given", "goes_on"), [(rules(), False), (OPEN, True)])
def test_without_a_record_other_operations_are_closed_by_default(given: object, goes_on: bool) -> None:
    book = Playbook.opened("WS", given=given, keep=never)
    book.caller(find())
    assert (book.to_archive == find()) is goes_on
    assert [message.command.status for message in messages(book.to_caller)] == ([] if goes_on else [0xA700])


def test_a_waived_beginning_is_made_up_by_the_next_instance_of_its_study() -> None:
    book = Playbook.opened("CT2", keep=never)
    book.caller(store(1))
    book.archive(store_rsp(1))
    book.keep = durable_later
    book.caller(store(2))
    assert len(messages(book.to_archive)) == 1
    assert book.records(TransferBegun)[-1].transfer == book.records(InstanceBegun)[-1].transfer == 2
    book.open_gates()
    assert len(messages(book.to_archive)) == 2
    book.archive(store_rsp(2))
    book.keep = lambda _: True
    book.releases()
    assert book.only(TransferClosed).transfers == (1, 2)
    assert book.only(TransferClosed).studies == ("1.2.3",)


def test_a_waived_record_never_waives_a_decision() -> None:
    book = Playbook.opened("CT2", keep=never)
    book.caller(fragmented(CT_CONTEXT, store_command(1), data_set(1, sop_class="1.2.840.10008.5.1.4.1.1.4"), 4_000))
    assert not book.to_archive
    assert messages(book.to_caller)[0].command.status == 0x0124


# --- closing -------------------------------------------------------------------------------------------------------


def test_the_release_is_answered_when_the_closing_is_on_disk() -> None:
    book = Playbook.opened("CT2")
    for number, patient in enumerate(["P1", "P2"], 1):
        book.caller(store(number, patient=patient))
        book.archive(store_rsp(number))
    book.forget()
    book.keep = durable_later
    book.releases()
    assert kinds(book.to_archive) == [5]
    assert not book.to_caller
    (gated,) = book.waiting
    assert (type(gated.record.body), gated.record.gate) == (TransferClosed, Gate.DURABLE)
    assert len(book.records(TransferClosed)) == 2
    book.open_gates()
    assert book.to_caller == RELEASE_RP
    assert book.records(AssociationClosed)[0].how == "released"
    book.accounts()


@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize(("given", "told"), [(CLOSED, 7), (rules(), 6)])
def test_a_closing_that_cannot_be_recorded_aborts_only_a_closed_flow(given: object, told: int, lost: int) -> None:
    book = Playbook.opened("CT2", given=given)
    for number, patient in enumerate(["P1", "P2"], 1):
        book.caller(store(number, patient=patient))
        book.archive(store_rsp(number))
    book.forget()
    book.keep = lambda record: not (isinstance(record.body, TransferClosed) and record.body.transfers == (lost + 1,))
    book.releases()
    assert kinds(book.to_caller) == [told]
    assert book.phase is Phase.OVER


def test_a_transfer_without_an_instance_for_a_minute_is_closed_and_begun_again() -> None:
    book = Playbook.opened("CT2")
    book.caller(store(1))
    book.passes(90.0)
    assert not book.records(TransferClosed), "an instance under way is not idle"
    book.archive(store_rsp(1))
    book.passes(59.0)
    assert not book.records(TransferClosed)
    book.passes(1.5)
    closed = book.only(TransferClosed)
    assert (closed.how, closed.transfers, closed.outcomes) == ("idle", (1,), {"success": 1})
    book.keep = durable_later
    book.caller(store(2))
    assert book.records(TransferBegun)[-1].transfer == 2
    assert len(messages(book.to_archive)) == 1
    book.open_gates()
    book.keep = lambda _: True
    book.archive(store_rsp(2))
    book.releases()
    book.accounts()


@pytest.mark.parametrize(("whole", "outcome"), [(True, "unknown"), (False, "cut-off")])
@pytest.mark.parametrize(
    ("end", "how"),
    [("abort", "aborted"), ("caller", "connection-lost"), ("archive", "connection-lost"), ("stop", "aborted")],
)
def test_an_instance_without_an_answer_is_unknown_when_it_was_sent_whole_else_cut_off(
    whole: bool, outcome: str, end: str, how: str
) -> None:
    book = Playbook.opened("CT2")
    said = store(pixels=50_000)
    book.caller(said if whole else said[:40_000])
    if end == "abort":
        book.archive(bytes.fromhex("07 00 00000004 0000 02 00"))
    elif end == "stop":
        book.stops()
    else:
        book.closes(CALLER if end == "caller" else ARCHIVE)
    assert book.outcomes() == [outcome]
    assert book.only(InstanceOutcome).status == -1
    closed = book.only(TransferClosed)
    assert (closed.how, closed.outcomes) == (how, {outcome: 1})
    assert book.at(InstanceOutcome) < book.at(TransferClosed) < book.at(AssociationClosed)
    book.accounts()


def test_an_association_lost_while_a_gate_is_shut_counts_its_instance_as_cut_off() -> None:
    book = Playbook.opened("CT2", keep=later)
    book.caller(store())
    book.closes(ARCHIVE)
    assert book.outcomes() == ["cut-off"]
    assert not book.to_archive.startswith(b"\4")
    book.open_gates()  # too late: nothing happens
    assert book.phase is Phase.OVER
    book.accounts()


def test_a_store_under_another_context_is_one_more_sop_class_of_the_closing() -> None:
    book = Playbook.opened("WS")
    book.caller(store(1))
    book.caller(store(2, MR_CONTEXT))
    book.archive(store_rsp(2, context=MR_CONTEXT) + store_rsp(1))
    book.releases()
    assert sorted(book.only(TransferClosed).sop_classes.values()) == [1, 1]
    assert book.only(AssociationClosed).instances == 2


def test_however_many_studies_a_patient_has_its_closings_stay_small() -> None:
    book = Playbook.opened("CT2")
    count = MAX_TRANSFERS * 2 + 3
    for number in range(1, count + 1):
        book.caller(store(number, study=f"1.2.{number}"))
        book.archive(store_rsp(number))
    assert max(len(body.transfers) for body in book.records(TransferClosed)) == MAX_TRANSFERS
    book.releases()
    assert sum(len(body.transfers) for body in book.records(TransferClosed)) == count
    book.accounts()


def test_however_many_patients_pass_only_so_many_are_open() -> None:
    book = Playbook.opened("CT2")
    for number in range(1, MAX_PATIENTS + 6):
        book.caller(store(number, patient=f"P{number}"))
        book.archive(store_rsp(number))
    assert [body.patient.id for body in book.records(TransferClosed)] == ["P1", "P2", "P3", "P4", "P5"]
    book.releases()
    book.accounts()


def test_the_association_closes_with_its_sums() -> None:
    book = Playbook.opened("WS", given=observing(Mode.ENFORCE))
    book.caller(store(1))
    book.archive(store_rsp(1))
    book.caller(RELEASE_RQ)
    book.archive(RELEASE_RP)
    closed = book.only(AssociationClosed)
    assert closed.bytes_in == len(associate_rq("WS") + store(1) + RELEASE_RQ)
    proposed = associate_ac(associate_rq("WS"))
    assert closed.bytes_out == len(proposed + store_rsp(1) + RELEASE_RP)
    assert (closed.echoes, closed.instances, closed.operations) == (0, 1, 0)


def test_abort_of_ours_has_source_2() -> None:
    book = Playbook.opened("CT2")
    book.stops()
    assert parse_abort(book.to_caller).source == parse_abort(book.to_archive).source == 2
