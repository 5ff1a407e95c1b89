"""A small FortiGate to write tests about: three networks, one table after another."""

from __future__ import annotations

from tests.network.importers.fortios_verdict import verdict
from tests.network.naive_fortios import Packet

from leadglass.network.device import Device
from leadglass.network.importers import fortios

INTERFACES = """
config system interface
    edit "wan"
        set ip 198.51.100.2 255.255.255.0
    next
    edit "pacs"
        set ip 10.2.0.1 255.255.255.0
    next
    edit "ward"
        set ip 10.3.0.1 255.255.255.0
    next
end
"""
DEFAULT = """
config router static
    edit 1
        set gateway 198.51.100.1
        set device "wan"
    next
end
"""
OPEN = """
config firewall policy
    edit 1
        set srcintf "any"
        set dstintf "any"
        set action accept
        set srcaddr "all"
        set dstaddr "all"
        set schedule "always"
        set service "ALL"
    next
end
"""


def policy(number: int = 1, **settings: str) -> str:
    """A policy that lets everything pass from the ward to the PACS, but for what ``settings`` say."""
    told = {
        "srcintf": '"ward"',
        "dstintf": '"pacs"',
        "action": "accept",
        "srcaddr": '"all"',
        "dstaddr": '"all"',
        "schedule": '"always"',
        "service": '"ALL"',
    } | {name.replace("_", "-"): value for name, value in settings.items()}
    body = "".join(f"        set {name} {value}\n" for name, value in told.items() if value)
    return f"config firewall policy\n    edit {number}\n{body}    next\nend\n"


def entry(table: str, name: str, **settings: str) -> str:
    """A table with one entry."""
    body = "".join(f"        set {one.replace('_', '-')} {value}\n" for one, value in settings.items())
    return f'config {table}\n    edit "{name}"\n{body}    next\nend\n'


def text(*tables: str, version: str = "7.0.12", interfaces: str = INTERFACES) -> str:
    """A configuration."""
    return (
        f"#config-version=FGT60F-{version}-FW-build1:opmode=0:vdom=0:user=admin\n"
        + interfaces.lstrip("\n")
        + "".join(tables)
    )


def box(*tables: str, version: str = "7.0.12", interfaces: str = INTERFACES) -> Device:
    """It, read."""
    return fortios.read(text(*tables, version=version, interfaces=interfaces), "edge.conf", "edge")


def goes(
    device: Device, source: str, destination: str, port: int = 104, ingress: str = "ward", protocol: str = "tcp"
) -> str:
    """What becomes of a packet."""
    return verdict(device, Packet(ingress, protocol, source, destination, port))


def findings(device: Device) -> str:
    """All of them, as one text."""
    return "\n".join(f"{place}: {words}" for place, words in device.findings)
