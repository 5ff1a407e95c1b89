"""One ordered pair of zones: a cell for each service, by both bounds. Never walks the network itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leadglass.network.cell import OTHER, Cell
from leadglass.network.headers import NOTHING, Box, Headers, TooManyBoxesError, common, headers, without
from leadglass.network.intervals import Intervals
from leadglass.network.listed import NOT_LISTED, Listed, Machines, expected
from leadglass.network.matrix.sketch import Outline
from leadglass.network.model_network import Flow
from leadglass.network.observed import Observations, Observed
from leadglass.network.permitted import Expectation, Permitted, first_common, needed, permitted
from leadglass.network.reach import Bounds, Reach
from leadglass.network.service import Service
from leadglass.network.zones import Part


@dataclass(frozen=True, slots=True)
class Gate:
    """A gateway through which legs compose.

    Attributes:
        zones: names of the zones its addresses are in.
        reach: what arrives from it.
    """

    name: str
    addresses: Intervals
    zones: tuple[str, ...]
    reach: Reach


@dataclass(frozen=True, slots=True)
class Pair:
    """One ordered pair of zones.

    Attributes:
        found: what arrives from the source. outline: what the first pass says; None where there was none.
        devices: names of those between them.
        flows: of the model, by service. noticed: services that were seen.
        others: headers that no service of the model has.
    """

    machines: Machines
    source: Part
    destination: Part
    found: Reach
    outline: Outline | None
    devices: frozenset[str]
    flows: Mapping[str, Listed]
    noticed: frozenset[str]
    gates: tuple[Gate, ...]
    others: Headers
    services: Mapping[str, Service]
    placed: frozenset[str]

    def cells(self, observations: Observations) -> Iterator[Cell]:
        """Every service of which there may be something to say, and what no service has."""
        for service in self._services():
            listed = self.flows.get(service.id, NOT_LISTED)
            yield self._direct(service, listed, observations.of((self.source.name, self.destination.name, service.id)))
            if listed.gated:
                yield self._gated(service, listed.gated, observations)
        yield self._rest(observations.of((self.source.name, self.destination.name, OTHER)))

    def _services(self) -> Iterator[Service]:
        if self.outline is None:
            return iter(self.services.values())
        told = {*self.outline.open, *self.flows, *self.noticed} & self.services.keys()
        return (self.services[name] for name in sorted(told, key=self.outline.sketch.numbers.__getitem__))

    def _bounds(self, service: str, flows: tuple[Flow, ...] = ()) -> Bounds:
        """What arrives of a service and those that may stand in for it, and perhaps of others."""
        if self.outline is not None:
            names = (service, *(name for flow in flows for name in flow.instead if name in self.services))
            outlined = self.outline.bounds(names)
            if outlined is not None:
                return outlined
        return self.found.towards(self.destination.addresses)

    def _direct(self, service: Service, listed: Listed, seen: Observed) -> Cell:
        flows, wanted = listed.direct, listed.wanted
        shown = flows or listed.gated  # what goes through the gateway alone is forbidden on any other way
        if self.outline is not None and wanted is not Expectation.REQUIRED:
            outlined = self.outline.answer(service.id, wanted)
            if outlined is not None:
                example = self.outline.example(service.id) if outlined is not Permitted.NONE else None
                return self._cell(service.id, wanted, outlined, seen, shown, example=example)
        bounds = self._bounds(service.id, flows)
        if wanted is Expectation.FORBIDDEN and not bounds[0]:
            return self._cell(service.id, wanted, Permitted.NONE, seen, shown)
        ends = (
            self._ends(flows) if wanted is Expectation.REQUIRED else (self.source.addresses, self.destination.addresses)
        )
        wanted, answer = self._answer(service, flows, bounds, ends)
        lost = not {self.source.name, self.destination.name} <= self.placed
        if lost and wanted is Expectation.REQUIRED and answer is Permitted.NONE:
            answer = Permitted.NOT_COVERED  # nobody showed where it would have to pass
        return self._cell(
            service.id, wanted, answer, seen, shown, example=_example(service, wanted, answer, bounds, ends)
        )

    def _gated(self, service: Service, flows: tuple[Flow, ...], observations: Observations) -> Cell:
        """The best of the gateways: both legs must be open."""
        chosen, wanted, best = "", expected(flows), Permitted.NONE
        seen = Observed.NOT_VISIBLE
        for gate in self.gates:
            onto = self.found.towards(gate.addresses)
            onward = gate.reach.towards(self.destination.addresses)
            first = self._answer(service, flows, onto, (self.source.addresses, gate.addresses))
            second = self._answer(service, flows, onward, (gate.addresses, self.destination.addresses))
            both = min(first[1], second[1], key=_ORDER.index)
            if not chosen or _ORDER.index(both) > _ORDER.index(best):
                chosen, best = gate.name, both
                seen = self._legs_seen(gate, service, observations)
        return self._cell(service.id, wanted, best, seen, flows, chosen or "gateway")

    def _legs_seen(self, gate: Gate, service: Service, observations: Observations) -> Observed:
        """Seen where both legs were; unseen where one was watched and silent."""
        first = {observations.of((self.source.name, zone, service.id)) for zone in gate.zones}
        second = {observations.of((zone, self.destination.name, service.id)) for zone in gate.zones}
        if Observed.SEEN in first and Observed.SEEN in second:
            return Observed.SEEN
        silent = first == {Observed.UNSEEN} or second == {Observed.UNSEEN}
        return Observed.UNSEEN if silent else Observed.NOT_VISIBLE

    def _answer(
        self, service: Service, flows: tuple[Flow, ...], bounds: Bounds, ends: tuple[Intervals, Intervals]
    ) -> tuple[Expectation, Permitted]:
        """What passes; a need that another service serves makes this one merely allowed."""
        wanted = expected(flows)
        if wanted is Expectation.REQUIRED:
            answer = needed(*bounds, service.ways(*ends)) if bounds[0] else Permitted.NONE
            others = dict.fromkeys(name for flow in flows for name in flow.instead if name in self.services)
            if answer is Permitted.ALL or not self._served(service, list(others), bounds, ends, answer):
                return wanted, answer
            wanted = Expectation.ALLOWED
        if not bounds[0]:
            return wanted, Permitted.NONE
        return wanted, permitted(*bounds, service.between(*ends), wanted)

    def _served(
        self, service: Service, others: list[str], bounds: Bounds, ends: tuple[Intervals, Intervals], own: Permitted
    ) -> bool:
        """Whether other services may serve the need; where none does, the first of them all stands for it."""
        if not others:
            return False
        first = min((service.id, *others), key=self._rank)
        if not bounds[0]:
            return service.id != first
        ways = {name: self.services[name].ways(*ends) for name in (service.id, *others)}
        joint = needed(*bounds, [way for each in ways.values() for way in each])
        if joint is Permitted.ALL:
            return True
        if joint is Permitted.NOT_COVERED:
            return own is not Permitted.NOT_COVERED  # which stands for the need, as what cannot be told
        begun = [name for name, each in ways.items() if needed(*bounds, each) is not Permitted.NONE]
        return service.id not in begun and (bool(begun) or service.id != first)

    def _rank(self, service: str) -> int:
        return list(self.services).index(service)

    def _rest(self, seen: Observed) -> Cell:
        if self.outline is not None:
            outlined = self.outline.answer(OTHER, Expectation.FORBIDDEN)
            if outlined is not None:
                example = self.outline.example(OTHER) if outlined is not Permitted.NONE else None
                return self._cell(OTHER, Expectation.FORBIDDEN, outlined, seen, example=example)
        bounds = self._bounds(OTHER)
        if not bounds[0]:
            return self._cell(OTHER, Expectation.FORBIDDEN, Permitted.NONE, seen)
        asked = common(headers(self.source.addresses, self.destination.addresses), self.others)
        answer = permitted(*bounds, asked, Expectation.FORBIDDEN)
        example = None
        if answer is not Permitted.NONE:
            example = first_common(bounds[1], asked) or first_common(bounds[0], asked)
        return self._cell(OTHER, Expectation.FORBIDDEN, answer, seen, example=example)

    def _cell(
        self,
        service: str,
        wanted: Expectation,
        answer: Permitted,
        seen: Observed,
        flows: tuple[Flow, ...] = (),
        through: str = "",
        example: Box | None = None,
    ) -> Cell:
        ends = (self.source.name, self.destination.name)
        return Cell(*ends, service, wanted, answer, seen, flows, through, self.devices, example)

    def _ends(self, flows: tuple[Flow, ...]) -> tuple[Intervals, Intervals]:
        """The machines of the roles that need it, where any are declared; else the whole zones."""
        return (
            self.machines.within(self.source, frozenset(flow.source for flow in flows)),
            self.machines.within(self.destination, frozenset(flow.destination for flow in flows)),
        )


_ORDER = [Permitted.NONE, Permitted.NOT_COVERED, Permitted.SOME, Permitted.ALL]


def _example(
    service: Service, wanted: Expectation, answer: Permitted, bounds: Bounds, ends: tuple[Intervals, Intervals]
) -> Box | None:
    may, must = bounds
    if wanted is not Expectation.REQUIRED and answer is Permitted.NONE:
        return None
    asked = service.between(*ends)
    if wanted is not Expectation.REQUIRED:
        return first_common(must, asked) or first_common(may, asked)
    if answer is Permitted.ALL:
        return first_common(must, asked)
    way = next(iter(service.ways(*ends)), NOTHING)
    if not way:
        return None  # both ends have no IP version in common
    try:
        missing = without(way, may if answer is not Permitted.NOT_COVERED else must)
    except TooManyBoxesError:
        missing = NOTHING
    return missing[0] if missing else way[0]
