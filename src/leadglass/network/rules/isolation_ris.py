"""The RIS is kept apart from the rest (Table 1, row 2; firewall M). Never judges a cell."""

from __future__ import annotations

from leadglass.network.rules.isolation import DETECTS, FALSE_POSITIVES, isolation, shared, with_shared
from leadglass.network.rules.ruling import NetworkRule, Ruled
from leadglass.network.rules.site import Site

ID, CONTROL = "isolation-ris", "fw-ris"
ROLES = frozenset({"ris"})
APART = frozenset({"pacs", "archive", "modality", "workstation", "viewer", "his", "clinical"})
"""Roles that a zone cannot have beside these and still be apart."""


def judge(site: Site) -> tuple[Ruled, ...]:
    """One verdict."""
    zones = site.of(*ROLES)
    others = [part for part in (*site.inside, *site.outside) if part not in zones]
    return (with_shared(isolation(site, ID, CONTROL, zones, others), shared(site, ID, ROLES, APART)),)


RULE = NetworkRule(
    id=ID,
    title="RIS apart from the rest",
    controls=(CONTROL,),
    why="Orders and schedules decide who is examined and under which name; who changes them changes the images' names.",
    detects=DETECTS,
    false_positives=FALSE_POSITIVES,
    mitigation="Put the RIS into a zone of its own, and permit worklist, HL7 and its web pages from those who need "
    "them alone.",
    judge=judge,
)
