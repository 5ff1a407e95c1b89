"""Invented networks for measures: firewalls with rules in the manner of ClassBench. The same seed invents the same.

ClassBench (Taylor and Turner, 2007) draws rules from the distributions of real sets: prefixes of few lengths, most of
them hosts and whole networks; ports that are any, one, or a range; many rules of one pair of networks. No set of it is
used here; its shares of field types are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import msgspec

from leadglass.config.network_models import load_model
from leadglass.network.address import IPV4, network, number
from leadglass.network.device import Check, Device, Interface, Rewrite, Route, Routing, Translate, Translation
from leadglass.network.headers import PORTS, PROTOCOLS, Box, Headers, headers, service
from leadglass.network.hospital import Hospital, Zone
from leadglass.network.intervals import Intervals, one, span, union
from leadglass.network.model_network import ModelNetwork
from leadglass.network.rule import Action, Chain, Chains, Place, Rule, State
from leadglass.network.service import Service

ANY = 0.10  # of rules have "any" in one field, sources, destinations and services alike
DENIES = 0.15  # of rules
SERVICES = 60
PUBLISHED = 30  # addresses that the outermost firewall translates to machines inside
OUTSIDE = ("198.51.100.0/24", "198.51.100.1", "198.51.100.254")  # RFC 5737
BACKBONE = "10.255.0.0/24"
_KINDS = ("host", "part", "zone", "group")
_SHARES = (45, 15, 30, 10)


@dataclass(frozen=True, slots=True)
class Invented:
    """A network to be compared.

    Attributes:
        rules: in all.
    """

    hospital: Hospital
    model: ModelNetwork
    devices: tuple[Device, ...]
    rules: int


def model() -> ModelNetwork:
    """The model that ships, with as many services added as make `SERVICES`: single ports that nobody lists."""
    shipped = load_model("2026")
    more = [
        Service(id=f"extra-{port}", title=f"TCP port {port}", protocols=("tcp",), ports=(str(port),))
        for port in range(20_000, 20_000 + SERVICES - len(shipped.services))
    ]
    return msgspec.structs.replace(shipped, services=(*shipped.services, *more))


def typical(rules: int, zones: int, firewalls: int, seed: int = 1) -> Invented:
    """Zones spread over firewalls on one backbone; a flow between two of them is permitted or denied on both.

    Args:
        rules: of all firewalls together.
        zones: /24 networks; a tenth has a second one.
        firewalls: the first is the way to the Internet, and translates.
        seed: of everything.
    """
    return _Inventor(seed, zones, firewalls).network(rules)


def shadowed(parts: int, zones: int = 20, seed: int = 1) -> Invented:
    """One firewall that permits all, behind rules that deny every packet, each of them a part, in no order.

    Nothing passes; but no rule tells so, no packet shows it, and boxes of what is left are many before they are none.

    Args:
        parts: from the second zone to the third; the others have no rules of their own.
        zones: how many.
        seed: of everything.
    """
    return _Inventor(seed, zones, 1).shadowed(parts)


class _Inventor:
    def __init__(self, seed: int, zones: int, firewalls: int) -> None:
        self.random = Random(seed)
        self.model = model()
        self.homes = [index % firewalls for index in range(zones)]
        self.networks = [[f"10.{1 + index // 250}.{index % 250}.0/24"] for index in range(zones)]
        for index in range(0, zones, 10):
            self.networks[index].append(f"10.{101 + index // 250}.{index % 250}.0/24")
        self.addresses = [union(map(network, networks)) for networks in self.networks]
        self.firewalls = firewalls

    def network(self, rules: int) -> Invented:
        chains: list[list[Rule]] = [[] for _ in range(self.firewalls)]
        wanted = rules // self.firewalls
        while any(len(chain) < wanted for chain in chains):
            source, destination = self.random.sample(range(len(self.homes)), 2)
            rule = self._rule(source, destination)
            for home in {self.homes[source], self.homes[destination]}:
                if len(chains[home]) < wanted:
                    chains[home].append(rule)
        devices = tuple(self._device(index, chain) for index, chain in enumerate(chains))
        return Invented(self._hospital(), self.model, devices, sum(map(len, chains)))

    def shadowed(self, parts: int) -> Invented:
        boxes = [Box(self.addresses[1], self.addresses[2], PROTOCOLS, PORTS, PORTS)]  # zones of one network each
        while len(boxes) < parts:
            box = boxes.pop(self.random.randrange(len(boxes)))
            field = max((0, 1, 3, 4), key=lambda at: self.random.random() * (box[at].size > 1))
            (first, last) = box[field].spans[0]
            middle = self.random.randint(first, max(first, last - 1))
            halves = (span(first, middle), span(middle + 1, last))
            boxes += (Box._make((*box[:field], half, *box[field + 1 :])) for half in halves if half)
        self.random.shuffle(boxes)
        chain = [*(_rule(Action.DENY, (box,)) for box in boxes), _rule(Action.PERMIT, headers())]
        return Invented(self._hospital(), self.model, (self._device(0, chain),), len(chain))

    def _hospital(self) -> Hospital:
        roles = [
            role.id for role in self.model.roles if not role.filter and not role.outside and role.id != "unassociated"
        ]
        zones = [
            Zone(name=f"zone-{index}", roles=(roles[index % len(roles)],), networks=tuple(networks))
            for index, networks in enumerate(self.networks)
        ]
        return Hospital(format="leadglass-network-1", name="Invented", zones=tuple(zones))

    def _rule(self, source: int, destination: int) -> Rule:
        action = Action.DENY if self.random.random() < DENIES else Action.PERMIT
        ends = [self._end(source), self._end(destination)]
        found = self._service()
        if self.random.random() < ANY:
            field = self.random.randrange(3)
            if field < 2:
                ends[field] = IPV4
            else:
                found = (Box(IPV4, IPV4, PROTOCOLS, PORTS, PORTS),)
        return _rule(action, tuple(box._replace(source=ends[0], destination=ends[1]) for box in found))

    def _end(self, zone: int) -> Intervals:
        kind = self.random.choices(_KINDS, _SHARES)[0]
        if kind == "group":
            return union(self._host(zone) for _ in range(self.random.randint(2, 8)))
        if kind == "zone":
            return self.addresses[zone]
        if kind == "part":
            first = self.addresses[zone].first + 64 * self.random.randrange(4)
            return span(first, first + self.random.choice((15, 31, 63)))
        return self._host(zone)

    def _host(self, zone: int) -> Intervals:
        return one(self.addresses[zone].first + self.random.randint(2, 250))

    def _service(self) -> Headers:
        """All of a service most often, one of its ports, or a range that has nothing to do with any."""
        chosen = self.random.choice(self.model.services)
        kind = self.random.random()
        if kind < 0.70:
            return tuple(box for box in chosen.between(IPV4, IPV4) if box)
        if kind < 0.90 or not chosen.ports:
            protocol = chosen.protocol.spans[0][0]
            port = chosen.port.first
            return service(protocol, port, port)[:1]
        if kind < 0.95:
            return service(6, 1024, 65_535)[:1]
        first = self.random.randint(1, 60_000)
        return service(6, first, first + self.random.randint(1, 2_000))[:1]

    def _device(self, index: int, rules: Sequence[Rule]) -> Device:
        established = Rule(_place(0), Action.PERMIT, states=frozenset({State.ESTABLISHED, State.RELATED}))
        chain = Chain("forward", (established, *rules), Action.DENY, _place(0))
        steps = (Routing(), Check(Chains(chain)))
        outer = (Translate(tuple(self._published())), *steps, Translate((_hidden(),)))
        return Device(
            f"firewall-{index}",
            "rules",
            tuple(self._interfaces(index)),
            tuple(self._routes(index)),
            outer if index == 0 else steps,
        )

    def _interfaces(self, index: int) -> Iterator[Interface]:
        for zone, networks in enumerate(self.networks):
            if self.homes[zone] == index:
                for number_, written in enumerate(networks):
                    addresses = network(written)
                    yield Interface(f"vlan{zone}-{number_}", addresses, one(addresses.first + 1))
        yield Interface("backbone", network(BACKBONE), one(number("10.255.0.1") + index))
        if index == 0:
            yield Interface("outside", network(OUTSIDE[0]), network(OUTSIDE[1]))

    def _routes(self, index: int) -> Iterator[Route]:
        for zone, networks in enumerate(self.networks):
            if self.homes[zone] != index:
                via = number("10.255.0.1") + self.homes[zone]
                yield from (Route(network(written), "backbone", via) for written in networks)
        if index == 0:
            yield Route(IPV4, "outside", number(OUTSIDE[2]))
        else:
            yield Route(IPV4, "backbone", number("10.255.0.1"))

    def _published(self) -> Iterator[Translation]:
        for index in range(PUBLISHED):
            matched = service(6, 443, 443)[:1]
            matched = (matched[0]._replace(destination=one(network(OUTSIDE[0]).first + 10 + index)),)
            real = self._host(self.random.randrange(len(self.homes)))
            yield Translation(
                _place(0), Rewrite.DESTINATION, matched, matched, real, one(8443), ingress=frozenset({"outside"})
            )


def _hidden() -> Translation:
    inside = (Box(network("10.0.0.0/8"), IPV4, PROTOCOLS, PORTS, PORTS),)
    return Translation(_place(0), Rewrite.SOURCE, inside, inside, network(OUTSIDE[1]), egress=frozenset({"outside"}))


def _place(line: int) -> Place:
    return Place("invented", line)


def _rule(action: Action, matched: Headers) -> Rule:
    return Rule(_place(1), action, matched, matched)
