"""A model network as its file writes it: flows by groups of roles and services, spelled out here. Never judges one."""

from __future__ import annotations

from typing import Annotated

import msgspec

from leadglass.network.hospital import Name, Text
from leadglass.network.model_network import Flow, ModelNetwork, Role
from leadglass.network.permitted import Expectation
from leadglass.network.service import Obligation, Service

MAX_FLOWS = 20_000  # that one file may spell out


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Flows of several roles and services with one reason.

    Attributes:
        sources, destinations: roles, or groups of the file. A role is paired with itself only where it stands alone on
            both sides.
        either: any one of the services serves; else each is needed where they are required.
        others: see `Flow`.
    """

    sources: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=60)] = msgspec.field(name="from")
    destinations: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=60)] = msgspec.field(name="to")
    services: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=60)]
    expectation: Expectation
    either: bool = False
    obligations: tuple[Obligation, ...] = ()
    controls: dict[Obligation, Name] = {}
    reverse: bool = False
    why: Annotated[str, msgspec.Meta(min_length=10, max_length=400)]


class ModelFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file; see `ModelNetwork`.

    Attributes:
        groups: roles by the name of their group.
        services: beside those that all models share; one with the id of a shared one replaces it.
    """

    format: Annotated[str, msgspec.Meta(pattern="^leadglass-model-1$")]
    id: Name
    title: Text
    year: int
    note: Annotated[str, msgspec.Meta(max_length=2_000)] = ""
    separation: Name
    correctness: Name
    upkeep: Name
    obligations: dict[Obligation, Name] = {}
    groups: dict[Name, tuple[Name, ...]] = {}
    roles: Annotated[tuple[Role, ...], msgspec.Meta(max_length=200)]
    services: Annotated[tuple[Service, ...], msgspec.Meta(max_length=500)] = ()
    flows: Annotated[tuple[Row, ...], msgspec.Meta(max_length=2_000)]


def faults(file: ModelFile) -> list[str]:
    """What would be lost in spelling it out. Empty when sound; `model_network.faults` looks at the rest."""
    roles = {role.id for role in file.roles}
    found = [f"group {name!r} has the name of a role" for name in sorted(roles & set(file.groups))]
    found += [
        f"group {name!r}: no role {one!r}"
        for name, members in file.groups.items()
        for one in members
        if one not in roles
    ]
    number = sum(
        len(_roles(file, row.sources)) * len(_roles(file, row.destinations)) * len(row.services) for row in file.flows
    )
    return [*found, f"it spells out more than {MAX_FLOWS} flows"] if number > MAX_FLOWS else found


def spelled_out(file: ModelFile) -> ModelNetwork:
    """The model network of the file; `faults` must have found none."""
    return ModelNetwork(
        id=file.id,
        title=file.title,
        year=file.year,
        note=file.note,
        roles=file.roles,
        services=file.services,
        flows=tuple(flow for row in file.flows for flow in _flows(file, row)),
        obligations=file.obligations,
        separation=file.separation,
        correctness=file.correctness,
        upkeep=file.upkeep,
    )


def _flows(file: ModelFile, row: Row) -> list[Flow]:
    sources, destinations = _roles(file, row.sources), _roles(file, row.destinations)
    itself = sources == destinations and len(sources) == 1
    return [
        Flow(
            source=source,
            destination=destination,
            service=service,
            expectation=row.expectation,
            obligations=row.obligations,
            instead=tuple(other for other in row.services if other != service) if row.either else (),
            reverse=row.reverse,
            controls=row.controls,
            why=row.why,
        )
        for source in sources
        for destination in destinations
        for service in row.services
        if itself or source != destination
    ]


def _roles(file: ModelFile, names: tuple[Name, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(role for name in names for role in file.groups.get(name, (name,))))
