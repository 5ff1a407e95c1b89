"""What a FortiGate, as it was read, makes of one packet."""

from __future__ import annotations

from tests.network.naive_fortios import PROTOCOLS, Packet

from leadglass.network.address import number
from leadglass.network.device import Device
from leadglass.network.flight import Flight
from leadglass.network.headers import Box
from leadglass.network.intervals import one
from leadglass.network.transit import published, through


def verdict(device: Device, packet: Packet) -> str:
    """ "permit" where it certainly passes on every way that is as good, "deny" where on none, else "uncertain"."""
    interface = device.interface(packet.ingress)
    if interface is None or not interface.enabled:
        return "uncertain" if device.doubts else "deny"
    icmp = packet.protocol in {"icmp", "icmp6"}
    ports = (0, packet.port << 8) if icmp else (packet.source_port, packet.port)
    ends = (one(number(packet.source)), one(number(packet.destination)))
    box = Box(*ends, one(PROTOCOLS[packet.protocol]), one(ports[0]), one(ports[1]))
    ways = [way for way in through(device, interface, (Flight(box),), (Flight(box),)) if not way.hop.standby]
    if published(device).has(number(packet.destination)):  # a way to where it no longer goes is none
        ways = [way for way in ways if way.may]
    if not any(way.may for way in ways):
        return "deny"
    told = [way for way in ways if not way.hop.guessed]
    return "permit" if told and all(way.must for way in told) else "uncertain"
