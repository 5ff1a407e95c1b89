"""The DIMSE conversation on an open association: each message judged, recorded, passed on or answered by us.

It holds what is under way (requests without a response, instances without an outcome) and asks the policy; it owns no
bytes: streams do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import inf

import msgspec

from leadglass.flow.answers import outcome, pending, status
from leadglass.flow.effects import Count, Effect, Gate, Record, Send, Side
from leadglass.flow.stream import Stream, Verdict
from leadglass.flow.surroundings import Surroundings
from leadglass.flow.transfers import Instance, TransferBook
from leadglass.model.decision import Cause, Decision
from leadglass.model.event import Association, Judgement, Operation, Refusal
from leadglass.model.patient import Head
from leadglass.model.route import Mode, Route
from leadglass.wire.dataset.head import HeadReader
from leadglass.wire.dicom.command import Command, build_command, response_to
from leadglass.wire.dicom.pdu import p_data

MAX_OUTSTANDING = 1_024  # requests without a response, each way


class _Request(msgspec.Struct):
    """A request that was permitted and has no final response yet. ``sent``: its first byte went on."""

    operation: str
    sop_class: str
    instance: Instance | None = None
    deadline: float = inf
    sent: bool = False


class _Held(msgspec.Struct):
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


class Dialogue:
    """Messages of one association.

    Attributes:
        who: the association, as recorded. Without a peer nothing is judged: the route only observes.
        route: as it was when the association was accepted.
        accepted: abstract and transfer syntax of each accepted context.
        max_pdu: bytes of a P-DATA-TF each side takes, 0 for any.
        book: its transfers.
        echoes, stores, others: requests answered by the next hop.
        tolerated: deviations of old devices, with their counts.
        unsaid: responses of ours wait for a gap between whole messages.
    """

    __slots__ = (
        "_abort", "_answers", "_emit", "_held", "_outstanding", "_surroundings", "accepted", "book", "echoes",
        "max_pdu", "others", "route", "stores", "tolerated", "unsaid", "who",
    )  # fmt: skip

    def __init__(
        self,
        who: Association,
        route: Route,
        surroundings: Surroundings,
        emit: Callable[[Effect], None],
        abort: Callable[[str, str], None],
    ) -> None:
        self.who = who
        self.route = route
        self._surroundings = surroundings
        self._emit = emit
        self._abort = abort
        self.accepted: dict[int, tuple[str, str]] = {}
        self.max_pdu = (0, 0)
        self.book = TransferBook()
        self.echoes = self.stores = self.others = 0
        self.tolerated: Counter[str] = Counter()
        self.unsaid = False
        self._answers: tuple[list[bytes], list[bytes]] = ([], [])
        self._outstanding: tuple[dict[int, _Request], dict[int, _Request]] = ({}, {})
        self._held: dict[Side, _Held] = {}

    def deadline(self) -> float:
        """When the first request without a response is overdue."""
        return min((request.deadline for side in self._outstanding for request in side.values()), default=inf)

    # --- judging -----------------------------------------------------------------------------------------------

    def command(self, stream: Stream, context: int, command: Command) -> Verdict | tuple[str, str]:
        """Judge a message by its command set; a (finding, detail) pair where the sender broke PS3.7."""
        if command.tolerated:
            self.tolerated.update(command.tolerated)
        if not command.is_request:
            return self._response(stream, context, command)
        side = stream.side
        outstanding = self._outstanding[side]
        if command.operation == "C-CANCEL":  # of what was refused or is over, it would reach an archive unasked
            return Verdict.PASS if command.message_id_being_responded_to in outstanding else Verdict.DRAIN
        if command.message_id in outstanding:
            return "message-id-in-use", f"Message ID {command.message_id} is still without its response"
        if len(outstanding) + len(self._answers[side]) >= MAX_OUTSTANDING:
            return "too-many-requests", f"more than {MAX_OUTSTANDING} requests without a response"
        if command.operation == "C-STORE" and command.data_set_present:
            return Verdict.HEAD
        return self._judge(side, context, command, Head())

    def identified(self, stream: Stream, context: int, command: Command, head: HeadReader) -> Verdict:
        """Judge a C-STORE by the head of its data set."""
        if head.tolerated:
            self.tolerated.update(head.tolerated)
        if head.head is not None and not head.finding:
            return self._judge(stream.side, context, command, head.head)
        self._emit(Count("heads_unreadable"))
        if self.route.unreadable_head == "refuse":
            return self._refuse(
                stream.side, context, command, Cause.UNREADABLE_HEAD, Decision(False), Head(), head.finding
            )
        self.tolerated["unreadable-head:" + head.finding] += 1
        return self._judge(stream.side, context, command, Head())

    def _judge(self, side: Side, context: int, command: Command, head: Head) -> Verdict:
        abstract = self.accepted[context][0]
        sop_class = command.sop_class or abstract
        decision = Decision(allowed=True)
        match = self._surroundings.rules.engine.registry.match(self.who.address, self.who.calling)
        if match.cause == Cause.BLOCKED_PEER:  # blocked since the association opened: refused in every mode
            blocked = Decision(allowed=False, rule="blocked", nearest=match.nearest, failed=match.failed)
            return self._refuse(side, context, command, Cause.BLOCKED_PEER, blocked, head)
        peer = self.who.peer or ("" if match.peer is None else match.peer.id)  # approved since
        route = self._surroundings.rules.routes.get(self.route.called, self.route)
        if peer:
            classes: tuple[str, ...] = (sop_class,)
            if abstract != sop_class or head.sop_class not in {"", sop_class}:
                classes = tuple(dict.fromkeys(uid for uid in (sop_class, abstract, head.sop_class) if uid))
            decision = self._surroundings.decide(peer, command.operation, classes, self.who.archive)
            if not decision.allowed:
                cause = Cause.POLICY_ERROR if decision.error else Cause.OPERATION
                if route.mode is Mode.ENFORCE:
                    return self._refuse(side, context, command, cause, decision, head)
                self._record_refusal(command, cause, decision, head, "", would=True, alarm=route.mode is Mode.ALERT)
        elif route.mode is Mode.ENFORCE:  # since the association opened
            unknown = Decision(allowed=False, nearest=match.nearest, failed=match.failed)
            return self._refuse(side, context, command, Cause.UNKNOWN_CALLER, unknown, head)
        if command.operation == "C-ECHO":
            self._outstanding[side][command.message_id] = _Request("C-ECHO", sop_class, sent=True)
            return Verdict.PASS
        if command.operation == "C-STORE":
            return self._store(side, context, command, head, sop_class, decision)
        self._outstanding[side][command.message_id] = _Request(command.operation, sop_class)
        self._held[side] = _Held(command, context, self.route.other_failure == "closed")
        event = Operation(
            self.who, command.operation, sop_class, command.sop_instance, command.message_id, -1, _judgement(decision)
        )
        self._emit(Record(event, Gate.DURABLE, side))
        return Verdict.HOLD

    def _store(
        self, side: Side, context: int, command: Command, head: Head, sop_class: str, decision: Decision
    ) -> Verdict:
        if head.sop_instance and head.sop_instance != command.sop_instance:
            self.tolerated["sop-instance-mismatch"] += 1
        instance, events = self.book.begin(
            self.who, head, sop_class, command.sop_instance, "C-STORE", _judgement(decision), self._surroundings.now
        )
        if self.book.crowded:
            self.close_idle()
        self._outstanding[side][command.message_id] = _Request("C-STORE", sop_class, instance)
        closed = self.route.store_failure == "closed"
        self._held[side] = _Held(command, context, closed, len(events))
        for event in events[:-1]:
            self._emit(Record(event, Gate.WRITTEN, side))
        durable = self.book.pending(instance)
        self._emit(Record(events[-1], Gate.DURABLE if durable else Gate.WRITTEN, side))
        return Verdict.HOLD

    def _response(self, stream: Stream, context: int, command: Command) -> Verdict | tuple[str, str]:
        waiting = self._outstanding[stream.side.other]
        request = waiting.get(command.message_id_being_responded_to)
        if request is None or request.operation != command.operation or not request.sent:
            return (
                "response-without-request",
                f"a {command.operation} response to Message ID {command.message_id_being_responded_to}, "
                "which nobody asked",
            )
        answer = command.status
        instance = request.instance
        if instance is not None and not instance.whole and outcome(answer) != "failure":
            return "response-before-request", f"a C-STORE response {answer:04X}H to an object that was not sent whole"
        if pending(answer):
            request.deadline = self._surroundings.now + self._surroundings.rules.settings.timers.dimse_response
            return Verdict.PASS
        del waiting[command.message_id_being_responded_to]
        if instance is None:
            if request.operation == "C-ECHO":
                self.echoes += 1
            else:
                self.others += 1
                event = Operation(
                    self.who, request.operation, request.sop_class, command.sop_instance,
                    command.message_id_being_responded_to, answer,
                )  # fmt: skip
                self._emit(Record(event))
            return Verdict.PASS
        self.stores += 1
        self._held[stream.side] = _Held(command, context, self.route.store_failure == "closed")
        event_outcome = self.book.outcome(self.who.number, instance, answer, outcome(answer), self._surroundings.now)
        self._emit(Record(event_outcome, Gate.WRITTEN, stream.side))
        self._emit(Count("instances:outcome=" + event_outcome.outcome))
        return Verdict.HOLD

    # --- refusing ----------------------------------------------------------------------------------------------

    def _refuse(
        self, side: Side, context: int, command: Command, cause: Cause, decision: Decision, head: Head, detail: str = ""
    ) -> Verdict:
        code = status(command.operation, cause)
        said = "A-ABORT" if code is None else f"status {code:04X}H"
        self._record_refusal(command, cause, decision, head, said, would=False, alarm=False, detail=detail)
        if code is None:
            self._abort(cause.value, f"{command.operation} refused")
            return Verdict.DEAD
        self._answer(side, context, command, code, decision)
        return Verdict.DRAIN

    def _answer(self, side: Side, context: int, command: Command, code: int, decision: Decision) -> None:
        comment = "refused by the gateway"
        if decision.rule:
            comment += f": {decision.rule}"
        elif decision.nearest:
            comment += f", nearest rule {decision.nearest}"
        response = response_to(command, code, error_comment=comment[:64])
        self._say(side, context, response)

    def _say(self, side: Side, context: int, response: bytes) -> None:
        self._answers[side].append(p_data(context, response, max_length=self.max_pdu[side]))
        self.unsaid = True

    def say(self, streams: tuple[Stream, Stream]) -> None:
        """Send the responses of ours that have a gap between whole messages now."""
        for side in (Side.CALLER, Side.ARCHIVE):
            waiting = self._answers[side]
            if waiting and streams[side.other].between_messages and not streams[side].draining:
                for pdus in waiting:
                    self._emit(Send(side, pdus))
                waiting.clear()
        self.unsaid = any(self._answers)

    def _record_refusal(
        self,
        command: Command,
        cause: Cause,
        decision: Decision,
        head: Head,
        said: str,
        *,
        would: bool,
        alarm: bool,
        detail: str = "",
    ) -> None:
        event = Refusal(
            self.who,
            "operation",
            cause.value,
            said,
            would,
            _judgement(decision),
            command.operation,
            command.sop_class,
            command.sop_instance,
            head.patient,
            head.study,
            detail,
        )
        text = f"{command.operation} by {self.who.calling} would have been refused" if alarm else ""
        self._emit(Record(event, alarm=text))
        self._emit(Count(f"refusals:cause={cause.value},would={'yes' if would else 'no'}"))

    # --- what came of it ---------------------------------------------------------------------------------------

    def recorded(self, stream: Stream, kept: bool) -> None:
        """The record a message waited for was kept, or could not be."""
        held = self._held[stream.side]
        held.gates -= 1
        held.kept &= kept
        if held.gates:
            return
        del self._held[stream.side]
        command = held.command
        request = self._outstanding[stream.side].get(command.message_id) if command.is_request else None
        if request is not None and request.instance is not None:
            self.book.settled(request.instance, held.kept)
        if held.kept or not held.closed:
            if not held.kept:
                self._emit(Count("record_waived"))
            if request is not None:
                request.sent = True
            stream.open_gate(Verdict.PASS)
            return
        self._emit(Count("record_refused"))
        code = status(command.operation, Cause.RECORD)
        assert code is not None, "nothing without a status waits for its record"
        decision = Decision(allowed=False)
        if request is not None:
            del self._outstanding[stream.side][command.message_id]
            if request.instance is not None:
                event = self.book.outcome(self.who.number, request.instance, code, "refused", self._surroundings.now)
                self._emit(Record(event))
            self._answer(stream.side, held.context, command, code, decision)
        else:  # the archive answered, and its answer cannot be kept: the sender must not believe it is on record
            response = build_command(
                msgspec.structs.replace(command, status=code, data_set_present=False, other=(), tolerated=())
            )
            self._say(stream.side.other, held.context, response)
        stream.open_gate(Verdict.DRAIN)

    def passed(self, stream: Stream, command: Command) -> None:
        """The last fragment of a message is going on: from now the other side owes the response."""
        if not command.is_request or command.operation == "C-CANCEL":
            return
        request = self._outstanding[stream.side].get(command.message_id)
        if request is None:  # answered before the object ended
            return
        request.deadline = self._surroundings.now + self._surroundings.rules.settings.timers.dimse_response
        if request.instance is not None:
            request.instance.whole = True
            request.instance.bytes = stream.data_bytes

    def finish(self, how: str, side: Side | None = None) -> int:
        """Close everything on record; how many records ``side`` has to wait for, the last one until it is on disk."""
        for event in self.book.unanswered(self.who.number, self._surroundings.now):
            self._emit(Record(event))
            self._emit(Count("instances:outcome=" + event.outcome))
        closings = self.book.close(self.who, how)
        for closing in closings:
            if side is None:
                self._emit(Record(closing))
            else:
                self._emit(Record(closing, Gate.DURABLE if closing is closings[-1] else Gate.WRITTEN, side))
        return len(closings)

    def close_idle(self) -> None:
        """Close on record the transfers that have had no instance for their time."""
        limit = self._surroundings.rules.settings.timers.transfer_idle
        for closing in self.book.close_idle(self.who, self._surroundings.now, limit):
            self._emit(Record(closing))


def _judgement(decision: Decision) -> Judgement:
    return Judgement(decision.rule, decision.nearest, decision.failed, decision.error)
