"""From an A-ASSOCIATE-RQ to an established association, or to its rejection.

The request is held until peer, route and contexts are judged; then only what is permitted is proposed to the archive,
and its answer is mirrored. Nothing is sent to an archive before.
"""

from __future__ import annotations

from enum import Enum, auto

from leadglass.flow.admission import Admission, admit
from leadglass.flow.answers import REJECTIONS
from leadglass.flow.effects import AskRegistrar, Close, Connect, Count, Record, Side
from leadglass.flow.legs import Legs
from leadglass.flow.surroundings import Surroundings
from leadglass.model.ae_title import ae_field, ae_title
from leadglass.model.decision import Cause, Decision
from leadglass.model.event import Association as Who
from leadglass.model.event import Judgement, Refusal
from leadglass.model.peer import Peer
from leadglass.model.route import Mode, Route
from leadglass.policy.registry import Match
from leadglass.wire.dicom.associate import AssociateAC, AssociateRQ
from leadglass.wire.dicom.negotiation import announced, answer, check_answer, propose
from leadglass.wire.dicom.pdu import associate_rj
from leadglass.wire.dicom.states import Event, State

MAX_TRIED = 128  # SOP classes recorded of a refused request


class Step(Enum):
    """What the opening waits for."""

    REQUEST = auto()
    REGISTRAR = auto()
    TRANSPORT = auto()
    ANSWER = auto()
    DONE = auto()
    REJECTED = auto()


class Opening:
    """The opening of one association.

    Attributes:
        step: what it waits for.
        since: monotonic time at which the step began.
        who: the association, as recorded.
        route: by called title, None until the request is read.
        rq: the request.
        full: the worker carries all the associations it may; the request, once read, is rejected.
    """

    __slots__ = ("_keep", "_legs", "_match", "_surroundings", "full", "route", "rq", "since", "step", "who")

    def __init__(self, who: Who, legs: Legs, surroundings: Surroundings) -> None:
        self.step = Step.REQUEST
        self.since = surroundings.now
        self.who = who
        self.route: Route | None = None
        self.rq: AssociateRQ | None = None
        self.full = False
        self._legs = legs
        self._surroundings = surroundings
        self._match = Match(None, "", "", "")
        self._keep: frozenset[int] = frozenset()

    def _enter(self, step: Step) -> None:
        self.step = step
        self.since = self._surroundings.now

    # --- judging the request -----------------------------------------------------------------------------------

    def request(self, rq: AssociateRQ) -> None:
        """The caller's request was read."""
        self.rq = rq
        self._legs.streams[Side.CALLER].holding = True
        user = rq.user_information
        rules = self._surroundings.rules
        called = ae_title(rq.called)
        self.who = Who(
            self.who.number, self.who.address, self.who.port, ae_title(rq.calling), called, "", "", "",
            rules.generation.number, user.implementation_class_uid, user.implementation_version_name,
        )  # fmt: skip
        if self.full:
            self.reject(Cause.LIMIT, Judgement(failed="this worker carries all the associations it may"))
            return
        self.route = rules.routes.get(called)
        if self.route is None:
            self.reject(Cause.UNKNOWN_CALLED, Judgement(failed=f"no route has the called title {called!r}"))
            return
        self._match = rules.engine.registry.match(self.who.address, self.who.calling)
        peer = self._match.peer
        self._name(peer, self.route)
        if self._match.cause == Cause.BLOCKED_PEER:
            judgement = Judgement(rule="blocked", nearest=self._match.nearest, failed=self._match.failed)
            self.reject(Cause.BLOCKED_PEER, judgement)
        elif peer is None or peer.max_associations:
            self._enter(Step.REGISTRAR)
            self._legs.effects.append(
                AskRegistrar(self._tried(), user.implementation_class_uid, user.implementation_version_name)
            )
        else:
            self._decide(self.route, peer)

    def admitted(self, peer: Peer | None, cause: str) -> None:
        """The registrar's answer to `AskRegistrar`."""
        if self.step is not Step.REGISTRAR:
            return
        assert self.route is not None
        if cause:
            self.reject(Cause(cause), Judgement(nearest=self._match.nearest, failed=self._match.failed or cause))
        else:
            self._decide(self.route, peer)

    def silent(self) -> None:
        """The registrar did not answer in time: nobody vouches for the caller."""
        if self.step is not Step.REGISTRAR:
            return
        assert self.route is not None
        if self.route.mode is Mode.ENFORCE:
            self.reject(Cause.REGISTRAR, Judgement(failed="the registrar did not answer"))
        else:
            self._decide(self.route, self._match.peer, Cause.REGISTRAR)

    def _name(self, peer: Peer | None, route: Route) -> None:
        who = self.who
        self.who = Who(
            who.number, who.address, who.port, who.calling, who.called, "" if peer is None else peer.id,
            route.archive, route.mode.value, who.generation, who.implementation_uid, who.implementation_version,
        )  # fmt: skip

    def _tried(self) -> tuple[str, ...]:
        if self.rq is None:
            return ()
        return tuple(dict.fromkeys(context.abstract_syntax for context in self.rq.contexts))[:MAX_TRIED]

    def _decide(self, route: Route, peer: Peer | None, doubt: Cause = Cause.UNKNOWN_CALLER) -> None:
        assert self.rq is not None
        enforce = route.mode is Mode.ENFORCE
        self._name(peer, route)
        if peer is None or doubt is Cause.REGISTRAR:
            judgement = Judgement(nearest=self._match.nearest, failed=self._match.failed or "nobody knows this caller")
            if enforce:
                self.reject(doubt, judgement)
                return
            self._refusal("association", doubt, "", judgement, self._tried(), would=True)
        admission = admit(self.rq, self.who.peer, route, enforce, self._surroundings)
        self._record_contexts(admission, enforce)
        if not admission.keep:
            impaired = Judgement(failed=self._surroundings.impaired)
            self.reject(admission.cause, impaired if admission.decision is None else _judgement(admission.decision))
            return
        self._keep = admission.keep
        self._legs.advance(Side.ARCHIVE, Event.ASSOCIATE_REQUEST)
        self._enter(Step.TRANSPORT)
        self._legs.effects.append(Connect(route.archive))

    def _record_contexts(self, admission: Admission, enforce: bool) -> None:
        if admission.refused and admission.keep:
            assert admission.decision is not None
            said = "context result 1" if enforce else ""
            judgement = _judgement(admission.decision)
            self._refusal("context", Cause.CONTEXT, said, judgement, admission.refused[:MAX_TRIED], would=not enforce)
        if admission.unrecordable:
            self._legs.effects.append(Count("record_refused"))

    # --- the archive -------------------------------------------------------------------------------------------

    def connected(self) -> None:
        """The archive's transport connection is open: propose."""
        if self.step is not Step.TRANSPORT:
            return
        assert self.rq is not None
        assert self.route is not None
        self._enter(Step.ANSWER)
        self._legs.advance(Side.ARCHIVE, Event.TRANSPORT_CONFIRM)
        cap = self._surroundings.rules.settings.limits.max_pdu
        length = announced(self.rq.user_information.maximum_length, cap)
        self._legs.streams[Side.ARCHIVE].limit = length
        called = ae_field(self.route.called_as) if self.route.called_as else None
        calling = ae_field(self.route.calling_as) if self.route.calling_as else None
        self._legs.send(Side.ARCHIVE, propose(self.rq, self._keep, length, called, calling))

    def unreachable(self, reason: str) -> None:
        """The archive's transport connection could not be opened, or closed before it answered."""
        self._legs.states[Side.ARCHIVE] = State.IDLE
        self.reject(Cause.UPSTREAM_DOWN, Judgement(failed=reason))

    def overdue(self) -> None:
        """The archive took too long."""
        if self.step is Step.ANSWER:
            self._legs.abort(Side.ARCHIVE)
            self.reject(Cause.UPSTREAM_DOWN, Judgement(failed="the archive did not answer A-ASSOCIATE-RQ in time"))
        else:
            self._legs.effects.append(Close(Side.ARCHIVE))
            self.unreachable("no connection in time")

    def accepted(self, ac: AssociateAC) -> str:
        """The archive accepted: mirror its answer. Returns a finding when it accepted what was not proposed."""
        assert self.rq is not None
        finding = check_answer(self.rq, self._keep, ac)
        if finding:
            return finding
        cap = self._surroundings.rules.settings.limits.max_pdu
        length = announced(ac.user_information.maximum_length, cap)
        self._legs.advance(Side.CALLER, Event.ASSOCIATE_RESPONSE_ACCEPT)
        self._legs.send(Side.CALLER, answer(self.rq, ac, self._keep, length))
        self._legs.open(length)
        self._enter(Step.DONE)
        return ""

    # --- refusing ----------------------------------------------------------------------------------------------

    def reject(self, cause: Cause, judgement: Judgement) -> None:
        """A-ASSOCIATE-RJ to the caller, on record."""
        result, source, reason = REJECTIONS[cause]
        self._legs.send(Side.CALLER, associate_rj(result, source, reason))
        self._legs.states[Side.CALLER] = State.AWAIT_TRANSPORT_CLOSE
        said = f"A-ASSOCIATE-RJ {result}/{source}/{reason}"
        self._refusal("association", cause, said, judgement, self._tried(), would=False)
        self._enter(Step.REJECTED)

    def _refusal(
        self, scope: str, cause: Cause, said: str, judgement: Judgement, tried: tuple[str, ...], *, would: bool
    ) -> None:
        alarm = ""
        if would and self.route is not None and self.route.mode is Mode.ALERT:
            alarm = f"{scope} of {self.who.calling} from {self.who.address} would have been refused ({cause.value})"
        event = Refusal(self.who, scope, cause.value, said, would, judgement, tried=tried)
        self._legs.effects.append(Record(event, alarm=alarm))
        self._legs.effects.append(Count(f"refusals:cause={cause.value},would={'yes' if would else 'no'}"))


def _judgement(decision: Decision) -> Judgement:
    return Judgement(decision.rule, decision.nearest, decision.failed, decision.error)
