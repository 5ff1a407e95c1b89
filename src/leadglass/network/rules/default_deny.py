"""What no rule names is denied. Never looks at single rules."""

from __future__ import annotations

from leadglass.network.device import Check, Device
from leadglass.network.gap_class import Severity
from leadglass.network.headers import EVERYTHING, TooManyBoxesError, within
from leadglass.network.rule import Action, Chain, Rule
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
    checks = [step for step in device.steps if isinstance(step, Check)]
    if not checks:
        what = f"{device.name} joins networks and filters nothing."
        return [finding(ID, (device.name,), Severity.HIGH, what)]
    found = []
    for step in checks:
        chain = step.chains.entry
        if chain.default is not Action.DENY and not _closed(chain):
            what = f"{device.name}: what no rule of {chain.name} names is permitted ({chain.place})."
            found.append(finding(ID, (device.name, chain.name), Severity.HIGH, what, chain.place))
        wide = next((rule for rule in chain.rules if _permits_all(rule)), None)
        if wide is not None:
            what = f"{device.name}: a rule of {chain.name} permits everything ({wide.place})."
            found.append(finding(ID, (device.name, chain.name, "everything"), Severity.HIGH, what, wide.place))
    return found


def _closed(chain: Chain) -> bool:
    """Whether the last rule denies all that is left."""
    last = chain.rules[-1] if chain.rules else None
    return last is not None and last.action is Action.DENY and _whole(last)


def _permits_all(rule: Rule) -> bool:
    return rule.action is Action.PERMIT and _whole(rule)


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
    detects="Chains whose default permits without a last rule that denies all; rules that permit everything; devices "
    "that join networks without a filter.",
    false_positives="A second filter on the same device that denies; a router in front of a firewall that does.",
    mitigation="Log what the default lets pass for a month, permit what is needed, then deny the rest.",
    judge=judge,
)
