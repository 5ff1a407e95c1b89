"""The two legs of an association: streams and states of PS3.8 9.2, acceptor to the caller, requestor to the archive.

What they are told leaves as effects. Judgement stands elsewhere.
"""

from __future__ import annotations

from leadglass.flow.answers import ABORT_SOURCE
from leadglass.flow.effects import Close, Effect, Send, Side
from leadglass.flow.stream import Owner, Stream
from leadglass.model.route import Limits
from leadglass.wire.dicom.header import A_ABORT, A_RELEASE_RP, A_RELEASE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, ASSOCIATE_RQ
from leadglass.wire.dicom.pdu import abort
from leadglass.wire.dicom.states import Action, CannotOccurError, Event, State, transition

_RECEIVED = {
    ASSOCIATE_RQ: Event.ASSOCIATE_RQ_RECEIVED,
    ASSOCIATE_AC: Event.ASSOCIATE_AC_RECEIVED,
    ASSOCIATE_RJ: Event.ASSOCIATE_RJ_RECEIVED,
    A_RELEASE_RQ: Event.RELEASE_RQ_RECEIVED,
    A_RELEASE_RP: Event.RELEASE_RP_RECEIVED,
    A_ABORT: Event.ABORT_RECEIVED,
}
NAMES = {
    ASSOCIATE_RQ: "A-ASSOCIATE-RQ",
    ASSOCIATE_AC: "A-ASSOCIATE-AC",
    ASSOCIATE_RJ: "A-ASSOCIATE-RJ",
    A_RELEASE_RQ: "A-RELEASE-RQ",
    A_RELEASE_RP: "A-RELEASE-RP",
    A_ABORT: "A-ABORT",
}
PROTOCOL_ERRORS = frozenset({Action.AA_1, Action.AA_7, Action.AA_8})
_SILENT = frozenset({State.IDLE, State.AWAIT_TRANSPORT_CLOSE})


class Legs:
    """Both legs.

    Attributes:
        effects: what inputs led to, in order.
        streams: bytes from each side.
        states: of each leg.
    """

    __slots__ = ("effects", "states", "streams")

    def __init__(self, owner: Owner, limits: Limits) -> None:
        self.effects: list[Effect] = []
        emit = self.effects.append
        self.streams = (
            Stream(owner, emit, Side.CALLER, limits.association_pdu, limits.command, limits.head, limits.inflate),
            Stream(owner, emit, Side.ARCHIVE, limits.association_pdu, limits.command, limits.head, limits.inflate),
        )
        self.states = [State.AWAIT_ASSOCIATE_RQ, State.IDLE]  # the caller's transport is open (AE-5)

    def received(self, side: Side, kind: int) -> Action:
        """A PDU that is not P-DATA-TF arrived: the leg's next state is taken, unless it is a protocol error."""
        otherwise = kind == A_RELEASE_RQ and side is Side.CALLER  # AR-8: towards the caller we are the acceptor
        try:
            action, following = transition(self.states[side], _RECEIVED[kind], otherwise=otherwise)
        except CannotOccurError:  # bytes of a peer whose transport is not open yet: none can come
            return Action.AA_8
        if action not in PROTOCOL_ERRORS:
            self.states[side] = following
        return action

    def advance(self, side: Side, event: Event) -> None:
        """We act on a leg."""
        self.states[side] = transition(self.states[side], event)[1]

    def send(self, side: Side, data: bytes | bytearray | memoryview) -> None:
        """Bytes for one side."""
        self.effects.append(Send(side, data))

    def abort(self, side: Side, pdu: bytes | None = None) -> None:
        """A-ABORT to one side, unless its leg is over. ``pdu`` is the other side's, passed on; else it is ours.

        A PDU that is under way to that side is filled up first, or the A-ABORT would be read as its bytes. Only
        fragments that are not the last go on before they are whole, so no object is completed by it.
        """
        if self.states[side] in _SILENT:
            return
        if self.states[side] is not State.AWAIT_TRANSPORT_OPEN:
            stream = self.streams[side.other]
            if stream.through:
                self.send(side, bytes(stream.through))
                stream.through = 0
            self.send(side, abort(ABORT_SOURCE, 0) if pdu is None else pdu)
        self.states[side] = State.AWAIT_TRANSPORT_CLOSE

    def close(self) -> None:
        """Nothing more is taken in; both transports close once what was sent has left."""
        for stream in self.streams:
            stream.holding = True
            self.effects.append(Close(stream.side))

    def open(self, caller_limit: int) -> None:
        """Data may flow."""
        self.streams[Side.CALLER].limit = caller_limit
        for stream in self.streams:
            stream.open = True
            stream.holding = False
