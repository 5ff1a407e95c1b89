"""Release by either side, both at once, a silent or closing other side; abort; loss, in the middle of a PDU too."""

from __future__ import annotations

import pytest
from tests.flow.messages import (
    C_FIND,
    COMMITMENT_CONTEXT,
    CT_CONTEXT,
    FIND_CONTEXT,
    N_EVENT_REPORT,
    data_set,
    echo,
    echo_rsp,
    event_report,
    find,
    kinds,
    messages,
    pdu,
    pdus,
    pdv,
    response,
    store,
    store_rsp,
)
from tests.flow.playbook import ARCHIVE, CALLER, Playbook, knows

from leadglass.flow.association import Phase
from leadglass.flow.effects import Side
from leadglass.model.event import AssociationClosed, InstanceBegun, ProtocolError, TransferClosed
from leadglass.wire.dicom.pdu import RELEASE_RP, RELEASE_RQ, abort

SIDES = list(Side)
OURS = abort(2, 0)


def ended(book: Playbook, how: str) -> AssociationClosed:
    assert book.phase is Phase.OVER
    assert book.closed == {CALLER, ARCHIVE}
    closed = book.only(AssociationClosed)
    assert closed.how == how
    book.accounts()
    return closed


# --- release -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", SIDES)
def test_a_release_passes_from_either_side_and_so_does_its_answer(side: Side) -> None:
    book = Playbook.opened()
    book.says(side, RELEASE_RQ)
    assert book.sent[side.other] == RELEASE_RQ
    assert not book.sent[side]
    assert book.phase is Phase.RELEASING
    book.says(side.other, RELEASE_RP)
    assert book.sent[side] == RELEASE_RP
    ended(book, "released")


@pytest.mark.parametrize("first", SIDES)
def test_when_both_ask_at_once_each_gets_its_answer(first: Side) -> None:
    book = Playbook.opened()
    book.says(first, RELEASE_RQ)
    book.says(first.other, RELEASE_RQ)
    if first is CALLER:  # towards the archive we are the requestor, who answers first (PS3.8 9.2, AR-9)
        assert book.to_archive == RELEASE_RQ + RELEASE_RP
        book.archive(RELEASE_RP)
        assert book.to_caller == RELEASE_RP
    else:  # the caller is the requestor, and answers first
        assert book.to_caller == RELEASE_RQ
        book.caller(RELEASE_RP)
        assert book.to_caller == RELEASE_RQ + RELEASE_RP
        assert book.to_archive == RELEASE_RP
    ended(book, "released")


def test_answers_that_are_under_way_still_pass_after_a_request_for_release() -> None:
    book = Playbook.opened()
    book.caller(store() + RELEASE_RQ)
    book.archive(store_rsp() + RELEASE_RP)
    assert book.to_caller == store_rsp() + RELEASE_RP
    assert book.outcomes() == ["success"]
    ended(book, "released")


@pytest.mark.parametrize("side", SIDES)
def test_a_message_of_the_other_side_still_passes_after_a_request_for_release(side: Side) -> None:
    book = Playbook.opened(tell=knows)
    book.caller(find(1))
    book.archive(event_report(1))
    answer = (
        response(C_FIND, 1, 0, FIND_CONTEXT) if side is CALLER else response(N_EVENT_REPORT, 1, 0, COMMITMENT_CONTEXT)
    )
    book.says(side, RELEASE_RQ)
    book.says(side.other, answer + RELEASE_RP)
    assert book.sent[side].endswith(answer + RELEASE_RP)
    ended(book, "released")


def test_a_next_hop_silent_at_release_is_aborted_and_the_sender_answered() -> None:
    book = Playbook.opened()
    book.caller(store())
    book.archive(store_rsp())
    book.forget()
    book.caller(RELEASE_RQ)
    book.passes(29.0)
    assert book.phase is Phase.RELEASING
    book.passes(1.5)
    assert book.to_archive == RELEASE_RQ + OURS
    assert book.to_caller == RELEASE_RP
    assert book.only(TransferClosed).how == "released"
    assert book.only(AssociationClosed).tolerated == {"silent-at-release": 1}


def test_a_caller_silent_at_the_archives_release_is_aborted_and_the_archive_answered() -> None:
    book = Playbook.opened()
    book.archive(RELEASE_RQ)
    book.passes(31.0)
    assert book.to_caller == RELEASE_RQ + OURS
    assert book.to_archive == RELEASE_RP
    ended(book, "released")


def test_a_closing_that_the_disk_never_answers_for_does_not_hold_the_sender_for_ever() -> None:
    book = Playbook.opened()
    book.caller(store())
    book.archive(store_rsp())
    book.keep = lambda _: None
    book.releases()
    assert not kinds(book.to_caller)
    book.passes(31.0)
    assert kinds(book.to_caller) == [6]
    assert book.counts["record_waived"] == 1
    book.open_gates()


@pytest.mark.parametrize("side", SIDES)
def test_a_side_that_closes_instead_of_its_answer_to_a_release_is_tolerated(side: Side) -> None:
    book = Playbook.opened()
    book.caller(echo())
    book.archive(echo_rsp())
    book.says(side, RELEASE_RQ)
    book.closes(side.other)
    assert book.sent[side].endswith(RELEASE_RP)
    assert ended(book, "released").tolerated == {"close-without-release-rp": 1}


@pytest.mark.parametrize("side", SIDES)
def test_who_asked_for_release_and_leaves_without_waiting_is_a_lost_connection(side: Side) -> None:
    book = Playbook.opened()
    book.says(side, RELEASE_RQ)
    book.closes(side)
    assert kinds(bytes(book.sent[side.other])) == [5, 7]
    ended(book, "connection-lost")


def test_a_close_without_release_is_tolerated_counted_and_the_archive_told() -> None:
    book = Playbook.opened()
    book.caller(store())
    book.archive(store_rsp())
    book.closes(CALLER)
    assert kinds(book.to_archive) == [7]
    closed = ended(book, "closed-without-release")
    assert closed.tolerated == {"close-without-release": 1}
    assert book.only(TransferClosed).outcomes == {"success": 1}


# --- abort ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("source", "reason"), [(0, 0), (2, 1), (2, 6), (7, 99)])
def test_an_abort_passes_with_its_source_and_reason(side: Side, source: int, reason: int) -> None:
    book = Playbook.opened()
    book.says(side, abort(source, reason))
    assert bytes(book.sent[side.other]) == abort(source, reason)
    assert not book.sent[side]
    closed = ended(book, f"aborted-by-{'caller' if side is CALLER else 'archive'}")
    assert f"source {source} reason {reason}" in closed.reason


@pytest.mark.parametrize("phase", ["before", "between", "inside", "releasing"])
def test_an_abort_of_the_caller_counts_at_any_time(phase: str) -> None:
    book = Playbook.opened() if phase != "before" else Playbook()
    if phase == "inside":
        book.caller(pdu(pdv(CT_CONTEXT, 1, b"half a command")))
    elif phase == "releasing":
        book.caller(RELEASE_RQ)
    book.caller(abort(0, 0))
    assert book.phase is Phase.OVER
    assert kinds(book.to_archive) == {"before": [], "releasing": [5, 7]}.get(phase, [7])


def test_a_shutdown_aborts_both_with_source_2() -> None:
    book = Playbook.opened()
    book.stops()
    assert book.to_caller == book.to_archive == OURS
    assert "stopping" in ended(book, "aborted-by-leadglass").reason


# --- loss ----------------------------------------------------------------------------------------------------------


def last_whole(book: Playbook) -> list[int]:
    """Message control headers of the data set fragments the archive got."""
    return [whole[11] for kind, whole in pdus(book.to_archive) if kind == 4 and not whole[11] & 1]


@pytest.mark.parametrize("cut", [150, 151, 162, 5_000, 16_530, 16_700, 33_000, 48_000, -1])
@pytest.mark.parametrize("end", ["caller", "archive abort", "stop", "stall"])
def test_a_pdu_under_way_is_filled_up_before_the_abort_and_no_object_is_completed(cut: int, end: str) -> None:
    said = store(pixels=50_000)
    book = Playbook.opened("CT2")
    book.caller(said[:cut], 7_000)
    under_way = len(book.to_archive)
    assert said.startswith(book.to_archive)
    if end == "caller":
        book.closes(CALLER, "Connection reset by peer")
    elif end == "stop":
        book.stops()
    elif end == "stall":
        book.passes(61.0)
    else:
        book.archive(abort(0, 0))
        assert bytes(book.to_archive) == said[:under_way], "it has ended the association itself: it is told nothing"
    if end != "archive abort":
        found = list(pdus(book.to_archive))
        assert [kind for kind, _ in found[-1:]] == [7]
        assert all(kind == 4 for kind, _ in found[:-1])
        assert len(book.to_archive) - under_way <= 16_384 + 10
    assert not messages(book.to_archive)
    assert not any(control & 2 for control in last_whole(book))
    assert len(book.records(InstanceBegun)) == (cut < 0 or cut > 16_500)
    assert book.outcomes() == ["cut-off"] * len(book.records(InstanceBegun))


def test_an_answer_cut_off_in_the_middle_is_filled_up_for_the_caller_too() -> None:
    book = Playbook.opened()
    book.caller(find(1))
    answer = response(C_FIND, 1, 0xFF00, FIND_CONTEXT, data_set(pixels=30_000))
    book.archive(answer[:20_000])
    book.closes(ARCHIVE)
    assert [kind for kind, _ in pdus(book.to_caller)][-1] == 7
    assert not messages(book.to_caller)
    ended(book, "connection-lost")


@pytest.mark.parametrize(
    "rest", [bytes.fromhex("09 00 00000004 00000000"), pdu(pdv(9, 0, b"x")), pdu(pdv(CT_CONTEXT, 1, b"x"))]
)
@pytest.mark.parametrize("cut", [5_000, 17_000, 40_000])
def test_an_abort_for_what_follows_in_the_same_read_comes_after_the_rest_of_the_pdu(rest: bytes, cut: int) -> None:
    said = b"".join(whole for _, whole in list(pdus(store(pixels=50_000)))[:-1])
    book = Playbook.opened("CT2")
    book.caller(said[:cut])
    book.caller(said[cut:] + rest)
    assert book.to_archive == said + OURS
    assert book.records(ProtocolError)


def test_a_lost_archive_becomes_an_abort_for_the_caller() -> None:
    book = Playbook.opened()
    book.closes(ARCHIVE, "Connection reset by peer")
    assert book.to_caller == OURS
    assert "Connection reset" in ended(book, "connection-lost").reason


def test_bytes_after_the_end_change_nothing() -> None:
    book = Playbook.opened()
    book.stops()
    entries = len(book.log)
    book.association.receive(CALLER, memoryview(store()))
    book.association.receive(ARCHIVE, memoryview(b"\xff" * 100))
    assert not book.association.effects
    assert len(book.log) == entries
