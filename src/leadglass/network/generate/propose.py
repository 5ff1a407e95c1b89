"""From gaps to texts with their proof: plan, substitute, prove, write. Never loads a text anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from leadglass.network.compare import Comparison
from leadglass.network.device import Device
from leadglass.network.gaps import Gap
from leadglass.network.generate import asa, fortios, ios, nftables
from leadglass.network.generate.plan import Variant, plan
from leadglass.network.generate.policy import Policy
from leadglass.network.generate.texts import Texts
from leadglass.network.observed import Sighting
from leadglass.network.prove import Counterexample, Progress, Proof, prove


@dataclass(frozen=True, slots=True)
class Vendor:
    """How a policy gets onto one kind of filter.

    Attributes:
        planned: the device with the policy in force, from device, policy and its configuration as it is.
        texts: the policy as text, from the same.
        refuses: why a policy cannot be written for a device, in words; empty where it can.
    """

    planned: Callable[[Device, Policy, str], Device]
    texts: Callable[[Device, Policy, str], Texts]
    refuses: Callable[[Device, Policy, str], str]


VENDORS: dict[str, Vendor] = {
    "nftables": Vendor(nftables.planned, nftables.texts, nftables.refuses),
    "iptables": Vendor(nftables.planned, nftables.texts, nftables.refuses),
    "asa": Vendor(asa.planned, asa.texts, asa.refuses),
    "ios": Vendor(ios.planned, ios.texts, ios.refuses),
    "fortios": Vendor(fortios.planned, fortios.texts, fortios.refuses),
}
"""By `Device.kind`."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one filter gets.

    Attributes:
        claims: ids of gaps that it helps to close.
    """

    filter: str
    kind: str
    policy: Policy
    texts: Texts


@dataclass(frozen=True, slots=True)
class Stops:
    """What a denial may stop, as traffic showed it."""

    gap: str
    sighting: Sighting


@dataclass(frozen=True, slots=True)
class Proposal:
    """All of it.

    Attributes:
        written: by filter.
        closes: ids of gaps that the proof shows closed.
        narrows: gaps whose rules help and do not close them wholly, each with a packet that still passes.
        by_hand: gap id and reason, of what no rule closes.
        stops: flows that were seen and will not pass any more.
        proof: over the whole network, for `closes`.
    """

    written: tuple[Written, ...]
    closes: tuple[str, ...]
    narrows: tuple[Counterexample, ...]
    by_hand: tuple[tuple[str, str], ...]
    stops: tuple[Stops, ...]
    proof: Proof


def propose(
    comparison: Comparison,
    devices: Iterable[Device],
    gaps: Iterable[Gap],
    configurations: Mapping[str, str],
    variant: Variant = Variant.NARROW,
    progress: Progress | None = None,
) -> Proposal:
    """Texts that close gaps, and the proof that they do.

    Args:
        comparison: that found the gaps.
        devices: the filters.
        gaps: to be closed.
        configurations: of the filters as they are, by name; what is written anew refers to it.
        variant: how much is refused.
        progress: told after each zone of the proof.
    """
    by_name = {device.name: device for device in devices}
    wanted = {gap.id: gap for gap in gaps}
    found = plan(comparison, wanted.values(), frozenset(VENDORS), variant)
    by_hand = dict(found.by_hand)
    written: list[Written] = []
    changed: dict[str, Device] = {}
    for each in found.policies:
        policy = each
        device = by_name[policy.filter]
        vendor = VENDORS[device.kind]
        configuration = configurations.get(device.name, "")
        reason = vendor.refuses(device, policy, configuration)
        if reason and policy.openings:  # what is refused can be written even where what is needed cannot
            by_hand.update((one.gap, f"{device.name}: {reason}") for one in policy.openings)
            policy = replace(policy, openings=())
            reason = vendor.refuses(device, policy, configuration) if policy.denials else ""
        if reason:
            by_hand.update(dict.fromkeys(policy.gaps, f"{device.name}: {reason}"))
        if reason or not policy.gaps:
            continue
        changed[device.name] = vendor.planned(device, policy, configuration)
        written.append(Written(device.name, device.kind, policy, vendor.texts(device, policy, configuration)))
    tried = [gap for one in written for gap in one.policy.gaps if gap not in by_hand]
    proof = prove(comparison, changed, [wanted[gap] for gap in dict.fromkeys(tried)], progress)
    narrows = [one for one in proof.against if one.gap]
    left = tuple(one for one in proof.against if not one.gap)
    return Proposal(
        tuple(written),
        proof.closed,
        tuple(narrows),
        tuple(sorted(by_hand.items())),
        tuple(Stops(gap, sighting) for gap in tried if (sighting := _seen(comparison, wanted[gap])) is not None),
        Proof(not left, proof.closed, left, proof.changed, proof.narrowed),
    )


def _seen(comparison: Comparison, gap: Gap) -> Sighting | None:
    key = (gap.cell.source, gap.cell.destination, gap.cell.service)
    return comparison.observations.seen.get(key) or comparison.observations.attempts.get(key)
