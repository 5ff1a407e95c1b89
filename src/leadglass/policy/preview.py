"""A recorded would-refuse judged again by the policy of today: would it still be refused? Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import structs

from leadglass.model.decision import Cause
from leadglass.model.event import Event, Refusal
from leadglass.policy.engine import Engine
from leadglass.policy.recorded import CONTEXT, Memory
from leadglass.policy.replay import Judge

_BY_POLICY: Final = frozenset(
    (Cause.OPERATION, Cause.POLICY_ERROR, Cause.CONTEXT, Cause.NO_CONTEXT, Cause.BLOCKED_PEER)
)
_BY_REGISTRY: Final = frozenset((Cause.UNKNOWN_CALLER, Cause.CERTIFICATE, Cause.PLAIN))


class Today(StrEnum):
    """What today's policy says of it."""

    REFUSED = "refused"
    PERMITTED = "permitted"
    UNTOLD = "untold"  # it hangs on what is not on record


def today(event: Event, engine: Engine, sop_class: str = "") -> tuple[Today, str]:
    """Whether a refusal on record would be one today, at the same hour, and why in words.

    Args:
        event: of a `Refusal`.
        engine: of today.
        sop_class: which of several proposed contexts is meant.
    """
    body = event.body
    if not isinstance(body, Refusal):
        return Today.UNTOLD, "no refusal"
    if body.cause in _BY_REGISTRY:
        return _caller(event, body, engine)
    if body.cause not in _BY_POLICY:
        return Today.UNTOLD, "it hangs on what went on around it"
    judge = Judge(engine)
    asked = Memory(engine.generation).take(structs.replace(event, body=structs.replace(body, would=False)))
    for request, _ in asked:
        if request.operation == CONTEXT and sop_class not in {"", request.sop_class}:
            continue
        if not engine.knows(request):
            return Today.REFUSED, "the peer or the archive is not there any more"
        decision = judge.decide(request)
        if decision.allowed:
            return Today.PERMITTED, decision.rule
        rule = decision.rule or decision.nearest
        return Today.REFUSED, ": ".join(filter(None, (rule, decision.error or decision.failed)))
    return Today.UNTOLD, "its peer, or who asked for it, is not on record"


def _caller(event: Event, body: Refusal, engine: Engine) -> tuple[Today, str]:
    """Whether today's registry knows the caller, as far as that can be told without its certificate."""
    who = body.association
    match = engine.registry.match(who.address, who.calling, None, bool(who.tls), event.time // 1_000_000_000)
    if match.peer is not None and not match.cause:
        return Today.PERMITTED, f"it is {match.peer.id}"
    if who.certificate:
        return Today.UNTOLD, "the certificate itself is not on record"
    return Today.REFUSED, match.failed
