"""One gateway, run by the hospital, is the only way in for service (Table 1, rows 7 and 8). Never its logs."""

from __future__ import annotations

from itertools import product

from leadglass.network.cell import Cell
from leadglass.network.gap_class import Severity
from leadglass.network.permitted import Permitted
from leadglass.network.rules.ruling import Basis, Finding, NetworkRule, Ruled, Verdict, finding, ruled
from leadglass.network.rules.site import Site

ID, PRESENT, SINGLE, MANAGED = "single-gateway", "gw-present", "gw-single", "gw-hospital-managed"
SERVICED = ("modality", "workstation", "pacs", "archive", "vna", "viewer", "dicomweb", "ris")
ENTRANCES = frozenset({"dmz", "service-gateway"})
TUNNELS = frozenset({"ipsec", "wireguard", "openvpn", "pptp", "l2tp"})
HOSPITAL = "hospital"


def judge(site: Site) -> tuple[Ruled, ...]:
    """There is one; it is the only one; the hospital runs it."""
    return _present(site), _single(site), _managed(site)


def _present(site: Site) -> Ruled:
    if not site.hospital.gateways:
        reason = "No gateway is declared: whether service comes in another way is not shown."
        return ruled(ID, PRESENT, Verdict.NOT_COVERED, [reason], basis=Basis.CLAIMED)
    names = ", ".join(one.title or one.name for one in site.hospital.gateways)
    around = _ways(site)
    verdict = Verdict.PARTLY if around else Verdict.MET
    return ruled(ID, PRESENT, verdict, [f"Declared: {names}.", *(one.what for one in around)], basis=Basis.CLAIMED)


def _single(site: Site) -> Ruled:
    """Every second path is a finding: another gateway, a tunnel that ends elsewhere, a way past it."""
    own = [one for one in site.hospital.gateways if one.managed_by == HOSPITAL]
    main = own[0] if own else None
    found = [
        finding(
            ID,
            (one.name,),
            Severity.HIGH if one.managed_by != HOSPITAL else Severity.MEDIUM,
            f"{one.title or one.name}, run by {one.managed_by}, is a second way in ({one.way or 'how is not said'}).",
        )
        for one in site.hospital.gateways
        if one is not main
    ]
    found += _tunnels(site) + _ways(site)
    if found:
        return ruled(ID, SINGLE, Verdict.NOT_MET, [one.what for one in found], found)
    if main is None:
        return ruled(ID, SINGLE, Verdict.NOT_COVERED, ["No gateway is declared."], basis=Basis.CLAIMED)
    dark = _dark(site)
    if dark:
        return ruled(ID, SINGLE, Verdict.NOT_COVERED, dark)
    return ruled(ID, SINGLE, Verdict.MET, [f"{main.title or main.name} is the only way in that anything here shows."])


def _managed(site: Site) -> Ruled:
    theirs = [one for one in site.hospital.gateways if one.managed_by != HOSPITAL]
    found = [
        finding(ID, (one.name, "managed"), Severity.HIGH, f"{one.title or one.name} is run by {one.managed_by}.")
        for one in theirs
    ]
    if not site.hospital.gateways:
        return ruled(ID, MANAGED, Verdict.NOT_COVERED, ["No gateway is declared."], basis=Basis.CLAIMED)
    if not theirs:
        return ruled(
            ID, MANAGED, Verdict.MET, ["The hospital runs every gateway that is declared."], basis=Basis.CLAIMED
        )
    verdict = Verdict.NOT_MET if len(theirs) == len(site.hospital.gateways) else Verdict.PARTLY
    return ruled(ID, MANAGED, verdict, [one.what for one in found], found, Basis.CLAIMED)


def _tunnels(site: Site) -> list[Finding]:
    """Tunnels of service that end beside the gateway, by declaration; and modems and links to the outside."""
    roles = {part.name: set(part.roles) for part in site.parts}
    outside = {part.name for part in site.outside}
    found = [
        finding(
            ID, (one.name,), Severity.HIGH, f"The VPN {one.name} ({one.kind}) ends in {one.ends_in}, past the gateway."
        )
        for one in site.hospital.vpns
        if not roles.get(one.ends_in, set()) & ENTRANCES
    ]
    found += [
        finding(
            ID,
            (one.name,),
            Severity.HIGH,
            f"The link {one.name} leads from {' to '.join(one.between)} past the gateway.",
        )
        for one in site.hospital.links
        if set(one.between) & outside and not any(roles.get(zone, set()) & ENTRANCES for zone in one.between)
    ]
    return found


def _ways(site: Site) -> list[Finding]:
    """By configuration: from outside to what is serviced, and from there to the outside (devices that call home)."""
    remote = {service.id for service in site.model.services if service.remote} | TUNNELS
    found = []
    for outer, zone in product(site.outside, site.of(*SERVICED)):
        inward = [cell.service for cell in site.cells(outer, zone) if _open(cell) and cell.service in remote]
        if inward:
            what = f"{outer.title} reaches {zone.title} by {', '.join(inward)}, past the gateway."
            found.append(finding(ID, (outer.name, zone.name), Severity.CRITICAL, what))
        outward = [cell.service for cell in site.cells(zone, outer) if _open(cell)]
        if outward:
            names = ", ".join(outward[:4])
            what = f"{zone.title} reaches {outer.title} ({names}): devices can call their makers past the gateway."
            found.append(finding(ID, (zone.name, outer.name), Severity.MEDIUM, what))
    return found


def _open(cell: Cell) -> bool:
    return cell.permitted in {Permitted.SOME, Permitted.ALL}


def _dark(site: Site) -> list[str]:
    found = site.lost((*site.of(*SERVICED), *site.outside))
    for outer, zone in product(site.outside, site.of(*SERVICED)):
        if any(cell.permitted is Permitted.NOT_COVERED for cell in site.both_ways(outer, zone)):
            found.append(f"What passes between {outer.title} and {zone.title} cannot be told in full.")
    return found


RULE = NetworkRule(
    id=ID,
    title="One gateway for remote service, run by the hospital",
    controls=(PRESENT, SINGLE, MANAGED),
    why="Each further way in is one more that nobody looks after, and one more log that nobody reads.",
    detects="Declared gateways beside the hospital's first own one, a vendor's included; tunnels and links that end "
    "elsewhere than in the DMZ or at the gateway; by configuration, ways from outside to serviced zones by remote "
    "service or tunnels, and from these to the outside.",
    false_positives="A standby of the same gateway: declare it with the gateway's own addresses. A tunnel for people"
    "that ends at a reading zone on purpose: it still is a way in.",
    mitigation="Move one vendor after the other to the hospital's gateway, then close their own way.",
    judge=judge,
)
