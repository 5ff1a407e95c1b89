"""A small network by hand, for tests of comparison, gaps and rules: one firewall, zones beside it. Reads no file."""

from __future__ import annotations

from typing import Any

from leadglass.config.network_models import load_model
from leadglass.network.address import network, number
from leadglass.network.compare import Comparison, compare
from leadglass.network.device import Check, Device, Interface, Route, Routing, Step
from leadglass.network.headers import Headers, headers
from leadglass.network.hospital import Hospital, Machine, Zone
from leadglass.network.intervals import one
from leadglass.network.model_network import ModelNetwork
from leadglass.network.observed import NOTHING_SEEN, Observations
from leadglass.network.rule import Action, Chain, Chains, Place, Rule

LINE = Place("fw.conf", 7, "permit")
DEFAULT = Place("fw.conf", 1, "default")
MODEL = load_model("2026")


def zone(name: str, role: str, *networks: str) -> Zone:
    return Zone(name=name, roles=(role,) if role else (), networks=networks)


DEVICES, PACS, RIS, WARDS, DMZ = (
    zone("devices", "modality", "10.1.0.0/24"),
    zone("pacs", "pacs", "10.2.0.0/24"),
    zone("ris", "ris", "10.3.0.0/24"),
    zone("wards", "clinical", "10.4.0.0/24"),
    zone("dmz", "dmz", "192.0.2.0/24"),
)
ZONES = (DEVICES, PACS, RIS, WARDS, DMZ)
MACHINES = (
    Machine(name="ct", role="modality", kind="CT", addresses=("10.1.0.7",)),
    Machine(name="archive", role="pacs", addresses=("10.2.0.5",)),
)


def tcp(source: str, destination: str, port: int) -> Headers:
    return headers(network(source), network(destination), one(6), destination_port=one(port))


def permit(found: Headers, must: Headers | None = None, place: Place = LINE) -> Rule:
    return Rule(place, Action.PERMIT, found, found if must is None else must)


def firewall(
    *rules: Rule, zones: tuple[Zone, ...] = ZONES, steps: tuple[Step, ...] | None = None, **values: Any
) -> Device:
    interfaces = [
        Interface(f"{each.name}{index}", network(written), one(network(written).first + 1))
        for each in zones
        for index, written in enumerate(each.networks)
    ]
    interfaces.append(Interface("out", network("198.51.100.0/24"), network("198.51.100.1")))
    outward = Route(network("0.0.0.0/0"), "out", number("198.51.100.254"))
    check = Check(Chains(Chain("filter", rules, Action.DENY, DEFAULT)))
    return Device("fw", "rules", tuple(interfaces), (outward,), steps or (Routing(), check), **values)


def hospital(**values: Any) -> Hospital:
    given: dict[str, Any] = {"zones": ZONES, "machines": MACHINES, **values}
    return Hospital(format="leadglass-network-1", name="Test", **given)


def compared(
    *rules: Rule,
    device: Device | None = None,
    seen: Observations = NOTHING_SEEN,
    model: ModelNetwork = MODEL,
    **values: Any,
) -> Comparison:
    described = hospital(**values)
    device = device or firewall(*rules, zones=described.zones)
    return compare(described, model, (device,), seen)
