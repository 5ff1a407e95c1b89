"""An association from its first byte to its end. It takes inputs (bytes, answers, time) and emits effects.

It holds no socket, no clock and no file. `Opening` leads to an established association, `Dialogue` judges its messages;
what is left is here: release, abort, loss, and time.
"""

from __future__ import annotations

from enum import Enum, auto
from math import inf

from leadglass.flow.dialogue import Dialogue
from leadglass.flow.effects import Count, Effect, Record, Side
from leadglass.flow.judge import Told
from leadglass.flow.legs import NAMES, PROTOCOL_ERRORS, Legs
from leadglass.flow.opening import Opening, Step
from leadglass.flow.stream import Stream, Verdict
from leadglass.flow.surroundings import Surroundings
from leadglass.model.certificate import Certificate
from leadglass.model.event import Association as Who
from leadglass.model.event import AssociationClosed, AssociationOpened, ProtocolError
from leadglass.model.peer import Peer
from leadglass.wire.dataset.head import HeadReader
from leadglass.wire.dicom.associate import AssociateAC, parse_associate_ac, parse_associate_rq
from leadglass.wire.dicom.command import Command
from leadglass.wire.dicom.header import A_ABORT, A_RELEASE_RP, A_RELEASE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, ASSOCIATE_RQ
from leadglass.wire.dicom.pdu import RELEASE_RP, RELEASE_RQ, abort, parse_abort, parse_associate_rj
from leadglass.wire.dicom.states import Action, Event, State
from leadglass.wire.dicom.violation import PduError

OPENED_AFTER = 1.0  # seconds until an association without a transfer is on record as open


class Phase(Enum):
    """Where the association as a whole stands."""

    OPENING = auto()
    OPEN = auto()
    RELEASING = auto()  # one side asked for release
    OVER = auto()


class Association:
    """One association and its two legs.

    Attributes:
        effects: what the inputs asked for, in order; the relay takes them and clears the list.
        phase: where it stands.
        started: UTC ns.
        streams: bytes from each side.
        bytes: received from each side, set by the relay.
        heard: monotonic time of the last byte of each side, set by the relay.
        partial: whether bytes of an unfinished PDU of that side wait in the relay, set by the relay.
        dialogue: its messages, once it is open.
        released: it ended in order, so that no side has anything more to say.
        certificate: what the caller showed over TLS.
    """

    __slots__ = (
        "_legs", "_opened", "_opening", "_release_gate", "_release_kept", "_release_records", "_releasing", "_since",
        "_surroundings", "bytes", "certificate", "dialogue", "effects", "heard", "number", "partial", "phase",
        "released", "started", "streams",
    )  # fmt: skip

    def __init__(self, number: int, address: str, port: int, surroundings: Surroundings, *, full: bool = False) -> None:
        self.number = number
        self._surroundings = surroundings
        self._legs = Legs(self, surroundings.rules.settings.limits)
        self.effects = self._legs.effects
        self.streams = self._legs.streams
        self._opening = Opening(Who(number, address, port, "", ""), self._legs, surroundings)
        self._opening.full = full
        self.phase = Phase.OPENING
        self.started = surroundings.utc
        self._since = surroundings.now  # the phase began
        self.bytes = [0, 0]
        self.heard = [surroundings.now, surroundings.now]
        self.partial = [False, False]
        self.dialogue: Dialogue | None = None
        self.released = False
        self.certificate: Certificate | None = None
        self._opened = False  # on record
        self._releasing: Side | None = None  # who asked for release
        self._release_gate: Side | None = None  # whose A-RELEASE-RP waits for the record
        self._release_records = 0  # not told of yet
        self._release_kept = True

    @property
    def who(self) -> Who:
        """The association, as recorded."""
        return self._opening.who

    @property
    def over(self) -> bool:
        """True once it has ended: inputs change nothing any more."""
        return self.phase is Phase.OVER

    # --- inputs ------------------------------------------------------------------------------------------------

    def receive(self, side: Side, view: memoryview) -> int:
        """Bytes from one side, those not used up before in front; returns how many were used."""
        if self.phase is Phase.OVER:
            return len(view)
        used = self.streams[side].receive(view)
        dialogue = self.dialogue
        if dialogue is not None and dialogue.replies.unsaid and not self.over:
            dialogue.replies.say(self.streams)
        return used

    def recorded(self, side: Side, kept: bool) -> None:
        """A gated record was kept, or could not be. Call `receive` for that side with what was not used up."""
        if self.phase is Phase.OVER:
            return
        if self._release_gate is side:
            self._release_records -= 1
            self._release_kept &= kept
            if not self._release_records:
                self._release_answer(self._release_kept)
            return
        assert self.dialogue is not None
        self.dialogue.recorded(self.streams[side], kept)

    def admitted(self, peer: Peer | None, cause: str) -> None:
        """The registrar's answer to `AskRegistrar`."""
        if self.phase is Phase.OPENING:
            self._opening.admitted(peer, cause)
            self._after_opening()

    def expected(self, number: int, side: Side, told: Told) -> None:
        """The registrar's answer to `AskExpected`."""
        if self.phase is Phase.OPENING:
            self._opening.expected(told)
            self._after_opening()
        elif self.dialogue is not None and self.phase is not Phase.OVER:
            self.dialogue.expected(self.streams[side], number, told)

    def kept(self, number: int, side: Side, error: str) -> None:
        """The registrar's answer to `Expect`; ``error`` empty when it was kept."""
        if self.dialogue is not None and self.phase is not Phase.OVER:
            self.dialogue.kept(self.streams[side], number, error)

    def secured(self, certificate: Certificate | None, tls: str) -> None:
        """Before any byte: the caller speaks TLS (version and cipher suite in ``tls``), and showed this certificate."""
        self.certificate = certificate
        self._opening.secured(certificate, tls)

    def reverified(self, certificate: Certificate) -> None:
        """Trust or revocation lists changed: what the caller's certificate is now. It acts at the next message."""
        self.certificate = certificate
        if self.dialogue is not None:
            self.dialogue.reverified(certificate)

    def connected(self) -> None:
        """The archive's transport connection is open."""
        self._opening.connected()

    def unreachable(self, reason: str) -> None:
        """The archive's transport connection could not be opened."""
        if self._opening.step is Step.TRANSPORT:
            self._opening.unreachable(reason)
            self._after_opening()

    def lost(self, side: Side, reason: str) -> None:
        """A transport connection closed or failed."""
        if self.phase is Phase.OVER or self._legs.states[side] is State.IDLE:
            return
        if self.phase is Phase.OPENING and side is Side.ARCHIVE:
            self._opening.unreachable(f"the archive closed the connection: {reason}")
            self._after_opening()
            return
        self._legs.states[side] = State.IDLE
        if self.phase is Phase.RELEASING and side is not self._releasing:
            if self._release_gate is None:
                self._tolerate("close-without-release-rp")
                self._release_record(side)
            return
        name = "caller" if side is Side.CALLER else "archive"
        if self.phase is Phase.OPEN and side is Side.CALLER and self._quiet():
            self._tolerate("close-without-release")
            self._end("closed-without-release", "", "connection-lost")
        else:
            self._end("connection-lost", f"the {name}'s connection: {reason}", "connection-lost")

    def stop(self) -> None:
        """The deadline of a shutdown has come."""
        self.abort("shutdown", "Leadglass is stopping")

    def detach(self) -> None:
        """It is over and nothing is under way: its parts let go of each other, so that it needs no collector."""
        self.dialogue = None
        for stream in self.streams:
            stream.detach()

    # --- time --------------------------------------------------------------------------------------------------

    def tick(self, blocked_since: tuple[float, float]) -> None:
        """Time has passed. ``blocked_since``: since when each side has taken no byte of what waits for it, else inf."""
        now = self._surroundings.now
        timers = self._surroundings.rules.settings.timers
        if self.phase is Phase.OPEN:
            self._tick_open(now, blocked_since)
        elif self.phase is Phase.RELEASING:
            if now - self._since >= timers.release:
                self._release_overdue()
            elif self.dialogue is not None:
                self.dialogue.silence(self.streams)
        elif self.phase is Phase.OPENING:
            opening = self._opening
            waited = now - opening.since
            if opening.step is Step.REGISTRAR and waited >= timers.registrar:
                opening.silent()
            elif opening.step is Step.REQUEST and waited >= timers.associate:
                self._legs.states[Side.CALLER] = State.IDLE  # ARTIM: closed without a word (AA-2)
                self._end("aborted-by-leadglass", "no A-ASSOCIATE-RQ in time", "aborted")
            elif opening.step in {Step.TRANSPORT, Step.ANSWER} and waited >= timers.associate:
                opening.overdue()
            self._after_opening()

    def _tick_open(self, now: float, blocked_since: tuple[float, float]) -> None:
        timers = self._surroundings.rules.settings.timers
        dialogue = self.dialogue
        assert dialogue is not None
        if not self._opened and now - self._since >= OPENED_AFTER:
            self._record_opened()
        for side in (Side.CALLER, Side.ARCHIVE):
            mid_pdu = self.partial[side] or self.streams[side].in_pdu
            if mid_pdu and blocked_since[side.other] < inf:
                self.heard[side] = now  # nothing is read from it while the other takes nothing
            if mid_pdu and now - self.heard[side] >= timers.stall:
                self.abort("stall", f"no byte inside a PDU for {timers.stall:g} s")
                return
            if now - blocked_since[side] >= timers.stall:
                self.abort("stall", f"a side took no byte for {timers.stall:g} s")
                return
        if now - max(self.heard) >= timers.idle and dialogue.under_way.deadline() == inf:
            self.abort("idle", f"nothing happened for {timers.idle:g} s")
        elif dialogue.under_way.overdue(now, self.streams, self.heard, timers.dimse_response):
            self.abort("dimse-response", "no response in time")
        else:
            dialogue.outcomes.close_idle()
            dialogue.silence(self.streams)

    # --- PDUs that are not P-DATA-TF (stream.Owner) ------------------------------------------------------------

    def control(self, stream: Stream, kind: int, pdu: bytes) -> None:
        """A PDU that is not P-DATA-TF."""
        side = stream.side
        state = self._legs.states[side]
        if kind in {A_RELEASE_RQ, A_RELEASE_RP} and stream.in_message:
            self.violation(stream, "unexpected-pdu", f"{NAMES[kind]} inside a message")
            return
        action = self._legs.received(side, kind)
        if action in PROTOCOL_ERRORS:
            self.violation(stream, "unexpected-pdu", f"{NAMES[kind]} in {state.value}")
            return
        if action is Action.AA_6:
            return
        try:
            if kind == ASSOCIATE_RQ:
                self._opening.request(parse_associate_rq(pdu, len(pdu)))
                self._after_opening()
            elif kind == ASSOCIATE_AC:
                self._accepted(parse_associate_ac(pdu, len(pdu)))
            elif kind == ASSOCIATE_RJ:
                self._rejected(pdu)
            elif kind == A_ABORT:
                self._aborted(side, pdu)
            elif kind == A_RELEASE_RQ:
                self._release_request(side)
            else:
                self._release_record(side)
        except PduError as error:
            self.violation(stream, error.finding, error.detail)

    def _after_opening(self) -> None:
        if self._opening.step is Step.REJECTED and self.phase is Phase.OPENING:
            self._over()

    def _accepted(self, ac: AssociateAC) -> None:
        opening = self._opening
        finding = opening.accepted(ac)
        if finding:
            self.violation(self.streams[Side.ARCHIVE], finding, "the archive accepted what was not proposed to it")
            return
        rq, route = opening.rq, opening.route
        assert rq is not None
        assert route is not None
        self.dialogue = dialogue = Dialogue(opening.judge(), self._surroundings, self._emit, self.abort)
        abstract = {context.id: context.abstract_syntax for context in rq.contexts}
        dialogue.accepted = {
            result.id: (abstract[result.id], result.transfer_syntax) for result in ac.contexts if result.result == 0
        }
        dialogue.replies.max_pdu = (rq.user_information.maximum_length, ac.user_information.maximum_length)
        for deviation in (*rq.tolerated, *ac.tolerated):
            dialogue.tolerated[deviation] += 1
        self._enter(Phase.OPEN)

    def _rejected(self, pdu: bytes) -> None:
        rejection = parse_associate_rj(pdu)
        self._legs.send(Side.CALLER, pdu)
        self._legs.advance(Side.CALLER, Event.ASSOCIATE_RESPONSE_REJECT)
        reason = f"the archive rejected it: {rejection.result}/{rejection.source}/{rejection.reason}"
        self._record_closed("rejected-by-archive", reason)
        self._over()

    def _aborted(self, side: Side, pdu: bytes) -> None:
        by = parse_abort(pdu)
        name = "caller" if side is Side.CALLER else "archive"
        reason = f"A-ABORT source {by.source} reason {by.reason}"
        self._end(f"aborted-by-{name}", reason, "aborted", abort(by.source, by.reason))

    # --- messages (stream.Owner) -------------------------------------------------------------------------------

    def transfer_syntax(self, context: int) -> str | None:
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
        self.dialogue.outcomes.passed(stream, command)

    def violation(self, stream: Stream, finding: str, detail: str) -> None:
        """The sender broke the protocol: on record, and A-ABORT to both."""
        side = "caller" if stream.side is Side.CALLER else "archive"
        self._emit(Record(ProtocolError(self.who, side, finding, detail)))
        self.abort("protocol", f"the {side} broke the protocol: {detail}")

    # --- release -----------------------------------------------------------------------------------------------

    def _release_request(self, side: Side) -> None:
        self.streams[side].open = False
        self.streams[side].released = True
        if self._releasing is None:
            self._releasing = side
            self._enter(Phase.RELEASING)
            self._legs.advance(side.other, Event.RELEASE_REQUEST)
            self._legs.send(side.other, RELEASE_RQ)
        elif side is Side.ARCHIVE:  # both asked at once (PS3.8 AR-8): towards the archive we are the requestor
            self._legs.send(side, RELEASE_RP)
            self._legs.advance(side, Event.RELEASE_RESPONSE)

    def _release_record(self, side: Side) -> None:
        """The A-RELEASE-RP of ``side`` goes on once the transfers are durably closed."""
        self.streams[side].holding = True
        self._release_gate = side
        assert self.dialogue is not None
        self._release_kept = True
        self._release_records = self.dialogue.outcomes.finish("released", side)
        if not self._release_records:
            self._release_answer(kept=True)

    def _release_answer(self, kept: bool) -> None:
        releasing, dialogue = self._releasing, self.dialogue
        assert releasing is not None
        assert dialogue is not None
        if not kept:
            self.effects.append(Count("record_waived"))
            if dialogue.closes_on_record:
                self.abort("record", "the transfers could not be closed on record")
                return
        self._legs.send(releasing, RELEASE_RP)
        if self._legs.states[releasing.other] is State.COLLISION_ACCEPTOR_AWAIT_LOCAL:
            self._legs.send(releasing.other, RELEASE_RP)
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
        self._tolerate("silent-at-release")
        self._legs.abort(silent)
        self._enter(Phase.RELEASING)
        self._release_record(silent)

    # --- the end -----------------------------------------------------------------------------------------------

    def abort(self, code: str, reason: str) -> None:
        """End both legs with an A-ABORT of ours; ``code`` is what the metric counts it under."""
        if self.phase is not Phase.OVER:
            self.effects.append(Count(f"aborts:code={code}"))
            self._end("aborted-by-leadglass", reason, "aborted")

    def _end(self, how: str, reason: str, transfers: str, pdu: bytes | None = None) -> None:
        if self.dialogue is not None:
            self.dialogue.outcomes.finish(transfers)
        for side in (Side.CALLER, Side.ARCHIVE):
            self._legs.abort(side, pdu)
        self._record_closed(how, reason)
        self._over()

    def _over(self) -> None:
        self._enter(Phase.OVER)
        self._legs.close()

    def _record_closed(self, how: str, reason: str) -> None:
        if not self.who.called and not self.bytes[Side.CALLER]:
            return  # a connection that said nothing is a metric, not an association
        dialogue = self.dialogue
        echoes = stores = others = 0
        tolerated: dict[str, int] = {}
        if dialogue is not None:
            came = dialogue.outcomes
            echoes, stores, others = came.echoes, came.stores, came.others
            tolerated.update(came.tolerated)
        fragmented = self.streams[0].fragmented + self.streams[1].fragmented
        if fragmented:
            tolerated["several-pdvs"] = fragmented
        empty = self.streams[0].empty_last + self.streams[1].empty_last
        if empty:
            tolerated["empty-last-fragment"] = empty
        event = AssociationClosed(
            self.who, self.started, how, reason, echoes, stores, others, self.bytes[Side.CALLER],
            self.bytes[Side.ARCHIVE], tolerated,
        )  # fmt: skip
        self.effects.append(Record(event))
        self.effects.append(Count(f"associations:how={how}"))

    # --- small things ------------------------------------------------------------------------------------------

    def _emit(self, effect: Effect) -> None:
        if type(effect) is Record and not self._opened and self.dialogue is not None:
            self._record_opened()
        self.effects.append(effect)

    def _record_opened(self) -> None:
        self._opened = True
        self.effects.append(Record(AssociationOpened(self.who)))

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self._since = self._surroundings.now

    def _tolerate(self, deviation: str) -> None:
        if self.dialogue is not None:
            self.dialogue.tolerated[deviation] += 1

    def _quiet(self) -> bool:
        """Nothing is under way in either direction."""
        dialogue = self.dialogue
        return (
            dialogue is not None
            and not any(dialogue.under_way.asked)
            and not any(self.partial)
            and not any(stream.in_message for stream in self.streams)
        )
