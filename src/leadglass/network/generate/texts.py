"""What a generator hands out for one filter: texts for people to load. Never loads one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from leadglass.network.generate.policy import Zoned
from leadglass.network.intervals import Intervals, union


@dataclass(frozen=True, slots=True)
class Texts:
    """A policy as text.

    Attributes:
        log_only: writes down what would be refused, and refuses nothing. What is needed is let through already.
        enforce: refuses.
        rollback: takes either back.
        notes: what whoever loads it must know.
    """

    log_only: str
    enforce: str
    rollback: str
    notes: tuple[str, ...] = ()


def numbered(zones: Iterable[Zoned]) -> dict[str, Intervals]:
    """Groups of addresses by name, each once."""
    found: dict[str, Intervals] = {}
    for zone in zones:
        found[zone.name] = union([found.get(zone.name, Intervals()), zone.addresses])
    return found
