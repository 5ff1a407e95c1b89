"""C-FIND: judged by its identifier, durable before it goes on; the patients it returned are told of soon, and once."""

from __future__ import annotations

import tracemalloc

import pytest
from tests.flow.messages import (
    C_FIND,
    FIND,
    FIND_CONTEXT,
    STUDY_KEY,
    WORKLIST,
    WORKLIST_CONTEXT,
    answered,
    cancel,
    command,
    data_set,
    elements,
    identifier,
    kinds,
    messages,
    pdu,
    pdus,
    pdv,
    pending,
    query,
    response,
)
from tests.flow.playbook import ARCHIVE, CALLER, NOT_P9, Playbook, observing, rules
from tests.flow.test_memory import MIB, feed

from leadglass.flow.association import Phase
from leadglass.flow.effects import Gate, Side
from leadglass.flow.listing import LISTED_WITHIN, MAX_BYTES, MAX_STUDIES
from leadglass.model.event import (
    MAX_LISTED,
    MAX_UIDS,
    AssociationClosed,
    Event,
    EventId,
    Operation,
    PatientsListed,
    ProtocolError,
    Refusal,
    encode,
)
from leadglass.store.journal_format import MAX_PAYLOAD
from leadglass.wire.dicom.command import build_command
from leadglass.wire.dicom.pdu import RELEASE_RP, RELEASE_RQ, abort

SOON = 2 * LISTED_WITHIN


opened = Playbook.departmental


def match(number: int, *, patient: str = "", study: str = "", name: str = "") -> bytes:
    """A pending response with a patient of its own."""
    return pending(C_FIND, 1, data_set(number, patient=patient or f"P{number}", study=study or "1.2.3", name=name))


def listed(book: Playbook) -> list[list[str]]:
    return [[patient.id for patient, _ in body.patients] for body in book.records(PatientsListed)]


# --- the request ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [0, 1, 33])
def test_a_query_is_on_record_with_what_it_asks_before_it_goes_on(cut: int) -> None:
    book = opened(keep=lambda _: None)
    said = query(5, identifier("STUDY", patient="P1", study="1.2.3\\1.2.4", name="A*"))
    book.caller(said, cut)
    assert not book.to_archive
    (gated,) = book.waiting
    assert gated.record.gate is Gate.DURABLE
    asked = book.only(Operation)
    assert (asked.operation, asked.sop_class, asked.message_id, asked.status) == ("C-FIND", FIND, 5, -1)
    assert (asked.level, asked.patient.id, asked.study) == ("STUDY", "P1", "")
    assert asked.uids == ("1.2.3", "1.2.4")
    assert asked.keys == ("PatientName", "PatientID", "StudyInstanceUID")
    assert asked.judgement.rule == "query-permitted"
    book.open_gates()
    assert book.to_archive == said


def test_a_query_by_one_study_is_on_record_with_it() -> None:
    book = opened()
    book.caller(query(1, identifier(study="1.2.3")))
    assert book.only(Operation).study == "1.2.3"


def test_a_worklist_query_has_the_level_worklist() -> None:
    book = opened("VIEWER")
    said = query(1, elements((0x0008_0060, "CS", "CT"), (0x0010_0020, "LO", "")), WORKLIST)
    book.caller(said)
    asked = book.only(Operation)
    assert (asked.level, asked.judgement.rule) == ("WORKLIST", "worklist-permitted")
    assert asked.keys == ("Modality",)
    assert book.to_archive == said


def test_a_query_at_a_level_that_is_not_listed_is_answered_c001_with_the_rule() -> None:
    book = opened("VIEWER")
    book.caller(query(3, identifier("SERIES", study="1.2.3")))
    (answer,) = messages(book.to_caller)
    assert (answer.command.command_field, answer.command.status) == (C_FIND | 0x8000, 0xC001)
    assert answer.command.error_comment == "refused by the gateway: forbid-other-level"
    assert not book.to_archive
    refusal = book.only(Refusal)
    assert (refusal.operation, refusal.cause, refusal.said, refusal.study) == (
        "C-FIND", "operation", "status C001H", "1.2.3",
    )  # fmt: skip
    book.caller(query(3))
    assert book.to_archive == query(3), "the association and its Message IDs go on"


def test_a_query_of_a_patient_that_is_forbidden_is_refused_and_other_queries_pass() -> None:
    book = opened(given=rules(policies=NOT_P9))
    book.caller(query(1, identifier(patient="P9")) + query(2, identifier(patient="P8")))
    assert [message.command.status for message in messages(book.to_caller)] == [0xC001]
    assert book.to_archive == query(2, identifier(patient="P8"))
    assert book.only(Refusal).patient.id == "P9"


def test_where_the_route_observes_a_refused_query_goes_on_and_is_told_of() -> None:
    book = opened("VIEWER", given=observing())
    book.caller(query(1, identifier("IMAGE")))
    assert book.to_archive == query(1, identifier("IMAGE"))
    assert book.only(Refusal).would


def unreadable_query() -> bytes:
    return query(1, b"\x08\0\x05\0\xff\xff\xff\x7f" + bytes(50))


def test_an_identifier_that_cannot_be_read_goes_on_unless_a_policy_speaks_of_patients() -> None:
    book = opened()
    book.caller(unreadable_query())
    assert book.to_archive == unreadable_query()
    assert book.counts["heads_unreadable"] == 1
    strict = opened(given=rules(policies=NOT_P9))
    strict.caller(unreadable_query())
    assert not strict.to_archive
    assert messages(strict.to_caller)[0].command.status == 0xC000
    assert (strict.only(Refusal).cause, bool(strict.only(Refusal).detail)) == ("unreadable-head", True)


def test_deviations_of_an_identifier_are_counted_and_hostile_uids_make_it_unreadable() -> None:
    book = opened()
    book.caller(query(1, elements((0x0008_0052, "CS", "STUDY"), (0x0008_0052, "CS", "STUDY"))))
    book.caller(query(2, identifier(study="1.2.x")))
    book.caller(query(3, identifier(study="1.2/3")))
    book.stops()
    tolerated = book.only(AssociationClosed).tolerated
    assert tolerated == {"duplicate-element": 1, "uid-characters": 1, "unreadable-head:uid-hostile": 1}
    assert [each.uids for each in book.records(Operation)] == [(), ("1.2.x",), ()]


def test_more_uids_than_fit_on_record_go_on_all_the_same() -> None:
    uids = "\\".join(f"1.2.{number}" for number in range(MAX_UIDS + 50))
    book = opened()
    book.caller(query(1, identifier(study=uids)))
    assert len(book.only(Operation).uids) == MAX_UIDS
    assert book.to_archive == query(1, identifier(study=uids))


@pytest.mark.parametrize("side", [CALLER, ARCHIVE])
def test_an_identifier_of_100_mb_streams_through(side: Side) -> None:
    book = opened()
    if side is CALLER:
        request = command(C_FIND, 1, affected_sop_class=FIND, data_set_present=True)
        start = pdu(pdv(FIND_CONTEXT, 3, build_command(request)))
    else:
        book.caller(query(1))
        start = next(whole for _, whole in pdus(pending(C_FIND, 1, b"")))
    book.says(side, start + pdu(pdv(FIND_CONTEXT, 0, b"\x08\0\x05\0\xff\xff\xff\x7f")))
    piece = pdu(pdv(FIND_CONTEXT, 0, bytes(16_000))) * 4
    tracemalloc.start()
    try:
        left = feed(book.association, piece, 100 * MIB // len(piece), side)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * MIB, f"{peak:,} bytes"
    assert left > 99 * MIB
    assert book.phase is Phase.OPEN


# --- no record -----------------------------------------------------------------------------------------------------


def test_without_a_record_a_query_is_answered_a700() -> None:
    book = opened(keep=lambda _: False)
    book.caller(query(1))
    assert messages(book.to_caller)[0].command.status == 0xA700
    assert not book.to_archive
    assert book.counts["record_refused"] == 1


def test_without_a_record_a_query_goes_on_where_the_flow_is_open() -> None:
    book = opened(given=observing(other_failure="open"), keep=lambda _: False)
    book.caller(query(1))
    assert book.to_archive == query(1)
    assert book.counts["record_waived"] == 1


# --- the patients it returned --------------------------------------------------------------------------------------


def test_the_patients_returned_are_one_event_at_the_final_response() -> None:
    book = opened()
    book.caller(query(1))
    book.archive(match(1) + match(2) + match(1, study="1.2.4") + answered(C_FIND, 1))
    told = book.only(PatientsListed)
    assert [(patient.id, studies) for patient, studies in told.patients] == [
        ("P1", ("1.2.3", "1.2.4")), ("P2", ("1.2.3",)),
    ]  # fmt: skip
    assert (told.responses, told.message_id, told.sop_class, told.operation) == (3, 1, FIND, "C-FIND")
    assert book.at(PatientsListed) < book.at(Operation, 1), "before the end is on record"
    assert book.to_caller == match(1) + match(2) + match(1, study="1.2.4") + answered(C_FIND, 1)


def test_an_answer_without_a_patient_tells_of_none() -> None:
    book = opened()
    book.caller(query(1))
    book.archive(answered(C_FIND, 1))
    assert not book.records(PatientsListed)
    assert book.records(Operation)[-1].status == 0


def test_patients_are_told_of_within_their_time_while_responses_go_on() -> None:
    book = opened()
    book.caller(query(1))
    book.archive(match(1))
    assert not book.records(PatientsListed)
    book.surroundings.now += SOON
    book.archive(match(2))
    assert listed(book) == [["P1", "P2"]]
    book.archive(match(3) + answered(C_FIND, 1))
    assert listed(book) == [["P1", "P2"], ["P3"]]


def test_patients_are_told_of_when_time_passes_and_nothing_more_comes() -> None:
    book = opened()
    book.caller(query(1))
    before = book.soon
    book.archive(match(1))
    assert (before, book.soon) == (False, True), "the relay is asked to look at the time within 50 ms"
    assert listed(book) == []
    book.passes(SOON)
    assert listed(book) == [["P1"]]
    book.passes(1.0)
    assert listed(book) == [["P1"]]


def test_no_event_lists_more_than_its_bound() -> None:
    book = opened()
    book.caller(query(1))
    book.archive(b"".join(match(number) for number in range(MAX_LISTED + 3)))
    assert [len(each) for each in listed(book)] == [MAX_LISTED]
    book.archive(answered(C_FIND, 1))
    assert [len(each) for each in listed(book)] == [MAX_LISTED, 3]
    assert sum(body.responses for body in book.records(PatientsListed)) == MAX_LISTED + 3


def test_no_event_names_more_studies_than_its_bound() -> None:
    book = opened()
    book.caller(query(1))
    book.archive(b"".join(match(1, study=f"1.2.{number}") for number in range(MAX_STUDIES + 1)))
    book.archive(answered(C_FIND, 1))
    assert [[len(studies) for _, studies in body.patients] for body in book.records(PatientsListed)] == [
        [MAX_STUDIES], [1],
    ]  # fmt: skip


def test_an_event_fits_into_the_journal_however_long_the_names_are() -> None:
    book = opened()
    book.caller(query(1))
    for number in range(300):
        book.archive(match(number, name=f"{number:04}" + "N" * 4_000, patient=f"{number:04}" + "I" * 4_000))
    book.archive(answered(C_FIND, 1))
    told = book.records(PatientsListed)
    assert len(told) > 1
    assert sum(len(body.patients) for body in told) == 300
    assert all(len(encode(Event(EventId("w0", 1, 1), 1, "PACS", body))) < 4 * MAX_BYTES < MAX_PAYLOAD for body in told)


def test_responses_whose_head_cannot_be_read_pass_and_are_counted() -> None:
    book = opened()
    book.caller(query(1))
    broken = pending(C_FIND, 1, b"\x08\0\x05\0\xff\xff\xff\x7f" + bytes(50))
    book.archive(match(1) + broken + answered(C_FIND, 1))
    told = book.only(PatientsListed)
    assert ([patient.id for patient, _ in told.patients], told.responses) == (["P1"], 2)
    assert book.to_caller == match(1) + broken + answered(C_FIND, 1)


def test_a_pending_response_without_an_identifier_passes() -> None:
    book = opened()
    book.caller(query(1))
    book.archive(pending(C_FIND, 1) + answered(C_FIND, 1))
    assert book.to_caller == pending(C_FIND, 1) + answered(C_FIND, 1)
    assert not book.records(PatientsListed)


@pytest.mark.parametrize(
    "end", ["caller aborts", "archive aborts", "caller lost", "archive lost", "shutdown", "release"]
)
def test_patients_returned_before_the_end_of_the_association_are_told_of(end: str) -> None:
    book = opened()
    book.caller(query(1))
    book.archive(match(1) + match(2))
    if end == "shutdown":
        book.stops()
    elif end == "release":
        book.caller(RELEASE_RQ)
        book.archive(RELEASE_RP)
    else:
        side = CALLER if end.startswith("caller") else ARCHIVE
        book.says(side, abort(0, 0)) if end.endswith("aborts") else book.closes(side)
    assert listed(book) == [["P1", "P2"]]
    assert book.phase is Phase.OVER


# --- several at once -----------------------------------------------------------------------------------------------


def test_several_queries_at_once_each_list_their_own() -> None:
    book = opened()
    book.caller(query(1) + query(2) + query(3, elements((0x0010_0020, "LO", "")), WORKLIST))
    for number in (2, 1, 2, 3, 1):
        context = WORKLIST_CONTEXT if number == 3 else FIND_CONTEXT
        book.archive(response(C_FIND, number, 0xFF00, context, data_set(number, patient=f"P{number}")))
    for number in (3, 1, 2):
        book.archive(response(C_FIND, number, 0, WORKLIST_CONTEXT if number == 3 else FIND_CONTEXT))
    assert [(body.message_id, [patient.id for patient, _ in body.patients], body.responses)
            for body in book.records(PatientsListed)] == [(3, ["P3"], 1), (1, ["P1"], 2), (2, ["P2"], 2)]  # fmt: skip
    assert [body.message_id for body in book.records(Operation)] == [1, 2, 3, 3, 1, 2]


def test_a_message_id_is_free_again_after_the_final_response_only() -> None:
    book = opened()
    book.caller(query(1))
    book.archive(match(1) + answered(C_FIND, 1))
    book.caller(query(1))
    book.archive(match(2))
    assert book.to_archive == query(1) + query(1)
    book.caller(query(1))
    assert book.only(ProtocolError).finding == "message-id-in-use"
    assert listed(book) == [["P1"], ["P2"]]


# --- C-CANCEL ------------------------------------------------------------------------------------------------------


def test_a_cancel_reaches_the_archive_while_responses_come_and_the_query_ends_as_it_says() -> None:
    book = opened()
    book.caller(query(1))
    book.archive(match(1)[:100])
    book.caller(cancel(1))
    assert book.to_archive == query(1) + cancel(1)
    book.archive(match(1)[100:] + match(2) + answered(C_FIND, 1, 0xFE00))
    assert book.to_caller == match(1) + match(2) + answered(C_FIND, 1, 0xFE00)
    assert book.records(Operation)[-1].status == 0xFE00
    assert listed(book) == [["P1", "P2"]]


@pytest.mark.parametrize("number", [1, 2, 65_535])
def test_a_cancel_for_nothing_reaches_nobody(number: int) -> None:
    book = opened()
    book.caller(cancel(number))
    book.caller(query(7, STUDY_KEY))
    book.caller(cancel(number))
    assert book.to_archive == query(7, STUDY_KEY)
    assert not book.to_caller
    assert not kinds(book.to_archive)
    assert book.phase is Phase.OPEN


def test_a_cancel_of_a_query_that_was_refused_reaches_nobody() -> None:
    book = opened("VIEWER")
    book.caller(query(1, identifier("IMAGE")) + cancel(1))
    assert not book.to_archive
    assert [message.command.status for message in messages(book.to_caller)] == [0xC001]


def test_a_query_waits_for_no_response_longer_than_its_time() -> None:
    book = opened()
    book.caller(query(1))
    book.passes(599.0)
    book.archive(match(1))
    book.passes(599.0)
    assert not book.records(AssociationClosed), "each response begins the time anew"
    book.passes(2.0)
    assert book.only(AssociationClosed).how == "aborted-by-leadglass"
    assert book.counts["aborts:code=dimse-response"] == 1
