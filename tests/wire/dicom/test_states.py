"""The state machine of PS3.8 9.2: complete, closed, and as pynetdicom has it."""

from __future__ import annotations

import pytest
from pynetdicom.fsm import ACTIONS, TRANSITION_TABLE

from leadglass.wire.dicom.states import TABLE, Action, CannotOccurError, Event, State, transition

LOCAL = (
    Event.ASSOCIATE_REQUEST,
    Event.ASSOCIATE_RESPONSE_ACCEPT,
    Event.ASSOCIATE_RESPONSE_REJECT,
    Event.P_DATA_REQUEST,
    Event.RELEASE_REQUEST,
    Event.RELEASE_RESPONSE,
)
RECEIVED = (
    Event.ASSOCIATE_AC_RECEIVED,
    Event.ASSOCIATE_RJ_RECEIVED,
    Event.ASSOCIATE_RQ_RECEIVED,
    Event.P_DATA_RECEIVED,
    Event.RELEASE_RQ_RECEIVED,
    Event.RELEASE_RP_RECEIVED,
    Event.ABORT_RECEIVED,
    Event.INVALID_PDU_RECEIVED,
)
CONNECTED = frozenset(State) - {State.IDLE, State.AWAIT_TRANSPORT_OPEN}


def test_the_table_is_pynetdicoms() -> None:
    assert {(event.value, state.value): action.value for (state, event), (action, _, _) in TABLE.items()} == (
        TRANSITION_TABLE
    )


def test_next_states_are_those_of_pynetdicoms_actions() -> None:
    for action, following, other in TABLE.values():
        named = ACTIONS[action.value][2]
        assert {following.value, other.value} == ({named} if isinstance(named, str) else set(named)), action


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_every_cell_is_an_action_or_cannot_occur(state: State, event: Event) -> None:
    if (state, event) in TABLE:
        action, following = transition(state, event)
        assert isinstance(action, Action)
        assert isinstance(following, State)
    else:
        with pytest.raises(CannotOccurError):
            transition(state, event)


@pytest.mark.parametrize("state", sorted(CONNECTED))
def test_whatever_a_peer_sends_has_an_answer_in_every_connected_state(state: State) -> None:
    for event in (*RECEIVED, Event.TRANSPORT_CLOSED):
        assert (state, event) in TABLE, event


@pytest.mark.parametrize("state", State)
def test_an_invalid_pdu_never_leaves_an_association_open(state: State) -> None:
    if state in CONNECTED:
        assert transition(state, Event.INVALID_PDU_RECEIVED)[1] == State.AWAIT_TRANSPORT_CLOSE


@pytest.mark.parametrize("state", State)
def test_a_closed_transport_always_ends_in_idle(state: State) -> None:
    if state != State.IDLE:
        assert transition(state, Event.TRANSPORT_CLOSED)[1] == State.IDLE


def test_every_state_and_action_is_reached() -> None:
    reached = {State.IDLE}
    grown = True
    while grown:
        following = {side for (state, _), (_, *sides) in TABLE.items() if state in reached for side in sides}
        grown = not following <= reached
        reached |= following
    assert reached == set(State)
    assert {action for action, _, _ in TABLE.values()} == set(Action)


def test_only_two_actions_lead_to_either_of_two_states() -> None:
    assert {action for action, first, other in TABLE.values() if first != other} == {Action.AE_6, Action.AR_8}
    assert transition(State.AWAIT_ASSOCIATE_RQ, Event.ASSOCIATE_RQ_RECEIVED) == (
        Action.AE_6,
        State.AWAIT_LOCAL_ASSOCIATE_RESPONSE,
    )
    assert transition(State.AWAIT_ASSOCIATE_RQ, Event.ASSOCIATE_RQ_RECEIVED, otherwise=True) == (
        Action.AE_6,
        State.AWAIT_TRANSPORT_CLOSE,
    )
    assert transition(State.AWAIT_RELEASE_RP, Event.RELEASE_RQ_RECEIVED, otherwise=True) == (
        Action.AR_8,
        State.COLLISION_ACCEPTOR_AWAIT_RP,
    )


def run(*events: tuple[Event, bool]) -> list[State]:
    states = [State.IDLE]
    for event, otherwise in events:
        states.append(transition(states[-1], event, otherwise=otherwise)[1])
    return states


def test_a_release_collision_ends_in_order_on_both_sides() -> None:
    requestor = run(
        (Event.ASSOCIATE_REQUEST, False),
        (Event.TRANSPORT_CONFIRM, False),
        (Event.ASSOCIATE_AC_RECEIVED, False),
        (Event.RELEASE_REQUEST, False),
        (Event.RELEASE_RQ_RECEIVED, False),
        (Event.RELEASE_RESPONSE, False),
        (Event.RELEASE_RP_RECEIVED, False),
    )
    acceptor = run(
        (Event.TRANSPORT_INDICATION, False),
        (Event.ASSOCIATE_RQ_RECEIVED, False),
        (Event.ASSOCIATE_RESPONSE_ACCEPT, False),
        (Event.RELEASE_REQUEST, False),
        (Event.RELEASE_RQ_RECEIVED, True),
        (Event.RELEASE_RP_RECEIVED, False),
        (Event.RELEASE_RESPONSE, False),
        (Event.TRANSPORT_CLOSED, False),
    )
    assert [state.value for state in requestor] == ["Sta1", "Sta4", "Sta5", "Sta6", "Sta7", "Sta9", "Sta11", "Sta1"]
    assert [state.value for state in acceptor] == [
        "Sta1", "Sta2", "Sta3", "Sta6", "Sta7", "Sta10", "Sta12", "Sta13", "Sta1",
    ]  # fmt: skip


def test_local_requests_cannot_occur_while_idle_but_for_one() -> None:
    assert {event for event in LOCAL if (State.IDLE, event) in TABLE} == {Event.ASSOCIATE_REQUEST}
