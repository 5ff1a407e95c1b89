"""Imaging systems that the Internet reaches, whatever the model allows. Never says how."""

from __future__ import annotations

from itertools import product

from leadglass.network.gap_class import Severity
from leadglass.network.observed import Observed
from leadglass.network.permitted import Permitted
from leadglass.network.rules.ruling import NetworkRule, Ruled, Verdict, finding, ruled
from leadglass.network.rules.site import Site

ID, CONTROL = "exposed", "topo-not-exposed"
IMAGING = ("modality", "workstation", "pacs", "archive", "vna", "viewer", "dicomweb", "ris")


def judge(site: Site) -> tuple[Ruled, ...]:
    """One verdict."""
    zones = site.of(*IMAGING)
    if not zones:
        return (ruled(ID, CONTROL, Verdict.NOT_COVERED, ["No zone here has a role of imaging."]),)
    found, dark = [], []
    for source, zone in product(site.outside, zones):
        cells = site.cells(source, zone)
        open_ = [cell for cell in cells if cell.permitted in {Permitted.SOME, Permitted.ALL} or _seen(cell.observed)]
        if open_:
            names = ", ".join(dict.fromkeys(cell.service for cell in open_[:6]))
            what = f"{source.title} reaches {zone.title}: {names}{', and more' if len(open_) > 6 else ''}."
            found.append(finding(ID, (source.name, zone.name), Severity.CRITICAL, what))
        elif any(cell.permitted is Permitted.NOT_COVERED for cell in cells):
            dark.append(f"Whether {source.title} reaches {zone.title} cannot be told.")
    dark += site.lost((*zones, *site.outside))
    if found:
        return (ruled(ID, CONTROL, Verdict.NOT_MET, [one.what for one in found], found),)
    if dark:
        return (ruled(ID, CONTROL, Verdict.NOT_COVERED, dark),)
    return (ruled(ID, CONTROL, Verdict.MET, ["Nothing from outside reaches a zone of imaging directly."]),)


def _seen(observed: Observed) -> bool:
    return observed is Observed.SEEN


RULE = NetworkRule(
    id=ID,
    title="Imaging systems that the Internet reaches",
    controls=(CONTROL,),
    why="Thousands of imaging servers answer to anybody on the Internet, almost none with encryption.",
    detects="Any service from a zone outside to a zone of imaging, by configuration or seen; published addresses "
    "included.",
    false_positives="A zone of partners, declared as outside, that reaches a portal on purpose: let it end in the DMZ.",
    mitigation="Close it today; let what is needed end in the DMZ.",
    judge=judge,
)
