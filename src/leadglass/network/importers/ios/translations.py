"""Translation rules of IOS ("ip nat inside", "ip nat outside"), both directions. Never which packets come.

From inside to outside a packet is routed first and translated then; from outside to inside it is translated first.
An access list inwards at the outside therefore sees addresses before translation. Source: "NAT order of operation".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from leadglass.network.address import EVERY, IPV4
from leadglass.network.device import Rewrite, Translation
from leadglass.network.headers import NOTHING, PORTS, PROTOCOLS, Headers, headers
from leadglass.network.importers.cisco import literals
from leadglass.network.importers.cisco import ports as port_terms
from leadglass.network.importers.cisco.lines import Line
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.importers.ios.interfaces import Port
from leadglass.network.intervals import Intervals, union

Permitted = Callable[[str], tuple[Headers, Headers]]
"""What a list permits, by its name: may and must."""

IGNORED = frozenset(
    [
        "translation",
        "log",
        "service",
        "settings",
        "create",
        "portmap",
        "sip-sbc",
        "piggyback-support",
        "switchover",
        "pool",
    ]
)
OPTIONS = frozenset(
    ["extendable", "no-alias", "no-payload", "forced", "reversible", "match-in-vrf", "overload", "egress-interface"]
)


@dataclass(frozen=True, slots=True)
class Sides:
    """Which interfaces take part, within a routing instance.

    Attributes:
        inside, outside: names.
        routed: addresses that routes send out of the inside ones.
    """

    inside: frozenset[str]
    outside: frozenset[str]
    routed: Intervals


class Rules:
    """All translation rules of a file.

    Args:
        ports: interfaces by name.
        sides: interfaces that take part, by routing instance; "" is the main one.
        permitted: what a list permits.
        route_maps: lists that a route map matches by its permits; a map that says more is not in it.
        notes: of the file.
    """

    def __init__(
        self,
        ports: Mapping[str, Port],
        sides: Callable[[str], Sides],
        permitted: Permitted,
        route_maps: Mapping[str, str],
        notes: Notes,
    ) -> None:
        self._ports = ports
        self._sides = sides
        self._permitted = permitted
        self._route_maps = route_maps
        self._notes = notes
        self._pools: dict[str, Intervals] = {}
        self._static_in: list[Translation] = []
        self._static_out: list[Translation] = []
        self._dynamic_in: list[Translation] = []
        self._dynamic_out: list[Translation] = []
        self._unclaimed: list[Translation] = []

    @property
    def before_routing(self) -> tuple[Translation, ...]:
        """Destinations of what comes from outside; fixed translations first."""
        return (*self._static_in, *self._unclaimed, *self._dynamic_in)

    @property
    def after_routing(self) -> tuple[Translation, ...]:
        """Sources of what goes outside; fixed translations first."""
        return (*self._static_out, *self._dynamic_out)

    def read(self, lines: Sequence[Line]) -> None:
        """Take all "ip nat" lines; one that is not understood may change any packet."""
        for line in sorted(lines, key=lambda one: one.words[2:3] != ["pool"]):
            words = Words(line.words[2:])
            if words.next in IGNORED - {"pool"}:
                continue
            try:
                self._line(words, line)
                words.end()
            except NotUnderstood:
                self._notes.doubt(line)
            else:
                self._notes.understood(line)

    def _line(self, words: Words, line: Line) -> None:
        if words.accept("pool"):
            name = words.take()
            self._pools[name] = literals.between(words.take(), words.take(), {})
            words.expect("netmask", "prefix-length")
            words.take()
            if words.accept("type"):
                words.expect("match-host")
            return
        side = words.expect("inside", "outside")
        words.expect("source")
        if words.expect("static", "list", "route-map") == "static":
            self._static(words, line, inside=side == "inside")
        elif side == "inside":
            self._dynamic(words, line)
        else:
            raise NotUnderstood("outside hosts as a pool of inside addresses")

    def _static(self, words: Words, line: Line, *, inside: bool) -> None:
        protocol, ports = PROTOCOLS, (PORTS, PORTS)
        if words.next in {"tcp", "udp"}:
            protocol = port_terms.protocol(words.take())
            first = literals.host(words.take(), {})
            ports = (_port(words.take()), PORTS)
            second, own = self._global(words)
            ports = (ports[0], _port(words.take()))
        elif words.accept("network"):
            one, two = words.take(), words.take()
            mask = words.take()
            first, second = (_network(one_, mask) for one_ in (one, two))
            own = True
        else:
            first = literals.host(words.take(), {})
            second, own = self._global(words)
        vrf, unsure = self._options(words)
        sides = self._sides(vrf)
        if not inside:
            if protocol != PROTOCOLS:
                raise NotUnderstood("ports of outside hosts")
            self._outside(line, first, second, sides, unsure=unsure)
            return
        place, must = self._notes.place(line), own and not unsure
        seen = headers(IPV4, second, protocol, destination_port=ports[1])
        self._static_in.append(
            Translation(
                place,
                Rewrite.DESTINATION,
                seen,
                seen if must else NOTHING,
                first,
                None if ports[0] == ports[1] else ports[0],
                keeps_offset=first.size > 1,
                ingress=sides.outside,
            )
        )
        real = headers(first, IPV4, protocol, ports[0])
        self._static_out.append(
            Translation(
                place,
                Rewrite.SOURCE,
                real,
                real if must else NOTHING,
                second,
                None if ports[0] == ports[1] else ports[1],
                keeps_offset=first.size > 1,
                ingress=sides.inside,
                egress=sides.outside,
            )
        )
        self._straight(line, headers(IPV4, first.common(sides.routed), protocol, destination_port=ports[0]), sides)

    def _outside(self, line: Line, seen: Intervals, local: Intervals, sides: Sides, *, unsure: bool) -> None:
        """An outside host's global address is its local one inside."""
        place = self._notes.place(line)
        source, destination = headers(seen, IPV4), headers(IPV4, local)
        sure = NOTHING if unsure else source
        shift = seen.size > 1
        self._static_in.insert(
            0, Translation(place, Rewrite.SOURCE, source, sure, local, keeps_offset=shift, ingress=sides.outside)
        )
        back = Translation(
            place,
            Rewrite.DESTINATION,
            destination,
            NOTHING if unsure else destination,
            seen,
            keeps_offset=shift,
            ingress=sides.inside,
            egress=sides.outside,
        )
        self._static_out.insert(0, back)
        self._notes.distrust(
            line, "addresses of outside hosts are translated: which way they are routed is not computed"
        )

    def _dynamic(self, words: Words, line: Line) -> None:
        by_map = line.words[4] == "route-map"
        name = words.take()
        chosen = self._route_maps.get(name) if by_map else name
        may, must = self._permitted(chosen) if chosen is not None else (headers(IPV4), NOTHING)
        may, must = (tuple(box for box in found if box.source.within(IPV4)) for found in (may, must))
        if words.expect("pool", "interface") == "pool":
            pool = words.take()
            if pool not in self._pools:
                raise NotUnderstood(f"no pool {pool}")
            mapped, known, many = self._pools[pool], True, "overload" not in line.words
        else:
            mapped, known = self._own("".join(self._interface(words)))
            many = False
        vrf, unsure = self._options(words)
        sides = self._sides(vrf)
        place = self._notes.place(line)
        sure = must if known and not unsure else NOTHING
        self._dynamic_out.append(
            Translation(place, Rewrite.SOURCE, may, sure, mapped, ingress=sides.inside, egress=sides.outside)
        )
        sources = union(box.source for box in may)
        if many:  # without ports a host is reached for as long as it is mapped
            reached = headers(IPV4, mapped)
            self._dynamic_in.append(
                Translation(place, Rewrite.DESTINATION, reached, NOTHING, sources, ingress=sides.outside)
            )
        self._straight(line, headers(IPV4, sources.common(sides.routed)), sides)

    def _straight(self, line: Line, direct: Headers, sides: Sides) -> None:
        """Packets from outside straight to inside addresses: their replies would be translated, nothing is claimed."""
        self._unclaimed.append(
            Translation(
                self._notes.place(line),
                Rewrite.DESTINATION,
                direct,
                NOTHING,
                exempt=True,
                ingress=sides.outside,
                note="the reply would be translated",
            )
        )

    def _global(self, words: Words) -> tuple[Intervals, bool]:
        if words.accept("interface"):
            return self._own("".join(self._interface(words)))
        return literals.host(words.take(), {}), True

    def _interface(self, words: Words) -> list[str]:
        """An interface's name, in one word or two."""
        first = words.take()
        return [first] if any(letter.isdecimal() for letter in first) else [first, words.take()]

    def _own(self, name: str) -> tuple[Intervals, bool]:
        port = self._ports.get(name)
        if port is None:
            raise NotUnderstood(f"no interface {name}")
        return (port.own, True) if port.own else (EVERY.common(IPV4), False)

    def _options(self, words: Words) -> tuple[str, bool]:
        """The routing instance, and whether a condition is left open."""
        vrf, unsure = "", False
        while words:
            option = words.take().lower()
            if option == "vrf":
                vrf = words.take()
            elif option == "route-map":
                words.take()
                unsure = True
            elif option in {"redundancy", "mapping-id", "name"}:
                words.take()
            elif option.startswith("/") and option[1:].isdecimal():
                continue
            elif option not in OPTIONS:
                raise NotUnderstood(option)
        return vrf, unsure


def _network(word: str, mask: str) -> Intervals:
    if mask.startswith("/"):
        return literals.slashed(f"{word}{mask}")
    found = literals.masked(word, mask, {})
    if not found.exact:
        raise NotUnderstood(mask)
    return found.must


def _port(word: str) -> Intervals:
    may, must = port_terms.port(word)
    if may != must:
        raise NotUnderstood(word)
    return may
