"""A hospital's network as its people describe it: zones, machines, filters, gateways. Claims, never what is so."""

from __future__ import annotations

from typing import Annotated

import msgspec

from leadglass.network.address import network
from leadglass.network.intervals import Intervals, union

Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Text = Annotated[str, msgspec.Meta(max_length=200)]
Cidr = Annotated[str, msgspec.Meta(min_length=2, max_length=90)]

MAX_ZONES = 2_000
MAX_MACHINES = 20_000
MAX_FILTERS = 200

UNASSOCIATED, INTERNET = "unassociated", "internet"
"""Zones that every hospital has: undeclared private or special space, and the rest of the world."""


class Zone(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the network whose machines trust each other.

    Attributes:
        name: stable; gaps are known by it.
        title: as people call it.
        roles: what of the model network it is, by the model's role ids; several where one network serves several.
        networks: "10.1.0.0/24", "fd00::/64", or a range "10.1.0.5-10.1.0.9".
        note: for people.
    """

    name: Name
    title: Text = ""
    roles: Annotated[tuple[Name, ...], msgspec.Meta(max_length=20)] = ()
    networks: Annotated[tuple[Cidr, ...], msgspec.Meta(min_length=1, max_length=2_000)]
    note: Text = ""

    @property
    def addresses(self) -> Intervals:
        """All of them; `faults` has seen to it that they can be read."""
        return union(network(one) for one in self.networks)


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One system.

    Attributes:
        name: stable.
        title: as people call it.
        role: of the model network; empty where nobody said.
        kind: "CT", "MR", "archive" …; free words.
        addresses: one or more.
        vendor: who maintains it.
        snmp: version it speaks: "", "1", "2c", "3".
    """

    name: Name
    title: Text = ""
    role: Annotated[str, msgspec.Meta(max_length=40)] = ""
    kind: Text = ""
    addresses: Annotated[tuple[Cidr, ...], msgspec.Meta(min_length=1, max_length=64)]
    vendor: Text = ""
    snmp: Annotated[str, msgspec.Meta(pattern="^(1|2c|3)?$")] = ""


class Filter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A firewall or filtering router.

    Attributes:
        name: stable.
        title: as people call it.
        kind: syntax of its file; empty: recognised from the text.
        file: name of its configuration, beside this file.
        pair: name of the filter whose standby it is: both are one, and this one's file is not read.
    """

    name: Name
    title: Text = ""
    kind: Annotated[str, msgspec.Meta(max_length=20)] = ""
    file: Annotated[str, msgspec.Meta(max_length=200)] = ""
    pair: Annotated[str, msgspec.Meta(max_length=40)] = ""


class ServiceGateway(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A way in for remote service, or the hospital's one gateway.

    Attributes:
        name: stable.
        title: as people call it.
        managed_by: "hospital" or the vendor's name.
        addresses: its own; legs to and from them compose.
        serves: names of machines or zones it leads to.
        way: "vpn", "modem", "internet", "outbound tunnel" …
    """

    name: Name
    title: Text = ""
    managed_by: Text
    addresses: Annotated[tuple[Cidr, ...], msgspec.Meta(max_length=64)] = ()
    serves: Annotated[tuple[Name, ...], msgspec.Meta(max_length=200)] = ()
    way: Text = ""


class Sensor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An intrusion detection system.

    Attributes:
        name: stable.
        zone: whose traffic it sees.
        inline: it can stop what it sees.
    """

    name: Name
    zone: Name
    inline: bool = False


class Vpn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A remote way in.

    Attributes:
        name: stable.
        kind: "tls", "ipsec", "wireguard", "ztna", "pptp", "l2tp".
        users: who comes in by it, by the rows of Table 2 or free words.
        ends_in: the zone it leads into.
    """

    name: Name
    kind: Annotated[str, msgspec.Meta(pattern="^(tls|ipsec|wireguard|ztna|pptp|l2tp|openvpn)$")]
    users: Annotated[tuple[Text, ...], msgspec.Meta(max_length=40)] = ()
    ends_in: Name


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A connection that people know of and no configuration here gives: what crosses it is not covered.

    Attributes:
        name: stable.
        between: two zones.
        note: for people.
    """

    name: Name
    between: Annotated[tuple[Name, ...], msgspec.Meta(min_length=2, max_length=2)]
    note: Text = ""


class Hospital(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of it.

    Attributes:
        format: "leadglass-network-1".
        name: of the facility.
        model: id of the model network it is held against.
        zones, machines, filters, gateways, sensors, vpns, links: see there.
    """

    format: Annotated[str, msgspec.Meta(pattern="^leadglass-network-1$")]
    name: Annotated[str, msgspec.Meta(max_length=200)]
    model: Name = "2026"
    zones: Annotated[tuple[Zone, ...], msgspec.Meta(max_length=MAX_ZONES)] = ()
    machines: Annotated[tuple[Machine, ...], msgspec.Meta(max_length=MAX_MACHINES)] = ()
    filters: Annotated[tuple[Filter, ...], msgspec.Meta(max_length=MAX_FILTERS)] = ()
    gateways: Annotated[tuple[ServiceGateway, ...], msgspec.Meta(max_length=200)] = ()
    sensors: Annotated[tuple[Sensor, ...], msgspec.Meta(max_length=200)] = ()
    vpns: Annotated[tuple[Vpn, ...], msgspec.Meta(max_length=200)] = ()
    links: Annotated[tuple[Link, ...], msgspec.Meta(max_length=2_000)] = ()


def faults(hospital: Hospital) -> list[str]:
    """What no single record can show, and addresses that are none. Empty when sound."""
    found = []
    for what, names in (
        ("zone", [one.name for one in hospital.zones]),
        ("machine", [one.name for one in hospital.machines]),
        ("filter", [one.name for one in hospital.filters]),
        ("gateway", [one.name for one in hospital.gateways]),
    ):
        found += [f"{what} {name!r} stands twice" for name in sorted({one for one in names if names.count(one) > 1})]
    zones = {one.name for one in hospital.zones} | {UNASSOCIATED, INTERNET}
    filters = {one.name for one in hospital.filters}
    named = [(f"sensor {one.name!r}", one.zone) for one in hospital.sensors]
    named += [(f"VPN {one.name!r}", one.ends_in) for one in hospital.vpns]
    named += [(f"link {one.name!r}", zone) for one in hospital.links for zone in one.between]
    found += [f"{who}: no zone {zone!r}" for who, zone in named if zone not in zones]
    found += [
        f"filter {one.name!r}: no filter {one.pair!r}" for one in hospital.filters if one.pair not in {*filters, ""}
    ]
    written = [(f"zone {one.name!r}", text) for one in hospital.zones for text in one.networks]
    written += [(f"machine {one.name!r}", text) for one in hospital.machines for text in one.addresses]
    written += [(f"gateway {one.name!r}", text) for one in hospital.gateways for text in one.addresses]
    for who, text in written:
        try:
            network(text)
        except ValueError:
            found.append(f"{who}: {text!r} is no address, network or range")
    return found
