"""Base chains in the kernel's order: the steps of a packet that is forwarded. Never how a chain was written.

Chains of one hook all see the packet, in order of priority: an accept ends its own chain only. Translation stands at
-100 before routing and at 100 after it, whatever the priority of its chains; it sees the first packet of a connection
only (netfilter_ipv4.h, nf_nat_proto.c).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from leadglass.network.address import IPV4, IPV6
from leadglass.network.device import Check, Routing, Step, Translate
from leadglass.network.evaluate import MAX_DEPTH
from leadglass.network.headers import Headers, TooManyBoxesError, headers
from leadglass.network.importers.netfilter.chain import Base, Hook, Line, Lines
from leadglass.network.importers.netfilter.companions import Ports, refused
from leadglass.network.importers.netfilter.condition import all_of, exactly
from leadglass.network.importers.netfilter.rules import boxes, chains
from leadglass.network.importers.netfilter.stateful import checks
from leadglass.network.importers.netfilter.translations import TooManyTranslationsError, translations, versions
from leadglass.network.intervals import EMPTY, Intervals, union
from leadglass.network.rule import Action, Chain, Chains, Place, Rule

TRACKING, DNAT, SNAT = -200, -100, 100  # priorities
MAX_WRITTEN_OUT = 1_000_000  # lines of a chain with its jumps


@dataclass
class Assembled:
    """Steps, and what was noticed on the way."""

    steps: list[Step] = field(default_factory=list)
    doubts: list[Place] = field(default_factory=list)
    findings: list[tuple[Place, str]] = field(default_factory=list)


def assemble(bases: Sequence[Base], ports: Ports) -> Assembled:
    """The steps through the device.

    Args:
        bases: all base chains, in the order of their tables.
        ports: the interfaces.
    """
    found = Assembled()
    ordered = sorted(bases, key=lambda base: base.priority)
    untracked = _untracked(ordered)
    found.steps += _filters(ordered, Hook.INGRESS, ports, untracked, found)
    found.steps += _around(ordered, Hook.PREROUTING, DNAT, ports, untracked, found)
    found.steps += (_refusing(networks, place) for networks, place in refused(ports.companions) if networks)
    found.steps.append(Routing())
    found.steps += _filters(ordered, Hook.FORWARD, ports, untracked, found)
    found.steps += _around(ordered, Hook.POSTROUTING, SNAT, ports, untracked, found)
    found.steps += _filters(ordered, Hook.EGRESS, ports, untracked, found)
    if untracked:
        found.steps.append(_lost(untracked))
    return found


def _around(
    ordered: Sequence[Base], hook: Hook, at: int, ports: Ports, untracked: Headers, found: Assembled
) -> Iterator[Step]:
    """The filters of a hook with its translations among them."""
    translating = [base for base in ordered if base.hook is hook and base.translates]
    try:
        listed = translations(translating, ports, untracked)
    except (TooManyTranslationsError, TooManyBoxesError):
        listed = ()
        found.doubts += [base.place for base in translating]
    filters = [base for base in ordered if base.hook is hook and not base.translates]
    yield from _filters([base for base in filters if base.priority < at], hook, ports, untracked, found)
    for index, base in enumerate(translating):
        yield from _of_translating(base, ports, found, EMPTY if index else _tracked(base))
    same = [base for base in filters if base.priority == at]
    if listed:
        yield from (_unordered(base) for base in same)
        yield Translate(listed)
    else:
        yield from _filters(same, hook, ports, untracked, found)
    yield from _filters([base for base in filters if base.priority > at], hook, ports, untracked, found)


def _filters(bases: Iterable[Base], hook: Hook, ports: Ports, untracked: Headers, found: Assembled) -> Iterator[Check]:
    routed = hook not in {Hook.PREROUTING, Hook.INGRESS}
    for base in bases:
        if base.hook is not hook or base.translates or not drops(base):
            continue
        if written_out(base) > MAX_WRITTEN_OUT:
            found.doubts.append(base.place)
            continue
        bare = base.devices is None and hook in {Hook.INGRESS, Hook.EGRESS}  # of which interface is not told
        filter_ = chains(_limited(base, EMPTY) if bare else base, ports, untracked)
        if base.devices is not None:
            bound = base.devices
            yield Check(filter_, bound if hook is Hook.INGRESS else None, bound if hook is Hook.EGRESS else None)
        else:
            yield from checks(filter_, ports, routed=routed)


def all_lines(base: Base) -> Iterator[Line]:
    """Its own and those of the chains it can jump to."""
    yield from base.lines
    for lines in base.chains.values():
        yield from lines


def written_out(base: Base) -> int:
    """How many lines it has with every jump written out, as an evaluation walks it; in a circle too many."""
    known: dict[str, int] = {}

    def count(lines: Lines, depth: int) -> int:
        return sum(1 + inner(line.target, depth + 1) for line in lines) if depth <= MAX_DEPTH else MAX_WRITTEN_OUT + 1

    def inner(name: str, depth: int) -> int:
        if name not in base.chains:
            return 0
        if name not in known:
            known[name] = count(base.chains[name], depth)
        return known[name]

    return count(base.lines, 0)


def drops(base: Base) -> bool:
    """Whether anything can be dropped by it."""
    return base.policy is not Action.PERMIT or any(_may_drop(line, base.chains) for line in all_lines(base))


def _may_drop(line: Line, others: dict[str, Lines]) -> bool:
    missing = line.action in {Action.JUMP, Action.GOTO} and line.target not in others
    return line.action in {Action.DENY, Action.UNKNOWN} or missing


def _of_translating(base: Base, ports: Ports, found: Assembled, sure: Intervals) -> Iterator[Check]:
    """What chains of translation drop or keep for the device itself: of the first packet, so it remembers.

    It is sure only of IP versions for which the chain is certainly asked: no other before it can have ended the hook.
    """
    found.doubts += [line.place for line in all_lines(base) if line.action is Action.UNKNOWN]
    if not drops(base):
        return
    if written_out(base) > MAX_WRITTEN_OUT:
        found.doubts.append(base.place)
        return
    filter_ = chains(_limited(base, sure), ports, ())
    yield Check(replace(filter_, entry=replace(filter_.entry, stateful=True)))


def _tracked(base: Base) -> Intervals:
    """IP versions whose connections the kernel tracks because of it: without it may pass the whole chain by."""
    lines = list(all_lines(base))
    if any(line.keeps for line in lines):
        return base.version
    return union(versions(line.nat.version, line.nat.address) for line in lines if line.nat is not None)


def _limited(base: Base, sure: Intervals) -> Base:
    """A chain that certainly speaks of some IP versions only."""
    lines = {name: _sure(each, sure) for name, each in base.chains.items()}
    policy = base.policy if base.policy is Action.PERMIT or base.version.within(sure) else Action.UNKNOWN
    return replace(base, lines=_sure(base.lines, sure), chains=lines, policy=policy)


def _sure(lines: Lines, version: Intervals) -> Lines:
    """Lines that must match no packet of another IP version."""
    here = exactly(source=version)
    return tuple(
        replace(line, condition=replace(line.condition, must=all_of(line.condition, here).must)) for line in lines
    )


def _unordered(base: Base) -> Check:
    """A filter at the very priority of the translation: which comes first is not told, so neither what it sees."""
    return Check(Chains(Chain(base.name, (), Action.UNKNOWN if drops(base) else Action.PERMIT, base.place)))


def _refusing(networks: Intervals, place: Place) -> Check:
    beyond = headers(destination=networks)
    rule = Rule(place, Action.DENY, beyond, beyond)
    return Check(Chains(Chain("routes that refuse", (rule,), Action.PERMIT, place)))


def _untracked(bases: Sequence[Base]) -> Headers:
    """Headers that are told not to be tracked, before they are, and those of their replies."""
    early = [base for base in bases if base.hook in {Hook.INGRESS, Hook.PREROUTING} and base.priority <= TRACKING]
    found = tuple(
        box for base in early for line in all_lines(base) if line.notrack for box in boxes(line.condition.may)
    )
    return (
        *found,
        *(box._replace(source=box.destination, destination=box.source, source_port=box.destination_port,
                       destination_port=box.source_port) for box in found),
    )  # fmt: skip


def _lost(untracked: Headers) -> Check:
    """What is not tracked may pass as the chains say, and no connection is remembered for it: nothing is claimed."""
    place = Place("", 0)
    rule = Rule(place, Action.UNKNOWN, untracked, untracked)
    return Check(Chains(Chain("not tracked", (rule,), Action.PERMIT, place)))


def unfiltered(bases: Sequence[Base]) -> list[str]:
    """IP versions that no chain filters, in words."""
    speaking = [base for base in bases if base.hook is Hook.FORWARD and not base.translates]
    return [
        name
        for name, version in (("IPv4", IPV4), ("IPv6", IPV6))
        if not any(version.within(base.version) and drops(base) for base in speaking)
    ]
