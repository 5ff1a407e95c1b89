"""Which presentation contexts of an A-ASSOCIATE-RQ may be proposed to the archive. Pure; it records nothing itself."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.flow.surroundings import Surroundings
from leadglass.model.decision import Cause, Decision, Request
from leadglass.model.expectation import ExpectedMove
from leadglass.model.route import Archive, Route
from leadglass.policy.operations import STORAGE, operations_of, service_of
from leadglass.wire.dicom.associate import AssociateRQ


@dataclass(frozen=True, slots=True)
class Calling:
    """An archive that calls, and what the registrar expects it to send."""

    source: Archive
    moves: tuple[ExpectedMove, ...]


@dataclass(frozen=True, slots=True)
class Admission:
    """The judgement on the contexts of one request.

    Attributes:
        keep: ids to propose.
        refused: SOP classes (abstract syntaxes) of the others, each once.
        decision: of the first refused one.
        unrecordable: ids dropped because their record is impossible now and the flow is closed.
        unexpected: an archive calls, and nobody asked for what it would send.
    """

    keep: frozenset[int]
    refused: tuple[str, ...] = ()
    decision: Decision | None = None
    unrecordable: frozenset[int] = frozenset()
    unexpected: bool = False

    @property
    def cause(self) -> Cause:
        """Why nothing is left, when nothing is."""
        if self.unrecordable and not self.refused:
            return Cause.RECORD
        if self.unexpected:
            return Cause.UNEXPECTED_MOVE
        if self.decision is not None and self.decision.error:
            return Cause.POLICY_ERROR
        return Cause.NO_CONTEXT


def admit(
    rq: AssociateRQ, peer: str, route: Route, enforce: bool, surroundings: Surroundings, calling: Calling | None = None
) -> Admission:
    """Judge every proposed context. ``peer`` empty: a caller nobody knows, on a route that only observes."""
    if surroundings.bypassed(route, None if calling is None else calling.source):
        return Admission(frozenset(context.id for context in rq.contexts))
    keep: set[int] = set()
    unrecordable: set[int] = set()
    refused: dict[str, None] = {}
    first: Decision | None = None
    objects = _objects(rq, peer, route, surroundings)
    for context in rq.contexts:
        abstract = context.abstract_syntax
        operations = operations_of(abstract)
        if peer or calling is not None:
            allowed = _allowed(abstract, peer, route, surroundings, calling) or objects.get(abstract, ())
            if not allowed:
                refused[abstract] = None
                if first is None:
                    first = _refusal(peer, operations[0], abstract, route, surroundings, calling)
                if enforce:
                    continue
            else:
                operations = allowed
        if surroundings.impaired and not any(_recordable(operation, route) for operation in operations):
            unrecordable.add(context.id)
            continue
        keep.add(context.id)
    return Admission(
        frozenset(keep), tuple(refused), first, frozenset(unrecordable), unexpected=calling is not None and not peer
    )


def _allowed(
    abstract: str, peer: str, route: Route, surroundings: Surroundings, calling: Calling | None
) -> tuple[str, ...]:
    """Operations of a context that may come to pass."""
    if peer:
        permitted = surroundings.rules.engine.permitted_operations(peer, abstract, route.archive, surroundings.at)
        if permitted:
            return permitted
    if calling is None:
        return ()
    service = service_of(abstract)
    if service == "verification":
        return ("C-ECHO",)
    if service == "commitment":
        return ("N-EVENT-REPORT",)
    return ("C-MOVE",) if service == STORAGE and calling.moves else ()


def _objects(rq: AssociateRQ, peer: str, route: Route, surroundings: Surroundings) -> dict[str, tuple[str, ...]]:
    """SOP classes the caller would receive as objects of a C-GET that may be permitted to it (PS3.4 C.5.3)."""
    receives = {role.sop_class for role in rq.user_information.roles if role.scp}
    if not receives or not peer:
        return {}
    engine = surroundings.rules.engine
    gets = {context.abstract_syntax for context in rq.contexts if "C-GET" in operations_of(context.abstract_syntax)}
    if not any("C-GET" in engine.permitted_operations(peer, uid, route.archive, surroundings.at) for uid in gets):
        return {}
    return {uid: ("C-GET",) for uid in receives if service_of(uid) == STORAGE}


def _refusal(
    peer: str, operation: str, abstract: str, route: Route, surroundings: Surroundings, calling: Calling | None
) -> Decision:
    if not peer and calling is not None:
        return Decision(allowed=False, failed=f"no C-MOVE asks {calling.source.id} to send anything to {route.called}")
    request = Request(peer, operation, abstract, route.archive, surroundings.at)
    return surroundings.decide(request, (abstract,))


def _recordable(operation: str, route: Route) -> bool:
    """Whether the flow goes on without a record."""
    return (route.store_failure if operation == "C-STORE" else route.other_failure) == "open"
