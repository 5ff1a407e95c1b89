"""What one packet meets in one chain, line by line: which line decides. Never sets of packets; for witnesses."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.network.headers import Headers, Packet
from leadglass.network.rule import Action, Chain, Chains, Place, State

MAX_DEPTH = 32  # of jumps within jumps


@dataclass(frozen=True, slots=True)
class Decision:
    """What decided.

    Attributes:
        passes: the packet may pass.
        sure: nothing that was not understood bears on it.
        place: of the line, or of the default.
        default: no line decided.
    """

    passes: bool
    sure: bool
    place: Place
    default: bool = False


def decide(chains: Chains, packet: Packet, ingress: str, egress: str, tag: str = "") -> Decision:
    """What becomes of the first packet of a connection.

    What was not understood is read in favour of passing, and makes the decision unsure.
    """
    doubts: list[Place] = []
    found = _chain(chains, chains.entry, packet, (ingress, egress, State.NEW, tag), 0, doubts) or _default(chains.entry)
    return Decision(found.passes, found.sure and not doubts, found.place, found.default)


def _chain(
    chains: Chains, chain: Chain, packet: Packet, way: tuple[str, str, State, str], depth: int, doubts: list[Place]
) -> Decision | None:
    """None: the packet leaves the chain undecided."""
    for rule in chain.rules:
        if rule.action is Action.PASS or not rule.bound(*way) or not holds(rule.may, packet):
            continue
        sure = holds(rule.must, packet)
        target = chains.others.get(rule.target) if depth < MAX_DEPTH else None
        if rule.action in {Action.JUMP, Action.GOTO} and target is not None:
            inner = _chain(chains, target, packet, way, depth + 1, doubts)
            if inner is not None and (sure or inner.passes):
                return Decision(inner.passes, inner.sure and sure, inner.place, inner.default)
            if inner is None and sure and rule.action is Action.GOTO:
                return None
        elif rule.action is Action.RETURN:
            if sure:
                return None
        elif rule.action is not Action.DENY:
            return Decision(passes=True, sure=sure and rule.action is Action.PERMIT, place=rule.place)
        elif sure:
            return Decision(passes=False, sure=True, place=rule.place)
        if not sure:
            doubts.append(rule.place)
    return None if depth == 0 or chain.default is Action.RETURN else _default(chain)


def _default(chain: Chain) -> Decision:
    sure = chain.default in {Action.PERMIT, Action.DENY}
    return Decision(chain.default in {Action.PERMIT, Action.UNKNOWN}, sure, chain.place, default=True)


def holds(found: Headers, packet: Packet) -> bool:
    """Whether the headers have the packet."""
    return any(box.has(packet) for box in found)
