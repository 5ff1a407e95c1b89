"""SNMP: version 3, and from the management network alone (Table 1, row 16). Never a community string."""

from __future__ import annotations

from leadglass.network.gap_class import Severity
from leadglass.network.permitted import Permitted
from leadglass.network.rules.ruling import Basis, Finding, NetworkRule, Ruled, Verdict, finding, ruled
from leadglass.network.rules.site import Site

ID, CONTROL = "snmp", "mon-snmp"
OLD = frozenset({"1", "2c"})


def judge(site: Site) -> tuple[Ruled, ...]:
    """One verdict: versions by declaration, reach by configuration."""
    declared = [one for one in site.hospital.machines if one.snmp]
    found = [
        finding(
            ID,
            (one.name,),
            Severity.MEDIUM,
            f"{one.title or one.name} speaks SNMP version {one.snmp}: no proof, in the clear.",
        )
        for one in declared
        if one.snmp in OLD
    ]
    open_, dark = _reach(site)
    found += open_
    reasons = [one.what for one in found]
    if found:
        good = any(one.snmp == "3" for one in declared)
        return (ruled(ID, CONTROL, Verdict.PARTLY if good else Verdict.NOT_MET, reasons, found),)
    if not declared:
        return (ruled(ID, CONTROL, Verdict.NOT_COVERED, ["No machine's SNMP version is declared.", *dark]),)
    if dark:
        return (ruled(ID, CONTROL, Verdict.NOT_COVERED, dark),)
    reason = f"All {len(declared)} machines that are declared speak version 3, and only management reaches them."
    return (ruled(ID, CONTROL, Verdict.MET, [reason], basis=Basis.CLAIMED),)


def _reach(site: Site) -> tuple[list[Finding], list[str]]:
    found, dark = [], []
    for source in site.parts:
        for destination in site.inside:
            if source is destination or "management" in source.roles or "management" in destination.roles:
                continue
            answers = [cell.permitted for cell in site.cells(source, destination) if cell.service == "snmp"]
            if Permitted.SOME in answers or Permitted.ALL in answers:
                what = f"{source.title} reaches {destination.title} by SNMP, and is no management network."
                found.append(finding(ID, (source.name, destination.name), Severity.LOW, what))
            elif Permitted.NOT_COVERED in answers:
                dark.append(f"Whether {source.title} reaches {destination.title} by SNMP cannot be told.")
    return found, dark


RULE = NetworkRule(
    id=ID,
    title="SNMP version 3, from the management network",
    controls=(CONTROL,),
    why="Versions 1 and 2c send their password in the clear; whoever has it can often write.",
    detects="Machines declared with version 1 or 2c; zones other than management that may reach others by SNMP.",
    false_positives="Managers that stand in a zone which is not declared as management.",
    mitigation="Version 3 with authentication and privacy, read-only; UDP 161 from the management network alone.",
    judge=judge,
)
