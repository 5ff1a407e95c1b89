"""From gaps to new policies, one for each filter that has to change. Never a vendor's words, never a proof.

What is not named stays as it is: a policy only refuses what the gaps name, and lets begin what is needed and blocked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import permutations

from leadglass.network.cell import OTHER
from leadglass.network.compare import Comparison
from leadglass.network.gaps import THROUGH_GATEWAY, Gap, needed_and_closed
from leadglass.network.generate.placing import Map, Placed
from leadglass.network.generate.policy import Denial, Opening, Policy, Zoned
from leadglass.network.intervals import EMPTY, Intervals
from leadglass.network.model_network import Flow, ModelNetwork
from leadglass.network.permitted import Expectation
from leadglass.network.prove import leading, machines
from leadglass.network.service import Service
from leadglass.network.zones import Part

BY_HAND = {
    "unproven": "an obligation: no filter shows encryption, who is at the other end, or that a record is kept",
    "contradiction": "the map or a configuration is wrong, or there is a way around the filters: find it first",
    "cannot-tell": "what passes cannot be told; a rule for it would rest on a guess",
    "blocked": "it is needed through the gateway, whose two legs are to be opened one by one",
}


class Variant(StrEnum):
    """How much is refused."""

    NARROW = "narrow"  # what the gaps name, and nothing else
    STRICT = "strict"  # between zones with a gap everything that the model does not list


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall change.

    Attributes:
        policies: one for each filter.
        by_hand: gap id and reason, of what no rule closes.
    """

    policies: tuple[Policy, ...]
    by_hand: tuple[tuple[str, str], ...]


def plan(
    comparison: Comparison,
    gaps: Iterable[Gap],
    usable: frozenset[str],
    variant: Variant = Variant.NARROW,
) -> Plan:
    """New policies for gaps.

    Args:
        comparison: that found them.
        gaps: to be closed.
        usable: kinds of filters that rules can be written for.
        variant: how much is refused.
    """
    wanted = list(gaps)
    parts = {part.name: part for part in comparison.partition.parts}
    way = Map(comparison.net, usable)
    closing: dict[tuple[str, str], list[Gap]] = {}
    by_hand: list[tuple[str, str]] = []
    placed: list[tuple[Denial | Opening, tuple[Placed, ...]]] = []
    for gap in wanted:
        if needed_and_closed(gap) and not gap.cell.through and gap.kind == "blocked":
            opening = _opening(comparison, gap, parts)
            everywhere = way.crossed(opening.source.addresses, opening.destination.addresses)
            placed.append((opening, (everywhere,)))
        elif _refusable(gap):
            closing.setdefault(gap.pair, []).append(gap)
        else:
            by_hand.append((gap.id, BY_HAND.get(gap.kind, "no rule of a filter closes this")))
    for (source, destination), some in closing.items():
        choices = way.between(parts[source].addresses, parts[destination].addresses)
        if not choices[0].filters:
            by_hand += ((gap.id, choices[0].reason) for gap in some)
            continue
        denials = _denials(comparison, some, parts[source], parts[destination], variant)
        placed += ((denial, choices) for denial in denials)
    refused = [one for one in placed if not one[1][0].filters]
    by_hand += ((one.gap, choices[0].reason) for one, choices in refused if isinstance(one, Opening))
    chosen = _chosen([one for one in placed if one[1][0].filters])
    replies = tuple(_replies(comparison, parts))
    policies = [
        Policy(
            name,
            tuple(one for one in some if isinstance(one, Denial)),
            tuple(one for one in some if isinstance(one, Opening)),
            replies,
        )
        for name, some in sorted(chosen.items())
    ]
    return Plan(tuple(policies), tuple(by_hand))


def _refusable(gap: Gap) -> bool:
    cell = gap.cell
    if cell.through or gap.kind == "contradiction":
        return False
    return cell.expectation is Expectation.FORBIDDEN or gap.kind == "unused"


def _chosen(
    placed: list[tuple[Denial | Opening, tuple[Placed, ...]]],
) -> dict[str, list[Denial | Opening]]:
    """As few filters as a greedy choice finds: those that serve most come first."""
    votes = Counter(name for _, choices in placed for choice in choices for name in choice.filters)
    found: dict[str, list[Denial | Opening]] = {}
    for one, choices in placed:
        best = max(choices, key=lambda choice: (min(votes[name] for name in choice.filters), choice.filters))
        for name in best.filters:
            found.setdefault(name, []).append(one)
    return found


def _opening(comparison: Comparison, gap: Gap, parts: dict[str, Part]) -> Opening:
    """Between the machines of the roles that need it, where any are declared."""
    flows = gap.cell.flows
    service = comparison.model.service(gap.cell.service)
    if service is None:
        raise ValueError(f"{gap.id}: what no service has is never needed")
    source, destination = parts[gap.cell.source], parts[gap.cell.destination]
    return Opening(
        Zoned(source.name, machines(comparison.hospital, source, {flow.source for flow in flows})),
        Zoned(destination.name, machines(comparison.hospital, destination, {flow.destination for flow in flows})),
        service,
        gap.id,
    )


def _denials(
    comparison: Comparison, gaps: list[Gap], source: Part, destination: Part, variant: Variant
) -> Iterator[Denial]:
    """The denial of one pair; where a gateway's leg runs between the two zones, that leg apart."""
    model = comparison.model
    asked = {gap.cell.service for gap in gaps}
    listed = {service.id for service in model.services if _listed(model, source, destination, service)}
    if variant is Variant.STRICT:
        asked = {OTHER, *(service.id for service in model.services if service.id not in listed)}
    ids = tuple(sorted(gap.id for gap in gaps))
    whole = Denial(Zoned(source.name, source.addresses), Zoned(destination.name, destination.addresses), (), True, ids)
    gates = leading(comparison.hospital)
    inward = {flow.service for flow in _gated(model) if flow.source in source.roles} & asked
    outward = {flow.service for flow in _gated(model) if flow.destination in destination.roles} & asked
    for begin, leaving in _split(whole.source, gates if outward else EMPTY):
        for end, entering in _split(whole.destination, gates if inward else EMPTY):
            spared = (outward if leaving else set()) | (inward if entering else set())
            piece = _cut(model, replace(whole, source=begin, destination=end), asked - spared)
            if piece.all_but or piece.services:
                yield piece


def _listed(model: ModelNetwork, source: Part, destination: Part, service: Service) -> bool:
    return any(
        THROUGH_GATEWAY not in flow.obligations for flow in model.flow(source.roles, destination.roles, service.id)
    )


def _gated(model: ModelNetwork) -> list[Flow]:
    return [flow for flow in model.flows if THROUGH_GATEWAY in flow.obligations]


def _split(zone: Zoned, gates: Intervals) -> Iterator[tuple[Zoned, bool]]:
    """A zone's machines and the gateways in it, whose legs the model needs."""
    at, rest = zone.addresses.common(gates), zone.addresses.without(gates)
    if rest:
        yield Zoned(zone.name, rest) if not at else Zoned(f"{zone.name}-machines", rest), False
    if at:
        yield Zoned(f"{zone.name}-gateway", at), True


def _cut(model: ModelNetwork, whole: Denial, asked: set[str]) -> Denial:
    if OTHER in asked:
        return replace(whole, services=tuple(one for one in model.services if one.id not in asked), all_but=True)
    return replace(whole, services=tuple(one for one in model.services if one.id in asked), all_but=False)


def _replies(comparison: Comparison, parts: dict[str, Part]) -> Iterator[tuple[Zoned, Zoned, Service]]:
    """What the model lists between zones, all of it: who asks, who answers, what."""
    model = comparison.model
    for source, destination in permutations(parts.values(), 2):
        for service in model.services:
            if _listed(model, source, destination, service):
                yield Zoned(source.name, source.addresses), Zoned(destination.name, destination.addresses), service
