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
from leadglass.network.headers import Headers, TooManyBoxesError, headers
from leadglass.network.importers.netfilter.chain import Base, Hook, Line, Lines
from leadglass.network.importers.netfilter.companions import Ports, refused
from leadglass.network.importers.netfilter.condition import Condition
from leadglass.network.importers.netfilter.rules import boxes, chains
from leadglass.network.importers.netfilter.stateful import checks
from leadglass.network.importers.netfilter.translations import TooManyTranslationsError, translations
from leadglass.network.rule import Action, Chain, Chains, Place, Rule

TRACKING, DNAT, SNAT = -200, -100, 100  # priorities


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
    found.steps += _filters(ordered, Hook.INGRESS, ports, untracked)
    found.steps += _around(ordered, Hook.PREROUTING, DNAT, ports, untracked, found)
    found.steps += (_refusing(networks, place) for networks, place in refused(ports.companions) if networks)
    found.steps.append(Routing())
    found.steps += _filters(ordered, Hook.FORWARD, ports, untracked)
    found.steps += _around(ordered, Hook.POSTROUTING, SNAT, ports, untracked, found)
    found.steps += _filters(ordered, Hook.EGRESS, ports, untracked)
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
    yield from _filters([base for base in filters if base.priority < at], hook, ports, untracked)
    for index, base in enumerate(translating):
        # Without a translation in it the kernel may not track connections, and then passes the whole chain by.
        tracks = any(line.nat is not None or line.keeps for line in all_lines(base))
        yield from _of_translating(base, ports, found, sure=tracks and not index)
    same = [base for base in filters if base.priority == at]
    if listed:
        yield from (_unordered(base) for base in same)
        yield Translate(listed)
    else:
        yield from _filters(same, hook, ports, untracked)
    yield from _filters([base for base in filters if base.priority > at], hook, ports, untracked)


def _filters(bases: Iterable[Base], hook: Hook, ports: Ports, untracked: Headers) -> Iterator[Check]:
    routed = hook not in {Hook.PREROUTING, Hook.INGRESS}
    for base in bases:
        if base.hook is not hook or base.translates or not drops(base):
            continue
        filter_ = chains(base, ports, untracked)
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


def drops(base: Base) -> bool:
    """Whether anything can be dropped by it."""
    return base.policy is not Action.PERMIT or any(_may_drop(line, base.chains) for line in all_lines(base))


def _may_drop(line: Line, others: dict[str, Lines]) -> bool:
    missing = line.action in {Action.JUMP, Action.GOTO} and line.target not in others
    return line.action in {Action.DENY, Action.UNKNOWN} or missing


def _of_translating(base: Base, ports: Ports, found: Assembled, *, sure: bool) -> Iterator[Check]:
    """What chains of translation drop or keep for the device itself: of the first packet, so it remembers.

    It is sure only where the chain is certainly asked: no other one before it can have ended the hook.
    """
    found.doubts += [line.place for line in all_lines(base) if line.action is Action.UNKNOWN]
    if not drops(base):
        return
    if not sure:
        lines = {name: tuple(map(_unsure, each)) for name, each in base.chains.items()}
        base = replace(base, lines=tuple(map(_unsure, base.lines)), chains=lines)
    filter_ = chains(base, ports, ())
    yield Check(replace(filter_, entry=replace(filter_.entry, stateful=True)))


def _unsure(line: Line) -> Line:
    return replace(line, condition=Condition(line.condition.may, (), line.condition.note, line.condition.depends))


def _unordered(base: Base) -> Check:
    """A filter at the very priority of the translation: which comes first is not told, so neither what it sees."""
    return Check(Chains(Chain(base.name, (), Action.UNKNOWN if drops(base) else Action.PERMIT, base.place)))


def _refusing(networks: object, place: Place) -> Check:
    beyond = headers(destination=networks)  # type: ignore[arg-type]  # Intervals, from `refused`
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
