"""Random networks with rules, translation, standby routes and faults, and a model to hold them against. Seeded."""

from __future__ import annotations

from random import Random

from leadglass.network.address import IPV4, IPV6, network, number
from leadglass.network.device import Check, Device, Interface, Rewrite, Route, Routing, Step, Translate, Translation
from leadglass.network.headers import NOTHING, PORTS, PROTOCOLS, Box, Headers
from leadglass.network.hospital import Hospital, Link, Machine, ServiceGateway, Zone
from leadglass.network.intervals import Intervals, of, one, span
from leadglass.network.model_network import Flow, ModelNetwork, Role
from leadglass.network.permitted import Expectation
from leadglass.network.rule import Action, Chain, Chains, Place, Rule, State
from leadglass.network.service import Service

PLACE = Place("random", 1)
ROLES = ("ct", "pacs", "ward")
SERVICES = (
    Service(id="dicom", title="DICOM", protocols=("tcp",), ports=("104", "11112")),
    Service(id="dns", title="DNS", protocols=("udp", "tcp"), ports=("53",), whole=True),
    Service(id="web", title="Web", protocols=("tcp",), ports=("443", "8000-8010")),
    Service(id="ping", title="Ping", protocols=("icmp",)),
)
PORT_SETS = (PORTS, one(104), span(104, 104), one(53), span(1, 1023), span(8000, 8005), span(440, 450), one(6000))


def model() -> ModelNetwork:
    """Required, allowed, through the gateway, one instead of another."""

    def flow(source: str, destination: str, service: str, wanted: Expectation, **more: object) -> Flow:
        return Flow(source=source, destination=destination, service=service, expectation=wanted, **more)  # type: ignore[arg-type]

    return ModelNetwork(
        id="random",
        title="Random",
        year=2026,
        roles=tuple(Role(id=name, title=name, column=index, row=0) for index, name in enumerate(ROLES)),
        services=SERVICES,
        flows=(
            flow("ct", "pacs", "dicom", Expectation.REQUIRED, instead=("web",)),
            flow("pacs", "ct", "dns", Expectation.REQUIRED),
            flow("ward", "pacs", "web", Expectation.ALLOWED),
            flow("ward", "ct", "dicom", Expectation.ALLOWED, obligations=("through-gateway",)),
            flow("pacs", "ward", "ping", Expectation.REQUIRED),
        ),
        separation="a",
        correctness="a",
        upkeep="a",
    )


class Networks:
    """A source of networks."""

    def __init__(self, seed: int) -> None:
        """The same seed makes the same."""
        self.random = Random(seed)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def hospital(self, zones: int) -> Hospital:
        found = []
        for index in range(zones):
            networks = [f"10.0.{index}.0/24"]
            if self.chance(0.2):
                networks.append(f"fd00:{index}::/64")
            if index and self.chance(0.2):
                networks.append(f"10.0.{index - 1}.128/26")  # part of another one's network
            found.append(Zone(name=f"z{index}", roles=(self.random.choice(ROLES),), networks=tuple(networks)))
        return Hospital(
            format="leadglass-network-1",
            name="random",
            zones=tuple(found),
            machines=tuple(
                Machine(name=f"m{index}", role=self.random.choice(ROLES), addresses=(f"10.0.{index}.7",))
                for index in range(zones)
                if self.chance(0.3)
            ),
            gateways=(ServiceGateway(name="gate", managed_by="hospital", addresses=("10.0.1.9",)),),
            links=(Link(name="leased", between=("z0", "z2")),) if self.chance(0.1) else (),
        )

    def devices(self, zones: int) -> tuple[Device, ...]:
        """Two or three in a row or side by side, each with some of the zones behind it."""
        count = self.random.choice((1, 2, 2, 3))
        homes = [self.random.randrange(count) for _ in range(zones)]
        both = self.chance(0.3)  # the first two share a network
        return tuple(self._device(index, count, homes, both=both) for index in range(count))

    def _device(self, index: int, count: int, homes: list[int], *, both: bool) -> Device:
        mine = [zone for zone, home in enumerate(homes) if home == index or (both and zone == 0 and index == 1)]
        interfaces = [
            Interface(
                f"e{zone}",
                of([*network(f"10.0.{zone}.0/24").spans, *network(f"fd00:{zone}::/64").spans]),
                one(number(f"10.0.{zone}.{1 + index}")),
            )
            for zone in mine
        ]
        interfaces.append(Interface("core", network("10.9.0.0/24"), one(number(f"10.9.0.{1 + index}"))))
        routes = [
            Route(
                network(f"10.0.{zone}.0/24"), "core", number(f"10.9.0.{1 + home}"), metric=self.random.choice((0, 0, 5))
            )
            for zone, home in enumerate(homes)
            if home != index and not self.chance(0.1)
        ]
        if self.chance(0.2):
            other = self.random.randrange(count)
            zone = self.random.randrange(len(homes))
            routes.append(Route(network(f"10.0.{zone}.0/24"), "core", number(f"10.9.0.{1 + other}"), metric=9))
        if index == 0:
            interfaces.append(Interface("out", network("198.51.100.0/24"), one(number("198.51.100.1"))))
            routes.append(Route(network("0.0.0.0/0"), "out", number("198.51.100.254")))
        else:
            routes.append(Route(network("0.0.0.0/0"), "core", number("10.9.0.1")))
        names = [interface.name for interface in interfaces]
        return Device(
            f"d{index}",
            "random",
            tuple(interfaces),
            tuple(routes),
            self._steps(names, len(homes)),
            dynamic=self.chance(0.05),
            doubts=(PLACE,) if self.chance(0.05) else (),
        )

    def _steps(self, names: list[str], zones: int) -> tuple[Step, ...]:
        before: list[Step] = []
        after: list[Step] = []
        if self.chance(0.3):
            before.append(Translate(tuple(self._published(names, zones) for _ in range(self.random.randint(1, 2)))))
        if self.chance(0.3):
            before.append(self._check(names, zones, ingress=frozenset(self.random.sample(names, 1))))
        after.append(self._check(names, zones))
        if self.chance(0.3):
            after.append(self._check(names, zones, egress=frozenset(self.random.sample(names, 1))))
        if self.chance(0.3):
            after.append(Translate((self._hidden(names, zones),)))
        return (*before, Routing(), *after)

    def _check(self, names: list[str], zones: int, **bound: frozenset[str]) -> Check:
        inner = tuple(self._rule(names, zones) for _ in range(self.random.randint(1, 3)))
        targets = ("inner",) if self.chance(0.3) else ()
        rules = tuple(self._rule(names, zones, targets) for _ in range(self.random.randint(1, 14)))
        default = Action.PERMIT if self.chance(0.15) else Action.DENY
        entry = Chain("entry", rules, default, PLACE, stateful=not self.chance(0.15))
        returning = self.chance(0.3)
        others = {"inner": Chain("inner", inner, Action.RETURN if returning else Action.DENY, PLACE)}
        return Check(Chains(entry, others), **bound)

    def _rule(self, names: list[str], zones: int, targets: tuple[str, ...] = ()) -> Rule:
        boxes = self.headers(zones)
        choices = [Action.PERMIT] * 6 + [Action.DENY] * 3 + [Action.PASS]
        action = self.random.choice(choices)
        if self.chance(0.03):
            action = self.random.choice((Action.UNKNOWN, Action.RETURN))
        target = ""
        if targets and self.chance(0.3):
            action, target = self.random.choice((Action.JUMP, Action.JUMP, Action.GOTO)), targets[0]
        return Rule(
            PLACE,
            action,
            boxes,
            NOTHING if self.chance(0.04) else boxes,
            target,
            ingress=frozenset(self.random.sample(names, 1)) if self.chance(0.15) else None,
            egress=frozenset(self.random.sample(names, 1)) if self.chance(0.15) else None,
            states=frozenset({State.ESTABLISHED}) if self.chance(0.05) else None,
        )

    def headers(self, zones: int) -> Headers:
        """One box or two, often of whole zones and whole services."""
        found = []
        for _ in range(1 if self.chance(0.8) else 2):
            protocol = self.random.choice((PROTOCOLS, one(6), one(6), one(17), one(1)))
            port = self.random.choice(PORT_SETS) if protocol != one(1) else PORTS
            source_port = PORTS if self.chance(0.9) else span(1024, 65_535)
            version = IPV6 if self.chance(0.15) else IPV4
            source, destination = self.addresses(zones, version), self.addresses(zones, version)
            found.append(Box(source, destination, protocol, source_port, port))
        return tuple(found)

    def addresses(self, zones: int, version: Intervals) -> Intervals:
        """Any, several zones, one, part of one, a machine."""
        kind, zone = self.random.randrange(6), self.random.randrange(zones)
        if version is IPV6:
            return IPV6 if kind < 2 else network(f"fd00:{zone}::/64")
        if kind == 0:
            return IPV4
        if kind == 1:
            return of(part for _ in range(3) for part in network(f"10.0.{self.random.randrange(zones)}.0/24").spans)
        if kind == 2:
            return network(f"10.0.{zone}.{self.random.choice((0, 64, 128))}/26")
        if kind == 3:
            return network(f"10.0.{zone}.{self.random.choice((7, 9, 20))}")
        return network(f"10.0.{zone}.0/24")

    def _published(self, names: list[str], zones: int) -> Translation:
        outside = network(self.random.choice(("198.51.100.9", "203.0.113.7", "10.0.1.150")))
        port = one(443) if self.chance(0.5) else PORTS
        boxes = (Box(IPV4, outside, one(6), PORTS, port),)
        return Translation(
            PLACE,
            Rewrite.DESTINATION,
            boxes,
            boxes if self.chance(0.8) else NOTHING,
            network(f"10.0.{self.random.randrange(zones)}.7"),
            one(8000) if port != PORTS and self.chance(0.5) else None,
            ingress=frozenset({"out"}) if "out" in names and self.chance(0.6) else None,
        )

    def _hidden(self, names: list[str], zones: int) -> Translation:
        boxes = (Box(self.addresses(zones, IPV4), IPV4, PROTOCOLS, PORTS, PORTS),)
        outside = self.random.choice(("198.51.100.1", "198.51.100.16/28", "10.9.0.1"))
        return Translation(
            PLACE,
            Rewrite.SOURCE,
            boxes,
            boxes,
            network(outside),
            exempt=self.chance(0.2),
            egress=frozenset(self.random.sample(names, 1)) if self.chance(0.7) else None,
        )
