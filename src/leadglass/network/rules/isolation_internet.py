"""The internal network is kept apart from the Internet (Table 1, row 1; firewalls D and F). Never judges a cell."""

from __future__ import annotations

from leadglass.network.rules.isolation import DETECTS, FALSE_POSITIVES, isolation
from leadglass.network.rules.ruling import NetworkRule, Ruled
from leadglass.network.rules.site import Site

ID, CONTROL = "isolation-internet", "fw-internet"
MEETING = frozenset({"dmz", "service-gateway", "second-gateway"})
"""Roles of zones that are there to be met from outside."""


def judge(site: Site) -> tuple[Ruled, ...]:
    """One verdict."""
    zones = tuple(part for part in site.inside if not set(part.roles) & MEETING)
    return (isolation(site, ID, CONTROL, zones, site.outside),)


RULE = NetworkRule(
    id=ID,
    title="Internal network apart from the Internet",
    controls=(CONTROL,),
    why="Whoever scans the Internet finds imaging systems within hours of their being reachable.",
    detects=DETECTS,
    false_positives=FALSE_POSITIVES,
    mitigation="Deny by default at the edge, let what comes from outside end in a DMZ, and let imaging systems open "
    "nothing outward.",
    judge=judge,
)
