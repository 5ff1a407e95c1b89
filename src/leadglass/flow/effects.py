"""What a step asks of the outside: send, record, connect, ask, close. Values; the relay carries them out in order."""

from __future__ import annotations

from enum import IntEnum

import msgspec

from leadglass.model.event import Body
from leadglass.model.expectation import Expectation


class Side(IntEnum):
    """The two ends of an association."""

    CALLER = 0
    ARCHIVE = 1

    @property
    def other(self) -> Side:
        """The end across."""
        return Side.ARCHIVE if self is Side.CALLER else Side.CALLER


class Gate(IntEnum):
    """What a record holds up until it is kept."""

    NONE = 0  # nothing: a record that fails is counted
    WRITTEN = 1  # in the journal: survives kill -9
    DURABLE = 2  # on disk: survives a power cut


class Send(msgspec.Struct, frozen=True):
    """Bytes for one end. A memoryview is valid only until the next input."""

    side: Side
    data: bytes | bytearray | memoryview


class Record(msgspec.Struct, frozen=True):
    """Keep this event; with a gate, tell the association with `Association.recorded` how it went.

    Attributes:
        side: whose bytes wait behind the gate.
        alarm: text of an alarm that names this event as its cause; empty for none.
    """

    body: Body
    gate: Gate = Gate.NONE
    side: Side = Side.CALLER
    alarm: str = ""


class Connect(msgspec.Struct, frozen=True):
    """Connect to this archive; answered with `Association.connected` or `Association.unreachable`."""

    archive: str


class AskRegistrar(msgspec.Struct, frozen=True):
    """May this caller begin? Answered with `Association.admitted` or, unanswered, `Association.silent`."""

    sop_classes: tuple[str, ...]
    implementation_uid: str
    implementation_version: str


class AskExpected(msgspec.Struct, frozen=True):
    """What may this archive send? Answered with `Association.expected` and the same ``number``.

    ``named``: patient and UIDs of the object that waits.
    """

    number: int
    side: Side
    archive: str
    destination: str = ""
    transaction: str = ""
    named: tuple[str, ...] = ()


class Expect(msgspec.Struct, frozen=True):
    """Keep this with the registrar; answered with `Association.kept` and the same ``number``."""

    number: int
    side: Side
    expectation: Expectation


class Extend(msgspec.Struct, frozen=True):
    """An expected move lasts until then (UTC ns)."""

    id: str
    until: int


class Soon(msgspec.Struct, frozen=True):
    """Call `Association.tick` within 50 ms: something waits to be told of."""


class Close(msgspec.Struct, frozen=True):
    """Close one end once what was sent to it has left."""

    side: Side


class Count(msgspec.Struct, frozen=True):
    """Add to a metric counter."""

    name: str
    amount: int = 1


Effect = Send | Record | Connect | AskRegistrar | AskExpected | Expect | Extend | Soon | Close | Count
