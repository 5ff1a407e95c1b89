"""The comparison: for each pair of zones and service what the model says, what may pass, what was seen. No judging."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from leadglass.network.address import EVERY, network
from leadglass.network.device import Device
from leadglass.network.headers import NOTHING, Headers, TooManyBoxesError, common, headers, without
from leadglass.network.hospital import Hospital
from leadglass.network.intervals import Intervals, union
from leadglass.network.model_network import Flow, ModelNetwork, Service
from leadglass.network.observed import NOTHING_SEEN, Observations, Observed
from leadglass.network.permitted import Expectation, Permitted, permitted, real
from leadglass.network.topology import Topology, topology
from leadglass.network.walk import walk
from leadglass.network.zones import Part, Partition, partition

OTHER = "other"
"""The service of all headers that no service of the model has."""

Progress = Callable[[int, int], None]
"""Called with zones done and zones in all."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One service from one zone to another.

    Attributes:
        flows: of the model that speak of it; none: forbidden because nothing lists it.
        permitted: what the filters say. through: name of the gateway whose two legs were asked, empty for direct ways.
        devices: names of the filters on the ways from this zone.
    """

    source: str
    destination: str
    service: str
    expectation: Expectation
    permitted: Permitted
    observed: Observed
    flows: tuple[Flow, ...] = ()
    through: str = ""
    devices: frozenset[str] = frozenset()

    @property
    def obligations(self) -> tuple[str, ...]:
        """What must be true of it beside passing."""
        return tuple(dict.fromkeys(one for flow in self.flows for one in flow.obligations))


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of it.

    Attributes:
        cells: those of which there is something to say: listed by the model, permitted, seen, or not covered.
        plain: cells in all; the others are forbidden, closed and unseen.
        assumptions: what was taken for granted, in words.
    """

    partition: Partition
    cells: tuple[Cell, ...]
    plain: int
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """What arrives from one origin: headers with the real endpoints. ``blind``: the rules overlap too much to tell."""

    may: Headers
    must: Headers
    devices: frozenset[str]
    blind: bool = False

    def towards(self, destination: Intervals) -> tuple[Headers, Headers]:
        """The part that arrives at these addresses."""
        there = headers(destination=destination)
        return (there if self.blind else common(self.may, there)), common(self.must, there)


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
    net = topology(devices, ((part.name, part.addresses) for part in zones.parts[:-2]))
    gateways = {one.name: union(map(network, one.addresses)) for one in hospital.gateways if one.addresses}
    reached = {name: reach(net, addresses) for name, addresses in gateways.items()}
    others = without(headers(), [box for service in model.services for box in service.between(EVERY, EVERY)])
    cells: list[Cell] = []
    plain = 0
    parts = [part for part in zones.parts if part.addresses]
    for number, source in enumerate(parts, 1):
        found = reach(net, source.addresses)
        for destination in parts:
            if destination is not source:
                pair = _Pair(hospital, model, source, destination, found, gateways, reached, others)
                for cell in pair.cells(observations):
                    plain += 1
                    if cell.flows or cell.permitted is not Permitted.NONE or cell.observed is Observed.SEEN:
                        cells.append(cell)
        if progress is not None:
            progress(number, len(parts))
    return Comparison(zones, tuple(cells), plain, _assumptions(hospital, devices))


@dataclass(frozen=True, slots=True)
class _Pair:
    """One ordered pair of zones."""

    hospital: Hospital
    model: ModelNetwork
    source: Part
    destination: Part
    found: Reach
    gateways: dict[str, Intervals]
    reached: dict[str, Reach]
    others: Headers

    def cells(self, observations: Observations) -> Iterator[Cell]:
        """Every service, and what no service has."""
        may, must = self.found.towards(self.destination.addresses)
        linked = any({self.source.name, self.destination.name} == set(one.between) for one in self.hospital.links)
        ends = headers(self.source.addresses, self.destination.addresses)
        if linked:
            may = ends
        for service in self.model.services:
            flows = tuple(self.model.flow(self.source.roles, self.destination.roles, service.id))
            seen = observations.of((self.source.name, self.destination.name, service.id))
            yield from self._service(service, flows, may, must, seen)
        seen = observations.of((self.source.name, self.destination.name, OTHER))
        answer = permitted(may, must, common(ends, self.others), Expectation.FORBIDDEN) if may else Permitted.NONE
        yield self._cell(OTHER, Expectation.FORBIDDEN, answer, seen)

    def _service(
        self, service: Service, flows: tuple[Flow, ...], may: Headers, must: Headers, seen: Observed
    ) -> Iterator[Cell]:
        gated = tuple(flow for flow in flows if "through-gateway" in flow.obligations)
        direct = tuple(flow for flow in flows if flow not in gated)
        wanted = _expected(direct)
        asked = self._asked(service, direct) if wanted is Expectation.REQUIRED else self._whole(service)
        answer = permitted(may, must, asked, wanted) if may or wanted is not Expectation.FORBIDDEN else Permitted.NONE
        # What the model lets through the gateway alone is forbidden on any other way.
        yield self._cell(service.id, wanted, answer, seen, direct or gated)
        if gated:
            name, legs = self._legs(service, _expected(gated))
            yield self._cell(service.id, _expected(gated), legs, seen, gated, through=name or "gateway")

    def _cell(
        self,
        service: str,
        wanted: Expectation,
        answer: Permitted,
        seen: Observed,
        flows: tuple[Flow, ...] = (),
        through: str = "",
    ) -> Cell:
        return Cell(
            self.source.name, self.destination.name, service, wanted, answer, seen, flows, through, self.found.devices
        )

    def _whole(self, service: Service) -> Headers:
        return service.between(self.source.addresses, self.destination.addresses)

    def _asked(self, service: Service, flows: tuple[Flow, ...]) -> Headers:
        """Between the machines of the roles that need it, where any are declared; else between the whole zones."""
        sources = self._machines(self.source, {flow.source for flow in flows})
        destinations = self._machines(self.destination, {flow.destination for flow in flows})
        return service.between(sources, destinations)

    def _machines(self, part: Part, roles: set[str]) -> Intervals:
        found = union(
            network(written).common(part.addresses)
            for machine in self.hospital.machines
            if machine.role in roles
            for written in machine.addresses
        )
        return found or part.addresses

    def _legs(self, service: Service, wanted: Expectation) -> tuple[str, Permitted]:
        """The best of the gateways: both legs must be open."""
        best, chosen = Permitted.NONE, ""
        order = [Permitted.NONE, Permitted.NOT_COVERED, Permitted.SOME, Permitted.ALL]
        for name, addresses in self.gateways.items():
            first = permitted(*self.found.towards(addresses), service.between(self.source.addresses, addresses), wanted)
            onward = service.between(addresses, self.destination.addresses)
            second = permitted(*self.reached[name].towards(self.destination.addresses), onward, wanted)
            both = min(first, second, key=order.index)
            if not chosen or order.index(both) > order.index(best):
                best, chosen = both, name
        return chosen, best


def _expected(flows: tuple[Flow, ...]) -> Expectation:
    if any(flow.expectation is Expectation.REQUIRED for flow in flows):
        return Expectation.REQUIRED
    return Expectation.ALLOWED if flows else Expectation.FORBIDDEN


def _assumptions(hospital: Hospital, devices: tuple[Device, ...]) -> tuple[str, ...]:
    found = [f"{device.name}: {words}" for device in devices for words in device.assumptions]
    found.append("Machines of one zone reach each other; between networks that no filter here joins nothing passes.")
    found += [
        f"The link {one.name!r} is known and not given: what crosses it is not covered." for one in hospital.links
    ]
    found += [f"{one.name} is the standby of {one.pair}: both are one." for one in hospital.filters if one.pair]
    return tuple(found)
