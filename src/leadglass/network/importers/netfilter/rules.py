"""Lines of netfilter as rules of the intermediate form. Never translates an address."""

from __future__ import annotations

from leadglass.network.address import EVERY
from leadglass.network.headers import Headers, common, headers, without
from leadglass.network.importers.netfilter.chain import Base, Line, Lines
from leadglass.network.importers.netfilter.companions import Ports
from leadglass.network.importers.netfilter.condition import INTERFACES, STATES, UNTRACKED, Case, Cases
from leadglass.network.intervals import Intervals
from leadglass.network.rule import Action, Chain, Chains, Place, Rule, State

_STATES = (State.NEW, State.ESTABLISHED, State.RELATED, State.INVALID)
_TRACKED = STATES.without(UNTRACKED)

Way = tuple[Intervals, Intervals, Intervals]  # ingress, egress, state


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
    rules = _rules(base.lines, ports, untracked)
    if base.version != EVERY:
        other = headers(EVERY.without(base.version), EVERY.without(base.version))
        rules = (Rule(base.place, Action.PERMIT, other, other), *rules)
    # In a base chain a return is the policy, as it is for what leaves an entry.
    return Chains(Chain(base.name, rules, base.policy, base.place, stateful=False), others)


def _head(lines: Lines, otherwise: Place) -> Place:
    return lines[0].place if lines else otherwise


def _rules(lines: Lines, ports: Ports, untracked: Headers) -> tuple[Rule, ...]:
    return tuple(rule for line in lines for rule in rules(line, ports, untracked))


def rules(line: Line, ports: Ports, untracked: Headers) -> list[Rule]:
    """A line: a rule for each way that it speaks of; as all do the same, their order does not matter."""
    condition = line.condition
    # Each way with what it holds; a way that is sure of less than it may hold is a part of a wider one.
    ways: dict[Way, list[Case]] = {}
    for case in (*condition.may, *condition.must):
        ways.setdefault((case.ingress, case.egress, case.state), []).append(case)
    found = []
    for (ingress, egress, state), cases in ways.items():
        sure = [
            case
            for case in condition.must
            if ingress.within(case.ingress) and egress.within(case.egress) and state.within(case.state)
        ]
        may, must = boxes(tuple(dict.fromkeys(cases))), boxes(tuple(sure))
        states: frozenset[State] | None = None
        if not _TRACKED.within(state):
            states = frozenset(each for at, each in enumerate(_STATES) if state.has(at))
            if untracked:
                must = without(must, untracked)
                if state.meets(UNTRACKED):  # a packet that no one tracks is taken for one that begins
                    apart = common(may, untracked)
                    found.append(_rule(line, apart, (), (ports.chosen(ingress), ports.chosen(egress)), None))
        found.append(_rule(line, may, must, (ports.chosen(ingress), ports.chosen(egress)), states))
    return [rule for rule in found if rule.may]


def _rule(
    line: Line,
    may: Headers,
    must: Headers,
    way: tuple[frozenset[str] | None, frozenset[str] | None],
    states: frozenset[State] | None,
) -> Rule:
    note = line.note or line.condition.note
    return Rule(line.place, line.action, may, must, line.target, *way, states, note)


def boxes(cases: Cases) -> Headers:
    """The headers of cases."""
    return tuple(
        box
        for case in cases
        for box in headers(case.source, case.destination, case.protocol, case.source_port, case.destination_port)
    )


def sees_all(cases: Cases) -> bool:
    """Whether the cases speak of any interface."""
    return all(case.ingress == INTERFACES and case.egress == INTERFACES for case in cases)
