"""What holds around every association at the instant of an input: rules in force, time, state of the record.

The relay sets it before each input; flow only reads it, so nothing here asks a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leadglass.model.decision import Decision, Request
from leadglass.model.generation import Generation
from leadglass.model.route import Archive, Route, Settings
from leadglass.policy.engine import Engine


@dataclass(frozen=True, slots=True)
class Rules:
    """One generation, built."""

    generation: Generation
    engine: Engine
    routes: dict[str, Route]
    archives: dict[str, Archive]

    @classmethod
    def build(cls, generation: Generation) -> Rules:
        """Everything a worker judges by.

        Raises:
            ConfigurationError: policy or registry cannot be used.
        """
        return cls(
            generation,
            Engine.build(generation),
            {route.called: route for route in generation.routes},
            {archive.id: archive for archive in generation.archives},
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
        impaired: why records cannot be kept now, empty when they can.
    """

    rules: Rules
    now: float
    utc: int
    at: datetime
    impaired: str = ""

    def decide(self, peer: str, operation: str, sop_classes: tuple[str, ...], archive: str) -> Decision:
        """The first refusal among these SOP classes, else the first permission."""
        engine = self.rules.engine
        first: Decision | None = None
        for sop_class in sop_classes:
            decision = engine.decide(Request(peer, operation, sop_class, archive, self.at))
            if not decision.allowed:
                return decision
            first = first or decision
        assert first is not None, "a decision names at least one SOP class"
        return first
