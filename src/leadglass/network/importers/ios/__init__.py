"""Cisco IOS and IOS XE, "show running-config": read into a `Device`. Never reads a file itself.

Order of a packet's steps: access list of the way in (addresses as they come, before translation), destination
un-translated, route, zone firewall, source translated, access list of the way out. Lists remember no connection.
"""

from __future__ import annotations

import re

from leadglass.network.address import network
from leadglass.network.device import Check, Device, Route, Routing, Step, Translate
from leadglass.network.headers import NOTHING, headers
from leadglass.network.importers.cisco.lines import Line, blocks, lines
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.fault import ConfigurationUnreadable, bounded
from leadglass.network.importers.ios import binding, routes
from leadglass.network.importers.ios.access_list import Lists
from leadglass.network.importers.ios.interfaces import Port
from leadglass.network.importers.ios.reading import Reading
from leadglass.network.importers.ios.text import without_banners
from leadglass.network.importers.ios.translations import Rules, Sides
from leadglass.network.intervals import Intervals, union
from leadglass.network.rule import Action, Chain, Chains, Rule
from leadglass.network.transit import hops

KIND = "ios"

_OURS = re.compile(
    r"(?m)^(?:Current configuration : \d+ bytes|version 1[1-9]\.\d+\s*$|ip access-list (?:standard|extended) \S"
    r"|access-list \d+ (?:permit|deny|remark) | ip access-group \S+ (?:in|out)\s*$| ip address [\d.]+ 255\.[\d.]+"
    r"|zone-pair security |ip nat inside )"
)
_OTHERS = re.compile(
    r"(?m)^(?:!! IOS XR |feature \S+\s*$|vdc \S+ id |ipv4 access-list |\s*nameif \S|(?:ASA|PIX|NGFW) Version )"
)
_FRAMED = re.compile(r"(?m)^(?:Building configuration|Current configuration : )")
_BANNER = re.compile(r"(?m)^version 1[1-9]\.\d+\s*$")
_END = re.compile(r"(?m)^end\s*$")


def recognises(text: str) -> bool:
    """Whether the beginning of a text is of IOS."""
    return _OURS.search(text) is not None and _OTHERS.search(text) is None


def read(text: str, file: str, name: str) -> Device:
    """A device from its running configuration.

    Args:
        text: of "show running-config".
        file: name of the file, for places.
        name: of the device.

    Raises:
        ConfigurationUnreadable: it is of another vendor or system, cut off or too large.
    """
    text = bounded(text, file)
    other = _OTHERS.search(text)
    if not _OURS.search(text) or other is not None:
        raise ConfigurationUnreadable(
            "no configuration of Cisco IOS" + ("" if other is None else f": {other[0].strip()!r} is of another system"),
            'hand in the output of "show running-config", or name the syntax it is of',
            file,
            1 if other is None else text.count("\n", 0, other.start()) + 1,
        )
    if _FRAMED.search(text) is not None and _END.search(text) is None:
        raise ConfigurationUnreadable(
            'cut off: it begins as "show running-config" does and does not end with "end"',
            "export the configuration again, whole",
            file,
            len(text.rstrip("\n").split("\n")),
        )
    notes = Notes(file, KIND)
    reading = Reading(notes)
    first: Line | None = None
    for block in blocks(lines(without_banners(text, file))):
        first = first or block.head
        reading.take(block)
    if first is not None and _END.search(text) is None:
        if _BANNER.search(text) is not None or not text.endswith("\n"):
            notes.distrust(first, 'no "end" at its end: it may be cut off; add the line if it is not')
        else:
            notes.assume('the text has no "end": taken for whole')
    return _device(reading, first, name)


def _device(reading: Reading, first: Line | None, name: str) -> Device:
    notes = reading.notes
    reading.leaks()
    ports = reading.ports.all
    interfaces = tuple(port.interface(notes) for port in ports)
    table = (*routes.routes(reading.routes, interfaces, notes), *_learned(ports, notes))
    bare = Device(name, KIND, interfaces, table, (Routing(),))
    routed = {
        port.name: union(
            way.destinations
            for way in hops.__wrapped__(bare, port.vrf)
            if way.interface == port.name and not way.standby
        )
        for port in ports
    }
    bound = binding.Bound(
        {
            "4": Lists(reading.lists, reading.groups, notes, reading.used),
            "6": Lists(reading.lists6, reading.groups, notes, reading.used),
        },
        notes,
    )
    translations = _translations(reading, ports, routed, bound)
    steps: tuple[Step, ...] = (
        *binding.lists(ports, "in", bound, reading),
        Translate(translations.before_routing),
        Routing(),
        *_dead_ends(reading, table, first),
        *binding.hindrances(ports, reading, routed, notes),
        *binding.zones(ports, reading.zones, bound, notes),
        Translate(translations.after_routing),
        *binding.lists(ports, "out", bound, reading),
    )
    dynamic = reading.dynamic or any(port.learned or port.policy_routed for port in ports)
    return Device(
        name,
        KIND,
        interfaces,
        table,
        steps,
        dynamic,
        notes.coverage,
        notes.doubts,
        notes.assumptions,
        notes.findings,
    )


def _translations(
    reading: Reading, ports: tuple[Port, ...], routed: dict[str, Intervals], bound: binding.Bound
) -> Rules:
    def sides(vrf: str) -> Sides:
        mine = [port for port in ports if port.vrf == vrf]
        inside = frozenset(port.name for port in mine if port.nat == "inside")
        outside = frozenset(port.name for port in ports if port.nat == "outside")
        return Sides(inside, outside, union(routed[name] for name in inside))

    rules = Rules({port.name: port for port in ports}, sides, bound.permitted, reading.route_maps, reading.notes)
    rules.read(reading.translations)
    return rules


def _learned(ports: tuple[Port, ...], notes: Notes) -> list[Route]:
    """An interface that is given its address may be given the default route too."""
    return [
        Route(network("0.0.0.0/0"), port.name, vrf=port.vrf, metric=254, place=notes.place(port.line))
        for port in ports
        if port.learned
    ]


def _dead_ends(reading: Reading, table: tuple[Route, ...], first: Line | None) -> list[Check]:
    """Routes to nowhere, and a switch that may not route at all: what they speak of is not claimed to pass."""
    rules = [
        Rule(route.place, Action.DENY, headers(destination=route.destination), NOTHING, note="routed to nowhere")
        for route in table
        if route.interface == routes.NULL
    ]
    if first is not None and (reading.routing is False or (reading.switch and reading.routing is None)):
        rules.append(Rule(reading.notes.place(first), Action.DENY, must=NOTHING, note="may not route"))
        reading.notes.assume("a switch without the line “ip routing” may or may not route between its networks")
    return [Check(Chains(Chain("routing", tuple(rules), Action.PERMIT, rules[0].place)))] if rules else []
