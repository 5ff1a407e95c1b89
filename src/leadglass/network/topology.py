"""Which devices share a network, and who is where, by addresses and routes. Never what may pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from leadglass.network.device import LINK, Device, Interface
from leadglass.network.intervals import Intervals, union
from leadglass.network.ranges import Spans
from leadglass.network.transit import Hop, guesses, hops


@dataclass(frozen=True, slots=True, eq=False)
class Port:
    """A device's interface on a segment."""

    device: Device
    interface: Interface


@dataclass(frozen=True, eq=False)  # no slots: it keeps what it worked out
class Segment:
    """One network: whoever is on it reaches all others on it without a filter.

    Attributes:
        connected: its addresses.
        ports: interfaces of known devices on it.
    """

    name: str
    connected: Intervals
    ports: tuple[Port, ...]

    def next(self, hop: Hop) -> Port | None:
        """The known device that a next hop names; None where it is nobody we know, or nobody at all."""
        if hop.via is None:
            return None
        return next((port for port in self.ports if port.interface.addresses.has(hop.via)), None)

    @cached_property
    def located(self) -> Intervals:
        """Who is here: on the network itself, and behind routers on it that nobody described."""
        behind = (
            hop.destinations
            for port in self.ports
            for hop in hops(port.device, port.interface.vrf)
            if hop.interface == port.interface.name and not hop.guessed and self.next(hop) is None
        )
        return union([self.connected, *behind])

    @cached_property
    def guesses(self) -> bool:
        """Whether somebody may be behind it of whom no route tells."""
        return any(guesses(port.device) for port in self.ports if port.device.kind != LINK)


@dataclass(frozen=True, eq=False)  # no slots: it keeps what it worked out
class Topology:
    """All of it."""

    segments: tuple[Segment, ...]

    @cached_property
    def _by_port(self) -> dict[tuple[Device, str], Segment]:
        ports = [(segment, port) for segment in self.segments for port in segment.ports]
        return {(port.device, port.interface.name): segment for segment, port in reversed(ports)}

    @cached_property
    def located(self) -> Intervals:
        """Who is anywhere."""
        return union(segment.located for segment in self.segments)

    @cached_property
    def _spans(self) -> Spans:
        return Spans([segment.located for segment in self.segments])

    @cached_property
    def guessing(self) -> tuple[Segment, ...]:
        """Segments behind which somebody may be of whom no route tells."""
        return tuple(segment for segment in self.segments if segment.guesses)

    def segment(self, device: Device, interface: str) -> Segment | None:
        """The segment an interface is on."""
        return self._by_port.get((device, interface))

    def near(self, origin: Intervals) -> Iterator[Segment]:
        """Segments where some of these may be; every other one certainly has none."""
        return (self.segments[place] for place in self._spans.meeting([origin] if origin else []))


def topology(devices: Iterable[Device], subnets: Iterable[tuple[str, Intervals]] = ()) -> Topology:
    """Networks that overlap are one; a declared subnet that no interface has is one of its own.

    Args:
        devices: with their interfaces.
        subnets: declared ones with their names.
    """
    found: list[tuple[str, Intervals, list[Port]]] = [(name, addresses, []) for name, addresses in subnets]
    for device in devices:
        for interface in device.interfaces:
            if interface.enabled:
                port = Port(device, interface)
                found.append((f"{device.name}:{interface.name}", interface.networks, [port]))
    merged: list[tuple[str, Intervals, list[Port]]] = []
    for one in found:
        touching = [other for other in merged if one[1] and other[1].meets(one[1])]
        merged = [other for other in merged if other not in touching]
        whole = (*touching, one)
        ports = [port for part in whole for port in part[2]]
        merged.append((whole[0][0], union(part[1] for part in whole), ports))
    return Topology(tuple(Segment(name, addresses, tuple(ports)) for name, addresses, ports in merged))
