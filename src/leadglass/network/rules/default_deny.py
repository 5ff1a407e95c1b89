"""What no rule names is denied. Never looks at single rules."""

from __future__ import annotations

from itertools import permutations

from leadglass.network.device import Check, Device
from leadglass.network.evaluate import evaluate
from leadglass.network.gap_class import Severity
from leadglass.network.headers import EVERYTHING, TooManyBoxesError, within
from leadglass.network.rule import Action, Chain, Rule, State
from leadglass.network.rules.ruling import Finding, NetworkRule, Ruled, Verdict, finding, ruled
from leadglass.network.rules.site import Site

ID, CONTROL = "default-deny", "fw-default-deny"


def judge(site: Site) -> tuple[Ruled, ...]:
    """One verdict."""
    if not site.devices:
        return (ruled(ID, CONTROL, Verdict.NOT_COVERED, ["No configuration of a filter was read."]),)
    found = [one for device in site.devices for one in _open(device)]
    doubted = [device.name for device in site.devices if device.doubts]
    if found:
        names = {one.subject.partition("--")[0] for one in found}
        verdict = Verdict.NOT_MET if len(names) == len(site.devices) else Verdict.PARTLY
        return (ruled(ID, CONTROL, verdict, [one.what for one in found], found),)
    if doubted:
        reason = f"Lines were not understood: {', '.join(doubted)}."
        return (ruled(ID, CONTROL, Verdict.NOT_COVERED, [reason]),)
    names_read = ", ".join(device.name for device in site.devices)
    return (ruled(ID, CONTROL, Verdict.MET, [f"What no rule names is denied by {names_read}."]),)


def _open(device: Device) -> list[Finding]:
    """Ways through the device on which no filter denies what is left, each set of filters once."""
    checks = [step for step in device.steps if isinstance(step, Check)]
    names = [one.name for one in device.interfaces if one.enabled]
    ways: dict[tuple[int, ...], str] = {}
    for ingress, egress in permutations(names, 2):
        met = tuple(index for index, step in enumerate(checks) if _speaks(step, ingress, egress))
        ways.setdefault(met, f"{ingress} to {egress}")
    found = []
    for met, way in ways.items():
        entries = [checks[index].chains.entry for index in met]
        what = ""
        if not met:
            what = f"{device.name} filters nothing from {way}."
        elif all(chain.default is not Action.DENY and not _closed(chain) for chain in entries):
            what = f"{device.name}: what no rule names is permitted from {way} ({entries[0].place})."
        elif _passes_all([checks[index] for index in met]):
            what = f"{device.name}: everything is permitted from {way}."
        if what:
            subject = (device.name, *dict.fromkeys(chain.name for chain in entries))
            found.append(finding(ID, subject, Severity.HIGH, what, *(chain.place for chain in entries)))
    return list({one.id: one for one in found}.values())


def _speaks(step: Check, ingress: str, egress: str) -> bool:
    return (step.ingress is None or ingress in step.ingress) and (step.egress is None or egress in step.egress)


def _closed(chain: Chain) -> bool:
    """Whether the last rule denies all that is left."""
    last = chain.rules[-1] if chain.rules else None
    return last is not None and last.action is Action.DENY and _whole(last)


def _passes_all(checks: list[Check]) -> bool:
    """Whether a new packet of any kind certainly passes, by rules that ask for no interface."""
    try:
        return all(
            within(EVERYTHING, evaluate(step.chains, EVERYTHING, EVERYTHING, "", "", State.NEW).must) for step in checks
        )
    except TooManyBoxesError:
        return False


def _whole(rule: Rule) -> bool:
    bound = rule.ingress is not None or rule.egress is not None or rule.states is not None
    try:
        return not bound and within(EVERYTHING, rule.must)
    except TooManyBoxesError:
        return False


RULE = NetworkRule(
    id=ID,
    title="What no rule names is denied",
    controls=(CONTROL,),
    why="A filter that permits by default lets pass what nobody thought of.",
    detects="Ways from one interface to another on which no filter denies by default or by a last rule, on which "
    "everything is permitted, or which no filter looks at.",
    false_positives="A second filter on the same device that denies; a router in front of a firewall that does.",
    mitigation="Log what the default lets pass for a month, permit what is needed, then deny the rest.",
    judge=judge,
)
