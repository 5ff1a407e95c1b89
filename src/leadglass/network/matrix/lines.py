"""A chain as one list in which the first line that matches decides. Leaves out what it cannot say so plainly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from leadglass.network.evaluate import MAX_DEPTH
from leadglass.network.headers import Box, Headers, common
from leadglass.network.rule import Action, Chain, Chains, Rule, State

MAX_LINES = 200_000  # boxes of one list
MAX_PARTS = 16  # boxes that a jump may cut one rule into


class Line(NamedTuple):
    """Packets of one box that come by and leave by these interfaces (None: any)."""

    box: Box
    permits: bool
    ingress: frozenset[str] | None
    egress: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Lines:
    """One bound of a chain: the first line that holds a packet decides it, else the default."""

    lines: tuple[Line, ...]
    permits: bool


@dataclass(frozen=True, slots=True)
class Bounds:
    """Both bounds; the same object where all was understood."""

    may: Lines
    must: Lines


class _Step(NamedTuple):
    """A rule that stands in no other chain any more."""

    action: Action
    may: Headers
    must: Headers
    ingress: frozenset[str] | None
    egress: frozenset[str] | None


class _TooIntricateError(Exception):
    """It can return, or not be told for sure whether it jumps: only boxes hold that."""


def bounds(chains: Chains, state: State = State.NEW) -> Bounds | None:
    """The chain as two lists; None where that is not exact or too long.

    What may pass is refused by what certainly denies and let pass by all that may permit; what must pass is let pass by
    what certainly permits and refused by all that may deny. See `evaluate.evaluate`, which says the same of boxes.

    Args:
        chains: to be told.
        state: of the packets.
    """
    default = chains.entry.default
    if default is Action.RETURN:
        return None
    try:
        steps = tuple(_flat(chains, chains.entry, state, 0))
    except _TooIntricateError:
        return None
    sure = default is not Action.UNKNOWN and all(
        step.action is not Action.UNKNOWN and step.may == step.must for step in steps
    )
    may: list[Line] = []
    must: list[Line] = []
    for step in steps:
        way = (step.ingress, step.egress)
        may += (
            Line(box, step.action is not Action.DENY, *way)
            for box in (step.must if step.action is Action.DENY else step.may)
        )
        if not sure:
            must += (
                Line(box, step.action is Action.PERMIT, *way)
                for box in (step.must if step.action is Action.PERMIT else step.may)
            )
        if len(may) > MAX_LINES or len(must) > MAX_LINES:
            return None
    upper = Lines(tuple(may), default is not Action.DENY)
    return Bounds(upper, upper if sure else Lines(tuple(must), default is Action.PERMIT))


def _flat(chains: Chains, chain: Chain, state: State, depth: int) -> Iterator[_Step]:
    """The rules of a chain, those of the chains it jumps to in place of each jump."""
    for rule in chain.rules:
        if rule.action is Action.PASS or not _meant(rule, state):
            continue
        if rule.action in {Action.PERMIT, Action.DENY, Action.UNKNOWN}:
            yield _Step(rule.action, rule.may, rule.must, rule.ingress, rule.egress)
        elif rule.action is Action.RETURN:
            yield _returned(chains, rule, depth)
        else:
            yield from _jumped(chains, rule, state, depth)


def _meant(rule: Rule, state: State) -> bool:
    """It speaks of packets of the state that no translation has changed."""
    return (rule.states is None or state in rule.states) and (rule.tags is None or "" in rule.tags)


def _returned(chains: Chains, rule: Rule, depth: int) -> _Step:
    """What leaves the chain where packets begin meets its default."""
    if depth or rule.may != rule.must:
        raise _TooIntricateError
    return _Step(chains.entry.default, rule.may, rule.must, rule.ingress, rule.egress)


def _jumped(chains: Chains, rule: Rule, state: State, depth: int) -> Iterator[_Step]:
    target = chains.others.get(rule.target) if depth < MAX_DEPTH else None
    if target is None:
        yield _Step(Action.UNKNOWN, rule.may, rule.must, rule.ingress, rule.egress)
        return
    if rule.may != rule.must or (rule.action is Action.GOTO and depth):
        raise _TooIntricateError
    for step in _flat(chains, target, state, depth + 1):
        bound = _both(step.ingress, rule.ingress), _both(step.egress, rule.egress)
        if frozenset() in bound:
            continue
        may = common(step.may, rule.may)
        must = may if step.must == step.may else common(step.must, rule.must)
        if len(may) > MAX_PARTS * max(1, len(step.may)):
            raise _TooIntricateError
        if may:
            yield _Step(step.action, may, must, *bound)
    if target.default is not Action.RETURN:
        yield _Step(target.default, rule.may, rule.must, rule.ingress, rule.egress)
    elif rule.action is Action.GOTO:
        yield _returned(chains, rule, depth)


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other
