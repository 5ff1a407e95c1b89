"""Whether map and inventory agree with themselves: addresses that stand twice, zones without a role. Never traffic."""

from __future__ import annotations

from collections import defaultdict

from leadglass.network.address import network, networks, text
from leadglass.network.gap_class import Severity
from leadglass.network.hospital import UNASSOCIATED
from leadglass.network.intervals import EMPTY
from leadglass.network.rules.ruling import Basis, Finding, NetworkRule, Ruled, Verdict, finding, ruled
from leadglass.network.rules.site import Site

ID, MAP, INVENTORY = "inventory", "topo-map", "topo-inventory"


def judge(site: Site) -> tuple[Ruled, ...]:
    """Map and inventory; both can be refuted here, and neither confirmed."""
    zones = _zones(site)
    machines = _machines(site)
    return (
        ruled(ID, MAP, *_verdict(zones, "Nothing in the map contradicts itself; whether it is right it cannot tell.")),
        ruled(
            ID,
            INVENTORY,
            *_verdict(machines, "No address stands twice; whether all stand here it cannot tell."),
            Basis.CLAIMED,
        ),
    )


def _verdict(found: list[Finding], otherwise: str) -> tuple[Verdict, list[str], list[Finding]]:
    return (Verdict.PARTLY if found else Verdict.NOT_COVERED), [one.what for one in found] or [otherwise], found


def _zones(site: Site) -> list[Finding]:
    found = [
        finding(
            ID,
            (one.first, one.second),
            Severity.MEDIUM,
            f"{one.first} and {one.second} both claim {', '.join(networks(one.addresses)[:3])}; {one.first} gets it.",
        )
        for one in site.comparison.partition.overlaps
    ]
    found += [
        finding(
            ID, (part.name,), Severity.LOW, f"{part.title} has no role: the model forbids everything to and from it."
        )
        for part in site.inside
        if not site.roles(part)
    ]
    found += _undeclared(site)
    return list({one.id: one for one in found}.values())


def _undeclared(site: Site) -> list[Finding]:
    """Networks of filters that stand in no zone: nobody was asked what they are."""
    nobody = next((part for part in site.comparison.partition.parts if part.name == UNASSOCIATED), None)
    found = []
    for device in site.devices:
        for interface in device.interfaces:
            rest = interface.networks.common(nobody.addresses) if nobody and interface.enabled else EMPTY
            if rest:
                names = ", ".join(networks(rest)[:3])
                what = f"{device.name} has {names} on interface {interface.name}, which stands in no zone."
                places = [interface.place] if interface.place.file else []
                found.append(finding(ID, (device.name, interface.name), Severity.MEDIUM, what, *places))
    return found


def _machines(site: Site) -> list[Finding]:
    owners: dict[int, list[str]] = defaultdict(list)
    for machine in site.hospital.machines:
        for written in machine.addresses:
            addresses = network(written)
            if addresses.size == 1:
                owners[addresses.first].append(machine.name)
    for device in site.devices:
        for interface in device.interfaces:
            for first, last in interface.addresses.spans if interface.enabled else ():
                if first == last:
                    owners[first].append(device.name)
    return [
        finding(
            ID,
            sorted(set(names)),
            Severity.MEDIUM,
            f"{' and '.join(sorted(set(names)))} have one address: {text(address)}.",
        )
        for address, names in sorted(owners.items())
        if len(set(names)) > 1
    ]


RULE = NetworkRule(
    id=ID,
    title="Map and inventory without contradiction",
    controls=(MAP, INVENTORY),
    why="A verdict about a zone that is drawn wrongly is about somebody else.",
    detects="Zones that claim the same addresses, networks of filters that stand in no zone, zones without a role, "
    "machines and filters with the same address.",
    false_positives="An address that moves between two machines (a cluster): declare it with one of them.",
    mitigation="Correct the file; where both claims are true, the networks overlap and one must be renumbered.",
    judge=judge,
)
