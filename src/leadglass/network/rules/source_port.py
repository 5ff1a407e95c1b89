"""Permits by source port: whoever chooses that port comes in. Never what is behind it."""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.network.device import Check, Device
from leadglass.network.gap_class import Severity
from leadglass.network.headers import PORTS, WITH_PORTS, Box
from leadglass.network.intervals import span
from leadglass.network.rule import Action, Chain, Rule, State
from leadglass.network.rules.ruling import Finding, NetworkRule, Ruled, Verdict, finding, ruled
from leadglass.network.rules.site import Site

ID, CONTROL = "source-port", "fw-default-deny"
MAX_SHOWN = 20  # lines of one device
_SERVERS = span(0, 1_023)
_HIGH = span(1_024, 65_535)


def judge(site: Site) -> tuple[Ruled, ...]:
    """One verdict: it can refute, and by itself never confirm."""
    found = [one for device in site.devices for one in _of(device)]
    if found:
        return (ruled(ID, CONTROL, Verdict.PARTLY, [one.what for one in found], found),)
    return (
        ruled(ID, CONTROL, Verdict.NOT_COVERED, ["No rule permits by source port; that alone shows nothing more."]),
    )


def _of(device: Device) -> Iterator[Finding]:
    rules = dict.fromkeys(rule for chain in _chains(device) for rule in chain.rules if _by_source_port(rule))
    if rules:
        ports = sorted({_port(rule) for rule in rules})
        lines = ", ".join(str(rule.place) for rule in list(rules)[:3])
        what = (
            f"{device.name} lets in whoever sends from port {', '.join(map(str, ports[:4]))} ({lines}"
            f"{f' and {len(rules) - 3} more' if len(rules) > 3 else ''}): any sender can choose its port."
        )
        yield finding(ID, (device.name,), Severity.HIGH, what, *(rule.place for rule in list(rules)[:MAX_SHOWN]))


def _chains(device: Device) -> Iterator[Chain]:
    for step in device.steps:
        if isinstance(step, Check):
            yield step.chains.entry
            yield from step.chains.others.values()


def _by_source_port(rule: Rule) -> bool:
    """A permit of new packets to many ports whose source port is bound to a server's."""
    new = rule.states is None or State.NEW in rule.states
    return rule.action is Action.PERMIT and new and any(_bound(box) for box in rule.may)


def _bound(box: Box) -> bool:
    ported = all(any(first <= number <= last for number in WITH_PORTS) for first, last in box.protocol.spans)
    return (
        ported
        and box.source_port != PORTS
        and box.source_port.size <= 64
        and box.destination_port.size > 1_024
        and (box.source_port.meets(_SERVERS) or box.source_port.meets(_HIGH))
    )


def _port(rule: Rule) -> int:
    return next(box.source_port.first for box in rule.may if _bound(box))


RULE = NetworkRule(
    id=ID,
    title="Permits by source port",
    controls=(CONTROL,),
    why="A stateless 'permit from port 104' for replies lets anybody begin a connection to any port.",
    detects="Rules that permit new packets from at most 64 source ports to more than 1,024 destination ports.",
    false_positives="Old protocols whose clients use a fixed port (FTP data, some NTP): the way is open all the same.",
    mitigation="A stateful rule for the request, or 'established' on the rule for replies.",
    judge=judge,
)
