"""Rules as a table, for boxes without an importer of their own: one rule a line, first match decides. No translation.

Columns, in any order, by the names of the first line:

    order, from, to, source, destination, service, action, enabled

`from` and `to` are the box's own zones; empty or "any": all. Lines whose order is a word say what no rule can:

    interface: the zone in `from`, the box's address there with its length in `source` (10.1.0.1/24); one a network
    route:     the network in `destination`, the zone it is behind in `to`, the next hop in `source`
    default:   in `action` what becomes of a packet that no rule decides
    stateless: replies need rules of their own

What a cell says that is not understood is both nothing and anything. A line that is no rule for certain, or one whose
place among the others is not known, makes the device doubtful: nothing that rests on it is covered.
"""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.network.address import IPV4, IPV6, V6
from leadglass.network.device import Check, Coverage, Device, Interface, Route, Routing
from leadglass.network.headers import NOTHING
from leadglass.network.importers.fault import ConfigurationUnreadable, bounded
from leadglass.network.importers.rules_csv.cells import (
    ACTIONS,
    ANY,
    ENABLED,
    addresses,
    between,
    endpoint,
    services,
)
from leadglass.network.importers.rules_csv.lines import SYNTAX, Line, Table, names_columns, table
from leadglass.network.intervals import one
from leadglass.network.rule import Action, Chain, Chains, Place, Rule

MAX_ORDER = 10**9


def recognises(head: str) -> bool:
    """Whether a text begins with a line that names the columns."""
    return names_columns(head)


def read(text: str, file: str, name: str) -> Device:
    """The device that a table of rules makes.

    Raises:
        ConfigurationUnreadable: no line names the columns, the last one is cut off, no line says which networks the box
            joins, or a rule names a zone that none of them has.
    """
    return _Reader(table(bounded(text, file), file), file, name).device()


class _Reader:
    """Makes a device of the lines."""

    def __init__(self, found: Table, file: str, name: str) -> None:
        self._table, self._file, self._name = found, file, name
        self._doubts: list[Place] = list(found.strange)
        self._missed: list[Place] = list(found.strange)
        self._findings: list[tuple[Place, str]] = list(found.findings)
        self._interfaces = tuple(self._read_interfaces())

    def device(self) -> Device:
        routes = tuple(self._routes())
        rules = tuple(self._rules())
        default, place = self._default()
        stateful = not self._table.of("stateless")
        assumptions = ["it translates no addresses"]
        if stateful:
            assumptions.append("it remembers connections: replies to what it let pass need no rule")
        dynamic = not self._table.of("route")
        if dynamic:
            assumptions.append("no line gives its routes: anything may be behind any of its networks")
        relevant = len(self._table.lines) + len(self._table.strange)
        missed = tuple(dict.fromkeys(self._missed))
        return Device(
            self._name,
            SYNTAX,
            self._interfaces,
            routes,
            (Routing(), Check(Chains(Chain("rules", rules, default, place, stateful)))),
            dynamic,
            Coverage(relevant, relevant - len(missed), missed),
            tuple(self._doubts),
            tuple(assumptions),
            tuple(self._findings),
        )

    def _unreadable(self, message: str, hint: str, line: int = 0) -> ConfigurationUnreadable:
        return ConfigurationUnreadable(message, hint, self._file, line)

    def _doubt(self, line: Line, words: str) -> None:
        self._doubts.append(line.place)
        self._missed.append(line.place)
        self._findings.append((line.place, words))

    def _read_interfaces(self) -> Iterator[Interface]:
        lines = self._table.of("interface")
        if not lines:
            raise self._unreadable(
                "no line says which networks this box joins",
                "add a line for each: interface, its zone in 'from', its address with length in 'source'",
            )
        count: dict[str, int] = {}
        for line in lines:
            zone, pair = line["from"], endpoint(line["source"])
            if pair is None or not zone:
                raise self._unreadable(
                    "an interface without a zone in 'from', or without an address and its length in 'source'",
                    "write the zone in 'from' and an address such as 10.1.0.1/24 in 'source'",
                    line.place.line,
                )
            count[zone] = count.get(zone, 0) + 1
            name = zone if count[zone] == 1 else f"{zone} {count[zone]}"
            yield Interface(name, pair[1], one(pair[0]), zone, place=line.place)

    def _routes(self) -> Iterator[Route]:
        for line in self._table.of("route"):
            destination = addresses("any" if line["destination"].lower() == "default" else line["destination"])
            via = addresses(line["source"]).must
            sides = [side for side in self._interfaces if side.zone == line["to"]]
            hop = via.first if via.size == 1 else None
            if not destination.exact or not sides or (line["source"] and hop is None):
                self._doubt(line, "a route that is not understood")
                continue
            side = next((each for each in sides if hop is not None and each.networks.has(hop)), sides[0])
            for version in (IPV4, IPV6):
                part = destination.must.common(version)
                if part and (hop is None or (hop < V6) == (version is IPV4)):
                    yield from (Route(type(part)((each,)), side.name, hop, place=line.place) for each in part.spans)

    def _default(self) -> tuple[Action, Place]:
        lines = self._table.of("default")
        if not lines:
            self._findings.append((Place(self._file, 0), "no line says what becomes of what no rule decides"))
            return Action.UNKNOWN, Place(self._file, 0)
        said = {ACTIONS.get(line["action"].lower()) for line in lines}
        action = said.pop() if len(said) == 1 else None
        if action is None:
            self._missed.append(lines[-1].place)
            self._findings.append((lines[-1].place, "a default that is not understood"))
        return action or Action.UNKNOWN, lines[-1].place

    def _rules(self) -> Iterator[Rule]:
        placed: list[tuple[int, Line]] = []
        for line in self._table.rules:
            written = line["order"]
            if written.isascii() and written.isdigit() and int(written[:12]) <= MAX_ORDER:
                placed.append((int(written), line))
            else:
                self._doubt(line, f"an order that is no number: {written[:40]!r}")
        seen: set[int] = set()
        for order, line in placed:
            if order in seen:
                self._doubt(line, f"the order {order} stands twice: which goes first is not known")
            seen.add(order)
        for _, line in sorted(placed, key=lambda pair: pair[0]):
            enabled = ENABLED.get(line["enabled"].lower()) if "enabled" in self._table.columns else True
            if enabled is not False:
                yield self._rule(line, sure=enabled is True)

    def _rule(self, line: Line, *, sure: bool) -> Rule:
        source, destination = addresses(line["source"]), addresses(line["destination"])
        service = services(line["service"])
        action = ACTIONS.get(line["action"].lower(), Action.UNKNOWN)
        may, must = between(source, destination, service)
        notes = [
            words
            for words, understood in (
                (f"source {line['source']!r}", source.exact),
                (f"destination {line['destination']!r}", destination.exact),
                (f"service {line['service']!r}", service.exact),
                (f"action {line['action']!r}", action is not Action.UNKNOWN),
                (f"enabled {line['enabled']!r}", sure),
            )
            if not understood
        ]
        if notes:
            self._missed.append(line.place)
        return Rule(
            line.place,
            action,
            may,
            must if sure else NOTHING,
            ingress=self._side(line, "from"),
            egress=self._side(line, "to"),
            note="; ".join(notes)[:300],
        )

    def _side(self, line: Line, column: str) -> frozenset[str] | None:
        """Interfaces of the zones that a rule names; None: any."""
        zones = [part.strip() for part in line[column].split(";") if part.strip()]
        if not zones or any(zone.lower() in ANY for zone in zones):
            return None
        known = {one.zone for one in self._interfaces}
        for zone in zones:
            if zone not in known:
                raise self._unreadable(
                    f"no interface line for zone {zone[:60]!r}",
                    f"add one, or correct the name; known are {', '.join(sorted(known))[:200]}",
                    line.place.line,
                )
        return frozenset(one.name for one in self._interfaces if one.zone in zones)
