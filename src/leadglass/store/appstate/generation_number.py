"""The number of a generation: rises by one each time, also over restarts (see `model.generation`)."""

from __future__ import annotations

from sqlalchemy import Engine

from leadglass.store.appstate.counters import next_number
from leadglass.store.appstate.engine import writing


def next_generation(engine: Engine) -> int:
    """A number that no generation had before, durable when this returns."""
    with writing(engine) as connection:
        return next_number(connection, "generation")
