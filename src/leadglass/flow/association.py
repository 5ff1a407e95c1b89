"""An association from its A-ASSOCIATE-RQ to its end: held until decided, mirrored, relayed, released or aborted.

`Association` takes inputs (bytes, answers, time) and emits effects; it holds no socket, no clock and no file. Each leg
keeps its state of PS3.8 9.2 by the table in `wire.dicom.states`: acceptor to the caller, requestor to the archive.
"""

from __future__ import annotations

from enum import Enum, auto
from math import inf

from leadglass.flow.admission import Admission, admit
from leadglass.flow.answers import ABORT_SOURCE, REJECTIONS
from leadglass.flow.dialogue import Dialogue
from leadglass.flow.effects import AskRegistrar, Close, Connect, Count, Effect, Gate, Record, Send, Side
from leadglass.flow.stream import Stream, Verdict
from leadglass.flow.surroundings import Surroundings
from leadglass.model.ae_title import ae_field, ae_title
from leadglass.model.decision import Cause
from leadglass.model.event import Association as Who
from leadglass.model.event import (
    AssociationClosed,
    AssociationOpened,
    Judgement,
    ProtocolError,
    Refusal,
)
from leadglass.model.peer import Peer
from leadglass.model.route import Mode, Route
from leadglass.policy.registry import Match
from leadglass.wire.dataset.head import HeadReader
from leadglass.wire.dicom.associate import AssociateAC, AssociateRQ
from leadglass.wire.dicom.command import Command
from leadglass.wire.dicom.header import A_ABORT, A_RELEASE_RP, A_RELEASE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, ASSOCIATE_RQ
from leadglass.wire.dicom.negotiation import announced, answer, check_answer, propose
from leadglass.wire.dicom.pdu import (
    RELEASE_RP,
    RELEASE_RQ,
    PduError,
    abort,
    associate_rj,
    parse_abort,
    parse_associate_ac,
    parse_associate_rj,
    parse_associate_rq,
)
from leadglass.wire.dicom.states import Action, CannotOccurError, Event, State, transition

MAX_TRIED = 128  # SOP classes recorded of a caller nobody knows
OPENED_AFTER = 1.0  # seconds until an association without a transfer is on record as open
_RECEIVED = {
    ASSOCIATE_RQ: Event.ASSOCIATE_RQ_RECEIVED,
    ASSOCIATE_AC: Event.ASSOCIATE_AC_RECEIVED,
    ASSOCIATE_RJ: Event.ASSOCIATE_RJ_RECEIVED,
    A_RELEASE_RQ: Event.RELEASE_RQ_RECEIVED,
    A_RELEASE_RP: Event.RELEASE_RP_RECEIVED,
    A_ABORT: Event.ABORT_RECEIVED,
}
_PROTOCOL_ERRORS = frozenset({Action.AA_1, Action.AA_7, Action.AA_8})
_NAMES = {1: "A-ASSOCIATE-RQ", 2: "A-ASSOCIATE-AC", 3: "A-ASSOCIATE-RJ", 5: "A-RELEASE-RQ", 6: "A-RELEASE-RP"}


class Phase(Enum):
    """Where the association as a whole stands."""

    NEW = auto()  # waiting for A-ASSOCIATE-RQ
    ASKING = auto()  # waiting for the registrar
    CONNECTING = auto()  # waiting for the archive's transport
    NEGOTIATING = auto()  # waiting for the archive's answer
    OPEN = auto()
    RELEASING = auto()  # one side asked for release
    OVER = auto()


class Association:
    """One association and its two legs.

    Attributes:
        effects: what the last inputs asked for, in order; the relay takes them and clears the list.
        bytes: received from each side.
        heard: monotonic time of the last byte of each side, set by the relay.
        partial: whether bytes of an unfinished PDU of that side wait in the relay, set by the relay.
    """

    def __init__(self, number: int, address: str, port: int, surroundings: Surroundings) -> None:
        self.number = number
        self.address = address
        self.port = port
        self._surroundings = surroundings
        self.effects: list[Effect] = []
        self.phase = Phase.NEW
        self.started = surroundings.utc
        self._since = surroundings.now  # the phase began
        limits = surroundings.rules.settings.limits
        self.streams = tuple(
            Stream(self, side, limits.association_pdu, limits.command, limits.head, limits.inflate) for side in Side
        )
        self._states = [transition(State.IDLE, Event.TRANSPORT_INDICATION)[1], State.IDLE]
        self.bytes = [0, 0]
        self.heard = [surroundings.now, surroundings.now]
        self.partial = [False, False]
        self.who = Who(number, address, port, "", "")
        self.route: Route | None = None
        self._rq: AssociateRQ | None = None
        self._match = Match(None, "", "", "")
        self._keep: frozenset[int] = frozenset()
        self.dialogue: Dialogue | None = None
        self._opened = False  # on record
        self._releasing: Side | None = None  # who asked for release
        self._release_gate: Side | None = None  # whose A-RELEASE-RP waits for the record
        self._closing_how = ""
        self.released = False  # both sides agreed to end: nothing more can come

    # --- inputs ------------------------------------------------------------------------------------------------

    def receive(self, side: Side, view: memoryview) -> int:
        """Bytes from one side, those not used up before in front; returns how many were used."""
        used = self.streams[side].receive(view)
        self._flush_answers()
        return used

    def recorded(self, side: Side, kept: bool) -> None:
        """A gated record was kept, or could not be. Call `receive` for that side with what was not used up."""
        if self.phase is Phase.OVER:
            return
        if self._release_gate is side:
            self._release_answer(kept)
            return
        assert self.dialogue is not None
        self.dialogue.recorded(self.streams[side], kept)

    def admitted(self, peer: Peer | None, cause: str) -> None:
        """The registrar's answer to `AskRegistrar`."""
        if self.phase is not Phase.ASKING:
            return
        if cause:
            self._reject(Cause(cause), Judgement(nearest=self._match.nearest, failed=self._match.failed))
            return
        self._decide(peer)

    def silent(self) -> None:
        """The registrar did not answer in time: nobody vouches for the caller."""
        if self.phase is not Phase.ASKING:
            return
        assert self.route is not None
        if self.route.mode is Mode.ENFORCE:
            self._reject(Cause.REGISTRAR, Judgement(failed="the registrar did not answer"))
        else:
            self._decide(self._match.peer, Cause.REGISTRAR)

    def connected(self) -> None:
        """The archive's transport connection is open."""
        if self.phase is not Phase.CONNECTING:
            return
        assert self._rq is not None
        assert self.route is not None
        self._enter(Phase.NEGOTIATING)
        self._advance(Side.ARCHIVE, Event.TRANSPORT_CONFIRM)
        cap = self._surroundings.rules.settings.limits.max_pdu
        length = announced(self._rq.user_information.maximum_length, cap)
        self.streams[Side.ARCHIVE].limit = length
        called = ae_field(self.route.called_as) if self.route.called_as else None
        calling = ae_field(self.route.calling_as) if self.route.calling_as else None
        self._send(Side.ARCHIVE, propose(self._rq, self._keep, length, called, calling))

    def unreachable(self, reason: str) -> None:
        """The archive's transport connection could not be opened."""
        if self.phase is Phase.CONNECTING:
            self._states[Side.ARCHIVE] = State.IDLE
            self._reject(Cause.UPSTREAM_DOWN, Judgement(failed=reason))

    def limited(self) -> None:
        """The worker is full: the request, once read, is rejected."""
        self._closing_how = "limit"

    def lost(self, side: Side, reason: str) -> None:
        """A transport connection closed or failed."""
        if self.phase is Phase.OVER or self._states[side] is State.IDLE:
            return
        if self.phase is Phase.CONNECTING and side is Side.ARCHIVE:
            self.unreachable(reason)
            return
        self._states[side] = State.IDLE
        if self.phase is Phase.RELEASING and side is Side.ARCHIVE and self._releasing is Side.CALLER:
            if self._release_gate is None:
                self._tolerate("close-without-release-rp")
                self._release_record(side)
            return
        if self.phase is Phase.NEGOTIATING and side is Side.ARCHIVE:
            self._reject(Cause.UPSTREAM_DOWN, Judgement(failed=f"the archive closed the connection: {reason}"))
            return
        self._since = self._surroundings.now
        who = "caller" if side is Side.CALLER else "archive"
        orderly = self.phase is Phase.OPEN and side is Side.CALLER and self._quiet()
        if orderly:
            self._tolerate("close-without-release")
        how = "closed-without-release" if orderly else "connection-lost"
        self._end(how, "" if orderly else f"the {who}'s connection: {reason}", "connection-lost")

    def drain_over(self) -> None:
        """The deadline of a shutdown has come."""
        self.abort("shutdown", "Leadglass is stopping")

    def tick(self, blocked_since: tuple[float, float]) -> None:
        """Time has passed. ``blocked_since``: since when each side has taken no byte of what waits for it, else inf."""
        if self.phase is Phase.OVER:
            return
        now = self._surroundings.now
        timers = self._surroundings.rules.settings.timers
        waited = now - self._since
        if self.phase is Phase.NEW and waited >= timers.associate:
            self._states[Side.CALLER] = State.IDLE
            self._end("aborted-by-leadglass", "no A-ASSOCIATE-RQ in time", "aborted")
        elif self.phase is Phase.ASKING and waited >= timers.registrar:
            self.silent()
        elif self.phase is Phase.CONNECTING and waited >= timers.associate:
            self._close(Side.ARCHIVE)
            self.unreachable("no connection in time")
        elif self.phase is Phase.NEGOTIATING and waited >= timers.associate:
            self._abort_leg(Side.ARCHIVE)
            self._reject(Cause.UPSTREAM_DOWN, Judgement(failed="the archive did not answer A-ASSOCIATE-RQ in time"))
        elif self.phase is Phase.RELEASING and waited >= timers.release:
            self._release_overdue()
        elif self.phase is Phase.OPEN:
            self._tick_open(now, blocked_since)

    def _tick_open(self, now: float, blocked_since: tuple[float, float]) -> None:
        timers = self._surroundings.rules.settings.timers
        dialogue = self.dialogue
        assert dialogue is not None
        if not self._opened and now - self._since >= OPENED_AFTER:
            self._record_opened()
        for side in Side:
            mid_pdu = self.partial[side] or self.streams[side].in_pdu
            other_waits = blocked_since[side.other] is not inf and blocked_since[side.other] <= now
            if mid_pdu and not other_waits and now - self.heard[side] >= timers.stall:
                self.abort("stall", f"no byte inside a PDU for {timers.stall:g} s", Cause.TIMEOUT)
                return
            if now - blocked_since[side] >= timers.stall:
                self.abort("stall", f"a side took no byte for {timers.stall:g} s", Cause.TIMEOUT)
                return
        if now - max(self.heard) >= timers.idle:
            self.abort("idle", f"nothing happened for {timers.idle:g} s", Cause.TIMEOUT)
        elif now >= dialogue.deadline():
            self.abort("dimse-response", f"no response for {timers.dimse_response:g} s", Cause.TIMEOUT)
        else:
            dialogue.close_idle()

    # --- the request -------------------------------------------------------------------------------------------

    def control(self, stream: Stream, kind: int, pdu: bytes) -> None:
        """A PDU that is not P-DATA-TF."""
        side = stream.side
        try:
            action, following = transition(
                self._states[side], _RECEIVED[kind], otherwise=kind == A_RELEASE_RQ and side is Side.CALLER
            )
        except CannotOccurError:
            action, following = Action.AA_8, State.AWAIT_TRANSPORT_CLOSE
        if action in _PROTOCOL_ERRORS:
            self.violation(stream, "unexpected-pdu", f"{_NAMES.get(kind, 'a PDU')} in {self._states[side].value}")
            return
        if action is Action.AA_6:
            return
        if kind in {A_RELEASE_RQ, A_RELEASE_RP} and stream.command is not None:
            self.violation(stream, "unexpected-pdu", f"{_NAMES[kind]} inside a message")
            return
        self._states[side] = following
        try:
            if kind == ASSOCIATE_RQ:
                self._request(parse_associate_rq(pdu, len(pdu)))
            elif kind == ASSOCIATE_AC:
                self._accepted(parse_associate_ac(pdu, len(pdu)))
            elif kind == ASSOCIATE_RJ:
                self._rejected(pdu)
            elif kind == A_ABORT:
                self._aborted(side, pdu)
            elif kind == A_RELEASE_RQ:
                self._release_request(side)
            else:
                self._release_response(side)
        except PduError as error:
            self.violation(stream, error.finding, error.detail)

    def _request(self, rq: AssociateRQ) -> None:
        self._rq = rq
        self.streams[Side.CALLER].holding = True
        user = rq.user_information
        rules = self._surroundings.rules
        called = ae_title(rq.called)
        self.who = Who(
            self.number, self.address, self.port, ae_title(rq.calling), called, "", "", "", rules.generation.number,
            user.implementation_class_uid, user.implementation_version_name,
        )  # fmt: skip
        if self._closing_how == "limit":
            self._reject(Cause.LIMIT, Judgement(failed="this worker carries all the associations it may"))
            return
        self.route = rules.routes.get(called)
        if self.route is None:
            self._reject(Cause.UNKNOWN_CALLED, Judgement(failed=f"no route has the called title {called!r}"))
            return
        self._match = rules.engine.registry.match(self.address, self.who.calling)
        peer = self._match.peer
        self.who = _with(self.who, "" if peer is None else peer.id, self.route.archive, self.route.mode.value)
        if self._match.cause == Cause.BLOCKED_PEER:
            self._reject(
                Cause.BLOCKED_PEER, Judgement(rule="blocked", nearest=self._match.nearest, failed=self._match.failed)
            )
        elif peer is None or peer.max_associations:
            self._enter(Phase.ASKING)
            self.effects.append(
                AskRegistrar(self._tried(), user.implementation_class_uid, user.implementation_version_name)
            )
        else:
            self._decide(peer)

    def _tried(self) -> tuple[str, ...]:
        assert self._rq is not None
        return tuple(dict.fromkeys(context.abstract_syntax for context in self._rq.contexts))[:MAX_TRIED]

    def _decide(self, peer: Peer | None, doubt: Cause = Cause.UNKNOWN_CALLER) -> None:
        assert self._rq is not None
        assert self.route is not None
        mode = self.route.mode
        enforce = mode is Mode.ENFORCE
        self.who = _with(self.who, "" if peer is None else peer.id, self.route.archive, mode.value)
        if peer is None or doubt is Cause.REGISTRAR:
            judgement = Judgement(nearest=self._match.nearest, failed=self._match.failed or "nobody knows this caller")
            if enforce:
                self._reject(doubt, judgement)
                return
            self._refusal("association", doubt, "", judgement, self._tried(), would=True)
        admission = admit(self._rq, self.who.peer, self.route, enforce, self._surroundings)
        if admission.refused or admission.unrecordable:
            self._record_contexts(admission, enforce)
        if not admission.keep:
            decision = admission.decision
            judgement = (
                Judgement(decision.rule, decision.nearest, decision.failed, decision.error)
                if decision is not None
                else Judgement(failed=self._surroundings.impaired)
            )
            self._reject(admission.cause, judgement)
            return
        self._keep = admission.keep
        self._states[Side.ARCHIVE] = transition(State.IDLE, Event.ASSOCIATE_REQUEST)[1]
        self._enter(Phase.CONNECTING)
        self.effects.append(Connect(self.route.archive))

    def _record_contexts(self, admission: Admission, enforce: bool) -> None:
        if admission.refused and admission.keep:
            decision = admission.decision
            assert decision is not None
            judgement = Judgement(decision.rule, decision.nearest, decision.failed, decision.error)
            said = "context result 1" if enforce else ""
            self._refusal("context", Cause.CONTEXT, said, judgement, admission.refused[:MAX_TRIED], would=not enforce)
        if admission.unrecordable:
            self.effects.append(Count("record_refused"))

    def _reject(self, cause: Cause, judgement: Judgement) -> None:
        result, source, reason = REJECTIONS[cause]
        self._send(Side.CALLER, associate_rj(result, source, reason))
        self._states[Side.CALLER] = State.AWAIT_TRANSPORT_CLOSE
        said = f"A-ASSOCIATE-RJ {result}/{source}/{reason}"
        self._refusal("association", cause, said, judgement, self._tried() if self._rq else (), would=False)
        self._over()

    def _refusal(
        self, scope: str, cause: Cause, said: str, judgement: Judgement, tried: tuple[str, ...], *, would: bool
    ) -> None:
        alarm = ""
        if would and self.route is not None and self.route.mode is Mode.ALERT:
            alarm = f"{scope} of {self.who.calling} from {self.address} would have been refused ({cause.value})"
        event = Refusal(self.who, scope, cause.value, said, would, judgement, tried=tried)
        self.effects.append(Record(event, alarm=alarm))
        self.effects.append(Count(f"refusals:cause={cause.value},would={'yes' if would else 'no'}"))

    # --- the archive's answer ----------------------------------------------------------------------------------

    def _accepted(self, ac: AssociateAC) -> None:
        rq = self._rq
        assert rq is not None
        assert self.route is not None
        finding = check_answer(rq, self._keep, ac)
        if finding:
            self.violation(self.streams[Side.ARCHIVE], finding, "the archive accepted what was not proposed to it")
            return
        cap = self._surroundings.rules.settings.limits.max_pdu
        length = announced(ac.user_information.maximum_length, cap)
        self.streams[Side.CALLER].limit = length
        self.dialogue = Dialogue(
            self.who, self.route, bool(self.who.peer), self._surroundings, self._emit, self._abort_for
        )
        abstract = {context.id: context.abstract_syntax for context in rq.contexts}
        self.dialogue.accepted = {
            result.id: (abstract[result.id], result.transfer_syntax) for result in ac.contexts if result.result == 0
        }
        self.dialogue.max_pdu = [rq.user_information.maximum_length, ac.user_information.maximum_length]
        for tolerated in (*rq.tolerated, *ac.tolerated):
            self.dialogue.tolerated[tolerated] += 1
        self._advance(Side.CALLER, Event.ASSOCIATE_RESPONSE_ACCEPT)
        self._send(Side.CALLER, answer(rq, ac, self._keep, length))
        for stream in self.streams:
            stream.open = True
            stream.holding = False
        self._enter(Phase.OPEN)

    def _rejected(self, pdu: bytes) -> None:
        rejection = parse_associate_rj(pdu)
        self._send(Side.CALLER, pdu)
        self._advance(Side.CALLER, Event.ASSOCIATE_RESPONSE_REJECT)
        reason = f"the archive rejected it: {rejection.result}/{rejection.source}/{rejection.reason}"
        self._record_closed("rejected-by-archive", reason)
        self._over()

    # --- messages (stream.Owner) -------------------------------------------------------------------------------

    def send(self, side: Side, data: bytes | bytearray | memoryview) -> None:
        """Bytes of a message go on."""
        self.effects.append(Send(side, data))

    def transfer_syntax(self, stream: Stream, context: int) -> str | None:  # noqa: ARG002 (both ways alike)
        """Transfer syntax of an accepted context, or None."""
        assert self.dialogue is not None
        accepted = self.dialogue.accepted.get(context)
        return accepted[1] if accepted else None

    def command(self, stream: Stream, context: int, command: Command) -> Verdict:
        """Judge a message by its command set."""
        assert self.dialogue is not None
        verdict = self.dialogue.command(stream, context, command)
        if isinstance(verdict, Verdict):
            return verdict
        self.violation(stream, *verdict)
        return Verdict.DEAD

    def identified(self, stream: Stream, context: int, command: Command, head: HeadReader) -> Verdict:
        """Judge a message by the head of its data set."""
        assert self.dialogue is not None
        return self.dialogue.identified(stream, context, command, head)

    def passed(self, stream: Stream, command: Command) -> None:
        """The last fragment of a message is going on."""
        assert self.dialogue is not None
        self.dialogue.passed(stream, command)

    def drained(self, stream: Stream, command: Command) -> None:
        """The last fragment of a refused message was swallowed; its answer leaves with the next gap."""

    def violation(self, stream: Stream, finding: str, detail: str) -> None:
        """The sender broke the protocol: on record, and A-ABORT to both."""
        side = "caller" if stream.side is Side.CALLER else "archive"
        self.effects.append(Record(ProtocolError(self.who, side, finding, detail)))
        self.effects.append(Count("protocol_errors"))
        self.abort(finding, f"the {side} broke the protocol: {detail}")

    def _flush_answers(self) -> None:
        dialogue = self.dialogue
        if dialogue is None or self.phase is Phase.OVER:
            return
        for side in Side:
            waiting = dialogue.answers[side]
            if waiting and self.streams[side.other].between_messages and self.streams[side].command is None:
                for pdu in waiting:
                    self._send(side, pdu)
                waiting.clear()

    # --- the end -----------------------------------------------------------------------------------------------

    def _release_request(self, side: Side) -> None:
        self.streams[side].open = False
        if self._releasing is None:
            self._releasing = side
            self._enter(Phase.RELEASING)
            self._advance(side.other, Event.RELEASE_REQUEST)
            self._send(side.other, RELEASE_RQ)
        elif side is Side.ARCHIVE:  # both asked at once (PS3.8 AR-8): towards the archive we are the requestor
            self._send(side, RELEASE_RP)
            self._advance(side, Event.RELEASE_RESPONSE)

    def _release_response(self, side: Side) -> None:
        """A-RELEASE-RP of ``side``: it goes on once the transfers are durably closed."""
        self._release_record(side)

    def _release_record(self, side: Side) -> None:
        self.streams[side].holding = True
        self._release_gate = side
        assert self.dialogue is not None
        if not self.dialogue.finish("released", Gate.DURABLE, side):
            self._release_answer(kept=True)

    def _release_answer(self, kept: bool) -> None:
        assert self._releasing is not None
        assert self.route is not None
        if not kept:
            self.effects.append(Count("record_waived"))
            if self.route.store_failure == "closed":
                self.abort("record-impossible", "the transfers could not be closed on record", Cause.RECORD)
                return
        self._send(self._releasing, RELEASE_RP)
        if self._states[self._releasing.other] is State.COLLISION_ACCEPTOR_AWAIT_LOCAL:
            self._send(self._releasing.other, RELEASE_RP)
        self.released = True
        self._record_closed("released", "")
        self._over()

    def _release_overdue(self) -> None:
        """The next hop is silent at release: it is aborted, the sender answered."""
        assert self._releasing is not None
        silent = self._releasing.other
        if self._release_gate is not None:  # it did answer; the record is what is late
            self._release_answer(kept=False)
            return
        self._abort_leg(silent)
        self._enter(Phase.RELEASING)
        self._release_record(silent)

    def _aborted(self, side: Side, pdu: bytes) -> None:
        by = parse_abort(pdu)
        self._states[side] = State.IDLE
        name = "caller" if side is Side.CALLER else "archive"
        reason = f"A-ABORT source {by.source} reason {by.reason}"
        self._end(f"aborted-by-{name}", reason, "aborted", abort(by.source, by.reason))

    def _abort_for(self, cause: Cause, reason: str) -> None:
        self.abort(cause.value, reason, cause)

    def abort(self, code: str, reason: str, cause: Cause | None = None) -> None:
        """End both legs with an A-ABORT of ours."""
        if self.phase is Phase.OVER:
            return
        self.effects.append(Count(f"aborts:code={code if cause is not None else 'protocol'}"))
        self._end("aborted-by-leadglass", reason, "aborted")

    def _end(self, how: str, reason: str, transfers: str, pdu: bytes | None = None) -> None:
        if self.dialogue is not None:
            self.dialogue.finish(transfers)
        for side in Side:
            self._abort_leg(side, pdu)
        self._record_closed(how, reason)
        self._over()

    def _abort_leg(self, side: Side, pdu: bytes | None = None) -> None:
        """A-ABORT to one side, after the rest of the PDU that is on its way there (never a last fragment)."""
        if self._states[side] in {State.IDLE, State.AWAIT_TRANSPORT_CLOSE}:
            return
        if self._states[side] is not State.AWAIT_TRANSPORT_OPEN:
            rest = self.streams[side.other].through
            if rest:
                self._send(side, bytes(rest))
                self.streams[side.other].through = 0
            self._send(side, abort(ABORT_SOURCE, 0) if pdu is None else pdu)
        self._states[side] = State.AWAIT_TRANSPORT_CLOSE

    def _over(self) -> None:
        self.phase = Phase.OVER
        for side in Side:
            self.streams[side].holding = True
            self._close(side)

    def _close(self, side: Side) -> None:
        self.effects.append(Close(side))

    def _record_closed(self, how: str, reason: str) -> None:
        dialogue = self.dialogue
        tolerated: dict[str, int] = {}
        echoes = instances = operations = 0
        if dialogue is not None:
            tolerated = dict(dialogue.tolerated)
            echoes, instances = dialogue.counts["C-ECHO"], dialogue.counts["C-STORE"]
            operations = dialogue.counts["other"]
        fragmented = sum(stream.fragmented for stream in self.streams)
        if fragmented:
            tolerated["several-pdvs"] = fragmented
        if not self.who.called and not self.bytes[Side.CALLER]:
            return  # a connection that said nothing is a metric, not an association
        event = AssociationClosed(
            self.who, self.started, how, reason, echoes, instances, operations, self.bytes[Side.CALLER],
            self.bytes[Side.ARCHIVE], tolerated,
        )  # fmt: skip
        self.effects.append(Record(event))
        self.effects.append(Count(f"associations:how={how}"))

    # --- small things ------------------------------------------------------------------------------------------

    def _emit(self, effect: Effect) -> None:
        if type(effect) is Record and not self._opened:
            self._record_opened()
        self.effects.append(effect)

    def _record_opened(self) -> None:
        self._opened = True
        self.effects.append(Record(AssociationOpened(self.who)))

    def _send(self, side: Side, data: bytes) -> None:
        self.effects.append(Send(side, data))

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self._since = self._surroundings.now

    def _advance(self, side: Side, event: Event) -> None:
        self._states[side] = transition(self._states[side], event)[1]

    def _tolerate(self, deviation: str) -> None:
        if self.dialogue is not None:
            self.dialogue.tolerated[deviation] += 1

    def _quiet(self) -> bool:
        """Nothing is under way in either direction."""
        dialogue = self.dialogue
        return (
            dialogue is not None
            and not dialogue.book.instances
            and not any(self.partial)
            and all(stream.command is None and not stream.in_pdu for stream in self.streams)
        )


def _with(who: Who, peer: str, archive: str, mode: str) -> Who:
    return Who(
        who.number, who.address, who.port, who.calling, who.called, peer, archive, mode, who.generation,
        who.implementation_uid, who.implementation_version,
    )  # fmt: skip
