"""The effect of an ASA's translation rules in both directions: un-translated before routing, translated after it.

A packet whose reply would meet another rule than it met itself is dropped (the reverse path check of NAT): direct
access to the real address of a translated host may therefore pass in an importer's eyes, and never must.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leadglass.network.address import EVERY
from leadglass.network.device import Rewrite, Translate, Translation
from leadglass.network.headers import NOTHING, PORTS, PROTOCOLS, Headers, headers
from leadglass.network.importers.asa.nat import Nat
from leadglass.network.importers.cisco.bounded import Ports
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.intervals import Intervals

Routed = Callable[[str], Intervals]
"""Addresses that routes send out of an interface."""

ANY_PORTS = Ports()


def untranslated(rules: Sequence[Nat], routed: Routed, notes: Notes) -> Translate:
    """What becomes of destinations before the way out is chosen."""
    found: list[Translation] = []
    for nat in rules:
        found += _untranslated(nat, routed, notes)
    return Translate(tuple(found))


def translated(rules: Sequence[Nat], notes: Notes) -> Translate:
    """What becomes of sources once the way out is chosen."""
    found: list[Translation] = []
    for nat in rules:
        found += _translated(nat, notes)
    return Translate(tuple(found))


def _untranslated(nat: Nat, routed: Routed, notes: Notes) -> list[Translation]:
    place = notes.place(nat.line)
    near, far = _names(nat.real_interface), _names(nat.mapped_interface)
    before, after = nat.real_ports or ANY_PORTS, nat.mapped_ports or ANY_PORTS
    found: list[Translation] = []
    if nat.static and not nat.one_way:
        may, must = _certain(nat, nat.mapped, nat.real, nat.real_interface, routed, notes)
        hit = _reverse_match(nat, may)
        found.append(
            Translation(
                place,
                Rewrite.DESTINATION,
                hit,
                _reverse_match(nat, must),
                nat.real,
                _new_port(after.source, before.source),
                keeps_offset=_shifts(nat.mapped, nat.real),
                exempt=nat.identity,
                ingress=far,
            )
        )
    elif nat.pool:
        found.append(
            Translation(
                place,
                Rewrite.DESTINATION,
                headers(nat.far_real or EVERY, nat.mapped),
                NOTHING,
                nat.real,
                ingress=far,
                note="reaches a host for as long as it is mapped",
            )
        )
    if nat.far_mapped is not None and nat.far_real is not None:
        may, must = _certain(nat, nat.far_mapped, nat.far_real, nat.mapped_interface, routed, notes)
        found.append(
            Translation(
                place,
                Rewrite.DESTINATION,
                _forward_match(nat, may, before),
                _forward_match(nat, must, before),
                nat.far_real,
                _new_port(before.destination, after.destination),
                keeps_offset=_shifts(nat.far_mapped, nat.far_real),
                exempt=nat.far_mapped == nat.far_real and before.destination == after.destination,
                ingress=near,
            )
        )
    return [*found, *_asymmetric(nat, routed, notes)]


def _certain(
    nat: Nat, seen: Intervals, real: Intervals, interface: str | None, routed: Routed, notes: Notes
) -> tuple[Intervals, Intervals]:
    """Destinations that a rule takes up, and those that it certainly sends where routes send them too.

    An ASA sends what a rule un-translates out of the rule's interface; where routes say otherwise nothing is claimed.
    """
    if interface is None:
        return seen, seen
    if seen == real:
        return seen, seen.common(routed(interface))
    if real.within(routed(interface)):
        return seen, seen
    notes.finding(nat.line, f"addresses behind this translation are not routed to its interface {interface}")
    return seen, Intervals()


def _asymmetric(nat: Nat, routed: Routed, notes: Notes) -> list[Translation]:
    """Packets straight to real addresses whose replies this rule would translate: they are claimed no more."""
    found = []
    if not nat.identity:
        real = nat.real if nat.real_interface is None else nat.real.common(routed(nat.real_interface))
        ports = nat.real_ports.source if nat.real_ports is not None else PORTS
        protocol = nat.real_ports.protocol if nat.real_ports is not None else PROTOCOLS
        direct = headers(nat.far_real or EVERY, real, protocol, destination_port=ports)
        found.append(_unclaimed(nat, direct, nat.mapped_interface, notes))
    if nat.far_real is not None and nat.far_real != nat.far_mapped:
        found.append(_unclaimed(nat, headers(nat.real, nat.far_real), nat.real_interface, notes))
    return found


def _unclaimed(nat: Nat, direct: Headers, ingress: str | None, notes: Notes) -> Translation:
    return Translation(
        notes.place(nat.line),
        Rewrite.DESTINATION,
        direct,
        NOTHING,
        exempt=True,
        ingress=_names(ingress),
        note="the reply would be translated: the reverse path check drops it",
    )


def _translated(nat: Nat, notes: Notes) -> list[Translation]:
    place = notes.place(nat.line)
    near, far = _names(nat.real_interface), _names(nat.mapped_interface)
    before, after = nat.real_ports or ANY_PORTS, nat.mapped_ports or ANY_PORTS
    forward = headers(
        nat.real, nat.far_real or EVERY, before.protocol.common(after.protocol), before.source, after.destination
    )
    found = [
        Translation(
            place,
            Rewrite.SOURCE,
            forward,
            forward,
            nat.mapped,
            _new_port(before.source, after.source),
            keeps_offset=nat.static and _shifts(nat.real, nat.mapped),
            exempt=nat.identity,
            ingress=near,
            egress=far,
        )
    ]
    if nat.static and not nat.one_way and nat.far_mapped is not None and nat.far_real is not None:
        back = headers(nat.far_real, nat.real, before.protocol, after.destination, before.source)
        found.append(
            Translation(
                place,
                Rewrite.SOURCE,
                back,
                back,
                nat.far_mapped,
                _new_port(after.destination, before.destination),
                keeps_offset=_shifts(nat.far_real, nat.far_mapped),
                exempt=nat.far_mapped == nat.far_real and before.destination == after.destination,
                ingress=far,
                egress=near,
            )
        )
    return found


def _reverse_match(nat: Nat, destination: Intervals) -> Headers:
    after = nat.mapped_ports or ANY_PORTS
    return headers(nat.far_real or EVERY, destination, after.protocol, after.destination, after.source)


def _forward_match(nat: Nat, destination: Intervals, before: Ports) -> Headers:
    return headers(nat.real, destination, before.protocol, before.source, before.destination)


def _new_port(seen: Intervals, becomes: Intervals) -> Intervals | None:
    return None if seen == becomes else becomes


def _shifts(seen: Intervals, becomes: Intervals) -> bool:
    """Whether each address keeps its place in the range."""
    return seen.size == becomes.size and len(seen.spans) == len(becomes.spans) == 1 and seen.size > 1


def _names(interface: str | None) -> frozenset[str] | None:
    return None if interface is None else frozenset({interface})
