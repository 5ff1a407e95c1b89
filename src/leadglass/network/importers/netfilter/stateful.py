"""Which base chains let the packets of an accepted connection pass, both ways. Never what may begin one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from leadglass.network.device import Check
from leadglass.network.evaluate import evaluate
from leadglass.network.headers import EVERYTHING, TooManyBoxesError, within
from leadglass.network.importers.netfilter.companions import Ports
from leadglass.network.rule import Chains, Rule, State

MAX_CLASSES = 64  # kinds of interfaces that are told apart; past it nothing is claimed


def checks(chains: Chains, ports: Ports, *, routed: bool) -> list[Check]:
    """The filter, remembering connections for the ways between interfaces where established packets pass.

    Such a chain remembers nothing itself: the kernel tracks, and "ct state established accept" lets pass. That is the
    same as remembering where such a rule stands before all that drops, for both directions; elsewhere the replies are
    to be evaluated as packets of their own.

    Args:
        chains: the filter.
        ports: the interfaces.
        routed: it is known where packets leave; before routing it is not.
    """
    classes = _classes(chains, ports)
    kinds = list(classes)
    if len(kinds) > MAX_CLASSES:
        return [Check(chains)]
    outward = kinds if routed else [""]
    passes = {(one, other): _established(chains, one, other) for one in kinds for other in outward}
    if routed:
        passes = {(one, other): passes[one, other] and passes[other, one] for one, other in passes}
    if all(passes.values()):
        return [Check(_remembering(chains))]
    if not any(passes.values()) or not ports.complete:
        return [Check(chains)]
    return list(_split(chains, classes, passes, routed=routed))


def _split(
    chains: Chains, classes: dict[str, frozenset[str]], passes: dict[tuple[str, str], bool], *, routed: bool
) -> Iterator[Check]:
    for one, names in classes.items():
        outward = {
            answer: frozenset().union(*(classes.get(other, ()) for first, other in passes if first == one
                                        and passes[first, other] is answer))
            for answer in {passes[way] for way in passes if way[0] == one}
        }  # fmt: skip
        for answer, egress in outward.items():
            found = _remembering(chains) if answer else chains
            yield Check(found, names, egress if routed else None)


def _remembering(chains: Chains) -> Chains:
    return replace(chains, entry=replace(chains.entry, stateful=True))


def _established(chains: Chains, ingress: str, egress: str) -> bool:
    try:
        passed = evaluate(chains, EVERYTHING, EVERYTHING, ingress, egress, State.ESTABLISHED)
        return within(EVERYTHING, passed.must)
    except TooManyBoxesError:
        return False


def _classes(chains: Chains, ports: Ports) -> dict[str, frozenset[str]]:
    """Interfaces that no rule tells apart, by one of them; with incomplete knowledge also one that no rule names."""
    rules: list[Rule] = [*chains.entry.rules, *(rule for chain in chains.others.values() for rule in chain.rules)]
    sets = list(dict.fromkeys(names for rule in rules for names in (rule.ingress, rule.egress) if names is not None))
    found: dict[tuple[bool, ...], list[str]] = {}
    for name in [*ports.names, *([] if ports.complete else [""])]:
        found.setdefault(tuple(name in names for names in sets), []).append(name)
    return {names[0]: frozenset(names) for names in found.values()}
