"""Proof of a new policy: the whole network before and after, set by set, without what was observed. Writes no rule.

Where it says ok: in every claimed cell nothing forbidden may pass and all that is required must; everywhere else
nothing forbidden may pass that could not before, and nothing required is lost. Else it shows a packet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from leadglass.network.address import EVERY, network
from leadglass.network.cell import OTHER
from leadglass.network.compare import Comparison
from leadglass.network.device import Device
from leadglass.network.gaps import THROUGH_GATEWAY, Gap, needed_and_closed
from leadglass.network.headers import NOTHING, Box, Headers, Packet, TooManyBoxesError, common, headers, without
from leadglass.network.hospital import Hospital
from leadglass.network.intervals import Intervals, union
from leadglass.network.model_network import Flow, ModelNetwork
from leadglass.network.permitted import Expectation, lacking, real
from leadglass.network.topology import Topology
from leadglass.network.walk import walk
from leadglass.network.witness import pick
from leadglass.network.zones import Part

Progress = Callable[[int, int], None]
"""Called with zones done and zones in all."""

HOSPITAL = "hospital"
MAX_SHOWN = 200  # failures and changes that are kept


class Wrong(StrEnum):
    """What a proof can fail by."""

    STILL_OPEN = "still open"  # in a claimed cell something forbidden may pass
    STILL_BLOCKED = "still blocked"  # in a claimed cell something required may not pass
    OPENED = "opened"  # elsewhere something forbidden may pass that could not
    LOST = "lost"  # something required does not certainly pass any more
    TOO_ENTANGLED = "too entangled"  # the rules overlap too much: nothing is proven


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A packet that shows why not.

    Attributes:
        source, destination: names of zones. service: id, empty where several are meant.
        gap: id of the claimed gap; empty elsewhere.
        packet: None where nothing could be computed.
    """

    wrong: Wrong
    source: str
    destination: str
    service: str = ""
    gap: str = ""
    packet: Packet | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What was shown.

    Attributes:
        ok: nothing speaks against it.
        closed: ids of the gaps that are closed for certain.
        against: why not, each with a packet.
        changed: pairs of zones outside the claims between which something else passes than before: names.
        narrowed: pairs where something that the model allows no longer certainly passes.
    """

    ok: bool
    closed: tuple[str, ...]
    against: tuple[Counterexample, ...]
    changed: tuple[tuple[str, str], ...] = ()
    narrowed: tuple[tuple[str, str], ...] = ()


def substitute(net: Topology, changed: Mapping[str, Device]) -> Topology:
    """The network with devices in the place of those of the same name; interfaces and routes must be the same."""
    segments = (
        replace(
            one, ports=tuple(replace(port, device=changed.get(port.device.name, port.device)) for port in one.ports)
        )
        for one in net.segments
    )
    return Topology(tuple(segments))


def prove(
    comparison: Comparison,
    changed: Mapping[str, Device],
    claims: Iterable[Gap],
    progress: Progress | None = None,
) -> Proof:
    """Whether new policies close the gaps that they claim to close, and harm nothing else.

    Args:
        comparison: of the network as it is; what was observed is not used.
        changed: devices with their new policies, by name.
        claims: gaps to be closed.
        progress: told after each zone.
    """
    after = substitute(comparison.net, changed)
    claimed: dict[tuple[str, str], list[Gap]] = {}
    for gap in claims:
        claimed.setdefault(gap.pair, []).append(gap)
    judge = _Judge(comparison)
    parts = [part for part in comparison.partition.parts if part.addresses]
    for number, source in enumerate(parts, 1):
        try:
            old, new = _arrivals(comparison.net, source.addresses), _arrivals(after, source.addresses)
        except TooManyBoxesError:
            judge.against.append(Counterexample(Wrong.TOO_ENTANGLED, source.name, ""))
            continue
        for destination in parts:
            if destination is not source:
                judge.pair(source, destination, old, new, claimed.get((source.name, destination.name), []))
        if progress is not None:
            progress(number, len(parts))
    ids = [gap.id for some in claimed.values() for gap in some]
    failed = {one.gap for one in judge.against if one.gap}
    if any(one.wrong is Wrong.TOO_ENTANGLED for one in judge.against):
        failed = set(ids)
    return Proof(
        not judge.against,
        tuple(gap for gap in ids if gap not in failed),
        tuple(judge.against[:MAX_SHOWN]),
        tuple(judge.changed[:MAX_SHOWN]),
        tuple(judge.narrowed[:MAX_SHOWN]),
    )


Bounds = tuple[Headers, Headers]


def _arrivals(net: Topology, origin: Intervals) -> Bounds:
    found = walk(net, origin, headers(source=origin))
    return real(found.may), real(found.must)


class _Judge:
    """Grows while pairs of zones are looked at."""

    def __init__(self, comparison: Comparison) -> None:
        self._hospital, self._model = comparison.hospital, comparison.model
        services = comparison.model.services
        self._others = without(headers(), [box for one in services for box in one.between(EVERY, EVERY)])
        self._outside = {role.id for role in comparison.model.roles if role.outside}
        self._gates = leading(comparison.hospital)
        self.against: list[Counterexample] = []
        self.changed: list[tuple[str, str]] = []
        self.narrowed: list[tuple[str, str]] = []

    def pair(self, source: Part, destination: Part, old: Bounds, new: Bounds, claims: list[Gap]) -> None:
        """One pair of zones."""
        outside = self._outside.issuperset(source.roles) and self._outside.issuperset(destination.roles)
        there = headers(destination=destination.addresses)
        before, after = ((common(may, there), common(must, there)) for may, must in (old, new))
        if not claims and (before == after or outside):
            return
        try:
            self._pair(source, destination, before, after, claims)
        except TooManyBoxesError:
            self.against.append(Counterexample(Wrong.TOO_ENTANGLED, source.name, destination.name))

    def _pair(self, source: Part, destination: Part, old: Bounds, new: Bounds, claims: list[Gap]) -> None:
        names = source.name, destination.name
        flows = [
            flow
            for service in self._model.services
            for flow in self._model.flow(source.roles, destination.roles, service.id)
        ]
        direct = [flow for flow in flows if THROUGH_GATEWAY not in flow.obligations]
        listed = self._headers({flow.service for flow in direct}, source, destination)
        opened = without(without(common(new[0], _between(source, destination)), listed), old[0])
        opened = without(opened, [box for gap in claims for box in self._needed(gap, source, destination)])
        self._against(Wrong.OPENED, names, opened)
        for flow in direct:
            if flow.expectation is Expectation.REQUIRED:
                asked = self._of_machines(flow, source, destination)
                self._against(Wrong.LOST, names, without(common(old[1], asked), new[1]), flow.service)
        for service in {flow.service for flow in _gated(self._model)}:
            for ends in self._legs(service, source, destination):
                asked = self._between(service, *ends)
                self._against(Wrong.LOST, names, without(common(old[1], asked), new[1]), service)
        for gap in claims:
            self._claim(gap, source, destination, new)
        if not claims and (without(new[0], old[0]) or without(old[0], new[0])):
            self.changed.append(names)
        if without(common(old[1], listed), new[1]):
            self.narrowed.append(names)

    def _claim(self, gap: Gap, source: Part, destination: Part, new: Bounds) -> None:
        cell = gap.cell
        names = cell.source, cell.destination
        if needed_and_closed(gap):
            service = self._model.service(cell.service)
            ends = self._ends(cell.flows, source, destination)
            left = lacking(new[1], service.ways(*ends)) if service is not None else NOTHING
            if left and service is not None:
                left = without(common(service.ways(*ends)[0], left), new[1])
            self._against(Wrong.STILL_BLOCKED, names, left, cell.service, gap.id)
            return
        asked = self._between(cell.service, source.addresses, destination.addresses)
        self._against(Wrong.STILL_OPEN, names, common(new[0], asked), cell.service, gap.id)

    def _needed(self, gap: Gap, source: Part, destination: Part) -> Headers:
        """What a claim opens on purpose."""
        if not needed_and_closed(gap):
            return NOTHING
        return self._between(gap.cell.service, source.addresses, destination.addresses)

    def _legs(self, service: str, source: Part, destination: Part) -> Iterator[tuple[Intervals, Intervals]]:
        """The legs of flows through a gateway that run between these zones."""
        flows = [flow for flow in _gated(self._model) if flow.service == service]
        entrance, exit_ = (part.addresses.common(self._gates) for part in (destination, source))
        if entrance and any(flow.source in source.roles for flow in flows):
            yield source.addresses, entrance
        if exit_ and any(flow.destination in destination.roles for flow in flows):
            yield exit_, destination.addresses

    def _against(self, wrong: Wrong, names: tuple[str, str], found: Headers, service: str = "", gap: str = "") -> None:
        if found:
            self.against.append(Counterexample(wrong, *names, service, gap, self._packet(found[0])))

    def _packet(self, box: Box) -> Packet:
        return pick(box, union(network(written) for one in self._hospital.machines for written in one.addresses))

    def _between(self, service: str, source: Intervals, destination: Intervals) -> Headers:
        if service == OTHER:
            return common(headers(source, destination), self._others)
        found = self._model.service(service)
        return found.between(source, destination) if found is not None else NOTHING

    def _headers(self, services: set[str], source: Part, destination: Part) -> Headers:
        return tuple(box for name in services for box in self._between(name, source.addresses, destination.addresses))

    def _of_machines(self, flow: Flow, source: Part, destination: Part) -> Headers:
        return self._between(flow.service, *self._ends((flow,), source, destination))

    def _ends(self, flows: tuple[Flow, ...], source: Part, destination: Part) -> tuple[Intervals, Intervals]:
        return (
            machines(self._hospital, source, {flow.source for flow in flows}),
            machines(self._hospital, destination, {flow.destination for flow in flows}),
        )


def leading(hospital: Hospital) -> Intervals:
    """Addresses of the gateways whose legs are kept open: the hospital's own; where it has none, all that there are."""
    own = [gate for gate in hospital.gateways if gate.managed_by == HOSPITAL]
    return union(network(written) for gate in own or hospital.gateways for written in gate.addresses)


def machines(hospital: Hospital, part: Part, roles: set[str]) -> Intervals:
    """The machines of the roles in a zone, where any are declared; else the whole zone."""
    found = union(
        network(written).common(part.addresses)
        for machine in hospital.machines
        if machine.role in roles
        for written in machine.addresses
    )
    return found or part.addresses


def _between(source: Part, destination: Part) -> Headers:
    return headers(source.addresses, destination.addresses)


def _gated(model: ModelNetwork) -> list[Flow]:
    return [flow for flow in model.flows if THROUGH_GATEWAY in flow.obligations]
