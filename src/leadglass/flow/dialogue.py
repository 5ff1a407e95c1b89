"""The DIMSE conversation on an open association: each message judged, recorded, passed on or answered by us.

It asks the judge and does what the route's mode makes of the answer; it owns no bytes: streams do. What is under way,
what came of it, and responses of our own stand in `under_way`, `outcomes` and `replies`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from leadglass.flow.answers import status
from leadglass.flow.effects import AskExpected, Count, Effect, Expect, Gate, Record, Side
from leadglass.flow.expectations import expectation_of
from leadglass.flow.judge import Judge, Ruling, Told, Unclear
from leadglass.flow.listing import Listing
from leadglass.flow.on_record import judgement_of, operation_event, refusal_event
from leadglass.flow.outcomes import Outcomes
from leadglass.flow.replies import Replies
from leadglass.flow.stream import Stream, Verdict
from leadglass.flow.subject import NOTHING, Subject, subject_of, wanted_of
from leadglass.flow.surroundings import Surroundings
from leadglass.flow.under_way import Asked, Held, Question, UnderWay
from leadglass.model.certificate import Certificate
from leadglass.model.decision import Cause, Decision
from leadglass.model.event import Association
from leadglass.model.route import Mode, Route
from leadglass.wire.dataset.head import HeadReader
from leadglass.wire.dicom.command import Command

MAX_OUTSTANDING = 1_024  # requests without a response, each way
SILENT = "the registrar did not answer"
_CANCELLED = frozenset(("C-FIND", "C-GET", "C-MOVE"))  # what a C-CANCEL is for (PS3.7 9.3.2.3, 9.3.3.3, 9.3.4.3)


class Dialogue:
    """Messages of one association.

    Attributes:
        who: the association, as recorded. Without a peer nothing is judged: the route only observes.
        accepted: abstract and transfer syntax of each accepted context.
        under_way: requests, held messages, questions and transfers.
        outcomes: what came of them.
        replies: responses of our own.
        tolerated: deviations of old devices, with their counts.
    """

    __slots__ = (
        "_abort", "_emit", "_judge", "_number", "_surroundings", "accepted", "outcomes", "replies", "tolerated",
        "under_way", "who",
    )  # fmt: skip

    def __init__(
        self,
        judge: Judge,
        surroundings: Surroundings,
        emit: Callable[[Effect], None],
        abort: Callable[[str, str], None],
    ) -> None:
        self.who: Association = judge.who
        self._judge = judge
        self._surroundings = surroundings
        self._emit = emit
        self._abort = abort
        self.accepted: dict[int, tuple[str, str]] = {}
        self.under_way = UnderWay()
        self.outcomes = Outcomes(judge, surroundings, self.under_way, emit)
        self.replies = Replies(emit)
        self.tolerated: Counter[str] = self.outcomes.tolerated
        self._number = 0  # of the last question

    @property
    def route(self) -> Route:
        """As it stands in the generation in force."""
        return self._judge.route

    def reverified(self, certificate: Certificate) -> None:
        """What the caller's certificate is now, from the next message on."""
        self._judge.certificate = certificate

    @property
    def stores(self) -> int:
        """C-STOREs answered by the next hop."""
        return self.outcomes.stores

    @property
    def closes_on_record(self) -> bool:
        """Whether the association ends in order only when its transfers are closed on record."""
        return self._judge.closed("C-STORE" if self._judge.source is None else "C-MOVE")

    # --- judging -----------------------------------------------------------------------------------------------

    def command(self, stream: Stream, context: int, command: Command) -> Verdict | tuple[str, str]:
        """Judge a message by its command set; a (finding, detail) pair where the sender broke PS3.7."""
        if command.tolerated:
            self.tolerated.update(command.tolerated)
        if not command.is_request:
            return self.outcomes.response(stream, context, command)
        side = stream.side
        asked = self.under_way.asked[side]
        if command.operation == "C-CANCEL":  # of what was refused or is over, it would reach an archive unasked
            cancelled = asked.get(command.message_id_being_responded_to)
            return Verdict.PASS if cancelled is not None and cancelled.operation in _CANCELLED else Verdict.DRAIN
        if command.message_id in asked:
            return "message-id-in-use", f"Message ID {command.message_id} is still without its response"
        if len(asked) + self.replies.waiting(side) >= MAX_OUTSTANDING:
            return "too-many-requests", f"more than {MAX_OUTSTANDING} requests without a response"
        wanted = wanted_of(command, self.accepted[context][0])
        if wanted is None:
            return self._rule(side, context, command, NOTHING)
        stream.wanted = wanted
        return Verdict.HEAD

    def identified(self, stream: Stream, context: int, command: Command, reader: HeadReader) -> Verdict:
        """Judge a message by what was read of its data set."""
        if reader.tolerated:
            self.tolerated.update(reader.tolerated)
        if not command.is_request:
            return self.outcomes.listed(stream, command, reader)
        tolerated: dict[str, None] = {}
        subject = subject_of(command, self.accepted[context][0], stream.wanted, reader, tolerated)
        if subject.finding:
            self._emit(Count("heads_unreadable"))
            if self.route.unreadable_head == "refuse" and not self._judge.bypassed:
                ruling = Ruling(Decision(allowed=False), Cause.UNREADABLE_HEAD)
                return self._refuse(stream.side, context, command, ruling, subject)
            self.tolerated["unreadable-head:" + subject.finding] += 1
        if tolerated:
            self.tolerated.update(map(str, tolerated))
        return self._rule(stream.side, context, command, subject)

    def _rule(self, side: Side, context: int, command: Command, subject: Subject, told: Told | None = None) -> Verdict:
        """Ask the judge, and do what the route's mode makes of the answer."""
        abstract = self.accepted[context][0]
        getting = self.outcomes.getting(side) if command.operation == "C-STORE" and side is Side.ARCHIVE else ""
        ruling = self._judge.rule(side, abstract, command, subject, getting, told)
        if isinstance(ruling, Unclear):
            number = self._ask(side, context, command, subject)
            self._emit(AskExpected(number, side, ruling.archive, ruling.destination, ruling.transaction, ruling.named))
            return Verdict.HOLD
        if ruling.cause is not None:
            if ruling.absolute or self._judge.enforces:
                return self._refuse(side, context, command, ruling, subject)
            if not ruling.told:
                self._record_refusal(side, command, ruling, subject, "")
        return self._permitted(side, context, command, subject, ruling)

    def _permitted(self, side: Side, context: int, command: Command, subject: Subject, ruling: Ruling) -> Verdict:
        if command.operation == "C-ECHO":
            self.under_way.asked[side][command.message_id] = Asked("C-ECHO", command.sop_class, sent=True)
            return Verdict.PASS
        if command.operation == "C-STORE":
            return self._store(side, context, command, subject, ruling)
        if side is Side.CALLER:
            expectation = expectation_of(self.who, command, subject, self._surroundings)
            if expectation is not None:
                number = self._ask(side, context, command, subject, ruling, getattr(expectation, "id", ""))
                self._emit(Expect(number, side, expectation))
                return Verdict.HOLD
        return self._operation(side, context, command, subject, ruling)

    def _operation(
        self, side: Side, context: int, command: Command, subject: Subject, ruling: Ruling, move: str = ""
    ) -> Verdict:
        """A permitted request that is neither echo nor store: on disk before it goes on."""
        listing = Listing() if command.operation == "C-FIND" else None
        sop_class = command.sop_class or self.accepted[context][0]
        asked = Asked(
            command.operation, sop_class, subject=subject, command=command, listing=listing, move=move,
            extended=self._surroundings.now,
        )  # fmt: skip
        if command.operation == "N-ACTION" and subject.transaction and side is Side.CALLER:
            self._judge.asked(subject.transaction)
        self.under_way.asked[side][command.message_id] = asked
        self.under_way.held[side] = Held(command, context, self._judge.closed(command.operation))
        event = operation_event(self.who, asked, command, judgement_of(ruling.decision))
        self._emit(Record(event, Gate.DURABLE, side))
        return Verdict.HOLD

    def _store(self, side: Side, context: int, command: Command, subject: Subject, ruling: Ruling) -> Verdict:
        head = subject.head
        if head.sop_instance and head.sop_instance != command.sop_instance:
            self.tolerated["sop-instance-mismatch"] += 1
        book = self.under_way.book
        operation = ruling.operation or "C-STORE"
        instance, events = book.begin(
            self.who, head, command.sop_class, command.sop_instance, operation, judgement_of(ruling.decision),
            self._surroundings.now, ruling.requester,
        )  # fmt: skip
        if book.crowded:
            self.outcomes.close_idle()
        self.under_way.asked[side][command.message_id] = Asked("C-STORE", command.sop_class, instance)
        self.under_way.held[side] = Held(command, context, self._judge.closed(operation), len(events))
        for event in events[:-1]:
            self._emit(Record(event, Gate.WRITTEN, side))
        self._emit(Record(events[-1], Gate.DURABLE if book.pending(instance) else Gate.WRITTEN, side))
        return Verdict.HOLD

    # --- the registrar -----------------------------------------------------------------------------------------

    def _ask(
        self, side: Side, context: int, command: Command, subject: Subject, ruling: Ruling | None = None, move: str = ""
    ) -> int:
        self._number += 1
        deadline = self._surroundings.now + self._surroundings.rules.settings.timers.registrar
        self.under_way.asking[side] = Question(self._number, context, command, subject, deadline, ruling, move)
        return self._number

    def _asked(self, side: Side, number: int, *, judged: bool) -> Question | None:
        """The question that is answered; None for an answer that comes too late."""
        question = self.under_way.asking.get(side)
        if question is None or question.number != number or (question.ruling is not None) is not judged:
            return None
        return self.under_way.asking.pop(side)

    def expected(self, stream: Stream, number: int, told: Told | None) -> None:
        """The registrar's answer to `AskExpected`; None when it is silent."""
        side = stream.side
        question = self._asked(side, number, judged=False)
        if question is None:
            return
        context, command, subject = question.context, question.command, question.subject
        if told is not None:
            self._go_on(stream, self._rule(side, context, command, subject, told))
            return
        ruling = Ruling(Decision(allowed=False, failed=SILENT), Cause.REGISTRAR)
        refused = self._unanswered(side, question, ruling)
        self._go_on(stream, refused or self._permitted(side, context, command, subject, ruling))

    def kept(self, stream: Stream, number: int, error: str) -> None:
        """The registrar's answer to `Expect`; ``error`` says why it could not be kept."""
        side = stream.side
        question = self._asked(side, number, judged=True)
        if question is None:
            return
        assert question.ruling is not None
        verdict = None
        if error:
            verdict = self._unanswered(side, question, Ruling(Decision(allowed=False, failed=error), Cause.REGISTRAR))
        if verdict is None:
            verdict = self._operation(
                side, question.context, question.command, question.subject, question.ruling, question.move
            )
        self._go_on(stream, verdict)

    def _unanswered(self, side: Side, question: Question, ruling: Ruling) -> Verdict | None:
        """Without the registrar: refused, or on record as would-refuse."""
        if self._judge.enforces and not self._judge.bypassed:
            return self._refuse(side, question.context, question.command, ruling, question.subject)
        self._record_refusal(side, question.command, ruling, question.subject, "")
        return None

    def _go_on(self, stream: Stream, verdict: Verdict) -> None:
        if verdict is Verdict.PASS or verdict is Verdict.DRAIN:
            stream.open_gate(verdict)

    def silence(self, streams: tuple[Stream, Stream]) -> None:
        """Time has passed: questions that nobody answered are answered with a refusal."""
        now = self._surroundings.now
        for side, question in tuple(self.under_way.asking.items()):
            if now >= question.deadline:
                if question.ruling is None:
                    self.expected(streams[side], question.number, None)
                else:
                    self.kept(streams[side], question.number, SILENT)

    # --- refusing ----------------------------------------------------------------------------------------------

    def _refuse(self, side: Side, context: int, command: Command, ruling: Ruling, subject: Subject) -> Verdict:
        assert ruling.cause is not None
        code = status(command.operation, ruling.cause)
        said = "A-ABORT" if code is None else f"status {code:04X}H"
        self._record_refusal(side, command, ruling, subject, said)
        if code is None:
            self._abort(ruling.cause.value, f"{command.operation} refused")
            return Verdict.DEAD
        self.replies.refuse(side, context, command, code, ruling.decision)
        return Verdict.DRAIN

    def _record_refusal(self, side: Side, command: Command, ruling: Ruling, subject: Subject, said: str) -> None:
        """``said`` is empty for what goes on nevertheless."""
        event = refusal_event(self.who, command, ruling, subject, said)
        alarm = ""
        if event.would and self.route.mode is Mode.ALERT:
            by = self.who.calling if side is Side.CALLER else self.who.archive
            alarm = f"{command.operation} by {by} would have been refused"
        self._emit(Record(event, alarm=alarm))
        self._emit(Count(f"refusals:cause={event.cause},would={'yes' if event.would else 'no'}"))

    # --- the record --------------------------------------------------------------------------------------------

    def recorded(self, stream: Stream, kept: bool) -> None:
        """The record a message waited for was kept, or could not be."""
        side = stream.side
        held = self.under_way.held[side]
        held.gates -= 1
        held.kept &= kept
        if held.gates:
            return
        del self.under_way.held[side]
        command, book = held.command, self.under_way.book
        asked = self.under_way.asked[side].get(command.message_id) if command.is_request else None
        if asked is not None and asked.instance is not None:
            book.settled(asked.instance, held.kept)
        if held.kept or not held.closed:
            if not held.kept:
                self._emit(Count("record_waived"))
            if asked is not None:
                asked.sent = True
            stream.open_gate(Verdict.PASS)
            return
        self._emit(Count("record_refused"))
        code = status(command.operation, Cause.RECORD)
        assert code is not None, "nothing without a status waits for its record"
        if asked is not None:
            del self.under_way.asked[side][command.message_id]
            if asked.instance is not None:
                self._emit(
                    Record(book.outcome(self.who.number, asked.instance, code, "refused", self._surroundings.now))
                )
            self.replies.refuse(side, held.context, command, code, Decision(allowed=False))
        else:  # the next hop answered, and its answer cannot be kept: the sender must not believe it is on record
            self.replies.replace(side.other, held.context, command, code)
        stream.open_gate(Verdict.DRAIN)
