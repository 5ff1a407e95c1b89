"""Each PDU in each state of each leg does what PS3.8 table 9-10 says: it is an error there exactly where it is here."""

from __future__ import annotations

import pytest
from tests.flow.messages import associate_ac, associate_rq, echo, event_report, kinds
from tests.flow.playbook import ARCHIVE, CALLER, Playbook

from leadglass.flow.association import Phase
from leadglass.flow.effects import Side
from leadglass.flow.legs import PROTOCOL_ERRORS
from leadglass.model.event import ProtocolError
from leadglass.wire.dicom.pdu import RELEASE_RP, RELEASE_RQ, abort, associate_rj
from leadglass.wire.dicom.states import Event, State, transition

SAID = {
    Event.ASSOCIATE_RQ_RECEIVED: associate_rq("WS"), Event.ASSOCIATE_AC_RECEIVED: associate_ac(associate_rq("WS")),
    Event.ASSOCIATE_RJ_RECEIVED: associate_rj(1, 1, 1), Event.RELEASE_RQ_RECEIVED: RELEASE_RQ,
    Event.RELEASE_RP_RECEIVED: RELEASE_RP, Event.ABORT_RECEIVED: abort(0, 0),
    Event.INVALID_PDU_RECEIVED: b"\x08\0\0\0\0\0",
}  # fmt: skip


def at(state: State, side: Side) -> Playbook:
    """An association with one leg in a state."""
    book = Playbook()
    if state is State.AWAIT_ASSOCIATE_RQ:
        return book
    book.caller(associate_rq("WS"))
    book.connected()
    if state is State.AWAIT_ASSOCIATE_ANSWER:
        return book
    book.archive(associate_ac(book.to_archive))
    if state in {State.AWAIT_LOCAL_RELEASE_RESPONSE, State.AWAIT_RELEASE_RP}:
        book.says(side if state is State.AWAIT_LOCAL_RELEASE_RESPONSE else side.other, RELEASE_RQ)
    elif state is State.COLLISION_ACCEPTOR_AWAIT_RP:
        book.archive(RELEASE_RQ)
        book.caller(RELEASE_RQ)
    elif state is State.COLLISION_REQUESTOR_AWAIT_RP:
        book.caller(RELEASE_RQ)
        book.archive(RELEASE_RQ)
    assert book.association._legs.states[side] is state
    return book


ON_BOTH = (State.ESTABLISHED, State.AWAIT_RELEASE_RP, State.AWAIT_LOCAL_RELEASE_RESPONSE)
STATES = [
    (State.AWAIT_ASSOCIATE_RQ, CALLER), (State.AWAIT_ASSOCIATE_ANSWER, ARCHIVE),
    *((state, side) for state in ON_BOTH for side in Side),
    (State.COLLISION_ACCEPTOR_AWAIT_RP, CALLER), (State.COLLISION_REQUESTOR_AWAIT_RP, ARCHIVE),
]  # fmt: skip


@pytest.mark.parametrize("event", [*SAID, Event.P_DATA_RECEIVED])
@pytest.mark.parametrize(("state", "side"), STATES)
def test_a_pdu_is_an_error_where_the_standard_says_so(state: State, side: Side, event: Event) -> None:
    book = at(state, side)
    action, _ = transition(state, event)
    said = SAID.get(event) or (echo() if side is CALLER else event_report())
    book.says(side, said)
    broken = [error.side for error in book.records(ProtocolError)]
    assert broken == (["caller" if side is CALLER else "archive"] if action in PROTOCOL_ERRORS else [])
    if broken:
        assert book.phase is Phase.OVER
        assert kinds(bytes(book.sent[side]))[-1] == 7


def test_what_comes_after_a_request_and_before_its_answer_waits() -> None:
    book = Playbook()
    book.caller(associate_rq("WS") + echo())
    assert not book.to_archive
    book.connected()
    assert kinds(book.to_archive) == [1]
    book.archive(associate_ac(book.to_archive))
    assert book.to_archive.endswith(echo())
