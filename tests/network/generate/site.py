"""A small hospital round one filter, its model, and the naive question whether a packet passes. No sets, no parsers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leadglass.config.network_models import load_gap_classes
from leadglass.network.address import network, number
from leadglass.network.compare import Comparison, compare
from leadglass.network.device import Check, Device, Interface, Route, Routing
from leadglass.network.gaps import Gap, gaps
from leadglass.network.headers import Packet, headers
from leadglass.network.hospital import Hospital, Machine, Zone
from leadglass.network.intervals import one
from leadglass.network.model_network import Flow, ModelNetwork, Role
from leadglass.network.observed import NOTHING_SEEN, Observations
from leadglass.network.permitted import Expectation
from leadglass.network.rule import Action, Chain, Chains, Place, Rule
from leadglass.network.service import Service

PLACE = Place("by hand", 1)
ROLES = ("modality", "pacs", "clinical")
ZONES = {"ct": "10.1.0.0/28", "pacs": "10.2.0.0/28", "ward": "10.3.0.0/28"}
CT, PACS, WARD = "10.1.0.5", "10.2.0.5", "10.3.0.5"
SERVICES = (
    Service(id="dicom", title="DICOM", protocols=("tcp",), ports=("104", "11112")),
    Service(id="https", title="HTTPS", protocols=("tcp",), ports=("443",)),
    Service(id="dns", title="DNS", protocols=("udp", "tcp"), ports=("53",)),
    Service(id="ping", title="ICMP", protocols=("icmp", "icmpv6")),
)
PROTOCOLS, PORTS = (1, 6, 17, 47), (22, 53, 103, 104, 105, 443, 445, 11_112, 49_152)


def flow(source: str, destination: str, service: str, expectation: Expectation = Expectation.REQUIRED) -> Flow:
    return Flow(source=source, destination=destination, service=service, expectation=expectation)


NEEDED = (
    flow("modality", "pacs", "dicom"),
    flow("pacs", "modality", "dicom"),
    flow("clinical", "pacs", "https", Expectation.ALLOWED),
    flow("pacs", "clinical", "dns", Expectation.ALLOWED),
)


def model(flows: tuple[Flow, ...] = NEEDED) -> ModelNetwork:
    roles = tuple(Role(id=name, title=name, column=at, row=0) for at, name in enumerate(ROLES))
    outside = Role(id="internet", title="Internet", column=9, row=0, outside=True)
    nobody = Role(id="unassociated", title="Nobody", column=8, row=0)
    return ModelNetwork(
        id="small", title="Small", year=2026, roles=(*roles, outside, nobody), services=SERVICES, flows=flows,
        separation="a", correctness="b", upkeep="c",
    )  # fmt: skip


def hospital(
    machines: tuple[Machine, ...] = (), networks: Mapping[str, tuple[str, ...]] | None = None, **more: object
) -> Hospital:
    networks = networks or {name: (cidr,) for name, cidr in ZONES.items()}
    zones = tuple(
        Zone(name=name, roles=(role,), networks=cidrs)
        for (name, cidrs), role in zip(networks.items(), ROLES, strict=True)
    )
    return Hospital(format="leadglass-network-1", name="Small", model="small", zones=zones, machines=machines, **more)  # type: ignore[arg-type]  # fields of Hospital


INTERFACES = (
    *(Interface(name, network(cidr), network(cidr.replace(".0/28", ".1"))) for name, cidr in ZONES.items()),
    Interface("out", network("198.51.100.0/24"), network("198.51.100.1")),
)
ROUTES = (Route(network("0.0.0.0/0"), "out", number("198.51.100.254")),)


def firewall(*rules: Rule, default: Action = Action.DENY, kind: str = "nftables") -> Device:
    chain = Chain("inet filter forward", rules, default, PLACE)
    return Device("fw", kind, INTERFACES, ROUTES, (Routing(), Check(Chains(chain))))


def permit(source: str, destination: str, protocol: int = 6, port: int | None = None) -> Rule:
    boxes = headers(network(source), network(destination), one(protocol))
    if port is not None:
        boxes = tuple(box._replace(destination_port=one(port)) for box in boxes)
    return Rule(PLACE, Action.PERMIT, boxes, boxes)


@dataclass(frozen=True)
class Site:
    comparison: Comparison
    devices: tuple[Device, ...]
    gaps: tuple[Gap, ...]


def site(
    *devices: Device,
    flows: tuple[Flow, ...] = NEEDED,
    machines: tuple[Machine, ...] = (),
    observations: Observations = NOTHING_SEEN,
    networks: Mapping[str, tuple[str, ...]] | None = None,
    **more: object,
) -> Site:
    found = compare(hospital(machines, networks, **more), model(flows), devices, observations)
    return Site(found, devices, gaps(found, load_gap_classes(), witnesses=False))


def packet(source: str, destination: str, port: int, protocol: int = 6, source_port: int = 49_152) -> Packet:
    return Packet(number(source), number(destination), protocol, source_port, port)


def zone_of(place: int) -> str:
    return next((name for name, cidr in ZONES.items() if network(cidr).has(place)), "")


def service_of(one_: Packet) -> str:
    """By the model's own list, written down once more."""
    if one_.protocol in {1, 58}:
        return "ping"
    named = {(6, 104): "dicom", (6, 11_112): "dicom", (6, 443): "https", (6, 53): "dns", (17, 53): "dns"}
    return named.get((one_.protocol, one_.destination_port), "other")


def passes(device: Device, one_: Packet) -> bool:
    """Line by line, of a device with nothing but chains that have no jumps: every check must let it pass."""
    egress = zone_of(one_.destination) or "out"
    for step in device.steps:
        if isinstance(step, Check) and (step.egress is None or egress in step.egress):
            entry = step.chains.entry
            hits = (
                rule.action
                for rule in entry.rules
                if rule.states is None or "new" in rule.states
                if any(
                    all(any(a <= n <= b for a, b in f.spans) for f, n in zip(box, one_, strict=True))
                    for box in rule.must
                )
            )
            if next(hits, entry.default) is not Action.PERMIT:
                return False
    return True
