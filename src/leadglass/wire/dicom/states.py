"""The upper layer's state machine (PS3.8 9.2), read from ``states.tsv``. Never acts: it names action and next state."""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files


class State(StrEnum):
    """PS3.8 tables 9-1 to 9-5."""

    IDLE = "Sta1"
    AWAIT_ASSOCIATE_RQ = "Sta2"  # transport connection open
    AWAIT_LOCAL_ASSOCIATE_RESPONSE = "Sta3"
    AWAIT_TRANSPORT_OPEN = "Sta4"
    AWAIT_ASSOCIATE_ANSWER = "Sta5"  # A-ASSOCIATE-AC or -RJ
    ESTABLISHED = "Sta6"
    AWAIT_RELEASE_RP = "Sta7"
    AWAIT_LOCAL_RELEASE_RESPONSE = "Sta8"
    COLLISION_REQUESTOR_AWAIT_LOCAL = "Sta9"
    COLLISION_ACCEPTOR_AWAIT_RP = "Sta10"
    COLLISION_REQUESTOR_AWAIT_RP = "Sta11"
    COLLISION_ACCEPTOR_AWAIT_LOCAL = "Sta12"
    AWAIT_TRANSPORT_CLOSE = "Sta13"


class Event(StrEnum):
    """PS3.8 table 9-10, its rows."""

    ASSOCIATE_REQUEST = "Evt1"  # local user
    TRANSPORT_CONFIRM = "Evt2"
    ASSOCIATE_AC_RECEIVED = "Evt3"
    ASSOCIATE_RJ_RECEIVED = "Evt4"
    TRANSPORT_INDICATION = "Evt5"
    ASSOCIATE_RQ_RECEIVED = "Evt6"
    ASSOCIATE_RESPONSE_ACCEPT = "Evt7"  # local user
    ASSOCIATE_RESPONSE_REJECT = "Evt8"  # local user
    P_DATA_REQUEST = "Evt9"  # local user
    P_DATA_RECEIVED = "Evt10"
    RELEASE_REQUEST = "Evt11"  # local user
    RELEASE_RQ_RECEIVED = "Evt12"
    RELEASE_RP_RECEIVED = "Evt13"
    RELEASE_RESPONSE = "Evt14"  # local user
    ABORT_REQUEST = "Evt15"  # local user
    ABORT_RECEIVED = "Evt16"
    TRANSPORT_CLOSED = "Evt17"
    ARTIM_EXPIRED = "Evt18"
    INVALID_PDU_RECEIVED = "Evt19"


class Action(StrEnum):
    """PS3.8 tables 9-6 to 9-9, in the words of what is done."""

    AE_1 = "AE-1"  # open the transport connection
    AE_2 = "AE-2"  # send A-ASSOCIATE-RQ
    AE_3 = "AE-3"  # confirm acceptance
    AE_4 = "AE-4"  # confirm rejection, close
    AE_5 = "AE-5"  # answer the transport, start ARTIM
    AE_6 = "AE-6"  # stop ARTIM; indicate the request, or reject it and start ARTIM
    AE_7 = "AE-7"  # send A-ASSOCIATE-AC
    AE_8 = "AE-8"  # send A-ASSOCIATE-RJ, start ARTIM
    DT_1 = "DT-1"  # send P-DATA-TF
    DT_2 = "DT-2"  # indicate P-DATA
    AR_1 = "AR-1"  # send A-RELEASE-RQ
    AR_2 = "AR-2"  # indicate release
    AR_3 = "AR-3"  # confirm release, close
    AR_4 = "AR-4"  # send A-RELEASE-RP, start ARTIM
    AR_5 = "AR-5"  # stop ARTIM
    AR_6 = "AR-6"  # indicate P-DATA during release
    AR_7 = "AR-7"  # send P-DATA-TF during release
    AR_8 = "AR-8"  # indicate release: both asked at once
    AR_9 = "AR-9"  # send A-RELEASE-RP
    AR_10 = "AR-10"  # confirm release
    AA_1 = "AA-1"  # send A-ABORT (service-user), start ARTIM
    AA_2 = "AA-2"  # stop ARTIM, close
    AA_3 = "AA-3"  # indicate abort, close
    AA_4 = "AA-4"  # indicate provider abort
    AA_5 = "AA-5"  # stop ARTIM
    AA_6 = "AA-6"  # ignore
    AA_7 = "AA-7"  # send A-ABORT
    AA_8 = "AA-8"  # send A-ABORT (service-provider), indicate it, start ARTIM


class CannotOccurError(LookupError):
    """The event cannot occur in the state: a defect of ours, never a fault of the peer."""


def _read() -> dict[tuple[State, Event], tuple[Action, State, State]]:
    text = files("leadglass.wire.dicom").joinpath("states.tsv").read_text(encoding="ascii")
    header, *rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    states = [State(name) for name in header[1:]]
    table: dict[tuple[State, Event], tuple[Action, State, State]] = {}
    for event, *cells in rows:
        for state, cell in zip(states, cells, strict=True):
            if cell != "-":
                action, following = cell.split(" ")
                first, _, other = following.partition("/")
                table[state, Event(event)] = (Action(action), State(first), State(other or first))
    return table


TABLE = _read()
_FIRST = {key: (action, first) for key, (action, first, _) in TABLE.items()}
_OTHER = {key: (action, other) for key, (action, _, other) in TABLE.items()}


def transition(state: State, event: Event, *, otherwise: bool = False) -> tuple[Action, State]:
    """What is done when an event meets a state, and the state that follows (PS3.8 table 9-10).

    Args:
        state: where the association is.
        event: what happened.
        otherwise: take the second state where the standard names two: of AE-6 Sta13 (the provider does not accept the
            request) instead of Sta3, of AR-8 Sta10 (we are the association-acceptor) instead of Sta9.

    Raises:
        CannotOccurError: the standard has no entry: the caller made an event that cannot be.
    """
    found = (_OTHER if otherwise else _FIRST).get((state, event))
    if found is None:
        raise CannotOccurError(f"{event} cannot occur in {state}")
    return found
