"""What of a hospital stands at which role's place: zones, filters, gateways, sensors, remote ways in. Draws nothing.

A zone stands at the place of its first role that the model knows; at those of its other roles it is named. A filter
stands wherever the model has one that it takes the part of: by the networks its configuration joins.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from leadglass.network.address import network
from leadglass.network.compare import Comparison
from leadglass.network.device import Device
from leadglass.network.gap_class import Severity
from leadglass.network.gaps import Gap
from leadglass.network.model_network import ModelNetwork
from leadglass.network.picture.places import UNPLACED
from leadglass.network.rules.site import Site
from leadglass.network.zones import Part, Partition

OWN_GATEWAY, OTHER_GATEWAY = "service-gateway", "second-gateway"
EDGE_SENSOR, INNER_SENSOR = "edge-detection", "imaging-detection"
CORE, REMOTE, DMZ = "core-router", "remote-user", "dmz"
"""Roles that stand in every model that ships; in a model without one, what would stand there has no place."""

JOINS = 3  # zones inside that a device joins to be a core
_DEFAULT = 1 << 31  # addresses: a route to so many is a way out


@dataclass(frozen=True, slots=True)
class Row:
    """One thing at a place.

    Attributes:
        sort: "zone", "filter", "gateway", "sensor", "way in".
        name, title: of it.
        machines: in a zone.
        gaps: that touch a zone. worst: of these.
        also: it stands elsewhere, and has this role too.
    """

    sort: str
    name: str
    title: str
    machines: int = 0
    gaps: int = 0
    worst: Severity = Severity.NONE
    also: bool = False


def homes(comparison: Comparison) -> dict[str, str]:
    """By zone, the role whose place it stands at; `UNPLACED` where the model knows none of its roles."""
    known = {role.id for role in comparison.model.roles if not role.filter}
    return {
        part.name: next((role for role in part.roles if role in known), UNPLACED.id)
        for part in comparison.partition.parts
    }


def standing(site: Site, at: dict[str, str], gaps: Iterable[Gap]) -> dict[str, list[Row]]:
    """By role, what stands there."""
    found: dict[str, list[Row]] = {}
    _zones(site, at, gaps, found)
    _filters(site, found)
    _others(site, at, found)
    return found


def machines_by_zone(comparison: Comparison) -> dict[str, int]:
    """How many machines are declared in each zone, by their first address."""
    spans = _spans(comparison.partition)
    starts = [first for first, _ in spans]
    found: dict[str, int] = {}
    for machine in comparison.hospital.machines:
        name = spans[bisect_right(starts, network(machine.addresses[0]).first) - 1][1]
        found[name] = found.get(name, 0) + 1
    return found


def _spans(partition: Partition) -> list[tuple[int, str]]:
    return sorted((first, part.name) for part in partition.parts for first, _ in part.addresses.spans)


def _zones(site: Site, at: dict[str, str], gaps: Iterable[Gap], found: dict[str, list[Row]]) -> None:
    machines = machines_by_zone(site.comparison)
    count: dict[str, int] = {}
    worst: dict[str, Severity] = {}
    for gap in gaps:
        for zone in gap.pair:
            count[zone] = count.get(zone, 0) + 1
            worst[zone] = max(worst.get(zone, Severity.NONE), gap.severity, key=lambda one: one.rank)
    for part in site.comparison.partition.parts:
        if not part.addresses:
            continue
        home, name = at[part.name], part.name
        bad = count.get(name, 0), worst.get(name, Severity.NONE)
        found.setdefault(home, []).append(Row("zone", name, part.title, machines.get(name, 0), *bad))
        for role in site.roles(part):
            if role.id != home and not role.filter:
                found.setdefault(role.id, []).append(Row("zone", name, part.title, also=True))


def _filters(site: Site, found: dict[str, list[Row]]) -> None:
    titles = {one.name: one.title or one.name for one in site.hospital.filters}
    standby = {one.pair for one in site.hospital.filters if one.pair}
    guards = _guards(site.model)
    for device in site.devices:
        touched = _touched(site, device)
        roles = {role.id for part in touched for role in site.roles(part)}
        places = [name for name, guarded in guards.items() if guarded & roles]
        if len([part for part in touched if part in site.inside]) >= JOINS and site.model.role(CORE) is not None:
            places.append(CORE)
        title = titles.get(device.name, device.name) + (" (pair)" if device.name in standby else "")
        for name in places or [UNPLACED.id]:
            found.setdefault(name, []).append(Row("filter", device.name, title))
    read = {device.name for device in site.devices}
    for one in site.hospital.filters:
        if one.name not in read and not one.pair:
            row = Row("filter", one.name, f"{one.title or one.name}: no configuration")
            found.setdefault(UNPLACED.id, []).append(row)


def _guards(model: ModelNetwork) -> dict[str, set[str]]:
    """By filter of the model, the roles it keeps apart: those that ask for the same control.

    Of several filters for one control the first stands at the outside, the others at the zone to their left.
    """
    found: dict[str, set[str]] = {}
    seen: set[str] = set()
    for role in sorted((one for one in model.roles if one.filter and one.control), key=lambda one: one.column):
        if role.control in seen:
            left = [one for one in model.roles if not one.filter and one.row == role.row and one.column < role.column]
            found[role.id] = {max(left, key=lambda one: one.column).id} if left else set()
        else:
            found[role.id] = {one.id for one in model.roles if not one.filter and one.control == role.control}
        seen.add(role.control)
    return found


def _touched(site: Site, device: Device) -> list[Part]:
    """Zones that its interfaces are in; the Internet where a default route leads out of the hospital."""
    behind = [one.networks for one in device.interfaces if one.enabled and one.networks]
    out = any(route.destination.size >= _DEFAULT and _leaves(site, route.via) for route in device.routes)
    return [
        part
        for part in site.parts
        if any(networks.meets(part.addresses) for networks in behind) or (out and part.name == "internet")
    ]


def _leaves(site: Site, via: int | None) -> bool:
    """Whether the next hop is none of the devices that are known."""
    return via is None or not any(
        port.interface.addresses.has(via) for segment in site.comparison.net.segments for port in segment.ports
    )


def _others(site: Site, at: dict[str, str], found: dict[str, list[Row]]) -> None:
    known = {role.id for role in site.model.roles}

    def stand(role: str, row: Row) -> None:
        found.setdefault(role if role in known else UNPLACED.id, []).append(row)

    hospital = site.hospital
    for gateway in hospital.gateways:
        role = OWN_GATEWAY if gateway.managed_by == "hospital" else OTHER_GATEWAY
        stand(role, Row("gateway", gateway.name, gateway.title or gateway.name))
    outside = {role.id for role in site.model.roles if role.outside} | {DMZ}
    for sensor in hospital.sensors:
        edge = at.get(sensor.zone, UNPLACED.id) in outside
        stand(EDGE_SENSOR if edge else INNER_SENSOR, Row("sensor", sensor.name, sensor.name))
    for vpn in hospital.vpns:
        stand(REMOTE, Row("way in", vpn.name, f"{vpn.name} ({vpn.kind}) to {vpn.ends_in}"))
