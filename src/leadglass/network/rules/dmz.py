"""Requests from outside for the PACS end in a DMZ (Table 1, row 14; symbol E). Never looks at what the DMZ does."""

from __future__ import annotations

from itertools import product

from leadglass.network.gap_class import Severity
from leadglass.network.permitted import Permitted
from leadglass.network.rules.ruling import Basis, NetworkRule, Ruled, Verdict, finding, ruled
from leadglass.network.rules.site import Site

ID, CONTROL = "dmz", "dmz-requests"
PACS = ("pacs", "archive", "vna", "viewer", "dicomweb")


def judge(site: Site) -> tuple[Ruled, ...]:
    """One verdict."""
    zones, inner = site.of("dmz"), site.of(*PACS)
    if not inner:
        return (ruled(ID, CONTROL, Verdict.NOT_COVERED, ["No zone here is of the PACS."]),)
    found, dark = [], []
    for source, zone in product(site.outside, inner):
        answers = {cell.permitted for cell in site.cells(source, zone)}
        if answers & {Permitted.SOME, Permitted.ALL}:
            what = f"{source.title} reaches {zone.title} without ending in a DMZ."
            found.append(finding(ID, (source.name, zone.name), Severity.HIGH, what))
        elif Permitted.NOT_COVERED in answers:
            dark.append(f"Whether {source.title} reaches {zone.title} cannot be told.")
    found += [
        finding(
            ID, (zone.name,), Severity.HIGH, f"{zone.title} is DMZ and {', '.join(sorted(set(zone.roles) - {'dmz'}))}."
        )
        for zone in zones
        if set(zone.roles) & set(PACS)
    ]
    if found:
        return (ruled(ID, CONTROL, Verdict.NOT_MET, [one.what for one in found], found),)
    if not zones:
        dark.append("No zone here is a DMZ, so it is not shown where requests from outside end.")
    dark += site.lost((*zones, *inner, *site.outside))
    answered = any(
        cell.permitted in {Permitted.SOME, Permitted.ALL}
        for source, zone in product(site.outside, zones)
        for cell in site.cells(source, zone)
    )
    if zones and not answered:
        dark.append("Nothing from outside reaches the DMZ, so it is not shown that requests end there.")
    if dark:
        return (ruled(ID, CONTROL, Verdict.NOT_COVERED, dark),)
    reason = f"What comes from outside ends in {', '.join(zone.title for zone in zones)}, and nothing reaches the PACS."
    return (ruled(ID, CONTROL, Verdict.MET, [reason], basis=Basis.CONFIGURED),)


RULE = NetworkRule(
    id=ID,
    title="Requests from outside end in a DMZ",
    controls=(CONTROL,),
    why="What answers the world is attacked first; it must not be where the images are.",
    detects="Any way from outside to a zone of the PACS is a finding. Met where a zone is a DMZ, the outside reaches "
    "it,"
    "and reaches no zone of the PACS.",
    false_positives="A hospital to which nothing comes from outside needs no DMZ: the verdict is then not covered.",
    mitigation="Put a relay or portal into a zone of its own between two filters, and let requests end there.",
    judge=judge,
)
