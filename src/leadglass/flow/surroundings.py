"""What holds around every association at the instant of an input: rules in force, time, state of the record.

The relay sets it before each input; flow only reads it, so nothing here asks a clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from leadglass.flow.destinations import Callers, destinations
from leadglass.model.decision import Decision, Request
from leadglass.model.generation import Generation
from leadglass.model.route import Archive, Route, Settings
from leadglass.policy.engine import Engine


@dataclass(frozen=True, slots=True)
class Rules:
    """One generation, built.

    Attributes:
        routes: by called title, those to devices included.
        archives: by id, devices that are destinations included.
        callers: archives, to be found when one calls.
        blocked: ids of the peers that are blocked.
        titles: AE titles of all entities that are known: destinations a C-MOVE may name.
    """

    generation: Generation
    engine: Engine
    routes: dict[str, Route]
    archives: dict[str, Archive]
    callers: Callers
    titles: frozenset[str]
    blocked: frozenset[str]

    @classmethod
    def build(cls, generation: Generation) -> Rules:
        """Everything a worker judges by.

        Raises:
            ConfigurationError: policy or registry cannot be used.
        """
        devices = destinations(generation)
        archives = (*generation.archives, *(archive for _, archive in devices))
        routes = (*(route for route, _ in devices), *generation.routes)
        peers = (peer.title for peer in generation.peers if peer.status == "approved")
        return cls(
            generation,
            Engine.build(replace(generation, archives=archives)),
            {route.called: route for route in routes},
            {archive.id: archive for archive in archives},
            Callers(generation),
            frozenset((*peers, *(archive.title for archive in archives), *(route.called for route in routes))) - {""},
            frozenset(peer.id for peer in generation.peers if peer.status == "blocked"),
        )

    @property
    def settings(self) -> Settings:
        """Timers and limits."""
        return self.generation.settings


@dataclass(slots=True)
class Surroundings:
    """Read at each input.

    Attributes:
        now: monotonic seconds.
        utc: UTC nanoseconds.
        at: the same instant as an aware datetime, to the minute.
        writer: unique name of this start of this worker.
        impaired: why records cannot be kept now, empty when they can.
    """

    rules: Rules
    now: float
    utc: int
    at: datetime
    impaired: str = ""
    writer: str = ""

    def bypassed(self, route: Route, source: Archive | None = None) -> bool:
        """Whether ``route`` relays without policy now, or one to the archive ``source`` that calls on it."""
        until = route.bypassed_until
        if source is not None:
            others = self.rules.generation.routes
            until = max(until, *(other.bypassed_until for other in others if other.archive == source.id), 0)
        return until > self.utc

    def decide(self, request: Request, sop_classes: tuple[str, ...]) -> Decision:
        """The first refusal of ``request`` with each of these SOP classes, else the first permission."""
        engine = self.rules.engine
        first: Decision | None = None
        for sop_class in sop_classes:
            decision = engine.decide(
                request if sop_class == request.sop_class else structs.replace(request, sop_class=sop_class)
            )
            if not decision.allowed:
                return decision
            first = first or decision
        assert first is not None, "a decision names at least one SOP class"
        return first
