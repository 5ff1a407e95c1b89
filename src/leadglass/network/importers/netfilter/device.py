"""A device of netfilter from its base chains: steps, what was taken for granted, how much was understood. No syntax."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leadglass.network.address import IPV6
from leadglass.network.device import Check, Coverage, Device
from leadglass.network.importers.netfilter.chain import Base
from leadglass.network.importers.netfilter.companions import Ports
from leadglass.network.importers.netfilter.hooks import all_lines, assemble, unfiltered
from leadglass.network.rule import Action, Chain, Chains, Place


def device(
    kind: str,
    name: str,
    bases: Sequence[Base],
    ports: Ports,
    *,
    doubts: Iterable[Place] = (),
    bridged: Iterable[Place] = (),
    relevant: Iterable[Place] = (),
    assumed: Iterable[str] = (),
) -> Device:
    """The device.

    Args:
        kind: syntax of its configuration.
        name: of the device.
        bases: all base chains that forwarded packets meet.
        ports: its interfaces.
        doubts: lines that may change what passes and are no rule.
        bridged: base chains of the bridge family.
        relevant: places of all lines that bear on what may pass, for coverage.
        assumed: what the reader took for granted.
    """
    beside = ports.companions
    found = assemble(bases, ports)
    steps = found.steps
    bridged = list(bridged)
    if bridged:  # they see also what is routed, and its interfaces are the bridge's ports: may drop, nothing is claimed
        steps.append(Check(Chains(Chain("bridge", (), Action.UNKNOWN, bridged[0]))))
    all_doubts = dict.fromkeys([*doubts, *found.doubts, *(place for _, place in beside.vrfs)])
    if ports.too_many:
        all_doubts.update((base.place, None) for base in bases)
    findings = list(found.findings)
    findings += (
        (place, "the device takes these packets for itself: what a proxy on it passes on is not seen")
        for place in dict.fromkeys(line.place for base in bases for line in all_lines(base) if line.keeps)
    )
    open_versions = unfiltered(bases)
    sixth = any(one.networks.meets(IPV6) for one in ports.interfaces)
    if "IPv6" in open_versions and "IPv4" not in open_versions and sixth:
        place = next(one.place for one in ports.interfaces if one.networks.meets(IPV6))
        findings.append((place, "IPv6 is routed and no rule filters it"))
    return Device(
        name,
        kind,
        ports.interfaces,
        beside.routes,
        tuple(steps),
        dynamic=not (beside.addressed and beside.routed) or bool(beside.tables),
        coverage=_coverage(bases, relevant, all_doubts),
        doubts=tuple(all_doubts),
        assumptions=(*assumed, *_assumptions(bases, ports, open_versions, bridged=bool(bridged))),
        findings=tuple(findings),
    )


def _assumptions(bases: Sequence[Base], ports: Ports, open_versions: list[str], *, bridged: bool) -> Iterable[str]:
    beside = ports.companions
    yield "the device forwards packets between all its interfaces"
    for version in open_versions:
        yield f"no rule filters {version} that is forwarded: all of it may pass"
    if not beside.addressed:
        yield (
            "the networks of its interfaces were not handed in (ip -j address): any address may be behind any"
            f" interface; its rules name {', '.join(ports.names) or 'none'}"
        )
    elif missing := [one.name for one in ports.interfaces if one not in beside.interfaces]:
        yield f"interfaces that rules name and the device did not have carry nothing: {', '.join(missing)}"
    if not beside.routed:
        yield "its routes were not handed in (ip -j route): any address may be behind any interface"
    if beside.tables:
        named = ", ".join(beside.tables)
        yield f"routing by other tables ({named}) is not read: any address may be behind any interface"
    if beside.learned:
        yield f"routes learned by {', '.join(beside.learned)} are as they were when they were listed"
    if bridged:
        yield "filters between ports of a bridge are not read: hosts of one network reach each other"
    seen = dict.fromkeys(
        (line.condition.depends, line.place) for base in bases for line in all_lines(base) if line.condition.depends
    )
    for on in dict.fromkeys(each for each, _ in seen):
        places = [place for each, place in seen if each == on]
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        yield f"what depends on {on} may match and may not: {places[0]}{more}"


def _coverage(bases: Sequence[Base], relevant: Iterable[Place], doubts: Iterable[Place]) -> Coverage:
    places = list(relevant)
    missed = dict.fromkeys(doubts)
    missed.update((line.place, None) for base in bases for line in all_lines(base) if line.note or line.condition.note)
    counted = dict.fromkeys([*places, *missed])
    return Coverage(len(counted), len(counted) - len(missed), tuple(missed))
