"""What a device makes of one packet, as the importers' tests ask it. Shares nothing with the naive evaluators."""

from __future__ import annotations

from leadglass.network.address import number
from leadglass.network.device import Device
from leadglass.network.flight import Flight
from leadglass.network.headers import Box
from leadglass.network.intervals import one
from leadglass.network.transit import through

PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "esp": 50, "gre": 47, "icmp6": 58}


def verdict(
    device: Device, ingress: str, protocol: str, source: str, destination: str, port: int, source_port: int = 40_000
) -> str:
    """ "permit" where it certainly passes, "deny" where it certainly does not, else "uncertain"."""
    interface = device.interface(ingress)
    if interface is None or not interface.enabled:
        return "uncertain" if device.doubts else "deny"
    kind = PROTOCOLS[protocol]
    ports = (0, port << 8) if protocol in {"icmp", "icmp6"} else (source_port, port)
    box = Box(one(number(source)), one(number(destination)), one(kind), one(ports[0]), one(ports[1]))
    left = [way for way in through(device, interface, (Flight(box),), (Flight(box),)) if way.may]
    if not left:
        return "deny"
    return "permit" if all(way.must for way in left) else "uncertain"
