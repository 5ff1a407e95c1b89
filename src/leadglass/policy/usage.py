"""Which rules and which entries of the registry nothing on record used. Counts come in; it reads no record itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from leadglass.model.decision import Request
from leadglass.model.peer import ANY, Peer
from leadglass.policy.engine import Engine, Rule
from leadglass.policy.operations import C_ECHO
from leadglass.wire.dicom.uids import VERIFICATION


class Use(NamedTuple):
    """Messages of one kind that met one decision; ``forwarded`` also where the mode alone let them pass."""

    peer: str
    archive: str
    operation: str
    sop_class: str
    forwarded: bool
    rule: str
    messages: int
    last: int


@dataclass(slots=True)
class RuleUse:
    """What a rule did.

    Attributes:
        rule: the policy, with its clauses.
        permitted: messages it let pass, as far as they are recorded with their rule.
        refused: messages it refused, or would have; for a permit, messages it came closest to permitting.
        last: UTC ns; 0 for never.
    """

    rule: Rule
    permitted: int = 0
    refused: int = 0
    last: int = 0

    @property
    def unused(self) -> bool:
        """Whether it decided nothing."""
        return not (self.refused if self.rule.policy.effect == "forbid" else self.permitted)


@dataclass(slots=True)
class PeerUse:
    """What a peer did with what its entry lists.

    Attributes:
        peer: the entry.
        messages: forwarded for it.
        operations, sop_classes, archives: used, each once.
        last: UTC ns; 0 for never.
    """

    peer: Peer
    messages: int = 0
    last: int = 0
    operations: set[str] = field(default_factory=set)
    sop_classes: set[str] = field(default_factory=set)
    archives: set[str] = field(default_factory=set)

    @property
    def unused(self) -> bool:
        """Whether the whole entry was of no use."""
        return not self.messages

    @property
    def never(self) -> dict[str, tuple[str, ...]]:
        """What it lists and never used, by field; what it lists as ``*`` is not taken apart."""
        lists = (
            ("operations", self.peer.operations, self.operations),
            ("sop_classes", self.peer.sop_classes, self.sop_classes),
            ("archives", self.peer.archives, self.archives),
        )
        found = {
            name: tuple(one for one in listed if one not in used) for name, listed, used in lists if ANY not in listed
        }
        return {name: values for name, values in found.items() if values}


@dataclass(frozen=True, slots=True)
class Usage:
    """The report.

    Attributes:
        rules: in the order of the policies.
        peers: approved entries, by id.
        gone: rules on record that no policy has any more, with their messages.
    """

    rules: tuple[RuleUse, ...]
    peers: tuple[PeerUse, ...]
    gone: dict[str, int]


def usage(engine: Engine, sums: Iterable[Use], now: datetime) -> Usage:
    """Fold sums of decisions into the report.

    Args:
        engine: the policy and registry of today.
        sums: of the span.
        now: aware; echoes are recorded without their rule, so today's stands for them.
    """
    rules = {rule.policy.id: RuleUse(rule) for rule in engine.rules}
    peers = {peer.id: PeerUse(peer) for peer in engine.generation.peers if peer.status == "approved"}
    gone: dict[str, int] = defaultdict(int)
    for one in sums:
        name = one.rule or (_echo_rule(engine, one, now) if one.forwarded and one.operation == C_ECHO else "")
        if (use := rules.get(name)) is not None:
            use.permitted += one.messages * one.forwarded
            use.refused += one.messages * (not one.forwarded)
            use.last = max(use.last, one.last)
        elif name:
            gone[name] += one.messages
        if one.forwarded and (peer := peers.get(one.peer)) is not None:
            _used(peer, one)
    return Usage(tuple(rules.values()), tuple(sorted(peers.values(), key=lambda use: use.peer.id)), dict(gone))


def _echo_rule(engine: Engine, one: Use, now: datetime) -> str:
    return engine.decide(Request(one.peer, C_ECHO, VERIFICATION, one.archive, now)).rule


def _used(peer: PeerUse, one: Use) -> None:
    peer.messages += one.messages
    peer.last = max(peer.last, one.last)
    peer.operations.add(one.operation)
    peer.archives.add(one.archive)
    if one.operation != C_ECHO:
        peer.sop_classes.add(one.sop_class)
