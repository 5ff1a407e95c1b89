"""Which presentation contexts of an A-ASSOCIATE-RQ may be proposed to the archive. Pure; it records nothing itself."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.flow.surroundings import Surroundings
from leadglass.model.decision import Cause, Decision
from leadglass.model.route import Route
from leadglass.policy.operations import operations_of
from leadglass.wire.dicom.associate import AssociateRQ


@dataclass(frozen=True, slots=True)
class Admission:
    """The judgement on the contexts of one request.

    Attributes:
        keep: ids to propose.
        refused: SOP classes (abstract syntaxes) of the others, each once.
        decision: of the first refused one.
        unrecordable: ids dropped because their record is impossible now and the flow is closed.
    """

    keep: frozenset[int]
    refused: tuple[str, ...] = ()
    decision: Decision | None = None
    unrecordable: frozenset[int] = frozenset()

    @property
    def cause(self) -> Cause:
        """Why nothing is left, when nothing is."""
        if self.unrecordable and not self.refused:
            return Cause.RECORD
        if self.decision is not None and self.decision.error:
            return Cause.POLICY_ERROR
        return Cause.NO_CONTEXT


def admit(rq: AssociateRQ, peer: str, route: Route, enforce: bool, surroundings: Surroundings) -> Admission:
    """Judge every proposed context. ``peer`` empty: a caller nobody knows, on a route that only observes."""
    keep: set[int] = set()
    unrecordable: set[int] = set()
    refused: dict[str, None] = {}
    first: Decision | None = None
    for context in rq.contexts:
        operations = operations_of(context.abstract_syntax)
        if peer:
            allowed = surroundings.rules.engine.permitted_operations(
                peer, context.abstract_syntax, route.archive, surroundings.at
            )
            if not allowed:
                refused[context.abstract_syntax] = None
                if first is None:
                    first = surroundings.decide(peer, operations[0], (context.abstract_syntax,), route.archive)
                if enforce:
                    continue
            else:
                operations = allowed
        if surroundings.impaired and not any(_recordable(operation, route) for operation in operations):
            unrecordable.add(context.id)
            continue
        keep.add(context.id)
    return Admission(frozenset(keep), tuple(refused), first, frozenset(unrecordable))


def _recordable(operation: str, route: Route) -> bool:
    """Whether the flow goes on without a record."""
    return (route.store_failure if operation == "C-STORE" else route.other_failure) == "open"
