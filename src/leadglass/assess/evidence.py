"""Evidence: a fact about a control with source, place and time; and what people decided about it. Never a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from leadglass.assess.control import Kind
from leadglass.assess.question import Bearing

EVERYTHING: frozenset[str] = frozenset()
"""The scope of what speaks of the whole facility."""

SURVEY_SOURCE = "survey"
"""The one source of all answers: a facility's survey cannot contradict itself, only answer partly."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact.

    Attributes:
        id: unique; where it was made says how.
        control: id of the control it is about.
        kind: how it was gained.
        bearing: what it says.
        source: who or what says so; two records of one source do not contradict each other.
        where: the exact place: a question, a line, an event, a page of a document.
        seen: aware; when it was so.
        scope: what it covers, by names the facility uses; `EVERYTHING` for all of it.
        digest: SHA-256 of what was seen, hexadecimal; empty where nothing was kept.
    """

    id: str
    control: str
    kind: Kind
    bearing: Bearing
    source: str
    where: str
    seen: datetime
    scope: frozenset[str] = EVERYTHING
    digest: str = ""

    def overlaps(self, other: Evidence) -> bool:
        """Whether both speak of one thing. Parts that a "partly" leaves unnamed may be any."""
        return not self.scope or not other.scope or not self.scope.isdisjoint(other.scope)


@dataclass(frozen=True, slots=True)
class Exemption:
    """A person's decision that a control does not apply here.

    Attributes:
        reason, approver: why, and by whom.
        decided: when.
        review: the last day on which it holds.
    """

    control: str
    reason: str
    approver: str
    decided: date
    review: date


class Outcome(StrEnum):
    """How a contradiction was settled."""

    ACCEPTED = "accepted"  # the evidence is right: answers that say otherwise no longer count
    DISPUTED = "disputed"  # the evidence is doubted: the contradiction stays
    FIXED = "fixed"  # it was right, and is so no longer: what was seen until then no longer counts


@dataclass(frozen=True, slots=True)
class Settlement:
    """A person's word on one record that contradicts an answer. It sets records aside; it changes none.

    Attributes:
        evidence: id of the record.
        outcome: what is said of it.
        by, at, note: who, when (aware), and why.
    """

    evidence: str
    outcome: Outcome
    by: str
    at: datetime
    note: str = ""
