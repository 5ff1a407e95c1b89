"""Results that others published: Table 1 of 2007 as tallies, and the figure of 2005. Never a hospital's own."""

from __future__ import annotations

from typing import Annotated

import msgspec

from leadglass.assess.control import Id, Text
from leadglass.assess.instrument import Instrument
from leadglass.assess.tally import Tally

Count = Annotated[int, msgspec.Meta(ge=0, le=1_000)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row of Table 1. Only marginals were published: nothing says which hospital answered what.

    Attributes:
        row: 1 to 17. component: the article's group of rows; symbols: its letters, space-separated.
        question: id of ours that keeps the row's meaning.
        n: answers, as published.
        counts: by answer code, computed from percentages and n, in the order of the table's columns.
        percentages: as published, where they differ from what the counts give by largest remainder.
        blank: codes whose cell is empty in print and read as 0.
        note: printed below the table.
    """

    row: Annotated[int, msgspec.Meta(ge=1, le=17)]
    component: Text
    symbols: str = ""
    question: Id
    n: Count
    counts: dict[str, Count]
    percentages: dict[str, Percent] = {}
    blank: tuple[str, ...] = ()
    note: str = ""

    @property
    def tally(self) -> Tally:
        """As a tally of answers."""
        return Tally(self.counts)


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A single figure of another publication.

    Attributes:
        question: id of ours it bears on.
        code: the answer whose share it gives. percent: the share.
        n: as far as published, in words.
        year, source, note: where it stands, and what to keep in mind.
    """

    question: Id
    code: str
    percent: Percent
    n: Text
    year: int
    source: Text
    note: Text


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the hospital is set beside.

    Attributes:
        year, source, sample: of Table 1.
        items: its rows, in order.
        figures: of other publications.
    """

    year: int
    source: Text
    sample: Text
    items: tuple[Item, ...]
    figures: tuple[Figure, ...] = ()


def faults(published: Published, instrument: Instrument) -> list[str]:
    """Rows that do not add up, or that no question keeps. Empty when sound."""
    found = [] if [item.row for item in published.items] == list(range(1, 18)) else ["the rows are not 1 to 17"]
    questions = instrument.by_id
    for item in published.items:
        question = questions.get(item.question)
        if question is None or question.table1 != item.row:
            found.append(f"row {item.row}: {item.question!r} does not keep it")
            continue
        if sum(item.counts.values()) != item.n:
            found.append(f"row {item.row}: the counts do not add up to n")
        folded = {option.fold or option.code for option in question.options} or set(question.answers)
        found += [f"row {item.row}: no answer {code!r}" for code in item.counts if code not in folded]
    found += [f"no question {one.question!r}" for one in published.figures if one.question not in questions]
    return found
