"""Filter rules as every syntax is read into: first match decides. Never how a box writes them.

What was not understood is kept as what it may be, between two bounds, so that no verdict rests on a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from leadglass.network.headers import EVERYTHING, Headers
from leadglass.network.ranges import Ranges


class Action(StrEnum):
    """What a rule does with a packet that matches."""

    PERMIT = "permit"
    DENY = "deny"
    JUMP = "jump"  # the other chain first; what it leaves undecided comes back
    GOTO = "goto"  # the other chain instead; what it leaves undecided leaves this chain too
    RETURN = "return"  # leave this chain undecided
    PASS = "pass"  # count, log: the next rule decides  # noqa: S105 (no password)
    UNKNOWN = "unknown"  # one of permit, deny, pass


class State(StrEnum):
    """What a stateful filter knows of a packet."""

    NEW = "new"
    ESTABLISHED = "established"
    RELATED = "related"
    INVALID = "invalid"


ALL_STATES = frozenset(State)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fact stands.

    Attributes:
        file: name of the source, as it was handed in.
        line: 1 is the first; 0 where the source has no lines.
        text: the line, secrets masked, cut at `MAX_TEXT`.
    """

    file: str
    line: int
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


FEW = 24  # rules that are looked at one by one
MAX_TEXT = 300  # characters of a line that are kept
NOWHERE = Place("", 0)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        place: where it stands.
        action: what it does.
        may: every header that it can match.
        must: headers that it certainly matches; less than ``may`` where a part was not understood, nothing where a
            condition depends on what no configuration tells (a mark, a rate, a user, a time).
        target: name of the chain of a jump or goto.
        ingress, egress: names of the interfaces it is bound to; None: any.
        states: of packets that it matches; None: any.
        tags: of packets that it matches, as a translation before it left them ("": none did); None: any.
        note: what was not understood, in words; empty where all was.
    """

    place: Place
    action: Action
    may: Headers = EVERYTHING
    must: Headers = EVERYTHING
    target: str = ""
    ingress: frozenset[str] | None = None
    egress: frozenset[str] | None = None
    states: frozenset[State] | None = None
    tags: frozenset[str] | None = None
    note: str = ""

    def bound(self, ingress: str, egress: str, state: State, tag: str = "") -> bool:
        """Whether it speaks of packets of this way and state."""
        return (
            (self.ingress is None or ingress in self.ingress)
            and (self.egress is None or egress in self.egress)
            and (self.states is None or state in self.states)
            and (self.tags is None or tag in self.tags)
        )


@dataclass(frozen=True)  # no slots: it keeps what it was asked
class Chain:
    """Rules in order.

    Attributes:
        default: what becomes of a packet that no rule decides: `Action.PERMIT`, `Action.DENY`, `Action.RETURN` (of a
            chain that is jumped to) or `Action.UNKNOWN`.
        stateful: packets of a connection that was let in pass by themselves, in both directions.
        place: where its default stands; an implicit one names the chain's head.
    """

    name: str
    rules: tuple[Rule, ...]
    default: Action
    place: Place
    stateful: bool = True

    @cached_property
    def last(self) -> Rule:
        """Its default, as a rule."""
        return Rule(self.place, self.default)

    @cached_property
    def _ranges(self) -> Ranges:
        return Ranges([rule.may for rule in self.rules])

    def near(self, boxes: Headers) -> Iterable[Rule]:
        """Its rules in order, without those that certainly match none of these headers."""
        if len(self.rules) < FEW:
            return self.rules
        return [self.rules[place] for place in self._ranges.meeting(boxes)]


@dataclass(frozen=True, slots=True)
class Chains:
    """A chain and those it can jump to.

    Attributes:
        entry: where packets begin.
        others: by name; a jump to a name that is missing is `Action.UNKNOWN`.
    """

    entry: Chain
    others: dict[str, Chain] = field(default_factory=dict)
