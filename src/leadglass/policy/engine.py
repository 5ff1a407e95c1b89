"""Judges requests by one generation's policies, through Cedar. Never permits what Cedar could not decide cleanly.

Cedar skips a ``forbid`` whose evaluation errs and may then permit. So the schema goes with every question, its
attributes are all required, and any error at all in an answer is a refusal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from zoneinfo import ZoneInfo

import cedarpy

from leadglass.errors import ConfigurationError
from leadglass.model.decision import Decision, Request
from leadglass.model.generation import Generation
from leadglass.policy import entities, sight, source
from leadglass.policy.clauses import Clause, clauses_of, policy_set, probe
from leadglass.policy.hours import open_windows, wall_clock
from leadglass.policy.memory import Minute, minute_at, never, remember
from leadglass.policy.names import shown
from leadglass.policy.operations import carried_by
from leadglass.policy.registry import Registry
from leadglass.policy.shipped import SCHEMA
from leadglass.policy.source import Policy
from leadglass.policy.words import MAX_WORDS, Facts, grounds, joined, refusal

_SCHEMA = cedarpy.Schema.from_str(SCHEMA)
_BY_LIST = "forbid-other-level"  # refuses a level it does not know wherever it limits anything
_DECISIONS = (cedarpy.Decision.Allow, cedarpy.Decision.Deny)


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
        sees: attributes of the context that some policy looks at.
        subject: all that the policies can see of a request but the time, as something to remember it by.
        patient_level: some policy looks at a patient, so that nothing of an unknown patient can be judged rightly.
        identifier_level: some policy looks at what an identifier says (its level by more than the peer's own list, its
            keys, its patient), so that no query or retrieve can be judged rightly whose identifier is not understood.
    """

    def __init__(self, generation: Generation, registry: Registry, zone: ZoneInfo, rules: tuple[Rule, ...]) -> None:
        self.generation = generation
        self.registry = registry
        self.zone = zone
        self.rules = rules
        self.sees = sight.seen_by(rule.policy for rule in rules)
        self.patient_level = not self.sees.isdisjoint(("patient", "issuer"))
        self.identifier_level = any(
            not sight.mentioned(rule.policy.est).isdisjoint(("level", "keys", "patient", "issuer"))
            for rule in rules
            if rule.policy.id != _BY_LIST
        )
        self._peers = {peer.id: peer for peer in generation.peers}
        self._archives = frozenset(archive.id for archive in generation.archives)
        self._order = {rule.policy.id: number for number, rule in enumerate(rules)}
        self._policies = policy_set({rule.policy.id: rule.policy.est for rule in rules})
        self._probe = probe(clause for rule in rules for clause in rule.clauses)
        waiting = {rule.policy.id for rule in rules if sight.waits(rule.policy.est)}
        self._certain = policy_set({rule.policy.id: rule.policy.est for rule in rules if rule.policy.id not in waiting})
        at_best = {
            rule.policy.id: sight.at_best(rule.policy, rule.clauses)
            for rule in rules
            if rule.policy.id in waiting and rule.policy.effect == "permit"
        }
        self._at_best = policy_set(at_best) if at_best else None
        self._entities = _entities(generation)
        seen = (name for name in sight.FIELDS if name in self.sees)
        self.subject = attrgetter("peer", "operation", "sop_class", "archive", *seen)
        self._clock = tuple(attrgetter(field_) for name, field_ in sight.CLOCK.items() if name in self.sees)
        self._minute = never()
        self._permitted: dict[tuple[object, ...], Decision] = {}
        self._possible: dict[tuple[object, ...], bool] = {}

    @classmethod
    def build(cls, generation: Generation) -> Engine:
        """Parse and validate everything once.

        Raises:
            ConfigurationError: the zone, a policy, or a peer cannot be used; with what to do about it.
        """
        rules = tuple(Rule(policy, clauses_of(policy)) for policy in source.policies(generation.policies, _SCHEMA))
        registry = Registry(generation.peers, generation.settings.expired_grace_days)
        return cls(generation, registry, _zone(generation.zone), rules)

    def decide(self, request: Request) -> Decision:
        """May it? Remembered until the minute of the hospital's wall clock ends, as policies see no shorter time.

        Raises:
            TypeError: ``request.at`` has no time zone.
        """
        minute = self._minute
        if request.at is not minute.at:
            minute = self._minute_of(request.at)
        key = self.subject(request)
        decision = minute.decisions.get(key)
        if decision is None:
            decision = self._permission(request)
            remember(minute.decisions, key, decision)
        return decision

    def knows(self, request: Request) -> bool:
        """Whether the peer and the archive of a request are in the generation."""
        return request.peer in self._peers and request.archive in self._archives

    def seen(self, request: Request) -> tuple[object, ...]:
        """All that the policies can see of a request, the time included: equal for requests that they decide alike.

        Raises:
            ValueError: ``request.at`` has no time zone.
        """
        now = wall_clock(request.at, self.zone)
        peer = self._peers.get(request.peer)
        windows = tuple(open_windows(peer.hours, now)) if peer is not None and peer.hours else ()
        return (*self.subject(request), windows, *(read(now) for read in self._clock))

    def permitted_operations(self, peer: str, sop_class: str, archive: str, at: datetime) -> tuple[str, ...]:
        """Which operations a presentation context of this abstract syntax may carry (see `carried_by`), see `may`.

        For a storage class, "C-GET" stands for the objects of one.
        """
        asked = (
            Request(peer, operation, sop_class, archive, at, object=object_)
            for operation, object_ in carried_by(sop_class)
        )
        return tuple(dict.fromkeys(request.operation for request in asked if self.may(request)))

    def may(self, request: Request) -> bool:
        """Whether it could be permitted now, whatever its message says beyond the fields given.

        Level, destination, patient and keys are those of a message to come: what depends on them counts as permitted.
        """
        minute = self._minute_of(request.at)
        key = (request.peer, request.operation, request.sop_class, request.archive, request.object)
        possible = minute.possible.get(key)
        if possible is None:
            possible = self._possibility(request)
            remember(minute.possible, key, possible)
        return possible

    def _possibility(self, request: Request) -> bool:
        """`_may`, with a memory that outlives the minute."""
        key = self.seen(request)
        possible = self._possible.get(key)
        if possible is None:
            possible = self._may(request)
            remember(self._possible, key, possible)
        return possible

    def _minute_of(self, at: datetime) -> Minute:
        """The minute of an instant, which becomes the one remembered."""
        minute = self._minute
        if minute.since <= at < minute.until:
            minute.at = at
        else:
            minute = self._minute = minute_at(at, self.zone)
        return minute

    def _permission(self, request: Request) -> Decision:
        """`judge`, with a memory that outlives the minute for permissions: they have no words that tell the time."""
        key = self.seen(request)
        decision = self._permitted.get(key)
        if decision is None:
            decision = self.judge(request)
            if decision.allowed:
                remember(self._permitted, key, decision)
        return decision

    def _may(self, request: Request) -> bool:
        facts = self.facts(request)
        answer = facts if isinstance(facts, str) else self._ask(facts, self._certain)
        if isinstance(facts, str) or isinstance(answer, str):
            return False
        allowed, determining = answer
        if allowed or determining or self._at_best is None:
            return allowed
        best = self._ask(facts, self._at_best, errors_count=False)
        return not isinstance(best, str) and best[0]

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
            return Decision(allowed=False, rule=rule.policy.id, failed=grounds(rule.clauses, facts))
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
