"""Services by their headers: protocols and ports. Never who may use one."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

import msgspec

from leadglass.network.headers import ICMP, ICMPV6, PORTS, SCTP, TCP, UDP, WITH_PORTS, Headers, common, headers
from leadglass.network.hospital import Name, Text
from leadglass.network.intervals import Intervals, Span, of, one, span, union

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

CLIENT_PORTS = span(1_024, 65_535)  # RFC 6335 6: dynamic ports, and those that systems took before it

Port = Annotated[str, msgspec.Meta(pattern="^[0-9]{1,5}(-[0-9]{1,5})?$")]
Obligation = Annotated[str, msgspec.Meta(pattern="^(encrypted|authenticated|logged|through-gateway)$")]


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """A service by its headers.

    Attributes:
        protocols: of `PROTOCOL_NUMBERS`. ports: destination ports, of those protocols that have ports; none: all.
        one_way: nothing answers (syslog over UDP).
        clear: the wire is not encrypted by the service itself.
        whole: where it is required all its ports and protocols must pass; else any one of them serves.
        remote: it lets people work on a machine from afar.
        controls: by obligation, the control that evidences it for this service; others as the model says.
        note: where its ports come from, where no registry does.
    """

    id: Name
    title: Text
    protocols: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=6)]
    ports: Annotated[tuple[Port, ...], msgspec.Meta(max_length=60)] = ()
    one_way: bool = False
    clear: bool = False
    whole: bool = False
    remote: bool = False
    controls: dict[Obligation, Name] = {}
    note: Text = ""

    @cached_property
    def protocol(self) -> Intervals:
        """Its protocol numbers."""
        return union(one(PROTOCOL_NUMBERS[name]) for name in self.protocols)

    @cached_property
    def port(self) -> Intervals:
        """Its destination ports; all where it has none."""
        return of(self._spans) if self.ports else PORTS

    @cached_property
    def _spans(self) -> list[Span]:
        parts = [[int(part) for part in written.split("-")] for written in self.ports]
        return [(part[0], part[-1]) for part in parts]

    def between(self, source: Intervals, destination: Intervals) -> Headers:
        """Its headers between addresses; ports bind only the protocols that have them."""
        ported, bare = self._split
        found = headers(source, destination, ported, destination_port=self.port) if ported else ()
        return (*found, *(headers(source, destination, bare) if bare else ()))

    def ways(self, source: Intervals, destination: Intervals) -> tuple[Headers, ...]:
        """What of it serves a need each by itself: every port range and protocol, or all together (`whole`).

        From the ports that clients take (`CLIENT_PORTS`): a rule that names these alone hinders nobody.
        """
        if self.whole:
            return (common(self.between(source, destination), headers(source_port=CLIENT_PORTS)),)
        ends = headers(source, destination)
        if not ends:
            return ()
        return tuple(
            tuple(
                box._replace(protocol=protocol, source_port=source_port, destination_port=destination_port)
                for box in ends
            )
            for protocol, source_port, destination_port in self._ways
        )

    @cached_property
    def _ways(self) -> tuple[tuple[Intervals, Intervals, Intervals], ...]:
        """By protocol, source ports, destination ports."""
        ported, bare = self._split
        spans = self._spans or [(0, 65_535)]
        found = [
            (Intervals((number,)), CLIENT_PORTS, Intervals((ports,))) for number in _singles(ported) for ports in spans
        ]
        return (*found, *((Intervals((number,)), PORTS, PORTS) for number in _singles(bare)))

    @cached_property
    def _split(self) -> tuple[Intervals, Intervals]:
        """Protocols with ports, and those without."""
        ported = union(one(number) for number in WITH_PORTS).common(self.protocol)
        return ported, self.protocol.without(ported)


def _singles(numbers: Intervals) -> list[Span]:
    return [(number, number) for first, last in numbers.spans for number in range(first, last + 1)]


def faults(service: Service) -> list[str]:
    """What no single field can show. Empty when sound."""
    found = [
        f"service {service.id!r}: no protocol {name!r}" for name in service.protocols if name not in PROTOCOL_NUMBERS
    ]
    for written in service.ports:
        first, _, last = written.partition("-")
        if not int(first) <= int(last or first) <= 65_535:
            found.append(f"service {service.id!r}: {written!r} are no ports")
    return found
