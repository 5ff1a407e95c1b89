"""A decision laid open: every clause of every permit, and the forbids that applied. For people, never for the relay."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.errors import Place
from leadglass.model.decision import Decision, Request
from leadglass.policy.engine import Engine, Rule
from leadglass.policy.words import Facts, ground, refusal


@dataclass(frozen=True, slots=True)
class ExplainedClause:
    """One clause met by one question.

    Attributes:
        text: in Cedar syntax; a clause under ``unless`` is led by that word.
        holds: whether it lets its policy apply.
        words: for a permit, why it does not hold; for a forbid, why it does; else empty.
    """

    text: str
    holds: bool
    words: str


@dataclass(frozen=True, slots=True)
class ExplainedPolicy:
    """One policy met by one question; it applies when all its clauses hold."""

    id: str
    why: str
    place: Place
    applies: bool
    clauses: tuple[ExplainedClause, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All there is to say.

    Attributes:
        request: what was asked.
        decision: the answer, as the relay would hear it.
        why: the ``@why`` of the rule that decided, or of the nearest one.
        time: the hospital's wall clock, "Tue 03:00"; empty when the request's names are unknown.
        permits: every permit, in the order of the policies.
        forbids: the forbids that applied.
    """

    request: Request
    decision: Decision
    why: str
    time: str
    permits: tuple[ExplainedPolicy, ...]
    forbids: tuple[ExplainedPolicy, ...]


def explain(engine: Engine, request: Request) -> Explanation:
    """Judge a request and say everything about it.

    Raises:
        ValueError: ``request.at`` has no time zone.
    """
    decision = engine.judge(request)
    facts = engine.facts(request)
    if isinstance(facts, str):
        return Explanation(request, decision, "", "", (), ())
    holding = engine.holding(facts)
    explained = [(rule, _policy(rule, holding, facts)) for rule in engine.rules]
    named = decision.rule or decision.nearest
    return Explanation(
        request,
        decision,
        next((policy.why for _, policy in explained if policy.id == named), ""),
        str(facts.now),
        tuple(policy for rule, policy in explained if rule.policy.effect == "permit"),
        tuple(policy for rule, policy in explained if rule.policy.effect == "forbid" and policy.applies),
    )


def _policy(rule: Rule, holding: frozenset[str], facts: Facts) -> ExplainedPolicy:
    forbids = rule.policy.effect == "forbid"
    clauses = tuple(
        ExplainedClause(
            f"unless {clause.text}" if clause.part == "unless" else clause.text,
            holds,
            (ground if forbids else refusal)(clause, facts) if holds is forbids else "",
        )
        for clause in rule.clauses
        for holds in (clause.key in holding,)
    )
    applies = all(clause.holds for clause in clauses)
    return ExplainedPolicy(rule.policy.id, rule.policy.why, rule.policy.place, applies, clauses)
