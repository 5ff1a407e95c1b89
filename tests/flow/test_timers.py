"""What time does: each timer at its bound and not before, and what does not count as silence."""

from __future__ import annotations

from math import inf

import pytest
from tests.flow.messages import (
    C_FIND,
    FIND_CONTEXT,
    associate_rq,
    data_set,
    echo,
    echo_rsp,
    find,
    kinds,
    response,
    store,
    store_rsp,
)
from tests.flow.playbook import ARCHIVE, CALLER, Playbook, rules

from leadglass.flow.association import Phase
from leadglass.flow.effects import Side
from leadglass.model.event import AssociationClosed
from leadglass.model.route import Timers


def is_open(book: Playbook) -> bool:
    return book.phase is Phase.OPEN


def over(book: Playbook) -> bool:
    return book.phase is Phase.OVER


def test_a_connection_that_says_nothing_is_closed_without_a_word_or_a_record() -> None:
    book = Playbook()
    book.passes(29.0)
    assert not book.closed
    book.passes(1.5)
    assert book.closed == {CALLER, ARCHIVE}
    assert not book.log


def test_a_request_that_comes_a_byte_a_second_is_closed_in_the_same_time() -> None:
    book = Playbook()
    for at in range(31):
        book.caller(associate_rq()[at : at + 1])
        book.passes(1.0)
        if over(book):
            break
    assert at == 29
    assert not book.connects
    assert book.only(AssociationClosed).reason


@pytest.mark.parametrize(("side", "part"), [(CALLER, 3), (CALLER, 160), (CALLER, 30_000), (ARCHIVE, 3), (ARCHIVE, 60)])
def test_a_side_that_stops_inside_a_pdu_is_aborted(side: Side, part: int) -> None:
    book = Playbook.opened("CT2")
    if side is ARCHIVE:
        book.caller(store(pixels=50_000))
    book.says(side, (store(pixels=50_000) if side is CALLER else store_rsp())[:part])
    book.passes(59.0)
    assert is_open(book)
    book.passes(1.5)
    assert over(book)
    assert book.counts["aborts:code=stall"] == 1
    assert kinds(book.to_caller) == kinds(book.to_archive) == [7]


def test_between_pdus_silence_is_no_stall() -> None:
    book = Playbook.opened("CT2")
    book.caller(store())
    book.archive(store_rsp())
    book.passes(600.0)
    assert is_open(book)


def test_a_side_that_takes_nothing_is_aborted_and_the_sender_is_not_blamed_meanwhile() -> None:
    book = Playbook.opened("CT2")
    book.caller(store(pixels=50_000)[:30_000])
    since = book.surroundings.now
    for _ in range(59):
        book.passes(1.0, (inf, since))
    assert is_open(book)
    book.passes(1.5, (inf, since))
    assert over(book)


def test_time_for_which_the_other_side_took_nothing_is_not_held_against_the_sender() -> None:
    book = Playbook.opened("CT2")
    said = store(pixels=50_000)
    book.caller(said[:30_000])
    for _ in range(20):  # it takes a little every 10 seconds, for longer than a stall in all
        book.passes(10.0, (inf, book.surroundings.now))
    book.passes(0.1)
    assert is_open(book)
    book.caller(said[30_000:])
    assert book.to_archive == said


def test_an_association_where_nothing_happens_for_an_hour_is_aborted() -> None:
    book = Playbook.opened()
    book.caller(echo())
    book.archive(echo_rsp())
    book.passes(3_599.0)
    assert is_open(book)
    book.passes(1.5)
    assert book.counts["aborts:code=idle"] == 1


def test_a_request_without_a_response_for_ten_minutes_is_aborted_as_unknown() -> None:
    book = Playbook.opened("CT2")
    book.caller(store())
    book.passes(599.0)
    assert is_open(book)
    book.passes(1.5)
    assert book.counts["aborts:code=dimse-response"] == 1
    assert book.outcomes() == ["unknown"]


def test_each_pending_response_buys_time() -> None:
    book = Playbook.opened("WS")
    book.caller(find(1))
    for match in range(3):
        book.passes(500.0)
        book.archive(response(C_FIND, 1, 0xFF00, FIND_CONTEXT, data_set(match)))
    book.passes(500.0)
    assert is_open(book)
    book.passes(101.0)
    assert over(book)


def test_a_long_object_does_not_run_into_the_response_timer() -> None:
    book = Playbook.opened("CT2")
    said = store(pixels=50_000)
    for at in range(0, len(said), 1_000):
        book.caller(said[at : at + 1_000])
        book.passes(50.0)
        assert is_open(book)
    book.archive(store_rsp())
    assert book.outcomes() == ["success"]


def test_timers_are_settings() -> None:
    book = Playbook.opened(given=rules(timers=Timers(idle=5.0)))
    book.passes(5.5)
    assert over(book)
