"""Where intrusion detection stands (Table 1, row 9; symbols Y and Z). Never what it detects."""

from __future__ import annotations

from leadglass.network.gap_class import Severity
from leadglass.network.rules.ruling import Basis, NetworkRule, Ruled, Verdict, finding, ruled
from leadglass.network.rules.site import Site

ID, NETWORK, IMAGING = "detection", "ids-network", "ids-imaging"
EDGE = ("dmz",)
INNER = ("pacs", "archive", "vna", "modality", "workstation")


def judge(site: Site) -> tuple[Ruled, ...]:
    """At the edge, and in the imaging network; both by declaration."""
    return _at(site, NETWORK, EDGE, "the edge (Y)"), _at(site, IMAGING, INNER, "the imaging network (Z)")


def _at(site: Site, control: str, roles: tuple[str, ...], where: str) -> Ruled:
    zones = {part.name: part for part in (*site.of(*roles), *(site.outside if control == NETWORK else ()))}
    if not zones:
        return ruled(ID, control, Verdict.NOT_COVERED, [f"No zone here is {where}."], basis=Basis.CLAIMED)
    seeing = [sensor for sensor in site.hospital.sensors if sensor.zone in zones]
    if seeing:
        reason = f"{', '.join(one.name for one in seeing)} {'sees' if len(seeing) == 1 else 'see'} {where}."
        unseen = [zones[name].title for name in zones if name not in {one.zone for one in seeing}]
        verdict = Verdict.MET
        reasons = [reason]
        if control == IMAGING and unseen:
            verdict = Verdict.PARTLY
            reasons.append(f"No sensor sees {', '.join(unseen)}.")
        return ruled(ID, control, verdict, reasons, basis=Basis.CLAIMED)
    if not site.hospital.sensors:
        reason = "No sensor is declared."
        return ruled(ID, control, Verdict.NOT_COVERED, [reason], basis=Basis.CLAIMED)
    what = f"Sensors are declared, and none sees {where}."
    found = [finding(ID, (control,), Severity.MEDIUM, what)]
    return ruled(ID, control, Verdict.NOT_MET, [what], found, Basis.CLAIMED)


RULE = NetworkRule(
    id=ID,
    title="Intrusion detection at the edge and in the imaging network",
    controls=(NETWORK, IMAGING),
    why="What nobody watches is noticed when images stop.",
    detects="Declared sensors and the zones they see: one at the edge or in the DMZ, one in each zone of imaging.",
    false_positives="Sensors on a tap between zones: declare them with the zone whose traffic they see.",
    mitigation="Mirror the core's imaging VLANs to a sensor that understands DICOM and HL7.",
    judge=judge,
)
