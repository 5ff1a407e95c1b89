"""The truth table of verdicts: rows over a few facts, the first that fits holds. Never looks at evidence itself."""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from typing import Annotated

import msgspec

from leadglass.assess.control import Claim, Id, Text


class Verdict(StrEnum):
    """What is said of a control."""

    MET = "met"
    NOT_MET = "not met"
    PARTLY = "partly"
    UNKNOWN = "unknown"
    CONTRADICTED = "contradicted"
    STALE = "stale"
    NOT_APPLICABLE = "not applicable"
    NOT_ASSESSED = "not assessed"


class Exempt(StrEnum):
    """Whether a person decided that the control does not apply."""

    NO = "no"
    IN_FORCE = "in force"
    LAPSED = "lapsed"  # its review day has passed


class Shown(StrEnum):
    """How far fresh evidence of one direction reaches; in rising order."""

    NO = "no"
    PART = "part"  # of the scope, by other evidence than answers
    CLAIM = "claim"  # answers say so; for at least a part nothing else does
    WHOLE = "whole"  # of all of it, without answers


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the table looks at.

    Attributes:
        claim: of the control.
        exempt: see `Exempt`.
        confirmed, refuted: by fresh evidence.
        conflict: fresh evidence of different sources confirms and refutes the same thing.
        stale: there is evidence that is no longer fresh.
        asked: somebody answered, or looked, and what came of it says neither.
    """

    claim: Claim
    exempt: Exempt
    confirmed: Shown
    refuted: Shown
    conflict: bool
    stale: bool
    asked: bool

    @property
    def possible(self) -> bool:
        """A conflict has two sides."""
        return not self.conflict or Shown.NO not in {self.confirmed, self.refuted}


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A row; a column that is left out fits everything."""

    id: Id
    claim: tuple[Claim, ...] = tuple(Claim)
    exempt: tuple[Exempt, ...] = tuple(Exempt)
    confirmed: tuple[Shown, ...] = tuple(Shown)
    refuted: tuple[Shown, ...] = tuple(Shown)
    conflict: tuple[bool, ...] = (False, True)
    stale: tuple[bool, ...] = (False, True)
    asked: tuple[bool, ...] = (False, True)
    verdict: Verdict
    because: Text

    def fits(self, facts: Facts) -> bool:
        """Whether every column holds the fact."""
        return (
            facts.claim in self.claim
            and facts.exempt in self.exempt
            and facts.confirmed in self.confirmed
            and facts.refuted in self.refuted
            and facts.conflict in self.conflict
            and facts.stale in self.stale
            and facts.asked in self.asked
        )


class TruthTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All rows, in the order in which they are tried."""

    version: Annotated[int, msgspec.Meta(ge=1)]
    rows: Annotated[tuple[Row, ...], msgspec.Meta(min_length=1)]

    def row(self, facts: Facts) -> Row:
        """The first row that fits; `faults` has seen to it that there is one."""
        return next(row for row in self.rows if row.fits(facts))


def all_facts() -> list[Facts]:
    """Every combination of facts that can be."""
    both = (False, True)
    combinations = product(Claim, Exempt, Shown, Shown, both, both, both)
    facts = (
        Facts(claim=claim, exempt=exempt, confirmed=yes, refuted=no, conflict=conflict, stale=stale, asked=asked)
        for claim, exempt, yes, no, conflict, stale, asked in combinations
    )
    return [one for one in facts if one.possible]


def faults(table: TruthTable) -> list[str]:
    """Combinations without a row, rows that no combination reaches, ids that stand twice. Empty when sound."""
    reached: set[str] = set()
    found = []
    for facts in all_facts():
        row = next((row for row in table.rows if row.fits(facts)), None)
        if row is None:
            found.append(f"no row for {facts}")
        else:
            reached.add(row.id)
    names = [row.id for row in table.rows]
    found += [f"row {name!r} is never reached" for name in names if name not in reached]
    return found if len(set(names)) == len(names) else [*found, "an id stands twice"]
