"""What a chain of rules lets pass, as two bounds: may ⊇ truth ⊇ must. Never looks at zones or routes."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.network.headers import NOTHING, Box, Headers, common, without
from leadglass.network.rule import Action, Chain, Chains, Rule, State

MAX_DEPTH = 32  # of jumps within jumps


@dataclass(frozen=True, slots=True)
class Passed:
    """What a chain makes of packets.

    Attributes:
        may, must: headers that can pass, and that certainly do.
        fell_may, fell_must: headers that can leave the chain undecided, and that certainly do.
        by: rules that let something of ``may`` pass, in order.
    """

    may: Headers
    must: Headers
    fell_may: Headers = NOTHING
    fell_must: Headers = NOTHING
    by: tuple[Rule, ...] = ()


def evaluate(
    chains: Chains, may: Headers, must: Headers, ingress: str, egress: str, state: State, tag: str = ""
) -> Passed:
    """What of the packets that can come, and of those that certainly do, passes the chain.

    Args:
        chains: the chain with those it jumps to.
        may: headers that can reach it.
        must: those that certainly do; all of them in ``may``.
        ingress: interface they came in by.
        egress: interface they leave by.
        state: of the packets.
        tag: of the packets, see `Translation.tag`.

    Raises:
        TooManyBoxesError: see `headers.without`.
    """
    return _walk(chains, chains.entry, may, must, (ingress, egress, state, tag), 0)


def _walk(
    chains: Chains, chain: Chain, may: Headers, must: Headers, way: tuple[str, str, State, str], depth: int
) -> Passed:
    """One chain. What was permitted is never taken away from what comes later: permitted twice is permitted."""
    passed_may: list[Box] = []
    passed_must: list[Box] = []
    fell_may: list[Box] = []
    fell_must: list[Box] = []
    gone: list[Box] = []  # certainly decided otherwise, or out of the chain
    doubted: list[Box] = []  # possibly
    by: list[Rule] = []
    for rule in chain.near(may):
        if rule.action is Action.PASS or not rule.bound(*way):
            continue
        if rule.action is Action.DENY:  # of what is gone already once more: a set may say a header twice
            gone += common(common(may, rule.may), rule.must)
            doubted += common(may, rule.may)
            continue
        hit_may = without(common(may, rule.may), gone)
        if not hit_may:
            continue
        hit_must = without(common(must, rule.must), doubted)
        target = chains.others.get(rule.target) if depth < MAX_DEPTH else None
        if rule.action is Action.PERMIT:
            passed_may += hit_may
            passed_must += hit_must
            by.append(rule)
        elif rule.action is Action.RETURN:
            fell_may += hit_may
            fell_must += hit_must
            gone += common(hit_may, rule.must)
            doubted += hit_may
        elif rule.action is Action.UNKNOWN or target is None:
            passed_may += hit_may
            doubted += hit_may
            by.append(rule)
        else:
            inner = _walk(chains, target, hit_may, hit_must, way, depth + 1)
            passed_may += inner.may
            passed_must += inner.must
            by += inner.by
            if rule.action is Action.GOTO:
                fell_may += inner.fell_may
                fell_must += inner.fell_must
                gone += common(hit_may, rule.must)
                doubted += hit_may
            else:
                gone += without(common(hit_may, rule.must), inner.fell_may)
                doubted += without(hit_may, inner.fell_must)
    rest_may, rest_must = without(may, gone), without(must, doubted)
    if depth == 0:  # what leaves the entry meets its default (netfilter: the base chain's policy)
        rest_may, rest_must = (*rest_may, *fell_may), (*rest_must, *fell_must)
        fell_may, fell_must = [], []
    if chain.default in {Action.PERMIT, Action.UNKNOWN}:
        passed_may += rest_may
        if rest_may:
            by.append(chain.last)
    if chain.default is Action.PERMIT:
        passed_must += rest_must
    elif chain.default is Action.RETURN:
        fell_may += rest_may
        fell_must += rest_must
    return Passed(tuple(passed_may), tuple(passed_must), tuple(fell_may), tuple(fell_must), tuple(by))
