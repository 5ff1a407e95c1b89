"""Policies taken apart into clauses, each of which Cedar can be asked for alone. Never evaluates one itself.

A default deny names no reason. So every clause of every policy (its scope, and each part joined by ``&&``) becomes a
permit of its own in a second policy set, the probe: the permits that determine its answer are the clauses that hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import cedarpy

from leadglass.policy.source import Est, Policy

Part = Literal["principal", "action", "resource", "when", "unless"]

_ANYTHING: Est = {"op": "All"}
_SCOPE: tuple[Part, ...] = ("principal", "action", "resource")
_BODY = re.compile(r"\A.*?\)\s*(?:(?:when|unless)\s*\{(.*)\})?\s*;\s*\Z", re.DOTALL)
_NEEDLESS = re.compile(r"(?<!\w)\(((?:principal|context|resource)(?:\.\w+)*)\)")


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a policy.

    Attributes:
        key: names it in the probe; equal clauses of several policies share it.
        part: where in the policy it stands; an "unless" clause holds when its body does not.
        est: the scope constraint, or the body, in Cedar's JSON policy format.
        text: the same in Cedar's own syntax.
        shape: ``est`` as text: equal for equal conditions.
    """

    key: str
    part: Part
    est: Est
    text: str
    shape: str

    @property
    def in_scope(self) -> bool:
        """Whether it stands in the policy's head, not among its conditions."""
        return self.part in _SCOPE


def clauses_of(policy: Policy) -> tuple[Clause, ...]:
    """The clauses of a policy, in reading order; a policy without any applies always."""
    parts: list[tuple[Part, Est]] = [(part, policy.est[part]) for part in _SCOPE if policy.est[part] != _ANYTHING]
    for condition in policy.est["conditions"]:
        kind: Part = condition["kind"]
        bodies = _conjuncts(condition["body"]) if kind == "when" else [condition["body"]]
        parts += [(kind, body) for body in bodies]
    return tuple(_clause(part, est) for part, est in parts)


def shape_of(est: Est) -> str:
    """A node as text, equal for equal nodes."""
    return json.dumps(est, sort_keys=True)


def probe(clauses: Iterable[Clause]) -> cedarpy.PolicySet:
    """A policy set with one permit for each clause, under the clause's key."""
    return policy_set({clause.key: _alone(clause.part, clause.est) for clause in clauses})


def policy_set(policies: dict[str, Est]) -> cedarpy.PolicySet:
    """A policy set of policies under the ids given, which Cedar then reports."""
    return cedarpy.PolicySet.from_json_str(_document(policies))


def _clause(part: Part, est: Est) -> Clause:
    text = _text(part, est)
    return Clause(f"{part} {text}", part, est, text, shape_of(est))


def _document(policies: dict[str, Est]) -> str:
    return json.dumps({"staticPolicies": policies, "templates": {}, "templateLinks": []})


def _alone(part: Part, est: Est) -> Est:
    policy: Est = {"effect": "permit", "conditions": []} | dict.fromkeys(_SCOPE, _ANYTHING)
    if part in _SCOPE:
        policy[part] = est
    else:
        policy["conditions"] = [{"kind": part, "body": est}]
    return policy


def _conjuncts(body: Est) -> list[Est]:
    """The operands of the outermost ``&&`` chain, left to right."""
    found: list[Est] = []
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if "&&" in node:
            waiting += (node["&&"]["right"], node["&&"]["left"])
        else:
            found.append(node)
    return found


def _text(part: Part, est: Est) -> str:
    """A clause in Cedar syntax, without the parentheses Cedar's printer puts around everything."""
    if part in _SCOPE:
        return _scope_text(part, est)
    printed = cedarpy.policies_from_json_str(_document({"clause": _alone(part, est)}))
    body = _BODY.match(cedarpy.format_policies(printed, 10_000))
    return _NEEDLESS.sub(r"\1", " ".join((body[1] if body and body[1] else printed).split()))


def _scope_text(part: Part, est: Est) -> str:
    kind = f" is {est['entity_type']}" if "entity_type" in est else ""
    target = est.get("in", est)
    if "entities" in target:
        return f"{part}{kind} in [{', '.join(_entity_text(entity) for entity in target['entities'])}]"
    operator = "in" if kind else est["op"]
    return f"{part}{kind} {operator} {_entity_text(target['entity'])}" if "entity" in target else f"{part}{kind}"


def _entity_text(entity: Est) -> str:
    return f"{entity['type']}::{json.dumps(entity['id'], ensure_ascii=False)}"
