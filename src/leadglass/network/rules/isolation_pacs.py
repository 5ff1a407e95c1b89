"""The PACS is kept apart from the rest (Table 1, row 4; firewall O). Never judges a cell."""

from __future__ import annotations

from leadglass.network.rules.isolation import DETECTS, FALSE_POSITIVES, isolation, shared, with_shared
from leadglass.network.rules.ruling import NetworkRule, Ruled
from leadglass.network.rules.site import Site

ID, CONTROL = "isolation-pacs", "fw-pacs"
ROLES = frozenset({"pacs", "archive", "vna"})
APART = frozenset({"ris", "his", "clinical", "emergency", "wireless"})
"""Roles that a zone cannot have beside these and still be apart."""


def judge(site: Site) -> tuple[Ruled, ...]:
    """One verdict."""
    zones = site.of(*ROLES)
    others = [part for part in (*site.inside, *site.outside) if part not in zones]
    return (with_shared(isolation(site, ID, CONTROL, zones, others), shared(site, ID, ROLES, APART)),)


RULE = NetworkRule(
    id=ID,
    title="PACS apart from the rest",
    controls=(CONTROL,),
    why="Every patient's images lie here, on systems that are rarely patched; whoever reaches them can read, "
    "change or encrypt all.",
    detects=DETECTS,
    false_positives=FALSE_POSITIVES,
    mitigation="Put archive and imaging servers behind a filter that permits DICOM, HL7 and the viewers' pages from "
    "those who need them alone.",
    judge=judge,
)
