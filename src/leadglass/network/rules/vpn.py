"""Kinds of remote ways in: retired ones, dial-up, and which kind for whom (Table 1, rows 10 to 13). Never a cipher."""

from __future__ import annotations

from leadglass.network.gap_class import Severity
from leadglass.network.permitted import Permitted
from leadglass.network.rules.ruling import Basis, Finding, NetworkRule, Ruled, Verdict, finding, ruled
from leadglass.network.rules.site import Site

ID, ONLY, DIALUP = "vpn", "vpn-only", "vpn-no-dialup"
RETIRED = {"pptp": "PPTP, whose keys are broken", "l2tp": "L2TP without IPsec, which encrypts nothing"}
MODEMS = ("modem", "dial-up", "dialup", "isdn", "analogue line")


def judge(site: Site) -> tuple[Ruled, ...]:
    """Tunnels encrypt; and no modem answers."""
    return _only(site), _dialup(site)


def _only(site: Site) -> Ruled:
    found = [
        finding(ID, (one.name,), Severity.HIGH, f"The VPN {one.name} is {RETIRED[one.kind]}.")
        for one in site.hospital.vpns
        if one.kind in RETIRED
    ]
    found += _retired_open(site) + _clear(site)
    if found:
        kept = any(one.kind not in RETIRED for one in site.hospital.vpns)
        verdict = Verdict.PARTLY if kept else Verdict.NOT_MET
        return ruled(ID, ONLY, verdict, [one.what for one in found], found)
    if not site.hospital.vpns:
        return ruled(ID, ONLY, Verdict.NOT_COVERED, ["No remote way in is declared."], basis=Basis.CLAIMED)
    dark = [
        f"What passes from {source.title} to {zone.title} cannot be told in full."
        for source in site.outside
        for zone in site.inside
        if any(cell.permitted is Permitted.NOT_COVERED for cell in site.cells(source, zone))
    ]
    if dark:
        return ruled(ID, ONLY, Verdict.NOT_COVERED, dark)
    kinds = ", ".join(sorted({one.kind for one in site.hospital.vpns}))
    reason = f"The remote ways in that are declared encrypt ({kinds}); others would be findings of their own."
    return ruled(ID, ONLY, Verdict.MET, [reason], basis=Basis.CLAIMED)


def _retired_open(site: Site) -> list[Finding]:
    """Retired tunnels that a filter lets in from outside."""
    return [
        finding(
            ID,
            (source.name, zone.name, cell.service),
            Severity.HIGH,
            f"{source.title} may reach {zone.title} by {cell.service}: {RETIRED[cell.service]}.",
        )
        for source in site.outside
        for zone in site.inside
        for cell in site.cells(source, zone)
        if cell.service in RETIRED and cell.permitted in {Permitted.SOME, Permitted.ALL}
    ]


def _clear(site: Site) -> list[Finding]:
    """Ways in from outside whose service does not encrypt, or lets people work from afar, without a tunnel."""
    plain = {service.id for service in site.model.services if service.clear or service.remote} - set(RETIRED)
    found = []
    for source in site.outside:
        for zone in site.inside:
            names = [
                cell.service
                for cell in site.cells(source, zone)
                if cell.service in plain and cell.permitted in {Permitted.SOME, Permitted.ALL}
            ]
            if names:
                what = f"{source.title} reaches {zone.title} without a tunnel: {', '.join(names[:4])}."
                found.append(finding(ID, (source.name, zone.name), Severity.HIGH, what))
    return found


def _dialup(site: Site) -> Ruled:
    found = [
        finding(ID, (one.name, "dial-up"), Severity.HIGH, f"{one.title or one.name} is reached by {one.way}.")
        for one in site.hospital.gateways
        if any(word in one.way.lower() for word in MODEMS)
    ]
    found += [
        finding(ID, (one.name, "dial-up"), Severity.HIGH, f"The link {one.name} is a dial-up line.")
        for one in site.hospital.links
        if any(word in f"{one.name} {one.note}".lower() for word in MODEMS)
    ]
    if found:
        return ruled(ID, DIALUP, Verdict.NOT_MET, [one.what for one in found], found, Basis.CLAIMED)
    if not site.hospital.gateways:
        return ruled(ID, DIALUP, Verdict.NOT_COVERED, ["No way in is declared."], basis=Basis.CLAIMED)
    reason = (
        "No gateway and no link that is declared is a dial-up line; a line that nobody knows of cannot be seen here."
    )
    return ruled(ID, DIALUP, Verdict.MET, [reason], basis=Basis.CLAIMED)


RULE = NetworkRule(
    id=ID,
    title="Kinds of remote ways in",
    controls=(ONLY, DIALUP),
    why="A tunnel that can be read, or a modem that answers, opens the hospital past every filter.",
    detects="VPNs declared as PPTP or as L2TP alone, or let in by a filter; services without encryption or for remote "
    "work that a filter lets in; gateways and links reached by modem.",
    false_positives="L2TP inside IPsec that is declared as l2tp: declare it as ipsec.",
    mitigation="TLS or an application gateway for people, IPsec or WireGuard for sites; take the modem out.",
    judge=judge,
)
