"""From an A-ASSOCIATE-RQ to an established association, or to its rejection.

The request is held until peer, route and contexts are judged; then only what is permitted is proposed to the archive,
and its answer is mirrored. Nothing is sent to an archive before.
"""

from __future__ import annotations

from enum import Enum, auto

from leadglass.flow.admission import Admission, Calling, admit
from leadglass.flow.answers import REJECTIONS
from leadglass.flow.destinations import CALLING, PREFIX
from leadglass.flow.effects import AskExpected, AskRegistrar, Close, Connect, Count, Record, Side
from leadglass.flow.judge import Judge, Told
from leadglass.flow.legs import Legs
from leadglass.flow.on_record import judgement_of
from leadglass.flow.surroundings import Surroundings
from leadglass.model.ae_title import ae_field, ae_title
from leadglass.model.certificate import Certificate
from leadglass.model.decision import Cause
from leadglass.model.event import Association as Who
from leadglass.model.event import Judgement, Refusal
from leadglass.model.expectation import ExpectedMove
from leadglass.model.peer import Peer
from leadglass.model.route import Archive, Mode, Route
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
        source: the archive that calls, on an association of its own.
    """

    __slots__ = (
        "_certificate", "_keep", "_legs", "_match", "_moves", "_surroundings", "full", "route", "rq", "since",
        "source", "step", "who",
    )  # fmt: skip

    def __init__(self, who: Who, legs: Legs, surroundings: Surroundings) -> None:
        self.step = Step.REQUEST
        self.since = surroundings.now
        self.who = who
        self.route: Route | None = None
        self.rq: AssociateRQ | None = None
        self.full = False
        self._legs = legs
        self._surroundings = surroundings
        self._certificate: Certificate | None = None
        self.source: Archive | None = None
        self._moves: tuple[ExpectedMove, ...] = ()
        self._match = Match(None, "", "", "")
        self._keep: frozenset[int] = frozenset()

    def _enter(self, step: Step) -> None:
        self.step = step
        self.since = self._surroundings.now

    def secured(self, certificate: Certificate | None, tls: str) -> None:
        """The caller speaks TLS, and showed this certificate."""
        self._certificate = certificate
        who, fingerprint = self.who, "" if certificate is None else certificate.fingerprint
        self.who = Who(who.number, who.address, who.port, who.calling, who.called, tls=tls, certificate=fingerprint)

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
            self.who.tls, self.who.certificate,
        )  # fmt: skip
        if self.full:
            self.reject(Cause.LIMIT, Judgement(failed="this worker carries all the associations it may"))
            return
        self.route = rules.routes.get(called)
        if self.route is None:
            self.reject(Cause.UNKNOWN_CALLED, Judgement(failed=f"no route has the called title {called!r}"))
            return
        self._match = rules.engine.registry.match(
            self.who.address, self.who.calling, self._certificate, bool(self.who.tls),
            self._surroundings.utc // 1_000_000_000,
        )  # fmt: skip
        self.source = self._calling_archive(self.route)
        peer = None if self._match.cause not in {"", Cause.BLOCKED_PEER} else self._match.peer
        self._name(peer, self.route)
        if self._match.always:
            cause = Cause(self._match.cause)
            rule = "blocked" if cause is Cause.BLOCKED_PEER else ""
            self.reject(cause, Judgement(rule=rule, nearest=self._match.nearest, failed=self._match.failed))
        elif self.source is not None:
            self._enter(Step.REGISTRAR)
            self._legs.effects.append(AskExpected(0, Side.CALLER, self.source.id, self.who.called))
        elif peer is None or peer.max_associations or self._match.unpinned:
            self._enter(Step.REGISTRAR)
            self._legs.effects.append(
                AskRegistrar(self._tried(), user.implementation_class_uid, user.implementation_version_name)
            )
        else:
            self._decide(self.route, peer)

    def _calling_archive(self, route: Route) -> Archive | None:
        """The archive that calls, where it calls a device, or nobody else has its name."""
        if self._match.peer is not None and not route.archive.startswith(PREFIX):
            return None
        callers, at = self._surroundings.rules.callers, self._surroundings.utc // 1_000_000_000
        found = callers.find(self.who.address, self.who.calling, self._certificate, at)
        return None if found is None or found.id == route.archive else found

    def expected(self, told: Told) -> None:
        """The registrar's answer to `AskExpected`: what the calling archive may send."""
        if self.step is Step.REGISTRAR and self.source is not None:
            assert self.route is not None
            self._moves = told.moves
            self._decide(self.route, None if self._match.cause else self._match.peer)

    def judge(self) -> Judge:
        """Who judges the messages of the association, once it is established."""
        assert self.route is not None
        return Judge(self.who, self.route, self._surroundings, self._certificate, self.source, self._moves)

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
        if self._enforces(self.route):
            self.reject(Cause.REGISTRAR, Judgement(failed="the registrar did not answer"))
        else:
            self._decide(self.route, self._match.peer, Cause.REGISTRAR)

    def _name(self, peer: Peer | None, route: Route) -> None:
        who = self.who
        named = "" if self.source is None else CALLING + self.source.id
        self.who = Who(
            who.number, who.address, who.port, who.calling, who.called, named if peer is None else peer.id,
            route.archive, route.mode.value, who.generation, who.implementation_uid, who.implementation_version,
            who.tls, who.certificate,
        )  # fmt: skip

    def _tried(self) -> tuple[str, ...]:
        if self.rq is None:
            return ()
        return tuple(dict.fromkeys(context.abstract_syntax for context in self.rq.contexts))[:MAX_TRIED]

    def _decide(self, route: Route, peer: Peer | None, doubt: Cause = Cause.UNKNOWN_CALLER) -> None:
        assert self.rq is not None
        enforce = self._enforces(route)
        self._name(peer, route)
        if (peer is None and self.source is None) or doubt is Cause.REGISTRAR:
            if doubt is Cause.UNKNOWN_CALLER and self._match.cause:
                doubt = Cause(self._match.cause)
            judgement = Judgement(nearest=self._match.nearest, failed=self._match.failed or "nobody knows this caller")
            if enforce:
                self.reject(doubt, judgement)
                return
            self._refusal("association", doubt, "", judgement, self._tried(), would=True)
        calling = None if self.source is None else Calling(self.source, self._moves)
        named = "" if peer is None else peer.id
        admission = admit(self.rq, named, route, enforce, self._surroundings, calling)
        self._record_contexts(admission, enforce)
        if not admission.keep:
            impaired = Judgement(failed=self._surroundings.impaired)
            self.reject(admission.cause, impaired if admission.decision is None else judgement_of(admission.decision))
            return
        self._keep = admission.keep
        self._legs.advance(Side.ARCHIVE, Event.ASSOCIATE_REQUEST)
        self._enter(Step.TRANSPORT)
        self._legs.effects.append(Connect(route.archive))

    def _enforces(self, route: Route) -> bool:
        return route.mode is Mode.ENFORCE and not self._surroundings.bypassed(route, self.source)

    def _record_contexts(self, admission: Admission, enforce: bool) -> None:
        if admission.refused and admission.keep:
            assert admission.decision is not None
            said = "context result 1" if enforce else ""
            judgement = judgement_of(admission.decision)
            cause = Cause.UNEXPECTED_MOVE if admission.unexpected else Cause.CONTEXT
            self._refusal("context", cause, said, judgement, admission.refused[:MAX_TRIED], would=not enforce)
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
