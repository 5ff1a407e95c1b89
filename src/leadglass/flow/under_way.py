"""What is under way on an association: requests without a response, messages behind gates, questions to the registrar.

Values and the sums over them; nothing here judges, records or sends.
"""

from __future__ import annotations

from math import inf

import msgspec

from leadglass.flow.effects import Side
from leadglass.flow.judge import Ruling
from leadglass.flow.listing import Listing
from leadglass.flow.stream import Stream
from leadglass.flow.subject import NOTHING, Subject
from leadglass.flow.transfers import Instance, TransferBook
from leadglass.wire.dicom.command import Command


class Asked(msgspec.Struct):
    """A request that was permitted and has no final response yet.

    Attributes:
        instance: of a C-STORE.
        deadline: monotonic time after which the response is overdue.
        sent: its first byte went on.
        subject, command: what it is about; of what is neither C-STORE nor C-ECHO.
        listing: of a C-FIND: patients that were returned and are not told of.
        move: id of what the registrar expects for it.
        extended: monotonic time at which the registrar was last told that it goes on.
    """

    operation: str
    sop_class: str
    instance: Instance | None = None
    deadline: float = inf
    sent: bool = False
    subject: Subject = NOTHING
    command: Command | None = None
    listing: Listing | None = None
    move: str = ""
    extended: float = 0.0


class Held(msgspec.Struct):
    """A message behind gates.

    Attributes:
        closed: the flow's behaviour when the record is impossible.
        gates: records not told of yet.
        kept: all told of so far were kept.
    """

    command: Command
    context: int
    closed: bool
    gates: int = 1
    kept: bool = True


class Question(msgspec.Struct):
    """A message that waits for the registrar.

    Attributes:
        deadline: monotonic time after which no answer is a refusal.
        ruling: it is permitted, and waits for what it lets come to be kept; None while it is not judged.
        move: id of what is to be kept for a C-MOVE.
    """

    number: int
    context: int
    command: Command
    subject: Subject
    deadline: float
    ruling: Ruling | None = None
    move: str = ""


class UnderWay:
    """Everything that is under way.

    Attributes:
        asked: requests of each side, by Message ID.
        held: by the side it comes from.
        asking: likewise.
        book: the transfers.
    """

    __slots__ = ("asked", "asking", "book", "held")

    def __init__(self) -> None:
        self.asked: tuple[dict[int, Asked], dict[int, Asked]] = ({}, {})
        self.held: dict[Side, Held] = {}
        self.asking: dict[Side, Question] = {}
        self.book = TransferBook()

    def deadline(self) -> float:
        """When the first request without a response is overdue; never, where none is waited for."""
        return min((asked.deadline for side in self.asked for asked in side.values()), default=inf)

    def overdue(self, now: float, streams: tuple[Stream, Stream], heard: list[float], patience: float) -> bool:
        """Whether a response is overdue; not while the side that owes it goes on with a message of its own.

        ``heard``: monotonic time of the last byte of each side; after ``patience`` seconds it does not go on.
        """
        return any(
            now >= asked.deadline
            for side in Side
            if not streams[side.other].in_message or now - heard[side.other] >= patience
            for asked in self.asked[side].values()
        )

    def getting(self, side: Side) -> Asked | None:
        """The C-GET that went on to ``side``, for which objects may come from there (PS3.4 C.4.3)."""
        return next(
            (asked for asked in self.asked[side.other].values() if asked.operation == "C-GET" and asked.sent), None
        )
