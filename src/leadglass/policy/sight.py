"""What policies can see of a request: nothing else need tell two decisions apart. Never decides, never judges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from leadglass.policy.clauses import Clause
from leadglass.policy.source import Est, Policy

MESSAGE: Final = ("level", "destination", "patient", "issuer", "keys")
"""Fields of a request, and attributes of the context, that no one knows before the message itself has come."""

FIELDS: Final = ("object", *MESSAGE)
"""Fields of a request that have the same name in the context; a policy need not look at any of them."""

CLOCK: Final = {"weekday": "weekday", "minuteOfDay": "minute", "date": "date"}
"""Attributes that change with the clock alone, with the fields of `WallClock`; ``openHours`` does with windows."""

_CONTEXT = {"Var": "context"}


def mentioned(est: Est) -> frozenset[str]:
    """Attributes of the context that a policy or clause looks at; all of them where it takes the context as a whole."""
    found: set[str] = set()
    waiting: list[object] = [est]
    while waiting:
        match waiting.pop():
            case {".": {"left": {"Var": "context"}, "attr": str(name)}}:
                found.add(name)
            case {"has": {"left": {"Var": "context"}, "attr": str(name)}}:
                found.add(name)
            case dict(node) if node == _CONTEXT:
                found.update((*FIELDS, *CLOCK))
            case dict(node):
                waiting += node.values()
            case list(nodes):
                waiting += nodes
    return frozenset(found)


def seen_by(policies: Iterable[Policy]) -> frozenset[str]:
    """What any of these policies looks at."""
    return frozenset().union(*(mentioned(policy.est) for policy in policies))


def waits(est: Est) -> bool:
    """Whether a policy or clause cannot be told before the message has come."""
    return not mentioned(est).isdisjoint(MESSAGE)


def at_best(policy: Policy, clauses: tuple[Clause, ...]) -> Est:
    """A policy as it stands when every clause that waits for the message lets it apply."""
    known = [
        {"kind": clause.part, "body": clause.est} for clause in clauses if not clause.in_scope and not waits(clause.est)
    ]
    return policy.est | {"conditions": known}
