"""What a chain of rules lets pass, as two bounds: may ⊇ truth ⊇ must. Never looks at zones or routes."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.errors import LeadglassError
from leadglass.network.headers import NOTHING, Box, Headers, common, without
from leadglass.network.rule import Action, Chain, Chains, Rule, State

MAX_BOXES = 4_096  # that one evaluation may hold in a bound; past it the answer is "not covered"
MAX_DEPTH = 32  # of jumps within jumps


class TooManyBoxesError(LeadglassError):
    """The rules overlap so much that the exact sets outgrow `MAX_BOXES`."""


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


def evaluate(chains: Chains, may: Headers, must: Headers, ingress: str, egress: str, state: State) -> Passed:
    """What of the packets that can come, and of those that certainly do, passes the chain.

    Args:
        chains: the chain with those it jumps to.
        may: headers that can reach it.
        must: those that certainly do; all of them in ``may``.
        ingress: interface they came in by.
        egress: interface they leave by.
        state: of the packets.

    Raises:
        TooManyBoxesError: past `MAX_BOXES`.
    """
    return _walk(chains, chains.entry, may, must, (ingress, egress, state), 0)


def _walk(chains: Chains, chain: Chain, may: Headers, must: Headers, way: tuple[str, str, State], depth: int) -> Passed:
    undecided_may, undecided_must = may, must
    passed_may: list[Box] = []
    passed_must: list[Box] = []
    fell_may: list[Box] = []
    fell_must: list[Box] = []
    by: list[Rule] = []
    for rule in chain.rules:
        if not undecided_may:
            break
        if rule.action is Action.PASS or not rule.bound(*way):
            continue
        hit_may = common(undecided_may, rule.may)
        if not hit_may:
            continue
        hit_must = common(undecided_must, rule.must)
        action = rule.action
        target = chains.others.get(rule.target) if action in {Action.JUMP, Action.GOTO} else None
        if action in {Action.JUMP, Action.GOTO} and (target is None or depth >= MAX_DEPTH):
            action = Action.UNKNOWN
        if action is Action.PERMIT:
            passed_may += hit_may
            passed_must += hit_must
            by.append(rule)
        elif action is Action.UNKNOWN:
            passed_may += hit_may
            by.append(rule)
            undecided_must = without(undecided_must, rule.may)
            continue  # it may have decided nothing
        elif action is Action.RETURN:
            fell_may += hit_may
            fell_must += hit_must
        elif target is not None:
            inner = _walk(chains, target, hit_may, hit_must, way, depth + 1)
            passed_may += inner.may
            passed_must += inner.must
            by += inner.by
            leaves = action is Action.GOTO
            undecided_may = without(undecided_may, rule.must)
            undecided_must = without(undecided_must, rule.may)
            if leaves:
                fell_may += inner.fell_may
                fell_must += inner.fell_must
            else:
                undecided_may += inner.fell_may
                undecided_must += inner.fell_must
            _bound(undecided_may, undecided_must, passed_may, passed_must)
            continue
        undecided_may = without(undecided_may, rule.must)
        undecided_must = without(undecided_must, rule.may)
        _bound(undecided_may, undecided_must, passed_may, passed_must)
    if chain.default in {Action.PERMIT, Action.UNKNOWN}:
        passed_may += undecided_may
    if chain.default is Action.PERMIT:
        passed_must += undecided_must
        if undecided_may:
            by.append(Rule(chain.place, Action.PERMIT))
    elif chain.default is Action.UNKNOWN and undecided_may:
        by.append(Rule(chain.place, Action.UNKNOWN))
    elif chain.default is Action.RETURN:
        fell_may += undecided_may
        fell_must += undecided_must
    return Passed(tuple(passed_may), tuple(passed_must), tuple(fell_may), tuple(fell_must), tuple(by))


def _bound(*sets: Headers | list[Box]) -> None:
    if max(map(len, sets)) > MAX_BOXES:
        raise TooManyBoxesError(
            f"the rules overlap so much that more than {MAX_BOXES} sets of packets had to be held apart",
            "the cell counts as not covered; fewer overlapping rules on this device would show it",
        )
