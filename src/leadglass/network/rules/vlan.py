"""VLANs on the routers, and a zone for each part of imaging (Table 1, row 15). Never reads a switch."""

from __future__ import annotations

from itertools import combinations

from leadglass.network.gap_class import Severity
from leadglass.network.rules.isolation import isolation
from leadglass.network.rules.ruling import Finding, NetworkRule, Ruled, Verdict, finding, ruled
from leadglass.network.rules.site import Site
from leadglass.network.zones import Part

ID, ROUTER, ZONES = "vlan", "vlan-router", "vlan-zones"
APART = ("modality", "pacs", "ris", "vna", "viewer", "service-gateway")
"""Each has VLANs of its own (NHS England's imaging pattern); archive and PACS may share."""


def judge(site: Site) -> tuple[Ruled, ...]:
    """VLANs there are; and they keep apart what belongs apart."""
    return _router(site), _zones(site)


def _router(site: Site) -> Ruled:
    joined = [part for part in site.inside if site.attached(part)]
    if not site.devices:
        return ruled(ID, ROUTER, Verdict.NOT_COVERED, ["No configuration of a router or firewall was read."])
    one = _in_one_network(site)
    if len(joined) < 2:
        return ruled(ID, ROUTER, Verdict.NOT_COVERED, ["The configurations join fewer than two zones of the hospital."])
    if one:
        verdict = Verdict.NOT_MET if len(one) == len(list(combinations(joined, 2))) else Verdict.PARTLY
        return ruled(ID, ROUTER, verdict, [each.what for each in one], one)
    missing = [part.title for part in site.inside if part not in joined]
    if missing:
        reason = f"No configuration shows where these are connected: {', '.join(missing)}."
        return ruled(ID, ROUTER, Verdict.NOT_COVERED, [reason])
    return ruled(ID, ROUTER, Verdict.MET, [f"{len(joined)} zones meet at {', '.join(d.name for d in site.devices)}."])


def _in_one_network(site: Site) -> list[Finding]:
    """Pairs of zones on one network: no router between, whatever the VLANs are called."""
    found = []
    for segment in site.comparison.net.segments:
        here = [part for part in site.inside if part.addresses.meets(segment.connected)]
        for one, other in combinations(here, 2):
            what = f"{one.title} and {other.title} share one network: one VLAN has one subnet and one zone."
            places = [port.interface.place for port in segment.ports if port.interface.place.file]
            found.append(finding(ID, sorted((one.name, other.name)), Severity.HIGH, what, *places))
    return list({each.id: each for each in found}.values())


def _several_subnets(site: Site) -> list[Finding]:
    """Interfaces with more than one IPv4 network: machines of both hear each other without the router."""
    found = []
    for device in site.devices:
        for interface in device.interfaces:
            spans = [span for span in interface.networks.spans if span[1] < 1 << 32]
            if len(spans) > 1:
                what = (
                    f"{device.name} has {len(spans)} networks on interface {interface.name}: one VLAN has one subnet."
                )
                places = [interface.place] if interface.place.file else []
                found.append(finding(ID, (device.name, interface.name), Severity.MEDIUM, what, *places))
    return found


def _zones(site: Site) -> Ruled:
    zones = site.of(*APART)
    if not zones:
        return ruled(ID, ZONES, Verdict.NOT_COVERED, ["No zone here has a role of imaging."])
    found = [
        finding(ID, (part.name,), Severity.HIGH, f"{part.title} is {' and '.join(_apart(part))} in one zone.")
        for part in zones
        if len(_apart(part)) > 1
    ]
    found += _in_one_network(site) + _several_subnets(site)
    between = isolation(site, ID, ZONES, zones, [part for part in site.inside if part not in zones or len(zones) > 1])
    reasons = [one.what for one in found] + list(between.reasons)
    verdict = between.verdict
    if found:
        verdict = Verdict.NOT_MET if any(one.severity is Severity.HIGH for one in found) else Verdict.PARTLY
        verdict = Verdict.NOT_MET if between.verdict is Verdict.NOT_MET else verdict
    unique = {one.id: one for one in (*between.findings, *found)}
    return ruled(ID, ZONES, verdict, dict.fromkeys(reasons), unique.values())


def _apart(part: Part) -> list[str]:
    return [role for role in APART if role in part.roles]


RULE = NetworkRule(
    id=ID,
    title="VLANs, one for each part of imaging",
    controls=(ROUTER, ZONES),
    why="On one network an infection needs no way through a filter.",
    detects="Zones that share a network of a router or firewall; interfaces with several subnets; zones with two roles "
    "that belong apart; what passes between zones of imaging though the model forbids it.",
    false_positives="Switches with port isolation or access lists of their own, whose configuration was not read.",
    mitigation="Give modalities, PACS, RIS, viewers and suppliers a VLAN and a subnet each, joined at a filter.",
    judge=judge,
)
