"""Judges requests by one generation's policies, through Cedar. Never permits what Cedar could not decide cleanly.

Cedar skips a ``forbid`` whose evaluation errs and may then permit. So the schema goes with every question, its
attributes are all required, and any error at all in an answer is a refusal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import cedarpy

from leadglass.errors import ConfigurationError
from leadglass.model.decision import Decision, Request
from leadglass.model.generation import Generation
from leadglass.policy import entities, source
from leadglass.policy.clauses import Clause, clauses_of, policy_set, probe
from leadglass.policy.hours import wall_clock
from leadglass.policy.names import MAX_UID, shown
from leadglass.policy.operations import operations_of
from leadglass.policy.registry import Registry
from leadglass.policy.shipped import SCHEMA
from leadglass.policy.source import Policy
from leadglass.policy.words import MAX_WORDS, Facts, ground, joined, refusal

MAX_DECISIONS = 4096  # remembered at one time

_SCHEMA = cedarpy.Schema.from_str(SCHEMA)
_DECISIONS = (cedarpy.Decision.Allow, cedarpy.Decision.Deny)


@dataclass(slots=True)
class _Minute:
    """Decisions of one minute of the hospital's wall clock; ``until`` is the first instant after it."""

    since: datetime
    until: datetime
    decisions: dict[tuple[str, str, str, str], Decision] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy with its clauses."""

    policy: Policy
    clauses: tuple[Clause, ...]


class Engine:
    """The judgement of one generation. Its only state is a cache; it may be called from several threads.

    Attributes:
        generation: what it judges by.
        registry: who a caller is.
        rules: the policies in the order of their text.
    """

    def __init__(self, generation: Generation, registry: Registry, zone: ZoneInfo, rules: tuple[Rule, ...]) -> None:
        self.generation = generation
        self.registry = registry
        self.zone = zone
        self.rules = rules
        self._peers = {peer.id: peer for peer in generation.peers}
        self._archives = frozenset(archive.id for archive in generation.archives)
        self._order = {rule.policy.id: number for number, rule in enumerate(rules)}
        self._policies = policy_set({rule.policy.id: rule.policy.est for rule in rules})
        self._probe = probe(clause for rule in rules for clause in rule.clauses)
        self._entities = _entities(generation)
        epoch = datetime.fromtimestamp(0, UTC)
        self._minute = _Minute(epoch, epoch)

    @classmethod
    def build(cls, generation: Generation) -> Engine:
        """Parse and validate everything once.

        Raises:
            ConfigurationError: the zone, a policy, or a peer cannot be used; with what to do about it.
        """
        rules = tuple(Rule(policy, clauses_of(policy)) for policy in source.policies(generation.policies, _SCHEMA))
        return cls(generation, Registry(generation.peers), _zone(generation.zone), rules)

    def decide(self, request: Request) -> Decision:
        """May it? Remembered until the minute of the hospital's wall clock ends, as policies see no shorter time.

        Raises:
            TypeError: ``request.at`` has no time zone.
        """
        minute = self._minute
        if not minute.since <= request.at < minute.until:
            minute = self._minute = _minute(request.at, self.zone)
        key = (request.peer, request.operation, request.sop_class, request.archive)
        decision = minute.decisions.get(key)
        if decision is None:
            decision = self.judge(request)
            if len(request.sop_class) <= MAX_UID:
                if len(minute.decisions) >= MAX_DECISIONS:
                    minute.decisions.clear()
                minute.decisions[key] = decision
        return decision

    def permitted_operations(self, peer: str, sop_class: str, archive: str, at: datetime) -> tuple[str, ...]:
        """Which of the operations a SOP class defines (see `operations_of`) the peer may do now."""
        return tuple(
            operation
            for operation in operations_of(sop_class)
            if self.decide(Request(peer, operation, sop_class, archive, at)).allowed
        )

    def judge(self, request: Request) -> Decision:
        """`decide` without memory."""
        facts = self.facts(request)
        if isinstance(facts, str):
            return Decision(allowed=False, error=facts)
        answer = self._ask(facts, self._policies)
        if isinstance(answer, str):
            return Decision(allowed=False, error=answer)
        allowed, determining = answer
        if allowed:
            return Decision(allowed=True, rule=determining[0])
        if determining:
            rule = self.rules[self._order[determining[0]]]
            return Decision(
                allowed=False, rule=rule.policy.id, failed=joined([ground(clause, facts) for clause in rule.clauses])
            )
        return self._default_deny(facts)

    def facts(self, request: Request) -> Facts | str:
        """What a request is about, or why nothing can be said of it."""
        peer = self._peers.get(request.peer)
        if peer is None:
            return f"no peer {shown(request.peer)} in generation {self.generation.number}"
        if request.archive not in self._archives:
            return f"no archive {shown(request.archive)} in generation {self.generation.number}"
        return Facts(request, peer, wall_clock(request.at, self.zone))

    def holding(self, facts: Facts) -> frozenset[str]:
        """The keys of all clauses that hold; one that errs does not."""
        answer = self._ask(facts, self._probe, errors_count=False)
        return frozenset() if isinstance(answer, str) else frozenset(answer[1])

    def _ask(
        self, facts: Facts, policies: cedarpy.PolicySet, *, errors_count: bool = True
    ) -> tuple[bool, list[str]] | str:
        """Cedar's answer and the policies that determine it, in their order; or what it could not evaluate."""
        query = entities.question(facts.request, facts.peer, facts.now)
        try:
            result = cedarpy.is_authorized(query, policies, self._entities, _SCHEMA)
            decision, errors = result.decision, result.diagnostics.errors
        except Exception as error:  # noqa: BLE001 (whatever goes wrong here, the answer is no)
            return f"Cedar failed: {shown(str(error), MAX_WORDS)}"
        if decision not in _DECISIONS or (errors and errors_count):
            return joined([shown(error, MAX_WORDS) for error in errors]) or "Cedar made no decision"
        reasons = sorted(result.diagnostics.reasons, key=lambda name: self._order.get(name, 0))
        if decision is cedarpy.Decision.Allow and not reasons:
            return "Cedar allowed without a policy"
        return decision is cedarpy.Decision.Allow, reasons

    def _default_deny(self, facts: Facts) -> Decision:
        """No policy spoke: name the permit that came closest, and what kept it from permitting.

        Closest is the one with the fewest clauses that fail; among those whose head already speaks of this peer,
        operation and archive, where there are any: a permit of something else is no near miss.
        """
        holding = self.holding(facts)
        failing = [
            (rule.policy.id, [clause for clause in rule.clauses if clause.key not in holding])
            for rule in self.rules
            if rule.policy.effect == "permit"
        ]
        if not failing:
            return Decision(allowed=False, failed="no policy permits anything")
        name, clauses = min(failing, key=lambda near: (sum(clause.in_scope for clause in near[1]), len(near[1])))
        return Decision(allowed=False, nearest=name, failed=joined([refusal(clause, facts) for clause in clauses]))


def _minute(at: datetime, zone: ZoneInfo) -> _Minute:
    local = at.astimezone(zone)
    since = at.astimezone(UTC) - timedelta(seconds=local.second, microseconds=local.microsecond)
    return _Minute(since, since + timedelta(minutes=1))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise ConfigurationError(f"no time zone {name!r}", "write an IANA name, Europe/Amsterdam") from error


def _entities(generation: Generation) -> cedarpy.Entities:
    try:
        return cedarpy.Entities.from_json_str(entities.entities(generation), _SCHEMA)
    except ValueError as error:
        raise ConfigurationError(
            f"the peers or archives do not fit the policy schema: {error}", "no two may share an id"
        ) from error
