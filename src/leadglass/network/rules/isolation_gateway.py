"""The hospital's gateway is kept apart from the rest (Table 1, row 5; firewall P). Never judges a cell."""

from __future__ import annotations

from leadglass.network.rules.isolation import DETECTS, FALSE_POSITIVES, isolation, shared, with_shared
from leadglass.network.rules.ruling import NetworkRule, Ruled
from leadglass.network.rules.site import Site

ID, CONTROL = "isolation-gateway", "fw-gateway"
ROLES = frozenset({"service-gateway", "second-gateway"})
APART = frozenset({"pacs", "archive", "modality", "workstation", "viewer", "ris", "his", "clinical", "dmz"})
"""Roles that a zone cannot have beside these and still be apart."""


def judge(site: Site) -> tuple[Ruled, ...]:
    """One verdict."""
    zones = site.of(*ROLES)
    others = [part for part in (*site.inside, *site.outside) if part not in zones]
    return (with_shared(isolation(site, ID, CONTROL, zones, others), shared(site, ID, ROLES, APART)),)


RULE = NetworkRule(
    id=ID,
    title="Service gateway apart from the rest",
    controls=(CONTROL,),
    why="Strangers work on the gateway: what it can reach, they can reach.",
    detects=DETECTS,
    false_positives=FALSE_POSITIVES,
    mitigation="Give the gateway a zone of its own, and permit from it the serviced devices and ports alone, from "
    "outside its tunnel alone.",
    judge=judge,
)
