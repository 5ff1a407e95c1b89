"""Lines of netfilter as rules of the intermediate form. Never translates an address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from leadglass.network.address import EVERY
from leadglass.network.headers import Headers, common, headers, without
from leadglass.network.importers.netfilter.chain import Base, Line, Lines
from leadglass.network.importers.netfilter.companions import Ports
from leadglass.network.importers.netfilter.condition import STATES, TAGS, UNTRACKED, Case, Condition
from leadglass.network.intervals import Intervals
from leadglass.network.rule import Action, Chain, Chains, Place, Rule, State

_STATES = (State.NEW, State.ESTABLISHED, State.RELATED, State.INVALID)
_TRACKED = STATES.without(UNTRACKED)

TAG = "dnat"
"""What a translation of the destination leaves on packets ("ct status dnat")."""

Way = tuple[Intervals, Intervals, Intervals, Intervals]  # ingress, egress, state, tag


def chains(base: Base, ports: Ports, untracked: Headers) -> Chains:
    """A base chain with those it jumps to.

    Args:
        base: the chain.
        ports: the interfaces.
        untracked: headers that may not be tracked: for these no state is sure.
    """
    others = {
        name: Chain(name, _rules(lines, ports, untracked), Action.RETURN, _head(lines, base.place), stateful=False)
        for name, lines in base.chains.items()
    }
    rules_ = _rules(base.lines, ports, untracked)
    if base.version != EVERY:
        other = headers(EVERY.without(base.version), EVERY.without(base.version))
        rules_ = (Rule(base.place, Action.PERMIT, other, other), *rules_)
    # In a base chain a return is the policy, as it is for what leaves an entry.
    return Chains(Chain(base.name, rules_, base.policy, base.place, stateful=False), others)


def _head(lines: Lines, otherwise: Place) -> Place:
    return lines[0].place if lines else otherwise


def _rules(lines: Lines, ports: Ports, untracked: Headers) -> tuple[Rule, ...]:
    return tuple(rule for line in lines for rule in rules(line, ports, untracked))


def rules(line: Line, ports: Ports, untracked: Headers) -> list[Rule]:
    """A line: a rule for each way that it speaks of; as all do the same, their order does not matter."""
    found = []
    for way, may, must in by_way(line.condition):
        ingress, egress, state, tag = way
        plain = replace(_rule(line, ports, ingress, egress, tag), must=must)
        states: frozenset[State] | None = None
        if not _TRACKED.within(state):
            states = frozenset(each for at, each in enumerate(_STATES) if state.has(at))
            if untracked:
                plain = replace(plain, must=without(must, untracked))
                if state.meets(UNTRACKED):  # what no one tracks counts as what begins
                    found.append(replace(plain, may=common(may, untracked), must=()))
        found.append(replace(plain, may=may, states=states))
    return [rule for rule in found if rule.may]


def by_way(condition: Condition) -> Iterator[tuple[Way, Headers, Headers]]:
    """For each way that a condition speaks of the headers that it may and must hold for."""
    # Each way with all that it may hold for; a way that only what must has is a part of a wider one.
    ways: dict[Way, dict[Case, None]] = {}
    for case in (*condition.may, *condition.must):
        ways.setdefault(_way(case), {})[case] = None
    for way, cases in ways.items():
        sure = [case for case in condition.must if _speaks(case, way)]
        yield way, boxes(cases), boxes(sure)


def _way(case: Case) -> Way:
    return case.ingress, case.egress, case.state, case.tag


def _speaks(case: Case, way: Way) -> bool:
    return all(part.within(whole) for part, whole in zip(way, _way(case), strict=True))


def _rule(line: Line, ports: Ports, ingress: Intervals, egress: Intervals, tag: Intervals) -> Rule:
    return Rule(
        line.place,
        line.action,
        target=line.target,
        ingress=ports.chosen(ingress),
        egress=ports.chosen(egress),
        tags=None if tag == TAGS else frozenset(name for at, name in enumerate(("", TAG)) if tag.has(at)),
        note=line.note or line.condition.note,
    )


def boxes(cases: Iterable[Case]) -> Headers:
    """The headers of cases."""
    return tuple(
        box
        for case in cases
        for box in headers(case.source, case.destination, case.protocol, case.source_port, case.destination_port)
    )
