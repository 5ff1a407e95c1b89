"""The comparison: for each pair of zones and service what the model says, what may pass, what was seen. No judging."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from leadglass.network.address import EVERY, network
from leadglass.network.cell import OTHER, Cell
from leadglass.network.device import LINK, Check, Device, Interface, Routing
from leadglass.network.headers import TCP, headers, without
from leadglass.network.hospital import UNASSOCIATED, Hospital, Link, ServiceGateway
from leadglass.network.intervals import Intervals, union
from leadglass.network.listed import ByRoles, Machines
from leadglass.network.matrix.layout import layout
from leadglass.network.model_network import ModelNetwork
from leadglass.network.observed import NOTHING_SEEN, Observations, Observed
from leadglass.network.pair import Gate, Pair
from leadglass.network.permitted import Permitted
from leadglass.network.reach import Published, Reach, published
from leadglass.network.rule import Action, Chain, Chains, Place
from leadglass.network.topology import Topology, topology
from leadglass.network.transit import guesses
from leadglass.network.zones import Part, Partition, partition

__all__ = ["OTHER", "Cell", "Comparison", "compare"]  # what others know by this name

Progress = Callable[[int, int], None]
"""Called with zones done and zones in all."""

SMALLEST_DEFAULT = 1 << 31  # addresses: half of IPv4, as 0.0.0.0/1 and 128.0.0.0/1 are written instead of one route


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of it.

    Attributes:
        hospital, model, observations: what was compared. partition: its zones; `net`: its ways.
        cells: those of which there is something to say: listed by the model, permitted, seen, or not covered.
        asked: pairs of zones times services; the others are forbidden, closed and unseen.
        placed: names of zones of which some configuration shows where they are connected.
        assumptions: what was taken for granted, in words.
    """

    hospital: Hospital
    model: ModelNetwork
    partition: Partition
    net: Topology
    observations: Observations
    cells: tuple[Cell, ...]
    asked: int
    placed: frozenset[str]
    assumptions: tuple[str, ...]


def compare(
    hospital: Hospital,
    model: ModelNetwork,
    devices: tuple[Device, ...],
    observations: Observations = NOTHING_SEEN,
    progress: Progress | None = None,
    *,
    sketched: bool = True,
) -> Comparison:
    """The hospital's network held against the model.

    Args:
        hospital: zones, machines, gateways.
        model: what should be.
        devices: its filters as configured; standbys left out.
        observations: what traffic showed.
        progress: told after each zone.
        sketched: with a first pass that leaves to the exact engine what it cannot tell; the answers are the same, or
            "some" where that engine claims nothing because one of several ways translates destinations.
    """
    zones = partition(hospital)
    joined = (*devices, *(link_device(one, zones) for one in hospital.links))
    net = topology(joined, _subnets(hospital, zones, joined))
    known = published(net)
    gates = tuple(_gate(net, known, zones, one) for one in hospital.gateways if one.addresses)
    listed_headers = [box for service in model.services for box in service.between(EVERY, EVERY)]
    others = tuple(sorted(without(headers(), listed_headers), key=lambda box: not box.protocol.has(TCP)))
    services = {service.id: service for service in model.services}
    listed = ByRoles(model)
    noticed: dict[tuple[str, str], set[str]] = {}
    for source_name, destination_name, service in observations.seen:
        noticed.setdefault((source_name, destination_name), set()).add(service)
    machines = Machines(hospital)
    cells: list[Cell] = []
    asked = 0
    outside = {role.id for role in model.roles if role.outside} | {UNASSOCIATED}
    placed = _placed(net, zones)
    parts = [part for part in _whereabouts(zones, joined) if part.addresses]
    laid = layout(net, [part.addresses for part in parts])
    crossed = laid.crossed() if laid is not None else None
    every = frozenset(one.name for one in joined)
    first = laid.sketch(model.services) if laid is not None and sketched else None
    theirs = [bool(part.roles) and outside.issuperset(part.roles) for part in parts]
    for number, source in enumerate(parts):
        found = Reach(net, source.addresses, known)
        for other, destination in enumerate(parts):
            if destination is source or (theirs[number] and theirs[other]):
                continue  # what passes among those is not the hospital's to say
            asked += len(services) + 1
            flows = listed.between(source.roles, destination.roles)
            seen = noticed.get((source.name, destination.name), ())
            if first and first.silent[number][other] and not flows and not seen:
                continue
            outline = first.outline(number, other, (source.addresses, destination.addresses)) if first else None
            devices_between = crossed.between(number, other) if crossed is not None else every
            pair = Pair(
                machines, source, destination, found, outline, devices_between, flows, frozenset(seen), gates, others,
                services, placed,
            )  # fmt: skip
            cells += (cell for cell in pair.cells(observations) if _telling(cell))
        if progress is not None:
            progress(number + 1, len(parts))
    assumptions = _assumptions(hospital, devices, [part for part in zones.parts[:-2] if part.name not in placed])
    return Comparison(hospital, model, zones, net, observations, tuple(cells), asked, placed, assumptions)


def _telling(cell: Cell) -> bool:
    return bool(cell.flows) or cell.permitted is not Permitted.NONE or cell.observed is Observed.SEEN


def _whereabouts(zones: Partition, devices: tuple[Device, ...]) -> Iterator[Part]:
    """Zones; of undeclared private space what a network or a route other than the default one names.

    The rest of it would be wherever the default route leads, which is where the Internet is.
    """
    known = EVERY if any(guesses(device) for device in devices if device.kind != LINK) else named(devices)
    for part in zones.parts:
        if part.name == UNASSOCIATED:
            yield replace(part, addresses=part.addresses.common(known))
        else:
            yield part


def named(devices: Iterable[Device]) -> Intervals:
    """Addresses that a network or a route other than a default one of these devices names."""
    found = [one.networks for device in devices for one in device.interfaces if one.enabled]
    routes = (route.destination for device in devices for route in device.routes)
    return union([*found, *(destination for destination in routes if destination.size < SMALLEST_DEFAULT)])


def _subnets(hospital: Hospital, zones: Partition, devices: tuple[Device, ...]) -> Iterator[tuple[str, Intervals]]:
    """Declared networks, each by itself, without what an interface is on: two interfaces of one zone stay two."""
    known = union(one.networks for device in devices for one in device.interfaces if one.enabled)
    for zone, part in zip(hospital.zones, zones.parts, strict=False):
        for written in zone.networks:
            rest = network(written).common(part.addresses).without(known)
            if rest:
                yield f"{zone.name} {written}", rest


def _gate(net: Topology, known: Published, zones: Partition, gateway: ServiceGateway) -> Gate:
    addresses = union(map(network, gateway.addresses))
    names = tuple(part.name for part in zones.parts if part.addresses.meets(addresses))
    return Gate(gateway.name, addresses, names, Reach(net, addresses, known))


def link_device(link: Link, zones: Partition) -> Device:
    """What is known to join two zones and is given by nobody: anything may cross it and go on from there, nothing must.

    One interface for each span of addresses, so that it joins no networks into one that filters keep apart.
    """
    spans = [span for part in zones.parts if part.name in link.between for span in part.addresses.spans]
    interfaces = [Interface(f"{link.name}-{index}", Intervals((span,))) for index, span in enumerate(spans)]
    chain = Chain(link.name, (), Action.UNKNOWN, Place(f"link {link.name}", 0, link.note))
    return Device(link.name, LINK, tuple(interfaces), (), (Routing(), Check(Chains(chain))), dynamic=True)


def _placed(net: Topology, zones: Partition) -> frozenset[str]:
    """Zones that have an address which some device leads to."""
    located = union(
        segment.located for segment in net.segments if any(port.device.kind != LINK for port in segment.ports)
    )
    return frozenset(part.name for part in zones.parts if part.addresses.meets(located))


def _assumptions(hospital: Hospital, devices: tuple[Device, ...], lost: list[Part]) -> tuple[str, ...]:
    found = [f"{device.name}: {words}" for device in devices for words in device.assumptions]
    found.append("Private addresses that no zone, network or route but a default one names are nowhere.")
    found.append("Machines of one zone reach each other; between networks that no filter here joins nothing passes.")
    found += [f"No configuration here shows where {part.title} is connected: nothing is said to pass." for part in lost]
    found += [
        f"The link {one.name!r} is known and not given: what crosses it is not covered." for one in hospital.links
    ]
    found += [f"{one.name} is the standby of {one.pair}: both are one." for one in hospital.filters if one.pair]
    return tuple(found)
