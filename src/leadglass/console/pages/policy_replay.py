"""Replay: the recorded traffic under a candidate policy, and every decision that would differ. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from leadglass.console.judging import engine_of, in_force, own_policies, with_policies
from leadglass.console.page import Page, Visit
from leadglass.console.spans import SPANS, span
from leadglass.errors import LeadglassError
from leadglass.model.event import AuditLogUsed
from leadglass.policy.recorded import Memory
from leadglass.policy.replay import Replay, replay
from leadglass.store.appstate.outbox import record
from leadglass.store.since import Since

MAX_LEAVES = 200_000  # of the ledger in one answer; the command line has no such end
SHOWN = 100  # kinds of difference on the page


@dataclass(frozen=True, slots=True)
class Answer:
    """What a replay came to, and how much of the span it saw."""

    found: Replay
    done: int
    cut: int
    pruned: int


def show(visit: Visit) -> Response:
    """The form, with the hospital's own policies as they are."""
    return _page(visit, own_policies(visit.console), "24h")


def run(visit: Visit) -> Response:
    """The form as it was sent, with what would differ."""
    text = visit.secret("policies").replace("\r\n", "\n")
    name, length, _ = span(visit.field("span"), "24h")
    record(visit.console.engine, AuditLogUsed(visit.name, visit.address, "policy-replay", name))
    try:
        generation = in_force(visit.console)
        before, after = engine_of(generation), engine_of(with_policies(generation, text))
        seen = Since(visit.console.ledger, visit.console.clock() - length, MAX_LEAVES)
        memory = Memory(generation)
        found = replay(seen.requests(memory), before, after)
        found.missing = dict(memory.missing)
    except LeadglassError as error:
        return _page(visit, text, name, fault=f"{error}. {error.hint}")
    return _page(visit, text, name, answer=Answer(found, seen.done, seen.cut, seen.pruned))


def _page(visit: Visit, text: str, name: str, *, fault: str = "", answer: Answer | None = None) -> Response:
    return visit.render(
        "policy_replay.html",
        400 if fault else 200,
        policies=text,
        span=name,
        spans=[(key, value[1]) for key, value in SPANS.items()],
        fault=fault,
        answer=answer,
        shown=SHOWN,
    )


PAGES = (Page("/policy/replay", "policy", get=show, post=run),)
