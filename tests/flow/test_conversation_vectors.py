"""Every file of tests/vectors/conversation comes to what its header says: passed, swallowed, refused, or broken off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.flow.messages import (
    C_FIND,
    C_GET,
    COMMITMENT_CONTEXT,
    EVERYTHING,
    N_ACTION,
    TRANSACTION,
    answered,
    associate_rq,
    commit,
    echo,
    get,
    kinds,
    messages,
    move,
    query,
    response,
    store,
)
from tests.flow.playbook import (
    ARCHIVE,
    CALLER,
    NOT_P9,
    PACS,
    PEERS,
    Playbook,
    committed,
    moved,
    rules,
)
from tests.vectors.vector import read_vector

from leadglass.flow.association import Phase
from leadglass.flow.effects import AskExpected, Side
from leadglass.flow.judge import Told
from leadglass.model.event import ProtocolError, Refusal
from leadglass.model.expectation import ExpectedMove
from leadglass.model.peer import Peer

FOLDER = Path(__file__).parents[1] / "vectors" / "conversation"
STRANGERS = "1.2.98"  # a transaction that VIEWER asked for


@dataclass(frozen=True)
class Case:
    """A vector and what it expects."""

    name: str
    state: str
    side: Side
    expect: str
    words: tuple[str, ...]
    data: bytes


def case(path: Path) -> Case:
    vector = read_vector(path)
    assert set(vector.headers) == {"state", "side", "expect", "about"}, path
    expect, *words = vector.headers["expect"].split()
    side = {"caller": CALLER, "archive": ARCHIVE}[vector.headers["side"]]
    return Case(vector.name, vector.headers["state"], side, expect, tuple(words), vector.data)


ALL = [case(path) for path in sorted(FOLDER.glob("*.hex"))]


def registrar(*moves: ExpectedMove) -> Callable[[AskExpected], Told]:
    """One that has seen these moves, a commitment of WS and one of VIEWER."""
    reports = {TRANSACTION: committed(), STRANGERS: committed(STRANGERS, "VIEWER")}
    return lambda asked: Told(report=reports.get(asked.transaction)) if asked.transaction else Told(moves)


def opened(*said: tuple[Side, bytes], policies: str = "") -> Callable[[], Playbook]:
    """An association of WS on which this was said before."""

    def state() -> Playbook:
        book = Playbook.departmental(given=rules(policies=policies), tell=registrar())
        for side, data in said:
            book.says(side, data)
        return book

    return state


def reversed_for(expected: ExpectedMove, peers: tuple[Peer, ...] = PEERS) -> Callable[[], Playbook]:
    """An association of the archive on which this is expected."""
    rq = associate_rq("ORTHANC", "WS", contexts=EVERYTHING)
    return lambda: Playbook.reversed(expected, rq=rq, given=rules(peers=peers), tell=registrar(expected))


ITSELF = Peer("itself", "ORTHANC", ("10.20.0.5/32",), operations=("*",), plain=True)
STATES = {
    "connected": Playbook,
    "archive-calls": lambda: Playbook(address=PACS.host),
    "open": opened(),
    "patients": opened(policies=NOT_P9),
    "stored": opened((CALLER, store(1))),
    "queried": opened((CALLER, query(1) + query(2) + query(3)), (CALLER, commit(8))),
    "answered": opened((CALLER, query(1)), (ARCHIVE, answered(C_FIND, 1))),
    "refused": opened((CALLER, move(1, "NOWHERE"))),
    "got": opened((CALLER, get(7)), (ARCHIVE, answered(C_GET, 7))),
    "committed": opened((CALLER, commit(1)), (ARCHIVE, response(N_ACTION, 1, 0, COMMITMENT_CONTEXT))),
    "reversed": reversed_for(moved()),
    "reversed-image": reversed_for(moved("", instances=("1.2.9.1",))),
    "reversed-observed-class": reversed_for(moved(), (*PEERS, ITSELF)),
}


@pytest.mark.parametrize("cut", [0, 1], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("vector", ALL, ids=lambda vector: vector.name)
def test_vector_comes_to_what_it_expects(vector: Case, cut: int) -> None:
    book = STATES[vector.state]()
    book.forget()
    book.says(vector.side, vector.data, cut)
    if book.questions:
        book.admitted(None)
    if book.asked and vector.state == "archive-calls":
        book.expected(Told())
    back, across = bytes(book.sent[vector.side]), bytes(book.sent[vector.side.other])
    refusals = [refusal for refusal in book.records(Refusal) if not refusal.would]
    if vector.expect == "rejected":
        assert kinds(back) == [3]
        assert refusals[-1].cause == vector.words[0]
        assert not book.connects
        return
    if vector.expect == "broken":
        assert book.only(ProtocolError).finding == vector.words[0]
        assert not messages(across)
        assert kinds(back)[-1] == kinds(across)[-1] == 7
        return
    assert book.phase is Phase.OPEN
    if vector.expect == "passes":
        assert across == vector.data
        assert not back
        assert not book.records(Refusal)
        return
    assert not across
    if vector.expect == "refused":
        cause, status = vector.words
        (answer,) = messages(back)
        assert (refusals[0].cause, f"{answer.command.status:04x}") == (cause, status)
        assert refusals[0].said == f"status {status.upper()}H"
        assert answer.command.message_id_being_responded_to == messages(vector.data)[0].command.message_id
    else:
        assert vector.expect == "swallowed"
        assert not back
        assert not book.records(Refusal)
    if vector.side is CALLER:
        book.caller(echo(77))
        assert bytes(book.sent[ARCHIVE]) == echo(77), "the association goes on"


def test_each_state_and_each_outcome_has_a_vector() -> None:
    assert {vector.state for vector in ALL} == set(STATES)
    assert {vector.expect for vector in ALL} == {"passes", "swallowed", "refused", "rejected", "broken"}
