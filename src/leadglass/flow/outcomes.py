"""What comes of requests: their responses, objects sent whole, the end of the association. It refuses nothing.

What the other side answers is correlated, put on record and passed on; time and the end close what is left open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from leadglass.flow.answers import outcome, pending
from leadglass.flow.effects import Count, Effect, Extend, Gate, Record, Side, Soon
from leadglass.flow.expectations import SECOND
from leadglass.flow.judge import Judge
from leadglass.flow.on_record import operation_event
from leadglass.flow.stream import Stream, Verdict
from leadglass.flow.surroundings import Surroundings
from leadglass.flow.under_way import Asked, Held, UnderWay
from leadglass.model.patient import Head
from leadglass.wire.dataset.head import HeadReader
from leadglass.wire.dataset.tags import IDENTITY
from leadglass.wire.dicom.command import Command

EXTENSIONS = 10  # of an expected move, in the time that objects may come after a response


class Outcomes:
    """Of one association.

    Attributes:
        echoes, stores, others: requests answered by the next hop.
        tolerated: deviations of old devices, with their counts.
    """

    __slots__ = ("_emit", "_judge", "_surroundings", "_under_way", "echoes", "others", "stores", "tolerated")

    def __init__(
        self, judge: Judge, surroundings: Surroundings, under_way: UnderWay, emit: Callable[[Effect], None]
    ) -> None:
        self._judge = judge
        self._surroundings = surroundings
        self._under_way = under_way
        self._emit = emit
        self.echoes = self.stores = self.others = 0
        self.tolerated: Counter[str] = Counter()

    # --- responses ---------------------------------------------------------------------------------------------

    def response(self, stream: Stream, context: int, command: Command) -> Verdict | tuple[str, str]:
        """Correlate a response; a (finding, detail) pair where nobody asked for it."""
        waiting = self._under_way.asked[stream.side.other]
        asked = waiting.get(command.message_id_being_responded_to)
        if asked is None or asked.operation != command.operation or not asked.sent:
            return (
                "response-without-request",
                f"a {command.operation} response to Message ID {command.message_id_being_responded_to}, "
                "which nobody asked",
            )
        answer = command.status
        instance = asked.instance
        if instance is not None and not instance.whole and outcome(answer) != "failure":
            return "response-before-request", f"a C-STORE response {answer:04X}H to an object that was not sent whole"
        if pending(answer):
            asked.deadline = self._overdue(asked)
            self._go_on_expecting(asked)
        if asked.listing is not None and command.data_set_present:  # some put a match into the final one too
            stream.wanted = IDENTITY
            return Verdict.HEAD
        if pending(answer):
            return Verdict.PASS
        del waiting[command.message_id_being_responded_to]
        if instance is None:
            self._answered(asked, command)
            return Verdict.PASS
        self.stores += 1
        if instance.operation == "C-GET":  # which so goes on
            self.getting(stream.side.other)
        who = self._judge.who
        self._under_way.held[stream.side] = Held(command, context, self._judge.closed(instance.operation))
        event = self._under_way.book.outcome(who.number, instance, answer, outcome(answer), self._surroundings.now)
        self._emit(Record(event, Gate.WRITTEN, stream.side))
        self._emit(Count("instances:outcome=" + event.outcome))
        return Verdict.HOLD

    def _overdue(self, asked: Asked) -> float:
        """The monotonic time at which the next response is overdue."""
        timers = self._surroundings.rules.settings.timers
        seconds = timers.move_response if asked.operation == "C-MOVE" else timers.dimse_response
        return self._surroundings.now + seconds

    def _answered(self, asked: Asked, command: Command) -> None:
        """The final response to what is no store, on record with all it says."""
        if asked.operation == "C-ECHO":
            self.echoes += 1
            return
        self.others += 1
        self._list(asked)
        self._go_on_expecting(asked, final=True)
        self._emit(Record(operation_event(self._judge.who, asked, command)))

    def _go_on_expecting(self, asked: Asked, *, final: bool = False) -> None:
        """Objects of a C-MOVE may come for a time after its last response; the registrar hears of it now and then."""
        if not asked.move:
            return
        surroundings = self._surroundings
        seconds = surroundings.rules.settings.timers.move_expected
        if final or surroundings.now - asked.extended >= seconds / EXTENSIONS:
            asked.extended = surroundings.now
            self._emit(Extend(asked.move, surroundings.utc + int(seconds * SECOND)))

    def listed(self, stream: Stream, command: Command, reader: HeadReader) -> Verdict:
        """A response of a query was read: whom it names goes on record."""
        if reader.finding:
            self.tolerated["unreadable-head:" + reader.finding] += 1
        waiting = self._under_way.asked[stream.side.other]
        asked = waiting.get(command.message_id_being_responded_to)
        if asked is not None and asked.listing is not None:
            now = self._surroundings.now
            if asked.listing.empty:
                self._emit(Soon())
            asked.listing.add(reader.head or Head(), now)
            if not pending(command.status):
                del waiting[command.message_id_being_responded_to]
                self._answered(asked, command)
            elif asked.listing.due(now):
                self._list(asked)
        return Verdict.PASS

    def _list(self, asked: Asked) -> None:
        if asked.listing is None:
            return
        assert asked.command is not None
        event = asked.listing.take(self._judge.who, asked.sop_class, asked.command.message_id)
        if event is not None:
            self._emit(Record(event))

    # --- requests ----------------------------------------------------------------------------------------------

    def getting(self, side: Side) -> str:
        """SOP class of the C-GET whose object comes from ``side``, and which so goes on; empty without one."""
        asked = self._under_way.getting(side)
        if asked is None:
            return ""
        asked.deadline = self._overdue(asked)
        return asked.sop_class

    def passed(self, stream: Stream, command: Command) -> None:
        """The last fragment of a message is going on: from now the other side owes the response."""
        if not command.is_request:  # a pending response: its end is when the next one begins to be due
            answered = self._under_way.asked[stream.side.other].get(command.message_id_being_responded_to)
            if answered is not None:
                answered.deadline = self._overdue(answered)
            return
        if command.operation == "C-CANCEL":
            return
        asked = self._under_way.asked[stream.side].get(command.message_id)
        if asked is None:  # answered before the object ended
            return
        asked.deadline = self._overdue(asked)
        instance = asked.instance
        if instance is not None:
            instance.whole = True
            instance.bytes = stream.data_bytes
            if instance.operation == "C-GET":
                self.getting(stream.side)

    # --- time, and the end -------------------------------------------------------------------------------------

    def finish(self, how: str, side: Side | None = None) -> int:
        """Close everything on record; how many records ``side`` has to wait for, the last one until it is on disk."""
        who, book = self._judge.who, self._under_way.book
        for requests in self._under_way.asked:
            for asked in requests.values():
                self._list(asked)
                self._go_on_expecting(asked, final=True)
        for event in book.unanswered(who.number, self._surroundings.now):
            self._emit(Record(event))
            self._emit(Count("instances:outcome=" + event.outcome))
        closings = book.close(who, how)
        for closing in closings:
            if side is None:
                self._emit(Record(closing))
            else:
                self._emit(Record(closing, Gate.DURABLE if closing is closings[-1] else Gate.WRITTEN, side))
        return len(closings)

    def close_idle(self) -> None:
        """Close on record the transfers that have had no instance for their time; tell of patients listed so far."""
        now = self._surroundings.now
        limit = self._surroundings.rules.settings.timers.transfer_idle
        for closing in self._under_way.book.close_idle(self._judge.who, now, limit):
            self._emit(Record(closing))
        for requests in self._under_way.asked:
            for asked in requests.values():
                self._list(asked)
                self._go_on_expecting(asked)
