"""A first description of a hospital, from configurations of filters and a list of subnets. Never guesses unasked.

Every role that words propose is asked about, and what no list names is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from leadglass.network.address import V6, networks
from leadglass.network.device import Device
from leadglass.network.hospital import Filter, Hospital, Zone
from leadglass.network.importers.zones_csv import ZonesRead, inert, slug
from leadglass.network.intervals import Intervals, union
from leadglass.network.model_network import ModelNetwork
from leadglass.network.zones import SPECIAL

FORMAT = "leadglass-network-1"
LARGEST = 1 << 16  # addresses of an IPv4 network that one zone of its own is made for
MAX_QUESTIONS = 200


@dataclass(frozen=True, slots=True)
class Source:
    """A configuration that was read.

    Attributes:
        file: its name. kind: syntax. device: what it says.
    """

    file: str
    kind: str
    device: Device


@dataclass(frozen=True, slots=True)
class Draft:
    """What was made.

    Attributes:
        hospital: to be completed by people.
        questions: what they should answer, in order.
        proposed: zones whose roles come from words and wait for somebody to say that they are right.
    """

    hospital: Hospital
    questions: tuple[str, ...]
    proposed: frozenset[str]


def draft(
    model: ModelNetwork,
    sources: Sequence[Source],
    listed: ZonesRead | None = None,
    base: Hospital | None = None,
    name: str = "",
) -> Draft:
    """A hospital's file, new or extended.

    Args:
        model: whose roles the zones get.
        sources: configurations, in the order they were handed in.
        listed: the list of subnets; None: zones are made of the networks that the filters are in.
        base: what is described already: it stays as it is, and gets what is new.
        name: of the hospital, where ``base`` gives none.
    """
    zones = list(base.zones) if base is not None else []
    known = {zone.name for zone in zones}
    fresh = [zone for zone in (listed.zones if listed is not None else ()) if zone.name not in known]
    zones += fresh
    made = list(_from_interfaces(sources, zones)) if listed is None and not zones else []
    zones += made
    filters = list(base.filters) if base is not None else []
    named = {one.name for one in filters}
    filters += [
        Filter(name=one.device.name, kind=one.kind, file=one.file) for one in sources if one.device.name not in named
    ]
    start = base or Hospital(format=FORMAT, name=name or "Our hospital", model=model.id)
    hospital = msgspec.structs.replace(start, zones=tuple(zones), filters=tuple(filters))
    proposed = frozenset(zone.name for zone in fresh if zone.roles)
    return Draft(hospital, tuple(_questions(hospital, model, sources, listed, proposed))[:MAX_QUESTIONS], proposed)


def _from_interfaces(sources: Iterable[Source], zones: Sequence[Zone]) -> Iterator[Zone]:
    """A zone for each network that a filter is in and no other has."""
    taken = union(zone.addresses for zone in zones)
    names = {zone.name for zone in zones}
    for source in sources:
        for interface in source.device.interfaces:
            own = interface.networks.common(SPECIAL).without(taken)
            if not interface.enabled or not own:
                continue
            title = inert(interface.zone or interface.name)
            name = slug(title)
            if name in names:
                name = slug(f"{source.device.name}-{title}")
            if name in names:
                continue
            names.add(name)
            taken = taken.union(own)
            yield Zone(name=name, title=title, networks=tuple(networks(own)))


def _questions(
    hospital: Hospital,
    model: ModelNetwork,
    sources: Sequence[Source],
    listed: ZonesRead | None,
    proposed: frozenset[str],
) -> Iterator[str]:
    titles = {role.id: role.title for role in model.roles}
    for zone in hospital.zones:
        said = zone.title or zone.name
        if not zone.roles:
            yield f"Zone {zone.name}: what is {said} ({', '.join(zone.networks[:3])}) in the model?"
        elif zone.name in proposed:
            roles = ", ".join(titles.get(role, role) for role in zone.roles)
            yield f"Zone {zone.name}: its words propose {roles}. Is that right?"
    for place, words in listed.told if listed is not None else ():
        if "tells its role" not in words:  # asked above
            yield f"{place}: {words}."
    declared = union(zone.addresses for zone in hospital.zones)
    for source in sources:
        device = source.device
        yield from _undeclared(device, declared)
        if device.doubts:
            yield f"{device.name}: {len(device.doubts)} lines were not understood, the first at {device.doubts[0]}."
        if device.dynamic:
            yield f"{device.name} learns routes that its configuration does not give: what is behind it?"
    if not hospital.gateways:
        yield "By which ways do vendors reach their devices? Name each as a gateway, modems and tunnels too."
    if not hospital.machines:
        yield "Which machines need DICOM and HL7? Name them with their role; until then every address is asked for."


def _undeclared(device: Device, declared: Intervals) -> Iterator[str]:
    """Private networks that the filter is in or has routes to, and no zone has."""
    wanted = [one.networks for one in device.interfaces if one.enabled]
    wanted += [route.destination for route in device.routes if route.destination.size <= LARGEST]
    left = [one for one in union(wanted).common(SPECIAL).without(declared).spans if one[0] < V6]
    shown = networks(Intervals(tuple(left)))
    if shown:
        more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
        yield f"{device.name} leads to {', '.join(shown[:4])}{more}, which no zone has. What is there?"
