"""Which devices share a network, and who is where, by addresses and routes. Never what may pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from leadglass.network.device import LINK, Device, Interface
from leadglass.network.intervals import Intervals, union
from leadglass.network.transit import Hop, guesses, hops


@dataclass(frozen=True, slots=True, eq=False)
class Port:
    """A device's interface on a segment."""

    device: Device
    interface: Interface


@dataclass(frozen=True, slots=True, eq=False)
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

    @property
    def located(self) -> Intervals:
        """Who is here: on the network itself, and behind routers on it that nobody described."""
        behind = (
            hop.destinations
            for port in self.ports
            for hop in hops(port.device, port.interface.vrf)
            if hop.interface == port.interface.name and not hop.guessed and self.next(hop) is None
        )
        return union([self.connected, *behind])

    @property
    def guesses(self) -> bool:
        """Whether somebody may be behind it of whom no route tells."""
        return any(guesses(port.device) for port in self.ports if port.device.kind != LINK)


@dataclass(frozen=True, slots=True, eq=False)
class Topology:
    """All of it."""

    segments: tuple[Segment, ...]

    def segment(self, device: Device, interface: str) -> Segment | None:
        """The segment an interface is on."""
        for one in self.segments:
            if any(port.device is device and port.interface.name == interface for port in one.ports):
                return one
        return None


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
