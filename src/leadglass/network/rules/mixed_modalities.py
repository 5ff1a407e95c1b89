"""Whether one VLAN holds all devices of a kind, so that one outage takes all CTs. Never who may reach them."""

from __future__ import annotations

from collections import defaultdict

from leadglass.network.address import network
from leadglass.network.gap_class import Severity
from leadglass.network.rules.ruling import Basis, NetworkRule, Ruled, Verdict, finding, ruled
from leadglass.network.rules.site import Site

ID, CONTROL = "mixed-modalities", "vlan-mixed-modalities"


def judge(site: Site) -> tuple[Ruled, ...]:
    """One verdict, on what people declared."""
    kinds: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for machine in site.hospital.machines:
        if machine.role == "modality" and machine.kind:
            zone = site.comparison.partition.of(network(machine.addresses[0]).first)
            kinds[machine.kind.strip().upper()][zone.name].add(machine.name)
    several = {kind: zones for kind, zones in kinds.items() if sum(map(len, zones.values())) > 1}
    found = [
        finding(
            ID,
            (next(iter(zones)), _slug(kind)),
            Severity.MEDIUM,
            f"All {len(next(iter(zones.values())))} devices of kind {kind} are in {next(iter(zones))}.",
        )
        for kind, zones in sorted(several.items())
        if len(zones) == 1
    ]
    if not several:
        reason = "No kind of modality is declared with two devices or more."
        return (ruled(ID, CONTROL, Verdict.NOT_COVERED, [reason], basis=Basis.CLAIMED),)
    undeclared = [one.title or one.name for one in site.hospital.machines if one.role == "modality" and not one.kind]
    if found:
        verdict = Verdict.NOT_MET if len(found) == len(several) else Verdict.PARTLY
        return (ruled(ID, CONTROL, verdict, [one.what for one in found], found, Basis.CLAIMED),)
    if undeclared:
        reason = f"Of these the kind is not declared: {', '.join(undeclared[:6])}."
        return (ruled(ID, CONTROL, Verdict.NOT_COVERED, [reason], basis=Basis.CLAIMED),)
    reason = f"Devices of each of {', '.join(sorted(several))} are spread over several zones."
    return (ruled(ID, CONTROL, Verdict.MET, [reason], basis=Basis.CLAIMED),)


def _slug(kind: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in kind.lower())


RULE = NetworkRule(
    id=ID,
    title="Kinds of modalities mixed over VLANs",
    controls=(CONTROL,),
    why="One infected or failing VLAN must not take every CT, or every X-ray room, at once.",
    detects="Declared modalities by kind: a kind with two devices or more, all of them in one zone.",
    false_positives="Rooms that cannot be wired otherwise; a clinical safety officer may accept it.",
    mitigation="When devices move or are replaced, put the next one of a kind into another modality VLAN.",
    judge=judge,
)
