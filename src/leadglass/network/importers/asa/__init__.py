"""Cisco ASA, software 8.3 and later, "show running-config": read into a `Device`. Never reads a file itself.

Order of a packet's steps: destination un-translated, access list of the way in (real addresses), route, security
levels, access list of the way out, source translated.
"""

from __future__ import annotations

import re

from leadglass.network.address import EVERY, network
from leadglass.network.device import Check, Device, Interface, Route, Routing
from leadglass.network.headers import headers
from leadglass.network.importers.asa import binding, interfaces, nat, routes, translations
from leadglass.network.importers.asa.interfaces import Port
from leadglass.network.importers.asa.reading import Reading
from leadglass.network.importers.asa.tunnels import Tunnel, Tunnels
from leadglass.network.importers.asa.version import version
from leadglass.network.importers.cisco.lines import Line, blocks, lines
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.fault import ConfigurationUnreadable, bounded
from leadglass.network.intervals import Intervals, union
from leadglass.network.transit import hops

KIND = "asa"

_OURS = re.compile(
    r"(?m)^(?:!?\s*: Hardware:\s+ASA|(?:ASA|PIX|FWSM|NGFW) Version\b|\s{0,8}nameif \S"
    r"|access-group \S+ (?:global|(?:in|out) interface)\b)"
)
_CONTEXTS = re.compile(r"(?m)^(?:context \S+|mode multiple)\s*$")
_SAVED = re.compile(r"(?m)^!?\s*: Saved\b")
_BANNER = re.compile(r"(?m)^(?:ASA|NGFW) Version\b")
_END = re.compile(r"(?m)^!?\s*: end\s*$")


def recognises(text: str) -> bool:
    """Whether the beginning of a text is of an ASA."""
    return _OURS.search(text) is not None


def read(text: str, file: str, name: str) -> Device:
    """A device from its running configuration.

    Args:
        text: of "show running-config", of one security context.
        file: name of the file, for places.
        name: of the device.

    Raises:
        ConfigurationUnreadable: it is of another vendor, of several contexts, cut off or too large.
    """
    text = bounded(text, file)
    _refuse(text, file)
    notes = Notes(file, KIND)
    reading = Reading(notes)
    first: Line | None = None
    for block in blocks(lines(text)):
        first = first or block.head
        reading.take(block)
    if first is not None and _END.search(text) is None:
        _without_end(text, reading.version or first, notes)
    return _device(reading, first, name)


def _refuse(text: str, file: str) -> None:
    if not recognises(text):
        raise ConfigurationUnreadable(
            "no configuration of a Cisco ASA: no line names an interface, binds a list or tells a version",
            'hand in the output of "show running-config", or name the syntax it is of',
            file,
            1,
        )
    contexts = _CONTEXTS.search(text)
    if contexts is not None:
        raise ConfigurationUnreadable(
            "the system part of a firewall with several contexts, which filters nothing itself",
            'hand in "show running-config" of each context as a firewall of its own',
            file,
            text.count("\n", 0, contexts.start()) + 1,
        )
    if _SAVED.search(text) is not None and _END.search(text) is None:
        raise ConfigurationUnreadable(
            'cut off: it begins with ": Saved" and does not end with ": end"',
            "export the configuration again, whole",
            file,
            len(text.rstrip("\n").split("\n")),
        )


def _without_end(text: str, line: Line, notes: Notes) -> None:
    if _BANNER.search(text) is not None or not text.endswith("\n"):
        notes.distrust(line, 'no ": end" at its end, as an ASA writes it: it may be cut off; add the line if it is not')
    else:
        notes.assume('the text has no ": end": taken for whole')


def _device(reading: Reading, first: Line | None, name: str) -> Device:
    notes = reading.notes
    running = version(reading.version, notes)
    ports = interfaces.interfaces(reading.interfaces, reading.aliases, notes)
    own = {port.name: port.own for port in ports}
    named = {port.name: port.interface for port in ports}
    table = [found for line in reading.routes if (found := routes.route(line, named, reading.aliases, notes))]
    lists = reading.rules(running, own)
    lists6 = {} if running.unified else reading.rules6(own)
    if running.unified:
        for lines6 in reading.lists6.values():
            notes.doubt(*lines6)
    tunnels = Tunnels(reading.tunnels, lists, notes).all
    table += _of_tunnels(tunnels, named, notes) + _learned(ports, notes)
    rules = nat.Rules(reading.objects, own, notes)
    for line in reading.translations:
        rules.read_twice(line)
    for owner, line in reading.object_translations:
        rules.read_object(owner, line)
    bare = Device(name, KIND, tuple(named.values()), tuple(table), (Routing(),))
    ways = hops.__wrapped__(bare)

    def routed(interface: str) -> Intervals:
        return union(way.destinations for way in ways if way.interface == interface and not way.standby)

    untranslate = translations.untranslated(rules.ordered, routed, notes)
    bindings, per_user = reading.bound(running, set(named))
    _hinder(reading, ports, table, routed)
    if per_user and not tunnels:
        notes.assume("no user has a list of his own, though one would override the interface's")
    parts = binding.Parts(
        ports,
        {**lists, **lists6},
        bindings,
        tunnels,
        per_user if tunnels or reading.hindrances.knows_users else {},
        tuple(reading.opened),
        reading.hindrances.rules(first),
        reading.inter_interface,
        reading.bypass,
        untranslate,
        ("",) if running.unified else ("4", "6"),
        notes,
    )
    before: list[Check] = binding.before_routing(parts)
    after: list[Check] = binding.after_routing(parts)
    return Device(
        name,
        KIND,
        tuple(named.values()),
        tuple(table),
        (untranslate, *before, Routing(), *after, translations.translated(rules.ordered, notes)),
        dynamic=reading.dynamic or any(port.learned or port.policy_routed for port in ports),
        coverage=notes.coverage,
        doubts=notes.doubts,
        assumptions=notes.assumptions,
        findings=notes.findings,
    )


def _of_tunnels(tunnels: tuple[Tunnel, ...], named: dict[str, Interface], notes: Notes) -> list[Route]:
    """Far ends for which the device makes routes itself: addresses of its pools, and where told to."""
    return [
        Route(Intervals((span,)), tunnel.interface, metric=1, place=notes.place(tunnel.line))
        for tunnel in tunnels
        if tunnel.interface in named
        for span in tunnel.reverse_route.spans
        if Intervals((span,)) != EVERY
    ]


def _learned(ports: tuple[Port, ...], notes: Notes) -> list[Route]:
    """An interface that is given its address may be given the default route too."""
    return [
        Route(network("0.0.0.0/0"), port.name, metric=254, place=notes.place(port.line))
        for port in ports
        if port.learned
    ]


def _hinder(reading: Reading, ports: tuple[Port, ...], table: list[Route], routed: translations.Routed) -> None:
    hindrances = reading.hindrances
    for interface, line in reading.reverse_path:
        strangers = headers(source=EVERY.without(routed(interface)))
        hindrances.may_drop(line, "sources that are not routed here", strangers, frozenset({interface}))
    for route in table:
        if route.interface == routes.NULL:
            what = headers(destination=route.destination)
            hindrances.may_drop(Line(route.place.line, route.place.text, 0), "routed to nowhere", what)
    for port in ports:
        if port.policy_routed:
            hindrances.may_drop(
                port.line, "where its packets go is decided by a policy", ingress=frozenset({port.name})
            )
