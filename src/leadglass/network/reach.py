"""What arrives from one origin, asked destination by destination. Never works out more than it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from leadglass.network.device import Rewrite, Translate
from leadglass.network.headers import NOTHING, Headers, TooManyBoxesError, common, headers
from leadglass.network.intervals import Intervals, union
from leadglass.network.permitted import real
from leadglass.network.topology import Topology
from leadglass.network.walk import walk

Bounds = tuple[Headers, Headers]
"""May and must: headers with the real endpoints."""

Published = tuple[tuple[Intervals, Intervals], ...]
"""Of each translation of destinations: the addresses it matches, and what they become."""


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """One origin.

    Attributes:
        net: the network. origin: real addresses of those who begin.
        published: see `published`.
    """

    net: Topology
    origin: Intervals
    published: Published
    _known: dict[Intervals, Bounds] = field(default_factory=dict)

    def towards(self, destination: Intervals) -> Bounds:
        """What arrives at these addresses; where the rules overlap too much to tell, anything may."""
        if destination not in self._known:
            self._known[destination] = self._towards(destination)
        return self._known[destination]

    def _towards(self, destination: Intervals) -> Bounds:
        there = headers(destination=destination)
        try:
            arrived = walk(self.net, self.origin, headers(source=self.origin, destination=self._sent(destination)))
        except TooManyBoxesError:
            return headers(self.origin, destination), NOTHING
        return common(real(arrived.may), there), common(real(arrived.must), there)

    def _sent(self, destination: Intervals) -> Intervals:
        """Where packets may have been sent that arrive there: translations follow one another at most once each."""
        for _ in self.published:
            sent = [matched for matched, real in self.published if real.meets(destination)]
            more = union([destination, *sent])
            if more == destination:
                break
            destination = more
        return destination


def published(net: Topology) -> Published:
    """All translations of destinations."""
    devices = dict.fromkeys(port.device for segment in net.segments for port in segment.ports)
    steps = [step for device in devices for step in device.steps if isinstance(step, Translate)]
    found = []
    for one in (one for step in steps for one in step.translations):
        if one.rewrite is Rewrite.DESTINATION and not one.exempt:
            matched = union(box.destination for box in one.may)
            found.append((matched, matched if one.address is None else one.address))
    return tuple(found)
