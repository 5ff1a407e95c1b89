"""The comparison: for each pair of zones and service what the model says, what may pass, what was seen. No judging."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from leadglass.network.address import EVERY, network
from leadglass.network.cell import OTHER, Cell
from leadglass.network.device import Device, Interface, Routing
from leadglass.network.headers import NOTHING, TooManyBoxesError, headers, without
from leadglass.network.hospital import Hospital, Link, ServiceGateway
from leadglass.network.intervals import Intervals, union
from leadglass.network.model_network import ModelNetwork
from leadglass.network.observed import NOTHING_SEEN, Observations, Observed
from leadglass.network.pair import ByRoles, Gate, Pair, Reach
from leadglass.network.permitted import Permitted, real
from leadglass.network.rule import Place
from leadglass.network.topology import Topology, topology
from leadglass.network.walk import walk
from leadglass.network.zones import Partition, partition

__all__ = ["OTHER", "Cell", "Comparison", "Reach", "compare", "reach"]  # what others know by this name

Progress = Callable[[int, int], None]
"""Called with zones done and zones in all."""

LINK = "link"
"""Kind of the device that stands for a declared link."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of it.

    Attributes:
        hospital, model, observations: what was compared. partition: its zones; `net`: its ways.
        cells: those of which there is something to say: listed by the model, permitted, seen, or not covered.
        asked: pairs of zones times services; the others are forbidden, closed and unseen.
        assumptions: what was taken for granted, in words.
    """

    hospital: Hospital
    model: ModelNetwork
    partition: Partition
    net: Topology
    observations: Observations
    cells: tuple[Cell, ...]
    asked: int
    assumptions: tuple[str, ...]


def reach(net: Topology, origin: Intervals) -> Reach:
    """What arrives from ``origin``."""
    try:
        arrived = walk(net, origin, headers(source=origin))
    except TooManyBoxesError:
        return Reach(NOTHING, NOTHING, frozenset(), blind=True)
    return Reach(real(arrived.may), real(arrived.must), arrived.devices)


def compare(
    hospital: Hospital,
    model: ModelNetwork,
    devices: tuple[Device, ...],
    observations: Observations = NOTHING_SEEN,
    progress: Progress | None = None,
) -> Comparison:
    """The hospital's network held against the model.

    Args:
        hospital: zones, machines, gateways.
        model: what should be.
        devices: its filters as configured; standbys left out.
        observations: what traffic showed.
        progress: told after each zone.
    """
    zones = partition(hospital)
    joined = (*devices, *(link_device(one, zones) for one in hospital.links))
    net = topology(joined, _subnets(hospital, zones, joined))
    gates = tuple(_gate(net, zones, one) for one in hospital.gateways if one.addresses)
    others = without(headers(), [box for service in model.services for box in service.between(EVERY, EVERY)])
    services = {service.id: service for service in model.services}
    listed = ByRoles(model)
    noticed = {key[:2] for key in observations.seen}
    cells: list[Cell] = []
    asked = 0
    parts = [part for part in zones.parts if part.addresses]
    for number, source in enumerate(parts, 1):
        found = reach(net, source.addresses)
        for destination in parts:
            if destination is source:
                continue
            flows = listed.between(source.roles, destination.roles)
            bounds = found.towards(destination.addresses)
            asked += len(services) + 1
            if flows or bounds[0] or (source.name, destination.name) in noticed:
                pair = Pair(hospital, source, destination, found, bounds, flows, gates, others, services)
                cells += (cell for cell in pair.cells(observations) if _telling(cell))
        if progress is not None:
            progress(number, len(parts))
    return Comparison(hospital, model, zones, net, observations, tuple(cells), asked, _assumptions(hospital, devices))


def _telling(cell: Cell) -> bool:
    return bool(cell.flows) or cell.permitted is not Permitted.NONE or cell.observed is Observed.SEEN


def _subnets(hospital: Hospital, zones: Partition, devices: tuple[Device, ...]) -> Iterator[tuple[str, Intervals]]:
    """Declared networks, each by itself, without what an interface is on: two interfaces of one zone stay two."""
    known = union(one.networks for device in devices for one in device.interfaces if one.enabled)
    for zone, part in zip(hospital.zones, zones.parts, strict=False):
        for written in zone.networks:
            rest = network(written).common(part.addresses).without(known)
            if rest:
                yield f"{zone.name} {written}", rest


def _gate(net: Topology, zones: Partition, gateway: ServiceGateway) -> Gate:
    addresses = union(map(network, gateway.addresses))
    names = tuple(part.name for part in zones.parts if part.addresses.meets(addresses))
    return Gate(gateway.name, addresses, names, reach(net, addresses))


def link_device(link: Link, zones: Partition) -> Device:
    """What is known to join two zones and is given by nobody: anything may pass it, nothing must.

    One interface for each span of addresses, so that it joins no networks into one that filters keep apart.
    """
    spans = [span for part in zones.parts if part.name in link.between for span in part.addresses.spans]
    interfaces = [Interface(f"{link.name}-{index}", Intervals((span,))) for index, span in enumerate(spans)]
    place = Place(f"link {link.name}", 0, link.note)
    return Device(link.name, LINK, tuple(interfaces), (), (Routing(),), doubts=(place,))


def _assumptions(hospital: Hospital, devices: tuple[Device, ...]) -> tuple[str, ...]:
    found = [f"{device.name}: {words}" for device in devices for words in device.assumptions]
    found.append("Machines of one zone reach each other; between networks that no filter here joins nothing passes.")
    found += [
        f"The link {one.name!r} is known and not given: what crosses it is not covered." for one in hospital.links
    ]
    found += [f"{one.name} is the standby of {one.pair}: both are one." for one in hospital.filters if one.pair]
    return tuple(found)
