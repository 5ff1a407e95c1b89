"""What a model says between two zones, and which declared machines it means there. Looked up once, never judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from leadglass.network.address import network
from leadglass.network.hospital import Hospital
from leadglass.network.intervals import EMPTY, Intervals, union
from leadglass.network.model_network import Flow, ModelNetwork
from leadglass.network.permitted import Expectation
from leadglass.network.zones import Part


class Listed(NamedTuple):
    """What a model says of a service between two zones.

    Attributes:
        direct: its flows that need no gateway. gated: those that must go through one.
        wanted: the strongest of what ``direct`` says.
    """

    direct: tuple[Flow, ...] = ()
    gated: tuple[Flow, ...] = ()
    wanted: Expectation = Expectation.FORBIDDEN


NOT_LISTED = Listed()


class ByRoles:
    """A model's flows by the roles of two zones and by service, found once for each two."""

    def __init__(self, model: ModelNetwork) -> None:
        self._flows: dict[tuple[str, str], list[Flow]] = {}
        for flow in model.flows:
            self._flows.setdefault((flow.source, flow.destination), []).append(flow)
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, Listed]] = {}

    def between(self, sources: tuple[str, ...], destinations: tuple[str, ...]) -> Mapping[str, Listed]:
        """Flows from any of some roles to any of others, by service."""
        known = self._known.get((sources, destinations))
        if known is None:
            found: dict[str, list[Flow]] = {}
            for source in dict.fromkeys(sources):
                for destination in dict.fromkeys(destinations):
                    for flow in self._flows.get((source, destination), ()):
                        found.setdefault(flow.service, []).append(flow)
            known = self._known[sources, destinations] = {name: _listed(flows) for name, flows in found.items()}
        return known


def _listed(flows: list[Flow]) -> Listed:
    gated = tuple(flow for flow in flows if "through-gateway" in flow.obligations)
    direct = tuple(flow for flow in flows if flow not in gated)
    return Listed(direct, gated, expected(direct))


class Machines:
    """Declared machines by role, looked up once for each zone."""

    def __init__(self, hospital: Hospital) -> None:
        self._by_role: dict[str, Intervals] = {}
        for machine in hospital.machines:
            addresses = [network(written) for written in machine.addresses]
            self._by_role[machine.role] = union([self._by_role.get(machine.role, EMPTY), *addresses])
        self._known: dict[tuple[str, frozenset[str]], Intervals] = {}

    def within(self, part: Part, roles: frozenset[str]) -> Intervals:
        """Those of some roles in a zone; the whole zone where none are declared there."""
        key = (part.name, roles)
        if key not in self._known:
            found = union(self._by_role.get(role, EMPTY).common(part.addresses) for role in roles)
            self._known[key] = found or part.addresses
        return self._known[key]


def expected(flows: tuple[Flow, ...]) -> Expectation:
    """The strongest of what flows say; forbidden where there is none."""
    if any(flow.expectation is Expectation.REQUIRED for flow in flows):
        return Expectation.REQUIRED
    return Expectation.ALLOWED if flows else Expectation.FORBIDDEN
