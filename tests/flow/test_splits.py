"""However the bytes are cut into reads, the same bytes leave and the same is on record; nothing of a refused object."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.flow.conversations import Said, Turn, conversations, department
from tests.flow.messages import messages
from tests.flow.playbook import ARCHIVE, NOT_P9, Playbook, knows, rules

from leadglass.flow.association import Phase
from leadglass.flow.effects import Expect
from leadglass.model.event import AssociationClosed, Body, InstanceOutcome, Operation, Refusal, TransferBegun
from leadglass.wire.dicom.pdu import RELEASE_RP, RELEASE_RQ

QUIET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    """``data`` cut where ``cuts`` say, which go round."""
    at = number = 0
    while at < len(data):
        step = cuts[number % len(cuts)]
        number += 1
        yield data[at : at + step]
        at += step


def hold(turns: tuple[Turn, ...], cuts: list[int], delayed: bool, pipelined: bool) -> Playbook:
    """Carry the conversation out."""
    book = Playbook.opened("CT2", keep=lambda _: None if delayed else True)
    requests = b"".join(turn.request for turn in turns)
    if pipelined:
        for piece in pieces(requests, cuts):
            book.caller(piece)
            book.open_gates()
        while book.waiting:
            book.open_gates()
    for turn in turns:
        if not pipelined:
            for piece in pieces(turn.request, cuts):
                book.caller(piece)
                book.open_gates()
            while book.waiting:
                book.open_gates()
        for piece in pieces(turn.answer, cuts):
            book.archive(piece)
            book.open_gates()
    book.caller(RELEASE_RQ)
    book.archive(RELEASE_RP)
    book.open_gates()
    book.accounts()
    return book


def bodies(book: Playbook) -> list[Body]:
    return [entry for entry in book.log if not isinstance(entry, tuple | Expect | AssociationClosed)]


@QUIET
@given(conversations, st.lists(st.integers(1, 40_000), min_size=1, max_size=6), st.booleans(), st.booleans())
def test_any_cut_gives_the_same_bytes_and_the_same_record(
    turns: tuple[Turn, ...], cuts: list[int], delayed: bool, pipelined: bool
) -> None:
    book = hold(turns, cuts, delayed, pipelined)
    reference = hold(turns, [1 << 20], delayed=False, pipelined=pipelined)
    assert book.sent == reference.sent
    assert bodies(book) == bodies(reference)


@QUIET
@given(conversations, st.lists(st.integers(1, 3_000), min_size=1, max_size=4), st.booleans())
def test_what_is_permitted_arrives_bit_for_bit_and_nothing_else(
    turns: tuple[Turn, ...], cuts: list[int], pipelined: bool
) -> None:
    book = hold(turns, cuts, delayed=True, pipelined=pipelined)
    permitted = [turn for turn in turns if turn.permitted]
    assert b"".join(messages_of(book)) == b"".join(turn.data for turn in permitted)
    assert len(messages(book.to_archive)) == len(permitted)
    assert len(messages(book.to_caller)) == len(turns)
    assert len(book.records(Refusal)) == len(turns) - len(permitted)
    refused = {
        message.command.message_id_being_responded_to
        for message in messages(book.to_caller)
        if message.command.status == 0x0124
    }
    assert refused == {number for number, turn in enumerate(turns, 1) if not turn.permitted}
    stored = [turn for turn in permitted if turn.data]
    assert [body.bytes for body in book.records(InstanceOutcome)] == [len(turn.data) for turn in stored]


@QUIET
@given(conversations)
def test_a_conversation_of_one_pdv_a_pdu_leaves_as_it_came(turns: tuple[Turn, ...]) -> None:
    book = Playbook.opened("CT2")
    for turn in turns:
        book.caller(turn.canonical)
        book.archive(turn.answer)
    assert book.to_archive == b"".join(turn.canonical for turn in turns if turn.permitted)


@QUIET
@given(conversations, st.data())
def test_an_object_cut_off_anywhere_never_gets_a_last_fragment(turns: tuple[Turn, ...], data: st.DataObject) -> None:
    book = Playbook.opened("CT2")
    *whole, last = turns
    for turn in whole:
        book.caller(turn.request)
        book.archive(turn.answer)
    before = len(messages(book.to_archive))
    cut = data.draw(st.integers(0, len(last.request) - 1))
    for piece in pieces(last.request[:cut], data.draw(st.lists(st.integers(1, 3_000), min_size=1, max_size=3))):
        book.caller(piece)
    begun = len(book.records(TransferBegun))
    book.closes(book.association.streams[0].side)
    assert len(messages(book.to_archive)) == before
    assert book.to_archive.endswith(bytes.fromhex("07 00 00000004 0000 02 00"))
    assert len(book.records(TransferBegun)) == begun
    assert ARCHIVE in book.closed
    book.accounts()


def day(said: tuple[Said, ...], cuts: list[int], delayed: bool) -> Playbook:
    """A department's day carried out; gates and registrar answer each only when asked again, where they are late."""
    late = None if delayed else ""
    book = Playbook.departmental(
        given=rules(policies=NOT_P9), keep=lambda _: None if delayed else True, keep_expected=lambda _: late,
        tell=lambda asked: None if delayed else knows(asked),
    )  # fmt: skip
    for side, data in said:
        for piece in pieces(data, cuts):
            book.says(side, piece)
            settle(book)
    book.releases()
    settle(book)
    book.accounts()
    return book


def settle(book: Playbook) -> None:
    """Whatever waits is answered, until nothing does."""
    dialogue = book.association.dialogue
    while book.waiting or (dialogue is not None and dialogue.under_way.asking and book.phase is not Phase.OVER):
        book.open_gates()
        if book.asked:
            book.expected(knows(book.asked[-1]))
        if book.expects:
            book.kept()


@QUIET
@given(department, st.lists(st.integers(1, 40_000), min_size=1, max_size=6), st.booleans())
def test_a_departments_day_is_the_same_however_it_is_cut_and_whoever_is_late(
    said: tuple[Said, ...], cuts: list[int], delayed: bool
) -> None:
    book = day(said, cuts, delayed)
    reference = day(said, [1 << 20], delayed=False)
    assert [messages(bytes(out)) for out in book.sent] == [messages(bytes(out)) for out in reference.sent]
    assert bodies(book) == bodies(reference)
    assert [expect.expectation for expect in book.expects] == [expect.expectation for expect in reference.expects]
    assert book.extends == reference.extends
    assert all(body.patient.id != "P9" for body in book.records(TransferBegun))
    assert not [body for body in book.records(Operation) if body.patient.id == "P9"]


def messages_of(book: Playbook) -> list[bytes]:
    return [message.data for message in messages(book.to_archive)]
