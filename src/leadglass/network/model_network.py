"""A model network: roles, services, and what may be between them. The ideal as data, never a hospital's own state."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import msgspec

from leadglass.network.address import IPV4
from leadglass.network.hospital import Name, Text
from leadglass.network.permitted import Expectation
from leadglass.network.service import Obligation, Service
from leadglass.network.service import faults as service_faults


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stands in a zone.

    Attributes:
        letter: of the article's figure; empty where it names none. inferred: the letter's role is our reading.
        holds: how much patient data lies there: "images", "record", "orders", "passing", "none".
        column, row: its fixed place in the picture.
        filter: it is a firewall or gateway between zones, drawn on a link, and no zone of machines.
        outside: it is not in the hospital's hands.
        control: id of the control that asks for it to be kept apart from the rest; empty: the model's `separation`.
        words: of a label that propose this role for a subnet ("ct"), lower case.
    """

    id: Name
    title: Text
    letter: Annotated[str, msgspec.Meta(max_length=1)] = ""
    inferred: bool = False
    holds: Annotated[str, msgspec.Meta(pattern="^(images|record|orders|passing|none)$")] = "none"
    column: Annotated[int, msgspec.Meta(ge=0, le=30)]
    row: Annotated[int, msgspec.Meta(ge=0, le=30)]
    filter: bool = False
    outside: bool = False
    control: Annotated[str, msgspec.Meta(max_length=40)] = ""
    words: Annotated[tuple[Text, ...], msgspec.Meta(max_length=60)] = ()


class Flow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may or must be able to begin, from one role to another.

    Attributes:
        instead: services that serve the same need: where one of these passes, this one is only allowed.
        reverse: an association that the answering side begins (C-MOVE sub-operations, commitment reports).
        obligations: what must be true of it beside passing; each is evidenced by a control of its own.
        controls: by obligation, the control that evidences it for this flow; others as service and model say.
        why: one sentence, for people.
    """

    source: Name
    destination: Name
    service: Name
    expectation: Expectation
    obligations: Annotated[tuple[Obligation, ...], msgspec.Meta(max_length=4)] = ()
    instead: Annotated[tuple[Name, ...], msgspec.Meta(max_length=8)] = ()
    reverse: bool = False
    controls: dict[Obligation, Name] = {}
    why: Annotated[str, msgspec.Meta(max_length=400)] = ""


class ModelNetwork(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of it. What no flow lists is forbidden between zones and allowed within one.

    Attributes:
        obligations: by obligation, the id of the control that evidences it.
        separation: id of the control that asks for zones to be kept apart, where no role names one.
        correctness: id of the control that asks for the map to be right; upkeep: for rules to be looked at.
    """

    id: Name
    title: Text
    year: int
    note: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    roles: tuple[Role, ...]
    services: tuple[Service, ...]
    flows: tuple[Flow, ...]
    obligations: dict[Obligation, Name] = {}
    separation: Name
    correctness: Name
    upkeep: Name

    def role(self, name: str) -> Role | None:
        """The role of an id."""
        return next((one for one in self.roles if one.id == name), None)

    def service(self, name: str) -> Service | None:
        """The service of an id."""
        return next((one for one in self.services if one.id == name), None)

    def evidencing(self, flow: Flow, obligation: str) -> str:
        """Id of the control that evidences an obligation of a flow; `faults` has seen to it that there is one."""
        service = self.service(flow.service)
        for known in (flow.controls, service.controls if service is not None else {}, self.obligations):
            if obligation in known:
                return known[obligation]
        return ""

    def flow(self, sources: tuple[str, ...], destinations: tuple[str, ...], service: str) -> list[Flow]:
        """Flows of a service between zones of these roles."""
        return [
            one
            for one in self.flows
            if one.service == service and one.source in sources and one.destination in destinations
        ]


def faults(model: ModelNetwork, controls: frozenset[str]) -> list[str]:
    """What no single record can show. Empty when sound.

    Args:
        model: to be looked at.
        controls: ids of the catalogue.
    """
    found = [*_repeated("role", [one.id for one in model.roles])]
    found += _repeated("service", [one.id for one in model.services])
    found += _repeated("flow", [f"{one.source} to {one.destination}: {one.service}" for one in model.flows])
    places = [f"column {role.column}, row {role.row}" for role in model.roles]
    found += [f"two roles stand in one place: {place}" for place in sorted({p for p in places if places.count(p) > 1})]
    found += [fault for service in model.services for fault in service_faults(service)]
    if not found:
        found += _shared_headers(model.services)
    found += [fault for flow in model.flows for fault in _flow_faults(model, flow)]
    named = {*model.obligations.values(), model.separation, model.correctness, model.upkeep}
    named |= {role.control for role in model.roles if role.control}
    named |= {name for service in model.services for name in service.controls.values()}
    named |= {name for flow in model.flows for name in flow.controls.values()}
    found += [f"no control {name!r}" for name in sorted(named - controls)]
    return list(dict.fromkeys(found))


def _repeated(what: str, names: list[str]) -> list[str]:
    return [f"{what} {name!r} stands twice" for name, times in Counter(names).items() if times > 1]


def _shared_headers(services: tuple[Service, ...]) -> list[str]:
    """Of one packet two services would be said, and every opening would count twice."""
    everywhere = [(one.id, one.between(IPV4, IPV4)) for one in services]
    return [
        f"services {first!r} and {second!r} share ports"
        for index, (first, mine) in enumerate(everywhere)
        for second, theirs in everywhere[index + 1 :]
        if any(box.meets(other) for box in mine for other in theirs)
    ]


def _flow_faults(model: ModelNetwork, flow: Flow) -> list[str]:
    who = f"{flow.source} to {flow.destination}, {flow.service}"
    found = []
    for name in (flow.source, flow.destination):
        role = model.role(name)
        if role is None:
            found.append(f"{who}: no role {name!r}")
        elif role.filter:
            found.append(f"{who}: {name!r} is a filter between zones, and no zone")
    found += [f"{who}: no service {name!r}" for name in (flow.service, *flow.instead) if model.service(name) is None]
    if flow.expectation is Expectation.FORBIDDEN:
        found.append(f"{who}: what is not listed is forbidden already")
    if flow.instead and flow.expectation is not Expectation.REQUIRED:
        found.append(f"{who}: only what is required can be served by another service instead")
    found += [
        f"{who}: no control for the obligation {name!r}"
        for name in flow.obligations
        if not model.evidencing(flow, name)
    ]
    return found
