"""A model network: roles, services, and what may be between them. The ideal as data, never a hospital's own state."""

from __future__ import annotations

from typing import Annotated

import msgspec

from leadglass.network.headers import ICMP, ICMPV6, SCTP, TCP, UDP, Headers, headers
from leadglass.network.hospital import Name, Text
from leadglass.network.intervals import Intervals, of, one, union
from leadglass.network.permitted import Expectation

PROTOCOL_NUMBERS = {
    "tcp": TCP,
    "udp": UDP,
    "sctp": SCTP,
    "icmp": ICMP,
    "icmpv6": ICMPV6,
    "gre": 47,
    "esp": 50,
    "ah": 51,
}

Port = Annotated[str, msgspec.Meta(pattern="^[0-9]{1,5}(-[0-9]{1,5})?$")]
Obligation = Annotated[str, msgspec.Meta(pattern="^(encrypted|authenticated|logged|through-gateway)$")]


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stands in a zone.

    Attributes:
        letter: of the article's figure; empty where it names none. inferred: the letter's role is our reading.
        holds: how much patient data lies there: "images", "record", "orders", "passing", "none".
        column, row: its fixed place in the picture.
        filter: it is a firewall or gateway between zones, drawn on a link, and no zone of machines.
    """

    id: Name
    title: Text
    letter: Annotated[str, msgspec.Meta(max_length=1)] = ""
    inferred: bool = False
    holds: Annotated[str, msgspec.Meta(pattern="^(images|record|orders|passing|none)$")] = "none"
    column: Annotated[int, msgspec.Meta(ge=0, le=30)]
    row: Annotated[int, msgspec.Meta(ge=0, le=30)]
    filter: bool = False


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A service by its headers.

    Attributes:
        protocols: of `PROTOCOL_NUMBERS`. ports: destination ports; none for protocols without ports.
        one_way: nothing answers (syslog over UDP).
        clear: the wire is not encrypted by the service itself.
    """

    id: Name
    title: Text
    protocols: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=6)]
    ports: Annotated[tuple[Port, ...], msgspec.Meta(max_length=60)] = ()
    one_way: bool = False
    clear: bool = False

    @property
    def protocol(self) -> Intervals:
        """Its protocol numbers."""
        return union(one(PROTOCOL_NUMBERS[name]) for name in self.protocols)

    @property
    def port(self) -> Intervals:
        """Its destination ports; all where it has none."""
        spans = [tuple(map(int, written.split("-"))) for written in self.ports]
        return of((parts[0], parts[-1]) for parts in spans) if spans else of([(0, 65_535)])

    def between(self, source: Intervals, destination: Intervals) -> Headers:
        """Its headers between addresses."""
        return headers(source, destination, self.protocol, destination_port=self.port)


class Flow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may or must be able to begin, from one role to another.

    Attributes:
        reverse: an association that the answering side begins (C-MOVE sub-operations, commitment reports).
        obligations: what must be true of it beside passing; each is evidenced by a control of its own.
        why: one sentence, for people.
    """

    source: Name
    destination: Name
    service: Name
    expectation: Expectation
    obligations: Annotated[tuple[Obligation, ...], msgspec.Meta(max_length=4)] = ()
    reverse: bool = False
    why: Text = ""


class ModelNetwork(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of it. What no flow lists is forbidden between zones and allowed within one.

    Attributes:
        obligations: by obligation, the id of the control that evidences it.
    """

    id: Name
    title: Text
    year: int
    note: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    roles: tuple[Role, ...]
    services: tuple[Service, ...]
    flows: tuple[Flow, ...]
    obligations: dict[Obligation, Name] = {}

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
    roles, services = {one.id for one in model.roles}, {one.id for one in model.services}
    found = [] if len(roles) == len(model.roles) else ["a role stands twice"]
    if len(services) != len(model.services):
        found.append("a service stands twice")
    for service in model.services:
        found += [
            f"service {service.id!r}: no protocol {name!r}"
            for name in service.protocols
            if name not in PROTOCOL_NUMBERS
        ]
        for written in service.ports:
            first, _, last = written.partition("-")
            if not int(first) <= int(last or first) <= 65_535:
                found.append(f"service {service.id!r}: {written!r} are no ports")
    for flow in model.flows:
        found += [f"no role {name!r}" for name in (flow.source, flow.destination) if name not in roles]
        if flow.service not in services:
            found.append(f"no service {flow.service!r}")
        if flow.expectation is Expectation.FORBIDDEN:
            found.append(f"{flow.source} to {flow.destination}: what is not listed is forbidden already")
        found += [
            f"no control for the obligation {name!r}" for name in flow.obligations if name not in model.obligations
        ]
    found += [f"no control {name!r}" for name in model.obligations.values() if name not in controls]
    places = [(role.column, role.row) for role in model.roles]
    found += ["two roles stand in one place"] if len(set(places)) != len(places) else []
    return found
