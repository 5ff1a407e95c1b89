"""Recorded requests judged again by two generations: every decision that would differ. Pure; bounded as it reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from leadglass.model.decision import Decision, Request
from leadglass.policy.engine import Engine
from leadglass.policy.hours import DAY_NAMES, wall_clock
from leadglass.policy.memory import remember
from leadglass.policy.recorded import CONTEXT, Asked

MAX_GROUPS = 5_000  # kinds of difference told apart


@dataclass(slots=True)
class Difference:
    """Requests of one kind that two policies decide differently.

    Attributes:
        example: the first of them.
        before, after: its decisions; where the peer or archive is gone, ``error`` says so.
        count: messages.
        first, last: UTC seconds.
        hours: messages in each hour of the hospital's day, 0 to 23.
        days: likewise by weekday, Monday first.
    """

    example: Request
    before: Decision
    after: Decision
    first: float
    last: float
    count: int = 0
    hours: list[int] = field(default_factory=lambda: [0] * 24)
    days: list[int] = field(default_factory=lambda: [0] * len(DAY_NAMES))


@dataclass(slots=True)
class Replay:
    """What came of it.

    Attributes:
        messages: judged by both.
        differing: of these, decided differently.
        differences: kinds, the most frequent first, at most `MAX_GROUPS`.
        ungrouped: messages that differ beyond those kinds.
        unknown: messages of peers or archives that neither generation knows.
        missing: messages that could not be read back, by reason.
    """

    messages: int = 0
    differing: int = 0
    differences: list[Difference] = field(default_factory=list)
    ungrouped: int = 0
    unknown: int = 0
    missing: dict[str, int] = field(default_factory=dict)


class Judge:
    """One engine's decisions, remembered as long as its policies see no difference; words are the first one's."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._at: object = None
        self._now: dict[tuple[object, ...], Decision] = {}
        self._known: dict[tuple[object, ...], Decision] = {}

    def decide(self, request: Request) -> Decision:
        """As `Engine.judge`; of a presentation context, whether it would be kept."""
        if request.at is not self._at:  # traffic comes in runs of one minute
            self._at = request.at
            self._now.clear()
        subject = self.engine.subject(request)
        decision = self._now.get(subject)
        if decision is None:
            decision = self._ever(request)
            remember(self._now, subject, decision)
        return decision

    def _ever(self, request: Request) -> Decision:
        key = self.engine.seen(request)
        decision = self._known.get(key)
        if decision is None:
            decision = self._context(request) if request.operation == CONTEXT else self.engine.judge(request)
            remember(self._known, key, decision)
        return decision

    def _context(self, request: Request) -> Decision:
        if not self.engine.knows(request):
            return Decision(allowed=False, error="the peer or the archive is not there any more")
        if self.engine.permitted_operations(request.peer, request.sop_class, request.archive, request.at):
            return Decision(allowed=True)
        return Decision(allowed=False, failed="no operation on it would be permitted")


def replay(asked: Iterable[Asked], before: Engine, after: Engine) -> Replay:
    """Judge every request by both engines.

    Args:
        asked: as `recorded.Memory` reads them.
        before: the policy in force.
        after: the candidate.
    """
    found = Replay()
    old, new = Judge(before), Judge(after)
    groups: dict[tuple[object, ...], Difference] = {}
    for request, count in asked:
        if not (before.knows(request) or after.knows(request)):
            found.unknown += count
            continue
        was, would = old.decide(request), new.decide(request)
        found.messages += count
        if was.allowed is would.allowed:
            continue
        found.differing += count
        key = (
            request.peer, request.operation, request.sop_class, request.archive, request.level, request.destination,
            request.object, was.allowed, was.rule, was.nearest, would.rule, would.nearest, bool(would.error),
        )  # fmt: skip
        group = groups.get(key)
        if group is None:
            if len(groups) >= MAX_GROUPS:
                found.ungrouped += count
                continue
            at = request.at.timestamp()
            # The words of the example are its own, not those of the first request that looked alike.
            group = groups[key] = Difference(request, _own(before, request, was), _own(after, request, would), at, at)
        _add(group, request, count, before)
    found.differences = sorted(groups.values(), key=lambda group: -group.count)
    return found


def _own(engine: Engine, request: Request, decision: Decision) -> Decision:
    return decision if request.operation == CONTEXT else engine.judge(request)


def _add(group: Difference, request: Request, count: int, engine: Engine) -> None:
    now = wall_clock(request.at, engine.zone)
    at = request.at.timestamp()
    group.count += count
    group.first, group.last = min(group.first, at), max(group.last, at)
    group.hours[now.minute // 60] += count
    group.days[now.weekday - 1] += count
