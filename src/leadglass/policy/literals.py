"""A condition on one attribute and values written in the policy, in words: "destination: WS9 is not among WS1, WS2".

Never evaluates a condition; whoever asks knows whether it holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from leadglass.policy.names import listed, shown, sop_class_name
from leadglass.policy.source import Est

_NOUNS: Final = {
    "context.operation": "operation",
    "context.sopClass": "SOP class",
    "context.service": "service",
    "context.level": "level",
    "context.destination": "destination",
    "context.patient": "patient",
    "context.issuer": "issuer of the patient ID",
    "context.keys": "matching keys",
    "context.weekday": "weekday",
    "context.date": "date",
    "principal.title": "title",
}


def told(est: Est, values: Callable[[str], str], *, holds: bool) -> str:
    """The condition with what it met; empty for one of another form.

    Args:
        est: the condition.
        values: what an attribute holds, by its name ("context.level").
        holds: whether the condition holds.
    """
    negated = False
    while "!" in est:
        est, negated = est["!"]["arg"], not negated
    holds = holds is not negated
    if "!=" in est:
        est, holds = {"==": est["!="]}, not holds
    match est:
        case {"==": {"left": left, "right": right}}:
            return _one(left, (right,), values, holds=holds) or _one(right, (left,), values, holds=holds)
        case {"contains": {"left": {"Set": list(members)}, "right": right}}:
            return _one(right, tuple(members), values, holds=holds)
        case {"like": {"left": left, "pattern": list(pattern)}} if noun := _noun(left):
            text = "".join("*" if part == "Wildcard" else part["Literal"] for part in pattern)
            return f"{noun}: {_value(left, values)} is {'' if holds else 'not '}like {shown(text)}"
        case {"contains": {"left": left, "right": {"Value": str(value)}}} if noun := _noun(left):
            return f"{noun}: {value} is {'' if holds else 'not '}among {_value(left, values)}"
        case {"containsAny": {"left": left, "right": {"Set": list(members)}}} if noun := _noun(left):
            return f"{noun}: {'one' if holds else 'none'} of {_listed(left, members)} is among {_value(left, values)}"
        case {"containsAll": {"left": left, "right": {"Set": list(members)}}} if noun := _noun(left):
            return (
                f"{noun}: {'each' if holds else 'not each'} of {_listed(left, members)} is among {_value(left, values)}"
            )
    return ""


def _one(attribute: Est, literals: tuple[Est, ...], values: Callable[[str], str], *, holds: bool) -> str:
    """A single value beside those it was compared with; empty where either is something else."""
    noun = _noun(attribute)
    if not noun or not all(isinstance(literal.get("Value"), str | int) for literal in literals):
        return ""
    value = _value(attribute, values)
    if len(literals) == 1:
        if holds:
            return f"{noun} is {value}"
        return f"{noun}: {value} is not {_listed(attribute, list(literals))}"
    return f"{noun}: {value} is {'' if holds else 'not '}among {_listed(attribute, list(literals))}"


def _noun(est: Est) -> str:
    return _NOUNS.get(_name(est), "")


def _name(est: Est) -> str:
    match est:
        case {".": {"left": {"Var": str(variable)}, "attr": str(attribute)}}:
            return f"{variable}.{attribute}"
    return ""


def _value(attribute: Est, values: Callable[[str], str]) -> str:
    name = _name(attribute)
    value = values(name)
    return shown(sop_class_name(value) if name == "context.sopClass" else value) or "none"


def _listed(attribute: Est, literals: list[Est]) -> str:
    texts = (str(literal.get("Value", "…")) for literal in literals)
    if _name(attribute) == "context.sopClass":
        texts = (sop_class_name(text) for text in texts)
    return listed(tuple(text or '""' for text in texts))
