"""What a cell of the comparison is called, by a table: model × permitted × observed. Never looks at a cell itself."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from itertools import product
from typing import Annotated

import msgspec

from leadglass.network.hospital import Name
from leadglass.network.observed import Observed
from leadglass.network.permitted import Expectation, Permitted

Text = Annotated[str, msgspec.Meta(min_length=3, max_length=600)]
Combination = tuple[Expectation, Permitted, Observed]


class Severity(StrEnum):
    """How bad, mildest first."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Its place, from 0."""
        return list(Severity).index(self)


class Control(StrEnum):
    """Where a gap's control is looked up."""

    SEPARATION = "separation"  # of the zones' roles, else of the model
    OBLIGATION = "obligation"
    CORRECTNESS = "correctness"
    UPKEEP = "upkeep"
    NONE = "none"


class GapClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One class.

    Attributes:
        title: a few words.
        gap: it is something to be done; else the cell is in order.
        severity: before what the zones hold is counted.
        weighed: what the zones hold raises or lowers it.
        control: where its control is looked up.
        what, why, do: for people; {service}, {source}, {destination}, {reason} and {through} are put in.
    """

    id: Name
    title: Text
    gap: bool
    severity: Severity
    weighed: bool
    control: Control
    what: Text
    why: Text
    do: Text


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Cells that are of one class.

    Attributes:
        model, permitted, observed: every combination of these.
        obliged: the class where an obligation of the cell is not shown to be met; empty: the same.
    """

    model: Annotated[tuple[Expectation, ...], msgspec.Meta(min_length=1)]
    permitted: Annotated[tuple[Permitted, ...], msgspec.Meta(min_length=1)]
    observed: Annotated[tuple[Observed, ...], msgspec.Meta(min_length=1)]
    kind: Name = msgspec.field(name="class")
    obliged: Annotated[str, msgspec.Meta(max_length=40)] = ""
    because: Text

    @property
    def combinations(self) -> list[Combination]:
        """All that it speaks of."""
        return list(product(self.model, self.permitted, self.observed))


class Classes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table.

    Attributes:
        holds: by what a role holds, how much that adds to the severity.
        from_outside: what is added where the source is outside the hospital.
    """

    holds: dict[str, int]
    from_outside: int
    classes: tuple[GapClass, ...]
    rows: tuple[Row, ...]

    def called(self, name: str) -> GapClass:
        """The class of an id; `faults` has seen to it that rows name no other."""
        return next(one for one in self.classes if one.id == name)

    @property
    def table(self) -> Mapping[Combination, Row]:
        """The row of each combination."""
        return {combination: row for row in self.rows for combination in row.combinations}


WORDS = ("service", "source", "destination", "reason", "through")
_HOLDS = frozenset({"images", "record", "orders", "passing", "none"})


def faults(classes: Classes) -> list[str]:
    """Combinations that no row, or more than one, speaks of; names without a class. Empty when sound."""
    said = [combination for row in classes.rows for combination in row.combinations]
    found = [
        f"{said.count(each)} rows speak of {' × '.join(each)}"
        for each in product(Expectation, Permitted, Observed)
        if said.count(each) != 1
    ]
    known = [one.id for one in classes.classes]
    found += [f"class {name!r} stands twice" for name in sorted({one for one in known if known.count(one) > 1})]
    named = {name for row in classes.rows for name in (row.kind, row.obliged) if name}
    found += [f"no class {name!r}" for name in sorted(named - set(known))]
    found += [f"no row gives the class {name!r}" for name in sorted(set(known) - named)]
    found += (
        ["holds: a number for each of images, record, orders, passing, none"] if set(classes.holds) != _HOLDS else []
    )
    for one in classes.classes:
        for text in (one.what, one.why, one.do):
            try:
                text.format(**dict.fromkeys(WORDS, ""))
            except (KeyError, IndexError, ValueError):
                found.append(f"class {one.id!r}: unknown word in braces: {text!r}")
    return found
