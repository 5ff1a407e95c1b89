"""C-MOVE as a disclosure: who asks for what, to where; what it lets come is kept before it goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.flow.messages import C_MOVE, STUDY_KEY, answered, cancel, echo, identifier, messages, move, pending
from tests.flow.playbook import ARCHIVE, CALLER, NOT_P9, ROUTE, Playbook, observing, rules

from leadglass.flow.effects import Gate, Record, Side
from leadglass.flow.expectations import SECOND
from leadglass.model.event import AssociationClosed, Operation, Refusal
from leadglass.model.expectation import ExpectedMove
from leadglass.model.route import Mode, Timers
from leadglass.wire.dicom.pdu import abort

TEN_MINUTES = 600.0
opened = Playbook.departmental


def expected(book: Playbook) -> ExpectedMove:
    """The one move that was told to the registrar."""
    (expect,) = book.expects
    assert isinstance(expect.expectation, ExpectedMove)
    return expect.expectation


def statuses(book: Playbook) -> list[int]:
    return [message.command.status for message in messages(book.to_caller)]


# --- the request ---------------------------------------------------------------------------------------------------


def test_a_move_to_a_device_behind_us_is_kept_before_it_is_recorded_and_goes_on() -> None:
    book = opened(keep_expected=lambda _: None, keep=lambda _: None)
    book.caller(move(7, "WS"))
    assert not book.records(Operation)
    assert not book.to_archive
    book.kept()
    asked = book.only(Operation)
    assert (asked.operation, asked.destination, asked.level, asked.study) == ("C-MOVE", "WS", "STUDY", "1.2.3")
    assert (asked.keys, asked.uids, asked.judgement.rule) == (("StudyInstanceUID",), ("1.2.3",), "retrieve-permitted")
    assert not book.to_archive
    (gated,) = book.waiting
    assert gated.record.gate is Gate.DURABLE
    book.open_gates()
    assert book.to_archive == move(7, "WS")


def test_what_is_kept_names_who_asked_for_what_and_until_when() -> None:
    book = opened()
    data = identifier("SERIES", patient="P1", study="1.2.3", series="1.2.3.1\\1.2.3.2")
    book.caller(move(7, "WS", data))
    kept = expected(book)
    assert (kept.archive, kept.destination, kept.peer, kept.calling, kept.message_id, kept.level) == (
        "pacs", "WS", "ws", "WS", 7, "SERIES",
    )  # fmt: skip
    assert (kept.patients, kept.studies, kept.series, kept.instances) == (
        ("P1",), ("1.2.3",), ("1.2.3.1", "1.2.3.2"), (),
    )  # fmt: skip
    assert kept.until == book.surroundings.utc + int(TEN_MINUTES * SECOND)
    assert book.only(Operation).uids == ("1.2.3", "1.2.3.1", "1.2.3.2")


def test_every_move_has_an_id_of_its_own_also_with_the_same_message_id() -> None:
    book = opened()
    for _ in range(3):
        book.caller(move(1))
        book.archive(answered(C_MOVE, 1))
        book.surroundings.utc += 1
    ids = [expect.expectation.id for expect in book.expects]  # type: ignore[union-attr]  # moves only
    assert len(set(ids)) == 3


def test_a_move_to_a_device_that_listens_nowhere_is_forwarded_and_nothing_is_expected() -> None:
    book = opened()
    book.caller(move(1, "PRINTER"))
    assert book.to_archive == move(1, "PRINTER")
    assert not book.expects
    assert book.only(Operation).destination == "PRINTER"


def test_a_move_to_a_title_nobody_has_is_answered_a801() -> None:
    book = opened()
    book.caller(move(1, "NOWHERE"))
    (answer,) = messages(book.to_caller)
    assert (answer.command.command_field, answer.command.status) == (C_MOVE | 0x8000, 0xA801)
    assert not book.to_archive
    assert not book.expects
    refusal = book.only(Refusal)
    assert (refusal.cause, refusal.said, refusal.study) == ("unknown-destination", "status A801H", "1.2.3")
    assert "'NOWHERE'" in refusal.judgement.failed


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ALERT])
def test_where_the_route_observes_an_unknown_destination_is_told_of(mode: Mode) -> None:
    book = opened(given=observing(mode))
    book.alarms.clear()
    book.caller(move(1, "NOWHERE"))
    assert book.to_archive == move(1, "NOWHERE")
    assert (book.only(Refusal).cause, book.only(Refusal).would) == ("unknown-destination", True)
    assert bool(book.alarms) == (mode is Mode.ALERT)


@pytest.mark.parametrize(
    ("destination", "data", "rule"),
    [
        ("WS", STUDY_KEY, "forbid-other-destination"),
        ("NOWHERE", STUDY_KEY, "forbid-other-destination"),
        ("VIEWER", identifier("PATIENT", patient="P1"), "forbid-other-level"),
    ],
)
def test_a_move_that_policy_refuses_is_answered_0124(destination: str, data: bytes, rule: str) -> None:
    book = opened("VIEWER")
    book.caller(move(1, destination, data))
    (answer,) = messages(book.to_caller)
    assert (answer.command.status, answer.command.error_comment) == (0x0124, f"refused by the gateway: {rule}")
    assert book.only(Refusal).judgement.rule == rule
    assert not book.expects
    assert not book.to_archive


def test_a_move_of_a_patient_that_is_forbidden_is_refused() -> None:
    book = opened(given=rules(policies=NOT_P9))
    book.caller(move(1, "WS", identifier("PATIENT", patient="P9")))
    assert statuses(book) == [0x0124]
    book.caller(move(2, "WS", identifier("PATIENT", patient="P8")))
    assert book.to_archive == move(2, "WS", identifier("PATIENT", patient="P8"))


def test_wildcards_name_no_patient() -> None:
    book = opened()
    book.caller(move(1, "WS", identifier("PATIENT", patient="P*")))
    assert expected(book).patients == ()
    assert not book.only(Operation).patient.known


# --- the registrar -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("silent", [False, True])
def test_what_cannot_be_kept_is_refused_with_a702_and_nothing_goes_on(silent: bool) -> None:
    book = opened(keep_expected=lambda _: None if silent else "its table is full")
    book.caller(move(1))
    if silent:
        assert not book.to_caller
        book.passes(1.9)
        assert not book.to_caller
        book.passes(0.2)
    assert statuses(book) == [0xA702]
    refusal = book.only(Refusal)
    assert (refusal.cause, refusal.said) == ("registrar-silent", "status A702H")
    assert refusal.judgement.failed == ("the registrar did not answer" if silent else "its table is full")
    assert not book.to_archive
    assert not book.records(Operation)
    book.caller(echo(2))
    assert book.to_archive == echo(2)


@pytest.mark.parametrize("silent", [False, True])
def test_where_the_route_observes_what_cannot_be_kept_goes_on_and_is_told_of(silent: bool) -> None:
    book = opened(given=observing(), keep_expected=lambda _: None if silent else "its table is full")
    book.caller(move(1))
    if silent:
        book.passes(2.1)
    assert book.to_archive == move(1)
    assert (book.only(Refusal).cause, book.only(Refusal).would) == ("registrar-silent", True)
    assert not book.extends


def test_an_answer_that_comes_too_late_changes_nothing() -> None:
    book = opened(keep_expected=lambda _: None)
    book.caller(move(1))
    book.passes(2.1)
    before = book.to_caller, len(book.log)
    book.kept()
    assert (book.to_caller, len(book.log)) == before
    book.caller(move(1))
    book.association.kept(book.expects[0].number, CALLER, "")
    assert not book.to_archive, "the answer to the first is not one to the second"
    book.kept()
    assert book.to_archive == move(1)


@pytest.mark.parametrize("answer", ["kept", "silence"])
def test_a_move_held_while_the_archive_asks_for_release_gets_its_answer(answer: str) -> None:
    book = opened(keep_expected=lambda _: None)
    book.caller(move(1))
    book.archive(b"\5\0\0\0\0\4\0\0\0\0")
    if answer == "kept":
        book.kept()
        assert move(1) in book.to_archive
    else:
        book.passes(2.1)
        assert statuses(book) == [0xA702]


def test_an_association_that_ends_while_a_move_is_held_ends_once() -> None:
    book = opened(keep_expected=lambda _: None)
    book.caller(move(1))
    book.archive(abort(0, 0))
    entries = len(book.log)
    book.kept()
    book.passes(3.0)
    assert len(book.log) == entries
    assert not messages(book.to_archive)


# --- no record -----------------------------------------------------------------------------------------------------


def never(_: Record) -> bool:
    return False


def test_without_a_record_a_move_is_answered_a702() -> None:
    book = opened(keep=never)
    book.caller(move(1))
    assert statuses(book) == [0xA702]
    assert not book.to_archive


def test_without_a_record_a_move_goes_on_where_the_flow_is_open() -> None:
    book = opened(given=rules(replace(ROUTE, other_failure="open")), keep=never)
    book.caller(move(1))
    assert book.to_archive == move(1)


# --- responses -----------------------------------------------------------------------------------------------------


def test_the_counters_of_the_last_response_are_on_record_with_what_was_asked() -> None:
    book = opened()
    book.caller(move(3, "WS"))
    book.archive(pending(C_MOVE, 3, remaining=2, completed=1, failed=0, warning=0))
    said = answered(C_MOVE, 3, 0xB000, completed=2, failed=1, warning=0)
    book.archive(said)
    assert book.to_caller.endswith(said)
    asked, end = book.records(Operation)
    assert (end.status, end.message_id, end.destination, end.level, end.study) == (0xB000, 3, "WS", "STUDY", "1.2.3")
    assert (end.completed, end.failed, end.warnings, end.remaining) == (2, 1, 0, -1)
    assert asked.completed == -1


def test_the_list_of_objects_that_failed_goes_back_unchanged() -> None:
    book = opened()
    book.caller(move(1))
    said = answered(C_MOVE, 1, 0xB000, identifier("", instance="\\".join(f"1.2.9.{n}" for n in range(500))), failed=500)
    book.archive(said, 100)
    assert book.to_caller == said


def until(book: Playbook) -> list[float]:
    """Seconds from now until the end that each extension names."""
    return [(extend.until - book.surroundings.utc) / SECOND for extend in book.extends]


def test_pending_responses_extend_what_is_expected_now_and_then() -> None:
    book = opened()
    book.caller(move(1))
    book.archive(pending(C_MOVE, 1, remaining=9))
    assert not book.extends, "it was told a moment ago"
    book.passes(59.0)
    assert not book.extends
    book.passes(1.0)
    assert until(book) == [TEN_MINUTES], "also while the archive is silent: it may be sending"
    book.surroundings.now += 60.0
    book.surroundings.utc += 60 * SECOND
    book.archive(pending(C_MOVE, 1, remaining=8))
    assert until(book)[1:] == [TEN_MINUTES]
    assert {extend.id for extend in book.extends} == {expected(book).id}


def test_what_is_expected_ends_ten_minutes_after_the_final_response() -> None:
    book = opened()
    book.caller(move(1))
    book.passes(1.0)
    book.archive(answered(C_MOVE, 1))
    assert until(book) == [TEN_MINUTES]
    book.passes(3_000.0)
    assert len(book.extends) == 1


@pytest.mark.parametrize("side", [CALLER, ARCHIVE])
def test_an_association_that_ends_leaves_ten_minutes_for_objects_under_way(side: Side) -> None:
    book = opened()
    book.caller(move(1))
    book.passes(1.0)
    book.says(side, abort(0, 0))
    assert until(book) == [TEN_MINUTES]


def test_a_move_waits_an_hour_between_responses() -> None:
    book = opened()
    book.caller(move(1))
    book.passes(3_599.0)
    book.archive(pending(C_MOVE, 1))
    book.passes(3_599.0)
    assert not book.records(AssociationClosed)
    book.passes(1.5)
    assert book.only(AssociationClosed).how == "aborted-by-leadglass"
    assert book.counts["aborts:code=dimse-response"] == 1


def test_a_move_that_is_waited_for_is_not_idle() -> None:
    book = opened(given=rules(timers=Timers(idle=100.0)))
    book.caller(move(1))
    book.passes(2_000.0)
    assert not book.records(AssociationClosed)
    book.archive(answered(C_MOVE, 1))
    book.passes(101.0)
    assert "nothing happened" in book.only(AssociationClosed).reason


def test_a_cancel_of_a_move_goes_on() -> None:
    book = opened()
    book.caller(move(1) + cancel(1))
    assert book.to_archive == move(1) + cancel(1)
    book.archive(answered(C_MOVE, 1, 0xFE00, completed=3))
    assert book.records(Operation)[-1].completed == 3


def test_several_moves_at_once_are_kept_apart() -> None:
    book = opened()
    book.caller(move(1, "WS", identifier(study="1.1")) + move(2, "VIEWER", identifier(study="1.2")))
    book.archive(answered(C_MOVE, 2, completed=5) + answered(C_MOVE, 1, 0xA702))
    ends = [(end.message_id, end.destination, end.study, end.status) for end in book.records(Operation)[2:]]
    assert ends == [(2, "VIEWER", "1.2", 0), (1, "WS", "1.1", 0xA702)]
    first, second = (expect.expectation.id for expect in book.expects)  # type: ignore[union-attr]  # moves only
    assert [extend.id for extend in book.extends] == [second, first]


def test_an_unknown_caller_whose_route_observes_is_kept_by_its_title() -> None:
    book = opened("NOBODY", given=observing())
    book.caller(move(1, "WS"))
    assert (expected(book).peer, expected(book).calling) == ("", "NOBODY")
    assert book.to_archive == move(1, "WS")
