"""Chains of netfilter as their two syntaxes are read into: lines, base chains, where they hook. Never evaluates one."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from leadglass.network.address import EVERY
from leadglass.network.device import Rewrite
from leadglass.network.importers.netfilter.condition import Condition
from leadglass.network.intervals import Intervals
from leadglass.network.rule import Action, Place


class Hook(StrEnum):
    """Where a packet that is forwarded meets chains, in order."""

    INGRESS = "ingress"
    PREROUTING = "prerouting"
    FORWARD = "forward"
    POSTROUTING = "postrouting"
    EGRESS = "egress"


@dataclass(frozen=True, slots=True)
class Nat:
    """What a line makes of an address.

    Attributes:
        address: one of these; None: unchanged, or the outgoing interface's own with ``own``.
        own: masquerade: the address of the interface it leaves by.
        keeps_offset: each address keeps its place in the network (netmap).
        version: IP version that it speaks of.
    """

    rewrite: Rewrite
    address: Intervals | None = None
    port: Intervals | None = None
    own: bool = False
    keeps_offset: bool = False
    version: Intervals = EVERY


@dataclass(frozen=True, slots=True)
class Line:
    """One rule, or a part of one that has several verdicts.

    Attributes:
        action: of a translation `Action.PERMIT`; of a packet that the device keeps for itself `Action.DENY`.
        notrack: packets of it are not tracked.
        keeps: the device takes them for itself.
        note: what of the action was not understood; that of the condition is its own.
    """

    place: Place
    condition: Condition
    action: Action
    target: str = ""
    nat: Nat | None = None
    notrack: bool = False
    keeps: bool = False
    note: str = ""


Lines = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Base:
    """A chain at a hook.

    Attributes:
        name: with its table, as people write it.
        version: IP versions whose packets meet it.
        translates: its lines are for translation; only the first packet of a connection meets them.
        priority: smaller is earlier.
        policy: `Action.PERMIT` or `Action.DENY`.
        lines: its own; chains: those it can jump to, by name, as they read at this hook.
        devices: interfaces at whose ingress or egress it is; None: unknown.
    """

    name: str
    version: Intervals
    hook: Hook
    priority: int
    policy: Action
    place: Place
    lines: Lines
    chains: dict[str, Lines] = field(default_factory=dict)
    translates: bool = False
    devices: frozenset[str] | None = None
